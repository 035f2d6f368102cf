"""X: how posts are told apart, how films are uploaded, and what each of its errors comes to."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from parution.errors import NoSuchSecret
from parution.networks import SecretNetworks, remote_id_in
from parution.networks import x as module
from parution.networks.x import X, refresher
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    Comment,
    Comments,
    NotFound,
    NotSent,
    Piece,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.tokens import Connection, StaticToken, TokenKeeper
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.servers import Server, running
from parution.transport import open_client
from tests.builders import NOON, a_piece, open_fence
from tests.networks.accounts import BUCHE, MediaInMemory, OneSecret, now

SECRET = {"client_id": "app", "client_secret": "hush", "refresh_token": "first"}
FILM = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4", alt="Le four s'allume")
PICTURE = MediaRef(key="media/four.jpg", etag="a", kind="image/jpeg", alt="Le four")
FOUR = Content(text="Notre four.", language="fr-FR", media=(FILM,))


class TwentyBytes(MediaInMemory):
    def read(self, ref: MediaRef) -> bytes:
        return b"0123456789abcdefghij"


@pytest.fixture
def server() -> Iterator[Server]:
    with running("x") as server:
        yield server


def opened(server: Server, vault: MemoryTokens | None = None) -> X:
    (secret,) = server.secrets().values()
    kept = vault or MemoryTokens()

    def keeper(connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, kept, timedelta(seconds=120))

    network = SecretNetworks(OneSecret("x", secret), tokens=keeper).open("x", "secret:x")
    assert isinstance(network, X)
    return network


def speaking(answer: Callable[[httpx.Request], httpx.Response]) -> X:
    client = open_client(httpx.MockTransport(answer))
    return X(client, "https://api.x.com", StaticToken("x", SecretStr("canary-token")))


def answering(status: int, body: Any, headers: dict[str, str] | None = None) -> X:
    return speaking(lambda request: httpx.Response(status, headers=headers, json=body))


def problem(status: int, detail: str, kind: str = "", title: str = "Forbidden") -> dict[str, Any]:
    name = f"https://api.x.com/2/problems/{kind}" if kind else "about:blank"
    return {"title": title, "detail": detail, "type": name, "status": status}


def a_post(text: str, **facts: Any) -> dict[str, Any]:
    return {
        "id": "7",
        "conversation_id": "7",
        "created_at": "2026-12-03T12:00:01.000Z",
        "text": text,
        **facts,
    }


def finding(*posts: dict[str, Any], me: str = "1000") -> X:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": me, "username": "martin", "name": "Martin"}})
        assert request.url.path == f"/2/users/{me}/tweets"
        return httpx.Response(200, json={"data": list(posts), "meta": {"result_count": len(posts)}})

    return speaking(answer)


def prepared(network: X, piece: Piece) -> Piece:
    made = network.prepare(piece, TwentyBytes())
    assert isinstance(made, Prepared), made
    return piece.model_copy(update={"refs": made.refs})


# ---------------------------------------------------------------- the secret and its tokens
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"client_id": ""}, "'client_id' is missing"),
        ({"refresh_token": ""}, "'refresh_token' is missing"),
        ({"api_key": "k"}, "'api_key' is not known"),
        ({"base_url": "http://api.x.com"}, "'base_url' must be an https"),
    ],
)
def test_a_secret_that_cannot_serve_says_what_is_amiss(change: dict[str, str], told: str) -> None:
    with pytest.raises(NoSuchSecret, match=told):
        refresher("x", SECRET | change, open_client())


def test_a_rotating_token_is_kept_and_never_used_twice(server: Server) -> None:
    vault = MemoryTokens()
    first = opened(server, vault).commit(a_piece(BUCHE), open_fence())
    account = vault.read("x")

    second = opened(server, vault).commit(a_piece(FOUR.model_copy(update={"media": ()})), open_fence())

    assert isinstance(first, Published)
    assert isinstance(second, Published)
    assert account is not None
    assert account.tokens.refresh.get_secret_value() != "sandbox-refresh"


def test_a_refresh_token_that_x_calls_a_wrong_request_is_dead_and_asks_a_person() -> None:
    said = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
    client = open_client(httpx.MockTransport(lambda request: httpx.Response(400, json=said)))
    grant, seed = refresher("x", SECRET, client)

    assert isinstance(grant.refresh(seed), Refused)


@pytest.mark.parametrize(("secret", "in_header"), [(SECRET, True), (SECRET | {"client_secret": ""}, False)])
def test_a_confidential_app_says_who_it_is_in_a_header_and_a_public_one_in_the_form(
    secret: dict[str, str], *, in_header: bool
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": "a", "refresh_token": "b", "expires_in": 7200})

    grant, seed = refresher("x", secret, open_client(httpx.MockTransport(answer)))
    grant.refresh(seed)

    assert str(asked[0].url) == "https://api.x.com/2/oauth2/token"
    assert ("authorization" in asked[0].headers) is in_header
    assert (b"client_id=app" in asked[0].content) is not in_header


# ---------------------------------------------------------------- uploads
def test_a_film_goes_in_parts_that_add_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PART", 8)
    network = opened(server)

    piece = prepared(network, a_piece(FOUR))

    assert len(piece.refs) == 1
    assert isinstance(network.commit(piece, open_fence()), Published)
    assert httpx.get(f"{server.url}/files/{piece.refs[0]}").content == b"0123456789abcdefghij"


def test_a_film_that_takes_longer_is_gone_on_with_where_it_stands(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PART", 8)
    monkeypatch.setattr(module, "_UPLOADING", -1.0)
    network, piece, seen = opened(server), a_piece(FOUR), list[str]()

    for _ in range(2):
        begun = network.prepare(piece, TwentyBytes())
        assert isinstance(begun, Preparing)
        seen += begun.refs
        piece = piece.model_copy(update={"refs": begun.refs})
    made = network.prepare(piece, TwentyBytes())

    name = seen[0].partition("+")[0]
    assert seen == [f"{name}+1", f"{name}+2"]
    assert isinstance(made, Prepared)
    assert made.refs == (name,)


def test_a_part_that_is_lost_is_the_next_to_be_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PART", 8)
    network = opened(server)
    server.fault("error_before", path="*/append", contains='name="segment_index"\r\n\r\n1')

    begun = network.prepare(a_piece(FOUR), TwentyBytes())

    assert isinstance(begun, Preparing)
    assert begun.refs[0].endswith("+1")
    assert isinstance(network.prepare(a_piece(FOUR, refs=begun.refs), TwentyBytes()), Prepared)


def test_a_film_that_x_is_at_work_on_is_asked_for_and_not_sent_again() -> None:
    with running("x", works=0.05) as server:
        network = opened(server)

        begun = network.prepare(a_piece(FOUR), TwentyBytes())
        assert isinstance(begun, Preparing)
        piece = a_piece(FOUR, refs=begun.refs)
        made = network.prepare(piece, TwentyBytes())
        while isinstance(made, Preparing):
            made = network.prepare(piece, TwentyBytes())

    assert begun.refs[0].endswith("?")
    assert begun.retry_after == timedelta(seconds=1)
    assert isinstance(made, Prepared)
    assert made.refs == (begun.refs[0].removesuffix("?"),)


def test_a_film_that_x_cannot_read_is_refused_with_what_it_takes() -> None:
    failed = {"state": "failed", "error": {"code": 1, "name": "InvalidMedia", "message": "Unsupported codec"}}
    network = answering(200, {"data": {"id": "7", "processing_info": failed}})

    made = network.prepare(a_piece(FOUR, refs=("7?",)), TwentyBytes())

    assert isinstance(made, Refused)
    assert "H.264" in made.reason
    assert "media/four.mp4 (Unsupported codec)" in made.reason


def test_pictures_are_described_and_films_are_not(server: Server) -> None:
    network = opened(server)
    for text, file in (("Une photo.", PICTURE), ("Un film.", FILM)):
        content = Content(text=text, language="fr-FR", media=(file,))
        network.commit(prepared(network, a_piece(content)), open_fence())

    page = httpx.get(server.url).text

    assert 'alt="Le four"' in page
    assert "Le four s'allume" not in unescape(page)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (FOUR.model_copy(update={"format": "reel"}), "no posts of the format 'reel': leave the format out"),
        (
            FOUR.model_copy(update={"media": (FILM.model_copy(update={"kind": "application/pdf"}),)}),
            "X takes no application/pdf",
        ),
    ],
)
def test_what_x_has_no_place_for_is_refused_before_anything_is_sent(content: Content, told: str) -> None:
    made = answering(500, {}).prepare(a_piece(content), TwentyBytes())

    assert isinstance(made, Refused)
    assert told in made.reason


def test_what_is_uploaded_is_used_within_a_day(server: Server) -> None:
    made = opened(server).prepare(a_piece(FOUR), TwentyBytes())

    assert isinstance(made, Prepared)
    assert made.is_good(now() + timedelta(hours=22))
    assert not made.is_good(now() + timedelta(hours=24))


def test_what_has_expired_is_uploaded_again(server: Server) -> None:
    network = opened(server)
    first = prepared(network, a_piece(FOUR))

    assert prepared(network, first).refs != first.refs


# ---------------------------------------------------------------- which post is it?
LINK = {"url": "https://t.co/a", "expanded_url": "https://martin.example/buche"}
OF_THE_FILE = {"url": "https://t.co/m", "expanded_url": "https://x.com/martin/status/7/photo/1"}
SHOWN = "La bûche praliné est de retour.\n\nhttps://t.co/a"


@pytest.mark.parametrize(
    ("post", "content"),
    [
        (a_post(SHOWN, entities={"urls": [LINK]}), BUCHE),
        (
            a_post("Pain &amp; &lt;beurre&gt; sur https://t.co/a", entities={"urls": [LINK]}),
            Content(text="Pain & <beurre> sur martin.example/buche", language="fr-FR"),
        ),
        (
            a_post(
                "Notre four. https://t.co/m",
                entities={"urls": [OF_THE_FILE]},
                attachments={"media_keys": ["3_1"]},
            ),
            FOUR,
        ),
        (
            a_post("Long…", note_post={"text": "Long comme un jour sans pain"}),
            Content(text="Long comme un jour sans pain", language="fr-FR"),
        ),
    ],
    ids=[
        "a shortened address",
        "escaped, and an address without a scheme",
        "an address for the file",
        "long",
    ],
)
def test_a_post_is_known_by_its_words_whatever_x_makes_of_them(
    post: dict[str, Any], content: Content
) -> None:
    found = finding(post).find(a_piece(content), NOON)

    assert isinstance(found, Published)
    assert (found.remote_id, found.url) == ("7", "https://x.com/i/status/7")
    assert found.proof == "own feed"


@pytest.mark.parametrize(
    "post",
    [
        a_post("La bûche praliné est de retour."),
        a_post(SHOWN, entities={"urls": [LINK]}, attachments={"media_keys": ["3_1"]}),
        a_post(SHOWN, entities={"urls": [LINK]}, conversation_id="6"),
    ],
    ids=["without its address", "with a picture", "below another one"],
)
def test_another_post_is_not_this_one(post: dict[str, Any]) -> None:
    assert finding(post).find(a_piece(BUCHE), NOON) == NotFound()


@pytest.mark.parametrize(("above", "found"), [("6", True), ("5", False)])
def test_an_answer_stands_below_the_post_that_it_answers_and_below_no_other(
    above: str, *, found: bool
) -> None:
    post = a_post(
        "@jeanne Oui !",
        conversation_id="1",
        referenced_posts=[{"type": "replied_to", "id": above}],
    )
    piece = a_piece(Content(text="Oui !", language="fr-FR"), reply_to="6")

    assert isinstance(finding(post).find(piece, NOON), Published) is found


def test_of_two_posts_with_the_same_words_the_older_is_the_one() -> None:
    newer, older = (a_post(SHOWN, entities={"urls": [LINK]}, id=name) for name in ("9", "8"))
    both = (post | {"conversation_id": post["id"]} for post in (newer, older))

    found = finding(*both).find(a_piece(BUCHE), NOON)

    assert isinstance(found, Published)
    assert found.remote_id == "8"


def test_more_posts_than_are_looked_through_are_a_persons_to_look_at() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "1"}})
        return httpx.Response(200, json={"data": [a_post("Autre")], "meta": {"next_token": "more"}})

    assert isinstance(speaking(answer).find(a_piece(BUCHE), NOON), NotSent)


# ---------------------------------------------------------------- the same words twice
def refusing_as_duplicate(posts: list[dict[str, Any]] | None) -> X:
    said = problem(403, "You are not allowed to create a Tweet with duplicate content.")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(403, json=said)
        if posts is None:
            return httpx.Response(503)
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "1"}})
        return httpx.Response(200, json={"data": posts, "meta": {}})

    return speaking(answer)


def test_words_that_x_has_are_this_post_where_its_feed_shows_it_since_the_instant() -> None:
    network = refusing_as_duplicate([a_post(SHOWN, entities={"urls": [LINK]})])

    outcome = network.commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Published)
    assert outcome.proof == "own feed"


def test_words_that_x_has_from_another_day_are_refused_with_what_to_do() -> None:
    outcome = refusing_as_duplicate([]).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("X has these very words from this account already")
    assert outcome.reason.endswith("change the text")


def test_words_that_x_has_prove_nothing_where_its_feed_cannot_be_read() -> None:
    assert isinstance(refusing_as_duplicate(None).commit(a_piece(BUCHE), open_fence()), Unknown)


# ---------------------------------------------------------------- errors, each as X writes it
OAUTH_1 = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."
PROJECT = "When authenticating requests to the X API v2 endpoints, you must use keys and tokens of a Project."
CREDITS = "Your enrolled account [1] does not have any credits to fulfill this request."
ENGAGED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged."
)
DELETED = "You attempted to reply to a Tweet that is deleted or not visible to you."
CASHTAG = "Posts are limited to a maximum of one cashtag."
AUTOMATED = "This request looks like it might be automated. To protect our users from spam, please try later."
MEDIA = {
    "errors": [{"parameters": {"media.media_ids": ["[7]"]}, "message": "Your media IDs are invalid."}],
    "title": "Invalid Request",
    "detail": "One or more parameters to your request was invalid.",
    "type": "https://api.x.com/2/problems/invalid-request",
}


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (403, problem(403, PROJECT, "client-forbidden"), "put it into a project"),
        (402, problem(402, CREDITS, "credits", "CreditsDepleted"), "no credits left"),
        (402, problem(402, CREDITS, title="CreditsDepleted"), "no credits left"),
        (403, problem(403, CREDITS, title="CreditsDepleted"), "no credits left"),
        (402, problem(402, "Usage cap exceeded", "usage-capped", "UsageCapExceeded"), "its limit allows"),
        (429, problem(429, "Usage cap exceeded", "usage-capped", "UsageCapExceeded"), "its limit allows"),
        (403, problem(403, "Blocked", "disallowed-resource"), "does not allow what this post refers to"),
        (400, problem(400, "text: too long", "invalid-request"), "change it (text: too long)"),
        (403, problem(403, "Protected", "not-authorized-for-resource"), "protected or blocks you"),
        (403, problem(403, OAUTH_1, "oauth1-permissions"), "read and write"),
        (404, problem(404, "Could not find tweet", "resource-not-found"), "no longer has the post"),
        (404, problem(404, "Unavailable", "resource-unavailable"), "no longer shows the post"),
        (403, problem(403, "OAuth 2 app-only", "unsupported-authentication"), "connect the account again"),
        (401, problem(401, "OAuth 2 app-only", "unsupported-authentication", "Unsupported"), "connect the"),
        (400, MEDIA, "H.264"),
        (403, problem(403, "You are not allowed to post a video longer than 2 minutes."), "140 s"),
        (403, problem(403, ENGAGED), "answer on X itself"),
        (403, problem(403, DELETED), "no longer shows the post"),
        (403, problem(403, CASHTAG), "$cashtag"),
        (403, problem(403, AUTOMATED), "spam"),
        (403, problem(403, "Your account is suspended and is not permitted to access this."), "suspended"),
        (403, problem(403, "Your account is temporarily locked. Please log in."), "log in on X"),
        (403, problem(403, "You are not permitted to perform this action."), "280 characters"),
        (403, problem(403, "Forbidden"), "allow everything that is asked"),
    ],
)
def test_a_refusal_says_what_a_person_can_do(status: int, said: dict[str, Any], words: str) -> None:
    outcome = answering(status, said).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Refused)
    assert words in outcome.reason


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, problem(403, "Something new.")),
        (400, problem(400, "Something new.", title="Bad Request")),
        (403, {"errors": [{"message": "Something new."}]}),
        (401, {"title": "Denied by a proxy"}),
        (409, problem(409, "Conflict", title="Conflict")),
    ],
)
def test_what_is_not_on_the_list_proves_nothing(status: int, said: dict[str, Any]) -> None:
    assert isinstance(answering(status, said).commit(a_piece(BUCHE), open_fence()), Unknown)


def test_an_error_beside_what_was_asked_for_is_about_something_else() -> None:
    said = {"data": {"id": "7", "text": "x"}, "errors": [problem(403, "x", "disallowed-resource")]}

    assert isinstance(answering(201, said).commit(a_piece(BUCHE), open_fence()), Published)


def test_an_account_that_posted_too_much_today_waits() -> None:
    said = problem(403, "User is over daily status update limit.")

    outcome = answering(403, said).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(hours=1)


def test_a_pause_lasts_until_the_end_of_the_window_that_is_used_up() -> None:
    headers = {
        "Date": "Thu, 03 Dec 2026 12:00:00 GMT",
        "x-rate-limit-remaining": "99",
        "x-rate-limit-reset": "1796299800",
        "x-app-limit-24hour-remaining": "0",
        "x-app-limit-24hour-reset": "1796302800",
    }
    said = problem(429, "Too Many Requests", title="Too Many Requests")

    outcome = answering(429, said, headers).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(hours=1)
    assert [(one.counted, one.remaining) for one in outcome.left] == [("account", 99), ("app", 0)]


def test_a_pause_without_an_end_lasts_a_minute() -> None:
    outcome = answering(429, {"title": "Too Many Requests"}).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(minutes=1)


# ---------------------------------------------------------------- figures and answers
@pytest.mark.parametrize("reposts", ["repost_count", "retweet_count"])
def test_figures_are_read_under_their_names_of_today_and_of_before(reposts: str) -> None:
    metrics = {"like_count": 12, reposts: 3, "reply_count": 1, "impression_count": 900}
    network = answering(200, {"data": {"id": "7", "text": "x", "public_metrics": metrics}})

    assert network.figures("7") == PostFigures(likes=12, shares=3, replies=1, views=900)


def test_a_post_without_metrics_has_no_figures_rather_than_none_at_all() -> None:
    assert answering(200, {"data": {"id": "7", "text": "x"}}).figures("7") == PostFigures()


def test_a_lookup_that_finds_nothing_is_a_success_with_an_error_inside() -> None:
    gone = problem(404, "Could not find tweet with id: [7].", "resource-not-found", "Not Found Error")

    assert answering(200, {"errors": [gone]}).figures("7") == NotFound()


def test_answers_are_searched_without_our_own_and_page_by_page() -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "1000"}})
        asked.append(request.url)
        jeanne = a_post("@martin Encore &amp; encore !", author_id="5", conversation_id="6")
        users = [{"id": "5", "username": "jeanne", "name": "Jeanne"}]
        return httpx.Response(
            200, json={"data": [jeanne], "includes": {"users": users}, "meta": {"next_token": "b"}}
        )

    read = speaking(answer).comments("6", after="a")

    assert asked[0].params["query"] == "conversation_id:6 -from:1000"
    assert asked[0].params["next_token"] == "a"
    assert isinstance(read, Comments)
    at = NOON + timedelta(seconds=1)
    assert read.found == (Comment(remote_id="7", text="Encore & encore !", author="jeanne", at=at),)
    assert read.more == "b"


def test_an_answer_that_stays_visible_is_not_told_as_hidden() -> None:
    assert isinstance(answering(200, {"data": {"hidden": False}}).hide("7"), NotSent)


def test_an_answer_below_somebody_elses_post_is_refused(server: Server) -> None:
    network = opened(server)
    post = network.commit(a_piece(BUCHE), open_fence())
    assert isinstance(post, Published)
    elsewhere = server.comment(post.remote_id, "Bonjour", author="Jeanne")
    further = server.comment(elsewhere, "Oui", author="Paul")

    outcome = network.commit(a_piece(FOUR.model_copy(update={"media": ()}), reply_to=further), open_fence())

    assert isinstance(outcome, Refused)
    assert "answer on X itself" in outcome.reason


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        ("https://x.com/martin/status/1900000000000000001", "1900000000000000001"),
        ("https://x.com/i/status/1900000000000000001?s=20", "1900000000000000001"),
        ("https://twitter.com/martin/status/12/photo/1", "12"),
        ("https://mobile.twitter.com/i/web/status/12", "12"),
        ("https://x.com/martin", None),
        ("https://x.example/martin/status/12", None),
        ("https://example.com/?u=https://x.com/a/status/12", None),
    ],
)
def test_an_address_tells_the_id_of_a_post(url: str, remote_id: str | None) -> None:
    assert remote_id_in("x", url) == remote_id
