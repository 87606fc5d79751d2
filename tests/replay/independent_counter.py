#!/usr/bin/env python3
"""Checks every number of every Insights record against an independent count over the unique events of a trail.

usage: independent_counter.py --records RECORDS.ndjson PATH...

Knows nothing of detection: which insights there are is the engine's decision; what they say has to be true.
Prints what was checked, or every contradiction (exit status 1)."""

import argparse
import bisect
import json
import re
import sys
from collections import Counter, defaultdict

from trail_reader import Trail, minute_of

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
WHOLE_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z")
DAY = 1440
BASELINE_DAYS = 7
VALUES_LISTED = 5
EXACT_VALUES = 16  # an attribute with no more values in a week is counted exactly
KEPT_VALUES = 64  # past that a baseline's count is too large by at most the calls kept / KEPT_VALUES
DAYS_KEPT = 10  # whole days and the part of today

RECORD_KEYS = [
    "eventVersion",
    "eventTime",
    "awsRegion",
    "eventID",
    "eventType",
    "recipientAccountId",
    "sharedEventID",
    "insightDetails",
    "eventCategory",
]
STATISTICS_KEYS = ["baseline", "insight", "insightDuration", "baselineDuration"]
EXTENSION_KEYS = ["reason", "score", "expected", "window", "decided", "early", "budget"]


class Series:
    """The calls of one series, by minute."""

    def __init__(self):
        self.calls = []

    def seal(self):
        self.calls.sort(key=lambda call: call.minute)
        self.minutes = [call.minute for call in self.calls]

    def between(self, first, end):
        return self.calls[bisect.bisect_left(self.minutes, first) : bisect.bisect_left(self.minutes, end)]


class Checker:
    def __init__(self, trail):
        self.trail = trail
        self.problems = []
        self.numbers = 0
        self.ids = set()
        self.starts = {}
        self.ended = set()
        self.last_end = {}
        self.ends = {}
        self.last_place = None
        self.series = defaultdict(Series)
        for call in trail.calls:
            if call.counts_as_call:
                self.series[call.api + ("",)].calls.append(call)
            if call.counts_as_error:
                self.series[call.api + (call.values["errorCode"],)].calls.append(call)
        for series in self.series.values():
            series.seal()

    def spans(self):
        """(series, first minute, minute after the last or None) of every insight."""
        return [(name, start, self.ends.get(shared)) for shared, (name, start) in self.starts.items()]

    def expect(self, found, wanted, what):
        self.numbers += 1
        if found != wanted:
            self.problems.append(f"{self.where}: {what} is {found}, but {wanted} is right")

    def check(self, line, number):
        record = json.loads(line)
        details = record["insightDetails"]
        self.where = f"record {number} ({details['state']} of {details['eventName']} at {record['eventTime']})"
        self.check_numbers(line)
        self.check_shape(record, details)
        self.check_ids(record, details)
        start, minutes = self.check_windows(record, details)
        self.check_counts(record, details, start, minutes)
        self.check_order(record, details)

    def check_numbers(self, line):
        """Numbers have no more digits than reading the same double back takes."""

        def digits(text):
            return text.lower().partition("e")[0].replace(".", "").strip("-0")

        for number in re.findall(r'":(-?\d[0-9.eE+-]*)', line):
            self.expect(digits(number), digits(repr(float(number))), f"digits of {number}")

    def check_shape(self, record, details):
        error_rate = details["insightType"] == "ApiErrorRateInsight"
        data = details["sourceEventCategory"] == "Data"
        self.expect(list(record), RECORD_KEYS, "order of keys")
        wanted = ["state", "eventSource", "eventName", "insightType"] + ["errorCode"] * error_rate
        wanted += ["sourceEventCategory", "insightContext"] + ["insightSource"] * data + ["extension"]
        self.expect(list(details), wanted, "order of insightDetails")
        context = details["insightContext"]
        self.expect(list(context), ["statistics", "attributions"], "order of insightContext")
        self.expect(list(context["statistics"]), STATISTICS_KEYS, "order of statistics")
        attributes = ["userIdentityArn", "userAgent"] + ["errorCode"] * (not error_rate) + ["resourceArn"] * data
        self.expect([each["attribute"] for each in context["attributions"]], attributes, "attributes")
        for each in context["attributions"]:
            self.expect(list(each), ["attribute", "insight", "baseline"], "order of an attribution")
        self.expect(list(details["extension"])[: len(EXTENSION_KEYS)], EXTENSION_KEYS, "order of the extension")
        self.expect(record["eventType"], "AwsCloudTrailInsight", "eventType")
        self.expect(record["eventCategory"], "Insight", "eventCategory")
        self.expect(bool(WHOLE_MINUTE.fullmatch(record["eventTime"])), True, "eventTime in whole minutes")
        self.expect(tuple(map(int, record["eventVersion"].split("."))) >= (1, 9), True, "eventVersion 1.09 or newer")

    def check_ids(self, record, details):
        for key in ("eventID", "sharedEventID"):
            self.expect(bool(GUID.fullmatch(record[key])), True, f"{key} as a GUID")
        self.expect(record["eventID"] in self.ids, False, "repetition of eventID")
        self.ids.add(record["eventID"])
        shared = record["sharedEventID"]
        if details["state"] == "Start":
            self.expect(shared in self.starts, False, "repetition of sharedEventID")
            self.starts[shared] = (self.name_of(record, details), minute_of(record["eventTime"]))
        else:
            self.expect(shared in self.starts, True, "presence of the Start before its End")
            self.expect(shared in self.ended, False, "a second End")
            self.ended.add(shared)
            self.expect(self.starts.get(shared, (None,))[0], self.name_of(record, details), "series of Start and End")

    def check_windows(self, record, details):
        statistics = details["insightContext"]["statistics"]
        minutes = statistics["insightDuration"]
        extension = details["extension"]
        name = self.name_of(record, details)
        start = self.starts.get(record["sharedEventID"], (None, 0))[1]
        decided = minute_of(extension["decided"])
        if details["state"] == "Start":
            self.expect(1 <= minutes <= 5, True, f"length {minutes} of a Start's window")
            self.expect(start >= self.last_end.get(name, start), True, "start after the last End")
            if extension["early"]:
                self.expect((start, extension["window"]), (decided, 1), "minute and window of an early Start")
                # Longer than one minute where the End of the last insight was decided in between.
                self.expect(
                    minutes == 1 or start >= self.last_end.get(name, start + 1), True, "length of an early Start"
                )
            else:
                self.expect(minutes, min(5, decided + 1 - start), "length of a Start's window")
            self.expect(decided - extension["window"] < start <= decided, True, "start inside the deciding window")
            if extension["reason"] == "increase" and start != self.last_end.get(name):
                self.expect(len(self.series[name].between(start, start + 1)) > 0, True, "a call in the first minute")
        else:
            self.expect(minute_of(record["eventTime"]), start + minutes, "eventTime of the End")
            self.expect(decided >= start + minutes - 1, True, "decision after the span")
            self.last_end[name] = start + minutes
            self.ends[record["sharedEventID"]] = start + minutes
        first_day = start - start % DAY - BASELINE_DAYS * DAY
        self.expect(statistics["baselineDuration"], start - max(first_day, self.trail.first_minute), "baselineDuration")
        return start, minutes

    def check_counts(self, record, details, start, minutes):
        context = details["insightContext"]
        statistics = context["statistics"]
        series = self.series[self.name_of(record, details)]
        baseline_minutes = statistics["baselineDuration"]
        insight = series.between(start, start + minutes)
        baseline = series.between(start - baseline_minutes, start)
        if details["state"] == "Start":
            self.check_decision(details["extension"], series)
        self.expect(statistics["insight"]["average"], len(insight) / minutes, "insight.average")
        self.expect(statistics["baseline"]["average"], len(baseline) / max(baseline_minutes, 1), "baseline.average")
        lists = [(each["attribute"], each) for each in context["attributions"]]
        addresses = details["extension"].get("sourceIPAddress")
        if addresses is not None:
            lists.append(("sourceIPAddress", addresses))
        for attribute, windows in lists:
            alive = series.between(start - DAYS_KEPT * DAY, start + minutes)
            exact = len({call.values[attribute] for call in alive}) <= EXACT_VALUES
            slack = 0 if exact else len(alive) / KEPT_VALUES
            self.check_list(attribute, "insight", windows["insight"], insight, minutes, slack)
            self.check_list(attribute, "baseline", windows["baseline"], baseline, baseline_minutes, slack)

    def check_list(self, attribute, window, listed, calls, minutes, slack):
        counts = Counter(call.values[attribute] for call in calls)
        what = f"{window} list of {attribute}"
        if not slack:
            top = sorted(counts.items(), key=lambda item: (-item[1], item[0].encode()))[:VALUES_LISTED]
            self.expect(
                [(each["value"], each["average"]) for each in listed],
                [(value, count / minutes) for value, count in top],
                what,
            )
            self.numbers += len(top)
            return
        self.expect(len(listed) <= VALUES_LISTED, True, f"length of the {what}")
        if window == "baseline":
            for each in listed:
                count = round(each["average"] * minutes)
                true = counts[each["value"]]
                self.expect(true <= count <= true + slack, True, f"{count} in the {what} near {true}")

    def check_decision(self, extension, series):
        """What the extension says of the window that decided."""
        decided = minute_of(extension["decided"])
        count = len(series.between(decided + 1 - extension["window"], decided + 1))
        expected = extension["expected"]
        self.expect(0 <= expected["lower"] <= expected["mean"] <= expected["upper"], True, f"order of {expected}")
        if extension["reason"] == "increase":
            self.expect(count > 0, True, "events in the window of an increase")
        elif extension["reason"] == "silence":
            self.expect(count, 0, "events in the window of a silence")

    def check_order(self, record, details):
        key = "/".join(
            (record["recipientAccountId"], record["awsRegion"], details["eventSource"], details["eventName"])
        )
        if "errorCode" in details:
            key += "/" + details["errorCode"]
        place = (minute_of(details["extension"]["decided"]), key.encode(), details["state"] == "End")
        self.expect(self.last_place is None or self.last_place <= place, True, "order of the records")
        self.last_place = place

    @staticmethod
    def name_of(record, details):
        return (
            record["recipientAccountId"],
            record["awsRegion"],
            details["eventSource"],
            details["eventName"],
            details["sourceEventCategory"],
            details.get("errorCode", ""),
        )


def check(records_path, trail):
    """A checker that has seen all the records of a file."""
    checker = Checker(trail)
    with open(records_path, encoding="utf-8") as file:
        for number, line in enumerate(file.read().split("\n")[:-1], 1):
            checker.check(line, number)
    return checker


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", required=True)
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args()
    result = check(arguments.records, Trail(arguments.paths))
    for problem in result.problems:
        print(problem)
    print(
        f"{len(result.starts)} insights, {len(result.ended)} ended; {result.trail.records} records read, "
        f"{result.trail.duplicates} of them no new call; {result.numbers} statements checked, "
        f"{len(result.problems)} wrong"
    )
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
