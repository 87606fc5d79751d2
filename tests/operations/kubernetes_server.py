"""A Kubernetes API server on loopback, with etcd behind it and nothing that runs a Pod: what it admits and refuses is real."""

import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "scripts"))
from ports import free_port  # noqa: E402

TOKEN = "of-the-checks"
READY_WITHIN = 120  # seconds


class KubernetesServer:
    """Starts in the constructor; close() ends it. etcd, kube-apiserver and kubectl are in the PATH."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        folder = self._folder.name
        self._running = []
        self.port, etcd = free_port(), free_port()
        for command in (["genrsa", "-out", "sa.key", "2048"], ["rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub"]):
            subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
        with open(os.path.join(folder, "tokens.csv"), "w", encoding="utf-8") as file:
            file.write(f"{TOKEN},admin,1,system:masters\n")
        self._start("etcd", f"--data-dir=data --listen-client-urls=http://127.0.0.1:{etcd}",
                    f"--advertise-client-urls=http://127.0.0.1:{etcd} --listen-peer-urls=http://127.0.0.1:0")
        self._start("kube-apiserver", f"--etcd-servers=http://127.0.0.1:{etcd} --secure-port={self.port}",
                    "--bind-address=127.0.0.1 --advertise-address=127.0.0.1 --cert-dir=certificates",
                    "--service-account-issuer=https://kubernetes.default.svc --service-account-key-file=sa.pub",
                    "--service-account-signing-key-file=sa.key --service-cluster-ip-range=10.0.0.0/24",
                    "--authorization-mode=RBAC --token-auth-file=tokens.csv --disable-admission-plugins=ServiceAccount",
                    "--endpoint-reconciler-type=none")
        self.kubeconfig = os.path.join(folder, "kubeconfig")
        with open(self.kubeconfig, "w", encoding="utf-8") as file:
            file.write(f"""apiVersion: v1
kind: Config
current-context: checks
clusters: [{{name: checks, cluster: {{server: 'https://127.0.0.1:{self.port}', insecure-skip-tls-verify: true}}}}]
users: [{{name: admin, user: {{token: {TOKEN}}}}}]
contexts: [{{name: checks, context: {{cluster: checks, user: admin}}}}]
""")
        deadline = time.monotonic() + READY_WITHIN
        while self.kubectl("get", "--raw", "/readyz")[0] != 0:
            if time.monotonic() > deadline or any(process.poll() is not None for process in self._running):
                logs = [self._log(name) for name in ("etcd", "kube-apiserver")]
                self.close()
                raise AssertionError("the API server did not start\n" + "\n".join(logs))
            time.sleep(0.2)

    def _start(self, program, *options):
        with open(os.path.join(self._folder.name, program + ".log"), "wb") as log:
            self._running.append(subprocess.Popen([program, *" ".join(options).split()], cwd=self._folder.name, stdout=log,
                                                  stderr=subprocess.STDOUT))

    def _log(self, program):
        with open(os.path.join(self._folder.name, program + ".log"), encoding="utf-8", errors="replace") as log:
            return log.read()[-2000:]

    def kubectl(self, *arguments, text=None):
        """(status, output, what it said)"""
        run = subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, *arguments], input=text, capture_output=True,
                             text=True, check=False)
        return run.returncode, run.stdout, run.stderr

    def close(self):
        for process in reversed(self._running):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()
