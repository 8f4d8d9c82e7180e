"""Servers that are restarted one after the other while people work: nobody notices."""

import collections
import time

from steady_load import SteadyLoad, readers_and_writers
from test_replicas import PICTURE, dataset

ROUNDS = 3


def test_no_request_is_dropped(deploy, capsys):
    # The delay is longer than nginx keeps an idle connection, so that none is left when the server hangs up.
    site = deploy("rolling", arguments=["--listen-when-ready", "--shutdown-delay", "3"], keepalive="2s")
    site.start()
    root = site.person("root", admin=True)
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
    history = root.get(f"images/{images[0]['id']}/captions")[0]
    assert history["version"] == load.answers["write"], "every writing was kept, once"
