"""The libraries that people train with load what a server exports, and a server takes in what they write."""

import io
import json
import shutil
import time
import zipfile

import pytest
import requests
import webdataset
from conftest import SAMPLES, open_folder, run, serve
from pycocotools.coco import COCO

CAPTIONS = [
    ("scene-01.png", "=a \"red\" car, parked", "a-person"),
    ("scene-01.png", "two\nlines", "florence-2"),
    ("scene-02.png", "größe 🦊", "florence-2"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with a dataset `scenes`, and its owner's key: the server's address, and headers to send."""
    data = open_folder(tmp_path_factory.mktemp("transfer") / "data")
    folder = tmp_path_factory.mktemp("captions")
    lines = [{"file_name": name, "caption": caption, "source": source} for name, caption, source in CAPTIONS]
    for line in lines:
        shutil.copy(SAMPLES / line["file_name"], folder)
    (folder / "captions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run(data, "user", "add", "anna", "--json")
    key = run(data, "key", "create", "anna", "clients", "--scope", "read,write", "--json")["key"]
    run(data, "dataset", "create", "scenes", "--owner", "anna", "--json")
    imported = run(data, "import", str(folder / "captions.jsonl"), "--dataset", "scenes", "--json")
    assert imported["counts"]["captions_added"] == len(CAPTIONS)
    with serve(data=data) as address:
        yield address, {"Authorization": f"Bearer {key}"}


def wait_for(server, response):
    """The job, once it has succeeded."""
    address, headers = server
    assert response.status_code == 202, response.text
    deadline = time.monotonic() + 60
    while True:
        job = requests.get(f"{address}/api/v1/jobs/{response.json()['id']}", headers=headers).json()
        if job["state"] not in ["waiting", "running"]:
            assert job["state"] == "succeeded", job
            return job
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def export(server, tmp_path_factory):
    """Exports the dataset in a format and gives the file."""
    address, headers = server
    folder = tmp_path_factory.mktemp("exports")

    def exported(kind, ending):
        body = {"format": kind, "captions": "all"}
        job = wait_for(server, requests.post(f"{address}/api/v1/datasets/scenes/exports", json=body, headers=headers))
        path = folder / f"set{ending}"
        # In two parts, as a download that broke off.
        url = f"{address}/api/v1/jobs/{job['id']}/file"
        first = requests.get(url, headers=headers | {"Range": "bytes=0-99"})
        rest = requests.get(url, headers=headers | {"Range": "bytes=100-", "If-Range": first.headers["ETag"]})
        assert [first.status_code, rest.status_code] == [206, 206]
        path.write_bytes(first.content + rest.content)
        assert path.stat().st_size == job["result"]["size"]
        return path

    return exported


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """`datasets.load_dataset` for local files, with a cache of its own and without the network."""
    patch = pytest.MonkeyPatch()
    patch.setenv("HF_HUB_OFFLINE", "1")
    patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("cache")))
    import datasets

    yield lambda kind, **where: datasets.load_dataset(kind, split="train", **where)
    patch.undo()


def test_datasets_loads_exported_parquet(export, load):
    rows = load("parquet", data_files=str(export("parquet", ".parquet")))
    assert [(row["file_name"], row["caption"], row["source"]) for row in rows] == CAPTIONS
    assert all(row["image"].size[0] > 0 for row in rows)


def test_datasets_loads_exported_imagefolder(export, load, tmp_path):
    zipfile.ZipFile(export("imagefolder", ".zip")).extractall(tmp_path / "set")
    rows = load("imagefolder", data_dir=str(tmp_path / "set"))
    assert sorted((row["caption"], row["source"]) for row in rows) == sorted(caption[1:] for caption in CAPTIONS)
    assert all(row["image"].size[0] > 0 for row in rows)


def test_pycocotools_loads_exported_coco(export):
    coco = COCO(export("coco", ".json"))
    loaded = [
        (coco.loadImgs(annotation["image_id"])[0]["file_name"], annotation["caption"], annotation["source"])
        for annotation in coco.loadAnns(coco.getAnnIds())
    ]
    assert loaded == CAPTIONS
    assert all(image["width"] > 0 and image["height"] > 0 for image in coco.loadImgs(coco.getImgIds()))


def test_webdataset_loads_exported_archive(export):
    samples = list(webdataset.WebDataset(str(export("webdataset", ".tar")), shardshuffle=False).decode("pil"))
    assert [(sample["json"]["file_name"], sample["txt"]) for sample in samples] == [CAPTIONS[0][:2], CAPTIONS[2][:2]]
    assert [caption["caption"] for caption in samples[0]["json"]["captions"]] == [CAPTIONS[0][1], CAPTIONS[1][1]]
    assert all(sample["png"].size[0] > 0 for sample in samples)


def test_archive_that_python_packs_is_taken_in(server):
    address, headers = server
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(SAMPLES / "scene-03.png", "set/scene-03.png")
        archive.writestr("set/scene-03.txt", "a scene\n")
    files = {"file": ("set.zip", packed.getvalue())}
    url = f"{address}/api/v1/datasets/scenes/imports"
    for added in [1, 0]:
        job = wait_for(server, requests.post(url, files=files, data={"source": "Texts"}, headers=headers))
        counts = job["result"]["counts"]
        assert [counts["images_added"], counts["captions_added"], counts["failed"]] == [added, added, 0]
