"""The `openai` package, as a program uses it that was written for another server."""

import base64

import openai
import pytest

from conftest import SAMPLES

PICTURE = base64.b64encode((SAMPLES / "scene-02.png").read_bytes()).decode()
MESSAGES = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "<CAPTION>"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
        ],
    }
]


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=f"{server}/v1", api_key="none is needed", max_retries=0, timeout=60)


@pytest.fixture
def model(client):
    return client.models.list().data[0].id


def test_models_are_listed(client, model):
    assert client.models.retrieve(model).id == model


def test_picture_is_captioned(client, model):
    answer = client.chat.completions.create(model=model, messages=MESSAGES)
    assert answer.object == "chat.completion"
    assert answer.model
    [choice] = answer.choices
    assert choice.message.role == "assistant"
    assert choice.message.content == "a penguin and a red apple on a yellow background"
    assert choice.finish_reason == "stop"
    assert answer.usage.completion_tokens > 3
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_stream_brings_the_same_words(client, model):
    whole = client.chat.completions.create(model=model, messages=MESSAGES).choices[0].message.content
    chunks = list(client.chat.completions.create(model=model, messages=MESSAGES, stream=True))
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == whole
    assert choices[-1].finish_reason == "stop"


def test_length_is_limited(client, model):
    answer = client.chat.completions.create(model=model, messages=MESSAGES, max_tokens=5)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens <= 5


def test_wrong_key_is_an_authentication_error(locked_server):
    client = openai.OpenAI(base_url=f"{locked_server}/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="vasari-demo", messages=MESSAGES)


def test_message_without_a_picture_is_a_bad_request(client, model):
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hello!"}])
    assert "image" in str(refused.value)
