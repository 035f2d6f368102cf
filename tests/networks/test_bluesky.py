"""Bluesky: what is sent, what stands under which key, and what each of its errors comes to."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from parution.errors import NoSuchSecret
from parution.fetching import Fetched, NotFetched
from parution.networks import SecretNetworks, bluesky, remote_id_in
from parution.networks.bluesky import Bluesky, Sessions, record_key, refresher
from parution.networks.cards import Pages
from parution.networks.pictures import proportions
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Comments,
    Done,
    NotFound,
    NotSent,
    Piece,
    PostFigures,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.tokens import Access, Connection, Later, Refreshed, StaticToken, TokenKeeper
from parution.sandbox.bluesky import did
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.servers import Server, running
from parution.transport import open_client
from tests.builders import NOON, a_piece, open_fence
from tests.networks.accounts import BUCHE, VITRINE, MediaInMemory, OneSecret, OnlyInRanges, now

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0"
PASSWORD = SecretStr("abcd-efgh-ijkl-mnop")
NAMED = {"repo": "sandbox.example", "collection": "app.bsky.feed.post"}


@pytest.fixture
def server() -> Iterator[Server]:
    with running("bluesky", people={"claire.example": "did:plc:claire"}) as server:
        yield server


@pytest.fixture
def network(server: Server) -> Bluesky:
    return opened(server)


def opened(server: Server, pages: Pages | None = None) -> Bluesky:
    (secret,) = server.secrets().values()
    vault = MemoryTokens()

    def keeper(connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, vault, timedelta(seconds=120))

    networks = SecretNetworks(OneSecret("bsky", secret), tokens=keeper, pages=pages)
    network = networks.open("bluesky", "secret:bsky")
    assert isinstance(network, Bluesky)
    return network


def answering(
    status: int, body: Mapping[str, Any] | str, headers: dict[str, str] | None = None
) -> tuple[Bluesky, list[httpx.Request]]:
    """A network whose server always answers the same."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        content = body if isinstance(body, str) else json.dumps(body)
        return httpx.Response(status, headers=headers, content=content)

    client = open_client(httpx.MockTransport(answer))
    tokens = StaticToken("bluesky", SecretStr("access.jwt.here"))
    return Bluesky(client, "https://pds.example", "sandbox.example", tokens), asked


def record_of(server: Server, piece: Piece) -> dict[str, Any]:
    with open_client() as client:
        asked = {**NAMED, "rkey": record_key(piece)}
        told = client.get(f"{server.url}/xrpc/com.atproto.repo.getRecord", params=asked)
    record: dict[str, Any] = told.raise_for_status().json()["value"]
    return record


def published(
    network: Bluesky, content: Content, key: str = "key-1", **facts: Any
) -> tuple[Piece, Published]:
    prepared = network.prepare(a_piece(content, key, **facts), MediaInMemory())
    assert isinstance(prepared, Prepared)
    piece = a_piece(content, key, refs=prepared.refs, **facts)
    outcome = network.commit(piece, open_fence())
    assert isinstance(outcome, Published)
    return piece, outcome


# ---------------------------------------------------------------- the key
def test_a_record_key_is_a_tid_of_the_second_that_the_plan_asks_for() -> None:
    key = record_key(a_piece(BUCHE))

    number = 0
    for letter in key:
        number = number << 5 | "234567abcdefghijklmnopqrstuvwxyz".index(letter)

    assert len(key) == 13
    assert datetime.fromtimestamp(number // 1024 // 1_000_000, UTC) == NOON


def test_two_posts_of_one_second_stand_under_two_keys() -> None:
    keys = {record_key(a_piece(BUCHE, f"key-{number}")) for number in range(200)}

    assert len(keys) == 200


# ---------------------------------------------------------------- the record
def test_links_mentions_and_tags_are_marked_by_bytes(server: Server, network: Bluesky) -> None:
    text = "Été : @claire.example goûte la #bûche! https://martin.example/a_(b). @personne #2026"

    piece, _ = published(network, Content(text=text, language="fr-FR"))

    record = record_of(server, piece)
    marked = {
        text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(): one["features"][0]
        for one in record["facets"]
    }
    assert marked == {
        "@claire.example": {"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:claire"},
        "#bûche": {"$type": "app.bsky.richtext.facet#tag", "tag": "bûche"},
        "https://martin.example/a_(b)": {
            "$type": "app.bsky.richtext.facet#link",
            "uri": "https://martin.example/a_(b)",
        },
    }
    assert [one["index"]["byteStart"] for one in record["facets"]] == sorted(
        one["index"]["byteStart"] for one in record["facets"]
    )


def test_who_has_no_account_is_not_marked(server: Server, network: Bluesky) -> None:
    piece, _ = published(network, Content(text="Merci @nobody.example !", language="fr-FR"))

    assert "facets" not in record_of(server, piece)


def test_a_link_alone_is_a_card_and_a_link_beside_pictures_is_written_out(
    server: Server, network: Bluesky
) -> None:
    alone, _ = published(network, BUCHE)
    beside, _ = published(
        network, VITRINE.model_copy(update={"link": "https://martin.example/noel"}), "key-2"
    )

    card, pictures = record_of(server, alone), record_of(server, beside)

    assert card["text"] == "La bûche praliné est de retour."
    assert card["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://martin.example/buche", "title": "martin.example", "description": ""},
    }
    assert pictures["text"].endswith("\n\nhttps://martin.example/noel")
    assert pictures["facets"][0]["features"][0]["uri"] == "https://martin.example/noel"
    assert pictures["embed"]["images"][0]["alt"] == "Une vitrine illuminée"


def test_the_card_of_a_link_shows_what_its_page_says(server: Server) -> None:
    network = opened(server, Shop())
    alone, _ = published(network, BUCHE)

    external = record_of(server, alone)["embed"]["external"]

    assert (external["title"], external["description"]) == ("La bûche", "À commander")
    assert (external["thumb"]["mimeType"], external["thumb"]["size"]) == ("image/png", len(PICTURE))


class Shop:
    """A page with a picture."""

    def fetch(self, url: str, kinds: Sequence[str], most: int) -> Fetched | NotFetched:
        if url.endswith(".png"):
            return Fetched(url, "image/png", PICTURE)
        page = "<title>La bûche</title><meta name=description content='À commander'>"
        return Fetched(url, "text/html", f'{page}<meta property="og:image" content="/a.png">'.encode())


def test_a_record_is_dated_by_its_plan_and_tells_its_language(server: Server, network: Bluesky) -> None:
    piece, _ = published(network, BUCHE)

    record = record_of(server, piece)

    assert (record["createdAt"], record["langs"]) == ("2026-12-03T12:00:00.000Z", ["fr-FR"])


def test_a_film_is_embedded_by_its_blob(server: Server, network: Bluesky) -> None:
    film = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4", alt="Le four")

    piece, _ = published(network, Content(text="Le four.", language="fr-FR", media=(film,)))

    embed = record_of(server, piece)["embed"]
    assert (embed["$type"], embed["video"]["mimeType"], embed["alt"]) == (
        "app.bsky.embed.video",
        "video/mp4",
        "Le four",
    )


def test_a_thread_names_its_first_post_and_the_one_before(server: Server, network: Bluesky) -> None:
    _, first = published(network, BUCHE)
    _, second = published(network, VITRINE, "key-2", reply_to=first.remote_id)
    third, _ = published(network, BUCHE, "key-3", reply_to=second.remote_id)

    reply = record_of(server, third)["reply"]

    assert reply["root"]["uri"] == first.remote_id.split("#")[0]
    assert reply["parent"]["uri"] == second.remote_id.split("#")[0]


def test_a_post_that_a_person_named_by_its_address_is_answered(server: Server, network: Bluesky) -> None:
    _, first = published(network, BUCHE)
    assert first.url is not None
    named = remote_id_in("bluesky", first.url)

    piece, _ = published(network, VITRINE, "key-2", reply_to=named)

    assert record_of(server, piece)["reply"]["parent"]["uri"] == first.remote_id.split("#")[0]


def test_a_post_that_is_gone_is_not_answered(network: Bluesky) -> None:
    gone = f"at://{did('sandbox.example')}/app.bsky.feed.post/3kaaaaaaaaaaa"

    outcome = network.commit(a_piece(BUCHE, reply_to=gone), open_fence())

    assert outcome == Refused(reason="Bluesky does not find the post that this one answers")


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        (
            "https://bsky.app/profile/martin.example/post/3mbqxyzabcd2e",
            "at://martin.example/app.bsky.feed.post/3mbqxyzabcd2e",
        ),
        (
            "https://bsky.app/profile/did:plc:abc/post/3mbqxyzabcd2e?x=1",
            "at://did:plc:abc/app.bsky.feed.post/3mbqxyzabcd2e",
        ),
        ("https://bsky.app/profile/martin.example", None),
        ("https://bsky.app/profile/martin.example/post/3mb-xyz", None),
        ("https://bsky.app", None),
    ],
)
def test_an_address_tells_the_record(url: str, remote_id: str | None) -> None:
    assert remote_id_in("bluesky", url) == remote_id


# ---------------------------------------------------------------- once
def test_the_same_post_twice_is_one_record(server: Server, network: Bluesky) -> None:
    piece, first = published(network, VITRINE)

    second = network.commit(piece, open_fence())

    assert isinstance(second, Published)
    assert second.remote_id == first.remote_id
    assert len([one for one in server.events() if one["effect"] == "record"]) == 1


def test_a_record_that_differs_only_in_its_parts_is_recognised_as_the_earlier_attempts(
    network: Bluesky,
) -> None:
    content = Content(text="Merci @claire.example !", language="fr-FR")
    _, first = published(network, content)

    unresolved = network.commit(a_piece(content), open_fence())

    assert isinstance(unresolved, Published)
    assert (unresolved.remote_id, unresolved.proof) == (first.remote_id, "own repository")


def test_what_somebody_else_put_under_our_key_is_not_taken_for_ours(network: Bluesky) -> None:
    published(network, BUCHE)

    outcome = network.commit(a_piece(VITRINE.model_copy(update={"media": ()})), open_fence())

    assert outcome == Unknown(reason="another record stands where Bluesky would keep this post")


# ---------------------------------------------------------------- errors, each as the server writes it
@pytest.mark.parametrize(
    ("status", "name", "words"),
    [
        (400, "AccountDeactivated", "deactivated"),
        (400, "AccountTakedown", "has taken this account down"),
        (400, "BlobNotFound", "no longer has a file"),
        (400, "BlobTooLarge", "no file as large"),
        (400, "InvalidMimeType", "this kind of file"),
        (400, "InvalidRequest", "does not take this post"),
        (413, "PayloadTooLarge", "no file as large"),
        (400, "RepoDeactivated", "deactivated"),
        (400, "RepoTakendown", "has taken this account down"),
    ],
)
def test_a_refusal_is_told_in_words_to_act_on(status: int, name: str, words: str) -> None:
    network, _ = answering(status, {"error": name, "message": "as the server says"})

    outcome = network.commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Refused)
    assert words in outcome.reason
    assert "as the server says" in outcome.reason


@pytest.mark.parametrize("status", [200, 400, 403, 404, 500, 502])
@pytest.mark.parametrize("body", ["<html>a proxy's page</html>", '{"uri": "at://did', '{"error": "Renamed"}'])
def test_what_is_not_on_the_list_proves_nothing(status: int, body: str) -> None:
    network, _ = answering(status, body)

    assert isinstance(network.commit(a_piece(BUCHE), open_fence()), Unknown)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_servers_own_failure_is_no_refusal_whatever_its_name(status: int) -> None:
    network, _ = answering(status, {"error": "InvalidRequest", "message": "upstream"})

    assert isinstance(network.commit(a_piece(BUCHE), open_fence()), Unknown)


def test_a_pause_lasts_until_the_limit_begins_anew() -> None:
    reset = int((now() + timedelta(seconds=300)).timestamp())
    headers = {
        "RateLimit-Limit": "5000",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(reset),
        "RateLimit-Policy": "5000;w=3600",
    }
    network, _ = answering(429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, headers)

    outcome = network.commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, NotSent)
    assert 297 <= outcome.retry_after.total_seconds() <= 301
    assert [(one.remaining, one.limit) for one in outcome.left][:1] == [(0, 1666)]


def test_a_picture_that_is_too_large_is_refused_before_it_is_sent() -> None:
    class Large(MediaInMemory):
        def read(self, ref: MediaRef) -> bytes:
            return bytes(2_000_001)

    network, asked = answering(200, {})

    outcome = network.prepare(a_piece(VITRINE), Large())

    assert outcome == Refused(reason="Bluesky takes pictures of 2 MB at most: media/vitrine.png")
    assert asked == []


# ---------------------------------------------------------------- sessions
@pytest.mark.parametrize("name", ["ExpiredToken", "InvalidToken"])
def test_a_session_that_ends_early_is_renewed_and_the_post_comes_again(
    server: Server, network: Bluesky, name: str
) -> None:
    server.fault(
        "refuse", path="/xrpc/com.atproto.repo.putRecord", status=400, body=json.dumps({"error": name})
    )

    first = network.commit(a_piece(BUCHE), open_fence())
    second = network.commit(a_piece(BUCHE), open_fence())

    assert first == NotSent(reason="the access to bluesky was renewed", retry_after=timedelta(seconds=1))
    assert isinstance(second, Published)


def test_an_app_password_that_was_withdrawn_asks_for_a_person(server: Server) -> None:
    sessions = Sessions(open_client(), server.url, "sandbox.example", SecretStr("with-draw-nnnn-nnnn"))

    answer = sessions.refresh(SecretStr("with-draw-nnnn-nnnn"))

    assert answer == Refused(reason="Bluesky does not accept this handle with this app password")


def test_a_session_lives_as_long_as_its_token_says(server: Server) -> None:
    sessions = Sessions(open_client(), server.url, "sandbox.example", PASSWORD)

    first = sessions.refresh(PASSWORD)
    assert isinstance(first, Refreshed)
    assert first.refresh is not None
    second = sessions.refresh(first.refresh)

    assert isinstance(second, Refreshed)
    assert (first.lifetime, second.lifetime) == (timedelta(hours=2), timedelta(hours=2))
    assert second.access != first.access


def test_a_lost_answer_to_a_renewal_costs_no_account(server: Server) -> None:
    sessions = Sessions(open_client(), server.url, "sandbox.example", PASSWORD)
    first = sessions.refresh(PASSWORD)
    assert isinstance(first, Refreshed)
    assert first.refresh is not None
    server.fault("lost_answer", path="*refreshSession")

    lost, again = sessions.refresh(first.refresh), sessions.refresh(first.refresh)

    assert isinstance(lost, Unknown)
    assert isinstance(again, Refreshed)


def test_a_session_that_cannot_be_renewed_is_begun_anew_with_the_app_password(server: Server) -> None:
    sessions = Sessions(open_client(), server.url, "sandbox.example", PASSWORD)

    answer = sessions.refresh(SecretStr("dead.refresh.token"))

    assert isinstance(answer, Refreshed)


@pytest.mark.parametrize("body", ["<html></html>", '{"accessJwt": "a\\nb", "refreshJwt": "c"}', "{}"])
def test_an_answer_without_a_session_renews_nothing(body: str) -> None:
    client = open_client(httpx.MockTransport(lambda request: httpx.Response(200, content=body)))
    sessions = Sessions(client, "https://pds.example", "sandbox.example", PASSWORD)

    assert isinstance(sessions.refresh(PASSWORD), Later)
    assert isinstance(sessions.refresh(SecretStr("some.refresh.token")), Unknown)


@pytest.mark.parametrize("identifier", ["martin", "martin@example.org", "", "did:plc", "martin example.org"])
def test_an_account_is_named_by_its_handle_or_its_did(identifier: str) -> None:
    secret = {"base_url": "https://pds.example", "identifier": identifier, "app_password": "abcd-efgh"}

    with pytest.raises(NoSuchSecret, match="secret:bsky: 'identifier'"):
        refresher("bsky", secret, open_client())


# ---------------------------------------------------------------- figures
def test_a_post_that_nobody_counted_yet_has_no_figures_and_one_that_is_gone_is_not_found() -> None:
    def answer(*, there: bool) -> Callable[[httpx.Request], httpx.Response]:
        def answering(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("getPosts"):
                return httpx.Response(200, json={"posts": []})
            standing = {"uri": "at://did:plc:a/app.bsky.feed.post/3k", "cid": "bafy"}
            gone = {"error": "RecordNotFound", "message": "Could not locate record"}
            return httpx.Response(200, json=standing) if there else httpx.Response(400, json=gone)

        return answering

    told = []
    for there in (True, False):
        client = open_client(httpx.MockTransport(answer(there=there)))
        tokens = StaticToken("bluesky", SecretStr("access.jwt.here"))
        network = Bluesky(client, "https://pds.example", "sandbox.example", tokens)
        told.append(network.figures("at://did:plc:a/app.bsky.feed.post/3k#bafy"))

    assert told == [PostFigures(), NotFound()]


def test_what_is_counted_is_told(network: Bluesky) -> None:
    _, first = published(network, BUCHE)
    published(network, VITRINE, "key-2", reply_to=first.remote_id)

    assert network.figures(first.remote_id) == PostFigures(likes=0, shares=0, replies=1)


# ---------------------------------------------------------------- no text tells a token (I10)
def test_a_server_that_echoes_the_token_is_not_quoted_on_it() -> None:
    network, _ = answering(400, {"error": "InvalidRequest", "message": "you sent access.jwt.here"})

    told = [
        network.commit(a_piece(BUCHE), open_fence()),
        network.prepare(a_piece(VITRINE), MediaInMemory()),
        network.find(a_piece(BUCHE), now()),
        network.figures("at://did:plc:a/app.bsky.feed.post/3k"),
    ]

    assert not any("access.jwt.here" in repr(one) for one in told)


# ---------------------------------------------------------------- pictures
@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x05\x00\x00\x00\x02\xd0", (1280, 720)),
        (b"GIF89a\x40\x01\xf0\x00", (320, 240)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08\x02\xd0\x05\x00", (1280, 720)),
        (
            b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x04\x00\xcf\x02\x00",
            (1280, 720),
        ),
        (b"RIFF\x00\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f\xff\xc4\xb3\x00", (1280, 720)),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", None),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x00\x00\x00\x02\xd0", None),
        (b"\xff\xd8\xff\xe0\x00\x04ab", None),
        (b"GIF89a\x40", None),
        (b"<svg/>", None),
        (b"", None),
    ],
)
def test_the_proportions_of_a_picture_stand_in_its_first_bytes(
    data: bytes, size: tuple[int, int] | None
) -> None:
    assert proportions(data) == size


def test_an_access_that_cannot_be_had_sends_nothing() -> None:
    class Nothing:
        def token(self, now: datetime, *, ahead: bool = True) -> Access | NotSent:
            return NotSent(reason="renewed elsewhere", retry_after=timedelta(seconds=2))

        def refused(self, access: Access, now: datetime) -> NotSent | Refused:
            raise AssertionError

    crossed: list[str] = []
    network = Bluesky(open_client(), "https://pds.example", "sandbox.example", Nothing())

    outcome = network.commit(a_piece(BUCHE), Fence(lambda request, marker: crossed.append(request)))

    assert isinstance(outcome, NotSent)
    assert isinstance(network.prepare(a_piece(VITRINE), MediaInMemory()), NotSent)
    assert isinstance(network.find(a_piece(BUCHE), now()), NotSent)
    assert isinstance(network.figures("at://x/app.bsky.feed.post/3k"), NotSent)
    assert crossed == []


# ---------------------------------------------------------------- what stands below, and what goes away
def gate_of(server: Server, post: Published) -> dict[str, Any]:
    key = post.remote_id.split("#", 1)[0].rsplit("/", 1)[1]
    asked = {"repo": "sandbox.example", "collection": "app.bsky.feed.threadgate", "rkey": key}
    with open_client() as client:
        told = client.get(f"{server.url}/xrpc/com.atproto.repo.getRecord", params=asked)
    record: dict[str, Any] = told.raise_for_status().json()["value"]
    return record


def test_what_others_write_is_read_at_any_depth_and_our_own_is_left_out(
    server: Server, network: Bluesky
) -> None:
    _, post = published(network, BUCHE)
    asked = server.comment(post.remote_id, "À quelle heure ouvrez-vous ?")
    published(network, Content(text="À sept heures.", language="fr-FR"), "key-2", reply_to=asked)
    (ours,) = [one for one in server.events() if one["facts"].get("text") == "À sept heures."]
    thanks = server.comment(f"{ours['id']}#cid#{post.remote_id}", "Merci !", "Léa")

    read = network.comments(post.remote_id)

    assert isinstance(read, Comments)
    assert [(one.remote_id, one.text, one.author) for one in read.found] == [
        (asked, "À quelle heure ouvrez-vous ?", "jeanne.elsewhere.example"),
        (thanks, "Merci !", "léa.elsewhere.example"),
    ]
    assert network.comments("at://sandbox.example/app.bsky.feed.post/3mbqxyzabcd2e") == NotFound()


def test_a_thread_may_hold_posts_that_are_gone_or_not_for_us() -> None:
    at, name = "2026-12-03T12:00:00Z", "app.bsky.feed.defs"
    post = {"uri": "at://did:plc:a/p/1", "cid": "c", "author": {"did": "did:plc:a", "handle": "a.example"}}
    replies = [
        {"$type": f"{name}#notFoundPost", "uri": "at://did:plc:b/p/1", "notFound": True},
        {"$type": f"{name}#blockedPost", "uri": "at://did:plc:c/p/1", "blocked": True, "author": {}},
    ]
    thread = {"post": post | {"record": {"text": "Bûche"}, "indexedAt": at}, "replies": replies}

    network, _ = answering(200, {"thread": thread})
    gone, _ = answering(200, {"thread": replies[0]})

    assert network.comments("at://did:plc:a/p/1") == Comments()
    assert gone.comments("at://did:plc:a/p/1") == NotFound()


def test_an_answer_is_hidden_by_the_gate_of_its_thread_and_the_rest_of_it_stays(
    server: Server, network: Bluesky
) -> None:
    _, post = published(network, BUCHE)
    answers = [server.comment(post.remote_id, text) for text in ("Voleurs !", "Menteurs !")]

    done = [network.hide(one) for one in (*answers, answers[0])]

    gate = gate_of(server, post)
    assert done == [Done(), Done(), Done()]
    assert gate["hiddenReplies"] == [one.split("#", 1)[0] for one in answers]
    assert gate["post"] == post.remote_id.split("#", 1)[0]
    assert "allow" not in gate  # nobody is kept from answering
    read = network.comments(post.remote_id)
    assert isinstance(read, Comments)
    assert [one.hidden for one in read.found] == [True, True]


def test_an_answer_in_somebody_elses_thread_cannot_be_hidden(server: Server, network: Bluesky) -> None:
    _, post = published(network, BUCHE)
    elsewhere = "at://did:plc:claire/app.bsky.feed.post/3mbqxyzabcd2e"

    outcomes = [
        network.hide(f"at://did:plc:b/app.bsky.feed.post/3m#c#{elsewhere}#c"),
        network.hide(post.remote_id),
    ]

    assert [type(one) for one in outcomes] == [Refused, Refused]
    assert "whoever began a thread" in outcomes[0].reason  # type: ignore[union-attr]  # both are refused


def test_a_gate_that_is_full_hides_no_more(
    server: Server, network: Bluesky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluesky, "MOST_HIDDEN", 1)
    _, post = published(network, BUCHE)
    answers = [server.comment(post.remote_id, text) for text in ("Voleurs !", "Menteurs !")]

    assert network.hide(answers[0]) == Done()
    assert isinstance(network.hide(answers[1]), Refused)


def test_a_gate_that_somebody_changed_meanwhile_is_read_again_later(server: Server, network: Bluesky) -> None:
    _, post = published(network, BUCHE)
    answer = server.comment(post.remote_id, "Voleurs !")
    server.fault("refuse", path="*putRecord", status=400, body='{"error": "InvalidSwap", "message": "no"}')

    outcomes = [network.hide(answer), network.hide(answer)]

    assert isinstance(outcomes[0], NotSent)
    assert outcomes[1] == Done()


def test_a_record_of_ours_is_deleted_once_and_nobody_elses(server: Server, network: Bluesky) -> None:
    _, post = published(network, BUCHE)
    answer = server.comment(post.remote_id, "Encore !")

    assert [network.delete(post.remote_id), network.delete(post.remote_id)] == [Done(), NotFound()]
    assert network.delete(answer) == NotFound()
    assert network.figures(post.remote_id) == NotFound()


def test_a_film_is_read_in_ranges_as_it_is_sent(server: Server, network: Bluesky) -> None:
    film = BUCHE.model_copy(
        update={"media": (MediaRef(key="media/four.mp4", etag="a", kind="video/mp4", alt=""),)}
    )

    made = network.prepare(a_piece(film), OnlyInRanges())

    assert isinstance(made, Prepared)
    assert json.loads(made.refs[0])["blob"]["size"] == 9_000_000


def test_a_picture_that_is_too_large_is_refused_before_it_is_read() -> None:
    network, asked = answering(200, {})

    outcome = network.prepare(a_piece(VITRINE), OnlyInRanges())

    assert isinstance(outcome, Refused)
    assert asked == []
