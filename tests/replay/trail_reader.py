"""Reads CloudTrail log files the simple way: whole files, Python's own JSON, one dictionary of event ids.

Shares nothing with the engine but the documents that both follow (docs/inputs.md, docs/insight-record.md)."""

import gzip
import json
import os
import subprocess
from calendar import timegm
from functools import lru_cache
from time import strptime

LOG_ENDINGS = (".json", ".jsonl", ".ndjson", ".log")
READ_PREFIXES = ("Get", "List", "Describe", "Head", "Lookup", "Search", "BatchGet")


class Call:
    """One unique event, reduced to what is counted."""

    __slots__ = ("minute", "api", "counts_as_call", "counts_as_error", "values")

    def __init__(self, minute, api, counts_as_call, counts_as_error, values):
        self.minute = minute
        self.api = api  # (account, region, source, name, category)
        self.counts_as_call = counts_as_call
        self.counts_as_error = counts_as_error
        self.values = values  # by attribute; "null" where missing


def minute_of(text):
    """Minutes since 1970 of `2026-03-02T00:00:07Z`."""
    return whole_minute(text[:16])


@lru_cache(maxsize=None)
def whole_minute(text):
    return timegm(strptime(text, "%Y-%m-%dT%H:%M")) // 60


def read_text(path):
    if path.endswith(".gz"):
        with gzip.open(path, "rb") as file:
            return file.read().decode("utf-8")
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout.decode("utf-8")
    with open(path, "rb") as file:
        return file.read().decode("utf-8")


def records_in(text):
    """The records of one file: a log file, one record, an array, or one of these a line."""
    try:
        documents = [json.loads(text)]
    except json.JSONDecodeError:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()]
    for document in documents:
        if isinstance(document, list):
            yield from document
        elif isinstance(document.get("Records"), list):
            yield from document["Records"]
        else:
            yield document


def files_under(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                if name.removesuffix(".gz").removesuffix(".zst").endswith(LOG_ENDINGS):
                    yield os.path.join(folder, name)


def role_level(arn):
    """The ARN without the session name."""
    head, mark, rest = arn.partition(":assumed-role/")
    if not mark or "/" not in rest:
        return arn
    return head + mark + rest.rsplit("/", 1)[0]


def principal_of(identity):
    for value in (
        role_level(identity.get("arn") or ""),
        identity.get("invokedBy"),
        identity.get("accountId"),
        (identity.get("onBehalfOf") or {}).get("userId"),
        identity.get("principalId"),
    ):
        if value:
            return value
    return ""


def resource_of(record):
    resources = record.get("resources") or []
    return (resources[0].get("ARN") or resources[0].get("arn") or "") if resources else ""


def category_of(record):
    return record.get("eventCategory") or ("Data" if record.get("managementEvent") is False else "Management")


def error_of(record):
    code = record.get("errorCode") or ""
    if not code and record["eventName"] == "ConsoleLogin":
        failed = (record.get("responseElements") or {}).get("ConsoleLogin") == "Failure"
        return "Failed authentication" if failed or record.get("errorMessage") else ""
    return code


def id_of(record):
    addendum = record.get("addendum") or {}
    if addendum.get("reason") == "UPDATED_DATA" and addendum.get("originalEventID"):
        return addendum["originalEventID"]
    return record.get("eventID")


def call_of(record):
    identity = record.get("userIdentity") or {}
    category = category_of(record)
    error = error_of(record)
    read_only = record.get("readOnly")
    if read_only is None:
        read_only = record["eventName"].startswith(READ_PREFIXES)
    counted = category in ("Management", "Data")
    values = {
        "userIdentityArn": principal_of(identity),
        "userAgent": record.get("userAgent") or "",
        "errorCode": error,
        "resourceArn": resource_of(record),
        "sourceIPAddress": record.get("sourceIPAddress") or "",
    }
    account = record.get("recipientAccountId") or identity.get("accountId")
    return Call(
        minute_of(record["eventTime"]),
        (account, record["awsRegion"], record["eventSource"], record["eventName"], category),
        counted and (category == "Data" or not read_only),
        counted and bool(error),
        {name: value or "null" for name, value in values.items()},
    )


class Trail:
    """All unique calls of some log files."""

    def __init__(self, paths):
        self.records = 0
        self.calls = []
        seen = set()
        for path in files_under(paths):
            for record in records_in(read_text(path)):
                self.records += 1
                if "insightDetails" in record:
                    continue  # the engine's own kind of output
                call = call_of(record)
                unique = (call.api[0], id_of(record))
                if unique[1] and unique in seen:
                    continue
                seen.add(unique)
                self.calls.append(call)
        self.duplicates = self.records - len(self.calls)
        self.first_minute = min((call.minute for call in self.calls), default=0)
        self.last_minute = max((call.minute for call in self.calls), default=0)
