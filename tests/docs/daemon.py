"""A daemon without a broker: enough to see what it shows on its admin port."""

import re
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from documents import INSIGHTD

STOPPED_IN = 20  # seconds: what the daemon promises


class Daemon:
    """`insightd run` whose broker does not answer, until stop()."""

    def __init__(self, config=None):
        """`config`: a file that names such a broker and port 0; without it one is made."""
        self._config = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self._config.write("kafka: {bootstrap_servers: '127.0.0.1:1'}\nadmin: {listen: '127.0.0.1:0'}\n")
        self._config.flush()
        self._process = subprocess.Popen([INSIGHTD, "run", "--config", config or self._config.name], stderr=subprocess.PIPE)
        self.log = b""
        for line in self._process.stderr:
            self.log += line
            if port := re.search(rb"metrics on port (\d+)", line):
                self._url = f"http://127.0.0.1:{int(port.group(1))}"
                return
        raise AssertionError(self.log)

    def get(self, path):
        """(status, text)"""
        try:
            with urllib.request.urlopen(self._url + path, timeout=STOPPED_IN) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def send(self, signal):
        self._process.send_signal(signal)

    def read_until(self, text):
        """Reads the log up to a line with `text`; the test's time limit ends what waits in vain."""
        for line in self._process.stderr:
            self.log += line
            if text.encode() in line:
                return
        raise AssertionError(self.log)

    def stop(self):
        """The exit status."""
        self._process.terminate()
        self.log += self._process.communicate(timeout=STOPPED_IN)[1]
        self._config.close()
        return self._process.returncode


class DaemonTest(unittest.TestCase):
    """Tests of one daemon's exposition: `types` (name: type) and `labels` (name: {label: set of values})."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.stop)
        _, text = cls.daemon.get("/metrics")
        cls.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        cls.labels = {name: {} for name in cls.types}
        for sample, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", text, re.MULTILINE):
            name = sample if sample in cls.types else re.sub(r"_(bucket|sum|count)$", "", sample)
            for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
                if not (label == "le" and cls.types[name] == "histogram"):
                    cls.labels[name].setdefault(label, set()).add(value)
