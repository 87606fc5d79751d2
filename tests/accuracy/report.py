"""Measures how well insightd detects, from outside, and writes docs/accuracy.md. See scripts/accuracy.

usage: report.py [options]             makes worlds, replays them at several budgets, prints the report
       report.py export KIND FOLDER    makes one world: counts.csv and truth.json
       report.py score FOLDER FILE     scores the records that a replay wrote of it
"""

import argparse
import concurrent.futures
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

import classes
import estate
import public
import scoring
from replay import Replay, pooled
from scoring import CALLS, ERRORS

GENERATORS = {"classes": classes, "estate": estate}
BUDGETS = (1, 3, 10, 30, 100)
SUDDEN = {"classes": ("burst", "x20"), "estate": ("burst", "abuse")}
SILENT = {"classes": ("zero",), "estate": ("outage",)}
COLD_DAYS, COLD_FIRST, COLD_LAST = 3, 6 * 60, 36 * 60
STALL_MINUTES, STALL_LOOK, STALL_EVERY = 30, 240, 1440 + 137
USUAL_BUDGET = 10
MANY_PARTITIONS = 12


class Report:
    """Collects Markdown lines; printed as they come."""

    def __init__(self):
        self.text = []

    def line(self, text=""):
        self.text.append(text)
        print(text, flush=True)

    def table(self, header, rows):
        self.line("| " + " | ".join(header) + " |")
        self.line("|" + "---|" * len(header))
        for row in rows:
            self.line("| " + " | ".join(row) + " |")
        self.line()


def ratio(value):
    return "-" if math.isnan(value) else f"{value:.2f}"


def minutes(value):
    return "-" if math.isnan(value) else f"{value:.0f}"


def rate(value):
    return f"{value:.1f}"


class Worlds:
    """Worlds of one generator, one per seed, replayed at every budget."""

    def __init__(self, options, pool, name, series, days, prepare=lambda truth: None):
        self.name, self.options, self.pool = name, options, pool
        self.folders = []
        for seed in options.seeds:
            folder = os.path.join(options.work, f"{name}-{days}-{seed}")
            GENERATORS[name].make(series, days, seed).export(folder)
            change_truth(folder, prepare)
            self.folders.append(folder)
        self.runs = {budget: self.replays(budget) for budget in options.budgets}
        self.runs = {budget: [each.result() for each in started] for budget, started in self.runs.items()}

    def replays(self, budget, counts="counts.csv", partitions=1):
        engine = self.options.engine
        return [self.pool.submit(Replay, engine, folder, budget, counts, partitions) for folder in self.folders]

    def score(self, budget, kind, wanted=lambda span: True):
        return pooled([run.score(kind, wanted) for run in self.runs[budget]])

    def nested(self, smaller, larger, kind):
        shares = []
        for small, large in zip(self.runs[smaller], self.runs[larger]):
            first = small.truth["T"] // 2
            shares.append(scoring.nested_share(small.spans[kind], large.spans[kind], first))
        shares = [share for share in shares if not math.isnan(share)]
        return sum(shares) / len(shares) if shares else math.nan


def change_truth(folder, change):
    path = os.path.join(folder, "truth.json")
    with open(path) as file:
        truth = json.load(file)
    change(truth)
    with open(path, "w") as file:
        json.dump(truth, file)


def recall_at(points, wanted):
    """Recall where so many insights are false: between two measured points by the logarithm; (false rate, recall)."""
    points = sorted(points)
    below = [point for point in points if point[0] <= wanted]
    above = [point for point in points if point[0] > wanted]
    if not below:
        return math.nan
    if not above or below[-1][0] <= 0:
        return below[-1][1]
    (x0, y0), (x1, y1) = below[-1], above[0]
    return y0 + (y1 - y0) * math.log(wanted / x0) / math.log(x1 / x0)


def write_budgets(report, worlds):
    budgets = worlds.options.budgets
    results = {(budget, kind): worlds.score(budget, kind) for budget in budgets for kind in (CALLS, ERRORS)}
    rows = []
    for i, budget in enumerate(budgets):
        row = [str(budget)]
        for kind in (CALLS, ERRORS):
            result = results[budget, kind]
            nested = worlds.nested(budget, budgets[i + 1], kind) if i + 1 < len(budgets) else math.nan
            row += [ratio(result.recall()), rate(result.false_rate), ratio(result.false_rate / budget), ratio(nested)]
        rows.append(row)
    header = [
        "budget",
        "calls: recall",
        "false",
        "false / budget",
        "nested",
        "errors: recall",
        "false",
        "false / budget",
        "nested",
    ]
    report.table(header, rows)
    calls = [(results[budget, CALLS].false_rate, results[budget, CALLS].recall()) for budget in budgets]
    errors = [(results[budget, ERRORS].false_rate, results[budget, ERRORS].recall()) for budget in budgets]
    report.line(
        f"Between the budgets: calls {ratio(recall_at(calls, 3))} at 3 false and {ratio(recall_at(calls, 10))} at 10; "
        f"errors {ratio(recall_at(errors, 1))} at 1 and {ratio(recall_at(errors, 3))} at 3. Material anomalies: "
        f"{results[budgets[0], CALLS].count()} of calls, {results[budgets[0], ERRORS].count()} of errors, in "
        f"{results[budgets[0], CALLS].series_days:.0f} series-days."
    )
    report.line()


def write_kinds(report, worlds, budget):
    rows = []
    for kind, label in ((CALLS, "calls"), (ERRORS, "errors")):
        result = worlds.score(budget, kind)
        for name in sorted(set(result.delays) - {"all", "material"}):
            delay = minutes(result.median_delay(name))
            rows.append([label, name, str(result.count(name)), ratio(result.recall(name)), delay])
    report.table(["", "anomaly", "number", "recall", "median delay, minutes"], rows)


def write_reasons(report, worlds, budget):
    """Where the false insights come from."""
    rows = {}
    for run in worlds.runs[budget]:
        for kind, label in ((CALLS, "calls"), (ERRORS, "errors")):
            for series, span in run.score(kind).false:
                place = (label, run.truth["cls"][series], span.reason)
                rows[place] = rows.get(place, 0) + 1
    days = worlds.score(budget, CALLS).series_days
    cells = [
        [*place, str(count), rate(1000 * count / days)]
        for place, count in sorted(rows.items(), key=lambda row: (-row[1], row[0]))
    ]
    report.table(["", "class", "reason", "false insights", "per 1000 series-days of all"], cells)


def write_special(report, worlds, cold, stalled):
    budget, name = USUAL_BUDGET, worlds.name
    calls = worlds.score(budget, CALLS)
    missed = worlds.score(budget, CALLS, lambda span: span.reason == "missed_run")
    rows = [
        ["sudden (" + ", ".join(SUDDEN[name]) + "): median delay, minutes", minutes(calls.median_delay(*SUDDEN[name]))],
        [
            "total silence (" + ", ".join(SILENT[name]) + "): median delay, minutes",
            minutes(calls.median_delay(*SILENT[name])),
        ],
        ["missed runs: recall, for any reason", ratio(calls.recall("missed"))],
        ["missed runs: recall, of reason `missed_run`", ratio(missed.recall("missed"))],
        ["false insights of reason `missed_run`", rate(missed.false_rate)],
    ]
    points = []
    for each in cold.options.budgets:
        result = cold.score(each, CALLS)
        points.append((result.false_rate, result.recall()))
        rows.append(
            [f"cold start, budget {each}: recall (false)", f"{ratio(result.recall())} ({rate(result.false_rate)})"]
        )
    rows.append(
        ["cold start: recall at 5, at 10 false", f"{ratio(recall_at(points, 5))}, {ratio(recall_at(points, 10))}"]
    )
    for label, some in (("", worlds), ("cold start, ", cold)):
        many = pooled([each.result().score(CALLS) for each in some.replays(budget, partitions=MANY_PARTITIONS)])
        rows.append(
            [
                f"{label}calls with {MANY_PARTITIONS} partitions instead of 1: recall (false)",
                f"{ratio(many.recall())} ({rate(many.false_rate)})",
            ]
        )
    rows.append(["input stalled for 30 minutes: false insights per 1000 series", f"{stalled:.2f}"])
    report.table([f"at budget {budget}", ""], rows)


def only_light(truth):
    """Cold start: hours 6 to 36 of the series that are not bursty."""
    truth["first"] = [0 if heavy else COLD_FIRST for heavy in truth["heavy"]]
    truth["last"] = [0 if heavy else COLD_LAST for heavy in truth["heavy"]]


def stall_effect(worlds, budget):
    """False insights per 1000 series and stall, beyond those without it; a stall a day, at all hours."""
    extra = series = 0
    plain = worlds.runs[budget]
    total = plain[0].truth["T"]
    starts = range(total // 2 + STALL_LOOK, total - STALL_LOOK, STALL_EVERY)
    for folder in worlds.folders:
        gaps = [(scoring.FIRST_MINUTE + start, scoring.FIRST_MINUTE + start + STALL_MINUTES) for start in starts]
        drop_rows(os.path.join(folder, "counts.csv"), os.path.join(folder, "stalled.csv"), gaps)
    stalled = [each.result() for each in worlds.replays(budget, "stalled.csv")]
    for run, without in zip(stalled, plain):
        for kind in (CALLS, ERRORS):
            extra += false_near(run.score(kind), starts) - false_near(without.score(kind), starts)
        series += run.truth["n"] * len(starts)
    return 1000 * max(extra, 0) / series


def false_near(result, starts):
    return sum(any(start - 15 <= span.decided < start + STALL_LOOK for start in starts) for _, span in result.false)


def drop_rows(source, target, gaps):
    with open(source) as rows, open(target, "w") as out:
        out.write(next(rows))
        for row in rows:
            minute = int(row[: row.index(",")])
            if not any(begin <= minute < end for begin, end in gaps):
                out.write(row)


def write_public(report, options, pool):
    folders = {}
    for name in ("tweets", "taxi"):
        folders[name] = os.path.join(options.work, name)
        public.export(folders[name], options.seeds[0], name)
    started = {
        (name, budget): pool.submit(Replay, options.engine, folders[name], budget)
        for name in folders
        for budget in options.budgets
    }
    rows = []
    for budget in options.budgets:
        row = [str(budget)]
        for name in folders:
            result = started[name, budget].result().score(CALLS)
            row += [ratio(result.recall()), str(len(result.false)), rate(result.false_rate)]
        rows.append(row)
    header = ["budget", "tweets: windows found", "insights outside", "per 1000 series-days"]
    header += ["taxi rides: windows found", "insights outside", "per 1000 series-days"]
    report.table(header, rows)


def write_cost(report, benchmark):
    run = subprocess.run(
        [
            benchmark,
            "--benchmark_format=json",
            "--benchmark_min_time=0.3",
            "--benchmark_repetitions=3",
            "--benchmark_report_aggregates_only=false",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        text=True,
    )
    best, size = {}, {}
    scale = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
    for each in json.loads(run.stdout)["benchmarks"]:
        if each.get("run_type") == "aggregate":
            continue
        name = each["name"].split("/repeats")[0]
        spent = (
            1e9 / each["items_per_second"]
            if "items_per_second" in each
            else each["cpu_time"] * scale[each["time_unit"]]
        )
        best[name] = min(best.get(name, math.inf), spent)
        if "bytes" in each:
            size[name] = each["bytes"]
    rows = [
        [f"`{name}`", f"{spent:.0f}"]
        for name, spent in best.items()
        if name.startswith(("score_and_learn", "error_rate_score"))
    ]
    report.table(
        [
            "scoring and learning one minute (argument: mean calls a minute, in hundredths; or number of series)",
            "CPU, ns",
        ],
        rows,
    )
    report.table(
        ["persisted model (argument: mean calls a minute, in hundredths)", "bytes"],
        [[f"`{name}`", f"{bytes:.0f}"] for name, bytes in size.items()],
    )


def revision():
    def git(*arguments):
        run = subprocess.run(["git", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return run.stdout.strip() if run.returncode == 0 else ""

    return git("log", "-1", "--format=%h", "--", "models", "src") or "unknown"


def measure(options):
    report = Report()
    if not options.brief:
        write_introduction(report, options)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name in options.generators:
            report.line(f"## Generated: {name}\n")
            worlds = Worlds(options, pool, name, options.series, options.days)
            if options.brief:
                write_brief(report, worlds)
            else:
                cold = Worlds(options, pool, name, options.cold, COLD_DAYS, only_light)
                write_generated(report, worlds, cold)
        if options.public:
            report.line("## Public series\n")
            report.line(public.__doc__)
            write_public(report, options, pool)
    if options.benchmark:
        report.line("## Cost\n")
        write_cost(report, options.benchmark)
    if options.write:
        with open(options.write, "w") as file:
            file.write("\n".join(report.text).rstrip() + "\n")


def write_introduction(report, options):
    report.line("# How well it detects\n")
    report.line(
        f"Measured at revision {revision()} of `models` and `src` by `{options.command}`, which writes this page."
    )
    report.line(
        f"Seeds {', '.join(map(str, options.seeds))}; for each generator and seed {options.series} series over "
        f"{options.days} days, and {options.cold} over {COLD_DAYS} days for cold starts.\n"
    )
    report.line(INTRODUCTION)


def write_brief(report, worlds):
    write_budgets(report, worlds)
    write_kinds(report, worlds, USUAL_BUDGET)
    write_reasons(report, worlds, USUAL_BUDGET)


def write_generated(report, worlds, cold):
    report.line(GENERATORS[worlds.name].__doc__)
    write_budgets(report, worlds)
    write_special(report, worlds, cold, stall_effect(worlds, USUAL_BUDGET))
    report.line(f"Recall by kind of material anomaly, at budget {USUAL_BUDGET}:\n")
    write_kinds(report, worlds, USUAL_BUDGET)
    report.line(f"Where the false insights come from, at budget {USUAL_BUDGET}:\n")
    write_reasons(report, worlds, USUAL_BUDGET)


INTRODUCTION = """\
*False* is false insights per 1000 series-days; `detection.alert_budget` is how many of them are tolerated. *Recall* is
of material anomalies: those that exceed what the same series does by itself by far (`tests/accuracy/world.py` says how
far). An anomaly is found when an insight that began before its end is decided inside it or within ten minutes after;
the delay runs from its first minute to the minute that decided. An insight is false when it (240 minutes of it at most)
overlaps no anomaly and does not begin with a lasting change of level. The first half of the days is for learning and is
not scored. *Nested* is the share of insights during which the next larger budget has one of the same series too.

Generated traffic flatters whoever made it. Two generators that share nothing but the file format, and real series, say
how far a figure carries: compare before you believe.
"""


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="build/insightd")
    parser.add_argument("--benchmark", default="", help="models_bench; left out: no cost")
    parser.add_argument("--series", type=int, default=300)
    parser.add_argument("--cold", type=int, default=1500, help="series of the cold starts")
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--seeds", type=lambda text: [int(each) for each in text.split(",")], default=[1, 2])
    parser.add_argument(
        "--budgets",
        type=lambda text: [float(each) if "." in each else int(each) for each in text.split(",")],
        default=list(BUDGETS),
    )
    parser.add_argument("--generators", type=lambda text: text.split(","), default=list(GENERATORS))
    parser.add_argument("--brief", action="store_true", help="budgets, kinds and reasons of generated traffic alone")
    parser.add_argument("--no-public", dest="public", action="store_false")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="replays at a time")
    parser.add_argument("--work", help="a folder for the data, kept; else a temporary one")
    parser.add_argument("--write", help="also write the report to this file")
    parser.add_argument("--command", default="tests/accuracy/report.py", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.brief:
        options.public, options.benchmark = False, ""
        if USUAL_BUDGET not in options.budgets:
            parser.error(f"--budgets must hold {USUAL_BUDGET}")
    unknown = set(options.generators) - set(GENERATORS)
    if unknown:
        parser.error(f"no generator {unknown.pop()}: there are {', '.join(GENERATORS)}")
    return options


def export(arguments):
    parser = argparse.ArgumentParser(prog="report.py export", description="Makes one world: counts.csv and truth.json.")
    parser.add_argument("kind", choices=[*GENERATORS, "tweets", "taxi"])
    parser.add_argument("folder")
    parser.add_argument("--series", type=int, default=300)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args(arguments)
    if options.kind in GENERATORS:
        GENERATORS[options.kind].make(options.series, options.days, options.seed).export(options.folder)
    else:
        public.export(options.folder, options.seed, options.kind)


def score(arguments):
    parser = argparse.ArgumentParser(prog="report.py score", description="Scores the records that a replay wrote.")
    parser.add_argument("folder")
    parser.add_argument("insights")
    options = parser.parse_args(arguments)
    with open(os.path.join(options.folder, "truth.json")) as file:
        truth = json.load(file)
    with open(options.insights) as file:
        spans = scoring.read_spans(file, truth["T"])
    for kind in (CALLS, ERRORS):
        result = scoring.score(truth, spans[kind], kind)
        found = "  ".join(
            f"{name} {result.recall(name):.3f} (n={result.count(name)}, delay {minutes(result.median_delay(name))})"
            for name in sorted(result.delays)
        )
        print(f"{kind:20} false {result.false_rate:.2f}  {found}")


def main(arguments):
    if arguments and arguments[0] in ("export", "score"):
        return {"export": export, "score": score}[arguments[0]](arguments[1:])
    options = parse(arguments)
    if options.work:
        os.makedirs(options.work, exist_ok=True)
        return measure(options)
    options.work = tempfile.mkdtemp(prefix="insight-accuracy-")
    try:
        measure(options)
    finally:
        shutil.rmtree(options.work)


if __name__ == "__main__":
    main(sys.argv[1:])
