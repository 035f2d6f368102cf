"""Instagram: its containers, and what each of its errors comes to."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from parution.errors import NoSuchSecret
from parution.networks import SecretNetworks, remote_id_in
from parution.networks.instagram import Instagram
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    Comments,
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
PAIN = MediaRef(key="media/pain.jpg", etag="a", kind="image/jpeg")
FILM = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4", alt="Le four s'allume")
PICTURE = Content(text="Notre four.", language="fr-FR", media=(FOUR,), link="https://martin.example/four")
PICTURES = PICTURE.model_copy(update={"media": (FOUR, PAIN)})
SECRET = {"user_id": "17841400000000001", "access_token": "canary-token", "host": "graph.facebook.com"}


@pytest.fixture
def server() -> Iterator[Server]:
    with running("instagram", host="graph.facebook.com") as server:
        yield server


@pytest.fixture
def network(server: Server) -> Instagram:
    return opened(server)


def opened(server: Server, vault: MemoryTokens | None = None) -> Instagram:
    (secret,) = server.secrets().values()
    tokens = vault or MemoryTokens()

    def keeper(connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, tokens, timedelta(seconds=120))

    network = SecretNetworks(OneSecret("insta", secret), tokens=keeper).open("instagram", "secret:insta")
    assert isinstance(network, Instagram)
    return network


def answering(status: int, said: Any, headers: Mapping[str, str] | None = None) -> Instagram:
    body = said if isinstance(said, str) else json.dumps(said)
    client = open_client(
        httpx.MockTransport(lambda request: httpx.Response(status, headers=headers, content=body))
    )
    network = SecretNetworks(OneSecret("insta", SECRET), client).open("instagram", "secret:insta")
    assert isinstance(network, Instagram)
    return network


def error(code: int, subcode: int | None = None, said: str = "as Instagram says") -> dict[str, Any]:
    told: dict[str, Any] = {"message": said, "type": "OAuthException", "code": code, "fbtrace_id": "AbC"}
    return {"error": told | ({"error_subcode": subcode} if subcode else {})}


def committed(network: Instagram, refs: tuple[str, ...] = ("17890000000000001",)) -> Outcome:
    return network.commit(a_piece(PICTURE, refs=refs), open_fence())


def made(server: Server) -> list[dict[str, Any]]:
    return [one for one in server.events() if one["effect"] == "post"]


# ---------------------------------------------------------------- what is made
def test_the_link_stands_in_the_caption_and_the_picture_keeps_its_description() -> None:
    said: list[dict[str, str]] = []

    def heard(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            said.append(dict(httpx.QueryParams(request.content.decode())))
            return httpx.Response(200, json={"id": "17890000000000001"})
        if request.url.path.endswith("content_publishing_limit"):
            return httpx.Response(200, json={"data": [{"quota_usage": 0, "config": {"quota_total": 50}}]})
        return httpx.Response(200, json={"id": "17890000000000001", "status_code": "FINISHED"})

    client = open_client(httpx.MockTransport(heard))
    network = SecretNetworks(OneSecret("insta", SECRET), client).open("instagram", "secret:insta")
    for content in (
        PICTURE,
        PICTURE.model_copy(update={"media": (FILM,)}),
        PICTURE.model_copy(update={"format": "story"}),
        PICTURE.model_copy(update={"media": (FOUR, FILM)}),
    ):
        network.prepare(a_piece(content), MediaInMemory())

    caption = "Notre four.\n\nhttps://martin.example/four"
    picture, film = "https://media.example/media/four.jpg", "https://media.example/media/four.mp4"
    assert said == [
        {"caption": caption, "alt_text": "Le four", "image_url": picture},
        {"media_type": "REELS", "share_to_feed": "true", "caption": caption, "video_url": film},
        {"media_type": "STORIES", "image_url": picture},
        {"is_carousel_item": "true", "alt_text": "Le four", "image_url": picture},
        {"is_carousel_item": "true", "media_type": "VIDEO", "video_url": film},
        {"media_type": "CAROUSEL", "children": "17890000000000001,17890000000000001", "caption": caption},
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"media": ()}, "no text alone"),
        ({"media": (FOUR.model_copy(update={"kind": "image/png", "key": "media/four.png"}),)}, "JPEG"),
        ({"media": (FILM.model_copy(update={"kind": "video/webm"}),)}, "MP4 or MOV"),
        ({"format": "reel"}, "reel is a film"),
        ({"format": "short", "media": (FILM,)}, "no format short: use reel or story"),
        ({"format": "story", "media": (FOUR, PAIN)}, "one file"),
        ({"media": (FOUR,) * 11}, "at most 10"),
    ],
)
def test_what_instagram_has_not_is_refused_with_what_to_do(
    network: Instagram, changes: dict[str, Any], words: str
) -> None:
    outcome = network.prepare(a_piece(PICTURE.model_copy(update=changes)), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert words in outcome.reason


def test_a_container_at_work_is_waited_for_and_made_once() -> None:
    with running("instagram", looks=1) as server:
        network = opened(server)
        begun = network.prepare(a_piece(PICTURE), MediaInMemory())
        assert isinstance(begun, Preparing)

        ready = network.prepare(a_piece(PICTURE, refs=begun.refs), MediaInMemory())

    assert isinstance(ready, Prepared)
    assert ready.refs == begun.refs
    assert ready.good_until is not None
    assert ready.good_until < now() + timedelta(hours=24)


def test_a_container_that_was_published_already_is_not_made_anew(network: Instagram) -> None:
    prepared = network.prepare(a_piece(PICTURE), MediaInMemory())
    assert isinstance(prepared, Prepared)
    committed(network, prepared.refs)

    again = network.prepare(a_piece(PICTURE, refs=prepared.refs), MediaInMemory())

    assert isinstance(again, Prepared)
    assert again.refs == prepared.refs


def test_a_container_that_is_not_shown_yet_is_waited_for_and_one_that_is_gone_made_anew(
    server: Server, network: Instagram
) -> None:
    gone = json.dumps(error(100, 33))
    server.fault("refuse", method="GET", path="*/1789*", status=400, body=gone)

    new = network.prepare(a_piece(PICTURE), MediaInMemory())
    old = network.prepare(a_piece(PICTURE, refs=("17890000000000999",)), MediaInMemory())

    assert isinstance(new, Preparing)
    assert isinstance(old, Prepared)
    assert old.refs != ("17890000000000999",)


def test_a_carousel_is_put_together_when_its_items_are_ready() -> None:
    with running("instagram", looks=1) as server:
        network, refs = opened(server), tuple[str, ...]()
        for _ in range(4):
            made_so_far = network.prepare(a_piece(PICTURES, refs=refs), MediaInMemory())
            assert isinstance(made_so_far, Preparing | Prepared)
            refs = made_so_far.refs
        outcome = network.commit(a_piece(PICTURES, refs=refs), open_fence())

        assert isinstance(outcome, Published)
        assert [one["facts"]["kind"] for one in made(server)] == ["CAROUSEL"]


def test_an_expired_container_is_made_anew_before_the_instant_and_refused_at_it() -> None:
    clock = [datetime(2026, 11, 22, 8, 0, tzinfo=UTC)]
    with running("instagram", clock=lambda: clock[0]) as server:
        network = opened(server)
        first = network.prepare(a_piece(PICTURE), MediaInMemory())
        assert isinstance(first, Prepared)
        clock[0] += timedelta(hours=25)

        refused = network.commit(a_piece(PICTURE, refs=first.refs), open_fence())
        again = network.prepare(a_piece(PICTURE, refs=first.refs), MediaInMemory())

    assert isinstance(refused, Refused)
    assert "expired" in refused.reason
    assert isinstance(again, Prepared)
    assert again.refs != first.refs


@pytest.mark.parametrize(
    ("subcode", "expected", "words"),
    [
        (2207026, Refused, "export it as MP4 (H.264 and AAC)"),
        (2207009, Refused, "4:5"),
        (2207052, NotSent, "could not fetch the file"),
        (2207099, Refused, "error code 2207099"),
    ],
)
def test_a_container_that_fails_says_why_or_is_made_anew(
    subcode: int, expected: type[Refused | NotSent], words: str
) -> None:
    with running("instagram", fails={"four.mp4": subcode}) as server:
        film = PICTURE.model_copy(update={"media": (FILM,)})

        outcome = opened(server).prepare(a_piece(film), MediaInMemory())

    assert isinstance(outcome, expected)
    assert words in outcome.reason


def test_a_full_day_is_waited_for_before_anything_is_made() -> None:
    with running("instagram", quota=1) as server:
        network = opened(server)
        first = network.prepare(a_piece(PICTURE), MediaInMemory())
        spare = network.prepare(a_piece(PICTURES), MediaInMemory())
        assert isinstance(first, Prepared)
        assert isinstance(spare, Prepared)
        network.commit(a_piece(PICTURE, refs=first.refs), open_fence())

        full = network.prepare(a_piece(PICTURE), MediaInMemory())
        too_late = network.commit(a_piece(PICTURES, refs=spare.refs), open_fence())

    assert isinstance(full, NotSent)
    assert (full.retry_after, full.left[0].remaining, full.left[0].limit) == (timedelta(hours=1), 0, 1)
    assert isinstance(too_late, NotSent)
    assert "its day is full" in too_late.reason


# ---------------------------------------------------------------- once
def test_a_container_that_is_published_already_is_looked_for(server: Server, network: Instagram) -> None:
    prepared = network.prepare(a_piece(PICTURE), MediaInMemory())
    assert isinstance(prepared, Prepared)
    told = committed(network, prepared.refs)

    again = committed(network, prepared.refs)

    assert isinstance(told, Published)
    assert isinstance(again, Published)
    assert (again.remote_id, again.url, again.proof) == (told.remote_id, told.url, "own feed")
    assert len(made(server)) == 1


def test_a_post_that_is_published_and_not_yet_listed_is_looked_for_again(server: Server) -> None:
    network = opened(server)
    prepared = network.prepare(a_piece(PICTURE), MediaInMemory())
    assert isinstance(prepared, Prepared)
    committed(network, prepared.refs)
    server.fault("refuse", method="GET", path="*/media", status=200, body='{"data": []}', times=2)

    found = network.find(a_piece(PICTURE, refs=prepared.refs), now())
    again = committed(network, prepared.refs)

    assert isinstance(found, NotSent)
    assert isinstance(again, Unknown)


def test_the_same_words_of_yesterday_are_another_post(network: Instagram) -> None:
    prepared = network.prepare(a_piece(PICTURE), MediaInMemory())
    assert isinstance(prepared, Prepared)
    committed(network, prepared.refs)
    piece = a_piece(PICTURE, refs=prepared.refs)

    assert isinstance(network.find(piece, now()), Published)
    assert isinstance(network.find(piece, now() + timedelta(days=1)), NotSent)
    assert network.find(a_piece(PICTURE), now()) == NotFound()


def test_of_two_posts_with_the_same_words_the_older_is_nearer_to_the_attempt(network: Instagram) -> None:
    first = network.prepare(a_piece(PICTURE), MediaInMemory())
    second = network.prepare(a_piece(PICTURE), MediaInMemory())
    assert isinstance(first, Prepared)
    assert isinstance(second, Prepared)
    told = [committed(network, one.refs) for one in (first, second)]

    clocks_apart = now() - timedelta(seconds=30)
    found = network.find(a_piece(PICTURE, refs=first.refs), clocks_apart)

    assert isinstance(told[0], Published)
    assert isinstance(found, Published)
    assert found.remote_id == told[0].remote_id


def test_a_post_of_the_second_attempt_is_found_long_after_the_first(network: Instagram) -> None:
    prepared = network.prepare(a_piece(PICTURE), MediaInMemory())
    assert isinstance(prepared, Prepared)
    committed(network, prepared.refs)

    first_began = now() - timedelta(minutes=20)

    assert isinstance(network.find(a_piece(PICTURE, refs=prepared.refs), first_began), Published)


def test_a_story_is_found_among_the_stories(network: Instagram) -> None:
    story = PICTURE.model_copy(update={"format": "story"})
    prepared = network.prepare(a_piece(story), MediaInMemory())
    assert isinstance(prepared, Prepared)
    piece = a_piece(story, refs=prepared.refs)
    told = network.commit(piece, open_fence())

    found = network.find(piece, now())

    assert isinstance(told, Published)
    assert isinstance(found, Published)
    assert found.remote_id == told.remote_id


# ---------------------------------------------------------------- below a post
def test_an_answer_whose_answer_was_lost_is_found_and_never_sent_twice_by_itself(network: Instagram) -> None:
    post = published(network)
    answer = a_piece(BUCHE, "answer", reply_to=post.remote_id)
    prepared, before = network.prepare(answer, MediaInMemory()), network.find(answer, now())
    told = network.commit(answer, open_fence())

    found = network.find(answer, now())

    assert prepared == Prepared(refs=())  # without a reference there is nothing that could be sent once more
    assert before == NotFound()
    assert isinstance(told, Published)
    assert told.remote_id.startswith("comment/")
    assert isinstance(found, Published)
    assert (found.remote_id, found.proof) == (told.remote_id, "comments")


def test_a_comment_is_answered_below_it_and_counted(server: Server, network: Instagram) -> None:
    post = published(network)
    comment = server.comment(post.remote_id, "Encore !")

    answer = network.commit(a_piece(BUCHE, "answer", reply_to=comment), open_fence())

    assert isinstance(answer, Published)
    below = network.comments(comment)
    assert isinstance(below, Comments)
    assert [one.text for one in below.found] == [BUCHE.body]
    assert network.figures(comment) == PostFigures(likes=0)
    assert network.figures(post.remote_id) == PostFigures(likes=0, replies=2, shares=0, views=0)


@pytest.mark.parametrize(
    ("known", "figures"),
    [
        ({"shares": 4, "views": 900}, PostFigures(likes=12, replies=3, shares=4, views=900)),
        ({"shares": 4}, PostFigures(likes=12, replies=3, shares=4)),
        ({}, PostFigures(likes=12, replies=3)),
    ],
)
def test_views_that_instagram_does_not_give_take_no_other_figure_away(
    known: dict[str, int], figures: PostFigures
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        metrics = request.url.params.get("metric", "").split(",")
        if metrics == [""]:
            return httpx.Response(200, json={"id": "1801", "like_count": 12, "comments_count": 3})
        if not known.keys() >= set(metrics):
            return httpx.Response(400, json=error(100))
        return httpx.Response(
            200, json={"data": [{"name": name, "values": [{"value": known[name]}]} for name in metrics]}
        )

    client = open_client(httpx.MockTransport(answer))
    network = SecretNetworks(OneSecret("insta", SECRET), client).open("instagram", "secret:insta")

    assert network.figures("1801") == figures


def test_comments_are_read_page_by_page(server: Server, network: Instagram) -> None:
    post = published(network)
    for number in range(51):
        server.comment(post.remote_id, f"Bravo {number}")

    first = network.comments(post.remote_id)
    assert isinstance(first, Comments)
    second = network.comments(post.remote_id, first.more)

    assert isinstance(second, Comments)
    assert (len(first.found), len(second.found), second.more) == (50, 1, None)


def test_an_answer_below_what_is_gone_is_refused(network: Instagram) -> None:
    outcome = network.commit(a_piece(BUCHE, reply_to="17900000000000999"), open_fence())

    assert isinstance(outcome, Refused)
    assert "somebody deleted it" in outcome.reason


def test_what_instagram_does_not_say_it_did_is_not_done() -> None:
    assert isinstance(answering(200, {"success": False}).hide("comment/17850000000000001"), NotSent)
    assert isinstance(answering(200, {}).hide("comment/17850000000000001"), NotSent)


def test_instagrams_own_login_deletes_nothing() -> None:
    with running("instagram") as server:
        assert not hasattr(opened(server), "delete")


def published(network: Instagram) -> Published:
    prepared = network.prepare(a_piece(PICTURE), MediaInMemory())
    assert isinstance(prepared, Prepared)
    outcome = committed(network, prepared.refs)
    assert isinstance(outcome, Published)
    return outcome


# ---------------------------------------------------------------- errors, each as Instagram writes it
@pytest.mark.parametrize(
    ("code", "subcode", "words"),
    [
        (3, None, "see its permissions"),
        (4, 2207051, "took this for spam"),
        (10, None, "connect it again"),
        (25, 2207050, "restricted this account"),
        (100, None, "change it"),
        (100, 2207023, "kind of post"),
        (100, 2207028, "two to ten"),
        (100, 2207035, "a tag of a product"),
        (100, 2207040, "20 mentions"),
        (200, None, "connect it again"),
        (352, 2207026, "export it as MP4"),
        (368, None, "has blocked"),
        (2635, None, "change `version`"),
        (36000, 2207004, "8 MB"),
        (36001, 2207005, "JPEG"),
        (36003, 2207009, "crop it"),
        (36004, 2207010, "2,200 characters"),
    ],
)
def test_a_refusal_is_told_in_words_to_act_on(code: int, subcode: int | None, words: str) -> None:
    outcome = committed(answering(400, error(code, subcode)))

    assert isinstance(outcome, Refused)
    assert words in outcome.reason
    assert outcome.reason.endswith("(as Instagram says)")


@pytest.mark.parametrize(
    ("subcode", "why"),
    [
        (None, "no longer accepts this access token"),
        (458, "removed the app"),
        (459, "log in there first"),
        (460, "password was changed"),
        (463, "has ended"),
        (464, "log in there first"),
        (467, "was withdrawn"),
        (492, "no longer works for it"),
    ],
)
def test_a_token_that_cannot_be_renewed_asks_for_a_person(subcode: int | None, why: str) -> None:
    outcome = committed(answering(400, error(190 if subcode else 102, subcode, "canary-token is not valid")))

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("Instagram asks you to reconnect the account: ")
    assert why in outcome.reason
    assert "canary" not in outcome.reason


@pytest.mark.parametrize(
    ("code", "subcode"),
    [(4, None), (17, None), (32, None), (341, None), (613, None), (80002, None), (80014, None), (9, 2207042)],
)
def test_throttling_is_waited_for(code: int, subcode: int | None) -> None:
    usage = '{"17841400000000001": [{"call_count": 100, "estimated_time_to_regain_access": 7}]}'
    measured = committed(answering(400, error(code, subcode), {"X-Business-Use-Case-Usage": usage}))
    told = committed(answering(400, error(code, subcode)))

    assert isinstance(measured, NotSent)
    assert measured.retry_after == timedelta(minutes=7)
    assert measured.left[0].remaining == 0
    assert isinstance(told, NotSent)
    assert told.retry_after == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("code", "subcode"),
    [(-2, 2207003), (-2, 2207020), (-1, 2207001), (-1, 2207032), (-1, 2207053), (9004, 2207052)],
)
def test_a_file_that_could_not_be_fetched_is_fetched_again(code: int, subcode: int) -> None:
    outcome = answering(400, error(code, subcode)).prepare(a_piece(PICTURE), MediaInMemory())

    assert isinstance(outcome, NotSent)
    assert "could not fetch the file" in outcome.reason


@pytest.mark.parametrize(
    ("code", "subcode", "status", "expected"),
    [
        (24, 2207006, {"status_code": "FINISHED"}, NotSent),
        (9007, 2207027, {"status_code": "IN_PROGRESS"}, NotSent),
        (24, 2207008, {"status_code": "EXPIRED"}, Refused),
        (24, 2207008, {"status_code": "ERROR", "status": "Error: 2207026"}, Refused),
        (24, 2207008, {"status_code": "ERROR", "status": "Error: 2207052"}, Refused),
        (24, 2207008, {"status_code": "RENAMED"}, Unknown),
    ],
)
def test_a_container_that_is_not_published_is_looked_into(
    code: int, subcode: int, status: dict[str, str], expected: type[Outcome]
) -> None:
    def told(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(400, json=error(code, subcode))
        return httpx.Response(200, json={"id": "17890000000000001"} | status)

    client = open_client(httpx.MockTransport(told))
    network = SecretNetworks(OneSecret("insta", SECRET), client).open("instagram", "secret:insta")

    outcome = network.commit(a_piece(PICTURE, refs=("17890000000000001",)), open_fence())

    assert type(outcome) is expected


def test_a_version_that_meta_does_not_know_is_told_by_its_key(server: Server) -> None:
    (secret,) = server.secrets().values()
    values = secret | {"version": "v99.0"}
    network = SecretNetworks(OneSecret("insta", values)).open("instagram", "secret:insta")

    outcome = network.prepare(a_piece(PICTURE), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert "change `version` in the account's secret" in outcome.reason


@pytest.mark.parametrize(
    "body",
    [
        "<html>a firewall's page</html>",
        '{"id": 7}',
        json.dumps(error(1)),
        json.dumps(error(2)),
        json.dumps(error(-1)),
        json.dumps(error(2500)),
        '{"error": {"code": "190"',
        '{"error": "it failed"}',
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_what_is_not_on_the_list_proves_nothing(status: int, body: str) -> None:
    assert isinstance(committed(answering(status, body)), Unknown)


def test_a_code_on_the_list_with_a_servers_own_failure_proves_nothing() -> None:
    assert isinstance(committed(answering(500, error(100))), Unknown)


# ---------------------------------------------------------------- tokens
def test_a_token_of_sixty_days_is_renewed_with_itself_and_never_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    vault = MemoryTokens()
    with running("instagram", accounts={"canary-token": "17841400000000001"}) as server:
        outcome = committed(opened(server, vault), ("17890000000000999",))
    account = vault.read("insta")

    assert isinstance(outcome, Unknown)
    assert account is not None
    assert account.tokens.access.get_secret_value() == "sandbox-instagram-1"
    assert account.tokens.refresh == account.tokens.access
    assert account.tokens.expires_at is not None
    assert account.tokens.expires_at > now() + timedelta(days=59)
    assert "canary" not in caplog.text
    assert "sandbox-instagram-1" not in caplog.text


def test_a_token_that_is_too_young_to_be_renewed_is_used_for_a_day() -> None:
    vault = MemoryTokens()
    with running("instagram") as server:
        server.fault("refuse", path="/refresh_access_token", status=400, body=json.dumps(error(100)))
        prepared = opened(server, vault).prepare(a_piece(PICTURE), MediaInMemory())
    account = vault.read("insta")

    assert isinstance(prepared, Prepared)
    assert account is not None
    assert account.tokens.access.get_secret_value() == "sandbox-instagram-token"
    assert account.tokens.expires_at is not None
    assert account.tokens.expires_at < now() + timedelta(hours=26)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, error(190, 463), "to be renewed: Instagram no longer accepts"),
        (500, error(2), "to be renewed: Instagram answered 500"),
        (200, {"nonsense": 1}, "to be renewed: Instagram answered 200"),
    ],
)
def test_a_token_that_opens_nothing_is_told(status: int, body: Any, words: str) -> None:
    with running("instagram") as server:
        server.fault("refuse", path="/*", status=status, body=json.dumps(body), times=9)
        outcome = opened(server).prepare(a_piece(PICTURE), MediaInMemory())

    assert isinstance(outcome, NotSent)
    assert words in outcome.reason


# ---------------------------------------------------------------- the secret
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("user_id", "boulangerie.martin"),
        ("host", "instagram.com"),
        ("version", "25"),
        ("access_token", "a b"),
        ("app_secret", "é"),
        ("base_url", "http://graph.example"),
    ],
)
def test_a_secret_that_cannot_serve_is_told_by_its_key(key: str, value: str) -> None:
    with pytest.raises(NoSuchSecret, match=f"secret:insta: '{key}'"):
        SecretNetworks(OneSecret("insta", SECRET | {key: value})).open("instagram", "secret:insta")


def test_an_address_tells_no_id() -> None:
    assert remote_id_in("instagram", "https://www.instagram.com/p/DCkkKl_OGb1/") is None
