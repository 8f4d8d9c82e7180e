"""What the clients' READMEs tell people to write."""

import json
import re
import shutil
from pathlib import Path

from conftest import PHOTO, ROOT, SAMPLES

CLIENTS = ROOT / "clients"


def code_of(readme, language, address):
    """The examples of a language, one after the other, for the server at this address."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", readme.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks, f"{readme} has no examples in {language}"
    return "\n".join(blocks).replace("http://localhost:8000", address)


def lay_out(folder: Path):
    """The files that the examples speak of."""
    (folder / "photos/by-the-sea").mkdir(parents=True)
    for name in ["photo.jpg", "img1.jpg", "img2.jpg", "photos/img3.jpg"]:
        shutil.copy(PHOTO, folder / name)
    for name in ["scene-01.png", "scene-02.png"]:
        shutil.copy(SAMPLES / name, folder / "photos/by-the-sea" / name)
    line = {"image": "by-the-sea/scene-01.png", "caption": "a scene with a pair of glasses"}
    (folder / "captions.jsonl").write_text(json.dumps(line) + "\n")
