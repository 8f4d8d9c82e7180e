"""A server that is one of several."""

import json
import os
import signal
import subprocess
from pathlib import Path

import requests
from machine import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("VASARI_BIN", ROOT / "target/debug/vasari")

# Nobody here asks like a person.
UNLIMITED = ("--rate-limit", "off", "--address-rate-limit", "off")


def environment(url, objects, data):
    """The variables of a program with this database, this object store and a data folder of its own."""
    # What is set for the person who runs the tests isn't meant for these programs.
    foreign = ("VASARI_", "API_KEY", "ADMIN_API_KEY", "AWS_", "OTEL_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    if site := os.environ.get("VASARI_SITE_ROOT"):
        kept["VASARI_SITE_ROOT"] = site
    return kept | objects | {"DATABASE_URL": url, "VASARI_DATA_DIR": str(data), "VASARI_DEVICE": "cpu"}


def run(variables, *command, text=None):
    """Runs one of Vasari's commands and gives what it prints."""
    done = subprocess.run([PROGRAM, *command, "--json"], env=variables, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Replica:
    """A server at a port that it keeps, however often it is started."""

    def __init__(self, variables, log, arguments):
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self._variables, self._log, self._arguments = variables, log, arguments
        self._process = None

    def start(self, *, wait=True):
        command = [PROGRAM, "serve", "--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warn"]
        command += ["--trusted-proxy", "127.0.0.1", "--enable-metrics", *self._arguments]
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(command, env=self._variables, stdout=log, stderr=log)
        if wait:
            self.wait()

    def wait(self, seconds=180):
        """Waits until it captions and its database is open."""
        wait_until(self._is_ready, f"{self.address} is ready", seconds)

    def _is_ready(self):
        status = self._process.poll()
        assert status is None, f"the server has ended with status {status}: {self.log()}"
        paths = ["/readyz", "/api/v1/datasets"]
        try:
            return all(requests.get(f"{self.address}{path}", timeout=5).status_code == 200 for path in paths)
        except requests.RequestException:
            return False

    @property
    def id(self):
        """The process."""
        return self._process.pid

    def log(self):
        return Path(self._log).read_text(encoding="utf-8")

    def captioned(self):
        """How many captions its model has made since it was started."""
        lines = requests.get(f"{self.address}/metrics", timeout=10).text.splitlines()
        return next(int(float(line.split()[-1])) for line in lines if line.startswith("vasari_captions_total"))

    def signal(self, kind):
        self._process.send_signal(kind)

    def kill(self):
        """Ends it as a crash would."""
        self._process.kill()
        self._process.wait()

    def tell_to_stop(self):
        self._process.terminate()

    def stop(self):
        """Tells it to stop, and waits until it has."""
        self.tell_to_stop()
        status = self._process.wait(timeout=60)
        assert status == 0, f"the server has ended with status {status}: {self.log()}"

    def end(self):
        """Ends it whatever state it is in."""
        if self._process and self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()
