"""The Python client as a package: what it is made of is fresh, its types and style hold, and it can be built."""

import json
import subprocess
import sys
import tomllib
import urllib.request
import zipfile

import generate_sync
import generate_types
import pytest
import vasari
from conftest import ROOT
from examples import CLIENTS

PYTHON = CLIENTS / "python"
STALE = "it is stale; renew it: cargo xtask clients"


@pytest.fixture(scope="module")
def document(server):
    with urllib.request.urlopen(f"{server}/openapi.json") as answer:
        return json.load(answer)


def run(*command):
    finished = subprocess.run([sys.executable, "-m", *command], cwd=PYTHON, capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"


def test_types_are_those_of_the_document(document):
    for path, text in generate_types.generate(document).items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: {STALE}"


def test_client_that_waits_is_the_one_that_awaits():
    made = generate_sync.generate()
    assert {path.name for path in generate_sync.SYNC.glob("*.py")} == {path.name for path in made} | generate_sync.BY_HAND
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: {STALE}"


def test_options_are_the_fields_of_the_forms(document):
    schemas = document["components"]["schemas"]
    assert set(vasari.CaptionOptions.__annotations__) == set(schemas["CaptionFormBody"]["properties"]) - {"image", "stream"}
    batch = set(schemas["BatchForm"]["properties"]) - {"images", "stream", "batch_size"}
    assert set(vasari.GenerationOptions.__annotations__) == batch


def test_types_hold(tmp_path):
    run("mypy", "--cache-dir", tmp_path, "src")


def test_style_holds():
    run("ruff", "check", "--no-cache", "src")
    run("ruff", "format", "--no-cache", "--check", "src")


def test_clients_have_the_version_of_the_server():
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    package = json.loads((CLIENTS / "typescript/package.json").read_text())
    assert vasari.__version__ == package["version"] == version


def test_package_is_built_with_its_types(tmp_path):
    run("pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), ".")
    [wheel] = tmp_path.iterdir()
    assert "vasari/py.typed" in zipfile.ZipFile(wheel).namelist()
