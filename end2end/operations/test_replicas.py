"""Two servers on one database and one object store, behind nginx: whichever answers, it is one service."""

import hashlib
import json
import threading

import pytest
import requests
from deployment import PASSWORD
from machine import wait_until
from replica import ROOT

SAMPLES = sorted((ROOT / "model/demo/samples").glob("*.png"))
PICTURE = SAMPLES[0].read_bytes()
# What a caption of a job costs here, so that jobs last.
SHORT = {"num_beams": 1, "max_length": 8}


@pytest.fixture(scope="module")
def site(deploy):
    """Two servers that were started at the same moment on an empty database."""
    made = deploy("replicas")
    made.start()
    return made


@pytest.fixture(scope="module")
def each(site, root):
    """The API of each server by itself, for root."""
    return [root.at(replica.address) for replica in site.replicas]


def dataset(api, slug, images=1):
    """Makes a dataset of so many pictures, all different, and gives them."""
    api.post("datasets", json={"slug": slug, "name": slug})
    # What follows a picture's end is not looked at, and makes another file of it.
    files = [("images", (f"{number:03}.png", PICTURE + number.to_bytes(2))) for number in range(images)]
    added = [api.post(f"datasets/{slug}/images", files=files[first : first + 20]) for first in range(0, images, 20)]
    return [result["image"] for answer in added for result in answer["results"]]


def test_servers_that_start_together_make_the_tables_once(site):
    known = len(list((ROOT / "migrations").glob("*.sql")))
    assert site.number("SELECT count(*) FROM _sqlx_migrations WHERE success") == known
    assert all("ERROR" not in replica.log() for replica in site.replicas), [replica.log() for replica in site.replicas]


def test_session_of_one_server_is_good_at_the_other(site, root, each):
    one, other = (api.address for api in each)
    signed_in = requests.post(f"{one}/auth/sign-in", json={"name": "root", "password": PASSWORD, "tokens": True}).json()
    bearer = {"Authorization": f"Bearer {signed_in['access_token']}"}
    assert requests.get(f"{other}/me", headers=bearer).json()["user"]["name"] == "root"

    # Each refresh token is good once, whoever is asked; a second use ends the session everywhere.
    renew = lambda api, token: requests.post(f"{api}/auth/refresh", json={"refresh_token": token})
    renewed = renew(other, signed_in["refresh_token"]).json()
    again = renew(one, renewed["refresh_token"]).json()
    latest = {"Authorization": f"Bearer {again['access_token']}"}
    assert requests.get(f"{other}/me", headers=latest).status_code == 200
    assert requests.post(f"{one}/auth/sign-out", json={"refresh_token": again["refresh_token"]}).ok
    wait_until(lambda: requests.get(f"{other}/me", headers=latest).status_code == 401, "it is ended at the other")
    assert renew(other, again["refresh_token"]).status_code == 401


def test_browser_stays_signed_in_behind_nginx(site, root):
    browser = requests.Session()
    origin = {"Origin": site.proxy.address}
    form = {"name": "root", "password": PASSWORD}
    assert browser.post(f"{site.proxy.address}/sign-in", data=form, headers=origin, allow_redirects=False).status_code == 303
    for _ in range(6):
        assert "root" in browser.get(f"{site.proxy.address}/account").text
    forged = browser.post(f"{site.proxy.address}/sign-out", headers={"Origin": "https://evil.example"})
    assert forged.status_code == 403


def test_what_is_written_at_one_is_read_and_found_at_the_other(root, each):
    one, other = each
    [image] = dataset(one, "shared")
    file = other.request("GET", f"images/{image['id']}/file").content
    assert hashlib.sha256(file).hexdigest() == image["sha256"]
    assert other.request("GET", f"images/{image['id']}/thumbnails/256").ok
    one.write(image["id"], "a heron among reeds")
    found = lambda api, word: [item["id"] for item in api.get("datasets/shared/search", params={"q": word})["items"]]
    for api in each:
        wait_until(lambda: found(api, "heron") == [image["id"]], "its index follows", seconds=30)
    other.write(image["id"], "a stork among reeds", version=1)
    for api in each:
        wait_until(lambda: found(api, "stork") and not found(api, "heron"), "its index follows", seconds=30)
    assert one.request("PUT", f"images/{image['id']}/captions/mine", json={"text": "mine", "version": 1}).status_code == 409


def events(api, job, seen):
    """Reads a job's events until its stream ends."""
    with api.session.get(f"{api.address}/jobs/{job}/events", stream=True, timeout=60) as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        seen += [json.loads(line[5:]) for line in stream.iter_lines() if line.startswith(b"data:")]


def test_job_is_followed_wherever_one_asks(site, root, each):
    images = dataset(root, "worked", 60)
    before = [replica.captioned() for replica in site.replicas]
    job = root.post("datasets/worked/caption-jobs", json={"parameters": SHORT})["id"]
    seen = [[], [], []]
    followers = [threading.Thread(target=events, args=(api.at(api.root), job, told)) for api, told in zip([*each, root], seen)]
    for follower in followers:
        follower.start()
    wait_until(lambda: root.ended(job), "the job ends")
    for follower in followers:
        follower.join(timeout=60)
    for told in seen:
        assert told[-1]["state"] == "succeeded" and told[-1]["done"] == len(images), told[-1:]
        assert len({event["done"] for event in told}) > 2, "progress is told while it is made"
    shares = [replica.captioned() - share for replica, share in zip(site.replicas, before)]
    # Small jobs may be one server's; that large ones are shared is tested in server/tests/it/crashes.rs.
    assert sum(shares) == len(images), shares


def test_server_that_is_killed_in_the_middle_of_a_job_loses_nothing(site, root):
    images = dataset(root, "killed", 100)
    job = root.post("datasets/killed/caption-jobs", json={"parameters": SHORT})["id"]
    wait_until(lambda: root.get(f"jobs/{job}")["done"] > 10, "the job is under way")
    site.replicas[0].kill()
    state = root.at(site.replicas[1].address).get(f"jobs/{job}")
    assert state["state"] == "running" and state["done"] < len(images), "it was killed in the middle"
    ended = wait_until(lambda: root.at(site.replicas[1].address).ended(job), "the job ends")
    site.replicas[0].start()
    assert (ended["state"], ended["done"], ended["failed"]) == ("succeeded", len(images), 0)
    for image in images:
        [caption] = root.get(f"images/{image['id']}/captions")
        assert caption["version"] == 1, "nothing is captioned twice"


def test_answer_is_kept_for_an_idempotency_key_whoever_is_asked(root, each):
    answers = []
    for api in [*each, root]:
        sent = {"Idempotency-Key": "order-17"}
        answers.append(api.request("POST", "/caption", files={"image": ("a.png", PICTURE)}, headers=sent))
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true"]
    assert len({answer.content for answer in answers}) == 1


def test_rate_limits_are_each_servers_own(deploy):
    site = deploy("limits", limits=["--rate-limit", "5/min"])
    site.start()
    ask = lambda: requests.post(f"{site.proxy.address}/caption", files={"image": ("a.png", PICTURE)}, timeout=30)
    answers = [ask().status_code for _ in range(14)]
    assert answers.count(200) == 10 and answers.count(429) == 4, "two servers let twice as many through"
