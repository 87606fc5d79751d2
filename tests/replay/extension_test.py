"""Insights say why: `extension`, held against counts that were made here and counted by nobody else."""

import random
import unittest
from collections import Counter
from datetime import datetime, timezone

from replay_fixture import ReplayTest

FIRST = 28_401_120  # 2024-01-01T00:00Z, in minutes since 1970
DAYS = 5
LAST_DAY = (DAYS - 1) * 1440
HEADER = "minute,account,region,event_source,event_name,read_only,error_code,count\n"
KEYS = ["reason", "score", "expected", "window", "decided", "early", "budget", "sourceIPAddress"]
# Where detection.alert_budget is 10. Only that every score exceeds something positive matters here.
LEAST_SCORE = 0.5


def poisson(source, mean):
    """By inversion."""
    limit, product, count = 2.718281828459045**-mean, source.random(), 0
    while product > limit:
        product *= source.random()
        count += 1
    return count


def world():
    """-> {(API, error code): Counter of minute -> calls}, minutes since the first; with one anomaly of each kind."""
    source = random.Random(11)
    counts = {}

    def add(api, minute, count, error=""):
        if count:
            counts.setdefault((api, error), Counter())[minute] += count

    for minute in range(DAYS * 1440):
        at = minute - LAST_DAY
        add("Burst", minute, poisson(source, 6 if not 300 <= at < 310 else 90))
        add("Silent", minute, poisson(source, 6) if not 400 <= at < 460 else 0)
        add("Less", minute, poisson(source, 20 if not 500 <= at < 560 else 5))
        add("Rising", minute, poisson(source, 6 if not 600 <= at < 900 else 10))
        if minute % 60 == 7 and not 480 <= at < 720:
            add("Job", minute, 12)
        failed = sum(source.random() < (0.02 if not 700 <= at < 730 else 0.7) for _ in range(poisson(source, 8)))
        add("Failing", minute, 6)
        add("Failing", minute, failed, "AccessDenied")
    return counts


def minute_of(text):
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) // 60 - FIRST


class ExtensionTest(ReplayTest):
    @classmethod
    def setUpClass(cls):
        cls.counts = world()

    def setUp(self):
        super().setUp()
        rows = [
            (minute, f"{FIRST + minute},123456789012,eu-west-1,s3.amazonaws.com,{api},false,{error},{count}\n")
            for (api, error), series in self.counts.items()
            for minute, count in series.items()
        ]
        path = self.write("counts.csv", (HEADER + "".join(row for _, row in sorted(rows))).encode())
        run = self.replay("--format", "counts", "--set", "kafka.partitions=1", path)
        self.insights = [record["insightDetails"] | {"time": record["eventTime"]} for record in run.records()]
        self.starts = [each for each in self.insights if each["state"] == "Start"]

    def events_in(self, insight, first, end):
        code = insight.get("errorCode")  # a call-rate insight is about all calls, failed or not
        return sum(
            count
            for (api, error), series in self.counts.items()
            if api == insight["eventName"] and code in (None, error)
            for minute, count in series.items()
            if first <= minute < end
        )

    def test_every_record_has_every_key_in_order(self):
        self.assertGreater(len(self.insights), 8)
        for each in self.insights:
            self.assertEqual(list(each["extension"]), KEYS)
            self.assertEqual(list(each["extension"]["expected"]), ["lower", "mean", "upper"])
            self.assertEqual(each["extension"]["budget"], 10)

    def test_every_reason_is_told(self):
        told = {(each["eventName"], each["extension"]["reason"]) for each in self.starts}
        for wanted in (("Burst", "increase"), ("Silent", "silence"), ("Less", "decrease"), ("Job", "missed_run")):
            self.assertIn(wanted, told)
        self.assertIn(
            ("Failing", "increase"),
            {(each["eventName"], each["extension"]["reason"]) for each in self.starts if "errorCode" in each},
        )

    def test_the_window_that_decided_is_outside_its_bounds(self):
        for each in self.starts:
            extension, expected = each["extension"], each["extension"]["expected"]
            end = minute_of(extension["decided"]) + 1
            seen = self.events_in(each, end - extension["window"], end)
            about = f"{each['eventName']}: {seen} in the window of {extension}"
            if extension["reason"] == "increase":
                self.assertGreaterEqual(seen, expected["upper"], about)
            elif extension["reason"] == "decrease":
                self.assertLess(seen, expected["lower"] + 1, about)
            else:
                self.assertLess(seen, expected["mean"], about)
            if extension["reason"] == "silence":
                self.assertEqual(seen, 0, about)

    def test_bounds_hold_the_mean_and_the_mean_is_near_what_was_usual(self):
        for each in self.starts:
            extension = each["extension"]
            expected = extension["expected"]
            self.assertGreaterEqual(expected["lower"], 0)
            self.assertLessEqual(expected["lower"], expected["mean"])
            self.assertLess(expected["mean"], expected["upper"])
            self.assertGreater(extension["score"], LEAST_SCORE)
            self.assertGreaterEqual(extension["window"], 1)
            if extension["reason"] in ("increase", "decrease", "silence") and extension["window"] >= 5:
                usual = self.events_in(each, 0, LAST_DAY) / LAST_DAY * extension["window"]
                self.assertAlmostEqual(expected["mean"] / usual, 1, delta=0.6, msg=str(each))

    def test_decided_is_in_or_after_the_start_and_only_that_minute_if_early(self):
        for each in self.starts:
            decided, start = minute_of(each["extension"]["decided"]), minute_of(each["time"])
            self.assertGreaterEqual(decided, start)
            self.assertLess(decided - start, 240)
            if each["extension"]["early"]:
                self.assertEqual((decided, each["extension"]["window"]), (start, 1))

    def test_an_end_repeats_why_it_started(self):
        started = {}
        for each in self.insights:
            name = (each["eventName"], each.get("errorCode"))
            said = {key: each["extension"][key] for key in ("reason", "score", "expected", "window")}
            if each["state"] == "Start":
                started[name] = said
            else:
                self.assertEqual(said, started[name])


if __name__ == "__main__":
    unittest.main()
