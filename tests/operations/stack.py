"""The stack of deploy/compose as processes: Apache Kafka, the live traffic, insightd and Prometheus, by the files that compose
mounts, with addresses of this machine in the place of its host names."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docs"))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "scripts"))
from documents import INSIGHT_LIVE, INSIGHTD, ROOT, read  # noqa: E402
from ports import free_port  # noqa: E402
from prometheus import program  # noqa: E402

PATIENCE = 120  # seconds, for anything to come true
POLL = 0.1
TOPIC = "audit-events"


def eventually(what, condition):
    """The first true value of `condition`; fails when it stays false."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE} s: {what}; now: {value!r}")
        time.sleep(POLL)


class Stack:
    """Runs from its making until stop(). Whatever cannot start fails."""

    def __init__(self, scrape_seconds):
        self._folder = tempfile.TemporaryDirectory(prefix="insight-stack-")
        self._processes = []
        self._broker = os.path.join(self._folder.name, "broker")
        port = free_port(following=1)
        self._kafka = f"127.0.0.1:{port}"
        run = subprocess.run([os.path.join(ROOT, "scripts", "kafka", "start"), self._broker, str(port)], check=False,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            raise AssertionError(run.stderr)
        try:
            self._start_insightd()
            self._start_prometheus(scrape_seconds)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        for process in reversed(self._processes):
            process.terminate()
            process.wait(PATIENCE)
        subprocess.run([os.path.join(ROOT, "scripts", "kafka", "stop"), self._broker], check=True)
        self._folder.cleanup()

    def metrics(self):
        """The text of /metrics."""
        with urllib.request.urlopen(f"http://{self._admin}/metrics", timeout=PATIENCE) as answer:
            return answer.read().decode()

    def send_traffic(self, *options):
        """Starts the traffic, and waits until that of the past is in the topic."""
        log = self._spawn("traffic", [INSIGHT_LIVE, "--bootstrap-servers", self._kafka, "--topic", TOPIC, *options])
        eventually("the traffic of the past is sent", lambda: "from now on as the clock goes" in self._log(log))

    def ask(self, path, **parameters):
        """The `data` of Prometheus's answer; a refused query raises AssertionError with its reason."""
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(f"http://{self._prometheus}/api/v1/{path}?{query}", timeout=PATIENCE) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {parameters}: {error.read().decode()}") from error

    def value(self, expression):
        """The only value of an instant query, or None."""
        found = self.ask("query", query=expression)["result"]
        return float(found[0]["value"][1]) if found else None

    def _start_insightd(self):
        log = self._spawn("insightd", [INSIGHTD, "run", "--config", os.path.join(ROOT, "deploy/compose/insightd.yaml"),
                                       "--set", f"kafka.bootstrap_servers={self._kafka}", "--set", "admin.listen=127.0.0.1:0"])
        port = eventually("insightd listens", lambda: re.search(r"metrics on port (\d+)", self._log(log)))
        self._admin = f"127.0.0.1:{port.group(1)}"

    def _start_prometheus(self, scrape_seconds):
        text = read("deploy/compose/prometheus.yml")
        for old, new in ((r"interval: 5s", f"interval: {scrape_seconds}s"), (r"insightd:9464", self._admin),
                         (r"/etc/prometheus/insightd\.rules\.yaml", os.path.join(ROOT, "deploy/prometheus/insightd.rules.yaml"))):
            text, count = re.subn(old, new, text)
            assert count, f"{old} is not in deploy/compose/prometheus.yml"
        config = os.path.join(self._folder.name, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        self._prometheus = f"127.0.0.1:{free_port()}"
        self._spawn("prometheus", [program("prometheus"), f"--config.file={config}",
                                   f"--storage.tsdb.path={os.path.join(self._folder.name, 'tsdb')}",
                                   f"--web.listen-address={self._prometheus}"])
        eventually("Prometheus has scraped insightd", self._is_scraped)

    def _is_scraped(self):
        try:
            return self.value("up") == 1
        except (urllib.error.URLError, ConnectionError, AssertionError):
            return False

    def _spawn(self, name, command):
        log = os.path.join(self._folder.name, f"{name}.log")
        with open(log, "wb") as file:
            self._processes.append(subprocess.Popen(command, stdout=file, stderr=file))
        return log

    def _log(self, path):
        """What the process has written, as long as all of them run."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for process in self._processes:
            if process.poll() is not None:
                raise AssertionError(f"{process.args[0]} ended with status {process.returncode}: {text[-3000:]}")
        return text
