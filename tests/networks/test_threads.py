"""Threads: what its containers say, and what each of its errors comes to."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from parution.errors import NoSuchSecret
from parution.networks import SecretNetworks, remote_id_in
from parution.networks.threads import Threads
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    Comments,
    Done,
    NotFound,
    NotSent,
    Outcome,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.tokens import Connection, TokenKeeper
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.servers import Server, running
from parution.transport import open_client
from tests.builders import a_piece, open_fence
from tests.networks.accounts import BUCHE, MediaInMemory, OneSecret, now

FOUR = MediaRef(key="media/four.jpg", etag="a", kind="image/jpeg", alt="Le four")
FILM = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4")
TEXT = Content(text="La bûche est de retour.", language="fr-FR")
PICTURE = BUCHE.model_copy(update={"media": (FOUR,)})
SECRET = {"user_id": "26000000000000001", "access_token": "canary-token"}


@pytest.fixture
def server() -> Iterator[Server]:
    with running("threads") as server:
        yield server


@pytest.fixture
def network(server: Server) -> Threads:
    return opened(server.secrets().popitem()[1])


def opened(
    secret: Mapping[str, str], vault: MemoryTokens | None = None, client: httpx.Client | None = None
) -> Threads:
    tokens = vault or MemoryTokens()

    def keeper(connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, tokens, timedelta(seconds=120))

    network = SecretNetworks(OneSecret("fil", secret), client, keeper).open("threads", "secret:fil")
    assert isinstance(network, Threads)
    return network


def answering(
    status: int, said: Any, *, read: Mapping[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Threads:
    """Answer so to whatever is posted, and give ``read`` to whoever looks."""

    def told(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/refresh_access_token":
            return httpx.Response(200, json={"access_token": "canary-token", "expires_in": 5_184_000})
        if request.method == "GET" and read is not None:
            return httpx.Response(200, json=read)
        body = said if isinstance(said, str) else json.dumps(said)
        return httpx.Response(status, headers=headers, content=body)

    return opened(SECRET, client=open_client(httpx.MockTransport(told)))


def error(code: int, subcode: int | None = None, said: str = "as Threads says") -> dict[str, Any]:
    told: dict[str, Any] = {"message": said, "type": "THApiException", "code": code, "fbtrace_id": "AbC"}
    return {"error": told | ({"error_subcode": subcode} if subcode else {})}


def committed(network: Threads, refs: tuple[str, ...] = ("17910000000000001",)) -> Outcome:
    return network.commit(a_piece(TEXT, refs=refs), open_fence())


def published(network: Threads, content: Content = TEXT, **facts: Any) -> Published:
    made = network.prepare(a_piece(content, **facts), MediaInMemory())
    assert isinstance(made, Prepared), made
    outcome = network.commit(a_piece(content, refs=made.refs, **facts), open_fence())
    assert isinstance(outcome, Published), outcome
    return outcome


# ---------------------------------------------------------------- what is made
def test_each_kind_is_said_in_its_own_parameters_and_never_published_at_once() -> None:
    said: list[dict[str, str]] = []

    def heard(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            said.append(dict(httpx.QueryParams(request.content.decode())))
            return httpx.Response(200, json={"id": "17910000000000001"})
        if request.url.path == "/refresh_access_token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 5_184_000})
        if request.url.path.endswith("limit"):
            return httpx.Response(200, json={"data": []})
        return httpx.Response(200, json={"id": "17910000000000001", "status": "FINISHED"})

    network = opened(SECRET, client=open_client(httpx.MockTransport(heard)))
    for content in (TEXT, BUCHE, PICTURE, PICTURE.model_copy(update={"media": (FOUR, FILM)})):
        network.prepare(a_piece(content), MediaInMemory())
    network.prepare(a_piece(TEXT, reply_to="18010000000000001"), MediaInMemory())

    words = "La bûche praliné est de retour."
    body = f"{words}\n\nhttps://martin.example/buche"
    picture, film = "https://media.example/media/four.jpg", "https://media.example/media/four.mp4"
    assert said == [
        {"media_type": "TEXT", "text": "La bûche est de retour."},
        {"media_type": "TEXT", "text": words, "link_attachment": "https://martin.example/buche"},
        {"media_type": "IMAGE", "text": body, "image_url": picture, "alt_text": "Le four"},
        {"is_carousel_item": "true", "media_type": "IMAGE", "image_url": picture, "alt_text": "Le four"},
        {"is_carousel_item": "true", "media_type": "VIDEO", "video_url": film},
        {"media_type": "CAROUSEL", "children": "17910000000000001,17910000000000001", "text": body},
        {"media_type": "TEXT", "text": "La bûche est de retour.", "reply_to_id": "18010000000000001"},
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "story"}, "no format story"),
        ({"media": (FOUR,) * 21}, "at most 20 files"),
        ({"media": (FOUR.model_copy(update={"kind": "image/webp"}),)}, "image/webp"),
    ],
)
def test_what_threads_has_not_is_refused_with_what_to_do(
    network: Threads, changes: dict[str, Any], words: str
) -> None:
    outcome = network.prepare(a_piece(PICTURE.model_copy(update=changes)), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert words in outcome.reason


def test_a_container_at_work_is_waited_for_and_made_once() -> None:
    with running("threads", looks=1) as server:
        network = opened(server.secrets().popitem()[1])
        begun = network.prepare(a_piece(PICTURE), MediaInMemory())
        assert isinstance(begun, Preparing)

        ready = network.prepare(a_piece(PICTURE, refs=begun.refs), MediaInMemory())

    assert isinstance(ready, Prepared)
    assert ready.refs == begun.refs


def test_a_container_that_expired_is_made_anew_before_the_instant() -> None:
    clock = [datetime(2026, 11, 22, 8, 0, tzinfo=UTC)]
    with running("threads", clock=lambda: clock[0]) as server:
        network = opened(server.secrets().popitem()[1])
        first = network.prepare(a_piece(TEXT), MediaInMemory())
        assert isinstance(first, Prepared)
        clock[0] += timedelta(hours=25)

        refused = committed(network, first.refs)
        again = network.prepare(a_piece(TEXT, refs=first.refs), MediaInMemory())

    assert isinstance(refused, Refused)
    assert isinstance(again, Prepared)
    assert again.refs != first.refs


@pytest.mark.parametrize(
    ("message", "expected", "words"),
    [
        ("FAILED_DOWNLOADING_VIDEO", NotSent, "could not fetch"),
        ("UNKNOWN", NotSent, "failed with them"),
        ("FAILED_PROCESSING_AUDIO", Refused, "sound as AAC"),
        ("FAILED_PROCESSING_VIDEO", Refused, "export it as MP4"),
        ("INVALID_ASPEC_RATIO", Refused, "crop it"),
        ("INVALID_ASPECT_RATIO", Refused, "crop it"),
        ("INVALID_BIT_RATE", Refused, "lower bit rate"),
        ("INVALID_DURATION", Refused, "five minutes"),
        ("INVALID_FRAME_RATE", Refused, "23 to 60"),
        ("INVALID_AUDIO_CHANNELS", Refused, "mono or stereo"),
        ("INVALID_AUDIO_CHANNEL_LAYOUT", Refused, "mono or stereo"),
        ("RENAMED", Refused, "RENAMED"),
    ],
)
def test_a_film_that_fails_says_why_or_is_fetched_again(
    message: str, expected: type[Refused | NotSent], words: str
) -> None:
    with running("threads", fails={"four.mp4": message}) as server:
        network = opened(server.secrets().popitem()[1])

        outcome = network.prepare(a_piece(TEXT.model_copy(update={"media": (FILM,)})), MediaInMemory())

    assert isinstance(outcome, expected)
    assert words in outcome.reason


def test_posts_and_replies_are_counted_apart() -> None:
    with running("threads", quota=1) as server:
        network = opened(server.secrets().popitem()[1])
        post = published(network)

        full = network.prepare(a_piece(TEXT), MediaInMemory())
        published(network, reply_to=post.remote_id)
        also = network.prepare(a_piece(TEXT, reply_to=post.remote_id), MediaInMemory())

    assert isinstance(full, NotSent)
    assert (full.retry_after, full.left[0].remaining) == (timedelta(hours=1), 0)
    assert isinstance(also, NotSent)


# ---------------------------------------------------------------- once
def test_a_reply_is_published_once_and_found_among_the_replies(server: Server, network: Threads) -> None:
    post = published(network)
    made = network.prepare(a_piece(BUCHE, "two", reply_to=post.remote_id), MediaInMemory())
    assert isinstance(made, Prepared)
    reply = a_piece(BUCHE, "two", reply_to=post.remote_id, refs=made.refs)
    before = network.find(reply, now())

    first, second = network.commit(reply, open_fence()), network.commit(reply, open_fence())
    found = network.find(reply, now())

    assert before == NotFound()
    assert isinstance(first, Published)
    assert isinstance(second, Published)
    assert isinstance(found, Published)
    assert (second.remote_id, found.remote_id) == (first.remote_id, first.remote_id)
    assert sum(one["effect"] == "reply" for one in server.events()) == 1


def test_an_answer_to_what_is_gone_is_refused_before_its_instant(network: Threads) -> None:
    outcome = network.prepare(a_piece(TEXT, reply_to="18010000000000999"), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert "somebody deleted it" in outcome.reason


@pytest.mark.parametrize(
    ("code", "subcode", "status", "expected"),
    [
        (24, 4279009, {"status": "FINISHED"}, NotSent),
        (24, 2207006, {"status": "IN_PROGRESS"}, NotSent),
        (24, 2207008, {"status": "EXPIRED"}, Refused),
        (9007, 2207027, {"status": "ERROR", "error_message": "INVALID_DURATION"}, Refused),
        (24, 4279009, {"status": "RENAMED"}, Unknown),
    ],
)
def test_a_container_that_is_not_published_is_looked_into(
    code: int, subcode: int, status: dict[str, str], expected: type[Outcome]
) -> None:
    network = answering(400, error(code, subcode), read={"id": "17910000000000001"} | status)

    assert type(committed(network)) is expected


# ---------------------------------------------------------------- below a post
def test_replies_are_read_hidden_and_counted(server: Server, network: Threads) -> None:
    post = published(network)
    reply = server.comment(post.remote_id, "Voleurs !")
    below = server.comment(reply, "Mais non.")

    hidden, too_deep = network.hide(reply), network.hide(below)
    read = network.comments(post.remote_id)

    assert hidden == Done()
    assert isinstance(too_deep, Refused)
    assert isinstance(read, Comments)
    assert [(one.text, one.author, one.hidden) for one in read.found] == [("Voleurs !", "Jeanne", True)]
    assert network.figures(post.remote_id) == PostFigures(likes=0, replies=1, shares=0, views=0)
    assert network.figures("18010000000000999") == NotFound()


def test_a_figure_that_threads_does_not_give_is_none() -> None:
    network = answering(200, {}, read={"data": [{"name": "likes", "values": [{"value": 3}]}]})

    assert network.figures("18010000000000001") == PostFigures(likes=3)


def test_every_way_of_passing_a_post_on_is_counted() -> None:
    told = {"views": 900, "replies": 1, "reposts": 2, "quotes": 3, "shares": 4}
    data = [{"name": name, "values": [{"value": value}]} for name, value in told.items()]

    figures = answering(200, {}, read={"data": data}).figures("1801")

    assert figures == PostFigures(replies=1, shares=9, views=900)


def test_only_ones_own_posts_are_deleted(server: Server, network: Threads) -> None:
    post = published(network)
    reply = server.comment(post.remote_id, "Encore !")

    assert isinstance(network.delete(reply), Refused)
    assert network.delete(post.remote_id) == Done()
    assert network.delete(post.remote_id) == NotFound()


# ---------------------------------------------------------------- errors
@pytest.mark.parametrize(
    ("code", "words"),
    [(3, "see its permissions"), (10, "connect it again"), (100, "change it"), (200, "connect it again")],
)
def test_a_refusal_is_told_in_words_to_act_on(code: int, words: str) -> None:
    outcome = committed(answering(400, error(code)))

    assert isinstance(outcome, Refused)
    assert words in outcome.reason
    assert outcome.reason.endswith("(as Threads says)")


@pytest.mark.parametrize(("code", "subcode"), [(4, None), (17, None), (613, None), (9, 2207042)])
def test_throttling_is_waited_for(code: int, subcode: int | None) -> None:
    outcome = committed(answering(400, error(code, subcode), headers={"X-App-Usage": '{"call_count": 28}'}))

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(minutes=5)
    assert outcome.left[0].remaining == 72


@pytest.mark.parametrize(("code", "subcode"), [(-1, 2207001), (-2, 2207003), (9004, 2207052)])
def test_a_file_that_could_not_be_fetched_is_fetched_again(code: int, subcode: int) -> None:
    outcome = answering(400, error(code, subcode)).prepare(a_piece(PICTURE), MediaInMemory())

    assert isinstance(outcome, NotSent)
    assert "could not fetch the files" in outcome.reason


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("said", [error(1), error(2), error(-1), "<html></html>", {"id": 7}])
def test_what_is_not_on_the_list_proves_nothing(status: int, said: Any) -> None:
    assert isinstance(committed(answering(status, said)), Unknown)


# ---------------------------------------------------------------- tokens and the secret
def test_a_token_of_sixty_days_is_renewed_with_itself_and_never_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    vault = MemoryTokens()
    with running("threads", accounts={"canary-token": "26000000000000001"}) as server:
        published(opened(server.secrets().popitem()[1], vault))
    account = vault.read("fil")

    assert account is not None
    assert account.tokens.access.get_secret_value() == "sandbox-threads-1"
    assert account.tokens.expires_at is not None
    assert account.tokens.expires_at > now() + timedelta(days=59)
    assert "canary" not in caplog.text
    assert "sandbox-threads-1" not in caplog.text


@pytest.mark.parametrize(
    ("key", "value"),
    [("user_id", "boulangerie.martin"), ("access_token", "a b"), ("base_url", "http://graph.example")],
)
def test_a_secret_that_cannot_serve_is_told_by_its_key(key: str, value: str) -> None:
    with pytest.raises(NoSuchSecret, match=f"secret:fil: '{key}'"):
        opened(SECRET | {key: value})


def test_an_address_tells_no_id() -> None:
    assert remote_id_in("threads", "https://www.threads.net/@martin/post/DCkkKl_OGb1") is None
