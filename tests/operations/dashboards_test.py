"""Every query of the dashboards, asked of a real Prometheus that scrapes a real daemon under the demo's traffic."""

import functools
import itertools
import json
import math
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
from documents import ROOT, read  # noqa: E402
from prometheus import program  # noqa: E402
from stack import Stack, eventually  # noqa: E402

SCRAPE_SECONDS = 1
# As Grafana makes it of the scrape interval: four scrapes at the least.
RATE_INTERVAL = f"{4 * SCRAPE_SECONDS}s"
BURST = "RunInstances"  # whose fourth incident goes on when the traffic of the past ends
FIRING = {"InsightStarted"}  # the only alert of a run in which all is well but the APIs
RULES = "deploy/prometheus/insightd.rules.yaml"


def dashboards():
    folder = os.path.join(ROOT, "grafana")
    return {name: json.loads(read(f"grafana/{name}")) for name in sorted(os.listdir(folder)) if name.endswith(".json")}


def panels(dashboard):
    """With those in collapsed rows, without the rows."""
    for panel in dashboard["panels"]:
        yield from (each for each in [panel, *panel.get("panels", [])] if each["type"] != "row")


def has_numbers(result):
    """Whether a query's result holds one number."""
    samples = itertools.chain.from_iterable(each.get("values") or [each["value"]] for each in result)
    return any(not math.isnan(float(value)) for _, value in samples)


class DashboardsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.began = time.time()
        cls.stack = Stack(SCRAPE_SECONDS)
        cls.addClassCleanup(cls.stack.stop)
        # The bursts of three incidents are over when the past ends; the fourth goes on.
        cls.stack.send_traffic("--days=8", "--first-incident=73", "--incident-every=20")
        cls.wait_for("the backlog is read", "insight_input_lag_records == 0 and insight_input_lag_seconds < 60 and "
                                            "insight_records_received_total > 1e5")
        cls.wait_for("minutes close", "time() - insight_watermark_timestamp_seconds < 900")
        cls.wait_for("an insight has ended", 'sum(increase(insight_insights_total{state="End"}[1m])) > 0')
        cls.wait_for("the burst is shown", f'insight_top_open_insights{{event_name="{BURST}"}}')
        cls.wait_for("its minutes are judged", f'insight_top_api_score{{event_name="{BURST}"}} > 0')

    @classmethod
    def wait_for(cls, what, expression):
        eventually(f"{what}: {expression}", lambda: cls.stack.value(expression) is not None)

    def interpolate(self, dashboard, text, everything):
        """As Grafana does before it asks: every variable is All, or has a value that is there."""
        values = {"__rate_interval": RATE_INTERVAL, "__interval": f"{SCRAPE_SECONDS}s", "__range": "1h"}
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                values[variable["name"]] = variable["allValue"] if everything else self.choice(variable["name"])
        for name in sorted(values, key=len, reverse=True):
            text = text.replace(f"${{{name}}}", values[name]).replace(f"${name}", values[name])
        self.assertNotIn("$", text)
        return text

    @functools.cache
    def choice(self, name):
        """One value that a user may choose; of an API's parts, those of the burst."""
        if name in ("job", "instance"):
            found = self.stack.ask("query", query="insight_build_info")["result"]
        else:
            found = self.stack.ask("query", query=f'insight_top_open_insights{{event_name="{BURST}"}}')["result"]
        return found[0]["metric"][name].replace(".", "\\\\.")  # as Grafana escapes it for =~ in a string

    def since_the_beginning(self, query):
        """What a range query finds; its last step is now."""
        now = time.time()
        steps = math.ceil((now - self.began) / SCRAPE_SECONDS)
        return self.stack.ask("query_range", query=query, start=now - steps * SCRAPE_SECONDS, end=now, step=SCRAPE_SECONDS)["result"]

    def assert_answers(self, dashboard, expression, instant):
        for everything in (True, False):
            query = self.interpolate(dashboard, expression, everything)
            found = self.stack.ask("query", query=query)["result"] if instant else self.since_the_beginning(query)
            self.assertTrue(has_numbers(found), f"no data: {query}")

    def test_every_panel_shows_data(self):
        asked = 0
        for name, dashboard in dashboards().items():
            for panel in panels(dashboard):
                for target in panel["targets"]:
                    with self.subTest(dashboard=name, panel=panel["title"], query=target["refId"]):
                        self.assert_answers(dashboard, target["expr"], target["instant"])
                        asked += 1
        self.assertGreater(asked, 50)

    def test_every_annotation_shows_data(self):
        for name, dashboard in dashboards().items():
            self.assertTrue(dashboard["annotations"]["list"])
            for annotation in dashboard["annotations"]["list"]:
                with self.subTest(dashboard=name, annotation=annotation["name"]):
                    self.assert_answers(dashboard, annotation["target"]["expr"], False)

    def test_every_variable_has_values(self):
        for name, dashboard in dashboards().items():
            for variable in dashboard["templating"]["list"]:
                if variable["type"] != "query":
                    continue
                with self.subTest(dashboard=name, variable=variable["name"]):
                    matcher, label = variable["query"]["query"].removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
                    found = self.stack.ask(f"label/{label}/values", **{"match[]": self.interpolate(dashboard, matcher, False)})
                    self.assertTrue(found)

    def test_every_recording_rule_has_values(self):
        for group in self.stack.ask("rules")["groups"]:
            for rule in group["rules"]:
                with self.subTest(rule=rule["name"]):
                    self.assertEqual(rule["health"], "ok", rule)
                    if rule["type"] == "recording":
                        self.assertTrue(has_numbers(self.since_the_beginning(rule["name"])))

    def test_only_insights_alert(self):
        alerts = self.stack.ask("alerts")["alerts"]
        self.assertEqual({alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}, FIRING)

    def test_promtool_finds_nothing_in_the_metrics(self):
        run = subprocess.run([program("promtool"), "check", "metrics"], input=self.stack.metrics(), capture_output=True,
                             text=True, check=False)
        self.assertEqual((run.returncode, run.stdout + run.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
