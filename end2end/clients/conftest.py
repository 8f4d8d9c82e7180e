"""The server that the clients talk to: the real program with the demo model, on a free port."""

import contextlib
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


@contextlib.contextmanager
def serve(*arguments):
    """Runs `vasari serve` and gives its address."""
    program = os.environ.get("VASARI_BIN", ROOT / "target/debug/vasari")
    with tempfile.TemporaryDirectory() as data:
        # What is set for the person who runs the tests isn't meant for this server.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("VASARI_", "API_KEY"))}
        environment |= {"VASARI_DATA_DIR": data, "VASARI_DEVICE": "cpu"}
        command = [program, "serve", "--port", "0", "--log-level", "warn", *arguments]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield _wait_for_address(process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


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


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the pictures of the examples, which is the current one."""
    for name in ["photo.jpg", "img1.jpg", "img2.jpg", "img3.jpg"]:
        shutil.copy(PHOTO, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
