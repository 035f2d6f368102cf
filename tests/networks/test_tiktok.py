"""TikTok: how a film is cut, what waits for its instant, what becomes of it, and what each error comes to."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from parution.errors import FenceClosed, MediaChanged, NoSuchSecret
from parution.networks import SecretNetworks, remote_id_in
from parution.networks.calls import Means
from parution.networks.tiktok import CODES, FAILURES, Declared, TikTok, parts
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
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
from tests.builders import a_piece, open_fence
from tests.contracts.certification.rows.tiktok import error
from tests.networks.accounts import MEDIA_HOST, MediaInMemory, OneSecret, now

FOUR = MediaRef(key="media/four.mp4", etag="5d41", kind="video/mp4", alt="Le four s'allume")
VITRINE = MediaRef(key="media/vitrine.jpg", etag="b", kind="image/jpeg")
FILM = Content(text="Notre four s'allume. #bûche", language="fr-FR", media=(FOUR,))
MIB = 1024 * 1024
WHOLE = b"a film of 23 bytes only"
LONG = bytes(range(256)) * (16 * MIB // 256) + b"and"  # three parts of 5 MiB and a third
PUBLIC_ID = "7400000000000000001"


class Film(MediaInMemory):
    def __init__(self, data: bytes = WHOLE) -> None:
        self.data = data

    def read(self, ref: MediaRef) -> bytes:
        return self.data


WHOLE_FILM = Film()


# Reading the certificates takes longer than a whole test; all may share them.
_WIRE = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))


class Wire(httpx.BaseTransport):
    """The way to the sandbox, with what may happen on it."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.meets: Callable[[httpx.Request], httpx.Response | None] = lambda request: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        return self.meets(request) or _WIRE.handle_request(request)


class Replaced(Film):
    """The file under this name is another one now."""

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        raise MediaChanged(ref.key)


@pytest.fixture
def server() -> Iterator[Server]:
    with running("tiktok", rotates=False) as server:
        yield server


def opened(server: Server, wire: Wire | None = None, media: Film | None = WHOLE_FILM, **more: str) -> TikTok:
    (secret,) = server.secrets().values()
    vault = MemoryTokens()

    def keeper(connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, vault, timedelta(seconds=120))

    client = open_client(wire or Wire())
    networks = SecretNetworks(OneSecret("tok", secret | more), client, keeper, media=media)
    network = networks.open("tiktok", "secret:tok")
    assert isinstance(network, TikTok)
    return network


def answering(*answers: httpx.Response) -> tuple[TikTok, list[httpx.Request]]:
    """An account that answers in this order, and goes on with the last."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]

    client = open_client(httpx.MockTransport(answer))
    tokens = StaticToken("tiktok", SecretStr("act.a"))
    return TikTok(client, "https://open.tiktokapis.com", tokens, media=WHOLE_FILM), asked


def ok(data: Mapping[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"data": data, "error": {"code": "ok", "message": "", "log_id": "2026"}})


CREATOR = ok({"creator_username": "martin", "privacy_level_options": ["PUBLIC_TO_EVERYONE", "SELF_ONLY"]})
BEGUN = {
    "publish_id": "v_pub_file~v2-1.1",
    "upload_url": "https://upload.us.tiktokapis.com/video/?upload_id=1",
}
READY = a_piece(
    FILM,
    refs=(
        "publish v_pub_file~v2-1.1",
        "upload https://upload.us.tiktokapis.com/video/?upload_id=1&upload_token=x",
        "until 2026-12-03T12:50:00+00:00",
        "user martin",
        f"film https://{MEDIA_HOST}/media/four.mp4",
        "last bytes 0-22/23",
    ),
)


def prepared(network: TikTok, content: Content = FILM, data: bytes = WHOLE) -> Piece:
    made = network.prepare(a_piece(content), Film(data))
    assert isinstance(made, Prepared), made
    return a_piece(content, refs=made.refs)


def file_of(server: Server, number: int = 1) -> bytes:
    with open_client() as client:
        # Longer than any honest answer of an API: it is read by hand.
        return client.get(f"{server.url}/films/{number}").raise_for_status().content


# ---------------------------------------------------------------- a film in parts
@pytest.mark.parametrize(
    ("size", "lengths"),
    [
        (1, [1]),
        (4_999_999, [4_999_999]),
        (5_000_000, [5_000_000]),
        (2 * 5 * MIB - 1, [2 * 5 * MIB - 1]),
        (2 * 5 * MIB, [5 * MIB, 5 * MIB]),
        (50_000_123, [5_555_569] * 8 + [5_555_571]),
        (4 * 1024**3, [5_244_160] * 818 + [5_244_416]),
    ],
)
def test_a_film_is_cut_into_the_smallest_parts_that_tiktok_takes(size: int, lengths: list[int]) -> None:
    cut = parts(size)

    assert [part.length for part in cut] == lengths
    assert sum(lengths) == size
    assert len(cut) == size // cut[0].length  # the guide: rounded down
    assert [part.first for part in cut[1:]] == [part.last + 1 for part in cut[:-1]]
    assert len(cut) == 1 or all(5 * MIB <= length <= 64_000_000 for length in lengths)


def test_all_parts_but_the_last_go_ahead_and_the_last_at_the_instant(server: Server) -> None:
    wire = Wire()
    network = opened(server, wire, Film(LONG))

    piece = prepared(network, data=LONG)
    ahead = [one.headers["Content-Range"] for one in wire.asked if one.method == "PUT"]
    before = server.events()
    outcome = network.commit(piece, open_fence())

    assert ahead == ["bytes 0-5592405/16777219", "bytes 5592406-11184811/16777219"]
    assert before == []
    assert isinstance(outcome, Published)
    assert file_of(server) == LONG
    assert not any("Authorization" in one.headers for one in wire.asked if one.method != "POST")


def test_a_long_film_goes_on_with_the_next_worker(server: Server) -> None:
    seconds, network = iter([0.0, 0.0, 21.0]), opened(server, media=Film(LONG))
    network._elapsed = lambda: next(seconds)

    begun = network.prepare(a_piece(FILM), Film(LONG))
    assert isinstance(begun, Preparing)
    network._elapsed = lambda: 0.0
    made = network.prepare(a_piece(FILM, refs=begun.refs), Film(LONG))

    assert begun.reason == "5592406 of 16777219 bytes are on TikTok"
    assert isinstance(made, Prepared)
    assert isinstance(network.commit(a_piece(FILM, refs=made.refs), open_fence()), Published)
    assert file_of(server) == LONG


@pytest.mark.parametrize("kind", ["error_before", "lost_answer", "refuse"])
def test_an_upload_that_broke_off_goes_on_where_tiktok_says_that_it_is(server: Server, kind: str) -> None:
    network = opened(server, media=Film(LONG))
    server.fault(kind, method="PUT", **({"status": 416} if kind == "refuse" else {}))

    broken = network.prepare(a_piece(FILM), Film(LONG))
    assert isinstance(broken, Preparing)
    made = network.prepare(a_piece(FILM, refs=broken.refs), Film(LONG))

    assert isinstance(made, Prepared)
    assert made.refs[0] == broken.refs[0]
    assert isinstance(network.commit(a_piece(FILM, refs=made.refs), open_fence()), Published)
    assert file_of(server) == LONG


def test_an_upload_that_is_over_begins_anew(server: Server) -> None:
    network = opened(server)
    first = prepared(network)
    network.commit(first, open_fence())

    for refs in (first.refs, ("publish v_pub_file~gone", *first.refs[1:])):
        made = network.prepare(a_piece(FILM, refs=refs), Film())
        assert isinstance(made, Prepared)
        assert made.refs[0] not in {first.refs[0], "publish v_pub_file~gone"}


def test_an_upload_that_is_too_old_begins_anew(server: Server) -> None:
    network = opened(server)
    first = prepared(network)
    old = tuple("until 2026-01-01T00:00:00+00:00" if ref.startswith("until") else ref for ref in first.refs)

    made = network.prepare(a_piece(FILM, refs=old), Film())

    assert isinstance(made, Prepared)
    assert made.refs[0] != first.refs[0]


def test_what_is_prepared_is_good_for_less_than_the_hour_that_its_address_lives(server: Server) -> None:
    made = opened(server).prepare(a_piece(FILM), Film())

    assert isinstance(made, Prepared)
    assert not made.is_good(now() + timedelta(minutes=51))
    assert made.is_good(now() + timedelta(minutes=49))


@pytest.mark.parametrize(
    "address",
    [
        "https://upload.eviltiktokapis.com/video/",
        "https://open-upload.tiktokapis.com.evil.example/video/",
        "http://open-upload.tiktokapis.com/video/",
        "https://open-upload.tiktokapis.com:8443/video/",
        "https://tiktok@open-upload.tiktokapis.com/video/",
        "https://127.0.0.1/video/",
        "",
    ],
)
def test_a_film_goes_nowhere_but_to_tiktok(address: str) -> None:
    network, asked = answering(CREATOR, ok(BEGUN | {"upload_url": address}))

    assert isinstance(network.prepare(a_piece(FILM), Film()), NotSent)
    assert len(asked) == 2


@pytest.mark.parametrize("host", ["open-upload.tiktokapis.com", "upload.us.tiktokapis.com"])
def test_a_film_goes_to_each_of_tiktoks_regions(host: str) -> None:
    network, _ = answering(CREATOR, ok(BEGUN | {"upload_url": f"https://{host}/video/?upload_id=1"}))

    assert isinstance(network.prepare(a_piece(FILM), Film()), Prepared)


# ---------------------------------------------------------------- the last part
def test_a_film_that_was_replaced_meanwhile_is_refused_and_the_fence_stays_closed(server: Server) -> None:
    piece, crossed = prepared(opened(server)), list[str]()

    outcome = opened(server, media=Replaced()).commit(
        piece, Fence(lambda request, marker: crossed.append(request))
    )

    assert outcome == Refused(reason="media/four.mp4 is no longer the file that was planned")
    assert crossed == []


def test_who_has_no_files_publishes_none(server: Server) -> None:
    piece, crossed = prepared(opened(server)), list[str]()

    outcome = opened(server, media=None).commit(piece, Fence(lambda request, marker: crossed.append(request)))

    assert isinstance(outcome, NotSent)
    assert crossed == []


def test_what_the_fence_binds_is_the_last_part_and_the_content() -> None:
    network, _ = answering(httpx.Response(201))
    crossed = list[tuple[str, str | None]]()

    def stays_closed(request: str, marker: str | None) -> None:
        crossed.append((request, marker))
        raise FenceClosed("stop")

    for piece in (READY, READY.model_copy(update={"content": FILM.model_copy(update={"text": "Autre"})})):
        with pytest.raises(FenceClosed):
            network.commit(piece, Fence(stays_closed))

    assert [marker for _, marker in crossed] == ["publish id: v_pub_file~v2-1.1"] * 2
    assert crossed[0][0] != crossed[1][0]


def test_a_film_that_is_not_there_yet_is_not_sent() -> None:
    network, asked = answering(httpx.Response(201))

    assert isinstance(network.commit(a_piece(FILM), open_fence()), NotSent)
    assert isinstance(network.commit(a_piece(FILM, refs=READY.refs[:4]), open_fence()), NotSent)
    assert network.find(a_piece(FILM), now()) == NotFound()
    assert asked == []


# ---------------------------------------------------------------- what becomes of it
def test_while_tiktok_checks_a_film_nobody_knows_and_then_it_is_found(server: Server) -> None:
    with running("tiktok", works_for=2) as slow:
        network = opened(slow)
        piece = prepared(network)
        at_once = network.commit(piece, open_fence())
        later = [network.find(piece, now()) for _ in range(2)]

    assert at_once == Unknown(reason="TikTok has the whole film, and is still checking it")
    assert isinstance(later[0], NotSent)
    assert later[0].retry_after == timedelta(minutes=1)
    assert later[1] == Published(
        remote_id=PUBLIC_ID, url=f"https://www.tiktok.com/@martin/video/{PUBLIC_ID}", proof="status"
    )


@pytest.mark.parametrize("why", [*FAILURES, "something_new", ""])
def test_a_film_that_tiktok_does_not_post_is_refused_in_words(why: str) -> None:
    failed = {"status": "FAILED", "fail_reason": why, "publicaly_available_post_id": []}
    network, _ = answering(httpx.Response(201), ok(failed))

    outcome = network.commit(READY, open_fence())

    words = FAILURES.get(why, why or "it did not say why")
    assert outcome == Refused(reason=f"TikTok did not post the film: {words}")
    assert network.find(READY, now()) == NotFound()


def test_a_second_attempt_at_a_film_that_failed_says_why() -> None:
    network, _ = answering(
        httpx.Response(416), ok({"status": "FAILED", "fail_reason": "frame_rate_check_failed"})
    )

    outcome = network.commit(READY, open_fence())

    assert isinstance(outcome, Refused)
    assert "23 to 60 frames" in outcome.reason


@pytest.mark.parametrize(
    "ids", [[7123456789012345678], ["7123456789012345678"], "7123456789012345678", 7123456789012345678]
)
def test_the_public_id_may_be_a_list_or_not_a_number_or_a_text(ids: object) -> None:
    network, _ = answering(
        httpx.Response(201), ok({"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": ids})
    )

    outcome = network.commit(READY, open_fence())

    assert isinstance(outcome, Published)
    assert outcome.remote_id == "7123456789012345678"
    assert outcome.url == "https://www.tiktok.com/@martin/video/7123456789012345678"


def test_until_the_public_id_is_told_the_uploads_id_leads_to_it() -> None:
    done = {"status": "PUBLISH_COMPLETE"}
    counted = {"id": PUBLIC_ID, "like_count": 12, "comment_count": 3, "share_count": 1, "view_count": 900}
    network, asked = answering(
        httpx.Response(201),
        ok(done),
        ok(done),
        ok(done | {"publicaly_available_post_id": [int(PUBLIC_ID)]}),
        ok({"videos": [counted]}),
    )

    outcome = network.commit(READY, open_fence())
    assert isinstance(outcome, Published)
    figures = [network.figures(outcome.remote_id) for _ in range(2)]

    assert (outcome.remote_id, outcome.url) == ("v_pub_file~v2-1.1", None)
    assert isinstance(figures[0], NotSent)
    assert figures[1] == PostFigures(likes=12, shares=1, replies=3, views=900)
    assert json.loads(asked[-1].content) == {"filters": {"video_ids": [PUBLIC_ID]}}
    assert asked[-1].url.params["fields"] == "id,like_count,comment_count,share_count,view_count"


def test_a_film_that_is_not_among_the_public_ones_has_no_figures() -> None:
    network, _ = answering(ok({"videos": []}))

    assert network.figures(PUBLIC_ID) == NotFound()


# ---------------------------------------------------------------- what is said of it
def test_what_the_account_allows_and_declares_is_said_of_the_film(server: Server) -> None:
    creator = {"creator_username": "martin", "privacy_level_options": ["SELF_ONLY", "FOLLOWER_OF_CREATOR"]}
    network, asked = answering(
        ok(creator | {"comment_disabled": True, "duet_disabled": True, "stitch_disabled": False}), ok(BEGUN)
    )
    network._declared = Declared("FOLLOWER_OF_CREATOR", own_brand=True, ai_generated=True)

    made = network.prepare(a_piece(FILM.model_copy(update={"link": "https://martin.example/"})), Film())

    assert isinstance(made, Prepared)
    assert json.loads(asked[1].content) == {
        "post_info": {
            "title": "Notre four s'allume. #bûche\n\nhttps://martin.example/",
            "privacy_level": "FOLLOWER_OF_CREATOR",
            "disable_comment": True,
            "disable_duet": True,
            "disable_stitch": False,
            "brand_organic_toggle": True,
            "brand_content_toggle": False,
            "is_aigc": True,
        },
        "source_info": {
            "source": "FILE_UPLOAD",
            "video_size": 23,
            "chunk_size": 23,
            "total_chunk_count": 1,
        },
    }
    assert asked[1].headers["Content-Type"] == "application/json; charset=UTF-8"


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        (("SELF_ONLY",), "TikTok has not audited the app"),
        (
            ("FOLLOWER_OF_CREATOR", "SELF_ONLY"),
            "TikTok does not offer this account the privacy that the secret names: it offers FOLLOWER_OF_CREATOR",
        ),
    ],
)
def test_a_privacy_that_is_not_offered_is_refused_before_anything_is_sent(
    offered: tuple[str, ...], words: str
) -> None:
    with running("tiktok", privacies=offered) as server:
        wire = Wire()
        outcome = opened(server, wire).prepare(a_piece(FILM), Film())

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(words)
    assert not any("init" in request.url.path for request in wire.asked)


def test_an_app_without_audit_may_post_for_the_account_itself() -> None:
    with running("tiktok", privacies=("SELF_ONLY",)) as server:
        network = opened(server, privacy="SELF_ONLY")
        outcome = network.commit(prepared(network), open_fence())

    assert isinstance(outcome, Published)
    assert (outcome.remote_id, outcome.url) == ("v_pub_file~v2-1.0000000000000000001", None)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"media": ()}, "TikTok takes one film"),
        ({"media": (FOUR, FOUR)}, "TikTok takes one film"),
        ({"media": (FOUR, VITRINE)}, "TikTok takes one film"),
        ({"media": (VITRINE,)}, "TikTok takes photos from no program"),
        ({"format": "story"}, "TikTok has no format 'story'"),
        ({"text": "🎄" * 1101}, "TikTok takes 2200 characters"),
    ],
)
def test_what_tiktok_cannot_show_is_refused_before_anything_is_sent(
    facts: Mapping[str, Any], words: str
) -> None:
    network, asked = answering(CREATOR)

    outcome = network.prepare(a_piece(FILM.model_copy(update=dict(facts))), Film())

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(words)
    assert asked == []


def test_no_program_writes_comments() -> None:
    network, _ = answering(CREATOR)

    assert isinstance(network.prepare(a_piece(FILM, reply_to=PUBLIC_ID), Film()), Refused)


def test_a_film_that_is_too_large_is_refused_before_anything_is_sent() -> None:
    class Huge(Film):
        def size(self, ref: MediaRef) -> int:
            return 4 * 1024**3 + 1

    network, asked = answering(CREATOR)

    assert network.prepare(a_piece(FILM), Huge()) == Refused(reason="TikTok takes films of 4 GB at most")
    assert asked == []


# ---------------------------------------------------------------- errors
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", sorted(CODES))
def test_each_error_comes_to_what_it_says_whatever_its_status(code: str, status: int) -> None:
    network, _ = answering(httpx.Response(status, text=error(code, "See our guidelines")))
    means, words = CODES[code]

    outcome = network.commit(READY, open_fence())
    ahead = network.prepare(a_piece(FILM), Film())

    assert isinstance(outcome, NotSent if means is Means.LATER else Refused)
    assert isinstance(ahead, type(outcome))
    assert isinstance(network.find(READY, now()), NotFound if means is Means.MISSING else NotSent)
    if means in {Means.LATER, Means.REFUSED}:
        assert outcome.reason == f"{words} (See our guidelines)"


@pytest.mark.parametrize(
    ("code", "wait"),
    [("rate_limit_exceeded", 1), ("spam_risk_too_many_posts", 60), ("reached_active_user_cap", 60)],
)
def test_a_cap_says_how_long_it_lasts(code: str, wait: int) -> None:
    network, _ = answering(httpx.Response(429, text=error(code)))

    outcome = network.prepare(a_piece(FILM), Film())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(minutes=wait)


@pytest.mark.parametrize(
    "said",
    [
        httpx.Response(400, text=error("something_new")),
        httpx.Response(500, text=error("invalid_param")),
        httpx.Response(206),
        httpx.Response(400),
        httpx.Response(403),
        httpx.Response(404),
        httpx.Response(200, text=error("ok")),
    ],
    ids=["a new code", "beside a failure", "one part of more", "400", "403", "404", "an envelope"],
)
def test_what_is_not_on_the_list_proves_nothing(said: httpx.Response) -> None:
    network, _ = answering(said, ok({"status": "PROCESSING_UPLOAD", "uploaded_bytes": 23}))

    assert isinstance(network.commit(READY, open_fence()), Unknown)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ({"status": "PROCESSING_UPLOAD", "uploaded_bytes": 22}, NotFound),
        ({"status": "PROCESSING_UPLOAD", "uploaded_bytes": 23}, NotSent),
        ({"status": "PROCESSING_UPLOAD"}, NotSent),
        ({"status": "SEND_TO_USER_INBOX"}, NotFound),
        ({"status": "PUBLISH_COMPLETE"}, Published),
    ],
)
def test_a_lost_answer_is_looked_into_by_what_has_arrived(state: Mapping[str, Any], found: type) -> None:
    network, _ = answering(ok(state))

    assert isinstance(network.find(READY, now()), found)


# ---------------------------------------------------------------- tokens, secrets and addresses
def test_each_refresh_token_works_once_and_the_next_one_is_kept() -> None:
    with running("tiktok") as server:
        (secret,) = server.secrets().values()
        vault = MemoryTokens()

        def keeper(connection: Connection) -> TokenKeeper:
            return TokenKeeper(connection, vault, timedelta(seconds=120))

        def network() -> TikTok:
            found = SecretNetworks(OneSecret("tok", secret), open_client(Wire()), keeper).open(
                "tiktok", "secret:tok"
            )
            assert isinstance(found, TikTok)
            return found

        first = network().prepare(a_piece(FILM), Film())
        server.fault("refuse", status=401, path="*/status/fetch/", body=error("access_token_invalid"))
        refused = network().find(READY, now())
        again = network().prepare(a_piece(FILM), Film())
        account = vault.read("tok")

    assert isinstance(refused, NotSent)
    assert [type(one) for one in (first, again)] == [Prepared, Prepared]
    assert account is not None
    assert account.tokens.generation == 2


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"privacy": "public"}, "privacy"),
        ({"ai_generated": "yes"}, "ai_generated"),
        ({"paid_partnership": "true", "privacy": "SELF_ONLY"}, "paid_partnership"),
        ({"base_url": "http://tiktok.example"}, "base_url"),
        ({"client_key": ""}, "client_key"),
        ({"client_id": "1"}, "client_id"),
    ],
)
def test_a_secret_that_cannot_serve_names_its_key(server: Server, more: Mapping[str, str], key: str) -> None:
    with pytest.raises(NoSuchSecret, match=f"secret:tok: '{key}'"):
        opened(server, None, WHOLE_FILM, **more)


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        ("https://www.tiktok.com/@martin/video/7123456789012345678", "7123456789012345678"),
        ("https://www.tiktok.com/@martin/video/7123456789012345678?lang=fr", "7123456789012345678"),
        ("https://www.tiktok.com/@martin/photo/7123456789012345678", None),
        ("https://vm.tiktok.com/ZMabc/", None),
        ("https://www.tiktok.com/@martin", None),
        ("https://www.tiktok.com/@martin/video/film", None),
    ],
)
def test_an_address_tells_the_id_of_a_film(url: str, remote_id: str | None) -> None:
    assert remote_id_in("tiktok", url) == remote_id
