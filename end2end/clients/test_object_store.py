"""Pictures in a bucket: a server that speaks S3's protocol, on this machine."""

import subprocess
import time

import boto3
import pytest
import requests
from conftest import SAMPLES, run, serve
from moto.server import ThreadedMotoServer

PICTURE = (SAMPLES / "scene-01.png").read_bytes()
KEY = ["--s3-access-key-id", "id", "--s3-secret-access-key", "secret"]


@pytest.fixture
def storage():
    """The server, and its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield server, f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(storage):
    """The server's bucket, as another client sees it."""
    credentials = {"aws_access_key_id": "id", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    made = boto3.resource("s3", endpoint_url=storage[1], **credentials).Bucket("pictures")
    made.create()
    return made


def wait_until(condition):
    """Waits half a minute at most."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_pictures_live_in_a_bucket(storage, bucket, data, tmp_path):
    server, endpoint = storage
    place = ["--object-store", "s3://pictures/of/birds", "--s3-endpoint", endpoint, *KEY]
    names = lambda prefix="of/birds/": sorted(item.key for item in bucket.objects.filter(Prefix=prefix))
    run(data, "user", "add", "anna", "--admin", "--password-stdin", "--json", text="correct horse battery\n")
    key = run(data, "key", "create", "anna", "test", "--scope", "caption,read,write,admin", "--json")["key"]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"

    with serve(*place, data=data) as address:
        api = f"{address}/api/v1"
        made = session.post(f"{api}/datasets", json={"slug": "birds", "name": "Birds"})
        assert made.status_code == 201, made.text
        added = session.post(f"{api}/datasets/birds/images", files=[("images", ("a.png", PICTURE))]).json()
        image = added["results"][0]["image"]
        assert len(names()) == 4, "a file and three thumbnails"
        [kept] = [item for item in bucket.objects.all() if "/images/" in item.key]
        assert kept.get()["Body"].read() == PICTURE
        path = f"{api}/images/{image['id']}"
        assert session.get(f"{path}/file").content == PICTURE
        part = session.get(f"{path}/file", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, PICTURE[4:8])
        small = session.get(f"{path}/thumbnails/256").content
        bucket.Object(next(name for name in names() if "thumbnails/256" in name)).delete()
        assert session.get(f"{path}/thumbnails/256").content == small
        assert len(names()) == 4, "the thumbnail is back"
        asked = {"dataset": "birds", "image_id": image["id"]}
        stored = session.post(f"{address}/caption", json=asked, timeout=60).json()["stored"]
        assert stored["outcome"] == "created"

        archive = tmp_path / "backup.tar"
        assert run(data, "backup", str(archive), "--json", *place)["files"] == 1
        elsewhere = tmp_path / "data/elsewhere"
        other = ["--object-store", "s3://pictures/again", *place[2:]]
        assert run(elsewhere, "restore", str(archive), "--json", *other)["counts"]["images"] == 1
        assert [name.rsplit("/", 1)[1] for name in names("again/")] == [image["sha256"]]

        assert session.delete(path).status_code == 204
        assert len(names()) == 4, "it can be taken back"

    # A week later, when the server is there again.
    with serve(*place, data=data) as address:
        long_ago = "UPDATE dataset_images SET deleted_at = now() - interval '8 days' WHERE deleted_at IS NOT NULL;"
        long_ago += "UPDATE images SET created_at = now() - interval '8 days'"
        psql = ["psql", "--quiet", "-h", data / "postgres/run", "-U", "vasari", "-c", long_ago, "vasari"]
        subprocess.run(psql, check=True, capture_output=True, text=True)
    with serve(*place, data=data) as address:
        wait_until(lambda: names() == [])
        again = session.post(f"{address}/api/v1/datasets/birds/images", files=[("images", ("a.png", PICTURE))])
        image = again.json()["results"][0]["image"]
        server.stop()
        away = session.get(f"{address}/api/v1/images/{image['id']}/file", timeout=60)
        assert (away.status_code, away.json()["type"]) == (503, "/problems/objects-away")
        assert int(away.headers["Retry-After"]) >= 1
        assert requests.get(f"{address}/livez", timeout=10).status_code == 200
