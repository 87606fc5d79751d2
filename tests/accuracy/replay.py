"""Runs insightd over a folder with counts.csv and truth.json, and scores it. Standard library only."""

import json
import os
import subprocess

import scoring


class Replay:
    """The insights of one replay at one budget."""

    def __init__(self, engine, folder, budget, counts="counts.csv", partitions=1):
        with open(os.path.join(folder, "truth.json")) as file:
            self.truth = json.load(file)
        command = [engine, "replay", "--format", "counts", "--output", "-", "--set", f"kafka.partitions={partitions}"]
        command += ["--set", f"detection.alert_budget={budget}", os.path.join(folder, counts)]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed with {run.returncode}:\n{run.stderr}")
        self.spans = scoring.read_spans(run.stdout.splitlines(), self.truth["T"])

    def score(self, kind, wanted=lambda span: True):
        return scoring.score(self.truth, self.spans[kind], kind, wanted)


def pooled(results):
    """Results of the same kind, of several worlds, as one."""
    delays = {}
    for result in results:
        for name, found in result.delays.items():
            delays.setdefault(name, []).extend(found)
    false = [each for result in results for each in result.false]
    return scoring.Result(sum(result.series_days for result in results), false, delays)
