"""What the image holds: small, complete, nobody's, and without a shell."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
from documents import INSIGHTD, ROOT  # noqa: E402

BYTES_MAX = 60_000_000


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = os.path.join(folder.name, "rootfs")
        subprocess.run([os.path.join(ROOT, "deploy", "docker", "make-rootfs"), INSIGHTD, cls.root], check=True)

    def insightd(self, *arguments):
        """Runs it inside, as the image's user; a tester who is not root needs a user namespace for that."""
        enter = ["chroot", "--userspec=65532:65532"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
        return subprocess.run([*enter, self.root, "/usr/bin/insightd", *arguments], capture_output=True, text=True,
                              check=False)

    def test_it_runs_with_what_is_inside(self):
        run = self.insightd("version")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(run.stdout.startswith("insightd "))
        run = self.insightd("validate", "--config", "/etc/insightd/insightd.yaml")
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_it_is_small_and_has_no_shell(self):
        files = [os.path.join(folder, name) for folder, _, names in os.walk(self.root) for name in names]
        self.assertLess(sum(os.path.getsize(file) for file in files), BYTES_MAX)
        self.assertEqual([file for file in files if os.path.basename(file) in ("sh", "bash", "dash", "busybox")], [])

    def test_every_library_brings_its_licence(self):
        notices = os.listdir(os.path.join(self.root, "usr", "share", "doc"))
        for library in ("libc6", "libstdc++6", "libcurl4", "libssl3", "libsimdjson14"):
            self.assertIn(library, notices)
        self.assertIn("licences.md", os.listdir(os.path.join(self.root, "usr", "share", "doc", "insightd")))


if __name__ == "__main__":
    unittest.main()
