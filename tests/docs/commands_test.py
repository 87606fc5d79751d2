"""Every command that a document, script or manifest shows exists, with the options that it is given."""

import os
import re
import subprocess
import unittest

from documents import INSIGHT_LIVE, INSIGHT_TRAIL, ROOT, blocks, code_words, documents, insightd, read

FOLDERS = "scripts|cmake|config|deploy|docs|grafana|models|src|tests|tools"
WRITTEN = ("docs/check-result.md", "docs/accuracy.md")  # by scripts: there once they ran


def help_of(program, *command):
    if program == "insightd":
        return insightd(*command, "--help")
    made = {"insight-trail": INSIGHT_TRAIL, "insight-live": INSIGHT_LIVE}[program]
    return subprocess.run([made, "--help"], capture_output=True, text=True, check=False)


def commands(text):
    """The command lines of the three programs in a document: in blocks, and between backquotes."""
    candidates = [line for block in blocks(text) for line in block.splitlines()] + code_words(text)
    for line in candidates:
        for command in re.split(r"&&|;| \| ", re.sub(r"(^|\s)#.*", "", line)):
            yield from command_of(command.strip())


def command_of(command):
    # At its beginning, or after what runs it (`time … build/insightd`); not inside of prose or a drawing.
    match = re.search(r"(?:^|[\s/])(insightd|insight-trail|insight-live) +(\S.*)", command)
    if match and not command.startswith(("|", "│", "docker")):
        yield match.group(1), match.group(2).split()


class CommandsTest(unittest.TestCase):
    def check(self, program, words, where):
        words = [word for word in words if word not in ("\\", "…")]
        command = []
        if program == "insightd":
            while words and re.fullmatch(r"[a-z]+", words[0]) and len(command) < 2:
                command.append(words.pop(0))
            if not command:
                return
            if command[0] not in ("config", "state"):
                words = command[1:] + words
                command = command[:1]
        shown = help_of(program, *command)
        self.assertEqual(shown.returncode, 0, f"{where}: {program} {' '.join(command)}: {shown.stderr}")
        if command:
            self.assertIn(f"insightd {' '.join(command)} ", shown.stdout.replace("[OPTIONS]", " [OPTIONS]"), where)
        for word in words:
            if word.startswith("--"):
                option = re.match(r"--[a-z-]+", word).group(0)
                self.assertRegex(shown.stdout, re.escape(option) + r"\b", f"{where}: {program} {command}")

    def test_documents_show_commands_that_exist(self):
        seen = 0
        for name in documents():
            for program, words in commands(read(name)):
                with self.subTest(name=name, program=program, words=words):
                    self.check(program, words, name)
                    seen += 1
        self.assertGreater(seen, 10)

    def test_scripts_and_files_that_documents_name_exist(self):
        for name in documents():
            for path in re.findall(rf"(?<![\w/.-])(?:\./)?((?:{FOLDERS})/[\w/.-]*\w)", read(name)):
                if path in WRITTEN or path.startswith("tests/benchmarks/yardstick_"):
                    continue
                with self.subTest(name=name, path=path):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)

    def test_links_lead_somewhere(self):
        for name in documents():
            for target in re.findall(r"\]\(([^)#]+)\)", read(name)):
                if "://" not in target:
                    with self.subTest(name=name, target=target):
                        self.assertTrue(os.path.exists(os.path.join(ROOT, os.path.dirname(name), target)))

    def test_every_document_is_linked_from_another(self):
        linked = set()
        for name in documents():
            for target in re.findall(r"\]\(([^)#]+)\)", read(name)):
                linked.add(os.path.normpath(os.path.join(os.path.dirname(name), target)))
        # A folder's link shows its files.
        unlinked = [name for name in documents() if name.startswith("docs/") and not {name, os.path.dirname(name)} & linked]
        self.assertEqual([name for name in unlinked if name not in WRITTEN], [])


class UsageTest(unittest.TestCase):
    def test_every_command_says_what_it_is_for(self):
        shown = insightd("--help").stdout
        listed = re.findall(r"^  ([a-z]+) {2,}(\S.*)$", shown.split("Subcommands:")[1], re.MULTILINE)
        self.assertGreaterEqual(len(listed), 5)
        for command, sentence in listed:
            with self.subTest(command=command):
                self.assertIn(sentence, " ".join(insightd(command, "--help").stdout.split()))

    def test_options_of_every_command_are_explained(self):
        for command in (["run"], ["replay"], ["validate"], ["config", "print"], ["version"]):
            shown = insightd(*command, "--help").stdout
            # An option on a line: its name, perhaps its type and default, then words; or the words on the next line.
            for match in re.finditer(r"^  (?:-\w,)?(--[a-z-]+)[^\n]*(?:\n {20,}\S[^\n]*)*", shown, re.MULTILINE):
                with self.subTest(command=command, option=match.group(1)):
                    self.assertRegex(match.group(0), r" {2,}[A-Z]\w+")


if __name__ == "__main__":
    unittest.main()
