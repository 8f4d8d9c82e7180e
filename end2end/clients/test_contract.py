"""The clients that people wrote for the earlier servers, as they wrote them."""

import json
import subprocess
from pathlib import Path

import pytest
import requests

from conftest import SAMPLES
from snippets.caption import generate_caption

CURL_LINES = (Path(__file__).parent / "snippets/curl.txt").read_text().splitlines()


def check_caption(answer):
    assert isinstance(answer["caption"], str)
    assert 0 <= answer["confidence"] <= 1
    assert answer["processing_time"] > 0
    assert answer["model_info"]["model_type"] == "florence-2"
    assert answer["model_info"]["version"]


def check_batch(answer):
    assert [result["filename"] for result in answer["results"]] == ["img1.jpg", "img2.jpg", "img3.jpg"]
    for result in answer["results"]:
        assert isinstance(result["caption"], str)
        assert 0 <= result["confidence"] <= 1
    assert answer["total_processing_time"] > 0


def run_curl(line, address):
    """Runs the line to the letter; the file that curl reads at its start sends port 8000 to the server's own."""
    port = address.rsplit(":", 1)[1]
    Path(".curlrc").write_text(f'connect-to = "localhost:8000:localhost:{port}"\nsilent\nshow-error\n')
    environment = {"CURL_HOME": ".", "PATH": "/usr/bin:/bin"}
    finished = subprocess.run(line, shell=True, env=environment, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, f"{finished.stderr} (curl is needed: apt-get install curl)"
    return json.loads(finished.stdout)


def test_python_function(server):
    check_caption(generate_caption(SAMPLES / "scene-01.png", server))


@pytest.mark.parametrize("line", CURL_LINES)
def test_curl_line(line, server, locked_server, folder):
    answer = run_curl(line, locked_server if "Authorization" in line else server)
    (check_batch if "batch" in line else check_caption)(answer)


def test_key_is_needed_where_there_is_one(locked_server, folder):
    problem = run_curl(CURL_LINES[0], locked_server)
    assert problem["status"] == 401


def test_caption_is_true_of_the_picture(server):
    captions = map(json.loads, (SAMPLES / "captions.jsonl").read_text().splitlines())
    expected = next(line for line in captions if line["image"] == "scene-02.png" and line.get("task") in (None, "<CAPTION>"))
    with (SAMPLES / "scene-02.png").open("rb") as file:
        answer = requests.post(f"{server}/caption", files={"image": file}, timeout=60).json()
    assert answer["caption"] == expected["caption"]


def test_one_bad_image_of_a_batch_fails_alone(server, folder):
    Path("img2.jpg").write_text("no picture")
    files = [("images", (name, Path(name).read_bytes())) for name in ["img1.jpg", "img2.jpg", "img3.jpg"]]
    answer = requests.post(f"{server}/batch_caption", files=files, timeout=60)
    assert answer.status_code == 200
    first, second, third = answer.json()["results"]
    assert first["caption"] == third["caption"]
    assert second.get("caption") is None
    assert second["error"]


def test_health(server):
    health = requests.get(f"{server}/health", timeout=10).json()
    assert health["status"] == "healthy"
    assert health["model_loaded"] is True
    assert health["gpu_available"] is False
    assert set(health["memory_usage"]) >= {"gpu_memory_used", "gpu_memory_total"}
    assert health["uptime"]


@pytest.mark.parametrize("path", ["/model_info", "/tasks", "/system_info"])
def test_descriptions_are_json(server, path):
    answer = requests.get(f"{server}{path}", timeout=10)
    assert answer.status_code == 200
    assert answer.json()
