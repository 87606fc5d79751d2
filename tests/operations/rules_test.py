"""The rules for Prometheus: promtool takes them, every alert fires and keeps still as tested, and has a runbook."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
from documents import ROOT, code_words, read, table  # noqa: E402
from prometheus import program  # noqa: E402

RULES = "deploy/prometheus/insightd.rules.yaml"
TESTS = "tests/operations/insightd.rules.test.yaml"


def promtool(*arguments):
    run = subprocess.run([program("promtool"), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


class RulesTest(unittest.TestCase):
    def setUp(self):
        self.alerts = re.findall(r"^ +- alert: (\w+)$", read(RULES), re.MULTILINE)
        self.assertGreater(len(self.alerts), 10)

    def test_promtool_finds_nothing(self):
        status, text = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
        self.assertEqual(status, 0, text)

    def test_the_alerts_fire_and_keep_still(self):
        status, text = promtool("test", "rules", TESTS)
        self.assertEqual(status, 0, text)

    def test_every_alert_is_tested_both_ways(self):
        names = re.findall(r"^  - name: (.*)$", read(TESTS), re.MULTILINE)
        self.assertEqual(names, [f"{alert} {does}" for alert in self.alerts for does in ("fires", "does not fire")])

    def test_every_test_can_fail(self):
        """An alert that never fires, and one that always does, fail its test that it does, and that it does not."""
        rules, tests = read(RULES), read(TESTS)
        cases = re.findall(r"^  - name: (?:.*\n)(?:(?!  - name: ).*\n)*", tests, re.MULTILINE)
        header = tests[:tests.index("  - name: ")]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "rules.yaml")
            for alert in self.alerts:
                for does, expression in (("fires", "vector(1) < 0"), ("does not fire", "vector(1)")):
                    (case,) = [case for case in cases if case.startswith(f"  - name: {alert} {does}\n")]
                    self.assertIn(f"alertname: {alert}", case)
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(re.sub(rf"(- alert: {alert}\n +expr: ).*", rf"\g<1>{expression}", rules))
                    with open(os.path.join(folder, "test.yaml"), "w", encoding="utf-8") as file:
                        file.write(re.sub(r"rule_files: .*", "rule_files: [rules.yaml]", header) + case)
                    with self.subTest(alert=alert, does=does):
                        status, text = promtool("test", "rules", file.name)
                        self.assertEqual(status, 1, text)
                        self.assertIn(f"alertname: {alert}", text)

    def test_every_alert_has_a_runbook_and_every_runbook_an_alert(self):
        pages = sorted(name.removesuffix(".md") for name in os.listdir(os.path.join(ROOT, "docs", "runbooks")))
        self.assertEqual(pages, sorted(self.alerts))
        for alert in self.alerts:
            self.assertIn(f"runbook: docs/runbooks/{alert}.md\n", read(RULES))
            for heading in ("## What it means", "## Where to look", "## What to do"):
                self.assertIn(f"\n{heading}\n", read(f"docs/runbooks/{alert}.md"))

    def test_the_rules_ask_for_metrics_that_are_there(self):
        rows = table(read("docs/metrics.md"), "metric", "type", "labels", "meaning")
        known = {name for names, *_ in rows for name in code_words(names)}
        asked = {re.sub(r"_bucket$", "", name) for name in re.findall(r"(?<!job:)\b(insight_\w+)", read(RULES))}
        self.assertLessEqual(asked, known)


if __name__ == "__main__":
    unittest.main()
