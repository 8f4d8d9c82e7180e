"""Clients that upload, caption, write, vote, edit in bulk and import, each as long as it is let."""

import json
import threading

from ledger import Client, sum_of
from test_replicas import PICTURE, SHORT

# The datasets, and with how many pictures each begins.
DATASETS = {"uploaded": 1, "written": 6, "captioned": 60, "voted": 30, "edited": 40, "imported": 40, "worked": 40}


def upload(client):
    file = PICTURE + b"kills" + client.number.to_bytes(4)
    sent = [("images", (f"new-{client.number}.png", file))]
    if added := client.ask("upload", "POST", "datasets/uploaded/images", files=sent):
        # Each file of a request has a result of its own.
        [result] = added["results"]
        if image := result.get("image"):
            client.ledger.note("upload", image["id"], sum_of(file))


class Writing:
    """One's own captions of a few pictures, rewritten in turn; each text has a word of its own."""

    def __init__(self, images):
        self._images = [image["id"] for image in images]
        self._versions = {}

    def __call__(self, client):
        image, text = self._images[client.number % len(self._images)], f"a text with word{client.number}"
        body = {"text": text, "version": self._versions.get(image)}
        if written := client.ask("write", "PUT", f"images/{image}/captions/mine", json=body):
            self._versions[image] = written["version"]
            client.ledger.note("write", (image, written["version"]), text)
        # Whether it was written or not, one goes on from what is there.
        elif (captions := client.insist("look", "GET", f"images/{image}/captions")) is not None:
            self._versions[image] = captions[0]["version"] if captions else None


class Captioning:
    """Each picture captioned once, asked with the same key again and again until there is an answer. A key that a server
    died with is taken up by another after a minute; meanwhile it is the others' turn."""

    def __init__(self, images):
        self._waiting = [image["id"] for image in images]

    def __call__(self, client):
        if not self._waiting:
            return
        image = self._waiting.pop(0)
        asked = {"dataset": "captioned", "image_id": image} | SHORT
        key = {"Idempotency-Key": f"caption-{image}"}
        if answer := client.ask("caption", "POST", "/caption", json=asked, headers=key):
            client.ledger.note("caption", image, (answer["stored"]["caption"], answer["caption"]))
        else:
            self._waiting.append(image)


def vote(client):
    shown = client.ask("compare", "POST", "datasets/voted/arena/next", json={})
    if shown and shown["comparison"]:
        comparison, outcome = shown["comparison"]["id"], ("left", "right", "tie")[client.number % 3]
        if client.ask("vote", "PUT", f"comparisons/{comparison}/vote", json={"outcome": outcome}) is not None:
            client.ledger.note("vote", comparison, outcome)


def wait_for(client, job):
    """Waits until the job has ended, or all is over."""
    while (found := client.insist("look", "GET", f"jobs/{job}")) is not None and found["state"] in ("waiting", "running"):
        client.pause(0.3)


def edit(client):
    tag = f"<{client.number}>"
    asked = {"edit": {"operation": "suffix", "text": tag}, "of_source": "import"}
    if job := client.ask("edit", "POST", "datasets/edited/bulk-edits", json=asked):
        client.ledger.note("edit", job["id"], tag)
        wait_for(client, job["id"])


def import_captions(client):
    source = f"batch-{client.number}"
    rows = [{"file_name": f"{number:03}.png", "caption": f"{source} of {number}"} for number in range(DATASETS["imported"])]
    file = "".join(json.dumps(row) + "\n" for row in rows)
    form = {"files": {"file": ("captions.jsonl", file)}, "data": {"source": source}}
    if job := client.ask("import", "POST", "datasets/imported/imports", **form):
        client.ledger.note("import", job["id"], source)
        wait_for(client, job["id"])


def caption_all(client):
    # Other parameters are another source.
    asked = {"parameters": {"num_beams": 1, "max_length": 3 + client.number}}
    if job := client.ask("job", "POST", "datasets/worked/caption-jobs", json=asked):
        client.ledger.note("job", job["id"], asked["parameters"])
        wait_for(client, job["id"])


class Clients:
    """All of them, at work between `with` and its end."""

    def __init__(self, apis, ledger, images):
        self._over = threading.Event()
        turns = [
            (upload, 0.2), (Writing(images["written"]), 0.1), (Captioning(images["captioned"]), 0.5), (vote, 0.5),
            (edit, 1), (import_captions, 1), (caption_all, 1),
        ]  # fmt: skip
        self._clients = [Client(api, ledger, self._over, *turn) for api, turn in zip(apis, turns)]

    def __enter__(self):
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for client in self._clients:
            client.join(timeout=90)
            assert not client.is_alive(), "a client waits for an answer that doesn't come"
