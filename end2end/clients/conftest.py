"""The server that the clients talk to: the real program with the demo model, on a free port."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "model/demo/samples"
PHOTO = ROOT / "model/tests/fixtures/images/rgb.jpg"


PROGRAM = os.environ.get("VASARI_BIN", ROOT / "target/debug/vasari")


def environment(data):
    """The variables of a program that keeps its files in the folder `data`."""
    # What is set for the person who runs the tests isn't meant for this server.
    foreign = ("VASARI_", "API_KEY", "AWS_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"VASARI_DATA_DIR": str(data), "VASARI_DEVICE": "cpu"}


@contextlib.contextmanager
def serve(*arguments, data=None):
    """Runs `vasari serve` and gives its address. It keeps its files in the folder `data`, or in one of its own."""
    with contextlib.ExitStack() as stack:
        data = data or stack.enter_context(tempfile.TemporaryDirectory())
        command = [PROGRAM, "serve", "--port", "0", "--log-level", "warn", *arguments]
        process = subprocess.Popen(command, env=environment(data), stdout=subprocess.PIPE, text=True)
        try:
            yield _wait_for_address(process)
        finally:
            end(process)


def end(process):
    """Tells a program to stop, and fails where it doesn't."""
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def run(data, *command, text=None):
    """Runs one of Vasari's commands and gives what it prints."""
    finished = subprocess.run([PROGRAM, *command], env=environment(data), input=text, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def open_folder(folder):
    """The folder, which the account may enter that Postgres runs as."""
    for path in [folder, *list(folder.parents)[:3]]:
        path.mkdir(exist_ok=True)
        path.chmod(path.stat().st_mode | 0o011)
    return folder


def _wait_for_address(process):
    printed = []
    for line in process.stdout:
        printed.append(line)
        if "Ctrl+C" in line:
            break
    # Nobody else reads what it prints from now on, and a full pipe would stop it.
    threading.Thread(target=shutil.copyfileobj, args=(process.stdout, open(os.devnull, "w")), daemon=True).start()
    address = re.search(r"http://localhost:\d+", "".join(printed))
    assert address, f"the server ended before it listened: {''.join(printed)}"
    return address.group()


@pytest.fixture
def data(tmp_path):
    """A data folder for a server with a database."""
    return open_folder(tmp_path / "data")


@pytest.fixture(scope="session")
def server():
    """A server that is open to this machine."""
    with serve("--enable-metrics") as address:
        yield address


@pytest.fixture(scope="session")
def locked_server():
    """A server that asks for the key of the contract's example."""
    with serve("--api-key", "your_secret_key") as address:
        yield address


@pytest.fixture(scope="session")
def account(tmp_path_factory):
    """A server with a database, and a key of somebody who has an account there."""
    data = open_folder(tmp_path_factory.mktemp("account") / "data")
    run(data, "user", "add", "anna", "--json")
    key = run(data, "key", "create", "anna", "clients", "--scope", "read,write,caption", "--json")["key"]
    with serve("--rate-limit", "off", "--address-rate-limit", "off", data=data) as address:
        yield address, key


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the pictures of the examples, which is the current one."""
    for name in ["photo.jpg", "img1.jpg", "img2.jpg", "img3.jpg"]:
        shutil.copy(PHOTO, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
