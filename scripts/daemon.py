"""The daemon as a child process of the benchmarks, and what it takes."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from ports import free_port

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def figures_of(text):
    """Of lines `name: number`."""
    return {name: float(number) for name, number in re.findall(r"^(\w+): (\d+)$", text, re.MULTILINE)}


def fetch(address, path):
    """Status and body; None while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def cpu_seconds_of(pid):
    """User and system, all threads, since the process began."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


class Daemon:
    """`insightd run`, with an admin address of its own. `settings`: KEY=VALUE each; `core`: the only one that it may use."""

    def __init__(self, program, config, log, settings=(), core=None):
        self.address = f"127.0.0.1:{free_port()}"
        self.log = log
        self.began = time.monotonic()
        command = [program, "run", "--config", config]
        for setting in (f"admin.listen={self.address}", *settings):
            command += ["--set", setting]
        confine = None if core is None else lambda: os.sched_setaffinity(0, {core})
        with log.open("a") as sink:
            self.process = subprocess.Popen(command, stdout=sink, stderr=sink, preexec_fn=confine)

    def wait_until(self, what, holds, deadline):
        end = time.monotonic() + deadline
        while not holds():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                sys.exit(f"daemon: {what} did not come:\n" + self.log.read_text()[-3000:])
            time.sleep(0.1)
        return time.monotonic() - self.began

    def metric(self, name, labels="[^}]*"):
        answer = fetch(self.address, "/metrics")
        samples = re.findall(rf"^{name}(?:{{{labels}}})? (\S+)$", answer[1], re.MULTILINE) if answer else []
        return sum(map(float, samples))

    def received(self):
        return self.metric("insight_records_received_total")

    def held(self, stage="detect"):
        return self.metric("insight_partitions_assigned", f'stage="{stage}"')

    def committed(self):
        return self.metric("insight_transactions_total", 'result="committed"')

    def restores(self):
        """Partitions that it has restored by now."""
        return self.log.read_text().count(" APIs restored, going on at ")

    def cpu_seconds(self):
        return cpu_seconds_of(self.process.pid)

    def resident_mib(self, which="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{which}:\s+(\d+)", status, re.MULTILINE).group(1)) / 1024

    def is_ready(self):
        answer = fetch(self.address, "/readyz")
        return answer is not None and answer[0] == 200

    def is_half_restored(self):
        answer = fetch(self.address, "/readyz")
        progress = re.search(r"restoring \d+ partitions: (\d+) of (\d+) offsets", answer[1]) if answer else None
        return progress is not None and 2 * int(progress.group(1)) > int(progress.group(2)) > 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(300)
        return time.monotonic() - began
