"""Starts and stops the sandboxes on free ports of this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Self

import httpx
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from parution.plan.model import CONNECTED
from parution.sandbox.faults import PREFIX, FaultyServer
from parution.transport import open_client

_HOST = "127.0.0.1"
_STOPS_WITHIN = 0.02  # seconds

# Every network that is connected has a sandbox of its name, a module with `create_app` and `secrets`.
KINDS = ("ads", *sorted(CONNECTED))


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (the library's signature)
        """Say nothing: what happened is asked of the journal."""


class Server:
    """One running sandbox, and its control."""

    def __init__(self, kind: str, *, port: int = 0, **options: Any) -> None:
        if kind not in KINDS:
            raise ValueError(f"no sandbox is called {kind!r}; there are {', '.join(KINDS)}")
        self.kind, self._options = kind, options
        self._module = import_module(f"parution.sandbox.{kind}")
        app: Flask = self._module.create_app(**options)
        self._faulty = app.wsgi_app
        self._server = make_server(_HOST, port, app, threaded=True, request_handler=_Quiet)
        self.url = f"http://{_HOST}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_STOPS_WITHIN,), daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving, and wake whatever a fault keeps waiting."""
        if isinstance(self._faulty, FaultyServer):
            self._faulty.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # ---------------------------------------------------------------- control
    def secrets(self) -> dict[str, dict[str, str]]:
        """Give, by account, the secret with which a connector opens it."""
        opens: dict[str, dict[str, str]] = self._module.secrets(self.url, **self._options)
        return opens

    def fault(self, kind: str, **order: Any) -> None:
        """Order a fault; parution.sandbox.faults.Fault names what may be said."""
        self._control("POST", "faults", json={"kind": kind, **order})

    def faults(self) -> list[dict[str, Any]]:
        faults: list[dict[str, Any]] = self._control("GET", "faults").json()["faults"]
        return faults

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def events(self) -> list[dict[str, Any]]:
        """Give every effect that really happened, in order."""
        events: list[dict[str, Any]] = self._control("GET", "events").json()["events"]
        return events

    def comment(self, on: str, text: str, author: str = "Jeanne") -> str:
        """Let somebody write below a post (or a comment) by its remote id; gives the comment's."""
        said = {"on": on, "text": text, "author": author}
        return str(self._control("POST", "comments", json=said).json()["id"])

    def _control(self, method: str, path: str, **parts: Any) -> httpx.Response:
        with open_client() as client:
            return client.request(method, f"{self.url}{PREFIX}/{path}", **parts).raise_for_status()


@contextmanager
def running(kind: str, **options: Any) -> Iterator[Server]:
    """Run one of KINDS; the options are those of its `create_app`, and `port`."""
    server = Server(kind, **options).start()
    try:
        yield server
    finally:
        server.stop()
