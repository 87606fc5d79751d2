"""deploy/compose against the Compose Specification's own schema, which refuses what is misspelt.

Run by scripts/check-deploy, which has the tools in the PATH.
"""

import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMPOSE = os.path.join(ROOT, "deploy", "compose", "compose.yaml")


def check(path):
    run = subprocess.run(["check-jsonschema", "--builtin-schema", "vendor.compose-spec", path], capture_output=True, text=True,
                         check=False)
    return run.returncode, run.stdout + run.stderr


class ComposeCheck(unittest.TestCase):
    def test_it_fits_the_specification(self):
        status, text = check(COMPOSE)
        self.assertEqual(status, 0, text)

    def test_a_mistake_is_found(self):
        with open(COMPOSE, encoding="utf-8") as file:
            text = file.read()
        for right, wrong in (("read_only: true", "readonly: true"), ("condition: service_healthy", "condition: healthy"),
                             ("profiles: [demo]", "profile: [demo]"), ("type: bind", "type: bound")):
            with self.subTest(wrong=wrong), tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                self.assertIn(right, text)
                file.write(text.replace(right, wrong))
                file.flush()
                self.assertEqual(check(file.name)[0], 1)


if __name__ == "__main__":
    unittest.main()
