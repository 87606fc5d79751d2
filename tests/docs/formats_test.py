"""docs/formats.md is enough to read a batch: this reader knows nothing but what stands there."""

import os
import re
import struct
import unittest

from documents import ROOT, read, table

GOLDEN = os.path.join(ROOT, "tests/golden/route/every_field.batch")


class Reader:
    """The words of the document: varint, zigzag, text, list, time."""

    def __init__(self, data):
        self.data = data

    def take(self, size):
        assert len(self.data) >= size
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def zigzag(self):
        value = self.varint()
        return value // 2 if value % 2 == 0 else -(value + 1) // 2

    def text(self):
        return self.take(self.varint()).decode()

    def time(self):
        return self.zigzag() if self.byte() else None

    def list_of(self, *item):
        return [tuple(read_field() for read_field in item) for _ in range(self.varint())]


def read_batch(data):
    """Top to bottom as the table has it."""
    at = Reader(data)
    batch = {"head": tuple(at.take(3)), "partitions": at.varint()}
    batch["topics"] = at.list_of(at.text, at.varint)
    batch["origins"] = at.list_of(at.varint, at.varint)
    batch["progress"] = at.list_of(at.varint, at.zigzag, *[at.time] * 4)
    batch["missing"] = at.list_of(at.zigzag, at.zigzag)
    strings = [text for text, in at.list_of(at.text)]
    batch["first string"] = strings[0]
    batch["apis"] = [
        (category, *(strings[index] for index in indices))
        for category, *indices in at.list_of(at.byte, *[at.varint] * 4)
    ]
    batch["signatures"] = [
        (api, selection, *(strings[index] for index in indices))
        for api, selection, *indices in at.list_of(at.varint, at.byte, *[at.varint] * 5)
    ]
    rows = range(at.varint())
    ids = [struct.unpack("<Q", at.take(8))[0] for _ in rows]
    signatures = [at.varint() for _ in rows]
    minutes = []
    for _ in rows:
        minutes.append(at.zigzag() + (minutes[-1] if minutes else 0))
    origins = [at.varint() for _ in rows]
    offsets, last = [], {}
    for origin in origins:
        last[origin] = at.zigzag() + last.get(origin, 0)
        offsets.append(last[origin])
    weights = [at.varint() for _ in rows] if batch["head"][2] & 1 else [1] * len(rows)
    batch["rows"] = list(zip(ids, signatures, minutes, origins, offsets, weights))
    batch["rest"] = at.data
    return batch


class BatchTest(unittest.TestCase):
    maxDiff = None

    def test_a_batch_reads_as_the_document_says(self):
        api = ("123456789012", "eu-west-1", "s3.amazonaws.com", "PutObject")
        with open(GOLDEN, "rb") as file:
            batch = read_batch(file.read())
        self.assertEqual(batch, {
            "head": (0xB5, 1, 1),
            "partitions": 12,
            "topics": [("audit-events", 4), ("more", 300)],
            "origins": [(0, 3), (1, 200)],
            "progress": [
                (0, 1042, 1733935927000, 1733900000500, 1733900000700, None),
                (1, -1, None, None, None, 1733935930123),
            ],
            "missing": [(28898000, 28898009), (-5, -5)],
            "first string": "",
            "apis": [(1, *api), (0, *api)],
            "signatures": [
                (0, 1 + 2 + 4, "", "user/mia", "aws-cli/2.15", "arn:aws:s3:::b", "198.51.100.7"),
                (1, 2, "SlowDown", "", "", "", ""),
            ],
            "rows": [
                (0x0123456789ABCDEF, 0, 28898932, 0, 1040, 1),
                (0xFEDCBA9876543210, 1, 28898930, 1, 70000, 250),
                (7, 0, 28898933, 0, 1041, 1),
            ],
            "rest": b"",
        })

    def test_versions_and_the_fields_are_those_of_the_codec(self):
        document = read("docs/formats.md")
        version = re.search(r"kBatchVersion = (\d+);", read("src/route/batch_codec.h")).group(1)
        self.assertIn(f"Version {version}:", document)
        rows = table(document, "field", "as")
        self.assertEqual(rows[0][0], f"0xB5, version ({version}), flags (bit 0: rows have weights)")
        self.assertEqual(len(rows), 16, "a field came or went: mend the reader above as well")


if __name__ == "__main__":
    unittest.main()
