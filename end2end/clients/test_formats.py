"""The libraries that people train with load what `vasari convert` writes."""

import json
import os
import shutil
import subprocess

import pytest
import webdataset
from conftest import ROOT, SAMPLES
from pycocotools.coco import COCO

CAPTIONS = [
    ("scene-01.png", "=a \"red\" car, parked", "florence-2"),
    ("scene-01.png", "two\nlines", "a person"),
    ("scene-02.png", "größe 🦊", "florence-2"),
]


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """A folder with the same captions in every format, each named `set`."""
    folder = tmp_path_factory.mktemp("exports")
    lines = [
        {"file_name": name, "caption": caption, "source": source, "confidence": 0.5, "regions": [{"box": [1, 2]}]}
        for name, caption, source in CAPTIONS
    ]
    for line in lines:
        shutil.copy(SAMPLES / line["file_name"], folder)
    (folder / "captions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    program = os.environ.get("VASARI_BIN", ROOT / "target/debug/vasari")
    for ending in [".csv", ".parquet", ".json", ".tar", ".jsonl", ""]:
        subprocess.run([program, "convert", folder / "captions.jsonl", folder / f"set{ending}"], check=True)
    return folder


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """`datasets.load_dataset` for local files, with a cache of its own and without the network."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path_factory.mktemp("cache"))}
    import datasets

    return lambda kind, **where: datasets.load_dataset(kind, split="train", **where)


def captions_of(rows):
    return [(row["file_name"], row["caption"], row["source"]) for row in rows]


def test_datasets_loads_parquet_with_pictures(exports, load):
    rows = load("parquet", data_files=str(exports / "set.parquet"))
    assert captions_of(rows) == CAPTIONS
    assert all(row["image"].size[0] > 0 for row in rows)
    assert rows[0]["confidence"] == 0.5


def test_datasets_loads_imagefolder(exports, load):
    rows = load("imagefolder", data_dir=str(exports / "set"))
    assert sorted((row["caption"], row["source"]) for row in rows) == sorted(caption[1:] for caption in CAPTIONS)
    assert all(row["image"].size[0] > 0 for row in rows)


@pytest.mark.parametrize(("kind", "ending"), [("json", ".jsonl"), ("csv", ".csv")])
def test_datasets_loads_tables(exports, load, kind, ending):
    rows = load(kind, data_files=str(exports / f"set{ending}"))
    # The apostrophe keeps a spreadsheet from running the caption.
    assert [(name, caption.removeprefix("'"), source) for name, caption, source in captions_of(rows)] == CAPTIONS


def test_pycocotools_loads_coco(exports):
    coco = COCO(exports / "set.json")
    loaded = [
        (coco.loadImgs(annotation["image_id"])[0]["file_name"], annotation["caption"], annotation["source"])
        for annotation in coco.loadAnns(coco.getAnnIds())
    ]
    assert loaded == CAPTIONS
    assert all(image["width"] > 0 and image["height"] > 0 for image in coco.loadImgs(coco.getImgIds()))


def test_webdataset_loads_archive(exports):
    samples = list(webdataset.WebDataset(str(exports / "set.tar"), shardshuffle=False).decode("pil"))
    assert [(sample["json"]["file_name"], sample["txt"]) for sample in samples] == [CAPTIONS[0][:2], CAPTIONS[2][:2]]
    assert [caption["caption"] for caption in samples[0]["json"]["captions"]] == [CAPTIONS[0][1], CAPTIONS[1][1]]
    assert all(sample["png"].size[0] > 0 for sample in samples)


def test_what_datasets_writes_is_read(exports, load):
    rows = load("imagefolder", data_dir=str(exports / "set"))
    from datasets.table import embed_table_storage

    # Without this the library writes no pictures, only where they lie on this machine.
    whole = rows.select_columns(["image", "caption"]).with_format("arrow").map(embed_table_storage, batched=True)
    whole.to_parquet(exports / "theirs.parquet")
    program = os.environ.get("VASARI_BIN", ROOT / "target/debug/vasari")
    subprocess.run([program, "convert", exports / "theirs.parquet", exports / "ours"], check=True)
    lines = (exports / "ours/metadata.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["caption"] for line in lines] == [row["caption"] for row in rows]
