"""docs/configuration.md is the schema in words; the keys that documents name exist; its examples are valid."""

import json
import os
import re
import subprocess
import tempfile
import unittest

from documents import INSIGHTD, ROOT, blocks, code_words, documents, insightd, read

DOCUMENT = read("docs/configuration.md")


def schema():
    return json.loads(insightd("config", "schema").stdout)


def keys(node, path=""):
    """(path, schema of the key) for each key that is no section."""
    for name, child in node["properties"].items():
        inner = f"{path}.{name}" if path else name
        if "default" not in child and "properties" in child:
            yield from keys(child, inner)
        else:
            yield inner, child


class KeysTest(unittest.TestCase):
    def check(self, **environment):
        return subprocess.run([os.path.join(ROOT, "scripts", "configuration"), "--check"], capture_output=True, text=True,
                              check=False, env={**os.environ, "INSIGHTD": INSIGHTD, **environment})

    def test_the_tables_are_what_the_script_writes(self):
        run = self.check()
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_every_key_of_the_schema_is_in_a_table(self):
        described = re.findall(r"^\| `([a-z_.]+)` \| `", DOCUMENT, re.MULTILINE)
        selector = schema()["properties"]["selectors"]["items"]["properties"]
        self.assertEqual(described, [path for path, _ in keys(schema()) if path != "selectors"] + list(selector))

    def test_the_script_sees_a_program_that_says_something_else(self):
        with tempfile.TemporaryDirectory() as folder:
            other = os.path.join(folder, "insightd")
            with open(other, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\n{INSIGHTD} config schema | sed 's/one sensitivity knob/many knobs/'\n")
            os.chmod(other, 0o755)
            run = self.check(INSIGHTD=other)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn("run scripts/configuration", run.stderr)

    def test_every_key_that_documents_name_exists(self):
        known = {path for path, _ in keys(schema())}
        sections = {path.rsplit(".", 1)[0] for path in known} | {"kafka"}
        for name in documents():
            for word in code_words(read(name)):
                path = re.match(r"((?:kafka|input|detection|limits|admin|telemetry|logging)\.[a-z_.]+)(?:: \S+)?$", word)
                if path:
                    self.assertIn(path.group(1), known | sections, name)


class ExamplesTest(unittest.TestCase):
    def test_yaml_examples_are_valid(self):
        examples = [block for block in blocks(DOCUMENT) if re.match(r"(kafka|selectors|detection|input):", block)]
        self.assertGreaterEqual(len(examples), 2)
        for example in examples:
            with tempfile.TemporaryDirectory() as folder, self.subTest(example=example):
                secret = os.path.join(folder, "secret")
                with open(secret, "w", encoding="utf-8") as file:
                    file.write("x\n")
                path = os.path.join(folder, "insightd.yaml")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(re.sub(r"/run/secrets/\S+?(?=[},\s])", secret, example))
                run = insightd("validate", "--config", path)
                self.assertEqual(run.returncode, 0, run.stderr)


if __name__ == "__main__":
    unittest.main()
