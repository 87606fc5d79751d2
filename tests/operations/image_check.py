"""The whole image, built from its Dockerfile as a user would, passes what tests/operations/image_test.py asks of an image.

Run by scripts/check-deploy. The base comes from its registry; where that cannot be reached, from Debian's archive by
mmdebstrap: the same packages, without what the official image leaves out.
"""

import os
import shutil
import subprocess
import tempfile
import unittest

import image_test
from image_test import Builder

BASE = "docker.io/library/debian:bookworm-slim"
# Authorities that this machine's network adds to the well-known ones.
AUTHORITIES = "/usr/local/share/ca-certificates"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def make_base(builder):
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, "root.tar")
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", root], check=True)
        container = builder("from", "scratch")
        builder("add", container, root, "/")
        if os.path.isdir(AUTHORITIES):
            builder("add", container, AUTHORITIES, AUTHORITIES)
        builder("config", "--env", f"NODE_EXTRA_CA_CERTS={BUNDLE}", container)
        builder("commit", "--rm", container, BASE)


class WholeImageCheck(image_test.ImageTest):
    @classmethod
    def setUpClass(cls):
        if shutil.which("buildah") is None:
            raise unittest.SkipTest("there is no buildah: apt-get install buildah mmdebstrap")
        builder = Builder()
        cls.addClassCleanup(builder.close)
        try:
            builder("pull", "--quiet", BASE)
        except AssertionError:
            make_base(builder)
        cls.open(builder, builder("bud", "--quiet", "--isolation", "chroot", "--pull=never", "--file", "deploy/docker/Dockerfile",
                                  "."))


del image_test  # or its tests run here as well


if __name__ == "__main__":
    unittest.main()
