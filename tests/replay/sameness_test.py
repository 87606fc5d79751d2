"""The records depend on what the events are, not on where and in which order they are kept."""

import random
import unittest
from datetime import timedelta

from replay_fixture import START, ReplayTest, compressed, event_id, iso, lines, log_file, record, steady
from trail_reader import minute_of


def eventful():
    """A day and a half with a burst and a silence, and copies of some records."""
    begin, end = (iso(START + timedelta(hours=hours)) for hours in (30, 31))
    usual = [each for each in steady(1.5) if not begin <= each["eventTime"] < end]
    burst = [
        record(START + timedelta(hours=26, seconds=call), "PutObject", event_id("burst", call)) for call in range(300)
    ]
    records = usual + burst
    return sorted(records + records[::4], key=lambda each: (each["eventTime"], each["eventID"]))


class SamenessTest(ReplayTest):
    @classmethod
    def setUpClass(cls):
        cls.events = eventful()

    def pieces(self, count=5):
        size = -(-len(self.events) // count)
        return [self.events[begin : begin + size] for begin in range(0, len(self.events), size)]

    def expected(self):
        """What comes out of all events in one file."""
        run = self.replay(self.write("all/one.json", log_file(self.events)))
        self.assertGreaterEqual(run["insights_started"], 2)
        self.assertEqual(run["duplicates"], run["records"] // 5)
        return run

    def test_every_run_is_the_same(self):
        path = self.write("one.json", log_file(self.events))
        self.assertEqual(self.replay(path).output, self.replay(path).output)

    def test_the_order_of_the_paths_is_of_no_account(self):
        expected = self.expected().output
        paths = [self.write(f"part/{i}.json.gz", log_file(piece)) for i, piece in enumerate(self.pieces())]
        for seed in range(3):
            random.Random(seed).shuffle(paths)
            self.assertEqual(self.replay(*paths).output, expected)
        self.assertEqual(self.replay(self.path("part/")).output, expected)

    def test_the_order_inside_a_file_is_of_no_account(self):
        shuffled = list(self.events)
        random.Random(1).shuffle(shuffled)
        self.assertEqual(self.replay(self.write("shuffled.json", log_file(shuffled))).output, self.expected().output)

    def test_names_are_of_no_account(self):
        expected = self.expected().output
        for i, piece in enumerate(reversed(self.pieces())):
            self.write(f"renamed/{'zyxwv'[i]}.ndjson", lines(piece))
        self.assertEqual(self.replay(self.path("renamed/")).output, expected)

    def test_events_spread_over_many_files_are_merged(self):
        expected = self.expected().output
        dealer = random.Random(2)
        hands = [[] for _ in range(7)]
        for event in self.events:
            dealer.choice(hands).append(event)
        for i, hand in enumerate(hands):
            self.write(f"dealt/{i % 2}/{i}.json", log_file(hand))
        self.assertEqual(self.replay(self.path("dealt/")).output, expected)

    def test_copies_spread_over_files_change_nothing(self):
        once = list({event["eventID"]: event for event in self.events}.values())
        expected = self.replay(self.write("once/one.json", log_file(once)))
        self.assertEqual(expected["duplicates"], 0)
        self.assertEqual(self.expected().output, expected.output)
        for copy in range(3):
            self.write(f"copies/{copy}.json.gz", log_file(once))
        run = self.replay(self.path("copies/"))
        self.assertEqual(run.output, expected.output)
        self.assertEqual(run["duplicates"], 2 * len(once))

    def test_compression_and_envelope_are_of_no_account(self):
        expected = self.expected().output
        for name, content in {
            "a.json.gz": log_file(self.events),
            "b.json.zst": log_file(self.events),
            "c.jsonl": lines(self.events),
            "d.log.gz": lines(self.events),
            "e.ndjson.zst": lines(self.events),
            "f.json": b"[" + b",".join(lines([each]).strip() for each in self.events) + b"]",
        }.items():
            with self.subTest(name=name):
                self.assertEqual(self.replay(self.write("kinds/" + name, content)).output, expected)

    def test_standard_input_gives_the_same(self):
        expected = self.expected().output
        content = lines(self.events)
        for name in ("plain", "x.gz", "x.zst"):
            with self.subTest(name=name):
                self.assertEqual(self.replay("-", stdin=compressed(name, content)).output, expected)

    def test_output_to_a_file_replaces_the_file(self):
        path = self.write("one.json", log_file(self.events))
        out = self.write("out.ndjson", b"what was there before\n" * 10000)
        run = self.replay("--output", out, path)
        self.assertEqual(run.output, b"")
        with open(out, "rb") as file:
            self.assertEqual(file.read(), self.replay(path).output)

    def test_what_is_decided_before_a_cut_is_the_same_without_the_rest(self):
        decided = lambda each: each["insightDetails"]["extension"]["decided"]
        whole = self.write("one.json", log_file(self.events))
        for early in ("true", "false"):
            option = ("--set", f"detection.early_start={early}")
            all_records = self.replay(*option, whole).records()
            self.assertGreaterEqual(len(all_records), 4)
            self.assertEqual(all_records, sorted(all_records, key=decided))
            for hours in (24, 26, 26.05, 27, 30.5, 31.5, 34):
                with self.subTest(early_start=early, hours=hours):
                    cut = iso(START + timedelta(hours=hours))
                    prefix = [event for event in self.events if event["eventTime"] < cut]
                    newest = prefix[-1]["eventTime"][:16]  # this minute does not close
                    got = self.replay(*option, self.write("prefix.json", log_file(prefix))).records()
                    self.assertEqual(
                        [each for each in got if decided(each)[:16] < newest],
                        [each for each in all_records if decided(each)[:16] < newest],
                    )

    def test_pre_aggregated_history_gives_the_same_decisions(self):
        """--format counts: the same calls a minute give the same insights, without callers."""
        once = {event["eventID"]: event for event in self.events}.values()
        minutes = {}
        for event in once:
            minute = minute_of(event["eventTime"])
            minutes[minute] = minutes.get(minute, 0) + 1
        rows = "minute,account,region,event_source,event_name,read_only,error_code,count\n" + "".join(
            f"{minute},123456789012,eu-west-1,s3.amazonaws.com,PutObject,false,,{count}\n"
            for minute, count in sorted(minutes.items())
        )
        counts = self.replay("--format", "counts", self.write("counts.csv", rows.encode()))
        events = self.replay(self.write("one.json", log_file(list(once))))
        self.assertEqual(counts["records"], len(once))
        self.assertEqual(len(counts.records()), len(events.records()))
        for by_count, by_event in zip(counts.records(), events.records()):
            self.assertEqual(by_count["eventID"], by_event["eventID"])
            by_count = by_count["insightDetails"]["insightContext"]
            by_event = by_event["insightDetails"]["insightContext"]
            self.assertEqual(by_count["statistics"], by_event["statistics"])
            self.assertEqual([each["attribute"] for each in by_count["attributions"]], ["errorCode"])


if __name__ == "__main__":
    unittest.main()
