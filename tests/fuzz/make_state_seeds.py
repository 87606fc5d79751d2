#!/usr/bin/env python3
"""Makes the seeds of state_fuzz and state_file_fuzz anew, after the format of the state has changed.

usage: make_state_seeds.py INSIGHTD

Two days of three APIs, one of which fails now and then, are replayed; what was learned of them are the seeds.
"""
import pathlib, subprocess, sys, tempfile

CORPUS = pathlib.Path(__file__).parent / "corpus"
MAGIC = b"insightd state\n"
MONDAY = 28401120  # 2024-01-01T00:00Z in minutes since 1970


def counts():
    yield "minute,account,region,event_source,event_name,read_only,error_code,count"
    for minute in range(2 * 1440 + 300):
        tag = f"{MONDAY + minute},123456789012,us-east-1,s3.amazonaws.com"
        busy = minute % 1440 // 60 in range(8, 18)
        yield f"{tag},PutObject,false,,{(20 if busy else 3) + minute % 4}"
        if minute % 7 == 0:
            yield f"{tag},PutObject,false,AccessDenied,1"
        if minute % 60 == 5:
            yield f"{tag},CreateBucket,false,,4"
        if 2 * 1440 + 200 <= minute < 2 * 1440 + 210:
            yield f"{tag},DeleteBucket,false,,50"


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def records(data):
    assert data.startswith(MAGIC) and data[len(MAGIC)] == 1, "another version of the state file"
    at = len(MAGIC) + 1
    _, at = varint(data, at)
    _, at = varint(data, at)
    count, at = varint(data, at)
    for _ in range(count):
        _, at = varint(data, at)
        pair = []
        for _ in range(2):
            size, at = varint(data, at)
            pair.append(data[at:at + size])
            at += size
        yield pair


def main():
    with tempfile.TemporaryDirectory() as folder:
        rows = pathlib.Path(folder, "counts.csv")
        rows.write_text("\n".join(counts()) + "\n", encoding="utf-8")
        state = pathlib.Path(folder, "state")
        subprocess.run([sys.argv[1], "replay", "--format", "counts", "--set", "kafka.partitions=1", "--state", state,
                        "--output", pathlib.Path(folder, "insights"), rows], check=True, capture_output=True)
        data = state.read_bytes()
    (CORPUS / "state_file" / "learned.bin").write_bytes(data)
    apis = 0
    for key, value in records(data):
        name = "meta"
        if key != b"meta":
            name = f"api{apis}"
            apis += 1
        # The target's first byte is the size of the key.
        (CORPUS / "state" / f"{name}.bin").write_bytes(bytes([len(key)]) + key + value)


if __name__ == "__main__":
    main()
