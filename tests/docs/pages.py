"""Runs a page as a reader would: its ```sh blocks, one after the other, in one shell, in a folder that is like a clone.

A ```text block after a ```sh block is what that block prints: each of its lines has to be there, in their order; `…` stands
for any text. Blocks that are indented are shown only. Addresses of brokers and daemons that the pages and the shipped
configuration name become free ones.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from documents import INSIGHT_TRAIL, INSIGHTD, ROOT, read

sys.path.insert(0, os.path.join(ROOT, "scripts"))
from ports import free_port  # noqa: E402

PAGES = ("README.md", "docs/concepts.md", "docs/comparison.md", "docs/configuration.md",
         "docs/detection.md", "docs/sizing.md")  # need no broker
ON_KAFKA = ("docs/quick-start.md", "docs/operations.md")
PAGE_SECONDS = 900  # more is no patience: something waits for what does not come
KAFKA_PORT, CONTROLLER_PORT, ADMIN_PORT = "9092", "9093", "9464"


def steps(text):
    """[(commands, lines that they print)] of a page."""
    found = []
    for language, block in re.findall(r"^```(sh|text)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language == "sh":
            found.append((block, []))
        elif found:
            found[-1][1].extend(block.splitlines())
    return found


def free_ports():
    """A port for a broker, the next one for its controller, and one for a daemon."""
    port = free_port(following=1)
    return {KAFKA_PORT: str(port), CONTROLLER_PORT: str(port + 1), ADMIN_PORT: str(free_port())}


def moved(text, ports):
    """By address, too: a bare machine knows no localhost."""
    text = re.sub(rf"\b({'|'.join(ports)})\b", lambda match: ports[match.group(1)], text)
    return re.sub(r"\blocalhost(?=:\d)", "127.0.0.1", text)


class Clone:
    """A folder with what a clone has once it is built: build/ holds the two programs, config/ can be written to."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="insight-page-")
        self.path = self._folder.name
        self._groups = []
        self.ports = free_ports()
        for name in os.listdir(ROOT):
            if not name.startswith((".", "build", "demo")) and name != "config":
                os.symlink(os.path.join(ROOT, name), os.path.join(self.path, name))
        shutil.copytree(os.path.join(ROOT, "config"), os.path.join(self.path, "config"))
        for folder, _, files in os.walk(os.path.join(self.path, "config")):
            for file in files:
                path = os.path.join(folder, file)
                with open(path, encoding="utf-8") as old:
                    text = moved(old.read(), self.ports)
                with open(path, "w", encoding="utf-8") as new:
                    new.write(text)
        os.mkdir(os.path.join(self.path, "build"))
        os.symlink(INSIGHTD, os.path.join(self.path, "build", "insightd"))
        os.symlink(INSIGHT_TRAIL, os.path.join(self.path, "build", "insight-trail"))

    def run(self, commands):
        """[what each of the commands printed]; raises AssertionError, with all that was printed, when one fails."""
        log = os.path.join(self.path, "page.log")
        mark = "== page: step "
        script = "set -euo pipefail\n" + "".join(
            f"echo '{mark}{place}'\n{moved(block, self.ports)}" for place, block in enumerate(commands))
        # Into a file: what the page leaves running would hold a pipe open.
        with open(log, "w", encoding="utf-8") as out:
            shell = subprocess.Popen(["bash", "-c", script], cwd=self.path, stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=subprocess.STDOUT, start_new_session=True)
            self._groups.append(shell.pid)
            status = shell.wait(timeout=PAGE_SECONDS)
        with open(log, encoding="utf-8") as file:
            printed = file.read()
        if status != 0:
            raise AssertionError(f"status {status}:\n{printed}")
        return re.split(rf"^{mark}\d+\n", printed, flags=re.MULTILINE)[1:]

    def close(self):
        """Ends what the pages left running: a page that fails does not come to the step that stops it."""
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass  # nothing was left
        self._folder.cleanup()


def missing_line(expected, printed):
    """The first of the expected lines that is not among the printed ones, in order; None if all are."""
    rest = iter(printed.splitlines())
    for line in expected:
        pattern = ".*".join(re.escape(part) for part in line.rstrip().split("…"))
        if not any(re.fullmatch(pattern, each.rstrip()) for each in rest):
            return line
    return None


def check_page(test, name):
    """Runs the page; fails the test where a command fails, or does not print what the page says."""
    found = steps(read(name))
    test.assertGreater(len(found), 0, f"{name} has no ```sh block")
    clone = Clone()
    test.addCleanup(clone.close)
    printed = clone.run([block for block, _ in found])
    for (block, expected), said in zip(found, printed):
        expected = [moved(line, clone.ports) for line in expected]
        test.assertIsNone(missing_line(expected, said), f"{name}: {block}printed:\n{said}")
