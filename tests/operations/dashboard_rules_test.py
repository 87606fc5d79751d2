"""The dashboards keep the rules that linters of dashboards have: any Prometheus can be chosen, whatever its scrape interval, and every
panel says what it shows and in what unit."""

import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
from documents import ROOT, code_words, read, table  # noqa: E402

UNITS = {"short", "s", "bytes", "Bps", "cps", "percentunit"}  # of Grafana's own
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
EVENT_WINDOW = "2m"  # of an annotation: its step is fixed, a minute
METRIC = re.compile(r"\b(insight_\w+)(\{[^}]*\})?(\[[^\]]*\])?")


def dashboards():
    folder = os.path.join(ROOT, "grafana")
    return {name: json.loads(read(f"grafana/{name}")) for name in sorted(os.listdir(folder)) if name.endswith(".json")}


def counters():
    """The documented names that only make sense as rates."""
    kinds = {name.strip("`"): kind
             for name, kind, _, _ in table(read("docs/metrics.md"), "metric", "type", "labels", "meaning")}
    return {name for name, kind in kinds.items() if kind == "counter"} | {
        f"{name}_{part}" for name, kind in kinds.items() if kind == "histogram" for part in ("bucket", "sum", "count")}


class DashboardRulesTest(unittest.TestCase):
    def setUp(self):
        self.dashboards = dashboards()
        self.assertEqual(list(self.dashboards), ["api.json", "engine.json", "insights.json"])
        self.panels = [(name, panel) for name, dashboard in self.dashboards.items() for panel in dashboard["panels"]
                       if panel["type"] != "row"]

    def test_the_source_is_chosen_once_and_used_everywhere(self):
        for name, dashboard in self.dashboards.items():
            with self.subTest(dashboard=name):
                sources = [each for each in dashboard["templating"]["list"] if each["type"] == "datasource"]
                self.assertEqual([(each["name"], each["label"], each["query"]) for each in sources],
                                 [("datasource", "Data source", "prometheus")])
                others = [each for each in dashboard["templating"]["list"] if each["type"] != "datasource"]
                for each in others + dashboard["annotations"]["list"]:
                    self.assertEqual(each["datasource"], SOURCE, each["name"])
        for name, panel in self.panels:
            with self.subTest(dashboard=name, panel=panel["title"]):
                for each in [panel, *panel["targets"]]:
                    self.assertEqual(each["datasource"], SOURCE)

    def test_variables_follow_the_time_and_can_be_all(self):
        for name, dashboard in self.dashboards.items():
            choices = {each["name"]: each for each in dashboard["templating"]["list"] if each["type"] == "query"}
            self.assertLessEqual({"job", "instance"}, set(choices))
            for variable in choices.values():
                with self.subTest(dashboard=name, variable=variable["name"]):
                    self.assertTrue(variable["multi"] and variable["includeAll"] and variable["label"])
                    self.assertEqual(variable["allValue"], ".+")
                    self.assertEqual(variable["refresh"], 2)
                    used = json.dumps(dashboard["panels"]) + json.dumps(list(choices.values()))
                    self.assertIn(f"${variable['name']}\\\"", used)

    def test_every_query_keeps_to_the_chosen_processes(self):
        for name, panel in self.panels:
            with self.subTest(dashboard=name, panel=panel["title"]):
                for target in panel["targets"]:
                    found = METRIC.findall(target["expr"])
                    self.assertTrue(found)
                    for _, selector, _ in found:
                        self.assertTrue(selector.startswith('{job=~"$job", instance=~"$instance"'), target["expr"])

    def test_counters_are_shown_as_rates_over_a_window_that_fits(self):
        known = counters()
        self.assertGreater(len(known), 15)
        for name, panel in self.panels:
            with self.subTest(dashboard=name, panel=panel["title"]):
                for target in panel["targets"]:
                    window = "[$__range]" if target["instant"] else "[$__rate_interval]"
                    for metric, _, over in METRIC.findall(target["expr"]):
                        self.assertEqual(over, window if metric in known else "", target["expr"])
                        if metric in known:
                            self.assertRegex(target["expr"], rf"\b(rate|increase)\({metric}\b")
        for name, dashboard in self.dashboards.items():
            for annotation in dashboard["annotations"]["list"]:
                for metric, _, over in METRIC.findall(annotation["target"]["expr"]):
                    self.assertEqual(over, f"[{EVENT_WINDOW}]" if metric in known else "", name)

    def test_every_panel_says_what_it_shows(self):
        for name, panel in self.panels:
            with self.subTest(dashboard=name, panel=panel["title"]):
                self.assertTrue(panel["title"])
                self.assertRegex(panel["description"], r"^[A-Z0-9].*\.$")
                self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS)
                self.assertTrue(panel["targets"])
                self.assertEqual(len({target["refId"] for target in panel["targets"]}), len(panel["targets"]))

    def test_legends_name_labels_that_the_query_keeps(self):
        for name, panel in self.panels:
            with self.subTest(dashboard=name, panel=panel["title"]):
                for target in panel["targets"]:
                    shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
                    kept = {label for group in re.findall(r"\bby \(([^)]*)\)", target["expr"]) for label in group.split(", ")}
                    self.assertLessEqual(shown, kept, target["expr"])

    def test_panels_fill_the_grid_without_overlap(self):
        for name, dashboard in self.dashboards.items():
            with self.subTest(dashboard=name):
                ids = [panel["id"] for panel in dashboard["panels"]]
                self.assertEqual(len(set(ids)), len(ids))
                taken = set()
                for panel in dashboard["panels"]:
                    at = panel["gridPos"]
                    self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
                    cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                    self.assertFalse(taken & cells, panel["title"])
                    taken |= cells

    def test_a_dashboard_from_a_file_is_not_edited_in_place(self):
        uids = [dashboard["uid"] for dashboard in self.dashboards.values()]
        self.assertEqual(len(set(uids)), len(uids))
        for dashboard in self.dashboards.values():
            self.assertFalse(dashboard["editable"])
            self.assertTrue(dashboard["title"] and dashboard["description"] and dashboard["tags"])

    def test_the_documented_opt_in_is_named_where_it_is_needed(self):
        for name, dashboard in self.dashboards.items():
            heading = dashboard["description"]
            for panel in dashboard["panels"]:
                if panel["type"] == "row":
                    heading = dashboard["description"] + panel["title"]
                elif "insight_top_" in json.dumps(panel["targets"]):
                    self.assertIn("telemetry.top_apis", heading, f"{name}: {panel['title']}")
        self.assertIn("telemetry.top_apis", code_words(read("docs/metrics.md")))


if __name__ == "__main__":
    unittest.main()
