"""The rules for Prometheus: promtool takes them, every alert fires and keeps still as tested, and has a runbook."""

import os
import re
import subprocess
import sys
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
