"""deploy/compose fits what it puts together: every file it mounts is there, every image is of one version, and what it hands to a program
that program takes."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
from documents import INSIGHT_LIVE, INSIGHTD, ROOT, read  # noqa: E402
from prometheus import program  # noqa: E402

FOLDER = os.path.join(ROOT, "deploy", "compose")
COMPOSE = read("deploy/compose/compose.yaml")
VERSION = re.search(r"project\(insightd VERSION (\S+)", read("CMakeLists.txt")).group(1)


def service(name):
    """Its lines."""
    return re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", COMPOSE, re.MULTILINE).group(1)


def items(name, key):
    """The list below a key of a service, with what is in the place of its variables by default."""
    block = re.search(rf"^    {key}:\n((?:      - .*\n)+)", service(name), re.MULTILINE).group(1)
    return [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", item) for item in re.findall(r"^      - (.*)$", block, re.MULTILINE)]


def mounts(name):
    """{target: source} of the files of this repository."""
    found = re.findall(r"type: bind, source: ([^,]+), target: ([^,]+), read_only: true", service(name))
    return {target: os.path.normpath(os.path.join(FOLDER, source)) for source, target in found}


class ReadmeTest(unittest.TestCase):
    def test_its_commands_name_what_is_there(self):
        commands = re.findall(r"^    (.*docker compose .*)$", read("README.md"), re.MULTILINE)
        self.assertEqual(len(commands), 2)
        for command in commands + re.findall(r"^#   (.*docker compose .*)$", COMPOSE, re.MULTILINE):
            self.assertIn(" -f deploy/compose/compose.yaml ", command)
            for variable in re.findall(r"\b([A-Z_]+)=", command):
                self.assertIn(f"${{{variable}:-", COMPOSE)
            for profile in re.findall(r"--profile (\w+)", command):
                self.assertIn(f"profiles: [{profile}]", COMPOSE)


class ComposeTest(unittest.TestCase):
    def test_what_is_mounted_is_there(self):
        mounted = [source for name in ("insightd", "prometheus", "grafana", "traffic") for source in mounts(name).values()]
        self.assertEqual(len(mounted), COMPOSE.count("type: bind"))
        self.assertGreaterEqual(len(mounted), 6)
        for source in mounted:
            self.assertTrue(os.path.exists(source), source)

    def test_every_image_is_of_one_version(self):
        images = re.findall(r"^    image: (\S+)$", COMPOSE, re.MULTILINE)
        self.assertEqual(len(images), 5)
        for image in images:
            self.assertRegex(image, r":v?\d+\.\d+\.\d+$")
        self.assertIn(f"insightd:{VERSION}", images)
        self.assertIn(f"insight-live:{VERSION}", images)
        # The broker that the tests run on.
        kafka = re.search(r"<kafka.version>(\S+)</kafka.version>", read("scripts/kafka/pom.xml")).group(1)
        self.assertIn(f"docker.io/apache/kafka:{kafka}", images)

    def test_what_it_names_it_has(self):
        services = set(re.findall(r"^  (\w+):$", COMPOSE.split("services:")[1].split("\nvolumes:")[0], re.MULTILINE))
        self.assertEqual(services, {"insightd", "prometheus", "grafana", "kafka", "traffic"})
        waits = re.findall(r"^      (\w+): \{condition:|depends_on: \[(\w+)\]", COMPOSE, re.MULTILINE)
        self.assertEqual(len(waits), COMPOSE.count("depends_on:"))
        self.assertLessEqual({"".join(each) for each in waits}, services)
        self.assertEqual(set(re.findall(r"type: volume, source: (\w+)", COMPOSE)),
                         set(re.findall(r"^  (\w+):$", COMPOSE.split("\nvolumes:")[1], re.MULTILINE)))

    def test_every_target_is_a_stage_of_the_dockerfile(self):
        for target in re.findall(r"dockerfile: deploy/docker/Dockerfile, target: (\w+)", COMPOSE):
            self.assertIn(f"FROM scratch AS {target}\n", read("deploy/docker/Dockerfile"))

    def test_ports_are_open_to_this_machine_alone(self):
        ports = re.findall(r"^    ports: \[\"(.*)\"\]$", COMPOSE, re.MULTILINE)
        self.assertEqual(ports, ["127.0.0.1:9464:9464", "127.0.0.1:9090:9090", "127.0.0.1:3000:3000"])

    def test_insightd_takes_its_configuration(self):
        command = [mounts("insightd").get(word.removeprefix("--config="), word) for word in items("insightd", "command")]
        self.assertEqual(command[0], "run")
        command = [f"--config={word}" if word.startswith(ROOT) else word for word in command[1:]]
        run = subprocess.run([INSIGHTD, "config", "print", *command], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("bootstrap_servers: kafka:9092\n", run.stdout)
        self.assertIn("events: [audit-events]\n", run.stdout)
        self.assertIn('listen: "0.0.0.0:9464"\n', run.stdout)

    def test_the_traffic_takes_its_options(self):
        known = subprocess.run([INSIGHT_LIVE, "--help"], capture_output=True, text=True, check=True).stdout
        for word in items("traffic", "command"):
            option, value = word.split("=")
            self.assertIn(f"  {option} ", known)
            if value.startswith("/"):
                self.assertIn(value, mounts("traffic"))

    def test_the_traffic_runs_with_what_its_image_holds(self):
        with tempfile.TemporaryDirectory() as folder:
            root = os.path.join(folder, "rootfs")
            subprocess.run([os.path.join(ROOT, "deploy", "docker", "make-rootfs"), INSIGHT_LIVE, root], check=True)
            enter = ["chroot", "--userspec=65532:65532"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
            run = subprocess.run([*enter, root, "/usr/bin/insight-live", "--help"], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("--bootstrap-servers", run.stdout)

    def test_prometheus_takes_its_configuration(self):
        paths = mounts("prometheus")
        path = re.search(r"--config\.file=(\S+)", service("prometheus")).group(1)
        run = subprocess.run([program("promtool"), "check", "config", "--syntax-only", paths[path]], capture_output=True,
                             text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        for rules in re.findall(r"rule_files: \[([^\]]+)\]", read("deploy/compose/prometheus.yml")):
            self.assertIn(rules, paths)
        self.assertIn('targets: ["insightd:9464"]', read("deploy/compose/prometheus.yml"))

    def test_grafana_finds_its_dashboards_and_prometheus(self):
        paths = mounts("grafana")
        shown = re.search(r"path: ([^}]+)\}", read("grafana/provisioning/dashboards/insightd.yaml")).group(1)
        self.assertEqual(paths[shown], os.path.join(ROOT, "grafana"))
        home = re.search(r"HOME_DASHBOARD_PATH: (\S+)", service("grafana")).group(1)
        self.assertTrue(os.path.exists(home.replace(shown, paths[shown])), home)
        self.assertIn("url: http://prometheus:9090\n", read("grafana/provisioning/datasources/insightd.yaml"))


if __name__ == "__main__":
    unittest.main()
