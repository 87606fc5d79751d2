"""Real counts, with the anomaly windows that others labelled: tweets that name a company (5-minute counts) and a city's
taxi rides (half-hour counts), of the Numenta Anomaly Benchmark (MIT; data/LICENSE.txt).

Counts of an interval are spread at random over its minutes: what happens within an interval is not real. The first 15 %
of each series are for learning, as there. Recall is of labelled windows, which are days long and were placed by what is
known of the world, not by what the counts show.
"""

import gzip
import json
import os
from datetime import datetime

import numpy as np

from scoring import FIRST_MINUTE
from world import HEADER

DATA = os.path.join(os.path.dirname(__file__), "data", "public.json.gz")
LEARNING_SHARE = 0.15


def _minutes_between(begin, end):
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()) // 60


def export(folder, seed, wanted):
    """Writes counts.csv and truth.json of the series whose names start with `wanted`."""
    random = np.random.default_rng([seed, 5])
    with gzip.open(DATA, "rt") as file:
        chosen = {name: series for name, series in json.load(file).items() if name.startswith(wanted)}
    rows, truth = [], {"cls": [], "calls": [], "errors": [], "neutral": [], "first": [], "last": []}
    for s, (name, series) in enumerate(chosen.items()):
        first, length = series["first"], series["minutes"]
        moment = datetime.fromisoformat(first)
        offset = moment.weekday() * 1440 + moment.hour * 60 + moment.minute  # the same minute of the week
        minutes = random.multinomial(series["counts"], np.ones(length) / length).ravel()
        truth["first"].append(offset + int(LEARNING_SHARE * minutes.size))
        truth["last"].append(offset + minutes.size)
        truth["cls"].append(name)
        for window in series["windows"]:
            t0, t1 = (offset + _minutes_between(first, edge) for edge in window)
            truth["calls"].append({"s": s, "t0": t0, "t1": t1, "kind": "window", "material": True, "cls": name})
        for at in np.flatnonzero(minutes).tolist():
            rows.append((FIRST_MINUTE + offset + at, s, int(minutes[at])))
    truth |= {"n": len(chosen), "T": max(truth["last"])}
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "counts.csv"), "w") as out:
        out.write(HEADER)
        for minute, s, count in sorted(rows):
            out.write(f"{minute},300000000000,us-east-1,service.example.com,Api{s:05d},false,,{count}\n")
    with open(os.path.join(folder, "truth.json"), "w") as out:
        json.dump(truth, out)
