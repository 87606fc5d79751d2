"""The JSON Schema and `insightd validate` take and refuse the same values, for every key of the table.

Run by scripts/check-deploy, whose Python has a JSON Schema validator.
"""

import json
import os
import re
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSIGHTD = os.environ.get("INSIGHTD", os.path.join(ROOT, "build", "insightd"))

TEXTS = ["", "0", "x", "5", "true", "auto", "text", "json", "info", "INFO", "a b", ".", "..", "...", "a/b", "x" * 249, "x" * 250,
         "a*", "*a", "*", "a*b", "**", "10m", "1h30m", "1m1h", "1m1m", "10", "30h", "200ms", "1d2h3m4s5ms", "10000d", "10001d",
         "1GiB", "512MiB", "64MiB", "1KiB", "1GB", "0B", "h", "h:1", ":1", "h:0", "h:65535", "h:65536", "h:99999", "h:00080", "h:x",
         "h:", "[::1]:0", "[::1]", "[::1]:9", "[]:1", "::1:9", "SSL://b:2", "S L://b:2", "://b:2", "a:1,b:2", " a:1 , b:2 ", "a:1,",
         ",a:1", "a:000", "ärger"]
NUMBERS = [0, 1, -1, 7, 1.5, 12.0, 0.1, 0.09, 64, 65, 100, 101, 1000, 1001, 1024, 1025, 1000000, 10000000, 10000001, 1e300,
           123456789012]
MAPS = [{}, {"a": 1}, {"a": 1.5}, {"a": True}, {"a": "x"}, {"a": ""}, {"a": None}, {"a": {}}, {"a": []}, {"": 1}, {"a:b": 1}, {"a=b": 1},
        {"group.id": "x"}, {"bootstrap.servers": "x:1"}, {"transactional.id": "x"}, {"enable.auto.commit": False},
        {"enable.auto.commit": "false"}, {"enable.auto.commit": True}, {"enable.idempotence": True}, {"enable.idempotence": False},
        {"isolation.level": "read_committed"}, {"isolation.level": "read_uncommitted"}, {"max.in.flight": 1},
        {"max.in.flight.requests.per.connection": 5}]
LISTS = [[], ["a"], ["a", "b"], ["a", "a"], [5], [True], [None], [["a"]], [{}], ["a b"], [""], [f"t{i}" for i in range(64)],
         [f"t{i}" for i in range(65)], [{}] * 1000, [{}] * 1001, [{"include": False}], [{"call_rate": False}],
         [{"call_rate": False, "error_rate": False}], [{"include": False, "call_rate": False, "error_rate": False}], [{"x": 1}]]
VALUES = [None, True, False, *NUMBERS, *TEXTS, *MAPS, *LISTS]

# What a schema cannot say, by the words of `insightd validate`; it may be lenient there, and there alone.
LENIENT = [r"is also kafka\.topics\.", "librdkafka", "cannot be read; check the path", "there is no such file",
           r"does not fit; write a duration", r"does not fit; write a size"]


def leaves(schema, path=()):
    """(path, schema) of each key; sections too."""
    for name, child in schema["properties"].items():
        yield (*path, name), child
        if "default" not in child:
            yield from leaves(child, (*path, name))


def document(path, value):
    for name in reversed(path):
        value = {name: value}
    return value


class SettingsCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.schema = json.loads(subprocess.run([INSIGHTD, "config", "schema"], capture_output=True, check=True).stdout)
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.validator = jsonschema.Draft202012Validator(self.schema)

    def mistakes(self, number, value):
        """What insightd says of it; JSON is YAML."""
        path = os.path.join(self.folder, f"{number}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)
        run = subprocess.run([INSIGHTD, "validate", "--config", path], capture_output=True, text=True, check=False)
        os.remove(path)
        return run.stderr.splitlines()

    def compare(self, documents):
        """How many were taken and refused; fails where the two do not agree."""
        taken = 0
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for value, mistakes in zip(documents, pool.map(self.mistakes, range(len(documents)), documents)):
                fits = self.validator.is_valid(value)
                taken += not mistakes
                shown = f"{json.dumps(value)[:200]}: {mistakes}"
                if mistakes and fits:
                    # Every mistake must be one that a schema cannot see.
                    self.assertTrue(all(any(re.search(rule, line) for rule in LENIENT) for line in mistakes), shown)
                self.assertFalse(fits is False and not mistakes, f"the schema alone refuses {shown}")
        return taken, len(documents) - taken

    def test_every_key_takes_the_same_values(self):
        for path, _ in leaves(self.schema):
            with self.subTest(key=".".join(path)):
                taken, refused = self.compare([document(path, value) for value in VALUES])
                self.assertGreater(taken, 0)
                self.assertGreater(refused, 0)

    def test_every_key_of_a_selector_takes_the_same_values(self):
        for name in self.schema["properties"]["selectors"]["items"]["properties"]:
            with self.subTest(key=name):
                taken, refused = self.compare([{"selectors": [{name: value}]} for value in VALUES])
                self.assertGreater(taken, 0)
                self.assertGreater(refused, 0)

    def test_unknown_keys_are_refused_everywhere(self):
        sections = [()] + [path for path, key in leaves(self.schema) if "default" not in key]
        self.assertEqual(self.compare([document(path, {"unknown": 1}) for path in sections]), (0, len(sections)))

    def test_what_insightd_prints_fits(self):
        import yaml
        run = subprocess.run([INSIGHTD, "config", "print"], capture_output=True, text=True, check=True)
        self.validator.validate(yaml.safe_load(run.stdout))


if __name__ == "__main__":
    unittest.main()
