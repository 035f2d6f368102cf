"""Starts and stops the sandboxes on free ports of this machine."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import httpx
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from parution.sandbox import ads, bluesky, mastodon, webhook, wordpress
from parution.sandbox.faults import PREFIX, FaultyServer
from parution.transport import open_client

_HOST = "127.0.0.1"
_STOPS_WITHIN = 0.02  # seconds

_MAKERS: Mapping[str, Callable[..., Flask]] = {
    "mastodon": mastodon.create_app,
    "ads": ads.create_app,
    "webhook": webhook.create_app,
    "bluesky": bluesky.create_app,
    "wordpress": wordpress.create_app,
}
KINDS = tuple(_MAKERS)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (the library's signature)
        """Say nothing: what happened is asked of the journal."""


class Server:
    """One running sandbox, and its control."""

    def __init__(self, kind: str, *, port: int = 0, **options: Any) -> None:
        if kind not in _MAKERS:
            raise ValueError(f"no sandbox is called {kind!r}; there are {', '.join(KINDS)}")
        self.kind, self._options = kind, options
        app = _MAKERS[kind](**options)
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
        opens: dict[str, dict[str, str]]
        match self.kind:
            case "mastodon":
                accounts = self._options.get("accounts", mastodon.TOKENS)
                opens = {name: {"access_token": token} for token, name in accounts.items()}
            case "ads":
                accounts = self._options.get("accounts", ads.ACCOUNTS)
                opens = {currency: {"token": token} for token, currency in accounts.items()}
            case "bluesky":
                return self._bluesky()
            case "wordpress":
                users = self._options.get("users", wordpress.USERS)
                opens = {
                    name: {"user": name, "application_password": secret} for name, secret in users.items()
                }
            case _:
                return {"receiver": self._receiver()}
        return {account: {"base_url": self.url, **facts} for account, facts in opens.items()}

    def _bluesky(self) -> dict[str, dict[str, str]]:
        here = {"base_url": self.url, "web_url": self.url}
        passwords = self._options.get("passwords", bluesky.PASSWORDS)
        return {
            name: {**here, "identifier": name, "app_password": password}
            for password, name in passwords.items()
        }

    def _receiver(self) -> dict[str, str]:
        return {
            "url": f"{self.url}/",
            "signing_key": self._options.get("signing_key", webhook.SIGNING_KEY),
            "lookup_url": f"{self.url}/posts/by-message/{{id}}",
            "deduplicates": str(self._options.get("deduplicates", False)).lower(),
        }

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
