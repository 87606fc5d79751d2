"""Traffic by classes of API: negative-binomial counts around a day and a week, bursts, jobs; anomalies injected.

Seven classes from one call in days to a thousand a minute. Noise breathes with a memory of 5 to 120 minutes; one
series in ten has a trend, one in ten a lasting change of level. Accounts share office hours and weekends.
"""

import numpy as np
from scipy.signal import lfilter

from world import Anomaly, World, log_uniform, mark_material, mark_material_errors

SHARES = {"sparse": 0.25, "low": 0.15, "mid": 0.20, "high": 0.08, "bursty": 0.12, "cron": 0.10, "mixed": 0.10}
ANOMALY_KINDS = {
    "sparse": ("burst",),
    "low": ("x5", "x20", "burst", "zero"),
    "mid": ("x2", "x5", "x20", "zero", "ramp"),
    "high": ("x2", "x5", "x20", "zero", "ramp"),
    "bursty": ("burst",),
    "cron": ("missed", "burst"),
    "mixed": ("missed", "x2", "x5", "zero", "ramp"),
}
ACCOUNTS = ((0.0, 0.3), (7.0, 0.1), (-6.0, 0.7), (3.0, 0.3), (12.0, 1.0))  # hours from UTC, share left on weekends
ANOMALIES_PER_DAY = 1 / 7
ERROR_ANOMALIES_PER_DAY = 1 / 5
PERIODS = (5, 10, 15, 30, 60, 120, 360, 720, 1440)


class _Job:
    """A periodic job: `size` events a run, spread over `length` minutes, started up to `jitter` minutes late."""

    def __init__(self, random, minutes, period, size):
        spread, self.jitter = float(random.choice([0.0, 0.1, 0.3])), int(random.integers(0, min(3, period // 5 + 1)))
        self.length = 1 if size < 30 else int(random.integers(1, 4))
        self.size = size
        self.counts, self.expected = np.zeros(minutes), np.zeros(minutes)
        planned = np.arange(int(random.integers(0, period)), minutes, period)
        self.starts = planned + (random.integers(0, self.jitter + 1, planned.size) if self.jitter else 0)
        for plan, start in zip(planned, self.starts):
            events = max(1, round(size * (1 + spread * random.normal())))
            for k in range(self.length):
                if start + k < minutes:
                    self.counts[start + k] += events // self.length + (k < events % self.length)
            self.expected[plan : plan + self.length + self.jitter] += size / (self.length + self.jitter)

    def drop_runs(self, first, count):
        for start in self.starts[first : first + count]:
            self.counts[start : start + self.length] = 0


class _Series:
    """One series while it is made."""

    def __init__(self, random, minutes, name, account):
        self.random, self.minutes, self.name = random, minutes, name
        self.noise_size, self.noise = np.inf, 1.0
        self.extra, self.extra_expected = np.zeros(minutes), np.zeros(minutes)
        self.job = None
        getattr(self, f"_make_{name}")(account)
        self.level_change = None
        if name != "cron":
            self._trend()
            self._change_level()

    def _season(self, account):
        """Share of the mean in each minute: 80 % of the series keep the account's hours."""
        random, minute = self.random, np.arange(self.minutes)
        offset, weekend = ACCOUNTS[account]
        if random.random() < 0.8:
            offset += 1.2 * random.normal()
        else:
            offset, weekend = random.uniform(0, 24), random.choice([1.0, 0.7, 0.3, 0.1])
        hour = (minute / 60 + offset) % 24
        height, width = log_uniform(random, 0.3, 8), random.uniform(3, 6)
        shape = 1 + height * np.exp(-0.5 * ((hour - 13) / width) ** 2)
        shape += 0.3 * height * random.random() * np.exp(-0.5 * (hour - 9) ** 2)
        shape *= np.where(minute // 1440 % 7 >= 5, weekend, 1.0)
        return shape / shape.mean()

    def _breathing(self, deviation):
        memory = np.exp(-1 / log_uniform(self.random, 5, 120))
        steps = self.random.normal(0, deviation * np.sqrt(1 - memory**2), self.minutes)
        steps[0] = self.random.normal(0, deviation)
        return np.exp(lfilter([1.0], [1.0, -memory], steps) - deviation**2 / 2)

    def _make_sparse(self, account):
        flat = self.random.random() < 0.5
        self.base = log_uniform(self.random, 2e-4, 0.05) * (np.ones(self.minutes) if flat else self._season(account))

    def _make_steady(self, account, low, high, size_low, size_high, deviation_low, deviation_high):
        self.base = log_uniform(self.random, low, high) * self._season(account)
        self.noise_size = log_uniform(self.random, size_low, size_high)
        self.noise = self._breathing(self.random.uniform(deviation_low, deviation_high))

    def _make_low(self, account):
        self._make_steady(account, 0.05, 1, 0.5, 20, 0.05, 0.4)

    def _make_mid(self, account):
        self._make_steady(account, 1, 30, 2, 50, 0.05, 0.4)

    def _make_high(self, account):
        self._make_steady(account, 30, 1000, 10, 200, 0.03, 0.2)

    def _make_mixed(self, account):
        self._make_mid(account)
        size = max(10.0, self.base.mean() * log_uniform(self.random, 3, 15))
        self._add_job(int(self.random.choice([60, 360, 1440])), size)

    def _make_cron(self, account):
        self.base = np.full(self.minutes, self.random.choice([0.0, 0.002, 0.02]))
        self._add_job(int(self.random.choice(PERIODS)), log_uniform(self.random, 1, 200))

    def _make_bursty(self, account):
        random = self.random
        self.base = log_uniform(random, 0.005, 0.3) * self._season(account)
        bursts = random.poisson(log_uniform(random, 1, 8) * self.minutes / 1440)
        median, deviation = log_uniform(random, 15, 100), random.uniform(0.4, 0.8)
        for start in random.choice(self.minutes, bursts, p=self.base / self.base.sum()):
            events = 1 + int(median * np.exp(deviation * random.normal()))
            at = start + random.integers(0, int(random.integers(1, 7)), events)
            np.add.at(self.extra, at[at < self.minutes], 1)
        self.extra_expected += self.base / self.base.mean() * self.extra.mean()

    def _add_job(self, period, size):
        self.job = _Job(self.random, self.minutes, period, size)

    def _trend(self):
        if self.random.random() < 0.1:
            days = np.linspace(0, self.minutes / 1440, self.minutes)
            self.base = self.base * np.exp(days * self.random.uniform(-0.03, 0.03))

    def _change_level(self):
        if self.random.random() >= 0.1 or self.minutes <= 3 * 1440:
            return
        at, factor = int(self.random.integers(2 * 1440, self.minutes - 1440)), self.random.choice([0.3, 0.5, 2, 3])
        self.base = self.base.copy()
        self.base[at:] *= factor
        if self.name == "bursty":
            self.extra[at:] = np.round(self.extra[at:] * factor)
            self.extra_expected[at:] *= factor
        self.level_change = at

    def expected(self):
        return self.base + self.extra_expected + (self.job.expected if self.job else 0)

    def inject(self, s):
        """-> anomalies, and the counts with them."""
        random, rate = self.random, self.base * self.noise
        more, alive = np.zeros(self.minutes), np.ones(self.minutes)
        anomalies, free_from, last_missed = [], 0, -(10**9)
        planned = random.poisson(ANOMALIES_PER_DAY * self.minutes / 1440)
        for t0 in np.sort(random.integers(30, self.minutes - 400, planned)).tolist():
            if t0 < free_from:
                continue
            kind, runs = str(random.choice(ANOMALY_KINDS[self.name])), 0.0
            if kind == "missed":
                first, count = int(np.searchsorted(self.job.starts, t0)), int(random.integers(1, 4))
                if first < 12 or first + count >= len(self.job.starts) or first - last_missed < 30:
                    continue
                last_missed = first
                t0, t1 = int(self.job.starts[first]), int(self.job.starts[first + count])
                self.job.drop_runs(first, count)
                runs = self.job.size
            elif kind == "burst":
                length = int(random.integers(1, 11))
                t1 = t0 + length
                more[t0:t1] += log_uniform(random, 5, 300) / length
            elif kind == "zero":
                t1 = t0 + int(log_uniform(random, 15, 240))
                alive[t0:t1] = 0
            elif kind == "ramp":
                t1 = min(self.minutes, t0 + int(random.integers(120, 361)))
                more[t0:t1] += rate[t0:t1] * (random.uniform(3, 8) - 1) * np.linspace(0, 1, t1 - t0)
            else:
                t1 = t0 + int(log_uniform(random, 5, 60))
                more[t0:t1] += (float(kind[1:]) - 1) * rate[t0:t1]
            anomalies.append(Anomaly(s, t0, t1, kind, runs=runs))
            free_from = t1 + 360
        rate = rate * alive + more
        if np.isfinite(self.noise_size):
            rate = random.gamma(self.noise_size, rate / self.noise_size)
        jobs = self.job.counts if self.job else 0
        return anomalies, random.poisson(rate) + np.where(alive > 0, self.extra + jobs, 0).astype(np.int64)


def _make_errors(world, random):
    usual = np.zeros(world.series)
    for s in range(world.series):
        usual[s] = log_uniform(random, 5e-4, 0.1)
        rate = np.full(world.minutes, usual[s])
        shape = random.choice([np.inf, 50, 10])
        if np.isfinite(shape):  # the rate itself wanders, in steps of ten minutes
            steps = random.gamma(shape, usual[s] / shape, world.minutes // 10 + 1)
            rate = np.clip(np.repeat(steps, 10)[: world.minutes], 0, 1)
        free_from = 0
        planned = random.poisson(ERROR_ANOMALIES_PER_DAY * world.minutes / 1440)
        for t0 in np.sort(random.integers(30, world.minutes - 100, planned)).tolist():
            if t0 < free_from:
                continue
            t1, kind = t0 + int(log_uniform(random, 3, 60)), str(random.choice(["e5", "e20", "outage"]))
            share = random.uniform(0.3, 1) if kind == "outage" else min(1.0, float(kind[1:]) * usual[s])
            rate[t0:t1] = np.maximum(rate[t0:t1], share)
            free_from = t1 + 360
            if world.counts[s, t0:t1].sum() >= 3:
                world.error_anomalies.append(Anomaly(s, t0, t1, kind))
        busy = world.counts[s] > 0
        world.errors[s, busy] = random.binomial(world.counts[s, busy], rate[busy])
    return usual


def make(series, days, seed):
    random, minutes = np.random.default_rng([seed, 1]), days * 1440
    classes = [name for name, share in SHARES.items() for _ in range(round(share * series))]
    classes = (classes + ["sparse"] * series)[:series]
    accounts = random.integers(0, len(ACCOUNTS), series)
    world = World.silent(minutes, classes, [100_000_000_000 + int(account) for account in accounts], heavy=("bursty",), job=("cron",))
    for s, name in enumerate(classes):
        made = _Series(random, minutes, name, int(accounts[s]))
        world.expected[s] = made.expected()
        anomalies, world.counts[s] = made.inject(s)
        world.anomalies += anomalies
        if made.level_change is not None:
            world.neutral.append((s, made.level_change, made.level_change + 1440))
    usual = _make_errors(world, np.random.default_rng([seed, 2]))
    mark_material(world)
    mark_material_errors(world, usual)
    return world
