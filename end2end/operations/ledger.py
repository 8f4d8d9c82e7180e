"""What servers have acknowledged: every 2xx answer to something that changes something."""

import collections
import hashlib
import threading

import requests


class Ledger:
    """Written down by clients while they work, and compared with what is there in the end."""

    def __init__(self):
        self._lock = threading.Lock()
        self._entries = collections.defaultdict(dict)
        self.refused = collections.Counter()

    def note(self, kind, key, value):
        with self._lock:
            self._entries[kind][key] = value

    def of(self, kind):
        """What was acknowledged of a kind."""
        return self._entries[kind]

    def refuse(self, why):
        """Counts what was not acknowledged, by what was said instead: it may have happened or not."""
        with self._lock:
            self.refused[why] += 1

    def counts(self):
        return {kind: len(entries) for kind, entries in self._entries.items()}


class Client(threading.Thread):
    """Somebody who does one kind of thing again and again, through whatever happens."""

    def __init__(self, api, ledger, over, turn, pause=0.0):
        super().__init__(daemon=True)
        self.api, self.ledger = api, ledger
        self._over, self._turn, self._between = over, turn, pause
        self.number = 0

    def run(self):
        while not self._over.is_set():
            self.number += 1
            self._turn(self)
            self.pause(self._between)

    def pause(self, seconds):
        self._over.wait(seconds)

    def ask(self, kind, method, path, **options):
        """The JSON of an answer with status 2xx; none where there was no such answer within a few seconds."""
        try:
            answer = self.api.request(method, path, **({"timeout": 5} | options))
            found = (answer.json() if answer.content else {}) if answer.ok else None
            why = f"{kind} {answer.status_code}"
        except requests.RequestException as error:
            found, why = None, f"{kind} {type(error).__name__}"
        if found is None:
            self.ledger.refuse(why)
            # Whoever is told to come back doesn't do so at once.
            self.pause(0.1)
        return found

    def insist(self, kind, method, path, **options):
        """The same, asked until there is an answer; none when it is over."""
        while not self._over.is_set():
            if (found := self.ask(kind, method, path, **options)) is not None:
                return found
        return None


def sum_of(file):
    return hashlib.sha256(file).hexdigest()
