"""The README's promises: its insights are those of the demo, its commands work."""

import os
import re
import subprocess
import tempfile
import unittest

from documents import INSIGHT_TRAIL, INSIGHTD, ROOT, blocks, read

README = read("README.md")
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()


class DemoTest(unittest.TestCase):
    """What `scripts/demo` shows, by the same two programs."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="insight-readme-")
        cls.addClassCleanup(folder.cleanup)
        cls.records = os.path.join(folder.name, "insights.ndjson")
        trail = os.path.join(folder.name, "trail")
        subprocess.run([INSIGHT_TRAIL, "--output", trail], check=True, capture_output=True)
        cls.replay = subprocess.run([INSIGHTD, "replay", "--table", "--output", cls.records, trail],
                                    check=True, capture_output=True, encoding="utf-8")

    def test_the_insights_shown_are_those_of_the_demo(self):
        shown = next(block for block in blocks(README) if "├──" in block)
        for line in shown.splitlines():
            self.assertIn(line, self.replay.stdout.splitlines(), "run scripts/demo, and copy its lines")

    def test_their_number_is_that_of_the_demo(self):
        number = NUMBERS.index(re.search(r"of the (\w+) insights that the demo shows", README).group(1))
        self.assertIn(f"insights_started: {number}\n", self.replay.stderr)

    def test_the_options_of_the_demo_are_those_of_its_script(self):
        self.assertIn("replay --table --output demo/insights.ndjson demo/trail\n", read("scripts/demo"))


class CommandsTest(unittest.TestCase):
    def test_the_validate_command_works_as_it_stands(self):
        command = next(line.split("#")[0].split() for block in blocks(README) for line in block.splitlines()
                       if "insightd validate" in line)
        run = subprocess.run([INSIGHTD, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_its_scripts_can_be_run(self):
        for script in re.findall(r"^    \./(scripts/\S+)", README, re.MULTILINE):
            with self.subTest(script=script):
                self.assertTrue(os.access(os.path.join(ROOT, script), os.X_OK))


if __name__ == "__main__":
    unittest.main()
