"""A Postgres cluster and a server that speaks S3's protocol, for all tests; the servers are each test's own."""

import contextlib
import logging
import tempfile
from pathlib import Path

import boto3
import pytest
from deployment import Deployment
from machine import give
from moto.server import ThreadedMotoServer
from postgres import Cluster


@pytest.fixture(scope="session")
def place():
    """A folder that other accounts may enter, which pytest's own are closed to whenever another pytest begins."""
    with tempfile.TemporaryDirectory(prefix="vasari-operations-") as folder:
        yield give(Path(folder))


@pytest.fixture(scope="session")
def cluster(place):
    made = Cluster(place / "cluster")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def store():
    """Makes buckets: gives the bucket, and the variables that name it to a program."""
    # A line for each request, which nobody reads.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    credentials = {"aws_access_key_id": "id", "aws_secret_access_key": "secret", "region_name": "us-east-1"}

    def make(name):
        bucket = boto3.resource("s3", endpoint_url=endpoint, **credentials).Bucket(name)
        bucket.create()
        keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": endpoint}
        return bucket, keys | {"VASARI_OBJECT_STORE": f"s3://{name}"}

    yield make
    server.stop()


@pytest.fixture(scope="module")
def deploy(cluster, store, place):
    """Makes deployments; what is made ends with the tests of the file."""
    with contextlib.ExitStack() as stack:

        def make(name, **options):
            made = Deployment(cluster, store(name)[1], give(place / name), name, **options)
            stack.callback(made.end)
            return made

        yield make


@pytest.fixture(scope="module")
def root(site):
    """The first administrator of the `site` that a module of tests makes."""
    return site.person("root", admin=True)
