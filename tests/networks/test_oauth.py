"""The refresh grant against the sandbox's token server, over HTTP and with its faults."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from werkzeug.serving import WSGIRequestHandler, make_server

from parution.networks.oauth import App, RefreshGrant
from parution.publishing.ports import NotSent, Refused, Unknown
from parution.publishing.tokens import Access, Connection, Later, Refreshed, TokenKeeper
from parution.sandbox.faults import FaultyServer, Kind
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.oauth import create_app
from parution.transport import open_client

CANARY, SECRET_CANARY = "canary-token-7c1d", "canary-client-secret"
FIRST = SecretStr("sandbox-refresh")
SANDBOX = App("sandbox-client", SecretStr("sandbox-secret"))


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (the library's signature)
        """Say nothing."""


class Server:
    def __init__(self, url: str, client: httpx.Client) -> None:
        self.url, self.client = url, client

    def grant(self, app: App = SANDBOX, path: str = "/oauth/token") -> RefreshGrant:
        return RefreshGrant(self.client, self.url + path, app)

    def fault(self, kind: str, **order: Any) -> None:
        assert self.client.post(f"{self.url}/_sandbox/faults", json={"kind": kind, **order}).is_success

    def clear_faults(self) -> None:
        self.client.delete(f"{self.url}/_sandbox/faults")

    def issued(self) -> int:
        events = self.client.get(f"{self.url}/_sandbox/events").json()["events"]
        return sum(event["effect"] == "issued" for event in events)

    def opens(self, access: SecretStr) -> bool:
        header = {"Authorization": f"Bearer {access.get_secret_value()}"}
        return self.client.get(f"{self.url}/account", headers=header).is_success


@contextmanager
def serving(**options: Any) -> Iterator[Server]:
    app = create_app(**options)
    assert isinstance(app.wsgi_app, FaultyServer)
    http = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    with open_client() as client:
        yield Server(f"http://127.0.0.1:{http.server_port}", client)
    app.wsgi_app.closing.set()
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def refusing(status: int, body: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {"kind": "refuse", "status": status, "body": body, "headers": headers or {}}


def error(code: str) -> str:
    return f'{{"error": "{code}", "error_description": "said in many words"}}'


# -------------------------------------------------------------------- a pair
def test_a_pair_is_renewed(server: Server) -> None:
    pair = server.grant().refresh(FIRST)

    assert isinstance(pair, Refreshed)
    assert server.opens(pair.access)
    assert pair.lifetime == timedelta(hours=2)
    assert pair.refresh is not None
    assert isinstance(server.grant().refresh(pair.refresh), Refreshed)


@pytest.mark.parametrize(
    "app",
    [
        App("an+app:1", SecretStr("with: a/secret+")),
        App("an+app:1", SecretStr("with: a/secret+"), in_header=False),
    ],
)
def test_the_app_names_itself_in_the_header_or_in_the_body(app: App) -> None:
    with serving(clients={"an+app:1": "with: a/secret+"}) as server:
        assert isinstance(server.grant(app).refresh(FIRST), Refreshed)


def test_a_public_app_needs_no_secret() -> None:
    with serving(clients={"phone": None}) as server:
        assert isinstance(server.grant(App("phone")).refresh(FIRST), Refreshed)


def test_a_network_may_call_the_apps_id_by_another_name(server: Server) -> None:
    app = App("sandbox-client", SecretStr("sandbox-secret"), in_header=False, id_field="client_key")
    server.fault("refuse", contains="client_key=sandbox-client", status=200, body='{"access_token": "t"}')

    assert isinstance(server.grant(app).refresh(FIRST), Refreshed)


def test_a_server_that_keeps_its_refresh_token_gives_none() -> None:
    with serving(rotates=False) as server:
        pair = server.grant().refresh(FIRST)

    assert isinstance(pair, Refreshed)
    assert pair.refresh is None


@pytest.mark.parametrize(
    ("expires_in", "lifetime"),
    [
        ("7200", timedelta(hours=2)),
        ('"7200"', timedelta(hours=2)),
        ("3599.5", timedelta(seconds=3599.5)),
        ("0", None),
        ("-1", None),
        ("null", None),
        ('"soon"', None),
        ("[]", None),
        ("1e308", None),
        ("NaN", None),
    ],
)
def test_a_pair_is_not_lost_for_the_way_its_life_is_written(
    server: Server, expires_in: str, lifetime: timedelta | None
) -> None:
    body = f'{{"access_token": "t", "refresh_token": "", "expires_in": {expires_in}}}'
    server.fault(**refusing(200, body))

    assert server.grant().refresh(FIRST) == Refreshed(access=SecretStr("t"), lifetime=lifetime)


# -------------------------------------------------------------------- what a failure proves
def test_a_dead_refresh_token_is_refused(server: Server) -> None:
    answer = server.grant().refresh(SecretStr("unknown"))

    reason = "127.0.0.1 no longer takes the refresh token: withdrawn, expired, or used up"
    assert answer == Refused(reason=reason)


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_an_invalid_grant_is_refused_whatever_its_status(server: Server, status: int) -> None:
    server.fault(**refusing(status, error("invalid_grant")))

    assert isinstance(server.grant().refresh(FIRST), Refused)


@pytest.mark.parametrize(
    "code",
    ["invalid_client", "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"],
)
def test_what_is_wrong_with_the_app_is_said_and_costs_no_account(server: Server, code: str) -> None:
    server.fault(**refusing(400, error(code)))

    answer = server.grant().refresh(FIRST)

    assert isinstance(answer, Later)
    assert answer.retry_after == timedelta(minutes=5)
    assert answer.reason.startswith("127.0.0.1 ")
    assert answer.reason.endswith(f"({code})")


def test_an_app_that_the_server_does_not_know_is_told_what_to_check(server: Server) -> None:
    answer = server.grant(App("unknown", SecretStr("sandbox-secret"))).refresh(FIRST)

    reason = "127.0.0.1 does not know the app: check its client id and client secret (invalid_client)"
    assert answer == Later(reason=reason, retry_after=timedelta(minutes=5))


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ({"kind": "rate_limit", "headers": {"Retry-After": "42"}}, 42),
        (refusing(503, "<html>", {"Retry-After": "120"}), 120),
        (refusing(503, "<html>"), 10),
        (refusing(400, error("temporarily_unavailable")), 10),
        (refusing(400, error("slow_down"), {"Retry-After": "7"}), 7),
        (refusing(403, "<html>a firewall"), 300),
        (refusing(404, "<html>"), 300),
        (refusing(301, "", {"Location": "https://elsewhere.example"}), 300),
        (refusing(400, '{"error": {"code": "invalid_grant"}}'), 300),
        (refusing(400, error("something_new")), 300),
    ],
)
def test_what_was_answered_and_is_no_refusal_comes_later(
    server: Server, fault: dict[str, Any], wait: int
) -> None:
    server.fault(**fault)

    answer = server.grant().refresh(FIRST)

    assert isinstance(answer, Later)
    assert answer.retry_after == timedelta(seconds=wait)
    assert server.issued() == 1  # the first, by which everything began


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "lost_answer"},
        {"kind": "error_after"},
        {"kind": "error_after", "status": 502, "body": error("invalid_grant")},
        {"kind": "error_after", "status": 200, "body": "<html>"},
        {"kind": "error_after", "status": 200, "body": '{"access_token": ""}'},
        {"kind": "error_after", "status": 200, "body": '{"access_token": "a\\r\\nb"}'},
        {"kind": "error_after", "status": 400, "body": error("server_error")},
    ],
)
def test_an_answer_without_a_token_may_have_used_the_refresh_token_up(
    server: Server, fault: dict[str, Any]
) -> None:
    server.fault(**fault)

    assert isinstance(server.grant().refresh(FIRST), Unknown)
    assert server.issued() == 2


def test_a_server_that_is_not_there_was_never_asked() -> None:
    with serving() as server:
        url = f"{server.url}/oauth/token"
    with open_client() as client:
        answer = RefreshGrant(client, url, SANDBOX).refresh(FIRST)

    assert answer == Later(reason="127.0.0.1 could not be reached", retry_after=timedelta(seconds=10))


# -------------------------------------------------------------------- no text tells a token (I10)
def test_no_answer_tells_a_token_whatever_goes_wrong(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f'{{"error": "{CANARY}", "error_description": "{SECRET_CANARY}"}}'
    told: list[object] = []
    with serving(clients={"app": SECRET_CANARY}, grants={CANARY: "martin"}) as server:
        for app in (
            App("app", SecretStr(SECRET_CANARY)),
            App("app", SecretStr(SECRET_CANARY), in_header=False),
        ):
            grant = server.grant(app)
            told += [grant, app]
            for order in orders(echo):
                server.clear_faults()
                server.fault(**order)
                told.append(grant.refresh(SecretStr(CANARY)))

    assert len(told) > 40
    for said in (*map(repr, told), caplog.text, *(repr(record.__dict__) for record in caplog.records)):
        assert CANARY not in said
        assert SECRET_CANARY not in said


def orders(echo: str) -> Iterator[dict[str, Any]]:
    for kind in Kind:
        if kind is not Kind.HANG:
            yield {"kind": kind, "seconds": 0.01}
    for status in (200, 400, 401, 403, 404, 429, 500, 503):
        yield refusing(status, echo)
        yield refusing(status, CANARY)


# -------------------------------------------------------------------- with the keeper, all the way
def test_an_account_lives_through_its_servers_faults_over_the_wire() -> None:
    now = datetime.now(UTC)
    with serving(grace=timedelta(minutes=1)) as server:
        table = MemoryTokens()
        connection = Connection("x-martin", "x", server.grant(), FIRST)
        keeper = TokenKeeper(connection, table, timedelta(seconds=120))
        for kind in ("lost_answer", "error_before", "rate_limit"):
            server.fault(kind, path="/oauth/token")

        waits = list[float]()
        while isinstance(answer := keeper.token(now), NotSent):
            waits.append(answer.retry_after.total_seconds())
            now += answer.retry_after

        assert isinstance(answer, Access)
        assert server.opens(answer.token)
        assert waits == [5, 10, 60]
