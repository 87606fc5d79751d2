"""`insightd draw`: one series as a picture."""

import unittest
import xml.etree.ElementTree
from datetime import timedelta

from replay_fixture import ACCOUNT, START, ReplayTest, Run, event_id, log_file, record, steady

BURST = [record(START + timedelta(days=2, seconds=call), id=event_id("burst", call)) for call in range(180)]


class DrawTest(ReplayTest):
    def setUp(self):
        super().setUp()
        self.trail = self.write("trail.json", log_file(steady(2.1) + steady(0.1, name="Other") + BURST))

    def draw(self, *arguments, status=0):
        run = Run(["draw", *arguments, self.trail])
        self.assertEqual(run.status, status, run.errors)
        return run

    def refused(self, *arguments):
        run = self.draw(*arguments, "--output", self.path("x.svg"), status=2)
        self.assertEqual(len(run.errors.splitlines()), 1, run.errors)
        return run.errors

    def test_it_is_a_picture_of_the_series_and_its_insight(self):
        svg = self.draw("--api", "PutObject", "--output", "-").output.decode()
        root = xml.etree.ElementTree.fromstring(svg)
        texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn(f"{ACCOUNT}/eu-west-1/s3.amazonaws.com/PutObject", texts)
        self.assertTrue(any(text.startswith("increase, score ") for text in texts), texts)

    def test_the_same_input_gives_the_same_picture(self):
        pictures = [self.draw("--api", "PutObject", "--output", "-").output for _ in range(2)]
        self.assertEqual(*pictures)

    def test_a_time_may_be_cut_out(self):
        cut = ("--from", "2026-03-03T12:00:00Z", "--until", "2026-03-03T18:00:00Z")
        svg = self.draw("--api", "PutObject", *cut, "--output", "-").output.decode()
        self.assertIn("2026-03-03 12:00 to 2026-03-03 18:00 UTC", svg)
        self.assertNotIn("increase", svg)

    def test_what_cannot_be_drawn_is_a_sentence(self):
        self.assertIn("no API that is called Nope", self.refused("--api", "Nope"))
        self.assertIn("is the name of 2 APIs", self.refused("--api", "*"))
        self.assertIn("no minutes of the error Denied", self.refused("--api", "PutObject", "--error", "Denied"))
        self.assertIn("is no time", self.refused("--api", "PutObject", "--from", "yesterday"))
        backwards = ("--from", "2026-03-04T00:00:00Z", "--until", "2026-03-03T00:00:00Z")
        self.assertIn("--from must be before --until", self.refused("--api", "PutObject", *backwards))

    def test_a_picture_that_cannot_be_written_is_a_failure(self):
        self.draw("--api", "PutObject", "--output", self.path("no/") + "folder/x.svg", status=1)


if __name__ == "__main__":
    unittest.main()
