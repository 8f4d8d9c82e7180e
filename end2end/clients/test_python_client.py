"""The Python client against the real server."""

import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
import time
import zipfile

import pytest
from conftest import SAMPLES
from examples import CLIENTS, code_of, lay_out
from vasari import AsyncVasari, ConflictError, JobFailedError, Vasari, VasariError

PYTHON = CLIENTS / "python"
SCENE = SAMPLES / "scene-02.png"
WORDS = "a penguin and a red apple on a yellow background"


@pytest.fixture(scope="module")
def client(account):
    with Vasari(*account) as client:
        yield client


@pytest.fixture(scope="module")
def scenes(client, tmp_path_factory):
    """A dataset of three pictures, the first of which lies in a folder of its own."""
    folder = tmp_path_factory.mktemp("scenes")
    (folder / "deeper").mkdir()
    shutil.copy(SAMPLES / "scene-01.png", folder / "deeper/scene-01.png")
    for name in ["scene-02.png", "scene-03.png"]:
        shutil.copy(SAMPLES / name, folder)
    (folder / "broken.png").write_text("no picture")
    (folder / "notes.txt").write_text("not even called one")
    client.datasets.create("scenes", "Scenes")
    told = []
    added = client.images.upload("scenes", folder, on_progress=lambda done, total: told.append((done, total)))
    assert [result["filename"] for result in added] == ["broken.png", "deeper/scene-01.png", "scene-02.png", "scene-03.png"]
    assert added[0]["error"]["type"] == "/problems/unsupported-image"
    assert [result["already_there"] for result in added[1:]] == [False] * 3
    assert told[-1] == (4, 4)
    again = client.images.upload("scenes", [folder / "scene-02.png"], concurrency=2)
    assert again[0]["already_there"]
    return "scenes"


@pytest.fixture
def image(client, scenes):
    """The id of a picture that nobody has said anything of."""
    [added] = client.images.upload(scenes, SAMPLES / "scene-04.png")
    yield added["image"]["id"]
    client.images.delete(added["image"]["id"])


def test_caption(client):
    answer = client.caption(SCENE)
    assert answer["caption"] == WORDS
    assert 0 < answer["confidence"] <= 1
    assert client.caption(SCENE.read_bytes(), task="detailed_caption")["task"] == "<DETAILED_CAPTION>"
    with SCENE.open("rb") as file:
        regions = client.caption(file, task="<OD>", num_beams=3, timings=True)
    assert [region["label"] for region in regions["regions"]] == ["penguin", "red apple"]
    assert regions["timings"]["tokens"] > 0


def test_region_is_asked_about(client):
    answer = client.caption(SCENE, task="<REGION_TO_DESCRIPTION>", region=(101, 100, 197, 245))
    assert "penguin" in answer["caption"]


def test_stream_brings_the_same_words(client):
    events = list(client.stream_caption(SCENE, max_length=64))
    assert events[-1].answer["caption"] == WORDS
    assert "".join(event.text for event in events) in ("", WORDS)


def test_batch(client):
    batch = client.caption_batch([SCENE, b"no picture"], batch_size=2)
    assert [result["filename"] for result in batch["results"]] == ["scene-02.png", "image-2"]
    assert batch["results"][0]["caption"] == WORDS
    assert batch["results"][1]["error"]["status"] == 415
    results = {result["index"]: result for result in client.stream_batch([SCENE, b"no picture"])}
    assert results[0]["caption"] == WORDS
    assert results[1]["error"]["status"] == 415


def test_what_there_is(client):
    assert len(client.tasks()) == 15
    assert client.model_info()["model_type"] == "florence-2"
    assert client.health()["status"] == "healthy"
    assert client.system_info()["system"]["cpu_cores"] > 0
    assert client.me()["user"]["name"] == "anna"
    assert client.request("GET", "/api/v1/sessions", query={"limit": 1})["items"] == []


def test_error_says_what_the_problem_document_says(client, locked_server):
    with pytest.raises(VasariError) as raised:
        client.caption(SCENE, num_beams=0)
    error = raised.value
    assert (error.status, error.type, error.kind) == (400, "/problems/invalid-field", "invalid-field")
    assert error.title
    assert "num_beams" in error.detail
    assert error.request_id
    with pytest.raises(VasariError, match="key is not valid") as raised, Vasari(locked_server, key="wrong") as stranger:
        stranger.caption(SCENE)
    assert raised.value.status == 401


def test_lists_and_search(client, scenes):
    assert "scenes" in [dataset["slug"] for dataset in client.datasets.list()]
    names = [image["file_name"] for image in client.images.list(scenes, sort="name")]
    assert names == ["deeper/scene-01.png", "scene-02.png", "scene-03.png"]
    # The index follows what is written within moments.
    deadline = time.monotonic() + 20
    while client.images.search_page(scenes, "name:scene")["total"] < 3:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    first = client.images.search_page(scenes, "name:scene", limit=2, sort="name")
    rest = client.images.search_page(scenes, "name:scene", limit=2, sort="name", cursor=first["next_cursor"])
    assert [found["file_name"] for page in (first, rest) for found in page["items"]] == names
    assert (first["total"], rest["next_cursor"]) == (3, None)
    assert [found["file_name"] for found in client.images.search(scenes, "name:scene", sort="name")] == names
    with pytest.raises(VasariError) as raised:
        list(client.images.search(scenes, "words:many"))
    assert raised.value.document["position"] == 6


def test_picture_comes_back(client, scenes):
    image = next(image for image in client.images.list(scenes) if image["file_name"] == "scene-02.png")
    assert client.images.get(image["id"])["sha256"] == hashlib.sha256(SCENE.read_bytes()).hexdigest()
    assert client.images.file(image["id"]) == SCENE.read_bytes()
    assert client.images.thumbnail(image["id"], 256)[8:12] == b"WEBP"
    client.images.delete(image["id"])
    client.images.restore(image["id"])
    assert client.images.get(image["id"])["file_name"] == "scene-02.png"


def test_caption_is_kept_in_a_dataset(client, scenes, image):
    answer = client.caption(dataset=scenes, image_id=image, num_beams=1)
    [kept] = client.captions.list(image)
    assert answer["stored"]["caption"] == kept["id"]
    assert kept["text"] == answer["caption"]
    events = list(client.stream_caption(dataset=scenes, image_name="scene-04.png", num_beams=1))
    assert events[-1].answer["stored"]["outcome"] == "unchanged"


def test_captions_are_written_in_turn(client, scenes, image):
    mine = client.captions.write(image, "A scene.", regions=[{"label": "scene", "box": [0, 0, 10, 10]}])
    changed = client.captions.write(image, "Another scene.", version=mine["version"])
    with pytest.raises(ConflictError) as raised:
        client.captions.write(image, "A third scene.", version=mine["version"])
    assert raised.value.current["text"] == "Another scene."
    assert raised.value.current["version"] == changed["version"]
    assert raised.value.sent["text"] == "A third scene."
    assert [version["text"] for version in client.captions.versions(mine["id"])] == ["Another scene.", "A scene."]
    restored = client.captions.restore(mine["id"], 1, changed["version"])
    assert restored["text"] == "A scene."
    client.captions.update(mine["id"], restored["version"], status="submitted")
    assert client.captions.undo(scenes)["captions"][0]["status"] == "draft"
    assert client.captions.redo(scenes)["captions"][0]["status"] == "submitted"
    now = client.captions.list(image, against=mine["id"])
    assert [caption["text"] for caption in now] == ["A scene."]
    client.captions.delete(image, now[0]["version"])
    assert client.captions.list(image) == []


def test_captions_of_elsewhere_are_added(client, scenes, image):
    client.datasets.create_source(scenes, "other", "model", model="another model", task="caption")
    for _ in range(2):
        added = client.captions.add(image, "other", "A scene, elsewhere.", confidence=0.5)
    assert (added["version"], added["confidence"]) == (1, 0.5)
    assert "other" in [source["slug"] for source in client.datasets.sources(scenes)]
    updated = client.captions.set_status(scenes, [added], "submitted")
    assert updated["changed"][0]["status"] == "submitted"


def test_review(client, scenes, image):
    mine = client.captions.write(image, "A scene to review.")
    submitted = client.captions.update(mine["id"], mine["version"], status="submitted")
    item = client.review.next(scenes)["item"]
    assert image in [item["image"]["id"]]
    client.review.renew(item["lease"]["id"])
    approved = client.review.decide(mine["id"], "approved", submitted["version"])
    assert approved["status"] == "approved"
    with pytest.raises(ConflictError):
        client.review.decide(mine["id"], "rejected", submitted["version"], reason="Too short.")
    assert next(client.review.decisions(scenes))["caption"] == mine["id"]
    assert client.review.take_back(mine["id"], approved["version"])["status"] == "submitted"
    item = client.review.next(scenes)["item"]
    client.review.skip(item["lease"]["id"])
    assert client.review.next(scenes)["item"] is None
    assert client.review.progress(scenes)["captions"]["submitted"] >= 1


def test_job_captions_a_dataset(client, scenes):
    job = client.jobs.caption(scenes, num_beams=1)
    states = list(client.jobs.watch(job["id"]))
    assert states[-1]["state"] == "succeeded"
    assert states[-1]["done"] == states[-1]["total"] == 3
    assert client.jobs.get(job["id"])["kind"] == "caption"
    assert job["id"] in [listed["id"] for listed in client.jobs.list(scenes)]
    assert list(client.jobs.errors(job["id"])) == []


def test_job_that_is_cancelled_raises(client, scenes):
    job = client.jobs.caption(scenes, task="more_detailed_caption", num_beams=16)
    assert client.jobs.cancel(job["id"])["state"] == "cancelled"
    with pytest.raises(JobFailedError) as raised:
        client.jobs.wait(job["id"])
    assert raised.value.job["id"] == job["id"]
    client.jobs.resume(job["id"])
    client.jobs.cancel(job["id"])


def test_bulk_edit_and_rollback(client, scenes, image):
    client.captions.write(image, "A picture of a scene.")
    edit = {"operation": "replace", "find": "A picture of a", "replacement": "A"}
    which = {"images": {"images": [image]}, "of_source": "anna"}
    assert client.jobs.preview_bulk_edit(scenes, edit, **which)["changed"] == 1
    job = client.jobs.wait(client.jobs.bulk_edit(scenes, edit, **which)["id"])
    assert client.captions.list(image)[0]["text"] == "A scene."
    client.jobs.wait(client.jobs.roll_back(job["id"])["id"])
    assert client.captions.list(image)[0]["text"] == "A picture of a scene."


def test_import_and_export(client, scenes, tmp_path):
    lines = [{"image": name, "prompt": f"text of {name}"} for name in ["scene-02.png", "scene-03.png", "missing.png"]]
    captions = tmp_path / "captions.jsonl"
    captions.write_text("".join(json.dumps(line) + "\n" for line in lines))
    options = {"source": "notes", "mapping": ["prompt=caption"], "format": "jsonl"}
    dry = client.jobs.wait(client.jobs.import_file(scenes, captions, dry_run=True, **options)["id"])
    assert dry["result"]["counts"]["captions_added"] == 2
    assert [error["position"] for error in client.jobs.errors(dry["id"])] == [3]
    done = client.jobs.wait(client.jobs.apply_import(scenes, dry["id"])["id"])
    assert done["result"]["counts"]["captions_added"] == 2
    path = client.jobs.export_to_file(scenes, tmp_path / "scenes.zip", "imagefolder", captions={"source": "notes"})
    with zipfile.ZipFile(path) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("metadata.jsonl"))
        rows = [json.loads(line) for line in archive.read(metadata).decode().splitlines()]
    assert sorted(row["caption"] for row in rows if row.get("caption")) == ["text of scene-02.png", "text of scene-03.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["captions.jsonl", "scenes.zip"]


def test_arena(client, scenes, image):
    client.captions.write(image, "A scene.")
    client.caption(dataset=scenes, image_id=image, num_beams=1)
    question = client.arena.next(scenes, images={"images": [image]})
    assert question["comparison"]["image"] == image
    vote = client.arena.vote(question["comparison"]["id"], "left")
    assert vote["left"]["source"]
    assert vote["left"]["source"] != vote["right"]["source"]
    assert next(client.arena.votes(scenes))["outcome"] == "left"
    board = client.arena.board(scenes)
    assert board["votes"] == 1
    assert board["sources"][0]["source"] == vote["left"]["source"]
    assert client.arena.take_back(question["comparison"]["id"]).get("outcome") is None


def test_metrics_and_facets(client, scenes, image):
    client.captions.write(image, "three words here")
    metrics = client.datasets.metrics(scenes, source="anna", reference="anna")
    [own] = [source for source in metrics["sources"] if source["source"] == "anna"]
    assert own["summaries"]["words"]["mean"] == 3
    assert client.datasets.facets(scenes)["facets"]


def test_dataset_is_changed_and_deleted(client):
    client.datasets.create("short-lived", "Short-lived", description="For a moment.")
    assert client.datasets.update("short-lived", visibility="public")["visibility"] == "public"
    assert client.datasets.get("short-lived")["description"] == "For a moment."
    client.datasets.delete("short-lived")
    with pytest.raises(VasariError) as raised:
        client.datasets.get("short-lived")
    assert raised.value.status == 404


def test_client_that_awaits_does_the_same(account, scenes, tmp_path):
    async def work():
        async with AsyncVasari(*account) as client:
            captions = await asyncio.gather(*(client.caption(SCENE) for _ in range(3)))
            assert [answer["caption"] for answer in captions] == [WORDS] * 3
            assert [event.answer async for event in client.stream_caption(SCENE)][-1]["caption"] == WORDS
            assert {result["index"] async for result in client.stream_batch([SCENE, SCENE])} == {0, 1}
            added = await client.images.upload(scenes, [SAMPLES / "scene-02.png", SAMPLES / "scene-03.png"])
            assert [result["already_there"] for result in added] == [True, True]
            assert len([image async for image in client.images.list(scenes)]) == 3
            path = await client.jobs.export_to_file(scenes, tmp_path / "scenes.csv", "csv")
            assert "scene-03.png" in path.read_text()
            with pytest.raises(VasariError):
                await client.datasets.get("nothing")

    asyncio.run(work())


def test_readme_works_as_written(account, tmp_path, monkeypatch):
    address, key = account
    lay_out(tmp_path)
    program = tmp_path / "readme.py"
    program.write_text(code_of(PYTHON / "README.md", "python", address))
    monkeypatch.setenv("VASARI_KEY", key)
    monkeypatch.setenv("PYTHONPATH", str(PYTHON / "src"))
    finished = subprocess.run([sys.executable, program], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    assert "by-the-sea/scene-01.png" in finished.stdout
    assert (tmp_path / "holiday.parquet").read_bytes()[:4] == b"PAR1"
    check = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", program]
    finished = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stdout
