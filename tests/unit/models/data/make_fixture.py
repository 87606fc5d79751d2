#!/usr/bin/env python3
"""Writes the fixture of reference_test.cpp: make_fixture.py FOLDER-OF-THE-REFERENCE [OUTPUT-FOLDER]

The reference is a folder with gen.py, snb.py and tails.py (numba, numpy, scipy). Text lines of words:
  minute FIRST / series N / minutes T / thresholds CALLS ERRORS
  counts KIND SERIES GROUP v[xRUN] ...      KIND: calls, errors; run-length coded
  scores MODEL SERIES minute:value ...      MODEL: calls, error_counts; value with 9 digits
  flags MODEL SERIES v[xRUN] ...            the abnormal flag of every minute, run-length coded
"""
import pathlib
import sys

import numpy as np

N, DAYS, SEED, BUDGET = 24, 5, 11, 10.0
MONDAY = 2816 * 10080 + 4 * 1440                       # a Monday 00:00, in minutes since 1970
THRESHOLDS = {"calls": 4.75, "errors": 0.75}           # of a budget of 10


def runs(values):
    edges = np.flatnonzero(np.diff(values)) + 1
    words = []
    for part in np.split(values, edges):
        words.append(f"{part[0]}" if len(part) == 1 else f"{part[0]}x{len(part)}")
    return " ".join(words)


def scores(values):
    kept = [t for t in range(len(values)) if t % 37 == 0 or values[t] > 1.0]
    return " ".join(f"{t}:{values[t]:.8g}" for t in kept)


def choose(gen):
    """Traffic with every class of series and little volume, so that the file stays small."""
    made = gen.make(160, DAYS, SEED, rate_per_series_day=0.35)
    errors, _, _ = gen.make_errors(made, SEED, rate_per_series_day=0.4)
    injected = np.bincount([a["s"] for a in made["A"]], minlength=160)
    wanted = {"sparse": 2, "low": 5, "mid": 5, "high": 1, "bursty": 3, "cron": 5, "mixed": 3}
    kept = []
    for name, many in wanted.items():
        of_class = [s for s in range(160) if made["cls"][s] == name]
        of_class.sort(key=lambda s: (-injected[s], made["X"][s].mean()))
        kept += of_class[:many]
    return made["X"][kept], errors[kept], made["grp"][kept]


def main():
    sys.path.insert(0, sys.argv[1])
    out = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent)

    import gen
    import snb

    calls, errors, groups = choose(gen)
    assert len(calls) == N
    calls[4, 3000:3003] += 25000                       # far in the tail
    found = {
        "calls": snb.run(calls, groups, th=THRESHOLDS["calls"]),
        "error_counts": snb.run(errors, groups, th=THRESHOLDS["errors"]),
    }
    lines = [f"minute {MONDAY}", f"series {N}", f"minutes {calls.shape[1]}",
             f"thresholds {THRESHOLDS['calls']} {THRESHOLDS['errors']}"]
    for kind, table in (("calls", calls), ("errors", errors)):
        lines += [f"counts {kind} {s} {groups[s]} {runs(table[s])}" for s in range(N)]
    for model, (score, flags) in found.items():
        lines += [f"scores {model} {s} {scores(score[s])}" for s in range(N)]
        lines += [f"flags {model} {s} {runs(flags[s])}" for s in range(N)]
        print(model, "scores above 1:", int((score > 1).sum()), "missed runs:", int((score >= 100).sum()),
              "abnormal minutes:", int(flags.sum()), "largest:", float(score.max()))
    (out / "reference.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
