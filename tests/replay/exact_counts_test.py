"""Every number of every record equals an independent count over the unique events."""

import os
import subprocess
import unittest
from datetime import datetime, timezone

from independent_counter import check
from nasty_trail import nasty_records, write_files
from replay_fixture import DATA, INSIGHT_TRAIL, ReplayTest, lines
from trail_reader import Trail

# February ends within the baselines; the history begins in the middle of a day.
BEGIN = datetime(2026, 2, 20, 17, 3, tzinfo=timezone.utc)


class ExactCountsTest(ReplayTest):
    def assert_exact(self, folder, trail, *arguments, insights=1):
        """Replays a folder, and lets the counter check what comes out."""
        run = self.replay(*arguments, "--output", self.path("out.ndjson"), folder)
        result = check(self.path("out.ndjson"), trail)
        self.assertEqual(result.problems, [])
        self.assertGreaterEqual(len(result.starts), insights)
        self.assertEqual(run["records"], result.trail.records)
        self.assertEqual(run["insights_started"], len(result.starts))
        self.assertEqual(run["insights_started"] - run["insights_ended"], run["insights_open"])
        self.assertEqual(run["dropped"], 0)
        return result

    def generated(self, *options):
        folder = self.path("trail/")
        subprocess.run([INSIGHT_TRAIL, "--output", folder, *options], check=True, capture_output=True)
        return folder

    def test_a_generated_trail_with_one_partition_and_with_twelve(self):
        folder = self.generated("--scale", "0.3", "--days", "14")
        trail = Trail([folder])
        for partitions, early in ((1, "true"), (12, "true"), (12, "false")):
            with self.subTest(partitions=partitions, early=early):
                options = (
                    "--set",
                    f"kafka.partitions={partitions}",
                    "--set",
                    f"detection.early_start={early}",
                    "--set",
                )
                few = self.assert_exact(folder, trail, *options, "detection.alert_budget=10", insights=5)
                many = self.assert_exact(folder, trail, *options, "detection.alert_budget=1000", insights=20)
                self.assert_nearly_subset(few.spans(), many.spans())

    def assert_nearly_subset(self, few, many):
        """Insights of the smaller budget lie within some of the larger's."""

        def overlap(a, b):
            return a[0] == b[0] and a[1] <= (b[2] or b[1] + 1440) and b[1] <= (a[2] or a[1] + 1440)

        alone = [span for span in few if not any(overlap(span, other) for other in many)]
        self.assertLessEqual(len(alone), len(few) // 10, alone)
        self.assertLess(len(few), len(many))

    def test_a_trail_with_all_that_surprises(self):
        folder = write_files(self, nasty_records(BEGIN))
        trail = Trail([folder])
        for budget in (10, 1000):
            with self.subTest(budget=budget):
                result = self.assert_exact(folder, trail, "--set", f"detection.alert_budget={budget}", insights=6)
                self.assertGreater(result.trail.duplicates, result.trail.records // 6)
        names = {name[3] for name, _ in result.starts.values()}
        self.assertLessEqual(
            {"SendCommand", "CreateGrant", "ConsoleLogin", "AssumeRole", "GetObject", "UpdateThing"}, names
        )
        accounts = {name[0] for name, _ in result.starts.values() if name[3] == "AssumeRole"}
        self.assertEqual(len(accounts), 2)

    def test_the_same_trail_from_standard_input(self):
        # As it comes: unordered, up to nine minutes late. What is decided at the close knows every call.
        records = nasty_records(BEGIN)
        path = self.write("trail.ndjson", lines(records))
        with open(path, "rb") as file:
            run = self.replay("--set", "detection.early_start=false", "-", stdin=file.read())
        out = self.write("out.ndjson", run.output)
        self.assertEqual(run["dropped"], 0)
        result = check(out, Trail([path]))
        self.assertEqual(result.problems, [])
        self.assertGreaterEqual(len(result.starts), 6)

    @unittest.skipUnless(os.path.isdir(os.path.join(DATA, "cloudtrail-attack-simulation")), "needs the recorded trail")
    def test_a_recorded_attack(self):
        folder = os.path.join(DATA, "cloudtrail-attack-simulation")
        result = self.assert_exact(folder, Trail([folder]), "--set", "detection.alert_budget=1000", insights=0)
        self.assertEqual(result.trail.records, 2900)


class CounterTest(ReplayTest):
    """The counter sees what is wrong."""

    def test_every_number_counts(self):
        folder = write_files(self, nasty_records(BEGIN, days=11))
        trail = Trail([folder])
        run = self.replay(folder)
        good = run.output.decode()
        for key in ("insightDuration", "baselineDuration", "average"):
            with self.subTest(key=key):
                broken = good.replace(f'"{key}":', f'"{key}":1', 1)
                self.assertNotEqual(check(self.write("out.ndjson", broken.encode()), trail).problems, [])
        with self.subTest("a repetition"):
            self.assertNotEqual(check(self.write("out.ndjson", good.encode() * 2), trail).problems, [])


if __name__ == "__main__":
    unittest.main()
