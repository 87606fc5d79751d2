"""A running daemon takes a changed configuration by itself, all of it or nothing."""

import os
import re
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
from daemon import Daemon  # noqa: E402

FIXED = "kafka: {bootstrap_servers: '127.0.0.1:1'}\nadmin: {listen: '127.0.0.1:0'}\n"


class ReloadTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        # As Kubernetes mounts a ConfigMap: the file is a link into a folder that is a link, which is swapped.
        self.swap(FIXED)
        os.symlink(os.path.join("data", "insightd.yaml"), os.path.join(self.folder, "insightd.yaml"))
        self.daemon = Daemon(os.path.join(self.folder, "insightd.yaml"))
        self.addCleanup(self.daemon.stop)

    def swap(self, text):
        version = tempfile.mkdtemp(dir=self.folder)
        with open(os.path.join(version, "insightd.yaml"), "w", encoding="utf-8") as file:
            file.write(text)
        link = os.path.join(version, "link")
        os.symlink(version, link)
        os.replace(link, os.path.join(self.folder, "data"))

    def reloads(self):
        return dict(re.findall(r'^insight_config_reloads_total\{result="(\w+)"\} (\d+)', self.daemon.get("/metrics")[1],
                               re.MULTILINE))

    def test_a_swapped_link_is_taken(self):
        self.swap(FIXED + "logging: {level: debug}\ndetection: {alert_budget: 3}\n")
        self.daemon.read_until("was read again")
        self.assertEqual(self.reloads(), {"applied": "1", "refused": "0"})

    def test_a_mistake_leaves_what_is_in_force(self):
        self.swap(FIXED + "detection: {alert_bugdet: 3}\n")
        self.daemon.read_until("the configuration in force stays")
        self.assertIn(b"did you mean detection.alert_budget?", self.daemon.log)
        self.assertEqual(self.reloads(), {"applied": "0", "refused": "1"})

    def test_what_needs_a_restart_is_refused_by_name(self):
        self.swap(FIXED + "input: {lateness: 1m}\ndetection: {alert_budget: 3}\n")
        self.daemon.read_until("was not taken, because input.lateness cannot change while insightd runs; restart it")
        self.assertEqual(self.reloads(), {"applied": "0", "refused": "1"})

    def test_a_signal_reads_it_again_and_does_not_end_the_daemon(self):
        self.daemon.send(signal.SIGHUP)
        self.daemon.read_until("was read again")
        self.assertEqual(self.daemon.get("/livez")[0], 200)


if __name__ == "__main__":
    unittest.main()
