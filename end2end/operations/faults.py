"""What happens to servers and their database: chosen by a seed, so that it can be repeated as far as timing allows."""

import collections
import random
import signal
import threading
import time

# How often each happens, as far as chance has it.
WEIGHTS = {"kill": 20, "freeze": 4, "restart_postgres": 4, "cut_connections": 4, "freeze_postgres": 2}

# Longer than a server may be silent before its steps are given to others.
LONG = 24


class Faults:
    """Does one after the other; `done` counts them."""

    def __init__(self, site, seed):
        self.site, self.done = site, collections.Counter()
        self._random = random.Random(seed)
        self._frozen = None

    def strike(self):
        """Does something, and lets the servers go on for a moment."""
        what = self._random.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        getattr(self, f"_{what}")()
        self.done[what] += 1
        time.sleep(self._random.uniform(0.3, 2))

    def freeze_for_long(self):
        """Stops a server for so long that it is taken for dead; meanwhile the rest goes on."""
        self._frozen = self._random.choice(self.site.replicas)
        self._frozen.signal(signal.SIGSTOP)
        self.done["freeze_for_long"] += 1
        threading.Timer(LONG, self._wake).start()

    def _wake(self):
        self._frozen.signal(signal.SIGCONT)
        self._frozen = None

    def settle(self):
        """Waits until all servers are there again."""
        while self._frozen:
            time.sleep(0.1)
        for replica in self.site.replicas:
            replica.wait()

    def _one(self):
        """A server that isn't frozen and has come back from what it suffered last."""
        chosen = self._random.choice(self.site.replicas)
        if chosen is self._frozen:
            chosen = next(replica for replica in self.site.replicas if replica is not self._frozen)
        chosen.wait()
        return chosen

    def _kill(self):
        chosen = self._one()
        chosen.kill()
        chosen.start(wait=False)

    def _freeze(self):
        chosen = self._one()
        chosen.signal(signal.SIGSTOP)
        time.sleep(self._random.uniform(0.2, 2))
        chosen.signal(signal.SIGCONT)

    def _restart_postgres(self):
        self.site.cluster.restart()

    def _cut_connections(self):
        self.site.cluster.cut(self.site.database)

    def _freeze_postgres(self):
        self.site.cluster.freeze()
        time.sleep(self._random.uniform(0.5, 2))
        self.site.cluster.thaw()
