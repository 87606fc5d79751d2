"""What cannot be read is counted by its reason, and never costs its neighbours, the process or its memory."""

import gzip
import json
import random
import unittest
from datetime import timedelta

from replay_fixture import START, ReplayTest, event_id, lines, log_file, record, steady

GOOD = steady(0.2, per_minute=1)
MEMORY_MIB_MAX = 400


def at(seconds, **fields):
    return record(START + timedelta(seconds=seconds), "Odd", event_id("odd", seconds), **fields)


class DamageTest(ReplayTest):
    def replay_among_good(self, bad, name="bad.json", dropped=None, **reasons):
        """Replays bad bytes beside a good file; the good events must all be there."""
        good = self.write("mixed/good.json", log_file(GOOD))
        run = self.replay(good, self.write("mixed/" + name, bad))
        self.assertGreaterEqual(run["processed"], len(GOOD))
        self.assertLess(run.peak_mib, MEMORY_MIB_MAX)
        if dropped is not None:
            self.assertEqual(run["dropped"], dropped, run.errors)
        for reason, count in reasons.items():
            self.assertEqual(run["dropped_" + reason], count, run.errors)
        return run

    def test_each_mistake_of_a_record_has_its_reason(self):
        without = {key: at(1) for key in ("eventSource", "eventName", "awsRegion", "eventTime")}
        for key, each in without.items():
            del each[key]
        cases = {
            "missing_field": list(without.values())
            + [at(2, recipientAccountId=None, userIdentity={}), at(3, eventName="")],
            "wrong_type": [at(4, eventName=7), at(5, eventTime={"at": 1}), at(6, awsRegion=["x"])],
            "bad_time": [
                at(7, eventTime=text)
                for text in (
                    "yesterday",
                    "0000-01-01T00:00:00Z",
                    "9999-12-31T23:59:59Z",
                    "2026-13-01T00:00:00Z",
                    "2026-02-30T00:00:00Z",
                    "2026-03-02T25:00:00Z",
                    "-2026-03-02T00:00:00Z",
                    "2026-03-02",
                )
            ],
        }
        for reason, records in cases.items():
            for number, each in enumerate(records):
                with self.subTest(reason=reason, number=number):
                    mixed = [at(10), each, at(11)]
                    run = self.replay_among_good(log_file(mixed), dropped=1, **{reason: 1})
                    self.assertEqual(run["processed"], len(GOOD) + 2)
                    run = self.replay_among_good(lines(mixed), "bad.ndjson", dropped=1, **{reason: 1})
                    self.assertEqual(run["processed"], len(GOOD) + 2)

    def test_fields_that_are_not_needed_may_be_anything(self):
        odd = [
            at(number, **{key: value})
            for number, (key, value) in enumerate(
                (key, value)
                for key in (
                    "userAgent",
                    "sourceIPAddress",
                    "userIdentity",
                    "resources",
                    "readOnly",
                    "addendum",
                    "responseElements",
                    "eventCategory",
                    "managementEvent",
                    "errorCode",
                    "insightDetails",
                )
                for value in (7, True, [], {}, [[]], [7], "x", {"arn": 7}, {"arn": {"arn": []}})
            )
        ]
        run = self.replay_among_good(log_file(odd), dropped=0)
        self.assertEqual(run["records"], len(GOOD) + len(odd))

    def test_a_line_that_is_not_json_costs_itself(self):
        content = lines([at(1)]) + b"this is no JSON\n" + lines([at(2)]) + b'{"eventTime": \n' + lines([at(3)])
        run = self.replay_among_good(content, "bad.ndjson", dropped=2)
        self.assertEqual(run["processed"], len(GOOD) + 3)

    def test_the_reason_of_other_json_is_its_envelope(self):
        for number, content in enumerate(
            (b"{}", b"[]", b"7", b'"text"', b"null", b'{"hello":"world"}', b'[{"a":1}]', b"[[]]")
        ):
            with self.subTest(content=content):
                self.replay_among_good(content, f"bad{number}.json")

    def test_empty_files_and_lines_are_nothing(self):
        self.assertEqual(self.replay_among_good(b"", dropped=0)["records"], len(GOOD))
        self.assertEqual(self.replay_among_good(b"\n\n \n", "bad.ndjson", dropped=0)["records"], len(GOOD))

    def test_a_truncated_gzip_file_gives_what_came_before_the_cut(self):
        whole = gzip.compress(lines([at(number) for number in range(2000)]), mtime=0)
        self.write("mixed/x", b"")
        with open(self.path("mixed/cut.ndjson.gz"), "wb") as file:
            file.write(whole[: len(whole) // 2])
        good = self.write("mixed/good.json", log_file(GOOD))
        run = self.replay(good, self.path("mixed/cut.ndjson.gz"))
        self.assertGreater(run["processed"], len(GOOD) + 500)
        self.assertGreaterEqual(run["dropped"], 1)

    def test_damaged_compression_is_counted(self):
        rng = random.Random(3)
        for name, magic in (("bad.json.gz", b"\x1f\x8b\x08\x00"), ("bad.json.zst", b"\x28\xb5\x2f\xfd")):
            with self.subTest(name=name):
                with open(self.path("mixed/" + name), "wb") as file:
                    file.write(magic + rng.randbytes(5000))
                good = self.write("mixed/good.json", log_file(GOOD))
                run = self.replay(good, self.path("mixed/" + name))
                self.assertEqual(run["processed"], len(GOOD))
                self.assertEqual(run["dropped_bad_compression"], 1, run.errors)

    def test_a_flipped_bit_anywhere_never_stops_a_replay(self):
        rng = random.Random(4)
        content = bytearray(log_file([at(number) for number in range(40)]))
        for number in range(25):
            broken = bytearray(content)
            broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
            self.replay_among_good(bytes(broken))

    def test_a_cut_anywhere_never_stops_a_replay(self):
        content = log_file([at(number) for number in range(5)])
        for end in range(1, len(content), 97):
            run = self.replay_among_good(content[:end])
            self.assertEqual(run["dropped"] > 0 or end < 14, True, (end, run.errors))

    def test_nesting_ten_thousand_deep(self):
        deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
        inside = json.dumps(at(1)).encode().replace(b'"userAgent": "aws-cli/2.15"', b'"userAgent": ' + deep)
        for content in (deep, b"[" * 10_000 + b"]" * 10_000, b"[" * 10_000, inside):
            with self.subTest(begin=content[:20]):
                run = self.replay_among_good(content + b"\n" + lines([at(2)]), "bad.ndjson")
                self.assertGreaterEqual(run["dropped"], 1)
                self.assertEqual(run["processed"], len(GOOD) + 1)

    def test_huge_strings(self):
        huge = "x" * 3_000_000
        records = [at(1), at(2, userAgent=huge), at(3, eventName=huge), at(4, requestParameters={"key": huge}), at(5)]
        for name, content in (("bad.json", log_file(records)), ("bad.ndjson", lines(records))):
            with self.subTest(name=name):
                run = self.replay_among_good(content, name)
                self.assertEqual(run["records"], len(GOOD) + len(records))
                self.assertGreaterEqual(run["processed"], len(GOOD) + 2)
                for each in run.records():
                    self.assertLess(len(json.dumps(each)), 100_000)

    def test_a_bomb_is_not_unpacked(self):
        with open(self.path("mixed/bomb.json.gz"), "wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9, mtime=0) as bomb:
                bomb.write(b'{"Records":[')
                for _ in range(600):
                    bomb.write(b" " * (1 << 20))
        good = self.write("mixed/good.json", log_file(GOOD))
        run = self.replay(good, self.path("mixed/bomb.json.gz"))
        self.assertEqual(run["processed"], len(GOOD))
        self.assertGreaterEqual(run["dropped"], 1)
        self.assertLess(run.peak_mib, 700)

    def test_the_last_of_duplicate_keys_counts_or_the_record_is_dropped(self):
        twice = json.dumps(at(1)).replace('"eventName": "Odd"', '"eventName": "First", "eventName": "Odd"')
        run = self.replay_among_good(twice.encode() + b"\n" + lines([at(2)]), "bad.ndjson")
        self.assertEqual(run["records"], len(GOOD) + 2)
        self.assertGreaterEqual(run["processed"], len(GOOD) + 1)

    def test_bytes_that_are_not_utf8(self):
        broken = json.dumps(at(1)).encode().replace(b"aws-cli", b"aws-\xff\xfecli")
        broken_name = json.dumps(at(2)).encode().replace(b"Odd", b"O\xc3")
        lone = json.dumps(at(3)).encode().replace(b"aws-cli", b"\\ud800")
        run = self.replay_among_good(b"\n".join((broken, broken_name, lone)) + b"\n" + lines([at(4)]), "bad.ndjson")
        self.assertEqual(run["records"], len(GOOD) + 4)
        self.assertGreaterEqual(run["processed"], len(GOOD) + 1)
        self.assertGreaterEqual(run["dropped_invalid_utf8"], 1, run.errors)
        run.output.decode("utf-8")

    def test_an_event_far_in_the_past_or_future_costs_no_time_and_no_memory(self):
        far = [at(1, eventTime="1971-01-01T00:00:00Z"), at(2, eventTime="3999-12-31T23:59:59Z")]
        run = self.replay_among_good(log_file(far))
        self.assertEqual(run["records"], len(GOOD) + 2)

    def test_rows_of_counts_that_cannot_be_read(self):
        header = "minute,account,region,event_source,event_name,read_only,error_code,count\n"
        good = "29540000,1,r,s,n,false,,5\n"
        bad = [
            "x,1,r,s,n,false,,5",
            "29540001,1,r,s,n,false,,-5",
            "29540001,1,r,s,n,false,,0",
            "29540001,1,r,s,n,maybe,,5",
            "29540001,1,r,s,n,false,5",
            "29540001,,r,s,n,false,,5",
            '29540001,"1,r,s,n,false,,5',
            "99999999999,1,r,s,n,false,,5",
            "29540001,1,r,s,n,false,,99999999999999999999",
            "\xff,,,,,,,",
        ]
        path = self.write("counts.csv", (header + good + "".join(row + "\n" for row in bad) + good).encode("latin-1"))
        run = self.replay("--format", "counts", path)
        self.assertEqual(run["processed"], 10)
        self.assertEqual(run["dropped_bad_row"], len(bad), run.errors)


if __name__ == "__main__":
    unittest.main()
