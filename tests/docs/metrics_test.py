"""docs/metrics.md, docs/inputs.md and the dashboards name the metrics that a daemon shows, and no others."""

import json
import os
import re
import subprocess
import unittest

from daemon import Daemon, DaemonTest
from documents import INSIGHTD, ROOT, code_words, documents, read, table


def documented():
    """(name, type, labels) of every row of the table."""
    for name, kind, labels, _ in table(read("docs/metrics.md"), "metric", "type", "labels", "meaning"):
        yield name.strip("`"), kind, set(code_words(labels))


def expressions(node):
    """The queries of a dashboard."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("expr", "query", "definition") and isinstance(value, str):
                yield value
            else:
                yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


class MetricsTest(DaemonTest):
    def test_the_table_is_what_a_daemon_shows(self):
        shown = {(name, kind, frozenset(self.labels[name])) for name, kind in self.types.items()}
        self.assertEqual({(name, kind, frozenset(labels)) for name, kind, labels in documented()}, shown)

    def test_the_tables_are_what_the_program_says(self):
        run = subprocess.run([os.path.join(ROOT, "scripts", "metrics-table"), "--check"], capture_output=True, text=True,
                             env={**os.environ, "INSIGHTD": INSIGHTD}, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_every_metric_begins_with_insight_and_every_counter_ends_in_total(self):
        for name, kind in self.types.items():
            self.assertRegex(name, r"^insight_[a-z_]+$")
            self.assertEqual(name.endswith("_total"), kind == "counter", name)

    def test_the_values_of_labels_are_the_ones_described(self):
        described = set(code_words(read("docs/metrics.md")))
        for name, labels in self.labels.items():
            if name == "insight_build_info":
                continue  # a version and a revision
            for label, values in labels.items():
                if (name, label) != ("insight_records_dropped_total", "reason"):  # docs/inputs.md has these
                    with self.subTest(name=name, label=label):
                        self.assertLessEqual(values, described)

    def test_the_reasons_of_drops_are_the_ones_described(self):
        rows = table(read("docs/inputs.md"), "reason", "meaning")
        self.assertEqual({word for cell, _ in rows for word in code_words(cell)},
                         self.labels["insight_records_dropped_total"]["reason"])
        words = re.findall(r'\{"(\w+)", "([^"]+)"\}', read("src/core/drop_reason.cpp"))
        self.assertEqual([[f"`{name}`", sentence] for name, sentence in words], rows)

    def test_no_document_names_a_metric_that_is_not_there(self):
        known = set(self.types) | {name + end for name in self.types for end in ("_bucket", "_sum", "_count")}
        for name in documents():
            for metric in re.findall(r"\binsight_[a-z_]+[a-z]\b", read(name)):
                if metric.endswith(("_total", "_seconds")) or metric in known:
                    with self.subTest(name=name):
                        self.assertIn(metric, known)


def documented_by_name():
    """{name: labels} of the metrics that a daemon shows only where telemetry.top_apis asks for them."""
    heading = "labels besides `account`, `region`, `event_source`, `event_name`, `event_category`"
    common = set(code_words(heading))
    return {name.strip("`"): common | set(code_words(labels))
            for name, labels, _ in table(read("docs/metrics.md"), "metric", heading, "meaning")}


class DashboardTest(DaemonTest):
    def setUp(self):
        self.dashboards = {name: json.loads(read(f"grafana/{name}.json")) for name in ("insights", "engine", "api")}
        self.expressions = [each for dashboard in self.dashboards.values() for each in expressions(dashboard)]
        self.by_name = documented_by_name()

    def test_they_are_what_the_script_writes(self):
        run = subprocess.run([os.path.join(ROOT, "scripts", "dashboards"), "--check"], capture_output=True, text=True,
                             check=False)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_they_ask_for_metrics_that_are_documented(self):
        known = {name for name, _, _ in documented()} | set(self.by_name)
        known |= {name + end for name, kind, _ in documented() if kind == "histogram" for end in ("_bucket", "_sum", "_count")}
        asked = [name for each in self.expressions for name in re.findall(r"\binsight_\w+", each)]
        self.assertGreater(len(asked), 40)
        self.assertLessEqual(set(asked), known)
        self.assertEqual(set(self.by_name), {name for name in asked if name.startswith("insight_top_")})

    def test_they_ask_for_labels_and_values_that_are_there(self):
        for each in self.expressions:
            names = set(re.findall(r"\binsight_\w+", each))
            labels = {}
            for name in names:
                labels.update(self.labels.get(re.sub(r"_(bucket|sum|count)$", "", name), {}))
                labels.update({label: {"lower", "mean", "upper"} for label in self.by_name.get(name, ())})
            with self.subTest(expression=each):
                for grouped in re.findall(r"\b(?:by|on) \(([^)]*)\)", each):
                    self.assertLessEqual(set(re.split(r",\s*", grouped)), set(labels) | {"le", "job", "instance"})
                for label, value in re.findall(r'(\w+)="([^"]*)"', each):
                    self.assertIn(value, labels[label])

    def test_they_show_every_drop_and_every_insight(self):
        asked = " ".join(self.expressions)
        for name in ("insight_records_dropped_total", "insight_insights_total", "insight_watermark_timestamp_seconds"):
            self.assertIn(name, asked)


class ProbesTest(unittest.TestCase):
    def test_a_daemon_without_a_broker_lives_is_not_ready_and_stops_well(self):
        daemon = Daemon()
        self.assertEqual(daemon.get("/livez")[0], 200)
        status, text = daemon.get("/readyz")
        self.assertEqual((status, text.strip()), (503, "waiting for Kafka"))
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
