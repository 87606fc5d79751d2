"""A small world for a test that runs with every change: made in seconds by the standard library alone.

Forty series over two weeks, anomalies in the second. Some are plain, some are near what can be told from noise, so that
recall falls when detection gets blunt and false insights come when it gets keen.
"""

import json
import math
import os
import random

from scoring import FIRST_MINUTE

DAYS = 14
MINUTES = DAYS * 1440
HEADER = "minute,account,region,event_source,event_name,read_only,error_code,count\n"
ANOMALIES_PER_SERIES = 4
APART = 900  # minutes between the starts of a series' anomalies, at least
SHARES = (("quiet", 8), ("low", 8), ("busy", 12), ("bursty", 6), ("job", 6))


def poisson(source, mean):
    """A Poisson number; rounded normal where the mean is large."""
    if mean > 40:
        return max(0, round(source.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), source.random(), 0
    while product > limit:
        product *= source.random()
        count += 1
    return count


class _Series:
    def __init__(self, source, name):
        self.source, self.name = source, name
        self.anomalies, self.error_anomalies = [], []
        self.level = {"quiet": 0.004, "low": 0.3, "busy": 8.0, "bursty": 0.03, "job": 0.0}[name] * 2 ** source.uniform(
            -1, 1
        )
        self.swing, self.late = source.uniform(0, 0.8), source.uniform(0, 24)
        self.period, self.size = source.choice((10, 30, 60)), source.randint(5, 60)
        self.excess = [0.0] * MINUTES  # events added by anomalies and bursts
        self.alive = bytearray(b"\1") * MINUTES
        if name == "bursty":
            for _ in range(poisson(source, 3 * DAYS)):
                self._burst(source.randrange(MINUTES), source.randint(1, 4), 12 * math.exp(0.5 * source.gauss(0, 1)))
        self._inject()
        self.counts = [self._count(minute) for minute in range(MINUTES)]
        self.errors = self._fail()

    def expected(self, minute):
        return self.level * (1 + self.swing * math.sin(math.tau * (minute / 60 + self.late) / 24))

    def _burst(self, start, length, events):
        for minute in range(start, min(MINUTES, start + length)):
            self.excess[minute] += events / length

    def _inject(self):
        week = MINUTES // 2
        for i in range(ANOMALIES_PER_SERIES):
            t0 = week + i * (MINUTES - week) // ANOMALIES_PER_SERIES + self.source.randrange(APART // 2)
            kind, t1 = getattr(self, f"_inject_{self.name}")(t0)
            t0 = t1 - self.period if kind == "missed" else t0
            self.anomalies.append((t0, t1, kind))

    def _inject_quiet(self, t0):
        length = self.source.randint(1, 10)
        self._burst(t0, length, 4 * 2 ** self.source.uniform(0, 4))
        return "burst", t0 + length

    def _inject_low(self, t0):
        if self.source.random() < 0.3:
            return self._silence(t0, self.source.randint(40, 120))
        return self._raise(t0, self.source.randint(5, 60), 2 ** self.source.uniform(1, 4))

    def _inject_busy(self, t0):
        if self.source.random() < 0.3:
            return self._silence(t0, self.source.randint(4, 60))
        return self._raise(t0, self.source.randint(5, 60), 2 ** self.source.uniform(0.4, 3))

    def _inject_bursty(self, t0):
        self._burst(t0, 3, 60 * 2 ** self.source.uniform(0, 3))
        return "burst", t0 + 3

    def _inject_job(self, t0):
        t0 -= t0 % self.period
        self.alive[t0 : t0 + self.period] = bytes(self.period)
        return "missed", t0 + self.period

    def _silence(self, t0, length):
        self.alive[t0 : t0 + length] = bytes(length)
        return "zero", t0 + length

    def _raise(self, t0, length, times):
        for minute in range(t0, t0 + length):
            self.excess[minute] += (times - 1) * self.expected(minute)
        return "rise", t0 + length

    def _count(self, minute):
        if not self.alive[minute]:
            return 0
        mean = self.expected(minute) + self.excess[minute]
        if self.name == "job" and minute % self.period == 0:
            return self.size + self.source.randint(-1, 1)
        if self.name == "busy":  # a gamma of mean 1: more than Poisson noise
            mean *= self.source.gammavariate(12, 1 / 12)
        return poisson(self.source, mean) if mean > 0 else 0

    def _fail(self):
        usual = 0.002 * 2 ** self.source.uniform(0, 3)
        rate = [usual] * MINUTES
        for i in range(2):
            t0 = MINUTES // 2 + i * 4500 + self.source.randrange(2000)
            t1 = t0 + self.source.randint(5, 40)
            rate[t0:t1] = [min(0.9, usual * 2 ** self.source.uniform(2, 6))] * (t1 - t0)
            if sum(self.counts[t0:t1]) >= 30:
                self.error_anomalies.append((t0, t1, "failing"))
        return [
            sum(self.source.random() < rate[minute] for _ in range(count)) for minute, count in enumerate(self.counts)
        ]


def export(folder, seed):
    """Writes counts.csv and truth.json."""
    source = random.Random(seed)
    made = [_Series(source, name) for name, number in SHARES for _ in range(number)]
    with open(os.path.join(folder, "counts.csv"), "w") as out:
        out.write(HEADER)
        for minute in range(MINUTES):
            for s, series in enumerate(made):
                count, errors = series.counts[minute], series.errors[minute]
                name = (
                    f"{FIRST_MINUTE + minute},{400_000_000_000 + s % 3},us-east-1,service.example.com,Api{s:05d},false"
                )
                if count > errors:
                    out.write(f"{name},,{count - errors}\n")
                if errors:
                    out.write(f"{name},AccessDenied,{errors}\n")

    def plain(pick):
        return [
            {"s": s, "t0": t0, "t1": t1, "kind": kind, "material": True}
            for s, series in enumerate(made)
            for t0, t1, kind in pick(series)
        ]

    truth = {"n": len(made), "T": MINUTES, "cls": [series.name for series in made], "neutral": []}
    truth |= {"calls": plain(lambda each: each.anomalies), "errors": plain(lambda each: each.error_anomalies)}
    with open(os.path.join(folder, "truth.json"), "w") as out:
        json.dump(truth, out)
