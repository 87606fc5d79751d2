"""What the image holds: small, complete, nobody's, and without a shell; it runs on a root file system that is read-only.

Where buildah is in the PATH the image's last stage is built with it, and what it made is looked at; elsewhere what that
stage copies is. scripts/check-deploy builds the whole of it.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
from documents import INSIGHTD, ROOT  # noqa: E402

BYTES_MAX = 60_000_000
NOBODY = "65532:65532"
STOPPED_IN = 20  # seconds: what the daemon promises


class Builder:
    """buildah with a store of its own, which close() removes."""

    def __init__(self):
        self._folder = tempfile.mkdtemp()

    def __call__(self, *arguments):
        options = ["--root", os.path.join(self._folder, "store"), "--runroot", os.path.join(self._folder, "run"),
                   "--storage-driver", "vfs"]
        run = subprocess.run(["buildah", *options, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise AssertionError(f"buildah {' '.join(arguments)}\n{run.stdout}{run.stderr}")
        return run.stdout.strip()

    def close(self):
        self("rm", "--all")
        self("rmi", "--all", "--force")
        shutil.rmtree(self._folder)


class ImageTest(unittest.TestCase):
    """`root`: the image's files. `image`: its configuration, None where there is no builder."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root, cls.image = os.path.join(folder.name, "rootfs"), None
        subprocess.run([os.path.join(ROOT, "deploy", "docker", "make-rootfs"), INSIGHTD, cls.root], check=True)
        # Without root buildah's mounts are seen only inside a namespace of its own.
        if shutil.which("buildah") and os.geteuid() == 0:
            builder = Builder()
            cls.addClassCleanup(builder.close)
            # The folder stands for the first stage, which would compile the program anew.
            cls.open(builder, builder("bud", "--quiet", "--isolation", "chroot", "--pull=never", "--build-context",
                                      f"build={folder.name}", "--file", "deploy/docker/Dockerfile", "."))

    @classmethod
    def open(cls, builder, image):
        cls.image = json.loads(builder("inspect", "--type", "image", image))["OCIv1"]
        cls.root = builder("mount", builder("from", "--pull=never", image))

    def command(self, *arguments, user=NOBODY):
        """What runs insightd inside, where nothing can be written, as the image's user; a tester who is not root needs
        a user namespace for that, and is root inside."""
        freeze = f"mount --bind {self.root} {self.root} && mount -o remount,bind,ro {self.root}"
        as_user = f"--userspec={user}" if os.geteuid() == 0 else ""
        namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        # In a changed root, which is no mount point, mounts cannot be made private first.
        if subprocess.run([*namespace, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            namespace += ["--propagation", "unchanged"]
        return [*namespace, "sh", "-c", f'{freeze} && exec chroot {as_user} {self.root} /usr/bin/insightd "$@"', "sh", *arguments]

    def insightd(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False)

    def test_it_runs_with_what_is_inside(self):
        run = self.insightd("version")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(run.stdout.startswith("insightd "))
        run = self.insightd("validate", "--config", "/etc/insightd/insightd.yaml")
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_nothing_can_be_written_where_it_runs(self):
        run = self.insightd("replay", "--output", "/tmp/records", "/etc/insightd")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("Read-only file system", run.stderr)

    def test_the_daemon_starts_answers_and_stops(self):
        arguments = self.image["config"]["Cmd"] if self.image else ["run", "--config", "/etc/insightd/insightd.yaml"]
        daemon = subprocess.Popen(self.command(*arguments, "--set", "admin.listen=127.0.0.1:0", "--set",
                                               "kafka.bootstrap_servers=127.0.0.1:1"), stderr=subprocess.PIPE)
        self.addCleanup(daemon.stderr.close)
        self.addCleanup(daemon.kill)
        log = b""
        for line in daemon.stderr:
            log += line
            if port := re.search(rb"metrics on port (\d+)", line):
                break
        else:
            self.fail(log)
        with urllib.request.urlopen(f"http://127.0.0.1:{int(port.group(1))}/livez", timeout=STOPPED_IN) as answer:
            self.assertEqual(answer.status, 200)
        with open(f"/proc/{daemon.pid}/status", encoding="utf-8") as status:
            users = re.search(r"^Uid:\s+(.*)", status.read(), re.MULTILINE).group(1).split()
        self.assertNotIn("0", users)
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=STOPPED_IN)
        self.assertEqual(daemon.returncode, 0)

    def test_it_is_small_and_has_no_shell(self):
        files = [os.path.join(folder, name) for folder, _, names in os.walk(self.root) for name in names]
        self.assertLess(sum(os.path.getsize(file) for file in files), BYTES_MAX)
        self.assertEqual([file for file in files if os.path.basename(file) in ("sh", "bash", "dash", "busybox")], [])

    def test_every_library_brings_its_licence(self):
        notices = os.listdir(os.path.join(self.root, "usr", "share", "doc"))
        for library in ("libc6", "libstdc++6", "libcurl4", "libssl3", "libsimdjson14"):
            self.assertIn(library, notices)
        self.assertIn("licences.md", os.listdir(os.path.join(self.root, "usr", "share", "doc", "insightd")))

    def test_whoever_runs_it_is_nobody_and_runs_the_daemon(self):
        if self.image is None:
            self.skipTest("there is no buildah, or no right to mount what it makes")
        config = self.image["config"]
        self.assertEqual(config["User"], NOBODY)
        self.assertEqual(config["Entrypoint"], ["/usr/bin/insightd"])
        self.assertEqual(config["Cmd"], ["run", "--config", "/etc/insightd/insightd.yaml"])
        self.assertEqual(list(config["ExposedPorts"]), ["9464/tcp"])
        self.assertEqual(len(self.image["rootfs"]["diff_ids"]), 1)  # one layer: the builder's are not in it


if __name__ == "__main__":
    unittest.main()
