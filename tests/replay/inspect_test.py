"""`insightd replay --state` and `insightd state inspect`: what was learned, as a person reads it."""

import re
import unittest
from datetime import timedelta

from replay_fixture import START, ReplayTest, Run, event_id, log_file, record, steady

DAYS = 3


def job(days, size=6, every=30):
    """`size` calls every `every` minutes."""
    return [
        record(START + timedelta(minutes=minute, seconds=call), "StartJob", event_id("job", minute, call))
        for minute in range(0, days * 1440, every)
        for call in range(size)
    ]


def failures(days):
    """One call in fifty fails, and one a minute does not."""
    return [
        record(
            START + timedelta(minutes=minute),
            "GetThing",
            event_id("get", minute),
            readOnly=True,
            errorCode="AccessDenied" if minute % 50 == 0 else None,
        )
        for minute in range(days * 1440)
    ]


class InspectTest(ReplayTest):
    def learn(self, records, *arguments):
        state = self.path("state")
        self.replay(*arguments, "--state", state, self.write("trail.json", log_file(records)))
        return state

    def inspect(self, *arguments, status=0):
        run = Run(["state", "inspect", *arguments])
        self.assertEqual(run.status, status, run.errors)
        return run.output.decode()

    def failed(self, *arguments):
        """The one sentence of a run that exits with 2 and prints nothing else."""
        run = Run(["state", "inspect", *arguments])
        self.assertEqual((run.status, run.output), (2, b""), run.errors)
        self.assertEqual(len(run.errors.splitlines()), 1, run.errors)
        return run.errors

    def test_an_api_has_level_week_spread_extremes_cadence_and_its_last_minutes(self):
        text = self.inspect("--state", self.learn(steady(DAYS)), "PutObject")
        self.assertTrue(
            text.startswith("123456789012/eu-west-1/s3.amazonaws.com/PutObject  (Management events)\n"), text
        )
        self.assertIn("known      since 2026-03-02 00:00 (3.0 days), 4319 of its minutes had calls", text)
        self.assertIn("level      2 a minute over a week, 2 expected at 23:58; at 100 % of that lately", text)
        for name in ("week", "spread", "extremes", "cadence"):
            self.assertRegex(text, rf"(?m)^  {name} ")
        self.assertIn("now        quiet; no insight so far", text)
        minutes = re.findall(r"(?m)^    (\d\d:\d\d)   2      2         \d+ +0      as expected$", text)
        self.assertEqual(minutes, [f"23:{minute}" for minute in range(44, 59)])

    def test_so_many_minutes_as_asked_for(self):
        text = self.inspect("--state", self.learn(steady(1)), "--minutes", "3", "PutObject")
        self.assertEqual(len(re.findall(r"(?m)^    \d\d:\d\d ", text)), 3)
        self.assertNotIn("minutes, scored", self.inspect("--state", self.path("state"), "--minutes", "0", "PutObject"))

    def test_a_job_has_a_cadence_and_says_when_it_runs_next(self):
        text = self.inspect("--state", self.learn(job(DAYS)), "StartJob")
        self.assertRegex(
            text, r"cadence    runs every 30 min \(±0 min\), [56](\.\d)? calls a run \(±0 %\), 100 % of \d+ runs on time"
        )
        self.assertIn("next at 2026-03-04 23:30", text)

    def test_an_open_insight_is_told_and_its_minutes_say_why(self):
        burst = [record(START + timedelta(days=DAYS, seconds=call), id=event_id("burst", call)) for call in range(180)]
        text = self.inspect("--state", self.learn(steady(DAYS) + burst), "PutObject")
        self.assertRegex(
            text, r"now +INSIGHT OPEN: increase since 2026-03-05 00:00, score \d+, window of 1 min, expected 2 "
        )
        self.assertRegex(text, r"(?m)^    00:00   60 +2 +\d+ +\d+ ! +60 in 1 min where 2 expected, surprise \d+$")

    def test_error_codes_are_told_with_their_rate(self):
        text = self.inspect("--state", self.learn(failures(DAYS)), "GetThing")
        self.assertIn("error AccessDenied", text)
        self.assertRegex(text, r"rate +[12](\.\d)? % of calls, from about \d+ calls")

    def test_without_a_name_all_apis_are_listed(self):
        state = self.learn(steady(1) + job(1) + failures(1))
        listed = self.inspect("--state", state).splitlines()
        self.assertEqual(len(listed), 4)
        self.assertTrue(listed[0].startswith("API"))
        self.assertRegex(listed[1], r"^s3.amazonaws.com GetThing +123456789012 +eu-west-1 +- +1 +- ")
        self.assertRegex(listed[2], r"^s3.amazonaws.com PutObject +123456789012 +eu-west-1 +2 +0 +2026-03-02 00:00 ")

    def test_names_may_have_stars_and_slashes(self):
        state = self.learn(steady(1) + job(1))
        for pattern, found in (("*Object", 1), ("*", 2), ("123456789012/*/s3.*/St*", 1), ("*/PutObject", 1)):
            text = self.inspect("--state", state, "--minutes", "0", pattern)
            self.assertEqual(text.count("events)\n"), found, pattern)

    def test_a_name_that_is_not_there_is_a_sentence(self):
        self.assertIn("no API is called Nope", self.failed("--state", self.learn(steady(0.1)), "Nope"))

    def test_a_file_that_is_missing_foreign_or_cut_is_a_sentence(self):
        state = self.learn(steady(0.1))
        self.assertIn("cannot read " + self.path("none"), self.failed("--state", self.path("none")))
        self.assertIn("is not a state file", self.failed("--state", self.path("trail.json")))
        with open(state, "rb") as file:
            content = file.read()
        for name, content in (("cut", content[:-1]), ("half", content[: len(content) // 2])):
            self.assertIn("damaged or cut short", self.failed("--state", self.write(name, content)))

    def test_the_same_input_gives_the_same_file_whatever_the_partitions_hold(self):
        one = self.learn(steady(1) + job(1))
        with open(one, "rb") as file:
            first = file.read()
        with open(self.learn(list(reversed(steady(1) + job(1)))), "rb") as file:
            self.assertEqual(file.read(), first)
        spread = self.learn(steady(1) + job(1), "--set", "kafka.partitions=1", "--set", "input.lateness=3m")
        self.assertIn("2 expected at", self.inspect("--state", spread, "PutObject"))

    def test_a_file_that_cannot_be_written_is_a_failure(self):
        self.replay(
            "--state", self.path("no/such/") + "folder/state", self.write("t.json", log_file(steady(0.1))), status=1
        )


if __name__ == "__main__":
    unittest.main()
