"""What schemathesis can't make up by itself: pictures, and words that mean something to the model."""

import base64
import itertools
import re
from pathlib import Path

import schemathesis
from hypothesis import strategies

ROOT = Path(__file__).resolve().parents[2]
PICTURES = [
    (ROOT / "model/demo/samples/scene-01.png").read_bytes(),
    (ROOT / "model/tests/fixtures/images/rgb.jpg").read_bytes(),
]
BASE64 = [base64.b64encode(picture).decode() for picture in PICTURES]
TASKS = ["<CAPTION>", "od", "<CAPTION_TO_PHRASE_GROUNDING>", "<REGION_TO_CATEGORY>"]

schemathesis.openapi.format("binary", strategies.sampled_from(PICTURES) | strategies.binary(max_size=64))

_PLAIN = re.compile(r"[!-~]([ -~]*[!-~])?")
_numbers = itertools.count()


@schemathesis.hook
def map_body(context, body):
    """Puts a picture and a task's name in the place of most texts that could be one; the others stay as they are."""
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("task"), str) and len(body["task"]) != 1:
        body["task"] = TASKS[len(body["task"]) % len(TASKS)]
    if isinstance(body.get("image"), str) and len(body["image"]) != 1:
        body["image"] = BASE64[len(body["image"]) % 2]
    if isinstance(body.get("model"), str) and len(body["model"]) != 1:
        body["model"] = "florence-2"
    messages = body.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[-1], dict) and messages[-1].get("content") == "":
        url = f"data:image/png;base64,{BASE64[0]}"
        messages[-1]["content"] = [{"type": "text", "text": "od"}, {"type": "image_url", "image_url": {"url": url}}]
    return body


@schemathesis.hook
def filter_case(context, case):
    """Leaves out forms that differ from right ones only before they are written: a list of one text is that text."""
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return True
    return not any(isinstance(value, list) for name, value in case.body.items() if name != "images")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives every call an Idempotency-Key of its own: the same again, with another body, is refused for good reason."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and len(key) <= 255 and _PLAIN.fullmatch(key):
        case.headers["Idempotency-Key"] = f"call-{next(_numbers)}"
