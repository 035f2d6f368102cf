"""The sandbox's token server, route by route, against RFC 6749, 7009 and 6750."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from parution.sandbox.oauth import OAuthError, TokenServer, create_app

NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
APP = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def client() -> FlaskClient:
    return create_app(clock=Clock()).test_client()


def ask(client: FlaskClient, refresh: str = "sandbox-refresh", **more: Any) -> TestResponse:
    form = {"grant_type": "refresh_token", "refresh_token": refresh, **APP, **more}
    return client.post("/oauth/token", data={name: value for name, value in form.items() if value})


def opened(client: FlaskClient, access: str) -> int:
    return client.get("/account", headers={"Authorization": f"Bearer {access}"}).status_code


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


# -------------------------------------------------------------------- the routes
def test_a_refresh_token_gives_a_pair_that_opens_the_account(client: FlaskClient) -> None:
    answer = ask(client)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    pair = answer.get_json()
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 7200)
    assert opened(client, pair["access_token"]) == 200
    assert ask(client, pair["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "error", "status"),
    [
        ({"refresh_token": "unknown"}, "invalid_grant", 400),
        ({"refresh_token": ""}, "invalid_request", 400),
        ({"grant_type": ""}, "invalid_request", 400),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"client_secret": "wrong"}, "invalid_client", 401),
        ({"client_id": "unknown"}, "invalid_client", 401),
    ],
)
def test_a_wrong_request_is_told_its_code(
    client: FlaskClient, wrong: dict[str, str], error: str, status: int
) -> None:
    answer = ask(client, **wrong)

    assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert ("WWW-Authenticate" in answer.headers) is (status == 401)
    assert ask(client).status_code == 200


def test_a_parameter_given_twice_is_refused(client: FlaskClient) -> None:
    form = {"grant_type": ["refresh_token"] * 2, "refresh_token": "sandbox-refresh", **APP}

    assert client.post("/oauth/token", data=form).get_json()["error"] == "invalid_request"


def test_the_app_may_tell_its_name_in_the_header_but_not_in_two_places() -> None:
    client = create_app(clients={"an app": "a:b c"}, clock=Clock()).test_client()
    form = {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh"}
    header = basic("an+app", "a%3Ab+c")

    twice = client.post("/oauth/token", data=form | {"client_secret": "a:b c"}, headers=header)
    assert twice.get_json()["error"] == "invalid_request"
    assert client.post("/oauth/token", data=form, headers=header).status_code == 200


def test_a_header_that_cannot_be_read_is_another_apps(client: FlaskClient) -> None:
    answer = client.post(
        "/oauth/token", data={"grant_type": "refresh_token"}, headers={"Authorization": "Basic ?"}
    )

    assert answer.get_json()["error"] == "invalid_client"


def test_a_public_app_has_no_secret() -> None:
    client = create_app(clients={"phone": None}, clock=Clock()).test_client()

    assert ask(client, client_id="phone", client_secret="").status_code == 200


def test_what_is_revoked_opens_nothing(client: FlaskClient) -> None:
    pair = ask(client).get_json()

    assert client.post("/oauth/revoke", data={"token": pair["access_token"], **APP}).status_code == 200
    assert client.post("/oauth/revoke", data={"token": "unknown", **APP}).status_code == 200

    refused = client.get("/account", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert ask(client, pair["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_every_pair_and_every_end_is_in_the_ground_truth(client: FlaskClient) -> None:
    ask(client)
    ask(client)

    events = client.get("/_sandbox/events").get_json()["events"]
    assert [event["effect"] for event in events] == ["issued", "issued", "revoked"]
    assert events[-1]["facts"] == {"why": "reuse"}


# -------------------------------------------------------------------- what becomes of a refresh token
def a_server(clock: Clock | None = None, **how: Any) -> TokenServer:
    server = TokenServer(clock=clock or Clock(), **how)
    server.grant("martin", refresh="first")
    return server


def refused(server: TokenServer, refresh: str) -> bool:
    try:
        server.refresh("sandbox-client", refresh)
    except OAuthError as error:
        return error.code == "invalid_grant"
    return False


def renewed(server: TokenServer, refresh: str) -> str:
    issued = server.refresh("sandbox-client", refresh)
    assert issued.refresh is not None
    return issued.refresh


def test_a_refresh_token_used_twice_ends_all_that_came_of_it() -> None:
    server = a_server()
    issued = server.refresh("sandbox-client", "first")

    assert refused(server, "first")
    assert server.account(issued.access) is None
    assert refused(server, str(issued.refresh))


def test_where_reuse_is_not_detected_the_newer_pair_lives_on() -> None:
    server = a_server(detects_reuse=False)
    second = renewed(server, "first")

    assert refused(server, "first")
    assert not refused(server, second)


def test_within_the_grace_a_lost_answer_is_given_again() -> None:
    clock = Clock()
    server = a_server(clock, grace=timedelta(seconds=30))
    renewed(server, "first")

    clock.now += timedelta(seconds=29)
    again = renewed(server, "first")
    assert not refused(server, again)


def test_the_grace_ends_with_its_time() -> None:
    clock = Clock()
    server = a_server(clock, grace=timedelta(seconds=30))
    renewed(server, "first")

    clock.now += timedelta(seconds=30)

    assert refused(server, "first")


def test_the_grace_ends_when_the_new_pair_was_used() -> None:
    server = a_server(grace=timedelta(seconds=30))
    renewed(server, renewed(server, "first"))

    assert refused(server, "first")


def test_where_nothing_rotates_a_refresh_token_serves_for_ever() -> None:
    server = a_server(rotates=False)

    assert server.refresh("sandbox-client", "first").refresh is None
    assert server.refresh("sandbox-client", "first").refresh is None


def test_a_refresh_token_of_another_app_or_past_its_life_is_refused() -> None:
    clock = Clock()
    server = a_server(clock, refresh_life=timedelta(days=1), clients={"sandbox-client": None, "other": None})

    with pytest.raises(OAuthError, match="invalid_grant"):
        server.refresh("other", "first")
    clock.now += timedelta(days=1)
    assert refused(server, "first")


@pytest.mark.parametrize(("keeps", "account"), [(True, "martin"), (False, None)])
def test_an_older_access_token_lives_on_where_the_server_keeps_it(*, keeps: bool, account: str) -> None:
    clock = Clock()
    server = a_server(clock, keeps_access=keeps)
    first = server.refresh("sandbox-client", "first")

    server.refresh("sandbox-client", str(first.refresh))

    assert server.account(first.access) == account
    clock.now += timedelta(hours=2)
    assert server.account(first.access) is None


# -------------------------------------------------------------------- codes
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
HERE = "http://127.0.0.1:8484/connected"


def consent(client: FlaskClient, **more: str) -> TestResponse:
    asked = {"response_type": "code", "client_id": "sandbox-client", "redirect_uri": HERE, "state": "s1"}
    proof = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    return client.get("/oauth/authorize", query_string={**asked, **proof, **more})


def code_of(client: FlaskClient) -> str:
    return parse_qs(urlsplit(consent(client).headers["Location"]).query)["code"][0]


def redeem(client: FlaskClient, code: str, **more: str) -> TestResponse:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": HERE, "code_verifier": VERIFIER}
    return client.post("/oauth/token", data={**form, **APP, **more})


def test_a_code_gives_a_pair_to_whoever_holds_the_verifier(client: FlaskClient) -> None:
    answer = redeem(client, code_of(client))

    assert opened(client, answer.get_json()["access_token"]) == 200


def test_a_code_that_is_used_twice_ends_what_came_of_it(client: FlaskClient) -> None:
    code = code_of(client)
    access = redeem(client, code).get_json()["access_token"]

    again = redeem(client, code)

    assert again.get_json()["error"] == "invalid_grant"
    assert opened(client, access) == 401


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": "another"}, {"redirect_uri": HERE + "/"}, {"code": "made-up"}]
)
def test_a_code_serves_nobody_else(client: FlaskClient, wrong: dict[str, str]) -> None:
    answer = redeem(client, **{"code": code_of(client), **wrong})

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")


def test_a_code_lives_for_half_a_minute() -> None:
    clock = Clock()
    client = create_app(clock=clock).test_client()
    code = code_of(client)

    clock.now += timedelta(seconds=30)

    assert redeem(client, code).get_json()["error"] == "invalid_grant"


def test_a_client_without_a_proof_key_gets_no_code(client: FlaskClient) -> None:
    answer = consent(client, code_challenge_method="plain")

    assert answer.headers["Location"] == f"{HERE}?error=invalid_request&state=s1"


def test_nobody_is_sent_to_an_address_for_an_unknown_client(client: FlaskClient) -> None:
    assert consent(client, client_id="unknown").status_code == 400


def test_a_person_may_say_no() -> None:
    client = create_app(clock=Clock(), consents=False).test_client()

    assert consent(client).headers["Location"] == f"{HERE}?error=access_denied&state=s1"
