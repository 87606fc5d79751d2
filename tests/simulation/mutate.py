"""Breaks the engine on purpose, one way at a time, and looks whether the simulation sees it.

Each mutation replaces a piece of a source file, in a scratch worktree of the present commit; the program that runs seeds
is built there, and has to find a difference (or to abort, or never to end) within so many seeds.

usage: scripts/mutate [--check] [--seeds N] [--keep FOLDER] [NAME...]
    --check        only whether every mutation fits its source
    --seeds N      seeds until a mutation counts as not seen (default 400)
    --keep FOLDER  build there and leave it, so that the next call is faster (default: a temporary folder)
    NAME           these mutations alone
Exit status: 0 every mutation was seen, 1 not all were, 2 wrong use, or a mutation does not fit its source any more.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INTAKE = "src/app/intake_worker.cpp"
DETECT = "src/app/detect_worker.cpp"
RESTORE = "src/app/detect_restore.cpp"
READER = "src/app/state_reader.cpp"
TASK = "src/partition/task.cpp"
RECORDS = "src/partition/task_records.cpp"
CLOSE = "src/partition/task_close.cpp"

# name, what it breaks, file, what stands there, what is put in its place
MUTATIONS = [
    ("commit_unacknowledged", "input offsets are committed before the batches with their rows are acknowledged", INTAKE,
     "checkpoints_[done].batch < first_open", "(checkpoints_[done].batch < first_open || true)"),
    ("input_offset_too_far", "the committed input offset is one too far", INTAKE,
     "name.partition, assigned.next_offset, note.text()", "name.partition, assigned.next_offset + 1, note.text()"),
    ("begin_at_the_end", "a partition without a commit is read from its end", INTAKE,
     "committed.offset >= 0 ? committed.offset : range.low", "committed.offset >= 0 ? committed.offset : range.high"),
    ("ignore_failed_delivery", "a batch that was not delivered counts as delivered", INTAKE,
     "  if (!delivery.error) {\n    unacknowledged_", "  if (!delivery.error || delivery.error) {\n    unacknowledged_"),
    ("calls_offset_too_far", "the committed calls offset is one too far", DETECT,
     "partition, pending.commit.next_offset, {}}", "partition, pending.commit.next_offset + 1, {}}"),
    ("frontier_too_far", "the state says that one batch more was read", RECORDS,
     "out.zigzag(frontier_);", "out.zigzag(frontier_ + 1);"),
    ("rewind_too_far", "a restore begins one batch too late", RECORDS,
     "std::min(rewind_offset_, rows.first_offset);", "std::min(rewind_offset_, rows.first_offset + 1);"),
    ("restore_at_frontier", "a restore begins at the frontier instead of the rewind offset", RESTORE,
     "found ? owned.task->rewind_offset() : begin", "found ? owned.task->frontier() : begin"),
    ("forget_ids", "a restore forgets which calls were counted", TASK,
     "cell.add(row.id, slot, row.weight)", "cell.add(restoring ? ~row.id : row.id, slot, row.weight)"),
    ("no_fence", "a transaction's offsets are sent without proof of membership", DETECT,
     "producer_->send_offsets(offsets, member, time_left())",
     "producer_->send_offsets(offsets, kafka::GroupMetadata{member.group, {}, {}, -1}, time_left())"),
    ("send_lost_output", "output of a task that was lost is still sent", DETECT,
     "    pending_.erase(partition.partition);\n", ""),
    ("keep_lost_task", "a task that was lost goes on", DETECT,
     "    owned_.erase(partition.partition);\n", ""),
    ("live_before_restored", "a partition goes live before its state was read to the end", READER,
     "position_of(partition) >= end)", "position_of(partition) >= std::min<int64_t>(end, 5))"),
    ("end_as_committed", "the end of the state topic is asked as a committed reader sees it", READER,
     "kafka::Isolation::kReadUncommitted", "kafka::Isolation::kReadCommitted"),
    ("read_uncommitted_state", "a restore takes records of transactions that never were", READER,
     '["isolation.level"] = "read_committed"', '["isolation.level"] = "read_uncommitted"'),
    ("skip_init", "a producer begins without ending what its predecessor left open", DETECT,
     "producer_->init_transactions(kInitTimeout);\n  if (!ready.ok())",
     "kafka::TransactionResult{};\n  if (!ready.ok())"),
    ("aborted_is_committed", "output of an aborted transaction is forgotten instead of sent again", DETECT,
     "  consumer_->serve();\n  return false;\n}\n\nTransactionResult",
     "  consumer_->serve();\n  return !broken_;\n}\n\nTransactionResult"),
    ("unknown_is_abortable", "a transaction of unknown outcome is sent again", DETECT,
     "if (result.must_restore() || (", "if ((result.must_restore() && result.outcome != kafka::Outcome::kUnknown) || ("),
    ("keep_pending_of_session", "output that a session did not commit is sent by the next one", DETECT,
     "  owned_.clear();\n  pending_.clear();\n", "  owned_.clear();\n"),
    ("delete_needed_calls", "calls are deleted that a restore still needs", DETECT,
     "rewinds_[partition] = commit.rewind_offset;", "rewinds_[partition] = commit.next_offset;"),
    ("outside_transaction", "a partition's insights are left out of every transaction that is sent again", DETECT,
     "if (auto result = write_one(partition, pending.commit); !result.ok()) return result;",
     "if (auto result = write_one(partition, pending.commit); !result.ok()) return result;\n"
     "    const_cast<Pending&>(pending).commit.insights.clear();"),
    ("decision_not_durable", "records of APIs with a Start or an End wait for five minutes", CLOSE,
     "    touch(api);\n  }\n  mark_changed(api);", "    touch(api);\n  }\n  mark_unsaved(api, minute);"),
    ("count_twice", "what was counted is counted again with the next commit", DETECT,
     "publish_counts(at->second.published, pending.counters);",
     "publish_counts(at->second.published, pending.counters);\n    at->second.published = {};"),
]


def run(command, folder, **options):
    # ccache then knows the files of one folder in another.
    environment = {**os.environ, "CCACHE_BASEDIR": str(folder), "CCACHE_NOHASHDIR": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment,
                          **options)


def build(folder):
    configured = run(["cmake", "--preset", "release"], folder)
    if configured.returncode != 0:
        sys.exit(f"mutate: cmake failed:\n{configured.stderr}")
    return run(["cmake", "--build", "build", "--target", "simulate"], folder)


def try_one(folder, mutation, seeds):
    """What was found, or None."""
    _, _, file, old, new = mutation
    path = folder / file
    source = path.read_text(encoding="utf-8")
    if source.count(old) != 1:
        print(f"mutate: {mutation[0]} does not fit {file}: what it replaces is there {source.count(old)} times", file=sys.stderr)
        sys.exit(2)
    try:
        path.write_text(source.replace(old, new), encoding="utf-8")
        built = build(folder)
        if built.returncode != 0:
            errors = [line for line in built.stdout.splitlines() if "error" in line]
            print(f"mutate: {mutation[0]} does not build: {errors[:3]}", file=sys.stderr)
            sys.exit(2)
        command = ["build/tests/simulation/simulate", "--seeds", str(seeds), "--stop", "--jobs", str(os.cpu_count() or 1)]
        try:
            ran = run(command, folder, timeout=60 + 2 * seeds)
        except subprocess.TimeoutExpired:
            return "-", "it never ends"
        if ran.returncode == 0:
            return None
        found = [int(seed) for seed in re.findall(r"^again: scripts/simulate --first (\d+)", ran.stderr, re.MULTILINE)]
        first = min(found, default=0)
        # The first finding of that seed.
        lines = ran.stderr.splitlines()
        heads = [i for i, line in enumerate(lines) if line.startswith(f"seed {first} (")]
        what = lines[heads[0] + 1].strip() if heads and heads[0] + 1 < len(lines) else "it aborts"
        return str(first), what
    finally:
        path.write_text(source, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--keep")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.help:
        print(__doc__)
        return 0
    if options.check:
        unfit = [name for name, _, file, old, _ in MUTATIONS if (ROOT / file).read_text().count(old) != 1]
        if unfit:
            print(f"mutate: these no longer fit their source: {', '.join(unfit)}", file=sys.stderr)
        return 2 if unfit else 0
    known = {mutation[0] for mutation in MUTATIONS}
    for name in options.names:
        if name not in known:
            print(f"mutate: there is no mutation {name}; there are {', '.join(sorted(known))}", file=sys.stderr)
            return 2
    folder = Path(options.keep or tempfile.mkdtemp(prefix="insight-mutate-")).resolve()
    tree = folder / "tree"
    if not tree.exists():
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "-q", "--detach", tree, "HEAD"], check=True)
    else:
        head = run(["git", "rev-parse", "HEAD"], ROOT).stdout.strip()
        subprocess.run(["git", "-C", tree, "checkout", "-q", "-f", head], check=True)
    unseen = []
    try:
        for mutation in MUTATIONS:
            if options.names and mutation[0] not in options.names:
                continue
            found = try_one(tree, mutation, options.seeds)
            if found is None:
                unseen.append(mutation[0])
            seed, what = found or ("NOT SEEN", "")
            print(f"{mutation[0]:<26} {seed:>8}  {what[:150]}", flush=True)
    finally:
        if not options.keep:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=False)
            shutil.rmtree(folder, ignore_errors=True)
    if unseen:
        print(f"mutate: not seen within {options.seeds} seeds: {', '.join(unseen)}", file=sys.stderr)
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
