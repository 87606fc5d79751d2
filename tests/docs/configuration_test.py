"""docs/configuration.md names every key, with its default and meaning; its examples are valid."""

import json
import os
import re
import tempfile
import unittest

from documents import blocks, code_words, insightd, read, table

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


def written(default):
    """A default as the table writes it."""
    return default if isinstance(default, str) and default else json.dumps(default)


class KeysTest(unittest.TestCase):
    def test_the_table_is_the_schema(self):
        # Selectors have a section of their own.
        wanted = [
            [f"`{path}`", f"`{written(key['default'])}`", key["description"]]
            for path, key in keys(schema())
            if path != "selectors"
        ]
        self.assertEqual(table(DOCUMENT, "key", "default", "meaning"), wanted)

    def test_the_keys_of_a_selector_are_those_of_the_schema(self):
        described = re.search(r"Each selector has ((?:.|\n)*?)\n\n", DOCUMENT).group(1)
        wanted = []
        for name, key in schema()["properties"]["selectors"]["items"]["properties"].items():
            wanted.append((name, json.dumps(key["default"]) if isinstance(key.get("default"), bool) else ""))
        self.assertEqual(re.findall(r"`(\w+)`(?: \((\w+)\))?", described), wanted)

    def test_every_key_that_documents_name_exists(self):
        known = {path for path, _ in keys(schema())}
        sections = {path.rsplit(".", 1)[0] for path in known} | {"kafka"}
        for name in ("README.md", "ARCHITECTURE.md", "docs/inputs.md", "docs/detection.md", "docs/reliability.md",
                     "docs/insight-record.md", "docs/formats.md", "docs/metrics.md"):
            for word in code_words(read(name)):
                path = re.match(r"((?:kafka|input|detection|limits|admin|logging)\.[a-z_.]+)(?:: \S+)?$", word)
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
