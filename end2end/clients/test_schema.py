"""schemathesis sends what the OpenAPI document allows and what it doesn't, and finds every answer as the document says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import serve

HERE = Path(__file__).parent
KEY = "a-key-of-the-test"


@pytest.fixture(scope="module")
def guarded_server():
    """A server with keys, so that calls without one are tried as well, and without limits on how often."""
    limits = ["--rate-limit", "off", "--address-rate-limit", "off"]
    with serve("--enable-metrics", "--api-key", KEY, "--admin-key", KEY, *limits) as address:
        yield address


def test_api_is_as_it_is_described(guarded_server, tmp_path):
    program = Path(sys.executable).with_name("schemathesis")
    configuration = ["--config-file", HERE / "schemathesis.toml"]
    arguments = ["--checks", "all", "--header", f"Authorization: Bearer {KEY}"]
    command = [program, *configuration, "run", f"{guarded_server}/openapi.json", *arguments]
    # It keeps what it found in the current folder, and would begin with that the next time.
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900)
    assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"
