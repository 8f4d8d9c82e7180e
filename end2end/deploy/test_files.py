"""Every file of deploy/ is read by what it is for."""

import json
import re

import pytest
import yaml
from conftest import DEPLOY, ROOT, check_config, run, settings, tool

# Templates become YAML when the chart is rendered.
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "templates" not in path.parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_file_can_be_read(path):
    text = path.read_text()
    assert text.endswith("\n") and "\t " not in text
    if path.suffix == ".json":
        json.loads(text)
    elif path.suffix in {".yaml", ".yml"}:
        assert list(yaml.safe_load_all(text))
    elif path.suffix == ".sh":
        run("sh", "-n", path)


def test_readme_knows_every_folder():
    readme = (DEPLOY / "README.md").read_text()
    for entry in DEPLOY.iterdir():
        assert f"`{entry.name}" in readme or entry.name in {"README.md", "secrets", ".env"}, entry.name


def test_dockerfile_has_no_findings():
    run(tool("hadolint"), ROOT / "Dockerfile")


def test_dockerfile_stages_are_there():
    dockerfile = (ROOT / "Dockerfile").read_text()
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", dockerfile, re.MULTILINE)
    assert stages[-1] == ("runtime", "vasari"), "the last stage is what is built where no target is named"
    assert ("runtime", "vasari-cuda") in stages
    # Only images that are arguments come from outside.
    assert {base for base, _ in stages} <= {"${RUST_IMAGE}", "${RUNTIME_IMAGE}", "scratch"} | {name for _, name in stages}
    rust = re.search(r'^rust-version = "([\d.]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    assert f"RUST_IMAGE=rust:{rust}-" in dockerfile


def test_dockerignore_leaves_what_is_built():
    left_out = (ROOT / ".dockerignore").read_text().split()
    members = re.search(r"^members = \[(.*?)\]", (ROOT / "Cargo.toml").read_text(), re.MULTILINE | re.DOTALL).group(1)
    for folder in [*re.findall(r'"([^"/]+)', members), "Cargo.lock", "docs", "migrations", "style", "end2end", ".sqlx"]:
        assert folder not in left_out


@pytest.mark.parametrize("drop_in", [None, "vasari-cuda.conf"])
def test_service_is_understood_and_closed(tmp_path, drop_in):
    unit = tmp_path / "vasari.service"
    program = tmp_path / "vasari"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = (DEPLOY / "systemd/vasari.service").read_text()
    # The manual pages are not installed here, nor is the program.
    unit.write_text(re.sub(r"^Documentation=.*\n", "", text.replace("/usr/local/bin/vasari", str(program)), flags=re.MULTILINE))
    if drop_in:
        folder = tmp_path / "vasari.service.d"
        folder.mkdir()
        (folder / drop_in).write_text((DEPLOY / "systemd" / drop_in).read_text())
    assert run("systemd-analyze", "verify", "--man=no", unit) == ""
    # 0 is closed, 100 open. Devices and code that is made where it runs cost the GPU's service its points.
    threshold = "25" if drop_in else "15"
    run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={threshold}", unit)


def test_service_waits_for_what_was_accepted():
    unit = (DEPLOY / "systemd/vasari.service").read_text()
    assert int(re.search(r"^TimeoutStopSec=(\d+)s$", unit, re.MULTILINE).group(1)) > 20


def test_settings_of_the_service_are_vasaris(tmp_path):
    lines = (DEPLOY / "systemd/vasari.env").read_text().splitlines()
    given = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z][A-Z0-9_]*=", line))
    assert set(given) <= settings()
    values = {name: value or "some-secret" for name, value in given.items()}
    check_config(values | {"VASARI_DATA_DIR": str(tmp_path)})
