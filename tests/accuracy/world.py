"""What both generators make: counts and errors per series and minute, and what is unusual in them."""

import json
import os
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binom

from scoring import FIRST_MINUTE

HEADER = "minute,account,region,event_source,event_name,read_only,error_code,count\n"
ERROR_CODE = "AccessDenied"
LN_UNLIKELY = np.log(1e-9)


@dataclass
class Anomaly:
    """An injected one, in the minutes [t0, t1). `runs`: events that a missed job would have made."""

    s: int
    t0: int
    t1: int
    kind: str
    material: bool = False
    runs: float = 0.0


@dataclass
class World:
    """n series over `minutes` minutes, from a Monday 00:00 UTC on.

    counts, errors: int [n, minutes], errors <= counts. expected: float [n, minutes], the mean without anomalies.
    heavy: bool [n], series whose ordinary bursts are large. job: bool [n], series that are nothing but a job.
    neutral: (series, first, end) in which a lasting change of level may be reported, but need not be.
    """

    counts: np.ndarray
    expected: np.ndarray
    errors: np.ndarray
    classes: list
    accounts: list
    heavy: np.ndarray
    job: np.ndarray
    anomalies: list = field(default_factory=list)
    error_anomalies: list = field(default_factory=list)
    neutral: list = field(default_factory=list)

    @classmethod
    def silent(cls, minutes, classes, accounts, heavy, job):
        """Series of these classes, in which nothing happens yet. heavy, job: names of classes."""
        shape = (len(classes), minutes)
        return cls(
            counts=np.zeros(shape, np.int32),
            expected=np.zeros(shape, np.float32),
            errors=np.zeros(shape, np.int32),
            classes=classes,
            accounts=accounts,
            heavy=np.array([name in heavy for name in classes]),
            job=np.array([name in job for name in classes]),
        )

    @property
    def series(self):
        return self.counts.shape[0]

    @property
    def minutes(self):
        return self.counts.shape[1]

    def truth(self):
        def plain(anomaly):
            return {
                "s": int(anomaly.s),
                "t0": int(anomaly.t0),
                "t1": int(anomaly.t1),
                "kind": anomaly.kind,
                "material": bool(anomaly.material),
                "cls": self.classes[anomaly.s],
            }

        return {
            "n": self.series,
            "T": self.minutes,
            "cls": self.classes,
            "heavy": [bool(each) for each in self.heavy],
            "calls": [plain(each) for each in self.anomalies],
            "errors": [plain(each) for each in self.error_anomalies],
            "neutral": [[int(number) for number in each] for each in self.neutral],
        }

    def export(self, folder):
        """Writes counts.csv (insightd replay --format counts) and truth.json."""
        os.makedirs(folder, exist_ok=True)
        names = [f"{self.accounts[s]},us-east-1,service.example.com,Api{s:05d},false," for s in range(self.series)]
        with open(os.path.join(folder, "counts.csv"), "w") as out:
            out.write(HEADER)
            for day in range(0, self.minutes, 1440):
                minutes, series = np.nonzero(self.counts[:, day : day + 1440].T)
                calls = self.counts[series, day + minutes]
                failed = self.errors[series, day + minutes]
                rows = []
                columns = (minutes + (FIRST_MINUTE + day), series, calls - failed, failed)
                for minute, s, succeeded, errors in zip(*(column.tolist() for column in columns)):
                    if succeeded:
                        rows.append(f"{minute},{names[s]},{succeeded}\n")
                    if errors:
                        rows.append(f"{minute},{names[s]}{ERROR_CODE},{errors}\n")
                out.write("".join(rows))
        with open(os.path.join(folder, "truth.json"), "w") as out:
            json.dump(self.truth(), out)


def log_uniform(random, low, high):
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def mark_material(world):
    """Flags the anomalies that an operator has to be told of.

    A change of calls counts when it differs from what was expected by at least five events and eight times (a lack:
    four times) the usual error of windows of its length (5 to 240 minutes) of the same series while nothing is
    unusual, taken at similar levels if there are enough. On heavy series and jobs an excess must also be twice the
    largest such window. A missed run counts when the series is nothing but that job and a run has two events or more.
    """
    by_series = {}
    for anomaly in world.anomalies:
        by_series.setdefault(anomaly.s, []).append(anomaly)
    for s, anomalies in by_series.items():
        clean = np.ones(world.minutes, bool)
        for each in anomalies:
            clean[max(0, each.t0 - 5) : each.t1 + 5] = False
        for series, begin, end in world.neutral:
            if series == s:
                clean[begin:end] = False
        usual = _CleanWindows(world.counts[s], world.expected[s], clean)
        for each in anomalies:
            if each.kind == "missed":
                each.material = bool(world.job[s]) and each.runs >= 2
            else:
                each.material = usual.stands_out(each, must_double=bool(world.heavy[s] or world.job[s]))


class _CleanWindows:
    def __init__(self, counts, expected, clean):
        self.counts, self.expected = counts.astype(float), expected.astype(float)
        self.total_clean = _cumulative(clean)
        self.total_counts = _cumulative(self.counts * clean)
        self.total_errors = _cumulative((self.counts - self.expected) * clean)
        self.total_expected = _cumulative(self.expected)

    def stands_out(self, anomaly, must_double):
        length = min(max(anomaly.t1 - anomaly.t0, 5), 240)
        complete = _windows(self.total_clean, length) == length
        if complete.sum() < 2000:
            return False
        wanted = max(
            self.total_expected[min(anomaly.t0 + length, self.counts.size)] - self.total_expected[anomaly.t0], 1e-3
        )
        level = _windows(self.total_expected, length)
        similar = complete & (level > wanted / 2) & (level < wanted * 2)
        of = similar if similar.sum() > 500 else complete
        error = max(float(np.sqrt(np.mean(_windows(self.total_errors, length)[of] ** 2))), np.sqrt(wanted), 0.2)
        excess, total = self._largest_excess(anomaly, length)
        if abs(excess) < 5 or abs(excess) < (8 if excess > 0 else 4) * error:
            return False
        return not (must_double and excess > 0 and total < 2 * _windows(self.total_counts, length)[complete].max())

    def _largest_excess(self, anomaly, length):
        """Of any window of that length inside, where the anomaly is longer."""
        counts = self.counts[anomaly.t0 : anomaly.t1]
        expected = self.expected[anomaly.t0 : anomaly.t1]
        if counts.size <= length:
            return float((counts - expected).sum()), float(counts.sum())
        sums = _windows(_cumulative(counts - expected), length)
        return float(sums[np.argmax(np.abs(sums))]), float(counts.max()) * length


def _cumulative(values):
    return np.concatenate([[0.0], np.cumsum(values)])


def _windows(cumulative, length):
    return cumulative[length:] - cumulative[:-length]


def mark_material_errors(world, usual_rate):
    """A change of errors counts with five errors or more that a binomial at the usual rate has once in 1e9."""
    for each in world.error_anomalies:
        errors = int(world.errors[each.s, each.t0 : each.t1].sum())
        calls = int(world.counts[each.s, each.t0 : each.t1].sum())
        each.material = errors >= 5 and bool(binom.logsf(errors - 1, calls, usual_rate[each.s]) < LN_UNLIKELY)
