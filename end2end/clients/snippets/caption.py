import requests

def generate_caption(image_path, server_url="http://localhost:8000"):
    with open(image_path, 'rb') as f:
        response = requests.post(
            f"{server_url}/caption",
            files={"image": f},
            data={"max_length": 256, "temperature": 0.8}
        )
    return response.json()
