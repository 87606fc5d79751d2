"""What the black-box tests of `insightd replay` share: records to write, ways to write them, and a way to run it."""

import gzip
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import uuid
from datetime import datetime, timedelta, timezone

INSIGHTD = os.environ.get("INSIGHTD", "insightd")
INSIGHT_TRAIL = os.environ.get("INSIGHT_TRAIL", "insight-trail")
DATA = os.environ.get("INSIGHT_DATA", "")  # recorded trails, where there are any
ACCOUNT = "123456789012"
START = datetime(2026, 3, 2, tzinfo=timezone.utc)  # a Monday


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def event_id(*name):
    """The same name gives the same id."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, name))))


def record(time, name="PutObject", id=None, **fields):
    """A CloudTrail record of a write call; `fields` replace or, if None, remove."""
    out = {
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/mia", "accountId": ACCOUNT},
        "eventTime": iso(time),
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15",
        "requestParameters": None,
        "responseElements": None,
        "eventID": id or event_id(name, time.timestamp()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    out.update(fields)
    return {key: value for key, value in out.items() if value is not None}


def steady(days, per_minute=2, name="PutObject", start=START, **fields):
    """`per_minute` calls in every minute."""
    return [
        record(
            start + timedelta(minutes=minute, seconds=60 * call / per_minute),
            name,
            event_id(name, minute, call),
            **fields,
        )
        for minute in range(int(days * 1440))
        for call in range(per_minute)
    ]


def log_file(records):
    return json.dumps({"Records": records}).encode()


def lines(records):
    return b"".join(json.dumps(each).encode() + b"\n" for each in records)


def compressed(name, content):
    if name.endswith(".gz"):
        return gzip.compress(content, 1, mtime=0)
    if name.endswith(".zst"):
        return subprocess.run(["zstd", "-qc"], input=content, check=True, capture_output=True).stdout
    return content


class Run:
    """One finished run of insightd."""

    def __init__(self, arguments, stdin=None):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
            given.write(stdin or b"")
            given.seek(0)
            process = subprocess.Popen([INSIGHTD, *arguments], stdin=given, stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.status = process.returncode
            self.peak_mib = usage.ru_maxrss / 1024
            out.seek(0)
            err.seek(0)
            self.output = out.read()
            self.errors = err.read().decode("utf-8", "replace")
        self.summary = dict(line.split(": ", 1) for line in self.errors.splitlines() if ": " in line)

    def __getitem__(self, name):
        """A figure of the summary; 0 if it is not there."""
        return int(self.summary.get(name, 0))

    def records(self):
        return [json.loads(line) for line in self.output.splitlines()]


class ReplayTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="insight-replay-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, content):
        """Writes bytes, compressed as the name says."""
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(compressed(name, content))
        return path

    def replay(self, *arguments, stdin=None, status=0):
        run = Run(["replay", *arguments], stdin)
        self.assertEqual(run.status, status, run.errors)
        if status == 0:
            self.assertEqual(run["records"], run["processed"] + run["dropped"], run.errors)
        return run
