"""Clients that ask all the time, each on its own, and note what they were answered."""

import collections
import hashlib
import threading

import requests


class SteadyLoad:
    """Runs clients between `with` and its end; `answers` counts statuses by what was asked, `wrong` tells what was amiss."""

    def __init__(self, clients):
        self.answers, self.wrong = collections.Counter(), []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(name, asked)) for name, asked in clients.items()]

    def _ask(self, name, asked):
        """Asks again and again: `asked` is a generator of answers."""
        while not self._over.is_set():
            try:
                answer = next(asked)
            except requests.RequestException as error:
                self.wrong.append((name, repr(error)))
                continue
            self.answers[name] += 1
            if not answer.ok:
                self.wrong.append((name, answer.status_code, answer.text[:300]))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=60)


class Repeat:
    """An iterator that asks the same with a rising number, and goes on after an error as a generator can't."""

    def __init__(self, ask):
        self._ask, self._number = ask, 0

    def __iter__(self):
        return self

    def __next__(self):
        self._number += 1
        return self._ask(self._number)


def readers_and_writers(api, dataset, images, picture):
    """One client of each kind, by what it does."""
    first, second = images[0]["id"], images[1]["id"]
    version = collections.Counter()

    def write(number):
        body = {"text": f"version {number}"} | ({"version": version["mine"]} if version["mine"] else {})
        answer = api["write"].request("PUT", f"images/{first}/captions/mine", json=body)
        if answer.ok:
            version["mine"] = answer.json()["version"]
        return answer

    def upload(number):
        file = picture + b"steady" + number.to_bytes(4)
        answer = api["upload"].request("POST", f"datasets/{dataset}/images", files=[("images", (f"new-{number}.png", file))])
        if answer.ok:
            assert answer.json()["results"][0]["image"]["sha256"] == hashlib.sha256(file).hexdigest()
        return answer

    def caption(_):
        return api["caption"].request("POST", "/caption", files={"image": ("a.png", picture)}, data={"num_beams": 1})

    def get(kind, path):
        return lambda _: api[kind].request("GET", path)

    asked = {
        "list": get("list", f"datasets/{dataset}/images"),
        "page": get("page", f"/datasets/{dataset}"),
        "file": get("file", f"images/{second}/file"),
        "search": get("search", f"datasets/{dataset}/search?q=version"),
        "caption": caption,
        "write": write,
        "upload": upload,
    }
    return {name: Repeat(ask) for name, ask in asked.items()}
