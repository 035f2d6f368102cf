"""Pinterest: what is pinned, what is found again, and what each of its errors comes to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from parution.errors import NoSuchSecret
from parution.networks import SecretNetworks, remote_id_in
from parution.networks.pinterest import Pinterest
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    NotFound,
    NotSent,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.tokens import Connection, StaticToken, TokenKeeper
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.servers import running
from tests.builders import a_piece, open_fence
from tests.contracts.certification.described import CHECKS, READS
from tests.contracts.certification.stages import Pixels
from tests.networks.accounts import BUCHE, VITRINE, Asked, MediaInMemory, OneSecret, Overheard, now

BOARD = "1022106146619699845"
FILM = Content(
    text="Le four s'allume",
    language="fr-FR",
    media=(MediaRef(key="media/four.mp4", etag="a", kind="video/mp4"),),
)
PIN = {
    "id": "813744226420795884",
    "created_at": "2026-12-03T12:00:03",
    "title": "Notre vitrine de Noël.",
    "description": None,
    "link": None,
}
NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)


def opened(asked: Asked) -> Pinterest:
    token = StaticToken("Pinterest", SecretStr("canary"))
    return Pinterest(asked.client, "https://api.pinterest.com/v5", BOARD, token)


def answering(status: int, body: Any, headers: dict[str, str] | None = None) -> Asked:
    return Asked(httpx.Response(status, json=body, headers=headers))


@pytest.fixture
def network() -> Iterator[Pinterest]:
    with running("pinterest", looks=2) as server:
        (secret,) = server.secrets().values()
        account = SecretNetworks(OneSecret("pins", secret)).open("pinterest", "secret:pins")
        assert isinstance(account, Pinterest)
        yield account


# ---------------------------------------------------------------- what a pin is
@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        ("La bûche", "La bûche", None),
        ("La bûche\n\nElle revient.\nVite.", "La bûche", "Elle revient.\nVite."),
        ("b" * 100, "b" * 100, None),
        ("b" * 101, None, "b" * 101),
    ],
    ids=["one line", "a line above the others", "the longest title", "a line too long for a title"],
)
def test_the_first_line_is_the_title(text: str, title: str | None, description: str | None) -> None:
    asked = answering(201, PIN)
    content = VITRINE.model_copy(update={"text": text})

    opened(asked).commit(a_piece(content, refs=("https://media.example/1",)), open_fence())

    assert asked.said(-1).get("title") == title
    assert asked.said(-1).get("description") == description


def test_a_pin_holds_its_board_its_link_and_what_its_picture_shows() -> None:
    asked = answering(201, PIN)
    content = VITRINE.model_copy(update={"link": "https://martin.example/buche?a=1&b=2"})

    outcome = opened(asked).commit(a_piece(content, refs=("https://media.example/1",)), open_fence())

    assert asked.said(-1) == {
        "title": "Notre vitrine de Noël.",
        "link": "https://martin.example/buche?a=1&b=2",
        "alt_text": "Une vitrine illuminée",
        "board_id": BOARD,
        "media_source": {"source_type": "image_url", "url": "https://media.example/1"},
    }
    assert isinstance(outcome, Published)
    assert outcome.url == "https://www.pinterest.com/pin/813744226420795884/"
    assert outcome.at == NOON + timedelta(seconds=3)


def test_addresses_are_signed_anew_before_they_end(network: Pinterest) -> None:
    made = network.prepare(a_piece(VITRINE), MediaInMemory())

    assert isinstance(made, Prepared)
    assert made.refs == ("https://media.example/media/vitrine.png",)
    assert made.good_until is not None
    assert made.good_until - now() < timedelta(hours=1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (BUCHE, "add a picture or a film"),
        (VITRINE.model_copy(update={"format": "story"}), "Pinterest has no story"),
        (VITRINE.model_copy(update={"media": VITRINE.media * 6}), "up to five pictures"),
        (FILM.model_copy(update={"media": FILM.media + VITRINE.media}), "one film"),
    ],
    ids=["text alone", "a format", "six pictures", "a film and a picture"],
)
def test_what_is_no_pin_is_refused_before_its_instant(content: Content, why: str) -> None:
    outcome = opened(answering(500, {})).prepare(a_piece(content), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert why in outcome.reason


def test_a_comment_is_refused_before_its_instant() -> None:
    outcome = opened(answering(500, {})).prepare(a_piece(VITRINE, reply_to="8137"), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert "takes no comments" in outcome.reason


# ---------------------------------------------------------------- films
def test_a_film_is_uploaded_once_and_waited_for(network: Pinterest) -> None:
    first = network.prepare(a_piece(FILM), Pixels())
    assert isinstance(first, Preparing)

    second = network.prepare(a_piece(FILM, refs=first.refs), Pixels())
    third = network.prepare(a_piece(FILM, refs=first.refs), Pixels())

    assert isinstance(second, Preparing)
    assert isinstance(third, Prepared)
    assert first.refs == second.refs == third.refs


def test_a_film_that_cannot_be_played_is_refused(network: Pinterest) -> None:
    outcome = network.prepare(a_piece(FILM), MediaInMemory())  # a picture by another name

    assert isinstance(outcome, Refused)
    assert "MP4 with H.264" in outcome.reason


def test_a_film_that_cannot_be_asked_about_is_not_uploaded_again() -> None:
    asked = answering(503, {})

    outcome = opened(asked).prepare(a_piece(FILM, refs=("70",)), Pixels())

    assert isinstance(outcome, Preparing)
    assert outcome.refs == ("70",)
    assert [request.method for request in asked] == ["GET"]


def test_where_films_are_stored_gets_no_token() -> None:
    place = {
        "media_id": "70",
        "upload_url": "https://media-upload.example/",
        "upload_parameters": {"key": "uploads/70", "policy": "p"},
    }
    states = ({"media_id": "70", "status": status} for status in ("registered", "succeeded"))
    asked = Asked(
        httpx.Response(201, json=place),
        httpx.Response(204),
        *(httpx.Response(200, json=one) for one in states),
    )

    outcome = opened(asked).prepare(a_piece(FILM), Pixels())

    assert isinstance(outcome, Preparing)
    stored = asked[1]
    assert "authorization" not in stored.headers
    assert stored.headers["content-length"] == str(len(stored.content))
    assert stored.content.index(b'name="policy"') < stored.content.index(b'name="file"')


# ---------------------------------------------------------------- errors
REFUSALS: list[tuple[int, int, str, type, str]] = [
    (400, 1, "Invalid request: 'x' is not of type 'string'", Refused, "does not take this pin"),
    (400, 235, "Sorry we could not fetch the image.", NotSent, "could not fetch the picture"),
    (401, 2, "Authentication failed.", Refused, "connect the account again"),
    (401, 3, "Your application does not have access to this restricted feature", Refused, "boards:write"),
    (403, 7, "Not authorized to access board or Pin.", Refused, "is the board its own"),
    (403, 29, "Apps with Trial access may not create Pins in production", Refused, "Standard access"),
    (403, 9, "Sorry! You've hit a block (Pins)", NotSent, "against spam"),
    (404, 40, "Board not found.", Refused, "check board_id"),
    (409, 1, "Conflict", Unknown, "answered 409"),
    (500, 12, "Something went wrong on our end. Sorry about that.", Unknown, "answered 500"),
]


@pytest.mark.parametrize(("status", "code", "message", "outcome", "words"), REFUSALS)
def test_an_error_at_the_instant_comes_to_this(
    status: int, code: int, message: str, outcome: type, words: str
) -> None:
    asked = answering(status, {"code": code, "message": message})

    came = opened(asked).commit(a_piece(VITRINE, refs=("https://media.example/1",)), open_fence())

    assert isinstance(came, outcome)
    assert words in getattr(came, "reason", "")


def test_a_pause_against_spam_lasts_an_hour() -> None:
    asked = answering(403, {"code": 9, "message": "Sorry! You've hit a block (Pins)"})

    came = opened(asked).commit(a_piece(VITRINE, refs=("https://media.example/1",)), open_fence())

    assert isinstance(came, NotSent)
    assert came.retry_after == timedelta(hours=1)


def test_what_is_left_is_read_of_the_answer() -> None:
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "3", "x-ratelimit-reset": "41"}

    made = opened(answering(201, PIN, headers)).commit(
        a_piece(VITRINE, refs=("https://media.example/1",)), open_fence()
    )

    assert isinstance(made, Published)
    assert [(one.remaining, one.limit) for one in made.left] == [(3, 100)]


# ---------------------------------------------------------------- what became of it
@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ({}, Published),
        ({"created_at": "2026-12-03T12:00:03+00:00"}, Published),
        ({"title": "Notre  vitrine de Noël. "}, Published),
        ({"title": "Notre vitrine"}, NotFound),
        ({"description": "avec autre chose"}, NotFound),
        ({"link": "https://martin.example/"}, NotFound),
        ({"created_at": "2026-12-03T11:58:59"}, NotFound),
        ({"created_at": "2026-12-03T12:10:00"}, NotFound),
    ],
    ids=["it", "with its zone", "tidied up", "other title", "other words", "a link", "older", "much later"],
)
def test_a_pin_is_told_by_its_words_its_link_and_its_time(shown: dict[str, Any], outcome: type) -> None:
    asked = answering(200, {"items": [PIN | shown], "bookmark": None})

    came = opened(asked).find(a_piece(VITRINE), NOON)

    assert isinstance(came, outcome)


def test_a_board_is_looked_through_until_a_page_is_older() -> None:
    newer = [PIN | {"title": "autre chose"}]
    pages = [{"items": newer, "bookmark": "b2"}, {"items": [PIN], "bookmark": "b3"}]
    asked = Asked(*(httpx.Response(200, json=page) for page in pages))

    came = opened(asked).find(a_piece(VITRINE), NOON)

    assert isinstance(came, Published)
    assert [request.url.params.get("bookmark") for request in asked] == [None, "b2"]


def test_a_board_with_too_many_new_pins_is_left_to_a_person() -> None:
    asked = answering(200, {"items": [PIN | {"title": "autre chose"}], "bookmark": "more"})

    assert isinstance(opened(asked).find(a_piece(VITRINE), NOON), NotSent)
    assert len(asked) == 5


def test_a_board_that_is_gone_proves_nothing_about_the_pin() -> None:
    asked = answering(404, {"code": 40, "message": "Board not found."})

    assert isinstance(opened(asked).find(a_piece(VITRINE), NOON), NotSent)


def test_figures_are_those_of_a_pins_whole_life() -> None:
    lived = {"reaction": 12, "comment": 2, "save": 5, "impression": 900}
    metrics = {"90d": {"save": 1, "impression": 70}, "lifetime_metrics": lived}

    asked = answering(200, PIN | {"pin_metrics": metrics})

    figures = PostFigures(likes=12, shares=5, replies=2, views=900)
    assert opened(asked).figures("813744226420795884") == figures
    assert opened(answering(200, PIN | {"pin_metrics": None})).figures("8137") == PostFigures()


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        ("https://www.pinterest.com/pin/813744226420795884/", "813744226420795884"),
        ("https://www.pinterest.fr/pin/813744226420795884", "813744226420795884"),
        ("https://pin.it/4abcDEF", None),
        ("https://www.pinterest.com/martin/buches/", None),
    ],
)
def test_an_address_tells_the_id_of_a_pin(url: str, remote_id: str | None) -> None:
    assert remote_id_in("pinterest", url) == remote_id


# ---------------------------------------------------------------- secrets
APP = {"client_id": "1582959", "client_secret": "s", "refresh_token": "pinr_1"}


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ({"board_id": BOARD}, "'access_token' is missing"),
        ({"board_id": BOARD, "refresh_token": "pinr_1"}, "'client_id' is missing"),
        ({"access_token": "t"}, "'board_id' is missing"),
        ({"board_id": "martin/buches", "access_token": "t"}, "GET /v5/boards tells"),
        ({"board_id": BOARD, "access_token": "t", "scope": "x"}, "'scope' is not known"),
        ({"board_id": BOARD, "access_token": "t t"}, "no access token has"),
        (APP | {"board_id": BOARD, "base_url": "http://api.pinterest.example"}, "must be an https"),
    ],
)
def test_a_secret_that_cannot_serve_says_which_key(secret: dict[str, str], why: str) -> None:
    with pytest.raises(NoSuchSecret, match=why):
        SecretNetworks(OneSecret("pins", secret)).open("pinterest", "secret:pins")


def test_an_account_without_tokens_kept_says_what_to_do() -> None:
    with pytest.raises(NoSuchSecret, match="KeepTokens=true"):
        SecretNetworks(OneSecret("pins", APP | {"board_id": BOARD})).open("pinterest", "secret:pins")


def test_a_pair_is_renewed_and_the_request_is_the_described_one() -> None:
    said, vault = Overheard(), MemoryTokens()

    def keeper(connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, vault, timedelta(seconds=120))

    with running("pinterest", grants={"pinr_1": "martin"}) as server:
        (secret,) = server.secrets().values()

        network = SecretNetworks(OneSecret("pins", secret), said.client, keeper).open(
            "pinterest", "secret:pins"
        )
        found = network.find(a_piece(VITRINE), now())

    account = vault.read("pins")
    assert found == NotFound()
    assert account is not None
    assert account.tokens.refresh.get_secret_value() == "sandbox-refresh-2"
    assert [request.url.path for request, _ in said] == ["/v5/oauth/token", f"/v5/boards/{BOARD}/pins"]
    if READS["pinterest"].exists():
        assert [wrong for one in said for wrong in CHECKS["pinterest"](*one)] == []
