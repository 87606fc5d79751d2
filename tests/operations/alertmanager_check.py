"""The example for Alertmanager: amtool takes it, and every alert of the rules finds its receiver.

Run by scripts/check-deploy, which has amtool in the PATH.
"""

import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLE = "deploy/prometheus/alertmanager.example.yaml"
RECEIVERS = {"page": "pager", "ticket": "tickets", "info": "insights"}


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def amtool(*arguments):
    run = subprocess.run(["amtool", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


class AlertmanagerCheck(unittest.TestCase):
    def setUp(self):
        rules = read("deploy/prometheus/insightd.rules.yaml")
        self.alerts = re.findall(r"- alert: (\w+)\n(?:(?! +- alert:).*\n)*? +labels: \{severity: (\w+)\}", rules)
        self.assertEqual(len(self.alerts), len(re.findall(r"- alert: ", rules)))

    def test_amtool_finds_nothing(self):
        status, text = amtool("check-config", EXAMPLE)
        self.assertEqual(status, 0, text)

    def test_every_alert_goes_where_its_severity_says(self):
        for alert, severity in self.alerts:
            with self.subTest(alert=alert):
                status, text = amtool("config", "routes", "test", f"--config.file={EXAMPLE}", f"alertname={alert}",
                                      f"severity={severity}", "job=insightd")
                self.assertEqual((status, text.strip()), (0, RECEIVERS[severity]))

    def test_what_is_inhibited_is_there(self):
        named = set("|".join(re.findall(r'alertname=~?"([^"]*)"', read(EXAMPLE))).split("|"))
        self.assertLessEqual(named, {alert for alert, _ in self.alerts})


if __name__ == "__main__":
    unittest.main()
