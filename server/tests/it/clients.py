"""The Python client of the earlier servers, as people wrote it, against a running server.

Usage: clients.py SERVER_URL PICTURE
"""

import sys

import requests


def generate_caption(image_path, server_url="http://localhost:8000"):
    with open(image_path, 'rb') as f:
        response = requests.post(
            f"{server_url}/caption",
            files={"image": f},
            data={"max_length": 256, "temperature": 0.8}
        )
    return response.json()


server_url, picture = sys.argv[1:]
answer = generate_caption(picture, server_url)
assert isinstance(answer["caption"], str) and answer["caption"], answer
assert 0 <= answer["confidence"] <= 1, answer
assert answer["model_info"]["model_type"] == "florence-2", answer
