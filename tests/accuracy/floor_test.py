"""A floor under detection: on the small world, at the default budget, so much is found and no more is false; and what a
smaller budget finds a larger one finds as well.

The floors lie below what was measured, by about two standard errors, so that this fails when detection gets worse and
not when it changes. scripts/accuracy measures how good it is.
"""

import os
import tempfile
import unittest

import small_world
from replay import Replay, pooled
from scoring import CALLS, ERRORS, nested_share

INSIGHTD = os.environ.get("INSIGHTD", "build/insightd")
SEEDS = (1, 2, 3)
BUDGET = 10
BUDGETS = (3, 10, 30)
NESTED_MIN = 0.97  # share of the insights that the next larger budget has too
RECALL_MIN = {CALLS: 0.78, ERRORS: 0.64}
FALSE_MAX = {CALLS: 6, ERRORS: 36}  # per 1000 series-days, in 840 of them
MISSED_RECALL_MIN = 0.9


class Floor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runs = {budget: [] for budget in BUDGETS}
        for seed in SEEDS:
            with tempfile.TemporaryDirectory(prefix="insight-floor-") as folder:
                small_world.export(folder, seed)
                for budget in BUDGETS:
                    cls.runs[budget].append(Replay(INSIGHTD, folder, budget))
        cls.results = {kind: pooled([run.score(kind) for run in cls.runs[BUDGET]]) for kind in (CALLS, ERRORS)}
        for kind, result in cls.results.items():
            kinds = ", ".join(f"{name} {result.recall(name):.2f}" for name in sorted(result.delays))
            print(f"{kind}: recall {result.recall():.3f} ({kinds}), false {result.false_rate:.1f}", flush=True)

    def test_enough_is_found(self):
        for kind, least in RECALL_MIN.items():
            self.assertGreaterEqual(self.results[kind].recall(), least, kind)

    def test_missed_runs_are_found(self):
        self.assertGreaterEqual(self.results[CALLS].recall("missed"), MISSED_RECALL_MIN)

    def test_little_is_false(self):
        for kind, most in FALSE_MAX.items():
            self.assertLessEqual(self.results[kind].false_rate, most, kind)

    def test_what_a_smaller_budget_finds_a_larger_one_finds_too(self):
        for smaller, larger in zip(BUDGETS, BUDGETS[1:]):
            for kind in (CALLS, ERRORS):
                nested = total = 0
                for small, large in zip(self.runs[smaller], self.runs[larger]):
                    number = sum(len(spans) for spans in small.spans[kind].values())
                    nested += number * nested_share(small.spans[kind], large.spans[kind]) if number else 0
                    total += number
                print(f"{kind}: of {total} at {smaller}, {nested / total:.3f} are among those at {larger}", flush=True)
                self.assertGreater(total, 50)
                self.assertGreaterEqual(nested / total, NESTED_MIN, kind)


if __name__ == "__main__":
    unittest.main()
