"""Servers that are restarted one after the other while people work: nobody notices."""

import collections
import time

import pytest
import requests
from machine import wait_until
from steady_load import SteadyLoad, readers_and_writers
from test_replicas import PICTURE, dataset

ROUNDS = 3


@pytest.fixture(scope="module")
def site(deploy):
    # The delay is longer than nginx keeps an idle connection, so that none is left when the server hangs up.
    made = deploy("rolling", arguments=["--listen-when-ready", "--shutdown-delay", "3"], keepalive="2s")
    made.start()
    return made


def test_no_request_is_dropped(site, root, capsys):
    images = dataset(root, "busy", 2)
    clients = collections.defaultdict(lambda: root.at(site.proxy.address))
    with SteadyLoad(readers_and_writers(clients, "busy", images, PICTURE)) as load:
        for _ in range(ROUNDS):
            for replica in site.replicas:
                time.sleep(1)
                replica.stop()
                replica.start()
    with capsys.disabled():
        print(f"\n{2 * ROUNDS} restarts, {sum(load.answers.values())} requests: {dict(load.answers)}")
    assert not load.wrong, load.wrong
    assert all(count > 2 * ROUNDS for count in load.answers.values()), load.answers
    [caption] = root.get(f"images/{images[0]['id']}/captions")
    assert caption["version"] == load.answers["write"], "every writing was kept, once"


def test_server_lets_nobody_in_before_everything_is_there(site, root):
    dataset(root, "early")
    replica = site.replicas[0]
    replica.stop()
    replica.start(wait=False)
    api = root.at(replica.address)

    def first_answers():
        try:
            paths = ["/readyz", "datasets", "datasets/early/search?q=bird"]
            return [api.request("GET", path).status_code for path in paths]
        except requests.ConnectionError:
            return None

    assert wait_until(first_answers, "it listens", pause=0.01) == [200] * 3


def test_server_that_is_told_to_stop_says_so_and_goes_on(site, root):
    replica = site.replicas[0]
    replica.wait()
    stopping = time.monotonic()
    replica.tell_to_stop()
    wait_until(lambda: requests.get(f"{replica.address}/readyz", timeout=5).status_code == 503, "it is not ready", pause=0.01)
    answered = root.at(replica.address).request("GET", "datasets")
    assert (answered.status_code, answered.headers["Connection"]) == (200, "close")
    replica.stop()
    assert time.monotonic() - stopping >= 3
    replica.start()
