"""Servers and their database are killed, frozen, restarted and cut off while people work: what was acknowledged is kept.

`VASARI_KILLS` says how many servers are killed (50 unless it does; other faults come between), `VASARI_KILLS_SEED` what
happens in which order.
"""

import os
import random
import time

import requests
from clients import DATASETS, Clients
from faults import Faults
from ledger import Ledger, sum_of
from machine import wait_until
from test_replicas import dataset

KILLS = int(os.environ.get("VASARI_KILLS", "50"))
SEED = int(os.environ.get("VASARI_KILLS_SEED", random.randrange(1 << 32)))


def set_up(site):
    """People, datasets and captions to begin with: the API for each client, and the datasets' pictures."""
    root = site.person("root", admin=True)
    images = {slug: dataset(root, slug, number) for slug, number in DATASETS.items()}
    for slug, sources in {"voted": ["one", "two"], "edited": ["import"]}.items():
        for source in sources:
            root.post(f"datasets/{slug}/sources", json={"slug": source, "kind": "import"})
            for image in images[slug]:
                root.post(f"images/{image['id']}/captions", json={"source": source, "text": f"{source} says"})
    return root, images


def test_nothing_acknowledged_is_lost(deploy, capsys):
    site = deploy("kills")
    site.start()
    root, images = set_up(site)
    ledger, faults = Ledger(), Faults(site, SEED)
    with capsys.disabled():
        print(f"\nVASARI_KILLS_SEED={SEED}", flush=True)
    began = time.monotonic()
    with Clients([root.at(site.proxy.address) for _ in range(7)], ledger, images):
        while faults.done["kill"] < KILLS:
            if faults.done["kill"] >= KILLS // 3 and not faults.done["freeze_for_long"]:
                faults.freeze_for_long()
            faults.strike()
        faults.settle()
        working = time.monotonic() - began
    recovery = time.monotonic()
    for job in [*ledger.of("edit"), *ledger.of("import"), *ledger.of("job")]:
        wait_until(lambda job=job: root.ended(job), f"the job {job} ends")
    recovered = time.monotonic() - recovery
    with capsys.disabled():
        print(f"{sum(faults.done.values())} faults {dict(faults.done)} in {working:.0f} s, jobs ended {recovered:.0f} s later")
        print(f"acknowledged {ledger.counts()}; unanswered or refused {dict(ledger.refused)}", flush=True)
    assert faults.done["freeze_for_long"] and faults.done["restart_postgres"], dict(faults.done)
    assert not [why for why in ledger.refused if why.endswith(" 500")], errors_of(site)
    check_pictures(root, ledger)
    check_captions(root, ledger, images)
    check_votes(root, ledger)
    check_edits(root, ledger)
    check_jobs(root, ledger)
    check_tables(site)
    check_indexes(site, root, ledger)


def errors_of(site):
    """What the servers say went wrong with themselves."""
    lines = [line for replica in site.replicas for line in replica.log().splitlines()]
    return [line for line in lines if " ERROR " in line]


def check_pictures(root, ledger):
    listed = {image["id"]: image["sha256"] for image in root.pages("datasets/uploaded/images")}
    assert ledger.of("upload") and ledger.of("upload").items() <= listed.items()
    for image, sha256 in listed.items():
        assert sum_of(root.request("GET", f"images/{image}/file").content) == sha256, image


def check_captions(root, ledger, images):
    histories = {image["id"]: root.history(image["id"]) for image in images["written"]}
    kept = {(image, of["version"]): of["text"] for image, history in histories.items() for of in history}
    assert ledger.of("write") and ledger.of("write").items() <= kept.items()

    assert ledger.of("caption")
    for image, (caption, text) in ledger.of("caption").items():
        [stored] = root.get(f"images/{image}/captions")
        assert (stored["id"], stored["text"], stored["version"]) == (caption, text, 1), "captioned once"


def check_votes(root, ledger):
    votes = {vote["comparison"]: vote["outcome"] for vote in root.pages("datasets/voted/votes")}
    assert ledger.of("vote") and ledger.of("vote").items() <= votes.items()


def check_edits(root, ledger):
    assert ledger.of("edit")
    for image in root.pages("datasets/edited/images"):
        [caption] = root.get(f"images/{image['id']}/captions")
        tags = caption["text"].removeprefix("import says").replace("><", "> <").split()
        assert len(tags) == len(set(tags)) == caption["version"] - 1, "each edit is made once"
        assert set(ledger.of("edit").values()) <= set(tags)


def check_jobs(root, ledger):
    for kind, slug in {"edit": "edited", "import": "imported", "job": "worked"}.items():
        assert ledger.of(kind), f"nobody has got as far as: {kind}"
        for job in ledger.of(kind):
            ended = root.get(f"jobs/{job}")
            assert ended["state"] == "succeeded" and not ended["failed"], ended
            if kind != "import":
                assert ended["done"] == ended["total"] == DATASETS[slug], ended
    said = {image["id"]: root.get(f"images/{image['id']}/captions") for image in root.pages("datasets/imported/images")}
    for captions in said.values():
        assert set(ledger.of("import").values()) <= {caption["source"] for caption in captions}


def check_tables(site):
    """What the tables say of themselves holds, of all that was done, acknowledged or not."""
    number = lambda query: site.number(f"SELECT count(*) FROM {query}")
    ended = "state IN ('waiting', 'running')"
    wait_until(lambda: number(f"jobs WHERE {ended}") == 0, "no job is left")
    assert number("jobs WHERE state <> 'succeeded'") == 0
    gaps = "(SELECT caption_id FROM caption_versions GROUP BY 1 HAVING count(*) <> max(version)) g"
    assert number(gaps) == 0, "no version is missing in any history"
    twice = "captions c JOIN caption_sources s ON s.id = c.source_id WHERE s.kind = 'model' AND c.version > 1"
    assert number(twice) == 0, "nothing is captioned twice"
    counted = "(SELECT source_id FROM captions GROUP BY 1 HAVING count(*) <> "
    counted += "(SELECT sum(captions) FROM caption_counts n WHERE n.source_id = captions.source_id)) g"
    assert number(counted) == 0, "counts are those of the rows"
    wait_until(lambda: number("graphile_worker._private_jobs") == 0, "the queue is empty")


def check_indexes(site, root, ledger):
    latest = {image: text for (image, _), text in sorted(ledger.of("write").items(), key=lambda entry: entry[0][1])}
    pictures = site.number("SELECT count(*) FROM dataset_images WHERE deleted_at IS NULL")
    for replica in site.replicas:
        api = root.at(replica.address)
        indexed = lambda: requests.get(f"{replica.address}/health", timeout=10).json()["search"]
        wait_until(lambda: indexed() == {"state": "ready", "indexed": pictures}, "the index has all pictures")
        for image in latest:
            word = root.history(image)[0]["text"].split()[-1]
            found = lambda: [item["id"] for item in api.get("datasets/written/search", params={"q": word})["items"]]
            wait_until(lambda: found() == [image], f"{word} is found", seconds=60)
