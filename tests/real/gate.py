"""A way to a real server on which an answer may be lost: the request passes, and the connection breaks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from parution.transport import open_client

# What belongs to one connection (RFC 9110, 7.6.1), and what is written anew.
_OWN = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


class Gate:
    """Passes on everything to one server."""

    def __init__(self, upstream: str) -> None:
        self._client, self._upstream = open_client(), httpx.URL(upstream)
        self._loses: Callable[[httpx.Request], bool] | None = None
        self.lost: list[httpx.Request] = []

    def lose(self, answer_to: Callable[[httpx.Request], bool]) -> None:
        """Lose the answer to the next request like this, after its effect."""
        self._loses = answer_to

    def pass_on(self, request: httpx.Request) -> httpx.Response | None:
        """Give the server's answer; None: it is lost."""
        answer = self._client.send(request)
        if self._loses is not None and answer.is_success and self._loses(request):
            self._loses = None
            self.lost.append(request)
            return None
        return answer

    def asked(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> httpx.Request:
        kept = [(name, value) for name, value in headers if name.lower() not in _OWN]
        return httpx.Request(method, self._upstream.join(path), headers=kept, content=body)


@contextmanager
def gate(upstream: str) -> Iterator[tuple[Gate, str]]:
    """Open a gate to a server, and give it with its own address."""
    this = Gate(upstream)

    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = this.pass_on(this.asked(self.command, self.path, list(self.headers.items()), body))
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = do_any  # noqa: N815 (the library's names)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's signature)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield this, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
