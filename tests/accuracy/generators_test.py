"""What both generators promise of a world. Left out where NumPy or SciPy are missing: only the report needs them."""

import csv
import json
import os
import tempfile
import unittest

try:
    import numpy as np

    import classes
    import estate
    import public
    import report
    import scoring

    GENERATORS = (classes, estate)
except ImportError:
    GENERATORS = ()

SERIES, DAYS = 30, 8


@unittest.skipUnless(GENERATORS, "NumPy and SciPy are not installed")
class Generators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.worlds = {generator.__name__: generator.make(SERIES, DAYS, 3) for generator in GENERATORS}

    def each(self):
        for name, world in self.worlds.items():
            with self.subTest(generator=name):
                yield world

    def test_errors_are_some_of_the_calls(self):
        for world in self.each():
            self.assertTrue(((0 <= world.errors) & (world.errors <= world.counts)).all())
            self.assertGreater(world.errors.sum(), 0)

    def test_expectations_are_near_the_counts_where_nothing_is_unusual(self):
        for world in self.each():
            kept = np.ones(world.counts.shape, bool)
            for anomaly in world.anomalies:
                kept[anomaly.s, anomaly.t0 : anomaly.t1] = False
            steady = ~world.heavy & ~world.job
            counts = np.where(kept, world.counts, 0).sum(1)[steady]
            expected = np.where(kept, world.expected, 0).sum(1)[steady]
            busy = expected > 1000
            self.assertGreater(busy.sum(), 5)
            self.assertLess(abs(np.median(counts[busy] / expected[busy]) - 1), 0.1)

    def test_anomalies_of_a_series_are_apart_and_inside(self):
        for world in self.each():
            for anomalies in (world.anomalies, world.error_anomalies):
                self.assertGreater(len(anomalies), 10)
                end = {}
                for anomaly in anomalies:
                    self.assertTrue(0 <= anomaly.t0 < anomaly.t1 <= world.minutes, anomaly)
                    self.assertGreaterEqual(anomaly.t0, end.get(anomaly.s, 0))
                    end[anomaly.s] = anomaly.t1
                self.assertGreater(sum(anomaly.material for anomaly in anomalies), 3)

    def test_a_seed_makes_one_world_and_another_seed_another(self):
        for generator in GENERATORS:
            again = generator.make(SERIES, DAYS, 3)
            self.assertTrue((again.counts == self.worlds[generator.__name__].counts).all())
            self.assertTrue((again.errors == self.worlds[generator.__name__].errors).all())
            self.assertFalse((generator.make(SERIES, DAYS, 4).counts == again.counts).all())

    def test_what_is_exported_adds_up_and_is_in_order(self):
        for world in self.each():
            with tempfile.TemporaryDirectory() as folder:
                world.export(folder)
                with open(os.path.join(folder, "counts.csv")) as file:
                    rows = list(csv.DictReader(file))
                with open(os.path.join(folder, "truth.json")) as file:
                    truth = json.load(file)
            self.assertEqual(sum(int(row["count"]) for row in rows), int(world.counts.sum()))
            self.assertEqual(sum(int(row["count"]) for row in rows if row["error_code"]), int(world.errors.sum()))
            minutes = [int(row["minute"]) for row in rows]
            self.assertEqual(minutes, sorted(minutes))
            self.assertGreaterEqual(minutes[0], scoring.FIRST_MINUTE)
            self.assertEqual((truth["n"], truth["T"]), (SERIES, DAYS * 1440))


@unittest.skipUnless(GENERATORS, "NumPy and SciPy are not installed")
class Report(unittest.TestCase):
    def test_recall_between_budgets_is_read_by_the_logarithm(self):
        points = [(1, 0.5), (10, 0.7), (100, 0.9)]
        self.assertAlmostEqual(report.recall_at(points, 10**0.5), 0.6)
        self.assertEqual(report.recall_at(points, 1000), 0.9)
        self.assertTrue(np.isnan(report.recall_at(points, 0.5)))

    def test_a_stall_takes_the_rows_of_its_minutes_and_no_others(self):
        with tempfile.TemporaryDirectory() as folder:
            source, target = os.path.join(folder, "a"), os.path.join(folder, "b")
            with open(source, "w") as file:
                file.write("minute,x\n" + "".join(f"{minute},1\n" for minute in range(10)))
            report.drop_rows(source, target, [(2, 4), (8, 9)])
            with open(target) as file:
                self.assertEqual([line.split(",")[0] for line in file][1:], list("014567") + ["9"])

    def test_public_series_have_their_windows_inside(self):
        with tempfile.TemporaryDirectory() as folder:
            public.export(folder, 1, "taxi")
            with open(os.path.join(folder, "truth.json")) as file:
                truth = json.load(file)
        self.assertEqual((truth["n"], len(truth["calls"])), (1, 5))
        for window in truth["calls"]:
            self.assertTrue(truth["first"][0] < window["t0"] < window["t1"] <= truth["last"][0])


if __name__ == "__main__":
    unittest.main()
