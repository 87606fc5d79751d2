"""The commands of the pages that need a broker work as they stand, on a real Apache Kafka. Label: kafka."""

import unittest

from documents import read
from pages import ON_KAFKA, check_page, steps


class PagesTest(unittest.TestCase):
    def test_pages_do_what_they_say(self):
        for name in ON_KAFKA:
            if steps(read(name)):
                with self.subTest(name=name):
                    check_page(self, name)


if __name__ == "__main__":
    unittest.main()
