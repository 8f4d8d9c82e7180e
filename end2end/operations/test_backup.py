"""A backup beside servers at work, and what it brings back: other servers, another database, another bucket."""

import hashlib
import threading

import pytest
import requests
from deployment import PASSWORD
from machine import wait_until
from replica import run
from test_replicas import PICTURE, SHORT, dataset

# Everything that is kept of a dataset, with nothing that depends on where it is kept.
KEPT = {
    "users": "SELECT id, name, password_hash, is_admin, created_at FROM users",
    "members": "SELECT * FROM dataset_members",
    "images": "SELECT i.* FROM dataset_images i JOIN datasets d ON d.id = dataset_id WHERE slug = 'kept'",
    "captions": "SELECT c.* FROM captions c JOIN datasets d ON d.id = dataset_id WHERE slug = 'kept'",
    "history": "SELECT v.* FROM caption_versions v JOIN captions c ON c.id = caption_id "
    "JOIN datasets d ON d.id = dataset_id WHERE slug = 'kept'",
    "votes": "SELECT v.*, c.shown_to FROM votes v JOIN comparisons c ON c.id = comparison_id",
    "jobs": "SELECT id, kind, state, done, result FROM jobs WHERE finished_at IS NOT NULL",
}


def kept(site):
    """All rows, in an order that means nothing."""
    return {name: sorted(map(repr, site.rows(query))) for name, query in KEPT.items()}


@pytest.fixture(scope="module")
def site(deploy):
    """Two servers with a dataset that has a past, and an empty one."""
    made = deploy("original")
    made.start()
    root = made.person("root", admin=True)
    images = dataset(root, "kept", 40)
    for number, image in enumerate(images):
        written = root.write(image["id"], f"bird number {number}")
        root.write(image["id"], f"heron number {number}", version=written["version"])
    job = root.post("datasets/kept/caption-jobs", json={"parameters": SHORT})["id"]
    wait_until(lambda: root.ended(job), "the pictures are captioned")
    edit = root.post("datasets/kept/bulk-edits", json={"edit": {"operation": "suffix", "text": "!"}})["id"]
    wait_until(lambda: root.ended(edit), "the captions are edited")
    shown = root.post("datasets/kept/arena/next", json={})["comparison"]["id"]
    root.put(f"comparisons/{shown}/vote", json={"outcome": "left"})
    dataset(root, "busy")
    return made, root, images


class Writer:
    """Adds pictures and rewrites a caption until it is told to stop; knows what was acknowledged."""

    def __init__(self, api):
        self._api, self._over = api, threading.Event()
        [image] = api.get("datasets/busy/images")["items"]
        self.image, self.sums, self.versions = image["id"], [image["sha256"]], []
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self):
        number = version = None
        while not self._over.is_set():
            number = (number or 0) + 1
            version = self._api.write(self.image, f"text {number}", version=version)["version"]
            self.versions.append(version)
            self.sums.append(self._api.upload("busy", f"more-{number}.png", PICTURE + b"more" + number.to_bytes(4))["sha256"])

    def stop(self):
        self._over.set()
        self._thread.join(timeout=60)


def test_everything_comes_back_elsewhere(site, deploy, tmp_path):
    original, root, images = site
    before = kept(original)
    archive = tmp_path / "backup.tar"
    writer = Writer(root.at(original.proxy.address))
    wait_until(lambda: len(writer.versions) > 5, "somebody works beside it")
    acknowledged = list(writer.versions), list(writer.sums)
    written = run(original.variables(), "backup", str(archive))
    meanwhile = len(writer.versions) - len(acknowledged[0])
    writer.stop()
    assert meanwhile > 0, "nobody had to wait for the backup"
    assert archive.stat().st_mode & 0o777 == 0o600

    restored = deploy("restored")
    read = run(restored.variables(), "restore", str(archive))
    assert read["counts"] == written["counts"] and not read["lost"]
    assert kept(restored) == before
    restored.start()

    # The same keys, sessions and passwords as before, at both servers.
    for replica in restored.replicas:
        api = root.at(replica.address)
        assert api.get("me")["user"]["name"] == "root"
        person = {"name": "root", "password": PASSWORD, "tokens": True}
        assert requests.post(f"{api.address}/auth/sign-in", json=person, timeout=30).ok
    again = root.at(restored.proxy.address)
    for image in images:
        file = again.request("GET", f"images/{image['id']}/file").content
        assert hashlib.sha256(file).hexdigest() == image["sha256"]
        assert again.request("GET", f"images/{image['id']}/thumbnails/256").ok, "thumbnails come back by themselves"
        assert again.get(f"images/{image['id']}/captions") == root.get(f"images/{image['id']}/captions")
    found = lambda: again.get("datasets/kept/search", params={"q": "root:heron", "limit": 100})["items"]
    wait_until(lambda: len(found()) == len(images), "the index is built anew")

    # Of what was written meanwhile, all that was acknowledged before is there, and nothing is there by half.
    versions = [version["version"] for version in again.history(writer.image)]
    assert versions == list(range(len(versions), 0, -1)) and len(versions) >= len(acknowledged[0])
    listed = {image["sha256"]: image["id"] for image in again.pages("datasets/busy/images")}
    assert set(acknowledged[1]) <= set(listed)
    for sha256, image in listed.items():
        file = again.request("GET", f"images/{image}/file").content
        assert hashlib.sha256(file).hexdigest() == sha256


def test_servers_keep_a_restore_away_from_their_database(site, tmp_path):
    original, *_ = site
    archive = tmp_path / "backup.tar"
    run(original.variables(), "backup", str(archive))
    with pytest.raises(AssertionError, match="a server uses the database"):
        run(original.variables(), "restore", str(archive), "--replace")
