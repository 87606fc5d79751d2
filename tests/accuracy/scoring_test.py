"""The definitions of scoring.py, one by one."""

import json
import unittest

import scoring
from scoring import CALLS, Span


def truth(anomalies=(), neutral=(), minutes=2000, series=1):
    return {"n": series, "T": minutes, "calls": list(anomalies), "errors": [], "neutral": list(neutral)}


def anomaly(t0, t1, material=True, s=0, kind="burst"):
    return {"s": s, "t0": t0, "t1": t1, "kind": kind, "material": material}


def span(start, end, decided=None, reason="increase"):
    return Span(start, end, reason, start if decided is None else decided)


def score(the_truth, *spans, **more):
    return scoring.score(the_truth, {0: list(spans)}, CALLS, **more)


class Found(unittest.TestCase):
    def delay(self, *spans):
        return score(truth([anomaly(1200, 1220)]), *spans).delays["material"][0]

    def test_decided_in_its_first_minute(self):
        self.assertEqual(self.delay(span(1200, 1210)), 0)

    def test_decided_in_the_tenth_minute_after_but_begun_inside(self):
        self.assertEqual(self.delay(span(1215, 1240, decided=1229)), 29)
        self.assertIsNone(self.delay(span(1215, 1240, decided=1230)))

    def test_not_by_one_that_began_after_its_end(self):
        self.assertIsNone(self.delay(span(1220, 1230)))

    def test_not_by_one_decided_before(self):
        self.assertIsNone(self.delay(span(1190, 1300, decided=1199)))

    def test_the_first_decision_gives_the_delay(self):
        self.assertEqual(self.delay(span(1210, 1212), span(1199, 1215, decided=1203)), 3)

    def test_only_by_spans_that_are_wanted(self):
        of_jobs = score(truth([anomaly(1200, 1220)]), span(1200, 1210), wanted=lambda each: each.reason == "missed_run")
        self.assertEqual(of_jobs.delays["material"], [None])


class False_(unittest.TestCase):
    def false(self, *spans, anomalies=(), neutral=()):
        return len(score(truth(anomalies, neutral), *spans).false)

    def test_far_from_everything(self):
        self.assertEqual(self.false(span(1500, 1510), anomalies=[anomaly(1200, 1220)]), 1)

    def test_not_if_it_overlaps_an_anomaly_or_the_ten_minutes_after(self):
        for begin in (1229, 1190):
            self.assertEqual(self.false(span(begin, begin + 11), anomalies=[anomaly(1200, 1220)]), 0, begin)
        for begin, end in ((1230, 1240), (1180, 1200)):
            self.assertEqual(self.false(span(begin, end), anomalies=[anomaly(1200, 1220)]), 1, begin)

    def test_also_an_anomaly_that_is_not_material_explains_one(self):
        self.assertEqual(self.false(span(1205, 1210), anomalies=[anomaly(1200, 1220, material=False)]), 0)

    def test_not_with_a_change_of_level(self):
        for begin, expected in ((1169, 1), (1170, 0), (1299, 0), (1300, 1)):
            self.assertEqual(self.false(span(begin, begin + 5), neutral=[(0, 1200, 1300)]), expected, begin)

    def test_only_in_the_scored_half(self):
        self.assertEqual(self.false(span(999, 1010)), 0)
        self.assertEqual(self.false(span(1000, 1010)), 1)

    def test_rate_is_per_1000_series_days(self):
        result = scoring.score(truth(minutes=2880, series=10), {3: [span(2000, 2001)]}, CALLS)
        self.assertEqual(result.series_days, 10)
        self.assertEqual(result.false_rate, 100)


class Recall(unittest.TestCase):
    def test_is_of_material_anomalies_in_the_scored_half(self):
        the_truth = truth([anomaly(100, 110), anomaly(1200, 1210), anomaly(1400, 1410), anomaly(1600, 1610, False)])
        result = score(the_truth, span(1200, 1205), span(1600, 1605))
        self.assertEqual(result.count(), 2)
        self.assertEqual(result.recall(), 0.5)
        self.assertEqual(result.count("all"), 3)

    def test_leaves_out_what_ends_too_late_to_be_scored(self):
        self.assertEqual(score(truth([anomaly(1900, 1991)])).count("all"), 0)
        self.assertEqual(score(truth([anomaly(1900, 1990)])).count("all"), 1)

    def test_first_and_last_of_a_series_replace_the_half(self):
        the_truth = truth([anomaly(100, 110)]) | {"first": [50], "last": [200]}
        self.assertEqual(score(the_truth).count("all"), 1)


class Records(unittest.TestCase):
    def record(self, state, shared, time, decided=None, kind=CALLS):
        details = {"state": state, "eventName": "Api00007", "insightType": kind}
        details["extension"] = {"reason": "silence", "decided": decided or time}
        return json.dumps({"eventTime": time, "sharedEventID": shared, "insightDetails": details})

    def test_start_and_end_make_a_span(self):
        lines = [
            self.record("Start", "a", "2024-01-01T01:00:00Z", "2024-01-01T01:05:00Z"),
            self.record("End", "a", "2024-01-01T01:20:00Z"),
        ]
        self.assertEqual(scoring.read_spans(lines, 5000)[CALLS][7], [Span(60, 80, "silence", 65)])

    def test_an_open_one_is_cut(self):
        lines = [self.record("Start", "a", "2024-01-01T01:00:00Z")]
        self.assertEqual(scoring.read_spans(lines, 5000)[CALLS][7][0].end, 60 + scoring.SPAN_MAX)

    def test_an_end_needs_a_start_and_a_start_comes_once(self):
        start = self.record("Start", "a", "2024-01-01T01:00:00Z")
        for lines in ([self.record("End", "a", "2024-01-01T01:00:00Z")], [start, start]):
            with self.assertRaises(ValueError):
                scoring.read_spans(lines, 5000)


class Nested(unittest.TestCase):
    def test_counts_insights_that_the_larger_budget_has_too(self):
        smaller = {1: [span(100, 110), span(500, 510)], 2: [span(100, 110)]}
        larger = {1: [span(90, 100), span(700, 710)]}
        self.assertAlmostEqual(scoring.nested_share(smaller, larger), 1 / 3)


if __name__ == "__main__":
    unittest.main()
