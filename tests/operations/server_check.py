"""What is rendered, given to a real Kubernetes API server: it takes every case without a warning and refuses what is wrong.

Run by scripts/check-deploy, which has the tools in the PATH and the definitions of custom resources.
"""

import glob
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kubernetes_check import CASES, CHART, KUSTOMIZE, ROOT, run, template  # noqa: E402
from kubernetes_server import KubernetesServer  # noqa: E402

DEFINITIONS = os.environ["INSIGHT_DEFINITIONS"]
STOP_SECONDS = 20  # what the daemon promises


def chart(case):
    status, out, err = template(*(["--values", os.path.join(CHART, "cases", case)] if case else []))
    assert status == 0, err
    return out


def kustomization(folder):
    status, out, err = run("kustomize", "build", os.path.join(KUSTOMIZE, folder))
    assert status == 0, err
    return out


def rendered():
    """name: manifests, of everything that can be rendered"""
    cases = {f"chart with {case}": chart(case) for case in ["", *CASES]}
    return {**cases, **{folder: kustomization(folder) for folder in ("base", "examples/application")}}


class ServerCheck(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = KubernetesServer()
        cls.addClassCleanup(cls.server.close)
        for definition in glob.glob(os.path.join(DEFINITIONS, "*.yaml")):
            cls.must("apply", "--server-side", "-f", definition)
            with open(definition, encoding="utf-8") as file:
                name = re.search(r"^  name: (\S+)$", file.read(), re.MULTILINE).group(1)
            cls.must("wait", "--for=condition=Established", "--timeout=60s", f"crd/{name}")
        # The strictest of Kubernetes's Pod Security Standards: refuses Pods, warns of what would make them.
        cls.must("create", "namespace", "audit")
        cls.must("label", "namespace", "audit", *(f"pod-security.kubernetes.io/{what}=restricted" for what in ("enforce", "warn")))

    @classmethod
    def must(cls, *arguments, text=None):
        status, out, err = cls.server.kubectl(*arguments, text=text)
        assert status == 0, f"{arguments}: {err}"
        return out

    def dry_run(self, manifests):
        """(status, what it said) of the server; custom resources and unknown fields are checked as strictly."""
        status, out, err = self.server.kubectl("apply", "--dry-run=server", "--validate=strict", "-n", "audit", "-f", "-",
                                               text=manifests)
        self.assertEqual(status == 0, len(re.findall(r"^kind: ", manifests, re.MULTILINE)) == out.count("(server dry run)"), out)
        return status, err

    def test_everything_is_taken_without_a_warning(self):
        for name, manifests in rendered().items():
            with self.subTest(name=name):
                self.assertEqual(self.dry_run(manifests), (0, ""))

    def test_what_is_wrong_is_refused(self):
        everything, sidecar = chart("all.yaml"), kustomization("examples/application")
        for manifests, right, wrong, said in (
                (sidecar, "restartPolicy: Always", "restartPolicy: Alwayz", "Unsupported value"),
                (sidecar, "port: admin", "port: admn-with-far-too-long-a-name", "must be no more than 15 characters"),
                (everything, "readOnlyRootFilesystem: true", "readonlyRootFilesystem: true", "unknown field"),
                (everything, "automountServiceAccountToken: false", "automountServiceAccountToken: no way", "cannot unmarshal"),
                (everything, "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "violate.*PodSecurity"),
                (everything, "runAsNonRoot: true", "runAsNonRoot: false", "violate.*PodSecurity"),
                (everything, "maxReplicaCount: 12", "maxReplicaCount: many", "spec.maxReplicaCount"),
                (everything, "pollingInterval: 60", "poolingInterval: 60", "unknown field"),
                (everything, "interval: 30s}", "interval: 30}", "spec.podMetricsEndpoints"),
                (everything, "severity: page", "severity: 1", "spec.groups"),
                (everything, "protocol: TCP, port: 9093", "protocol: TCP, port: 90930", "must be between 1 and 65535"),
                (everything, "type: RuntimeDefault", "type: Default", "Unsupported value"),
                (everything, "unhealthyPodEvictionPolicy: AlwaysAllow", "unhealthyPodEvictionPolicy: Allow", "supported values"),
                (everything, "serviceName: engine-insightd", "serviceName: Engine_insightd", "serviceName|must consist of"),
                (everything, "memory: 2Gi", "memory: 2 Gi", "quantities must match")):
            with self.subTest(wrong=wrong):
                self.assertIn(right, manifests)
                _, err = self.dry_run(manifests.replace(right, wrong))
                self.assertRegex(err, said)

    def test_a_selector_that_does_not_match_is_refused(self):
        manifests = chart("all.yaml")
        at = manifests.index("matchLabels:", manifests.index("kind: StatefulSet"))
        wrong = manifests[:at] + manifests[at:].replace("app.kubernetes.io/instance: engine", "app.kubernetes.io/instance: other", 1)
        status, err = self.dry_run(wrong)
        self.assertEqual(status, 1)
        self.assertIn("`selector` does not match template `labels`", err)

    def test_a_stop_is_shorter_than_the_grace_period(self):
        for name, manifests in rendered().items():
            with self.subTest(name=name):
                out = self.must("apply", "--dry-run=server", "-n", "audit", "-o", "json", "-f", "-", text=manifests)
                pods = [item["spec"]["template"]["spec"] for item in json.loads(out)["items"] if "template" in item.get("spec", {})]
                self.assertEqual(len(pods), 1)
                # A third more, for what the kubelet needs; a sidecar is told to stop when the application has stopped.
                beside = 2 if "initContainers" in pods[0] else 1
                self.assertGreaterEqual(pods[0]["terminationGracePeriodSeconds"], beside * STOP_SECONDS * 4 / 3)

    def test_the_keda_trigger_names_what_the_scaler_knows(self):
        with open(os.path.join(DEFINITIONS, "kafka_scaler.go"), encoding="utf-8") as file:
            known = dict(re.findall(r'`keda:"name=(\w+),order=(\S+?)[,"]', file.read()))
        out = self.must("apply", "--dry-run=server", "-n", "audit", "-o", "json", "-f", "-", text=chart("all.yaml"))
        (scaled,) = [item for item in json.loads(out)["items"] if item["kind"] == "ScaledObject"]
        self.assertEqual([trigger["metadata"]["topic"] for trigger in scaled["spec"]["triggers"]], ["audit-events", "more-events"])
        for trigger in scaled["spec"]["triggers"]:
            for name in trigger["metadata"]:
                self.assertIn("triggerMetadata", known.get(name, ""), name)
        with open(os.path.join(ROOT, "deploy", "kubernetes", "keda", "README.md"), encoding="utf-8") as file:
            (example,) = re.findall(r"^```yaml\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
        self.assertEqual(self.dry_run(example), (0, ""))
        for name in re.findall(r"parameter: (\w+)", example):
            self.assertIn("authParams", known.get(name, ""), name)

    def test_a_release_is_installed_changed_and_rolled_back(self):
        def helm(*arguments):
            status, out, err = run("helm", *arguments, "--namespace", "audit", "--kubeconfig", self.server.kubeconfig)
            self.assertEqual(status, 0, out + err)

        def replicas():
            return self.must("-n", "audit", "get", "statefulset", "engine-insightd", "-o", "jsonpath={.spec.replicas}/{..memory}")

        helm("install", "engine", CHART)
        self.addCleanup(helm, "uninstall", "engine")
        first = replicas()
        helm("upgrade", "engine", CHART, "--values", os.path.join(CHART, "cases", "all.yaml"), "--set", "keda.enabled=false")
        self.assertEqual((first, replicas()), ("2/1Gi 1Gi", "3/2Gi 2Gi"))
        helm("rollback", "engine", "1")
        self.assertEqual(replicas(), first)


if __name__ == "__main__":
    unittest.main()
