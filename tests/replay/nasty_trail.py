"""A trail of three weeks that has in it what real trails surprise with, each often enough to reach the records.

Role sessions, services that call for others, copies of one call in two accounts, records sent again with an
addendum, failed logins without a code, records without readOnly, data events with resources, insights among the
events, and one incident at each border: of an hour, of a day, of a month."""

import random
from datetime import datetime, timedelta
from functools import lru_cache

from replay_fixture import ACCOUNT, event_id, log_file, record

OTHER_ACCOUNT = "210987654321"
SECONDS_LATE_MAX = 9 * 60
COPY_SHARE = 0.25  # of the calls: a fifth of the records


def role(account, name, session):
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        "principalId": f"AROA:{session}",
        "accountId": account,
    }


def service(name):
    return {"type": "AWSService", "invokedBy": name}


def on_behalf(user):
    return {"type": "IdentityCenterUser", "onBehalfOf": {"userId": user, "identityStoreArn": "arn:aws:identitystore"}}


class NastyTrail:
    def __init__(self, start, days, seed):
        self.start = start
        self.days = days
        self.random = random.Random(seed)
        self.records = []
        self.calls = 0

    def at(self, day, hour, minute):
        return (day * 24 + hour) * 60 + minute

    def call(self, minute, name, **fields):
        """One call in `minute` since the start; returns its record."""
        self.calls += 1
        time = self.start + timedelta(minutes=minute, seconds=self.random.randrange(60))
        made = record(time, name, event_id("nasty", self.calls), **fields)
        self.records.append(made)
        return made

    def usual(self):
        """A few calls a minute, by many sessions of few roles."""
        for minute in range(self.days * 1440):
            for _ in range(self.random.choice((0, 1, 1, 2, 3))):
                session = self.random.randrange(50)
                self.call(
                    minute,
                    "SendCommand",
                    eventSource="ssm.amazonaws.com",
                    userIdentity=role(ACCOUNT, self.random.choice(("deploy", "Ops")), f"i-{session}"),
                )
            if self.random.random() < 0.2:
                self.call(
                    minute, "CreateGrant", eventSource="kms.amazonaws.com", userIdentity=service("ec2.amazonaws.com")
                )
            if self.random.random() < 0.1:
                self.call(
                    minute,
                    "DescribeThings",
                    eventSource="iot.amazonaws.com",
                    readOnly=None,
                    errorCode=self.random.choice((None, None, None, "ThrottlingException")),
                )
            if self.random.random() < 0.3:
                self.call(
                    minute,
                    "UpdateThing",
                    eventSource="iot.amazonaws.com",
                    readOnly=None,
                    userIdentity=on_behalf(f"user-{self.random.randrange(3)}"),
                    userAgent=None,
                )
            if self.random.random() < 0.5:
                key = self.random.randrange(7)
                self.call(
                    minute,
                    "GetObject",
                    readOnly=True,
                    eventCategory="Data",
                    managementEvent=False,
                    resources=[
                        {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::vault/{key}"},
                        {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::vault"},
                    ],
                )
            if minute % 60 == 30:
                self.records.append(self.an_insight(minute))

    def an_insight(self, minute):
        """The engine's own kind of output: read, but never counted."""
        time = self.start + timedelta(minutes=minute)
        made = record(
            time,
            "none",
            event_id("insight", minute),
            eventCategory="Insight",
            eventType="AwsCloudTrailInsight",
            insightDetails={
                "state": "Start",
                "eventSource": "ssm.amazonaws.com",
                "eventName": "SendCommand",
                "insightType": "ApiCallRateInsight",
            },
        )
        for key in ("eventName", "eventSource", "userIdentity", "userAgent", "sourceIPAddress", "managementEvent"):
            made.pop(key, None)
        return made

    def burst(self, begin, minutes, per_minute, name, **fields):
        for minute in range(begin, begin + minutes):
            for _ in range(per_minute):
                self.call(minute, name, **fields)

    def incidents(self):
        # Over midnight, by four sessions of one role: one principal.
        for session in ("a", "b/c", "d", "e"):
            self.burst(
                self.at(9, 23, 57),
                7,
                10,
                "SendCommand",
                eventSource="ssm.amazonaws.com",
                userIdentity=role(ACCOUNT, "Intruder", session),
            )
        # Just after midnight: the baseline begins a day later.
        self.burst(
            self.at(11, 0, 0),
            3,
            30,
            "CreateGrant",
            eventSource="kms.amazonaws.com",
            userIdentity=service("lambda.amazonaws.com"),
        )
        self.failed_logins(self.at(12, 10, 59))
        self.cross_account(self.at(13, 4, 0))
        self.burst(
            self.at(14, 18, 0),
            4,
            25,
            "GetObject",
            readOnly=True,
            eventCategory="Data",
            managementEvent=False,
            errorCode="AccessDenied",
            resources=[{"arn": "arn:aws:s3:::vault/plan"}],
        )
        self.burst(
            self.at(15, 7, 5),
            6,
            20,
            "UpdateThing",
            eventSource="iot.amazonaws.com",
            readOnly=None,
            userIdentity={"type": "Unknown", "principalId": "nobody"},
            userAgent='odd "agent"\\ \u00e9\u4e16 \u0007',
        )
        self.burst(
            self.at(16, 23, 59),
            1,
            60,
            "DescribeThings",
            eventSource="iot.amazonaws.com",
            readOnly=None,
            errorCode="ThrottlingException",
        )

    def failed_logins(self, begin):
        for minute in range(begin, begin + 5):
            for _ in range(6):
                self.call(
                    minute,
                    "ConsoleLogin",
                    eventSource="signin.amazonaws.com",
                    eventType="AwsConsoleSignIn",
                    errorMessage="Failed authentication",
                    responseElements={"ConsoleLogin": "Failure"},
                    userIdentity={
                        "type": "IAMUser",
                        "accountId": ACCOUNT,
                        "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
                    },
                )

    def cross_account(self, begin):
        """One call, delivered to both accounts; some of it sent again with an addendum."""
        for minute in range(begin, begin + 4):
            for number in range(15):
                made = self.call(
                    minute,
                    "AssumeRole",
                    eventSource="sts.amazonaws.com",
                    sharedEventID=event_id("shared", number),
                    userIdentity=role(OTHER_ACCOUNT, "visitor", "s"),
                )
                self.records.append(dict(made, recipientAccountId=OTHER_ACCOUNT))
                if number % 3 == 0:
                    self.records.append(
                        dict(
                            made,
                            eventID=event_id("again", made["eventID"]),
                            userAgent=made["userAgent"],
                            addendum={
                                "reason": "UPDATED_DATA",
                                "updatedFields": "requestParameters",
                                "originalRequestID": "r",
                                "originalEventID": made["eventID"],
                            },
                        )
                    )

    def delivered(self):
        """The records in the order of their delivery: up to nine minutes late, one in five a copy."""
        deliveries = []
        for made in self.records:
            time = datetime.strptime(made["eventTime"], "%Y-%m-%dT%H:%M:%SZ")
            for _ in range(2 if self.random.random() < COPY_SHARE else 1):
                deliveries.append((time + timedelta(seconds=self.random.randrange(SECONDS_LATE_MAX)), made))
        deliveries.sort(key=lambda delivery: delivery[0])
        return [made for _, made in deliveries]


@lru_cache(maxsize=None)
def nasty_records(start, days=20, seed=7):
    trail = NastyTrail(start, days, seed)
    trail.usual()
    trail.incidents()
    return trail.delivered()


def write_files(test, records, per_file=4000, folder="nasty"):
    """Log files of consecutive deliveries, with names that say nothing of time."""
    for number, begin in enumerate(range(0, len(records), per_file)):
        test.write(f"{folder}/{number:04}.json.gz", log_file(records[begin : begin + per_file]))
    return test.path(folder)
