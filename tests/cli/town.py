"""Every network's authorisation and account addresses on one port of this machine, each at its real path."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from parution.cli.authorisations import ways
from parution.plan.model import NETWORKS
from parution.sandbox.faults import Faults, FaultyServer, Journal, control
from parution.sandbox.oauth import TokenServer, routes
from parution.transport import open_client

CLIENT, SECRET = "town-app", "town-canary-secret"

# What each address says of the account, cut down to what is read.
TOLD: Mapping[str, Any] = {
    "/v25.0/me/permissions": {"data": [{"permission": "pages_show_list", "status": "granted"}]},
    "/v25.0/me/accounts": {
        "data": [
            {
                "id": "111",
                "name": "Boulangerie Martin",
                "access_token": "page-canary-111",
                "tasks": ["CREATE_CONTENT"],
                "instagram_business_account": {"id": "178", "username": "boulangerie.martin"},
            },
            {"id": "222", "name": "Hôtel des Cimes", "access_token": "page-canary-222", "tasks": ["ANALYZE"]},
        ]
    },
    "/me": {"user_id": "178", "username": "boulangerie.martin", "account_type": "BUSINESS"},
    "/v1.0/me": {"id": "345", "username": "boulangerie.martin"},
    "/2/users/me": {"data": {"id": "9", "name": "Martin", "username": "martin"}},
    "/v2/userinfo": {"sub": "p-7", "name": "Jeanne Martin"},
    "/rest/organizationAcls": {
        "elements": [
            {"organization": "urn:li:organization:555", "role": "ADMINISTRATOR"},
            {"organization": "urn:li:organization:555", "role": "CONTENT_ADMINISTRATOR"},
            {"organization": "urn:li:organization:777", "role": "ANALYST"},
        ]
    },
    "/rest/organizations/555": {"localizedName": "Boulangerie Martin SARL"},
    "/youtube/v3/channels": {"items": [{"id": "UC1", "snippet": {"title": "Le fournil"}}]},
    "/v2/post/publish/creator_info/query/": {
        "data": {"creator_username": "martin", "creator_nickname": "Martin"},
        "error": {"code": "ok", "message": "", "log_id": "1"},
    },
    "/v5/boards": {
        "items": [{"id": "31", "name": "Bûches"}, {"id": "32", "name": "Galettes"}],
        "bookmark": None,
    },
    "/v2/user/info": {"response": {"user": {"blogs": [{"name": "martin", "primary": True}]}}},
    "/api/v1/accounts/verify_credentials": {"id": "1", "acct": "martin"},
    "/v25.0/111": {"id": "111", "name": "Boulangerie Martin"},
    "/v25.0/178/content_publishing_limit": {"data": [{"quota_usage": 0}]},
    "/178/content_publishing_limit": {"data": [{"quota_usage": 0}]},
    "/v1.0/345/threads_publishing_limit": {"data": [{"quota_usage": 0}]},
}


class Town:
    """The running addresses, and what they answer."""

    def __init__(self, url: str, answers: dict[str, Any]) -> None:
        self.url, self.answers = url, answers

    def as_new(self) -> None:
        """Forget what a test made of it."""
        self.answers.clear()
        self.answers.update(TOLD)
        with open_client() as client:
            client.delete(f"{self.url}/_sandbox/faults")

    def fault(self, kind: str, **order: Any) -> None:
        with open_client() as client:
            assert client.post(f"{self.url}/_sandbox/faults", json={"kind": kind, **order}).is_success


@contextmanager
def running_town(**options: Any) -> Iterator[Town]:
    """Serve; options are those of `routes`: consents, withheld."""
    answers = dict(TOLD)
    app = _app(answers, options)
    assert isinstance(app.wsgi_app, FaultyServer)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Town(f"http://127.0.0.1:{server.server_port}", answers)
    finally:
        app.wsgi_app.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (the library's signature)
        """Say nothing."""


def _app(answers: dict[str, Any], options: Mapping[str, Any]) -> Flask:
    app, tokens = Flask("town"), TokenServer(clients={CLIENT: SECRET})
    faults = Faults()
    app.register_blueprint(control(faults, Journal()))
    for way in (way for network in NETWORKS for way in ways(network)):
        to, at = urlsplit(way.authorise).path, urlsplit(way.token).path
        # Instagram, Threads and Mastodon share paths, and only one of them takes a proof key.
        proof = bool(way.challenge) and to != "/oauth/authorize"
        made = routes(tokens, authorise=to, token=at, proof=proof, **options)
        app.register_blueprint(made, name=f"{to}|{at}|{way.title}|{way.way}".replace(".", "_"))
    _serve_exchanges(app, tokens)
    _serve_accounts(app, answers)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _serve_exchanges(app: Flask, tokens: TokenServer) -> None:
    @app.get("/v25.0/oauth/access_token")
    @app.get("/access_token")
    def exchanged() -> Response:
        short = request.args.get("fb_exchange_token") or request.args["access_token"]
        assert tokens.account(short)
        assert request.args["client_secret"] == SECRET
        return jsonify(access_token="lasting-canary", token_type="bearer", expires_in=5183944)

    @app.post("/api/v1/apps")
    def registered() -> Response:
        assert request.form["redirect_uris"].startswith("http://127.0.0.1:")
        tokens.register("masto-app", SECRET)
        return jsonify(client_id="masto-app", client_secret=SECRET)


def _serve_accounts(app: Flask, answers: dict[str, Any]) -> None:
    @app.route("/<path:path>", methods=["GET", "POST"])
    def told(path: str) -> Response:
        assert request.headers["Authorization"].startswith("Bearer ")
        assert ("appsecret_proof" in request.args) is path.startswith("v25.0/")
        assert ("LinkedIn-Version" in request.headers) is path.startswith("rest/")
        found = jsonify(answers.get(f"/{path}", {"error": {"message": "no such path", "code": 803}}))
        found.status_code = 200 if f"/{path}" in answers else 404
        return found


class Browser:
    """A person's browser: it goes where it is told, in a thread of its own, and keeps the last page."""

    def __init__(self, language: str = "en-GB,en;q=0.8") -> None:
        self._language, self.page = language, httpx.Response(0)
        self._threads: list[threading.Thread] = []

    def open(self, address: str) -> bool:
        self._threads.append(threading.Thread(target=self._go, args=(address,)))
        self._threads[-1].start()
        return True

    def _go(self, address: str) -> None:
        with open_client() as client:  # one that has read the certificates already
            client.follow_redirects = True
            self.page = client.get(address, headers={"Accept-Language": self._language})

    def closed(self) -> httpx.Response:
        for thread in self._threads:
            thread.join()
        return self.page
