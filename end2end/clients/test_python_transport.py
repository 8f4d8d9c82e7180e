"""How the Python client behaves where a server is busy or a network breaks."""

import hashlib
import json
import time

import pytest
from stub import Answer, stub
from vasari import Vasari, VasariError

PROBLEM = {"type": "/problems/overloaded", "title": "Too many requests are being answered", "status": 503}
JSON = {"Content-Type": "application/json"}


def busy(times, body=b"{}", retry_after="0"):
    """Turns away so many requests, and answers those after them."""
    left = [times]

    def answer(_):
        left[0] -= 1
        if left[0] >= 0:
            headers = {"Content-Type": "application/problem+json", "Retry-After": retry_after}
            return Answer(503, json.dumps(PROBLEM).encode(), headers)
        return Answer(200, body, JSON)

    return answer


def test_caption_is_asked_for_again_under_the_same_key():
    with stub(busy(2)) as (address, requests), Vasari(address) as client:
        assert client.caption(b"picture", task="od") == {}
    keys = {request.headers["Idempotency-Key"] for request in requests}
    assert len(requests) == 3
    assert len(keys) == 1
    assert keys != {None}
    assert all(b"picture" in request.content for request in requests)


def test_server_is_given_the_time_it_asks_for():
    with stub(busy(1, retry_after="1")) as (address, requests), Vasari(address) as client:
        began = time.monotonic()
        client.health()
        assert time.monotonic() - began >= 1
    assert len(requests) == 2


def test_what_does_harm_twice_is_not_sent_twice():
    with stub(busy(2)) as (address, requests), Vasari(address) as client:
        with pytest.raises(VasariError) as raised:
            client.jobs.caption("scenes")
        assert (raised.value.status, raised.value.retry_after) == (503, 0)
        assert len(requests) == 1
        with pytest.raises(VasariError):
            list(client.stream_caption(b"picture"))
        assert len(requests) == 2


@pytest.mark.parametrize(("options", "attempts"), [({"retries": 2}, 3), ({"retries": 0}, 1), ({"longest_wait": 5}, 1)])
def test_attempts_are_bounded(options, attempts):
    retry_after = "60" if "longest_wait" in options else "0"
    with stub(busy(9, retry_after=retry_after)) as (address, requests), Vasari(address, **options) as client:
        with pytest.raises(VasariError) as raised:
            client.health()
        assert raised.value.kind == "overloaded"
        assert len(requests) == attempts


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_refusal_is_not_asked_about_again(kind):
    refuse = Answer(404, b"nothing", {"Content-Type": kind, "X-Request-Id": "7"})
    with stub(lambda _: refuse) as (address, requests), Vasari(address) as client:
        with pytest.raises(VasariError) as raised:
            client.health()
        assert (raised.value.status, raised.value.detail, raised.value.request_id) == (404, "nothing", "7")
        assert len(requests) == 1


def test_server_that_is_away_has_status_0():
    with stub(busy(0)) as (address, _):
        pass
    with pytest.raises(VasariError) as raised, Vasari(address, retries=0) as client:
        client.health()
    assert (raised.value.status, raised.value.kind) == (0, "unreachable")


def test_server_that_says_nothing_is_given_up():
    def sleep(_):
        time.sleep(1)
        return Answer(200)

    with stub(sleep) as (address, _), Vasari(address, timeout=0.2, retries=0) as client:
        with pytest.raises(VasariError) as raised:
            client.health()
        assert raised.value.kind == "timed-out"


def test_pages_are_fetched_as_they_are_reached():
    def answer(request):
        number = int(request.path.partition("cursor=")[2] or 0)
        page = {"items": [{"slug": f"{number}"}], "next_cursor": str(number + 1) if number < 2 else None}
        return Answer(200, json.dumps(page).encode(), JSON)

    with stub(answer) as (address, requests), Vasari(address) as client:
        datasets = client.datasets.list()
        assert next(datasets)["slug"] == "0"
        assert len(requests) == 1
        assert [dataset["slug"] for dataset in datasets] == ["1", "2"]
        assert [request.path.partition("&")[2] for request in requests] == ["", "cursor=1", "cursor=2"]


def test_lines_end_at_line_feeds_alone():
    text = "a\u2028b\x85c\x0bd"
    body = "".join(json.dumps({"index": index, "caption": text}, ensure_ascii=False) + "\n" for index in range(2))
    with stub(lambda _: Answer(200, body.encode(), {})) as (address, _), Vasari(address) as client:
        assert [result["caption"] for result in client.stream_batch([b"1", b"2"])] == [text, text]


def test_error_in_a_stream_is_raised():
    body = f'event: text\ndata: {{"text": "a"}}\n\n: alive\n\nevent: error\ndata: {json.dumps(PROBLEM)}\n\n'
    with stub(lambda _: Answer(200, body.encode(), {})) as (address, _), Vasari(address) as client:
        events = client.stream_caption(b"picture")
        assert next(events).text == "a"
        with pytest.raises(VasariError) as raised:
            next(events)
        assert raised.value.status == 503


def test_job_is_watched_on_after_the_stream_broke_off():
    states = iter(["running", "succeeded"])

    def answer(_):
        job = {"id": "7", "state": next(states)}
        return Answer(200, f"event: job\ndata: {json.dumps(job)}\n\n".encode(), {"Content-Length": "900"})

    with stub(answer) as (address, requests), Vasari(address) as client:
        assert client.jobs.wait("7")["state"] == "succeeded"
        assert len(requests) == 2


def download(tmp_path, content, tag, breaks_after):
    def answer(request):
        start = int(request.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
        headers = {"ETag": f'"{tag}"'}
        return Answer(206 if start else 200, content[start:], headers, None if start else breaks_after)

    with stub(answer) as (address, requests), Vasari(address) as client:
        return client.jobs.download("7", tmp_path / "file.bin"), requests


def test_download_goes_on_where_it_broke_off(tmp_path):
    content = bytes(range(256)) * 400
    tag = hashlib.sha256(content).hexdigest()
    path, requests = download(tmp_path, content, tag, 50_000)
    assert path.read_bytes() == content
    assert requests[1].headers["If-Range"] == f'"{tag}"'
    assert int(requests[1].headers["Range"][len("bytes=") : -1]) > 0


def test_download_that_came_wrong_is_no_file(tmp_path):
    with pytest.raises(VasariError, match="not what the server has"):
        download(tmp_path, b"something else", "0" * 64, None)
    assert list(tmp_path.iterdir()) == []
