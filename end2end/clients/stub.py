"""A server that answers as a test says, for what a real one does only under load or when a network breaks."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer:
    """An answer: its status, headers and body. The connection closes after `breaks_after` bytes of it, if so many."""

    def __init__(self, status, body=b"", headers=(), breaks_after=None):
        self.status, self.body, self.headers, self.breaks_after = status, body, dict(headers), breaks_after


@contextlib.contextmanager
def stub(answer):
    """Runs a server whose answer to each request is `answer(request)`, and gives its address and the requests it got."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self):
            self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            requests.append(self)
            reply = answer(self)
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: reply.breaks_after])
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
