"""What the machine may be short of, and a database that hangs: only what needs it fails, and it says so."""

import resource

import subprocess
import threading
import time

import pytest
import requests
from machine import program, wait_until
from replica import UNLIMITED, Replica, environment
from test_replicas import PICTURE, SHORT, dataset


@pytest.fixture(scope="module")
def site(deploy):
    made = deploy("faults")
    made.start()
    return made


def timed(ask):
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


def test_frozen_database_keeps_nobody_waiting_for_long(site, root):
    """Its processes live and say nothing: neither an error nor an answer ever comes."""
    api = root.at(site.replicas[0].address)
    [image] = dataset(api, "frozen")
    site.cluster.freeze()
    try:
        # Before and after the server has found out.
        for _ in range(3):
            answer, seconds = timed(lambda: api.request("GET", "datasets"))
            assert answer.status_code == 503 and answer.json()["type"] == "/problems/database-away", answer.text
            assert int(answer.headers["Retry-After"]) >= 1
            assert seconds < 15, seconds
        answer, seconds = timed(lambda: api.request("PUT", f"images/{image['id']}/captions/mine", json={"text": "a"}))
        assert answer.status_code == 503 and seconds < 15, (answer.text, seconds)
        for path in ("/livez", "/readyz", "/health"):
            answer, seconds = timed(lambda path=path: requests.get(f"{api.root}{path}", timeout=10))
            assert answer.status_code == 200 and seconds < 1, (path, seconds)
        picture = {"image": ("a.png", PICTURE)}
        answer, seconds = timed(lambda: requests.post(f"{api.root}/caption", files=picture, data=SHORT, timeout=30))
        assert answer.status_code == 200 and seconds < 10, (answer.text, seconds)
    finally:
        site.cluster.thaw()
    wait_until(lambda: api.request("GET", "datasets").ok, "the database is back", seconds=30)
    assert api.write(image["id"], "a heron")["version"] >= 1


def test_statements_that_the_database_hangs_in_go_on_with_it(site, root):
    """It is frozen in the middle of statements, which it would have ended by itself otherwise. Those wait; nobody else does."""
    api = root.at(site.replicas[0].address)
    hold = "SET application_name = 'holder'; BEGIN; LOCK TABLE datasets; SELECT pg_sleep(60)"
    holder = subprocess.Popen([program("psql"), "--no-psqlrc", "--quiet", "--command", hold, site.url])
    held = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
    wait_until(lambda: site.number(held), "the table is held")
    answers = []
    ask = lambda: answers.append(timed(lambda: api.at(api.root).request("GET", "datasets", timeout=60)))
    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    site.cluster.freeze()
    try:
        time.sleep(8)
        answered = len(answers)
        probe, seconds = timed(lambda: requests.get(f"{api.root}/livez", timeout=10))
    finally:
        site.cluster.thaw()
        site.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'")
    for thread in threads:
        thread.join()
    holder.wait()
    assert probe.ok and seconds < 1
    assert 0 < answered < len(threads), "there are fewer connections than requests: who got none was told so"
    assert {answer.status_code for answer, _ in answers} <= {200, 503}
    assert max(seconds for _, seconds in answers) < 15, answers
    wait_until(lambda: api.request("GET", "datasets").ok, "the database is back", seconds=30)


def test_too_few_files_cost_only_who_needs_one(site, root, tmp_path):
    variables = environment(site.url, site.objects, tmp_path / "few")
    replica = Replica(variables, tmp_path / "log", UNLIMITED)
    replica.start()
    try:
        api = root.at(replica.address)
        image = dataset(api, "few-files")[0]
        listed = len(subprocess.run(["ls", f"/proc/{replica.id}/fd"], capture_output=True, text=True).stdout.split())
        resource.prlimit(replica.id, resource.RLIMIT_NOFILE, (listed + 6, listed + 6))
        # More connections than there are files for: they wait, and the others are answered.
        held = [requests.Session() for _ in range(12)]
        statuses = []
        for session in held:
            try:
                statuses.append(session.get(f"{api.root}/livez", timeout=3).status_code)
            except requests.RequestException:
                statuses.append(None)
        assert 200 in statuses and None in statuses, statuses
        for session in held:
            session.close()
        wait_until(lambda: api.request("GET", "datasets").ok, "it goes on", seconds=30)
        file = api.request("GET", f"images/{image['id']}/file")
        assert file.ok and len(file.content) == image["byte_size"]
    finally:
        replica.end()
