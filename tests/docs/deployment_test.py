"""The manifests under deploy/ fit the program: their configuration is valid, their commands and ports exist."""

import json
import os
import re
import unittest

from documents import ROOT, insightd, read

BASE = read("deploy/kubernetes/kustomize/base/statefulset.yaml")
SIDECAR = read("deploy/kubernetes/kustomize/components/sidecar/sidecar.yaml")
CONFIGURATIONS = [f"deploy/kubernetes/kustomize/{folder}/insightd.yaml" for folder in ("base", "components/sidecar")]
DOCKERFILE = read("deploy/docker/Dockerfile")


def version():
    return re.search(r"project\(insightd VERSION (\S+)", read("CMakeLists.txt")).group(1)


class KubernetesTest(unittest.TestCase):
    def test_the_configurations_are_valid(self):
        for name in CONFIGURATIONS:
            run = insightd("validate", "--config", os.path.join(ROOT, name))
            self.assertEqual(run.returncode, 0, run.stderr)

    def test_probes_name_the_port_that_is_listened_on(self):
        for manifest, name in zip((BASE, SIDECAR), CONFIGURATIONS):
            port = re.search(r"listen: \S+:(\d+)", read(name)).group(1)
            self.assertIn(f"{{name: admin, containerPort: {port}}}", manifest)
            probes = set(re.findall(r"httpGet: \{path: (\S+), port: (\w+)\}", manifest))
            self.assertLessEqual(probes, {("/livez", "admin"), ("/readyz", "admin")})
            self.assertIn(("/livez", "admin"), probes)

    def test_an_engine_that_restores_does_not_take_the_application_out_of_service(self):
        self.assertIn("readinessProbe:", BASE)
        self.assertNotIn("readinessProbe:", SIDECAR)

    def test_the_container_may_use_what_the_engine_may(self):
        for manifest, name in zip((BASE, SIDECAR), CONFIGURATIONS):
            allowed = re.search(r"memory: (\d+Gi)B", read(name)).group(1)
            self.assertIn(f"limits: {{memory: {allowed}}}", manifest)

    def test_the_image_is_of_this_version_and_runs_the_mounted_file(self):
        for folder in ("base", "components/sidecar"):
            self.assertIn(f"{{name: insightd, newTag: {version()}}}",
                          read(f"deploy/kubernetes/kustomize/{folder}/kustomization.yaml"))
        for manifest in (BASE, SIDECAR):
            folder = re.search(r"config, mountPath: ([^,]+)", manifest).group(1)
            self.assertIn(f"args: [run, --config, {folder}/insightd.yaml]", manifest)
        self.assertIn(f"appVersion: {version()}\n", read("deploy/kubernetes/helm/insightd/Chart.yaml"))


class ChartTest(unittest.TestCase):
    def test_its_values_hold_what_the_program_takes(self):
        """Helm refuses a wrong `config` before anything is changed. INSIGHT_UPDATE=1 writes the schema anew."""
        program = json.loads(insightd("config", "schema").stdout)
        wanted = {"description": "The configuration file.", "type": "object", "additionalProperties": False,
                  "properties": program["properties"]}
        wanted["properties"]["admin"] = wanted["properties"]["limits"]["properties"]["memory"] = False  # the chart's own
        path = "deploy/kubernetes/helm/insightd/values.schema.json"
        schema = json.loads(read(path))
        if os.environ.get("INSIGHT_UPDATE"):
            schema["properties"]["config"] = wanted
            with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
                file.write(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
        self.assertEqual(schema["properties"]["config"], wanted)

    def test_it_brings_every_dashboard(self):
        shipped = {name for name in os.listdir(os.path.join(ROOT, "grafana")) if name.endswith(".json")}
        files = os.path.join(ROOT, "deploy", "kubernetes", "helm", "insightd", "files")
        self.assertEqual({name for name in os.listdir(files) if name.endswith(".json")}, shipped)
        for name in os.listdir(files):
            self.assertTrue(os.path.exists(os.path.join(files, name)), name)


class DockerfileTest(unittest.TestCase):
    def test_what_is_copied_exists(self):
        copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        self.assertGreaterEqual(len(copied), 2)
        for path in " ".join(copied).split():
            with self.subTest(path=path):
                self.assertTrue(os.path.exists(os.path.join(ROOT, path)))

    def test_the_port_and_the_command_are_those_of_the_configuration(self):
        self.assertIn(f"EXPOSE {re.search(r'listen: .*:([0-9]+)', read('config/insightd.yaml')).group(1)}\n", DOCKERFILE)
        self.assertIn('CMD ["run", "--config", "/etc/insightd/insightd.yaml"]', DOCKERFILE)


if __name__ == "__main__":
    unittest.main()
