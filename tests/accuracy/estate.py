"""Traffic by who makes it: people in sessions, pollers, autoscaled services, jobs by the calendar, rare administrators.

Made differently from classes.py on purpose: no series is a negative binomial around a smooth curve. People come in
sessions with heavy-tailed numbers of calls and stay away at lunch, on holidays and on their own weekend (Friday and
Saturday in one account). Pollers vary less than Poisson. Services scale in steps with load and have small retry storms
of their own. Jobs run on working days, by local time, or every few hours, and grow. New APIs are adopted along an
S-curve, old ones fade; releases change levels. Anomalies: abuse at a constant rate, retry storms that double every few
minutes, outages, brownouts, leaks that rise for hours, missed runs. Errors come with clients that are broken for some
time.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from world import Anomaly, World, log_uniform, mark_material, mark_material_errors

SHARES = {"admin": 0.16, "people": 0.22, "poller": 0.14, "service": 0.22, "job": 0.14, "flood": 0.12}
ANOMALY_KINDS = {
    "admin": ("burst",),
    "people": ("abuse", "storm", "outage", "burst"),
    "poller": ("abuse", "storm", "outage", "brownout"),
    "service": ("abuse", "storm", "outage", "brownout", "leak"),
    "job": ("missed", "missed", "burst"),
    "flood": ("burst", "storm"),
}
ANOMALIES_PER_DAY = 1 / 7
ERROR_ANOMALIES_PER_DAY = 1 / 5
DAY = 1440


@dataclass
class Account:
    """Its local time, the days of the week it rests (0 is Monday), and its holidays (days since the data began)."""

    hours_from_utc: float
    rest: tuple
    holidays: tuple

    def local(self, minutes):
        return np.arange(minutes) + int(self.hours_from_utc * 60)

    def works(self, minutes):
        """1 on working days, by local day."""
        day = self.local(minutes) // DAY
        return ~np.isin(day % 7, self.rest) & ~np.isin(day, self.holidays)

    def presence(self, minutes, late):
        """How many people are there: up in the morning, a dip at noon, fading in the evening; 1 at most."""
        hour = (self.local(minutes) / 60 - late) % 24
        curve = np.interp(
            hour,
            [0, 6.5, 9.5, 11.8, 12.5, 13.5, 16.5, 19, 23, 24],
            [0.03, 0.03, 0.9, 1, 0.55, 0.95, 1, 0.35, 0.05, 0.03],
        )
        return curve * np.where(self.works(minutes), 1.0, 0.08)


def _accounts(random, days):
    rests = ((5, 6), (5, 6), (4, 5), (6,), (5, 6), ())
    offsets = (1.0, -8.0, 5.5, 9.0, -3.0, 0.0)
    return [
        Account(offset, rest, tuple(random.choice(np.arange(2, days + 1), 2, replace=False).tolist()))
        for offset, rest in zip(offsets, rests)
    ]


def _walk(random, minutes, deviation, memory):
    """A stationary walk around 0, in the logarithm."""
    keep = np.exp(-1 / memory)
    steps = random.standard_t(5, minutes) * np.sqrt(3 / 5) * deviation * np.sqrt(1 - keep**2)
    return lfilter([1.0], [1.0, -keep], steps)


def _adoption(random, minutes):
    """Mostly 1; one series in eight is being adopted, one in eight fades."""
    life = np.arange(minutes) / minutes
    kind = random.random()
    if kind < 0.125:
        return 0.3 + 1.4 / (1 + np.exp(-(life - random.uniform(0.2, 0.8)) * random.uniform(4, 10)))
    return np.exp(-life * random.uniform(0.2, 1.2)) if kind < 0.25 else np.ones(minutes)


class _Series:
    """counts: without anomalies; expected: their mean; job_starts, job_size, job_length: of a job."""

    def __init__(self, random, minutes, name, account):
        self.random, self.minutes, self.account = random, minutes, account
        self.job_starts, self.job_size, self.job_length, self.release = np.zeros(0, int), 0.0, 1, None
        getattr(self, f"_make_{name}")()

    def _release_factor(self):
        """One series in ten changes its level for good with a release."""
        factor = np.ones(self.minutes)
        if self.random.random() < 0.1 and self.minutes > 4 * DAY:
            self.release = int(self.random.integers(3 * DAY, self.minutes - DAY))
            factor[self.release :] = self.random.choice([0.4, 0.6, 1.7, 2.5])
        return factor

    def _sessions(self, starts_per_minute, calls_mean, minutes_mean):
        """Each session: a Lomax number of calls (variance finite, tail heavy) over an exponential time."""
        random = self.random
        starts = np.repeat(np.arange(self.minutes), random.poisson(starts_per_minute))
        tail = 2.6
        calls = 1 + np.floor(random.pareto(tail, starts.size) * max(calls_mean - 1, 0.05) * (tail - 1)).astype(int)
        calls = np.minimum(calls, 2000)
        session = np.repeat(np.arange(starts.size), calls)
        stay = random.exponential(minutes_mean, starts.size)
        at = (starts[session] + random.random(session.size) * stay[session]).astype(int)
        counts = np.bincount(at[at < self.minutes], minlength=self.minutes)
        mean = calls.mean() if calls.size else calls_mean
        return counts, starts_per_minute * mean

    def _make_people(self):
        random = self.random
        presence = self.account.presence(self.minutes, random.normal(0, 0.7))
        rate = presence * log_uniform(random, 0.02, 4) * self._release_factor() * _adoption(random, self.minutes)
        # A day is busy or not as a whole.
        busy = np.exp(random.normal(0, 0.15, self.minutes // DAY + 2))[self.account.local(self.minutes) // DAY]
        self.counts, self.expected = self._sessions(
            rate * busy, log_uniform(random, 1.5, 12), log_uniform(random, 1, 20)
        )
        self.expected = self.expected / busy

    def _make_admin(self):
        random = self.random
        rate = self.account.presence(self.minutes, random.normal(0, 1)) * log_uniform(random, 1, 60) / (DAY * 0.35)
        self.counts, self.expected = self._sessions(rate, log_uniform(random, 1, 2.5), 2)

    def _make_poller(self):
        """Clients that ask every few seconds or minutes, come and go."""
        random = self.random
        every = float(random.choice([0.25, 0.5, 1, 1, 2, 5, 10]))  # minutes
        clients = max(1, round(log_uniform(random, 1, 60)))
        changes = np.cumsum(random.random(self.minutes) < 1 / 2000)
        present = np.maximum(1, clients + random.integers(-1, 2, changes[-1] + 1)[changes]).astype(float)
        present = np.maximum(1, np.round(present * self._release_factor()))
        self.expected = present / every
        lost = random.random(self.minutes) < 0.002  # a minute late: the calls come in the next one
        self.counts = random.binomial((present * max(1, round(1 / every))).astype(int), min(1.0, 1 / every) * 0.98)
        moved = np.where(lost, self.counts, 0)
        self.counts = self.counts - moved + np.concatenate([[0], moved[:-1]])

    def _make_service(self):
        """Load follows a double-humped day; workers follow load in steps; small retry storms are part of it."""
        random, minutes = self.random, self.minutes
        hour = (self.account.local(minutes) / 60 + random.normal(0, 0.5)) % 24
        depth = random.uniform(0.2, 0.9)
        day = 1 + depth * np.sin(2 * np.pi * (hour - 9) / 24) + 0.4 * depth * np.sin(4 * np.pi * (hour - 7) / 24)
        day = np.maximum(day, 0.05) * np.where(self.account.works(minutes), 1, random.uniform(0.4, 1.2))
        level = log_uniform(random, 0.5, 400)
        load = level * day * self._release_factor() * _adoption(random, minutes)
        wander = np.exp(_walk(random, minutes, random.uniform(0.03, 0.2), log_uniform(random, 10, 300)))
        workers = np.maximum(1, np.round(load / level * 8)) / np.maximum(load / level * 8, 0.1)
        self.expected = load
        rate = load * wander * np.clip(workers, 0.7, 1.4)
        for start in random.choice(minutes, random.poisson(minutes / DAY * log_uniform(random, 0.05, 2))):
            length = min(int(random.geometric(0.3)) + 1, minutes - start)
            rate[start : start + length] *= random.uniform(1.1, 1.8)
        self.counts = random.poisson(rate)

    def _make_job(self):
        random, minutes = self.random, self.minutes
        local, offset = self.account.local(minutes), int(random.integers(0, 60))
        spec = str(random.choice(["minutes", "hourly", "hours", "daily", "working"]))
        if spec == "minutes":
            due = np.flatnonzero(local % int(random.choice([5, 10, 15, 20, 30])) == 0)
        elif spec == "hourly":
            due = np.flatnonzero(local % 60 == offset)
        elif spec == "hours":
            due = np.flatnonzero(local % (60 * int(random.choice([2, 3, 4, 6, 8, 12]))) == offset)
        else:
            due = np.flatnonzero(local % DAY == 60 * int(random.integers(0, 24)) + offset)
            due = due[self.account.works(minutes)[due]] if spec == "working" else due
        tight = spec == "minutes" or random.random() < 0.5
        self.job_size = log_uniform(random, 1, 300)
        self.job_length = 1 if self.job_size < 20 else int(random.integers(1, 6))
        growth = np.exp(np.linspace(0, random.uniform(-0.3, 0.8), minutes))
        late = np.zeros(due.size, int) if tight else np.minimum(random.poisson(0.7, due.size), 3)
        self.job_starts = np.minimum(due + late, minutes - 1)
        sizes = np.maximum(
            1, np.round(self.job_size * growth[due] * np.exp(random.normal(0, random.choice([0, 0.1, 0.3]), due.size)))
        )
        counts, self.expected = np.zeros(minutes, int), np.zeros(minutes)
        for start, plan, size in zip(self.job_starts, due, sizes.astype(int)):
            parts = random.multinomial(size, np.ones(self.job_length) / self.job_length)
            end = min(minutes, start + self.job_length)
            counts[start:end] += parts[: end - start]
            self.expected[plan : plan + self.job_length + 1] += self.job_size * growth[plan] / (self.job_length + 1)
        self.counts = counts

    def _make_flood(self):
        """Large loads now and then, at any time: Pareto sizes, and sometimes several in a row."""
        random, minutes = self.random, self.minutes
        quiet = self.account.presence(minutes, 0) * log_uniform(random, 0.003, 0.2)
        counts = random.poisson(quiet)
        first = random.choice(minutes, random.poisson(log_uniform(random, 0.5, 6) * minutes / DAY))
        rows = np.concatenate(
            [at + np.cumsum(random.integers(0, 40, random.geometric(0.6))) for at in first] or [np.zeros(0, int)]
        )
        median, before = log_uniform(random, 10, 80), counts.sum()
        for at in rows[rows < minutes]:
            size = int(min(median * (1 + random.pareto(2.2)), 50 * median))
            counts += np.bincount(
                np.minimum(at + (random.beta(1, 3, size) * random.integers(1, 12)).astype(int), minutes - 1),
                minlength=minutes,
            )
        self.counts, self.expected = counts, quiet + (counts.sum() - before) / minutes

    def inject(self, s, name):
        random, minutes = self.random, self.minutes
        extra, alive = np.zeros(minutes), np.ones(minutes)
        anomalies, free_from, last_missed = [], 0, -(10**9)
        planned = random.poisson(ANOMALIES_PER_DAY * minutes / DAY)
        for t0 in np.sort(random.integers(30, minutes - 500, planned)).tolist():
            if t0 < free_from:
                continue
            kind, runs = str(random.choice(ANOMALY_KINDS[name])), 0.0
            around = max(float(self.expected[max(0, t0 - 30) : t0 + 30].mean()), 0.05)
            if kind == "missed":
                first, count = int(np.searchsorted(self.job_starts, t0)), int(random.choice([1, 1, 2, 4]))
                if first < 12 or first + count >= self.job_starts.size or first - last_missed < 30:
                    continue
                last_missed = first
                t0, t1 = int(self.job_starts[first]), int(self.job_starts[first + count])
                for start in self.job_starts[first : first + count]:
                    alive[start : start + self.job_length] = 0
                runs = self.job_size
            elif kind == "burst":
                t1 = t0 + int(random.geometric(0.25))
                extra[t0:t1] += log_uniform(random, 8, 400) / (t1 - t0)
            elif kind == "abuse":  # a new caller at a constant rate
                t1 = t0 + int(log_uniform(random, 5, 180))
                extra[t0:t1] += around * log_uniform(random, 1, 20)
            elif kind == "storm":  # doubles every few minutes, then ends at once
                t1 = t0 + int(random.integers(8, 40))
                growth = np.minimum(2 ** (np.arange(t1 - t0) / random.uniform(1, 5)), log_uniform(random, 4, 60))
                extra[t0:t1] += around * (growth - 0.9)
            elif kind == "outage":
                t1 = t0 + int(log_uniform(random, 10, 300))
                alive[t0:t1] = 0
            elif kind == "brownout":
                t1 = t0 + int(log_uniform(random, 20, 240))
                alive[t0:t1] = random.uniform(0.1, 0.6)
            else:  # a leak
                t1 = t0 + int(random.integers(180, 480))
                extra[t0:t1] += around * random.uniform(2, 6) * np.linspace(0, 1, t1 - t0)
            anomalies.append(Anomaly(s, t0, t1, kind, runs=runs))
            free_from = t1 + 360
        return anomalies, random.binomial(self.counts.astype(np.int64), alive) + random.poisson(extra)


def _make_errors(world, random):
    """Clients that are broken for a while are usual; most calls failing, or a new part of them, is not."""
    usual = np.zeros(world.series)
    for s in range(world.series):
        base = log_uniform(random, 3e-4, 0.05)
        rate = base * np.exp(_walk(random, world.minutes, random.choice([0.05, 0.3, 0.7]), 30))
        for start in random.choice(world.minutes, random.poisson(0.2 * world.minutes / DAY)):
            rate[start : start + int(random.integers(5, 90))] += base * random.uniform(0.5, 1.5)
        rate = np.clip(rate, 0, 1)
        usual[s] = rate.mean()
        free_from = 0
        planned = random.poisson(ERROR_ANOMALIES_PER_DAY * world.minutes / DAY)
        for t0 in np.sort(random.integers(30, world.minutes - 200, planned)).tolist():
            if t0 < free_from:
                continue
            t1, kind = t0 + int(log_uniform(random, 4, 120)), str(random.choice(["breakage", "part", "rise"]))
            if kind == "breakage":
                share = random.uniform(0.4, 1)
            elif kind == "part":
                share = base + random.uniform(0.05, 0.4)
            else:
                share = np.linspace(base, min(1, base * random.uniform(10, 40)), t1 - t0)
            rate[t0:t1] = np.maximum(rate[t0:t1], share)
            free_from = t1 + 360
            if world.counts[s, t0:t1].sum() >= 3:
                world.error_anomalies.append(Anomaly(s, t0, t1, kind))
        world.errors[s] = random.binomial(world.counts[s], rate)
    return usual


def make(series, days, seed):
    random, minutes = np.random.default_rng([seed, 3]), days * DAY
    classes = [name for name, share in SHARES.items() for _ in range(round(share * series))]
    classes = (classes + ["service"] * series)[:series]
    accounts = _accounts(random, days)
    owners = random.integers(0, len(accounts), series)
    world = World.silent(minutes, classes, [200_000_000_000 + int(owner) for owner in owners], heavy=("flood", "admin"), job=("job",))
    for s, name in enumerate(classes):
        made = _Series(random, minutes, name, accounts[owners[s]])
        world.expected[s] = made.expected
        anomalies, world.counts[s] = made.inject(s, name)
        world.anomalies += anomalies
        if made.release is not None:
            world.neutral.append((s, made.release, made.release + DAY))
    usual = _make_errors(world, np.random.default_rng([seed, 4]))
    mark_material(world)
    mark_material_errors(world, usual)
    return world
