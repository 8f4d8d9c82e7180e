"""nginx and Caddy with the configurations of deploy/, before real servers and before some that fail."""

import contextlib
import http.server
import json
import os
import re
import shutil
import threading
import time

import pytest
import requests
from conftest import DEPLOY, PICTURE, answers, free_port, run, running

# --max-request-size
LIMIT = 10 << 20
KEY = {"Authorization": "Bearer secret"}


def nginx(folder, servers, secrets):
    """nginx as deploy/nginx has it: the command that starts it, its port, and that of plain HTTP."""
    ports = {"80": free_port(), "443": free_port()}
    shutil.copytree(DEPLOY / "nginx", folder / "conf.d")
    config = folder / "conf.d/vasari.conf"
    text = re.sub(r"^ *listen \[::\].*\n", "", config.read_text(), flags=re.MULTILINE)
    text = re.sub(r"listen (80|443)", lambda listen: f"listen 127.0.0.1:{ports[listen.group(1)]}", text)
    text = text.replace("/etc/nginx/tls/", f"{secrets}/tls/").replace("/dev/stdout", str(folder / "access.log"))
    config.write_text(text.replace("/dev/stderr", str(folder / "error.log")))
    upstream = folder / "conf.d/vasari-upstream.conf"
    text = upstream.read_text()
    for name, server in zip(["vasari-1:8000", "vasari-2:8000"], servers, strict=True):
        text = text.replace(name, server)
    upstream.write_text(text)
    # What a distribution's nginx.conf has around conf.d.
    paths = "".join(
        f"{part}_temp_path {folder}/{part};" for part in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    )
    (folder / "nginx.conf").write_text(
        f"user root; daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ default_type application/octet-stream; keepalive_timeout 65; {paths} include conf.d/*.conf; }}\n"
    )
    command = ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    run(*command, "-t")
    return command, ports["443"], ports["80"], {}


def caddy(folder, servers, _):
    """Caddy as deploy/caddy has it."""
    plain, encrypted = free_port(), free_port()
    file = DEPLOY / "caddy/Caddyfile"
    run("caddy", "validate", "--adapter", "caddyfile", "--config", file)
    assert run("caddy", "fmt", file) == file.read_text()
    # Its certificate is its own, which no system is told to trust; and it is not to be steered.
    here = f"{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {plain}\n\thttps_port {encrypted}\n"
    config = folder / "Caddyfile"
    config.write_text(file.read_text().replace("\n{\n", f"\n{here}", 1))
    variables = {"VASARI_SERVERS": " ".join(servers), "VASARI_DOMAIN": "localhost"}
    environment = variables | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return ["caddy", "run", "--adapter", "caddyfile", "--config", config], encrypted, plain, environment


@contextlib.contextmanager
def proxy(kind, folder, servers, secrets):
    """A proxy that runs: its address, and that of plain HTTP."""
    command, encrypted, plain, environment = kind(folder, servers, secrets)
    address = f"https://localhost:{encrypted}"
    with running(command, folder / "log", lambda: answers(f"{address}/livez"), env=os.environ | environment):
        yield address, f"http://localhost:{plain}"


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def site(request, servers, secrets, tmp_path_factory):
    """A proxy before two real servers."""
    folder = tmp_path_factory.mktemp(request.param.__name__)
    with proxy(request.param, folder, servers, secrets) as (address, plain):
        session = requests.Session()
        # Whatever the machine trusts, this certificate is nobody's.
        session.verify, session.trust_env = False, False
        session.headers.update(KEY)
        session.address, session.plain, session.folder = address, plain, folder
        yield session


def test_captions_come_through(site):
    answer = site.post(f"{site.address}/caption", files={"image": PICTURE}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["caption"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert requests.post(f"{site.address}/caption", files={"image": PICTURE}, verify=False, timeout=60).status_code == 401


def test_plain_http_leads_to_https(site):
    answer = site.get(f"{site.plain}/tasks", allow_redirects=False, timeout=10)
    assert answer.status_code in {301, 308}
    assert re.match(r"https://localhost(:\d+)?/tasks$", answer.headers["Location"])


def test_metrics_are_not_for_everybody(site):
    assert site.get(f"{site.address}/metrics", timeout=10).status_code == 404


def pieces(answer):
    """The parts of an answer as they come."""
    return [part for part in answer.iter_content(None) if part]


def test_words_arrive_as_they_come(site):
    fields = {"stream": "true", "task": "<MORE_DETAILED_CAPTION>"}
    answer = site.post(f"{site.address}/caption", files={"image": PICTURE}, data=fields, stream=True, timeout=60)
    arrived = pieces(answer)
    assert len(arrived) > 2, arrived


def test_answers_of_a_batch_arrive_one_by_one(site):
    files = [("images", (f"{number}.png", PICTURE)) for number in range(4)]
    headers = {"Accept": "application/x-ndjson"}
    # A description of each takes long enough for the first to be there before the last is made.
    data = {"task": "<MORE_DETAILED_CAPTION>", "num_beams": "3"}
    answer = site.post(f"{site.address}/batch_caption", files=files, data=data, headers=headers, stream=True, timeout=60)
    arrived = pieces(answer)
    assert len(arrived) > 2, arrived
    # One for each picture, and what all took.
    assert b"".join(arrived).count(b"\n") == 5


def upload(url, size):
    """The status of a request with so many bytes, and its answer, as curl gets them: it asks first whether it may send."""
    told = ["--http1.1", "--silent", "--show-error", "--insecure", "--write-out", " %{http_code}", "--data-binary", "@-"]
    headers = ["--header", f"Authorization: {KEY['Authorization']}", "--header", "Content-Type: application/json"]
    answer, status = run("curl", *told, *headers, url, input="A" * size).rsplit(" ", 1)
    return int(status), answer


def test_limit_is_vasaris(site, servers):
    """One byte more is refused, by the proxy as by Vasari itself; as many as may be are read, and are no JSON."""
    for address in [site.address, f"http://{servers[0]}"]:
        assert upload(f"{address}/caption", LIMIT)[0] == 400
        status, answer = upload(f"{address}/caption", LIMIT + 1)
        problem = json.loads(answer)
        assert (status, problem["status"], problem["type"]) == (413, 413, "/problems/request-too-large")
        assert problem["title"] == "The request is too large"


def test_log_keeps_no_secrets(site):
    site.get(f"{site.address}/sign-up?token=hidden-token", timeout=10)
    log = lambda: "".join(path.read_text() for path in [site.folder / "log", site.folder / "access.log"] if path.exists())
    deadline = time.monotonic() + 10
    while "/sign-up" not in log() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "/sign-up" in log()
    assert "hidden-token" not in log() and "Bearer secret" not in log()


class Upstream(http.server.BaseHTTPRequestHandler):
    """Says what it was asked; or, as the server that fails, hangs up once it has read that."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/livez":
            self.server.asked.append(self.command)
            if self.server.fails:
                self.close_connection = True
                return
        body = json.dumps([[name.lower(), value] for name, value in self.headers.items()]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def upstream(fails=False):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.fails, server.asked = fails, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server, f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("kind", [nginx, caddy])
def test_callers_are_told_apart_and_cannot_lie(kind, secrets, tmp_path):
    with upstream() as (_, one), upstream() as (_, other), proxy(kind, tmp_path, [one, other], secrets) as (address, _):
        lies = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Request-Id": "mine"}
        told = requests.get(f"{address}/tasks", headers=lies, verify=False, timeout=10).json()
    assert [value for name, value in told if name == "x-forwarded-for"] == ["127.0.0.1"]
    named = dict(told)
    assert "forwarded" not in named
    assert named["x-request-id"] == "mine"
    assert named["host"] == address.removeprefix("https://")


@pytest.mark.parametrize("kind", [nginx, caddy])
def test_imports_may_be_larger(kind, secrets, tmp_path):
    with upstream() as (_, one), upstream() as (_, other), proxy(kind, tmp_path, [one, other], secrets) as (address, _):
        for path in ["api/v1/datasets/birds/imports", "datasets/birds/import", "api/v1/datasets/birds/images"]:
            assert upload(f"{address}/{path}", LIMIT + 1)[0] == 200, path
        assert upload(f"{address}/api/v1/datasets/birds/sources", LIMIT + 1)[0] == 413


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("kind", [nginx, caddy])
def test_only_what_is_safe_is_asked_again(kind, method, secrets, tmp_path):
    with upstream(fails=True) as (failing, one), upstream() as (good, other):
        with proxy(kind, tmp_path, [one, other], secrets) as (address, _):
            body = None if method == "GET" else b"x"
            # Until it is the failing one's turn.
            for _ in range(50):
                good.asked.clear()
                answer = requests.request(method, f"{address}/api/v1/x", data=body, verify=False, timeout=10)
                if failing.asked:
                    break
    if method == "GET":
        # The first server may be asked twice: on a connection that was kept, nobody knows what became of a request.
        assert (answer.status_code, good.asked) == (200, ["GET"])
    else:
        assert (answer.status_code, failing.asked, good.asked) == (502, [method], [])


@pytest.mark.parametrize("kind", [nginx, caddy])
def test_server_that_is_gone_is_missed_by_nobody(kind, secrets, tmp_path):
    gone = f"127.0.0.1:{free_port()}"
    with upstream() as (good, other), proxy(kind, tmp_path, [gone, other], secrets) as (address, _):
        for method in ["GET", "POST", "POST", "GET", "POST"]:
            assert requests.request(method, f"{address}/caption", verify=False, timeout=20).status_code == 200
    assert good.asked == ["GET", "POST", "POST", "GET", "POST"]
