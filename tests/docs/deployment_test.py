"""The manifests under deploy/ fit the program: their configuration is valid, their commands and ports exist."""

import os
import re
import tempfile
import textwrap
import unittest

from documents import ROOT, insightd, read

MANIFEST = read("deploy/kubernetes/sidecar.yaml")
DOCKERFILE = read("deploy/docker/Dockerfile")


def version():
    return re.search(r"project\(insightd VERSION (\S+)", read("CMakeLists.txt")).group(1)


class SidecarTest(unittest.TestCase):
    def configuration(self):
        """The text of the ConfigMap's file."""
        block = re.search(r"^  insightd\.yaml: \|\n((?:    .*\n)+)", MANIFEST, re.MULTILINE).group(1)
        return textwrap.dedent(block)

    def test_the_configuration_is_valid(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(self.configuration())
            file.flush()
            run = insightd("validate", "--config", file.name)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_probes_and_annotations_name_the_port_that_is_listened_on(self):
        port = re.search(r"listen: \S+:(\d+)", self.configuration()).group(1)
        self.assertIn(f"containerPort: {port}", MANIFEST)
        self.assertIn(f'prometheus.io/port: "{port}"', MANIFEST)
        self.assertEqual(set(re.findall(r"httpGet: \{path: (\S+), port: (\w+)\}", MANIFEST)),
                         {("/livez", "admin"), ("/readyz", "admin")})

    def test_the_container_may_use_more_than_the_configuration_allows(self):
        allowed = int(re.search(r"memory: (\d+)GiB", self.configuration()).group(1)) * 1024
        limit = max(int(mebibytes) for mebibytes in re.findall(r"limits: \{memory: (\d+)Mi\}", MANIFEST))
        self.assertGreater(limit, allowed)

    def test_the_image_is_of_this_version_and_runs_the_mounted_file(self):
        self.assertIn(f"image: insightd:{version()}\n", MANIFEST)
        folder = re.search(r"name: insightd-config, mountPath: ([^,]+)", MANIFEST).group(1)
        self.assertIn(f"args: [run, --config, {folder}/insightd.yaml]", MANIFEST)


class DockerfileTest(unittest.TestCase):
    def test_what_is_copied_exists(self):
        copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        self.assertGreaterEqual(len(copied), 3)
        for path in " ".join(copied).split():
            with self.subTest(path=path):
                self.assertTrue(os.path.exists(os.path.join(ROOT, path)))

    def test_the_port_and_the_command_are_those_of_the_configuration(self):
        self.assertIn(f"EXPOSE {re.search(r'listen: .*:([0-9]+)', read('config/insightd.yaml')).group(1)}\n", DOCKERFILE)
        self.assertIn('CMD ["run", "--config", "/etc/insightd/insightd.yaml"]', DOCKERFILE)


if __name__ == "__main__":
    unittest.main()
