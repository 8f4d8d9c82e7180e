"""What the tests of deploy/ share: its files, the programs that read them, and Vasari's servers."""

import contextlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PICTURE = (ROOT / "model/demo/samples/scene-01.png").read_bytes()

# Where Debian has nginx, off the path of everybody but root.
os.environ["PATH"] += os.pathsep + "/usr/sbin"

# How servers are started is known in the folder of clients.
_spec = importlib.util.spec_from_file_location("clients", ROOT / "end2end/clients/conftest.py")
clients = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(clients)


def load(path):
    """A YAML file of deploy/."""
    return yaml.safe_load((DEPLOY / path).read_text())


def run(*command, **options):
    """Runs a program and gives what it prints; fails with all of that when it fails."""
    finished = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, **options)
    assert finished.returncode == 0, f"{' '.join(map(str, command))}\n{finished.stdout}"
    return finished.stdout


def tool(name):
    """A program that a package of requirements.txt brings."""
    return Path(sys.executable).parent / name


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(condition):
    """Waits half a minute at most."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "nothing came of it in 30 s"
        time.sleep(0.1)


def answers(url):
    """Whether something answers there."""
    try:
        return requests.get(url, timeout=2, verify=False).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


@contextlib.contextmanager
def running(command, log, until=lambda: True, **options):
    """Runs a program whose output goes to the file `log`, once `until` holds, and ends it."""
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
        try:
            wait_until(lambda: process.poll() is not None or until())
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            clients.end(process)


def check_config(variables, *arguments):
    """Has Vasari itself look at settings; gives what it made of them."""
    kept = {"PATH": os.environ["PATH"]} | {name: value for name, value in os.environ.items() if name.startswith("LD_")}
    return run(clients.PROGRAM, "config", "check", *arguments, env=kept | variables)


def settings():
    """The environment variables that docs/CONFIGURATION.md knows."""
    return set(re.findall(r"\| `([A-Z0-9_]+)` \|", (ROOT / "docs/CONFIGURATION.md").read_text()))


@pytest.fixture(scope="session")
def secrets(tmp_path_factory):
    """What make-secrets.sh writes."""
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    run("sh", DEPLOY / "make-secrets.sh", folder)
    return folder


@pytest.fixture(autouse=True, scope="session")
def needed_programs():
    """Names what is missing, all at once."""
    missing = [name for name in ["caddy", "curl", "nginx", "openssl", "promtool", "systemd-analyze"] if not shutil.which(name)]
    assert not missing, f"missing: {', '.join(missing)}; `cargo xtask test --only deploy` says how to install them"


@pytest.fixture(scope="session")
def servers():
    """Two servers of one kind, behind a proxy on this machine."""
    told = ["--database-url", "none", "--api-key", "secret", "--trusted-proxy", "127.0.0.1", "--enable-metrics"]
    with clients.serve(*told) as first, clients.serve(*told) as second:
        yield [first.removeprefix("http://"), second.removeprefix("http://")]
