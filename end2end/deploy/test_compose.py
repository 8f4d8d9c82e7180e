"""compose.yaml: what it says, and that its parts work together as far as they can be had here."""

import json
import re
import shutil

import pytest
import requests
from compose_viz.spec.compose_spec import ComposeSpecification
from conftest import DEPLOY, PICTURE, check_config, clients, free_port, load, answers, run, running, tool

COMPOSE = load("compose.yaml")
SERVICES = COMPOSE["services"]


@pytest.mark.parametrize("name", ["compose.yaml", "compose.cuda.yaml"])
def test_file_is_what_the_specification_says(name):
    file = load(name)
    # The specification takes whatever begins so; the models that were made of it don't.
    ComposeSpecification.model_validate({key: value for key, value in file.items() if not key.startswith("x-")})


def test_linter_finds_nothing_grave(tmp_path):
    # A copy, because the linter minds where a checkout lies: what is mounted from below /root is grave to it.
    run(tool("compose-lint"), shutil.copy(DEPLOY / "compose.yaml", tmp_path))


def test_every_variable_is_explained():
    explained = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    used = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    assert used == explained


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_what_each_must_have(name):
    service = SERVICES[name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert service["healthcheck"]["test"][0] == "CMD"
    image = service["image"]
    assert image.startswith("${VASARI_IMAGE") or re.search(r":\d", image), f"{image} names no version"


def test_servers_differ_in_nothing_but_their_folders():
    first, second = SERVICES["vasari-1"], SERVICES["vasari-2"]
    assert first.pop("volumes") != second.pop("volumes")
    assert first == second
    assert first["depends_on"] == {name: {"condition": "service_healthy"} for name in ["postgres", "objects"]}
    # --shutdown-timeout is 20 s by itself; nginx must have given up its idle connections before a server hangs up.
    delay = int(first["environment"]["VASARI_SHUTDOWN_DELAY"])
    assert int(first["stop_grace_period"].removesuffix("s")) > delay + 20
    upstream = (DEPLOY / "nginx/vasari-upstream.conf").read_text()
    assert delay > int(re.search(r"keepalive_timeout (\d+)s;", upstream)[1])


def test_names_and_networks_fit_together(secrets):
    upstream = (DEPLOY / "nginx/vasari-upstream.conf").read_text()
    assert set(re.findall(r"^ +server (\S+):8000", upstream, re.MULTILINE)) == {"vasari-1", "vasari-2"}
    told = (secrets / "vasari.toml").read_text()
    assert f'["{COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]}"]' in told
    assert "@postgres:" in told and "//objects:" in told
    assert (secrets / "postgres-password").read_text() in told
    key = json.loads((secrets / "objects.json").read_text())["identities"][0]["credentials"][0]
    assert key["accessKey"] in told and key["secretKey"] in told
    for secret in COMPOSE["secrets"].values():
        assert (secrets / secret["file"].removeprefix("./secrets/")).is_file()


def test_secrets_are_made_once_and_kept_close(secrets):
    assert secrets.stat().st_mode & 0o077 == 0
    before = (secrets / "vasari.toml").read_text()
    with pytest.raises(AssertionError, match="has secrets already"):
        run("sh", DEPLOY / "make-secrets.sh", secrets)
    assert (secrets / "vasari.toml").read_text() == before


def test_vasari_understands_its_settings(secrets):
    environment = SERVICES["vasari-1"]["environment"] | {"VASARI_CONFIG": str(secrets / "vasari.toml")}
    understood = check_config(environment)
    assert "s3://pictures" in understood and "172.30.58.0/24" in understood


@pytest.fixture
def objects(secrets, tmp_path):
    """The object store, started as compose.yaml starts it, on ports of this test."""
    port = {name: free_port() for name in ["s3", "master", "volume", "filer", "admin"]}
    command = [str(part) for part in SERVICES["objects"]["command"]]
    place = {"-dir": tmp_path, "-ip": "127.0.0.1", "-ip.bind": "127.0.0.1", "-s3.config": secrets / "objects.json"}
    command = [f"{flag}={place[flag]}" if (flag := part.split("=")[0]) in place else part for part in command]
    ports = [flag for name in port for flag in [f"-{name}.port={port[name]}", f"-{name}.port.grpc={free_port()}"]]
    address = f"http://127.0.0.1:{port['s3']}"
    # The gateway is healthy before there is a volume to write to; the master tells when there is.
    writable = f"http://127.0.0.1:{port['master']}/dir/assign"
    is_ready = lambda: answers(f"{address}/healthz") and answers(writable)
    with running([tool("weed"), *command, *ports], tmp_path / "weed.log", is_ready, cwd=tmp_path):
        yield address


def test_pictures_go_into_the_bucket(secrets, objects, tmp_path):
    config = tmp_path / "vasari.toml"
    told = (secrets / "vasari.toml").read_text().replace("http://objects:8333", objects)
    # The database is one of Vasari's own here.
    config.write_text(re.sub(r"^database_url = .*$", "", told, flags=re.MULTILINE))
    data = clients.open_folder(tmp_path / "data")
    config.chmod(0o644)
    place = ["--config", str(config)]
    clients.run(data, "user", "add", "anna", "--admin", "--password-stdin", "--json", *place, text="correct horse battery\n")
    key = clients.run(data, "key", "create", "anna", "test", "--scope", "read,write", "--json", *place)["key"]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    with clients.serve(*place, data=data) as address:
        api = f"{address}/api/v1"
        assert session.post(f"{api}/datasets", json={"slug": "birds", "name": "Birds"}).status_code == 201
        added = session.post(f"{api}/datasets/birds/images", files=[("images", ("a.png", PICTURE))]).json()
        assert "image" in added["results"][0], added
        image = added["results"][0]["image"]
        assert session.get(f"{api}/images/{image['id']}/file").content == PICTURE
        assert session.get(f"{api}/images/{image['id']}/thumbnails/256").headers["Content-Type"] == "image/webp"
    assert not (data / "objects").exists(), "nothing lies in the data folder"
    # The bucket is closed to everybody else.
    assert requests.get(f"{objects}/pictures", timeout=10).status_code == 403
