"""Tumblr: what is written, what is found again, and what each of its errors comes to."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from parution.errors import NoSuchSecret
from parution.networks import SecretNetworks, remote_id_in
from parution.networks.tumblr import Tumblr, until_its_new_day
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
from tests.builders import a_piece, open_fence
from tests.contracts.certification.described import CHECKS
from tests.contracts.certification.stages import Pixels
from tests.networks.accounts import BUCHE, VITRINE, Asked, MediaInMemory, OneSecret, Overheard, now

FILM = Content(
    text="Le four s'allume",
    language="fr-FR",
    media=(MediaRef(key="media/four.mp4", etag="a", kind="video/mp4"),),
)
DRAFT = "755000000000000001"
POST = {
    "id_string": "755000000000000009",
    "genesis_post_id": DRAFT,
    "post_url": "https://martin.tumblr.com/post/755000000000000009",
    "state": "published",
    "timestamp": 1796299203,
}
NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)


def opened(asked: Asked) -> Tumblr:
    token = StaticToken("Tumblr", SecretStr("canary"))
    return Tumblr(asked.client, "https://api.tumblr.com/v2", "martin", token)


def told(status: int, response: Any, *errors: dict[str, Any]) -> httpx.Response:
    body = {"meta": {"status": status, "msg": "as the server says"}, "response": response}
    return httpx.Response(status, json=body | ({"errors": errors} if errors else {}))


def a_page(*posts: dict[str, Any]) -> httpx.Response:
    return told(200, {"posts": posts})


@pytest.fixture
def server() -> Iterator[Server]:
    with running("tumblr", looks=1, most=1) as server:
        yield server


@pytest.fixture
def network(server: Server) -> Tumblr:
    (secret,) = server.secrets().values()
    account = SecretNetworks(OneSecret("blog", secret)).open("tumblr", "secret:blog")
    assert isinstance(account, Tumblr)
    return account


def prepared(network: Tumblr, content: Content, key: str = "key-1") -> Piece:
    made = network.prepare(a_piece(content, key), Pixels())
    assert isinstance(made, Prepared), made
    return a_piece(content, key, refs=made.refs)


# ---------------------------------------------------------------- what a post is
def test_a_text_is_written_in_paragraphs_with_its_links_tags_and_card() -> None:
    asked = Asked(told(200, {"id": DRAFT}), a_page(POST))
    text = "🎄 Voir https://martin.example/a?b=1.\nVite !\n\n#Bûche #noël2026, à emporter #Bûche"
    content = Content(text=text, language="fr-FR", link="https://martin.example/buche")

    opened(asked).commit(a_piece(content, refs=(DRAFT,)), open_fence())

    link = {"start": 7, "end": 35, "type": "link", "url": "https://martin.example/a?b=1"}
    assert asked.said(0) == {
        "state": "published",
        "tags": "Bûche,noël2026",
        "content": [
            {
                "type": "text",
                "text": "🎄 Voir https://martin.example/a?b=1.\nVite !",
                "formatting": [link],
            },
            {"type": "text", "text": "#Bûche #noël2026, à emporter #Bûche"},
            {"type": "link", "url": "https://martin.example/buche"},
        ],
    }


def test_a_paragraph_longer_than_a_block_is_parted_between_words() -> None:
    asked = Asked(told(200, {"id": DRAFT}), a_page(POST))
    content = Content(text="mot " * 2000, language="fr-FR")

    opened(asked).commit(a_piece(content, refs=(DRAFT,)), open_fence())

    blocks = [block["text"] for block in asked.said(0)["content"]]
    assert [len(block) for block in blocks] == [4095, 3903]
    assert " ".join(blocks).split() == ["mot"] * 2000


def test_a_word_longer_than_a_block_is_parted_where_the_block_ends() -> None:
    asked = Asked(told(200, {"id": DRAFT}), a_page(POST))

    opened(asked).commit(a_piece(Content(text="é" * 5000, language="fr-FR"), refs=(DRAFT,)), open_fence())

    assert [len(block["text"]) for block in asked.said(0)["content"]] == [4096, 904]


def test_a_picture_is_uploaded_into_the_draft_and_named_again_as_it_is_kept(network: Tumblr) -> None:
    piece = prepared(network, VITRINE.model_copy(update={"media": (*VITRINE.media, *VITRINE.media)}))

    draft, *kept = piece.refs
    assert draft.isdecimal()
    assert [json.loads(each)["width"] for each in kept] == [540, 540]
    assert all("/vitrine.png" in each for each in kept)


def test_what_a_picture_shows_is_said_when_it_is_published() -> None:
    asked = Asked(told(200, {"id": DRAFT}), a_page(POST))
    kept = json.dumps({"url": "https://64.media.example/1.png", "type": "image/png", "width": 9})

    opened(asked).commit(a_piece(VITRINE, refs=(DRAFT, kept)), open_fence())

    assert asked.said(0)["content"][0] == {
        "type": "image",
        "media": [{"url": "https://64.media.example/1.png", "type": "image/png", "width": 9}],
        "alt_text": "Une vitrine illuminée",
    }


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (BUCHE.model_copy(update={"format": "reel"}), "Tumblr has no reel"),
        (FILM.model_copy(update={"media": FILM.media * 2}), "one film"),
        (VITRINE.model_copy(update={"media": VITRINE.media * 31}), "thirty pictures"),
    ],
    ids=["a format", "two films", "too many pictures"],
)
def test_what_is_no_post_is_refused_before_its_instant(content: Content, why: str) -> None:
    outcome = opened(Asked(told(500, {}))).prepare(a_piece(content), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert why in outcome.reason


def test_a_reply_is_refused_before_its_instant() -> None:
    outcome = opened(Asked(told(500, {}))).prepare(a_piece(BUCHE, reply_to="75"), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert "no program reply" in outcome.reason


# ---------------------------------------------------------------- films
def test_a_film_is_uploaded_once_and_waited_for(network: Tumblr) -> None:
    first = network.prepare(a_piece(FILM), Pixels())
    assert isinstance(first, Preparing)

    second = network.prepare(a_piece(FILM, refs=first.refs), Pixels())

    assert isinstance(second, Prepared)
    assert second.refs[0] == first.refs[0]
    assert "/four.mp4" in second.refs[1]


def test_a_draft_that_cannot_be_read_is_not_made_again() -> None:
    asked = Asked(told(201, {"id": DRAFT}), told(503, {}))

    outcome = opened(asked).prepare(a_piece(VITRINE), Pixels())

    assert isinstance(outcome, Preparing)
    assert outcome.refs == (DRAFT,)
    assert [request.method for request in asked] == ["POST", "GET"]


def test_a_kind_of_file_that_tumblr_does_not_take_is_refused(network: Tumblr) -> None:
    bitmap = VITRINE.model_copy(
        update={"media": (MediaRef(key="media/a.bmp", etag="a", kind="image/bmp", alt=""),)}
    )

    outcome = network.prepare(a_piece(bitmap), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert "kind of file" in outcome.reason


def test_an_upload_whose_file_has_no_block_is_no_request_that_tumblr_describes() -> None:
    asked = Asked(told(201, {"id": DRAFT}))
    opened(asked).prepare(a_piece(VITRINE), Pixels())
    request, answer = asked[0], told(201, {"id": DRAFT})
    misnamed = httpx.Request(
        "POST",
        request.url,
        headers=request.headers,
        content=request.content.replace(b'name="file-0"', b'name="file-1"'),
    )

    assert list(CHECKS["tumblr"](request, answer)) == []
    assert len(list(CHECKS["tumblr"](misnamed, answer))) == 1


# ---------------------------------------------------------------- the instant
def test_a_published_draft_is_known_by_the_id_that_it_has_from_then_on(network: Tumblr) -> None:
    piece = prepared(network, BUCHE)

    made = network.commit(piece, open_fence())

    assert isinstance(made, Published)
    assert made.remote_id != piece.refs[0]
    assert made.url == f"https://sandbox.tumblr.example/post/{made.remote_id}"
    assert isinstance(network.figures(made.remote_id), PostFigures)


@pytest.mark.parametrize("then", [told(503, {}), a_page()], ids=["not readable", "not shown yet"])
def test_a_post_whose_blog_cannot_be_read_afterwards_is_published_all_the_same(then: httpx.Response) -> None:
    made = opened(Asked(told(200, {"id": DRAFT}), then)).commit(a_piece(BUCHE, refs=(DRAFT,)), open_fence())

    assert isinstance(made, Published)
    assert (made.remote_id, made.url) == (DRAFT, None)


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ({}, Published),
        ({"genesis_post_id": "755000000000000002"}, Unknown),
        ({"genesis_post_id": None, "id_string": DRAFT}, Published),
        ({"state": "private"}, Unknown),
    ],
    ids=["it came of the draft", "of another draft", "under the draft's id", "not for everybody"],
)
def test_a_draft_that_is_gone_was_published_where_the_blog_shows_so(
    shown: dict[str, Any], outcome: type
) -> None:
    asked = Asked(told(404, []), a_page(POST | shown))

    assert isinstance(opened(asked).commit(a_piece(BUCHE, refs=(DRAFT,)), open_fence()), outcome)


def test_a_daily_limit_puts_a_post_off_until_tumblrs_tomorrow(network: Tumblr) -> None:
    network.commit(prepared(network, BUCHE), open_fence())
    piece = prepared(network, BUCHE, "key-2")

    outcome = network.commit(piece, open_fence())

    assert isinstance(outcome, NotSent)
    assert "no more posts on this blog today" in outcome.reason
    assert outcome.retry_after == pytest.approx(until_its_new_day(now()), abs=timedelta(seconds=5))


@pytest.mark.parametrize(
    ("now_", "wait"),
    [
        ("2026-12-03T12:00:00+00:00", timedelta(hours=17, minutes=1)),
        ("2026-12-03T04:59:00+00:00", timedelta(minutes=2)),
        ("2026-07-03T12:00:00+00:00", timedelta(hours=16, minutes=1)),
        ("2026-11-01T05:00:00+00:00", timedelta(hours=24, minutes=1)),
    ],
    ids=["in winter", "right before", "in summer", "when its clocks go back"],
)
def test_its_day_ends_at_midnight_in_new_york(now_: str, wait: timedelta) -> None:
    assert until_its_new_day(datetime.fromisoformat(now_)) == wait


# ---------------------------------------------------------------- errors
REFUSALS: list[tuple[int, int, type, str]] = [
    (400, 0, Refused, "does not take this post"),
    (400, 8001, Refused, "does not take this post"),
    (400, 8005, Refused, "kind of file"),
    (401, 1016, Refused, "connect the account again"),
    (403, 0, Refused, "is the blog its own"),
    (403, 8004, NotSent, "no more files"),
    (403, 8010, NotSent, "still at work"),
    (403, 8011, NotSent, "no more films"),
    (403, 8023, NotSent, "no more posts"),
    (410, 0, Unknown, "answered 410"),
    (429, 0, NotSent, "too many requests"),
    (500, 8009, Unknown, "answered 500"),
    (503, 0, Unknown, "answered 503"),
]


@pytest.mark.parametrize(("status", "code", "outcome", "words"), REFUSALS)
def test_an_error_at_the_instant_comes_to_this(status: int, code: int, outcome: type, words: str) -> None:
    wrong = [{"title": "as it says", "code": code}] if code else []
    asked = Asked(told(status, [], *wrong))

    came = opened(asked).commit(a_piece(BUCHE, refs=(DRAFT,)), open_fence())

    assert isinstance(came, outcome)
    assert words in getattr(came, "reason", "")


def test_a_success_with_an_error_inside_is_that_error() -> None:
    inside = {"meta": {"status": 403, "msg": "Forbidden"}, "errors": [{"title": "no", "code": 8023}]}
    asked = Asked(httpx.Response(200, json=inside))

    came = opened(asked).commit(a_piece(BUCHE, refs=(DRAFT,)), open_fence())

    assert isinstance(came, NotSent)


def test_what_is_left_is_read_of_the_answer(network: Tumblr) -> None:
    made = network.commit(prepared(network, BUCHE), open_fence())

    assert isinstance(made, Published)
    assert [(one.counted, one.limit) for one in made.left] == [("app", 1000), ("app", 5000)]


# ---------------------------------------------------------------- afterwards
def test_a_blog_is_looked_through_until_a_page_is_older() -> None:
    newer = [POST | {"genesis_post_id": None, "id_string": str(number)} for number in range(20)]
    asked = Asked(a_page(*newer), a_page(POST))

    found = opened(asked).find(a_piece(BUCHE, refs=(DRAFT,)), NOON)

    assert isinstance(found, Published)
    assert found.at == datetime.fromtimestamp(1796299203, UTC)
    assert [request.url.params["offset"] for request in asked] == ["0", "20"]


def test_a_page_that_ends_before_the_attempt_ends_the_search() -> None:
    older = [
        POST | {"genesis_post_id": None, "id_string": str(one), "timestamp": 1796299080} for one in range(20)
    ]
    asked = Asked(a_page(*older))

    assert opened(asked).find(a_piece(BUCHE, refs=(DRAFT,)), NOON) == NotFound()
    assert len(asked) == 1


def test_a_blog_that_is_not_there_proves_nothing_about_the_post() -> None:
    assert isinstance(opened(Asked(told(404, []))).find(a_piece(BUCHE, refs=(DRAFT,)), NOON), NotSent)


def test_replies_and_reblogs_with_words_are_read_page_by_page() -> None:
    at = 1796299203
    notes = [
        {"type": "reply", "timestamp": at, "blog_name": "jeanne", "reply_text": "Encore !"},
        {"type": "reblog", "timestamp": at, "blog_name": "lea", "added_text": "À goûter."},
        {"type": "reblog", "timestamp": at, "blog_name": "paul", "added_text": None},
        {"type": "like", "timestamp": at, "blog_name": "ines"},
    ]
    links = {"next": {"type": "action", "query_params": {"before_timestamp": 1796299203000000}}}
    asked = Asked(told(200, {"notes": notes, "_links": links, "total_likes": 9, "total_reblogs": 2}))

    read = opened(asked).comments("7550", after="1796299999")

    when = datetime.fromtimestamp(at, UTC)
    assert read == Comments(
        found=(
            Comment(remote_id=f"7550#jeanne@{at}", text="Encore !", author="jeanne", at=when),
            Comment(remote_id=f"7550#lea@{at}", text="À goûter.", author="lea", at=when),
        ),
        more="1796299203000000",
    )
    assert asked[0].url.params["before_timestamp"] == "1796299999"
    assert opened(asked).figures("7550") == PostFigures(likes=9, shares=2)


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        ("https://martin.tumblr.com/post/755000000000000009/buche", "755000000000000009"),
        ("https://www.tumblr.com/martin/755000000000000009", "755000000000000009"),
        ("https://blog.martin.example/post/755000000000000009", "755000000000000009"),
        ("https://blog.martin.example/2026/755000000000000009", None),
        ("https://www.tumblr.com/martin", None),
        ("https://martin.tumblr.com/", None),
    ],
)
def test_an_address_tells_the_id_of_a_post(url: str, remote_id: str | None) -> None:
    assert remote_id_in("tumblr", url) == remote_id


# ---------------------------------------------------------------- secrets
@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ({"blog": "martin"}, "'access_token' is missing"),
        ({"blog": "martin/../lea", "access_token": "t"}, "its host or its number"),
        ({"blog": "martin", "client_id": "c", "client_secret": "s"}, "'refresh_token' is missing"),
    ],
)
def test_a_secret_that_cannot_serve_says_which_key(secret: dict[str, str], why: str) -> None:
    with pytest.raises(NoSuchSecret, match=why):
        SecretNetworks(OneSecret("blog", secret)).open("tumblr", "secret:blog")


def test_a_pair_is_renewed_and_the_request_is_the_described_one() -> None:
    said, vault = Overheard(), MemoryTokens()

    def keeper(connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, vault, timedelta(seconds=120))

    with running("tumblr", grants={"refresh-1": "martin"}) as server:
        (secret,) = server.secrets().values()

        network = SecretNetworks(OneSecret("blog", secret), said.client, keeper).open("tumblr", "secret:blog")
        found = network.find(a_piece(BUCHE, refs=(DRAFT,)), now())

    account = vault.read("blog")
    assert found == NotFound()
    assert account is not None
    assert account.tokens.refresh.get_secret_value() == "sandbox-refresh-2"
    assert [request.url.path for request, _ in said] == ["/v2/oauth2/token", "/v2/blog/martin/posts"]
    assert [wrong for one in said for wrong in CHECKS["tumblr"](*one)] == []
