"""Connecting accounts: the code grant against a town of networks, passwords, and everything that goes wrong."""

import base64
import json
import re
import socket
import stat
import webbrowser
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from parution.cli import accounts, connect, stacks
from parution.cli.accounts import Session
from parution.cli.authorisations import Attempt, NotConnected, begun, challenge, ways
from parution.cli.grants import Grant
from parution.cli.loopback import Loopback, pasted
from parution.cli.main import app
from parution.networks import graph
from parution.networks.oauth import App
from parution.plan.model import NETWORKS
from parution.sandbox.memory_plans import MemorySecrets
from parution.sandbox.servers import running
from parution.transport import open_client
from tests.cli.town import CLIENT, SECRET, TOLD, Browser, Town, running_town

runner = CliRunner()
command = typer.Typer()  # the one command: building all of them takes longer than running it
command.command()(connect.connect)
PAGES = Path(__file__).parents[2] / "docs" / "connect"

APP = {"client_id": CLIENT, "client_secret": SECRET}
RENEWED = {**APP, "refresh_token": "sandbox-refresh"}


class StackOfSecrets:
    def __init__(self) -> None:
        self.secrets = MemorySecrets()

    def stored(self) -> dict[str, Mapping[str, str]]:
        return {name: self.secrets.value(name) for name in self.secrets.known(frozenset({"martin"}))}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> StackOfSecrets:
    found = StackOfSecrets()
    monkeypatch.setattr(stacks, "Stack", lambda name: found)
    return found


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    opened = Browser()
    monkeypatch.setattr(webbrowser, "open", opened.open)
    return opened


@pytest.fixture(scope="module")
def built_town() -> Iterator[Town]:
    with running_town() as town:
        yield town


@pytest.fixture
def town(built_town: Town) -> Town:
    built_town.as_new()
    return built_town


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "app-secret"
    file.write_text(SECRET + "\n", encoding="utf-8")
    return file


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def connecting(network: str, town: Town, secret_file: Path, *more: str, text: str = "") -> Result:
    words = [network, "--as", "martin", "--base-url", town.url, "--port", str(free_port())]
    app_words = (
        [] if network == "mastodon" else ["--client-id", CLIENT, "--client-secret-file", str(secret_file)]
    )
    return runner.invoke(command, [*words, *app_words, "--wait", "5", *more], input=text)


def redirected(address: str) -> str:
    with open_client() as client:
        return client.get(address).headers["Location"]


def granted(*scopes: str) -> dict[str, Any]:
    return {"data": [{"permission": scope, "status": "granted"} for scope in scopes]}


def all_of(network: str, way: int = 0) -> dict[str, Any]:
    return granted(*ways(network)[way].scopes)


# -------------------------------------------------------------------- a yes becomes a secret
@pytest.mark.parametrize(
    ("network", "more", "secret"),
    [
        ("facebook", [], {"page_id": "111", "access_token": "page-canary-111", "app_secret": SECRET}),
        (
            "instagram",
            ["--login", "facebook"],
            {
                "user_id": "178",
                "access_token": "page-canary-111",
                "host": "graph.facebook.com",
                "app_secret": SECRET,
            },
        ),
        ("x", [], RENEWED),
        ("linkedin", [], {"author": "urn:li:person:p-7", **RENEWED}),
        ("linkedin", ["--login", "organization"], {"author": "urn:li:organization:555", **RENEWED}),
        ("youtube", [], RENEWED),
        ("tiktok", [], {"client_key": CLIENT, "client_secret": SECRET, "refresh_token": "sandbox-refresh"}),
        ("pinterest", ["--account", "Bûches"], {"board_id": "31", **RENEWED}),
        ("tumblr", [], {"blog": "martin", **RENEWED}),
        ("mastodon", [], {"access_token": "sandbox-access"}),
    ],
)
def test_a_yes_in_the_browser_becomes_the_secret_that_the_connector_reads(
    *,
    network: str,
    more: list[str],
    secret: dict[str, str],
    town: Town,
    stack: StackOfSecrets,
    browser: Browser,
    secret_file: Path,
) -> None:
    town.answers["/v25.0/me/permissions"] = all_of(network, 1 if network == "instagram" else 0)

    result = connecting(network, town, secret_file, *more)

    assert result.exit_code == 0, result.output
    stored = dict(stack.stored()["martin"])
    assert stored.pop("base_url").startswith(town.url)
    # The town numbers its tokens.
    assert {key: re.sub(r"^(sandbox-\w+)-\d+$", r"\1", value) for key, value in stored.items()} == secret
    assert '"account": "secret:martin"' in result.output
    for key in {"access_token", "refresh_token", "client_secret", "app_secret"} & stored.keys():
        assert stored[key] not in result.output + browser.closed().text


@pytest.mark.parametrize(
    ("network", "secret"),
    [
        ("instagram", {"user_id": "178", "access_token": "lasting-canary"}),
        ("threads", {"user_id": "345", "access_token": "lasting-canary"}),
    ],
)
def test_where_a_network_wants_https_the_final_address_is_pasted(
    *,
    network: str,
    secret: dict[str, str],
    town: Town,
    stack: StackOfSecrets,
    secret_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    landed: list[str] = []

    def go(address: str) -> bool:
        # The page at the end need not exist: its address is what counts. Meta adds #_ to it.
        landed.append(redirected(address) + "#_")
        return True

    monkeypatch.setattr(webbrowser, "open", go)
    monkeypatch.setattr(connect, "_shown", lambda question: landed[0])

    result = connecting(network, town, secret_file, "--redirect", "https://martin.example/parution")

    assert result.exit_code == 0, result.output
    stored = dict(stack.stored()["martin"])
    assert stored.pop("base_url").startswith(town.url)
    assert stored == secret
    assert landed[0].startswith("https://martin.example/parution?code=")


def test_without_an_https_address_such_a_network_says_what_to_register(
    town: Town, stack: StackOfSecrets, secret_file: Path
) -> None:
    result = connecting("threads", town, secret_file)

    assert result.exit_code == 1
    assert "Threads sends browsers to https addresses only" in result.stderr
    assert "--redirect" in result.stderr


def test_the_person_is_told_what_ends_when_and_what_the_stack_needs(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    result = connecting("x", town, secret_file)

    assert "The access token lives two hours" in result.output
    assert "KeepTokens=true" in result.output


def test_every_way_in_has_somebody_who_finds_its_accounts() -> None:
    known = {(network, way.way) for network in NETWORKS for way in ways(network)}

    assert known == accounts._FINDERS.keys()
    assert {network for network in NETWORKS if not ways(network)} == {"bluesky", "wordpress", "webhook"}


@pytest.mark.parametrize(("network", "way"), [("facebook", 0), ("instagram", 1)])
def test_the_pages_login_and_the_connectors_speak_the_same_version(network: str, way: int) -> None:
    login = ways(network)[way]

    assert f"/{graph.VERSION}" in login.authorise
    assert login.api.endswith(f"/{graph.VERSION}")


@pytest.mark.parametrize("network", NETWORKS)
def test_what_a_person_reads_names_each_scope_and_the_redirect_address(network: str) -> None:
    page = (PAGES / f"{network}.md").read_text("utf-8")

    for way in ways(network):
        assert [scope for scope in way.scopes if f"`{scope}`" not in page] == []
        assert (f"http://{way.host}:8484/connected" if way.host else "--redirect https://") in page
    assert f"parution connect {network} --as " in page
    assert "## Take it away again" in page
    assert "## Sources" in page


# -------------------------------------------------------------------- what is asked for
@pytest.mark.parametrize(("network", "expected"), [("x", "S256"), ("youtube", "S256"), ("tiktok", "hex")])
def test_the_verifier_stays_here_and_its_digest_goes(network: str, expected: str) -> None:
    (way,) = ways(network)

    attempt = begun(way, CLIENT, "http://127.0.0.1:8484/connected")

    asked = parse_qs(urlsplit(attempt.address).query)
    verifier = attempt.verifier.get_secret_value()
    assert verifier not in attempt.address
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["code_challenge"] == [challenge(way.challenge or "S256", verifier)]
    assert len(asked["code_challenge"][0]) == (64 if expected == "hex" else 43)


def test_the_challenge_is_that_of_the_standard() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B

    assert challenge("S256", verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_no_two_attempts_share_a_state_or_a_verifier() -> None:
    (way,) = ways("x")

    one, other = begun(way, CLIENT, "http://127.0.0.1:1/"), begun(way, CLIENT, "http://127.0.0.1:1/")

    assert one.state != other.state
    assert one.verifier != other.verifier


def test_an_app_that_was_not_reviewed_asks_for_less(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    result = connecting("tiktok", town, secret_file, "--without", "figures")

    assert result.exit_code == 0
    assert "video.list" not in result.output
    assert "video.publish" in result.output


# -------------------------------------------------------------------- what comes back
def test_the_page_at_the_end_speaks_the_persons_language_and_holds_no_code(
    town: Town, stack: StackOfSecrets, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    french = Browser("fr-FR,fr;q=0.9,en;q=0.5")
    monkeypatch.setattr(webbrowser, "open", french.open)

    connecting("x", town, secret_file)

    page = french.closed()
    assert "Votre réponse est arrivée" in page.text
    assert '<html lang="fr">' in page.text
    assert "<script" not in page.text
    assert page.url.path == "/connected/done"
    assert not page.url.query
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_no_stores_nothing(stack: StackOfSecrets, browser: Browser, secret_file: Path) -> None:
    with running_town(consents=False) as town:
        result = connecting("x", town, secret_file)

    assert result.exit_code == 1
    assert "you said no at X, or closed its page; nothing was stored" in result.stderr
    assert "Nothing was connected" in browser.closed().text
    assert not stack.stored()


def test_an_answer_to_another_attempt_is_shown_out_and_not_waited_for() -> None:
    with Loopback(0, "the-state") as loopback, open_client() as client:
        client.follow_redirects = True
        page = client.get(f"http://127.0.0.1:{loopback.port}/connected?code=stolen&state=another")
        with pytest.raises(NotConnected, match="an answer to another attempt came"):
            loopback.wait(0.05)

    assert "belongs to another attempt" in page.text


def test_only_the_first_answer_counts() -> None:
    with Loopback(0, "the-state") as loopback, open_client() as client:
        client.follow_redirects = True
        address = f"http://127.0.0.1:{loopback.port}/connected"
        client.get(address, params={"code": "first", "state": "the-state"})
        second = client.get(address, params={"code": "second", "state": "the-state"})

        assert loopback.wait(1).code == "first"
    assert "belongs to another attempt" in second.text


def test_the_port_answers_to_nothing_else() -> None:
    with Loopback(0, "the-state") as loopback, open_client() as client:
        assert client.get(f"http://127.0.0.1:{loopback.port}/favicon.ico").status_code == 404
        assert client.get(f"http://127.0.0.1:{loopback.port}/connected/secrets").status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "https://martin.example/?code=stolen&state=another",
        "https://martin.example/?code=stolen",
        "https://martin.example/?state=the-state",
        "not an address",
        "",
    ],
)
def test_a_pasted_address_without_this_attempts_state_is_refused(text: str) -> None:
    attempt = Attempt("", "https://martin.example/", "the-state", SecretStr("verifier"))

    with pytest.raises(NotConnected, match="not the answer to this attempt"):
        pasted(text, attempt)


def test_a_port_that_is_taken_is_said(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = connecting("x", town, secret_file, "--port", str(port))

    assert result.exit_code == 1
    assert f"port {port} of this machine is taken" in result.stderr


def test_a_browser_that_never_comes_ends_the_attempt(
    town: Town, stack: StackOfSecrets, secret_file: Path
) -> None:
    result = connecting("x", town, secret_file, "--no-browser", "--wait", "0.05")

    assert result.exit_code == 1
    assert "no answer came within 0.05 s; nothing was stored" in result.stderr
    assert "--paste" in result.stderr


# -------------------------------------------------------------------- what the network refuses
REFUSALS = [
    (400, {"error": "invalid_grant"}, "a code works once"),
    (401, {"error": "invalid_client"}, "copy the client secret again"),
    (400, {"error": "redirect_uri_mismatch"}, "register the redirect address"),
    (
        400,
        {"error": {"message": "Error validating client secret.", "code": 1}},
        "copy the client secret again",
    ),
    (200, {"error": "invalid_grant", "error_description": "Code was used."}, "a code works once"),
    (200, {"access_token": None}, "a code works once"),
    (502, {}, "a code works once"),
]


@pytest.mark.parametrize(("status", "body", "advice"), REFUSALS)
def test_a_code_that_gives_no_token_stores_nothing_and_says_what_to_do(
    *,
    status: int,
    body: dict[str, Any],
    advice: str,
    town: Town,
    stack: StackOfSecrets,
    browser: Browser,
    secret_file: Path,
) -> None:
    town.fault("refuse", path="/2/oauth2/token", status=status, body=json.dumps(body))

    result = connecting("x", town, secret_file)

    assert result.exit_code == 1
    assert f"X gave no token ({status}" in result.stderr
    assert advice in result.stderr
    assert not stack.stored()


def test_a_wrong_client_secret_is_told_and_not_repeated(
    town: Town, stack: StackOfSecrets, browser: Browser, tmp_path: Path
) -> None:
    (wrong := tmp_path / "wrong").write_text("wrong-canary-secret", encoding="utf-8")

    result = connecting("youtube", town, wrong)

    assert result.exit_code == 1
    assert "copy the client secret again" in result.stderr
    assert "wrong-canary-secret" not in result.output


def test_an_answer_that_repeats_what_it_was_sent_is_quoted_without_it(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    body = json.dumps({"error": "invalid_client", "error_description": f"{SECRET} is not the secret"})
    town.fault("refuse", path="/token", status=400, body=body)

    result = connecting("youtube", town, secret_file)

    assert "(400: … is not the secret)" in result.stderr
    assert SECRET not in result.output


def test_an_exchange_whose_answer_is_lost_stores_nothing(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    town.fault("lost_answer", path="/2/oauth2/token")

    result = connecting("x", town, secret_file)

    assert result.exit_code == 1
    assert "the connection to 127.0.0.1 broke" in result.stderr
    assert not stack.stored()


def test_a_scope_that_is_needed_and_was_not_given_stores_nothing(
    stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    with running_town(withheld=frozenset({"tweet.write"})) as town:
        result = connecting("x", town, secret_file)

    assert result.exit_code == 1
    assert "without tweet.write, nothing can be published; nothing was stored" in result.stderr
    assert not stack.stored()


def test_a_scope_that_does_without_is_named_with_what_is_missed(
    stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    with running_town(withheld=frozenset({"video.list"})) as town:
        result = connecting("tiktok", town, secret_file)

    assert result.exit_code == 0
    assert "without video.list reports show no figures of this account" in result.output


def test_facebook_is_asked_which_boxes_were_ticked(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    town.answers["/v25.0/me/permissions"] = granted("pages_show_list", "pages_read_engagement")

    result = connecting("facebook", town, secret_file)

    assert result.exit_code == 1
    assert "without pages_manage_posts, nothing can be published" in result.stderr


# -------------------------------------------------------------------- the account
@pytest.mark.parametrize(
    ("network", "path", "answer", "why"),
    [
        ("facebook", "/v25.0/me/accounts", {"data": []}, "this person runs no Facebook page"),
        (
            "facebook",
            "/v25.0/me/accounts",
            {"data": [TOLD["/v25.0/me/accounts"]["data"][1]]},
            "no account at Facebook",
        ),
        ("youtube", "/youtube/v3/channels", {"items": []}, "this Google account has no YouTube channel"),
        (
            "linkedin:organization",
            "/rest/organizationAcls",
            {"elements": []},
            "this person may post as no LinkedIn page",
        ),
        ("pinterest", "/v5/boards", {"items": []}, "has no board"),
        ("x", "/2/users/me", {"unexpected": True}, "X answered, and not what was asked for"),
        (
            "tiktok",
            "/v2/post/publish/creator_info/query/",
            {"data": {}, "error": {"code": "scope_not_authorized", "message": "The user did not authorize."}},
            "TikTok refused /v2/post/publish/creator_info/query/ (200: The user did not authorize.)",
        ),
        (
            "facebook",
            "/v25.0/111",
            {"error": {"message": "Missing role", "code": 10}},
            "Facebook refused /111",
        ),
    ],
)
def test_an_account_that_cannot_publish_is_refused_in_words(
    *,
    network: str,
    path: str,
    answer: dict[str, Any],
    why: str,
    town: Town,
    stack: StackOfSecrets,
    browser: Browser,
    secret_file: Path,
) -> None:
    network, _, login = network.partition(":")
    town.answers |= {"/v25.0/me/permissions": all_of("facebook"), path: answer}

    result = connecting(network, town, secret_file, *(["--login", login] if login else []))

    assert result.exit_code == 1
    assert why in result.stderr
    assert not stack.stored()


def test_a_personal_instagram_account_is_told_how_to_become_professional(
    town: Town, stack: StackOfSecrets, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.answers["/me"] = {"user_id": "178", "username": "jeanne", "account_type": "PERSONAL"}
    landed: list[str] = []
    monkeypatch.setattr(
        webbrowser,
        "open",
        lambda address: landed.append(redirected(address)),
    )
    monkeypatch.setattr(connect, "_shown", lambda question: landed[0])

    result = connecting("instagram", town, secret_file, "--redirect", "https://martin.example/parution")

    assert "jeanne is a personal Instagram account" in result.stderr
    assert "Switch to professional account" in result.stderr


def test_pages_without_instagram_are_counted(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    page = {"id": "222", "name": "Hôtel des Cimes", "access_token": "page-canary-222"}
    town.answers |= {"/v25.0/me/permissions": all_of("instagram", 1), "/v25.0/me/accounts": {"data": [page]}}

    result = connecting("instagram", town, secret_file, "--login", "facebook")

    assert "none of the 1 pages has a professional Instagram account" in result.stderr


def test_several_accounts_are_listed_where_nobody_can_choose(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    result = connecting("pinterest", town, secret_file)

    assert result.exit_code == 1
    assert "name one with --account: Bûches (31), Galettes (32)" in result.stderr


def a_session(network: str, pages: list[dict[str, Any]], asked: list[httpx.URL]) -> Session:
    """A network that answers with these pages, one after the other, and then with nothing more."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, json=pages[len(asked) - 1])

    grant = Grant(SecretStr("access"), SecretStr("refresh"), None, None)
    app_at = App(CLIENT, SecretStr(SECRET))
    return Session(open_client(httpx.MockTransport(answer)), ways(network)[0], app_at, grant)


def test_all_pages_of_a_list_are_read() -> None:
    asked: list[httpx.URL] = []
    lasting = {"access_token": "lasting"}
    page = {"access_token": "p", "tasks": ["CREATE_CONTENT"]}
    first = {
        "data": [{"id": "1", "name": "Un", **page}],
        "paging": {"cursors": {"after": "c1"}, "next": "https://…"},
    }
    last = {"data": [{"id": "2", "name": "Deux", **page}], "paging": {"cursors": {"after": "c2"}}}

    found = accounts.found("facebook", a_session("facebook", [lasting, first, last], asked))

    assert [one.id for one in found] == ["1", "2"]
    assert asked[2].params["after"] == "c1"


def test_a_board_behind_a_bookmark_is_found() -> None:
    asked: list[httpx.URL] = []
    first = {"items": [{"id": "31", "name": "Bûches"}], "bookmark": "b1"}
    last = {"items": [{"id": "32", "name": "Galettes"}], "bookmark": None}

    found = accounts.found("pinterest", a_session("pinterest", [first, last], asked))

    assert [one.label for one in found] == ["Bûches", "Galettes"]
    assert asked[1].params["bookmark"] == "b1"


def test_an_account_that_is_not_there_is_refused_with_those_that_are(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    result = connecting("pinterest", town, secret_file, "--account", "Tartes")

    assert "no single account is called 'Tartes'" in result.stderr
    assert "Bûches (31), Galettes (32)" in result.stderr


def test_without_a_refresh_token_the_connection_would_end_and_is_refused(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    town.fault("refuse", path="/token", status=200, body='{"access_token": "t"}')

    result = connecting("youtube", town, secret_file)

    assert "YouTube gave no refresh token" in result.stderr


# -------------------------------------------------------------------- what is kept
def test_a_token_that_nothing_renews_is_told_with_its_last_day(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    answer = {
        "access_token": "sixty-days-canary",
        "expires_in": 5184000,
        "scope": "openid,profile,w_member_social",
    }
    town.fault("refuse", path="/oauth/v2/accessToken", status=200, body=json.dumps(answer))

    result = connecting("linkedin", town, secret_file)

    assert f"It ends on {datetime.now(UTC).date() + timedelta(days=60)}: nothing renews it" in result.output
    assert stack.stored()["martin"]["access_token"] == "sixty-days-canary"


def test_a_name_does_not_open_another_account_by_mistake(
    town: Town, stack: StackOfSecrets, browser: Browser, secret_file: Path
) -> None:
    assert connecting("pinterest", town, secret_file, "--account", "31").exit_code == 0

    mistaken = connecting("pinterest", town, secret_file, "--account", "32")
    again = connecting("pinterest", town, secret_file, "--account", "31")
    meant = connecting("pinterest", town, secret_file, "--account", "32", "--replace")

    assert "secret:martin opens another account (board_id 31, now 32); nothing was stored" in mistaken.stderr
    assert (mistaken.exit_code, again.exit_code, meant.exit_code) == (1, 0, 0)
    assert stack.stored()["martin"]["board_id"] == "32"


def test_the_library_logs_no_address_of_metas_exchange(
    *,
    town: Town,
    stack: StackOfSecrets,
    browser: Browser,
    secret_file: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    town.answers["/v25.0/me/permissions"] = all_of("facebook")

    assert connecting("facebook", town, secret_file).exit_code == 0

    assert SECRET not in caplog.text
    assert "sandbox-access" not in caplog.text


# -------------------------------------------------------------------- the command line
@pytest.mark.parametrize(
    ("words", "why", "instead"),
    [
        (["viadeo"], "viadeo is closed for good", "connect linkedin instead"),
        (["instagrm"], "no network is called 'instagrm'", "instagram"),
        (["mastodon"], "Mastodon has many instances", "--base-url"),
        (["linkedin", "--login", "page"], "no way in called 'page'", "member, organization"),
        (["x", "--base-url", "http://x.example"], "http://x.example is not an https address", "https only"),
        (["x", "--without", "renew"], "without renew, the connection ends within hours", "figures, comments"),
        (
            ["threads", "--redirect", "http://martin.example/"],
            "http://martin.example/ is not an https",
            "https only",
        ),
        (["x", "--with", "version"], "--with takes KEY=VALUE", "--with categories=3,7"),
        (
            ["youtube", "--client-id", "a", "--client-secret-file", "/no/such"],
            "/no/such cannot be read",
            "check",
        ),
        (["youtube", "--client-id", "a"], "YouTube wants the app's secret", "copy it"),
        (["wordpress"], "a WordPress site has an address", "--base-url"),
        (["webhook"], "a webhook needs its address", "--key-file"),
    ],
)
def test_what_cannot_begin_says_what_to_write(
    words: list[str], why: str, instead: str, stack: StackOfSecrets
) -> None:
    result = runner.invoke(command, [*words, "--as", "martin"], input="\n")

    assert result.exit_code == 1
    assert why in result.stderr
    assert instead in result.stderr


def test_a_name_that_no_plan_could_write_is_refused(stack: StackOfSecrets) -> None:
    result = runner.invoke(app, ["connect", "x", "--as", "secret:mon compte"])

    assert "'mon compte' is no name of a secret" in result.stderr


# -------------------------------------------------------------------- passwords and keys
def test_bluesky_is_tried_with_its_app_password(stack: StackOfSecrets) -> None:
    with running("bluesky") as server:
        secret = next(iter(server.secrets().values()))
        words = [
            "bluesky",
            "--as",
            "martin",
            "--base-url",
            server.url,
            "--account",
            secret["identifier"],
        ]
        wrong = runner.invoke(command, words, input="wrong-canary\n")
        assert not stack.stored()
        right = runner.invoke(command, words, input=secret["app_password"] + "\n")

    assert "Bluesky does not accept this password" in wrong.stderr
    assert right.exit_code == 0, right.output
    assert stack.stored()["martin"]["app_password"] == secret["app_password"]
    assert secret["app_password"] not in right.output
    assert "wrong-canary" not in wrong.output


def test_an_accounts_own_password_is_stored_with_a_warning(stack: StackOfSecrets) -> None:
    with running("bluesky") as server:
        secret = next(iter(server.secrets().values()))
        words = [
            "bluesky",
            "--as",
            "martin",
            "--base-url",
            server.url,
            "--account",
            secret["identifier"],
        ]
        result = runner.invoke(command, words, input=secret["app_password"] + "\n")

    made_for_programs = len(secret["app_password"]) == len("xxxx-xxxx-xxxx-xxxx")
    assert ("make an app password" in result.output) is not made_for_programs


def test_wordpress_is_asked_who_this_is_and_what_they_may(stack: StackOfSecrets) -> None:
    with running("wordpress") as server:
        secret = next(iter(server.secrets().values()))
        words = [
            "wordpress",
            "--as",
            "martin",
            "--base-url",
            server.url,
            "--account",
            secret["user"],
        ]
        wrong = runner.invoke(command, words, input="wrong canary\n")
        assert not stack.stored()
        right = runner.invoke(
            command, [*words, "--with", "categories=3,7"], input=secret["application_password"] + "\n"
        )

    assert "WordPress does not accept this password (401)" in wrong.stderr
    assert right.exit_code == 0, right.output
    assert stack.stored()["martin"]["categories"] == "3,7"


def test_a_key_that_the_connector_does_not_know_is_not_stored(stack: StackOfSecrets) -> None:
    with running("wordpress") as server:
        secret = next(iter(server.secrets().values()))
        words = [
            "wordpress",
            "--as",
            "martin",
            "--base-url",
            server.url,
            "--account",
            secret["user"],
        ]
        result = runner.invoke(
            command, [*words, "--with", "category=3"], input=secret["application_password"] + "\n"
        )

    assert "'category' is not known" in result.stderr
    assert not stack.stored()


def test_a_webhooks_key_is_made_in_a_file_of_its_owner(stack: StackOfSecrets, tmp_path: Path) -> None:
    file = tmp_path / "receiver.key"
    words = ["webhook", "--as", "martin", "--base-url", "https://site.example/parution"]

    result = runner.invoke(command, [*words, "--key-file", str(file)])
    again = runner.invoke(command, [*words, "--key-file", str(file), "--with", "deduplicates=true"])

    key = file.read_text("utf-8").strip()
    assert result.exit_code == again.exit_code == 0, result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(base64.b64decode(key.removeprefix("whsec_"))) == 32
    assert stack.stored()["martin"] == {
        "url": "https://site.example/parution",
        "signing_key": key,
        "deduplicates": "true",
    }
    assert key not in result.output + again.output
