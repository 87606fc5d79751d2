"""The command line: exit status, where things are printed, what the summary says."""

import json
import os
import re
import signal
import subprocess
import unittest
from datetime import timedelta

from replay_fixture import INSIGHTD, START, ReplayTest, Run, event_id, lines, log_file, record, steady


class ReplayCommandTest(ReplayTest):
    def setUp(self):
        super().setUp()
        self.good = self.write("good.json", log_file(steady(0.1)))

    def test_folders_are_walked_and_other_files_are_skipped_and_counted(self):
        for name in ("a.json", "b/c.jsonl", "b/d/e.ndjson", "b/d/f.log", "b/g.json.gz", "b/h.log.zst"):
            content = log_file([record(START, id=event_id(name))])
            self.write(
                "tree/" + name, content if name.startswith(("a", "b/g")) else lines([record(START, id=event_id(name))])
            )
        for name in ("README", "b/notes.txt", "b/CloudTrail-Digest.sig", "b/d/archive.tar.gz", "x.json.bz2"):
            self.write("tree/" + name, b"not a log")
        run = self.replay(self.path("tree/"))
        self.assertEqual((run["records"], run["files"], run["files_skipped"]), (6, 6, 5))

    def test_a_path_named_twice_is_read_once(self):
        run = self.replay(self.good, self.good, self.folder)
        self.assertEqual((run["records"], run["duplicates"]), (288, 0))

    def test_the_summary_begins_with_the_records_and_adds_up(self):
        bad = self.write("bad.ndjson", b"no json\n{}\n")
        run = self.replay(self.good, bad)
        summary = run.errors.splitlines()
        self.assertRegex(summary[0], r"^records: \d+$")
        self.assertEqual(run["records"], 290)
        self.assertEqual(run["dropped"], 2)
        reasons = [int(value) for name, value in run.summary.items() if name.startswith("dropped_")]
        self.assertEqual(sum(reasons), run["dropped"])
        for line in summary:
            self.assertRegex(line, r"^[a-z_0-9]+: \S+$")

    def test_the_summary_counts_insights_that_stay_open(self):
        # The input ends in the middle of a burst: no End is invented.
        burst = [record(START + timedelta(days=1, seconds=call), id=event_id("burst", call)) for call in range(300)]
        run = self.replay(self.write("burst.json", log_file(steady(1) + burst)))
        self.assertEqual((run["insights_started"], run["insights_ended"], run["insights_open"]), (1, 0, 1))
        self.assertEqual(len(run.records()), 1)
        self.assertEqual(run["minutes"], 1440 + 4)

    def test_an_unreadable_path_is_a_failure_and_the_rest_is_read(self):
        run = self.replay(self.good, self.path("missing.json"), status=1)
        self.assertIn("missing.json", run.errors)
        self.assertEqual(run["records"], 288)

    @unittest.skipIf(os.geteuid() == 0, "everything is readable for root")
    def test_a_file_without_permission_is_a_failure(self):
        os.chmod(self.good, 0)
        self.replay(self.good, status=1)

    def test_an_output_that_cannot_be_written_is_a_failure(self):
        self.replay("--output", os.path.join(self.folder, "none", "such"), self.good, status=1)
        if os.path.exists("/dev/full"):
            burst = [record(START + timedelta(days=1, seconds=call), id=event_id("burst", call)) for call in range(300)]
            path = self.write("burst.json", log_file(steady(1) + burst))
            self.replay("--output", "/dev/full", path, status=1)

    def test_bad_records_never_change_the_exit_status(self):
        self.replay(self.write("bad.ndjson", b"no json\n" * 1000))

    def test_nothing_to_read_is_no_mistake(self):
        os.mkdir(self.path("empty"))
        run = self.replay(self.path("empty"))
        self.assertEqual((run.output, run["records"]), (b"", 0))
        self.assertEqual(self.replay("-", stdin=b"")["records"], 0)

    def test_files_with_other_endings_alone_are_nothing_to_read_and_it_says_so(self):
        run = self.replay(self.write("trail.txt", log_file(steady(0.01))))
        self.assertEqual((run["records"], run["files_skipped"]), (0, 1))
        self.assertRegex(run.errors, r"^insightd: nothing to read: files end in \.json, .* give another as standard input")

    def test_bad_usage_is_two(self):
        for arguments in (
            [],
            ["replay"],
            ["replay", "--format", "xml", self.good],
            ["replay", "--unknown", self.good],
            ["unknown"],
            ["run"],
            ["validate"],
            ["replay", "--table", self.good],
            ["config"],
        ):
            with self.subTest(arguments=arguments):
                run = Run(arguments)
                self.assertEqual(run.status, 2, run.errors)
                self.assertNotEqual(run.errors, "")
                self.assertEqual(run.output, b"")

    def test_bad_usage_is_one_line_that_names_the_command_and_its_help(self):
        for arguments, line in (
            ([], "insightd: a command is required; see insightd --help"),
            (["frob"], "insightd: `frob` is no command; see insightd --help"),
            (["--frob"], "insightd: `--frob` is no option; see insightd --help"),
            (["config", "frob"], "insightd config: `frob` is no command; see insightd config --help"),
            (["run"], "insightd run: --config is required; see insightd run --help"),
        ):
            self.assertEqual(Run(arguments).errors, line + "\n")

    def test_help_is_no_mistake(self):
        for arguments in (["--help"], ["replay", "--help"]):
            run = Run(arguments)
            self.assertEqual((run.status, b"replay" in run.output), (0, True))

    def test_an_interrupted_replay_says_so_and_dies_of_the_signal(self):
        output = self.path("out.ndjson")
        for stop in (signal.SIGINT, signal.SIGTERM):
            arguments = [INSIGHTD, "replay", "--output", output, "-"]
            with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                while not os.path.exists(output):  # by then it listens to signals
                    os.sched_yield()
                process.send_signal(stop)
                process.wait()
                self.assertEqual(process.stderr.read().strip(),
                                 b"insightd: interrupted; the records written so far are not all.")
            self.assertEqual(process.returncode, -stop)
            os.remove(output)

    def test_an_output_that_is_an_input_is_refused_and_stays_whole(self):
        link = self.path("link.json")
        os.symlink(self.good, link)
        with open(self.good, "rb") as file:
            before = file.read()
        for output, path in ((self.good, self.good), (link, self.good), (self.good, self.folder)):
            with self.subTest(output=output, path=path):
                self.assertIn(output, self.replay("--output", output, path, status=2).errors)
                with open(self.good, "rb") as file:
                    self.assertEqual(file.read(), before)

    def test_records_alone_go_to_standard_output(self):
        for line in self.replay(self.good).output.splitlines():
            json.loads(line)
        self.assertNotIn("records:", self.replay(self.good).output.decode())

    def test_a_table_for_people_needs_the_records_elsewhere(self):
        run = self.replay("--table", "--output", self.path("out.ndjson"), self.good)
        self.assertNotIn("\x1b", run.output.decode())


class ConfigurationTest(ReplayTest):
    def config(self, text):
        return self.write("insightd.yaml", text.encode())

    def test_all_mistakes_of_a_file_are_named_with_their_place(self):
        path = self.config(
            "detection:\n  alert_budget: 5000\n  early_start: perhaps\ninput:\n  lateness: soon\nkafak: {}\n"
        )
        for command in (["validate"], ["run"], ["config", "print"], ["replay", self.folder]):
            with self.subTest(command=command):
                run = Run([*command, "--config", path])
                self.assertEqual(run.status, 2, run.errors)
                self.assertEqual(run.output, b"")
                places = re.findall(re.escape(path) + r":(\d+):(\d+)", run.errors)
                self.assertEqual([line for line, _ in places], ["2", "3", "5", "6"], run.errors)
                for word in ("alert_budget", "early_start", "lateness", "kafak"):
                    self.assertIn(word, run.errors)

    def test_a_file_that_is_no_yaml_or_is_not_there(self):
        self.assertRegex(Run(["validate", "--config", self.config("a: [1\nb: }\n")]).errors, r"insightd\.yaml:\d+:\d+")
        for path in (self.config("a: [1\n"), self.path("missing.yaml")):
            self.assertEqual(Run(["validate", "--config", path]).status, 2)

    def test_a_good_file_is_valid(self):
        self.assertEqual(Run(["validate", "--config", self.config("detection: {alert_budget: 100}\n")]).status, 0)
        self.assertEqual(Run(["validate", "--config", self.config("")]).status, 0)

    def test_an_override_is_checked_like_the_file(self):
        good = self.write("good.json", log_file(steady(0.01)))
        for override in ("detection.alert_budget=0", "detection.nothing=1", "nonsense", "input.lateness=-5m"):
            with self.subTest(override=override):
                run = self.replay("--set", override, good, status=2)
                self.assertIn(override.split("=")[0], run.errors)
        path = self.config("detection: {alert_budget: 20}\n")
        run = Run(
            ["config", "print", "--config", path, "--set", "detection.alert_budget=30", "--set", "kafka.partitions=3"]
        )
        self.assertRegex(run.output.decode(), r"alert_budget: 30\b")
        self.assertRegex(run.output.decode(), r"partitions: 3\b")

    def test_what_is_printed_can_be_read_again(self):
        first = Run(["config", "print"])
        self.assertEqual(first.status, 0)
        again = Run(["config", "print", "--config", self.write("printed.yaml", first.output)])
        self.assertEqual((again.status, again.output), (0, first.output))

    def test_secrets_are_masked(self):
        path = self.config("kafka:\n  properties:\n    sasl.password: hunter2\n    ssl.key.password: hunter3\n")
        run = Run(["config", "print", "--config", path])
        self.assertEqual(run.status, 0, run.errors)
        self.assertNotIn("hunter", run.output.decode())
        self.assertIn("sasl.password", run.output.decode())

    def test_the_schema_names_every_key(self):
        run = Run(["config", "schema"])
        self.assertEqual(run.status, 0)
        schema = json.loads(run.output)
        self.assertLessEqual(
            {"kafka", "input", "selectors", "detection", "limits", "admin", "logging"}, set(schema["properties"])
        )
        self.assertIn("alert_budget", json.dumps(schema))

    def test_the_budget_stands_in_the_records(self):
        burst = [record(START + timedelta(days=1, seconds=call), id=event_id("burst", call)) for call in range(300)]
        path = self.write("burst.json", log_file(steady(1) + burst))
        for each in self.replay("--set", "detection.alert_budget=2.5", path).records():
            self.assertEqual(each["insightDetails"]["extension"]["budget"], 2.5)


class VersionTest(ReplayTest):
    def test_version_names_itself_and_its_libraries(self):
        self.assertRegex(Run(["version"]).output.decode(), r"insightd \d+\.\d+\.\d+")
        version = json.loads(Run(["version", "--json"]).output)
        self.assertIn("librdkafka", json.dumps(version))


if __name__ == "__main__":
    unittest.main()
