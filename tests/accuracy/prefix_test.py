"""Hindsight gains nothing: a replay of a prefix writes the records that the whole has up to there.

On the small world, of which several dozen insights of all kinds come, with early Starts and without.
"""

import json
import os
import subprocess
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

import small_world
from scoring import FIRST_MINUTE

INSIGHTD = os.environ.get("INSIGHTD", "build/insightd")
CUTS = (1500, 13 * 1440 - 700, 9 * 1440 + 787)  # minutes
SEED = 4


def decided(record):
    return record["insightDetails"]["extension"]["decided"]


def text_of(minute):
    moment = datetime.fromtimestamp(60 * FIRST_MINUTE, timezone.utc) + timedelta(minutes=minute)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Prefix(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="insight-prefix-")
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        small_world.export(self.folder, SEED)
        with open(os.path.join(self.folder, "counts.csv")) as file:
            self.header, *self.rows = file.readlines()

    def replay(self, early, minutes):
        """Records of the first so many minutes."""
        path = os.path.join(self.folder, "prefix.csv")
        with open(path, "w") as file:
            file.writelines([self.header, *(row for row in self.rows if int(row[:8]) < FIRST_MINUTE + minutes)])
        command = [INSIGHTD, "replay", "--format", "counts", "--output", "-", "--set", "detection.alert_budget=30"]
        command += ["--set", f"detection.early_start={early}", path]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def test_its_records_are_the_first_of_the_whole(self):
        for early in ("true", "false"):
            whole = self.replay(early, small_world.MINUTES)
            self.assertGreater(len(whole), 100)
            self.assertEqual(whole, sorted(whole, key=decided))
            for cut in CUTS:
                with self.subTest(early_start=early, minutes=cut):
                    open_from = text_of(cut - 1)  # the last minute does not close
                    got = [each for each in self.replay(early, cut) if decided(each) < open_from]
                    self.assertEqual(got, [each for each in whole if decided(each) < open_from])


if __name__ == "__main__":
    unittest.main()
