"""The chart and the kustomizations, rendered in every case, against Kubernetes's own schemas; wrong values are refused.

Run by scripts/check-deploy, which has the tools in the PATH.
"""

import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHART = os.path.join(ROOT, "deploy", "kubernetes", "helm", "insightd")
KUSTOMIZE = os.path.join(ROOT, "deploy", "kubernetes", "kustomize")
CASES = sorted(os.listdir(os.path.join(CHART, "cases")))
VERSION = "1.36.0"
CUSTOM_KINDS = ("PodMonitor", "PrometheusRule", "ScaledObject")  # of operators, not of Kubernetes


def run(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=False)
    return done.returncode, done.stdout, done.stderr


def template(*arguments):
    return run("helm", "template", "engine", CHART, "--namespace", "audit", *arguments)


class Rendered(unittest.TestCase):
    def assert_valid(self, manifests):
        place = os.path.join(os.environ["INSIGHT_KUBERNETES_SCHEMAS"], "{{ .NormalizedKubernetesVersion }}-local{{ .StrictSuffix }}",
                             "{{ .ResourceKind }}{{ .KindSuffix }}.json")
        status, out, err = run("kubeconform", "-strict", "-kubernetes-version", VERSION, "-schema-location", place,
                               "-ignore-missing-schemas", "-summary", "-", text=manifests)
        self.assertEqual(status, 0, out + err)
        kinds = re.findall(r"^kind: (\w+)", manifests, re.MULTILINE)
        custom = sum(kinds.count(kind) for kind in CUSTOM_KINDS)
        self.assertIn(f"Valid: {len(kinds) - custom}, Invalid: 0, Errors: 0, Skipped: {custom}", out)
        return kinds


class ChartCheck(Rendered):
    def test_lint_finds_nothing(self):
        for values in ([], *(["--values", os.path.join(CHART, "cases", case)] for case in CASES)):
            status, out, err = run("helm", "lint", "--strict", CHART, *values)
            self.assertEqual(status, 0, out + err)

    def test_every_case_is_valid(self):
        for case in CASES:
            with self.subTest(case=case):
                status, out, err = template("--values", os.path.join(CHART, "cases", case))
                self.assertEqual(status, 0, err)
                kinds = self.assert_valid(out)
                if case == "all.yaml":
                    self.assertLessEqual({*CUSTOM_KINDS, "StatefulSet", "NetworkPolicy", "PodDisruptionBudget"}, set(kinds))
        status, out, err = template()
        self.assertEqual(status, 0, err)
        self.assert_valid(out)

    def test_the_rendered_configuration_is_valid(self):
        insightd = os.environ.get("INSIGHTD", os.path.join(ROOT, "build", "insightd"))
        for values in ([], *(["--values", os.path.join(CHART, "cases", case)] for case in CASES)):
            _, out, _ = template("--show-only", "templates/configmap.yaml", *values)
            text = re.search(r"^  insightd\.yaml: \|\n((?:    .*\n|\n)+)", out, re.MULTILINE).group(1)
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file, tempfile.NamedTemporaryFile("w") as secret:
                secret.write("word\n")
                secret.flush()
                text = re.sub(r"^    ", "", text, flags=re.MULTILINE).replace("/etc/insightd-secrets/password", secret.name)
                file.write(text)
                file.flush()
                status, _, err = run(insightd, "validate", "--config", file.name)
            self.assertEqual(status, 0, text + err)

    def test_wrong_values_are_refused(self):
        for wrong in ("replicas=0", "replicas=two", "memory=1GB", "memory=lots", "cpu.limit=1core", "secrets=x",
                      "image.pullPolicy=Sometimes", "config.admin.listen=x", "config.limits.memory=1GiB", "tests.image=",
                      "config.detection.alert_bugdet=3", "config.kafka.partitions=0", "config.logging.level=loud",
                      "config.kafka.properties.group\\.id=mine",
                      "podDisruptionBudget.maxUnavailable=0", "podMonitor.interval=15", "keda.lagThreshold=0",
                      "networkPolicy.kafkaPorts[0]=70000"):
            with self.subTest(wrong=wrong):
                status, _, err = template("--set", wrong)
                self.assertEqual(status, 1)
                self.assertIn("values don't meet the specifications of the schema", err)

    def test_the_grace_period_is_longer_than_a_stop(self):
        _, out, _ = template()
        self.assertGreater(int(re.search(r"terminationGracePeriodSeconds: (\d+)", out).group(1)), 20)


class KustomizeCheck(Rendered):
    def build(self, folder):
        status, out, err = run("kustomize", "build", os.path.join(KUSTOMIZE, folder))
        self.assertEqual(status, 0, err)
        return out

    def test_the_base_is_valid(self):
        self.assertIn("StatefulSet", self.assert_valid(self.build("base")))

    def test_the_component_adds_a_native_sidecar(self):
        manifests = self.build("examples/application")
        self.assert_valid(manifests)
        sidecar = manifests[manifests.index("initContainers:"):]
        self.assertIn("restartPolicy: Always", sidecar)
        self.assertRegex(sidecar, r"image: insightd:\d")


class OthersCheck(unittest.TestCase):
    def test_hadolint_finds_nothing(self):
        status, out, err = run("hadolint", "deploy/docker/Dockerfile")
        self.assertEqual(status, 0, out + err)

    def test_the_shipped_configurations_fit_the_schema(self):
        files = ["config/insightd.yaml"] + [os.path.join(KUSTOMIZE, folder, "insightd.yaml")
                                            for folder in ("base", "components/sidecar")]
        status, out, err = run("check-jsonschema", "--schemafile", "config/insightd.schema.json", *files)
        self.assertEqual(status, 0, out + err)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("kafka: {bootstrap_server: x}\n")
            file.flush()
            status, out, err = run("check-jsonschema", "--schemafile", "config/insightd.schema.json", file.name)
        self.assertEqual(status, 1, out + err)


if __name__ == "__main__":
    unittest.main()
