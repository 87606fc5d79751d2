"""docs/security.md: its commands grant what its table lists, and its topics are made as the daemon makes them.

That the table is enough, and all of it needed, is tested on a broker (tests/integration/daemon_acls_test.cpp).
"""

import re
import unittest

from documents import blocks, code_words, read, table

PAGE = read("docs/security.md")
RESOURCES = {"--topic": "Topic", "--group": "Group", "--transactional-id": "TransactionalId"}


def granted():
    """{(resource, name, operation)} of the lines with --add; a prefixed name ends in *."""
    for block in blocks(PAGE):
        for line in block.splitlines():
            if not line.startswith("--add "):
                continue
            resource, name = re.search(r"(--topic|--group|--transactional-id) (\S+)", line).groups()
            name += "*" if line.endswith("--resource-pattern-type prefixed") else ""
            for operation in re.findall(r"--operation (\w+)", line):
                yield RESOURCES[resource], name, operation


class PermissionsTest(unittest.TestCase):
    def test_the_commands_grant_what_the_table_lists(self):
        listed = {(resource, code_words(name)[0], operation)
                  for resource, name, operations, _ in table(PAGE, "resource", "name", "operations", "what for")
                  for operation in operations.split(", ")}
        self.assertGreater(len(listed), 8)
        self.assertEqual(set(granted()), listed)

    def test_topics_are_made_as_the_daemon_makes_them(self):
        source = read("src/app/engine_topics.cpp")
        rows = {code_words(topic)[0]: set(code_words(settings))
                for topic, _, settings in table(PAGE, "topic", "partitions", "configuration")}
        for topic, constant in (("insightd-calls", "kCallsConfig"), ("insightd-state", "kStateConfig")):
            body = re.search(rf"{constant} = \{{(.*?)\}};", source, re.DOTALL).group(1)
            self.assertEqual(rows[topic], {f"{key}={value}" for key, value in re.findall(r'\{"([^"]+)", "([^"]+)"\}', body)})


if __name__ == "__main__":
    unittest.main()
