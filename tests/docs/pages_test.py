"""The commands of the pages that need no broker work as they stand, and print what the pages say."""

import re
import unittest

from documents import documents, read
from pages import ON_KAFKA, PAGES, Clone, check_page, missing_line, steps

# Commands in indented blocks, and why the tests do not run them as they stand.
SHOWN_ONLY = {
    r"(\./)?scripts/": "they are tests, or measure for minutes; that they exist is tested",
    r"cmake |build/tests/": "what built these tests, and tests themselves",
    r"build/insightd run --config config/insightd.yaml": "docs/quick-start.md runs it, on a broker",
    r"build/insight-trail --scale": "a minute of load, for measurements",
    r"docker compose ": "there is no container engine here; the file is held against the Compose Specification",
}
COMMAND = r"^ {4,}(?=(?:\./)?(?:scripts/|build/|insightd |insight-trail |cmake |docker compose ))(.*)$"


def shown_only(text):
    return re.findall(COMMAND, re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)


class PagesTest(unittest.TestCase):
    def test_pages_do_what_they_say(self):
        for name in PAGES:
            if steps(read(name)):
                with self.subTest(name=name):
                    check_page(self, name)

    def test_every_page_with_commands_is_run(self):
        with_commands = {name for name in documents() if steps(read(name))}
        self.assertEqual(with_commands - set(PAGES) - set(ON_KAFKA), set())

    def test_commands_that_are_shown_only_are_the_ones_that_cannot_be_run_here(self):
        for name in documents():
            for command in shown_only(read(name)):
                with self.subTest(name=name, command=command):
                    self.assertTrue(any(re.match(pattern, command) for pattern in SHOWN_ONLY), "fence it as ```sh")

    def test_a_command_that_is_not_run_is_seen(self):
        self.assertEqual(shown_only("```sh\nbuild/insightd replay a\n```\n\n    build/insightd replay b  # why\n    prose\n"),
                         ["build/insightd replay b  # why"])


class RunnerTest(unittest.TestCase):
    def test_a_command_that_fails_fails_the_page(self):
        clone = Clone()
        self.addCleanup(clone.close)
        with self.assertRaisesRegex(AssertionError, "unknown key"):
            clone.run(["build/insightd validate --config config/insightd.yaml\n",
                       "build/insightd validate --config config/insightd.yaml --set detection.alert_buget=3\n"])

    def test_what_a_command_does_not_print_is_missed(self):
        self.assertIsNone(missing_line(["a … c", "d"], "a b c\nx\nd\n"))
        self.assertEqual(missing_line(["d", "a … c"], "a b c\nd\n"), "a … c")

    def test_blocks_and_what_they_print_are_found(self):
        text = "```sh\none\n```\n\n```text\n1\n```\n\n    shown\n\n```sh\ntwo\n```\n"
        self.assertEqual(steps(text), [("one\n", ["1"]), ("two\n", [])])


if __name__ == "__main__":
    unittest.main()
