"""The TypeScript client: its types hold, and it does what it says against the real server."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SAMPLES
from examples import CLIENTS, code_of, lay_out

TYPESCRIPT = CLIENTS / "typescript"
TSC = TYPESCRIPT / "node_modules/.bin/tsc"


def run(*command, cwd=TYPESCRIPT, **variables):
    # The Node of requirements.txt, which is the oldest that the client works in; systems have older ones as well.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | variables
    finished = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"
    return finished.stdout


@pytest.fixture(scope="module")
def built():
    """The client with what it is compiled with, compiled."""
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    shutil.rmtree(TYPESCRIPT / "dist", ignore_errors=True)
    run("npm", "run", "build")
    return TYPESCRIPT / "dist"


def test_client_needs_nothing_of_node(built):
    run(TSC, "--project", "tsconfig.browser.json")


def test_client_does_what_it_says(built, account):
    address, key = account
    shutil.rmtree(TYPESCRIPT / "build", ignore_errors=True)
    run("npm", "test", VASARI_URL=address, VASARI_KEY=key, VASARI_SAMPLES=str(SAMPLES))


def test_package_holds_the_client_alone(built):
    [package] = json.loads(run("npm", "pack", "--dry-run", "--json", "--ignore-scripts"))
    files = {file["path"] for file in package["files"]}
    assert {"README.md", "package.json", "dist/index.js", "dist/index.d.ts", "dist/node.js"} <= files
    assert all(path.startswith("dist/") for path in files - {"README.md", "package.json"})


def test_readme_works_as_written(built, account, tmp_path):
    address, key = account
    lay_out(tmp_path)
    (tmp_path / "node_modules/@types").mkdir(parents=True)
    (tmp_path / "node_modules/vasari").symlink_to(TYPESCRIPT)
    (tmp_path / "node_modules/@types/node").symlink_to(TYPESCRIPT / "node_modules/@types/node")
    (tmp_path / "package.json").write_text('{ "type": "module" }')
    (tmp_path / "readme.ts").write_text(code_of(TYPESCRIPT / "README.md", "ts", address))
    options = ["--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom", "--types", "node"]
    run(TSC, *options, "readme.ts", cwd=tmp_path)
    printed = run("node", "readme.js", cwd=tmp_path, VASARI_KEY=key)
    assert "by-the-sea/scene-01.png" in printed
    assert (tmp_path / "postcards.parquet").read_bytes()[:4] == b"PAR1"
