"""Holds the insights of a replay against what is known to be unusual. Standard library only.

Definitions, for one series and one kind of insight:
- An anomaly [t0, t1) is found when an insight that began before t1 was decided in [t0, t1 + 10). Delay: decided - t0.
- An insight is false when its span, cut to 240 minutes, overlaps no anomaly [t0, t1 + 10), and it did not begin in a
  change of level or within the 30 minutes before one.
- Only what lies in a series' scored minutes counts: the second half of the data unless told otherwise.
- False insights are counted per 1000 series-days. Recall is of material anomalies: those an operator wants to hear of.
Minutes are counted from the first minute of the data.
"""

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone

FIRST_MINUTE = 28_401_120  # 2024-01-01T00:00Z, a Monday, in minutes since 1970: where generated data begins
GRACE = 10
SPAN_MAX = 240
BEFORE_CHANGE = 30
CALLS, ERRORS = "ApiCallRateInsight", "ApiErrorRateInsight"
ANOMALIES_OF = {CALLS: "calls", ERRORS: "errors"}


@dataclass(frozen=True)
class Span:
    """An insight: first minute, the minute after the last, why, and the minute that decided."""

    start: int
    end: int
    reason: str
    decided: int


@dataclass
class Result:
    """What scoring one replay of one kind came to."""

    series_days: float
    false: list  # (series, Span)
    delays: dict  # kind of anomaly -> list of delay or None; "all", "material" and each kind of the material ones

    @property
    def false_rate(self):
        return 1000 * len(self.false) / self.series_days if self.series_days else 0.0

    def count(self, kind="material"):
        return len(self.delays.get(kind, ()))

    def recall(self, kind="material"):
        delays = self.delays.get(kind, ())
        return sum(delay is not None for delay in delays) / len(delays) if delays else float("nan")

    def median_delay(self, *kinds):
        found = [delay for kind in kinds for delay in self.delays.get(kind, ()) if delay is not None]
        return statistics.median(found) if found else float("nan")


def minute_of(text, first_minute=FIRST_MINUTE):
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) // 60 - first_minute


def read_spans(lines, minutes):
    """Insights records, one a line -> {insight type: {series: [Span]}}. An open one lasts to the end of the data."""
    starts, ends = {}, {}
    for line in lines:
        record = json.loads(line)
        details, shared = record["insightDetails"], record["sharedEventID"]
        side = starts if details["state"] == "Start" else ends
        if shared in side:
            raise ValueError(f"two {details['state']} records share the id {shared}")
        side[shared] = record
    strays = ends.keys() - starts.keys()
    if strays:
        raise ValueError(f"End without a Start: {sorted(strays)[0]}")
    spans = {kind: defaultdict(list) for kind in ANOMALIES_OF}
    for shared, record in starts.items():
        details = record["insightDetails"]
        start = minute_of(record["eventTime"])
        end = minute_of(ends[shared]["eventTime"]) if shared in ends else minutes
        extension = details["extension"]
        series = int(details["eventName"].removeprefix("Api"))
        spans[details["insightType"]][series].append(
            Span(start, min(end, start + SPAN_MAX), extension["reason"], minute_of(extension["decided"]))
        )
    return spans


def scored_minutes(truth):
    """(first, last) of every series."""
    half = truth["T"] // 2
    first = truth.get("first") or [half] * truth["n"]
    last = truth.get("last") or [truth["T"]] * truth["n"]
    return list(zip(first, last))


def delay_of(anomaly, spans):
    """Minutes from the anomaly's first to the first decision that finds it; None if none does."""
    t0, t1 = anomaly["t0"], anomaly["t1"]
    decisions = [span.decided for span in spans if t0 <= span.decided < t1 + GRACE and span.start < t1]
    return min(decisions) - t0 if decisions else None


def is_false(span, anomalies, changes):
    if any(span.start < each["t1"] + GRACE and span.end > each["t0"] for each in anomalies):
        return False
    return not any(begin - BEFORE_CHANGE <= span.start < end for begin, end in changes)


def score(truth, spans, kind, wanted=lambda span: True):
    """`spans`: {series: [Span]} of the insight type `kind`; those that are not `wanted` are left out."""
    window = scored_minutes(truth)
    anomalies, changes = defaultdict(list), defaultdict(list)
    for each in truth[ANOMALIES_OF[kind]]:
        anomalies[each["s"]].append(each)
    for series, begin, end in truth["neutral"]:
        changes[series].append((begin, end))
    delays = defaultdict(list)
    for each in truth[ANOMALIES_OF[kind]]:
        series = each["s"]
        first, last = window[series]
        if each["t0"] < first or each["t1"] + GRACE > last:
            continue
        delay = delay_of(each, [span for span in spans.get(series, ()) if wanted(span)])
        delays["all"].append(delay)
        if each["material"]:
            delays["material"].append(delay)
            delays[each["kind"]].append(delay)
    false = [
        (series, span)
        for series, found in sorted(spans.items())
        for span in found
        if window[series][0] <= span.start < window[series][1]
        and wanted(span)
        and is_false(span, anomalies[series], changes[series])
    ]
    return Result(sum(last - first for first, last in window) / 1440, false, delays)


def nested_share(smaller, larger, first=0):
    """Share of the insights in `smaller` (a smaller budget) during which `larger` has one of the same series."""
    total = matched = 0
    for series, spans in smaller.items():
        for span in spans:
            if span.start < first:
                continue
            total += 1
            matched += any(other.start <= span.end and other.end >= span.start for other in larger.get(series, ()))
    return matched / total if total else float("nan")
