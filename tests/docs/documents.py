"""What the tests of the documents share: reading Markdown, and running the program."""

import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSIGHTD = os.environ.get("INSIGHTD", os.path.join(ROOT, "build", "insightd"))
INSIGHT_TRAIL = os.environ.get("INSIGHT_TRAIL", os.path.join(ROOT, "build", "insight-trail"))
INSIGHT_LIVE = os.environ.get("INSIGHT_LIVE", os.path.join(ROOT, "build", "insight-live"))


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def documents():
    """Every Markdown file for users and contributors."""
    names = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "tests/scenarios/README.md"]
    for folder, _, files in os.walk(os.path.join(ROOT, "docs")):
        names += [os.path.relpath(os.path.join(folder, file), ROOT) for file in files if file.endswith(".md")]
    return sorted(names)


def table(text, *header):
    """The rows below `| header | … |`, each a list of its cells."""
    lines = iter(text.splitlines())
    for line in lines:
        if cells(line) == list(header):
            next(lines)  # |---|---|
            rows = []
            for row in lines:
                if not row.startswith("|"):
                    break
                rows.append(cells(row))
            return rows
    raise AssertionError(f"no table with the header {header}")


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []


def code_words(cell):
    """The words between backquotes."""
    return re.findall(r"`([^`]*)`", cell)


def blocks(text):
    """The indented (four spaces) and the fenced blocks, without their indentation."""
    found, block, fence = [], [], False
    for line in text.splitlines() + [""]:
        if line.startswith("```"):
            fence = not fence
        elif fence or line.startswith("    "):
            block.append(line if fence else line[4:])
            continue
        if block:
            found.append("\n".join(block) + "\n")
            block = []
    return found


def insightd(*arguments, stdin=None):
    return subprocess.run([INSIGHTD, *arguments], input=stdin, capture_output=True, text=True, check=False)
