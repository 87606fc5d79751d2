"""What `insightd validate` tells a person: every mistake at once, where it is and what mends it; and no secret."""

import os
import re
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
from documents import insightd  # noqa: E402

SECRET = "hunter2"


class ValidateTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "insightd.yaml")

    def validate(self, text, *arguments):
        """(status, what it said, without the file's name)"""
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        run = insightd("validate", "--config", self.path, *arguments)
        self.assertNotIn(SECRET, run.stdout + run.stderr)
        return run.returncode, run.stderr.replace(self.path, "FILE").splitlines()

    def test_all_mistakes_are_told_at_once(self):
        status, said = self.validate(
            f"""kafka:
  bootstrap_server: kafka:9092
  topics:
    events: audit
  properties:
    security.protocl: SASL_SSL
    socket.timeout.ms: soon
    ssl.ca.location: /no/such/ca.pem
    group.id: mine
  properties_from_files:
    sasl.password: /no/such/password
    ssl.key.password: {SECRET}
selectors:
  - event_name: Delete*
    inclde: false
limits:
  memory: 1GB
alert_budget: 3
logging:
  level: warning
""", "--set", "input.lateness=10", "--set", "kafka.properties.debgu=all")
        self.assertEqual(status, 2)
        self.assertEqual(said, [
            "FILE:2:3: kafka.bootstrap_server: unknown key; did you mean kafka.bootstrap_servers?",
            "FILE:4:13: kafka.topics.events: `audit` does not fit; write a list of 1 to 64 topic names, such as [audit-events]",
            "FILE:6:5: kafka.properties.security.protocl: librdkafka has no such property; did you mean security.protocol?",
            "FILE:7:5: kafka.properties.socket.timeout.ms: librdkafka refuses this value; it takes 10 .. 300000",
            "FILE:8:5: kafka.properties.ssl.ca.location: the file /no/such/ca.pem cannot be read; check the path and its rights",
            "FILE:9:5: kafka.properties.group.id: the engine sets this property itself; set kafka.consumer_group instead",
            "FILE:11:5: kafka.properties_from_files.sasl.password: the file /no/such/password cannot be read; check the path and its rights",
            "FILE:12:5: kafka.properties_from_files.ssl.key.password: there is no such file; write the path of the file that holds the value, not the value itself",
            "FILE:15:5: selectors[0].inclde: unknown key; did you mean include?",
            "FILE:17:11: limits.memory: `1GB` does not fit; write a size from 64MiB to 1TiB with its unit, such as 512MiB or 1GiB",
            "FILE:18:1: alert_budget: unknown key; did you mean detection.alert_budget?",
            "FILE:20:10: logging.level: `warning` does not fit; write one of trace, debug, info, warn, error (did you mean warn?)",
            "--set: input.lateness: `10` does not fit; write a duration from 0s to 1d with its units, such as 10m, 1h30m or 200ms",
            "--set: kafka.properties.debgu: librdkafka has no such property; did you mean debug?",
        ])

    def test_what_only_the_client_library_knows_names_the_property(self):
        for properties, said in (
                ("session.timeout.ms: 600000", "max.poll.interval.ms"),
                ("security.protocol: sasl_plaintext, sasl.username: u, sasl.password: x, sasl.mechanism: FOO", "Unsupported SASL mechanism"),
                ("security.protocol: ssl, ssl.key.pem: " + SECRET, "not in PEM format"),
                ("ssl.truststore.location: " + SECRET, "use `ssl.ca.location`")):
            with self.subTest(properties=properties):
                status, (line,) = self.validate("kafka:\n  properties: {%s}\n" % properties)
                self.assertEqual(status, 2)
                name = re.search(r"([a-z.]+):[^,]*$", properties).group(1)
                self.assertRegex(line, rf"^FILE:2:\d+: kafka.properties.{name}: ")
                self.assertIn(said, line)

    def test_a_mistake_of_an_override_is_not_the_files(self):
        status, said = self.validate("kafka: {properties: {client.rack: a}}\n", "--set", "kafka.properties.client.rck=b")
        self.assertEqual(status, 2)
        self.assertEqual(said, ["--set: kafka.properties.client.rck: librdkafka has no such property; did you mean client.rack?"])

    def test_run_stops_at_the_same_mistakes(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("kafka: {properties: {securty.protocol: ssl}}\nadmin: {listen: '127.0.0.1:0'}\nlogging: {levl: info}\n")
        run, validated = (insightd(command, "--config", self.path) for command in ("run", "validate"))
        self.assertEqual((run.returncode, run.stderr), (2, validated.stderr))
        self.assertEqual(len(run.stderr.splitlines()), 2)


if __name__ == "__main__":
    unittest.main()
