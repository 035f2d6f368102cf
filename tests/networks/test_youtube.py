"""YouTube: how a film gets there in parts, what is said of it, and what each error comes to."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from parution.errors import NoSuchSecret
from parution.networks import SecretNetworks, remote_id_in, youtube
from parution.networks.youtube import Declared, YouTube
from parution.networks.youtube_answers import REASONS
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
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
from tests.builders import a_piece, open_fence
from tests.contracts.certification.rows.youtube import error
from tests.networks.accounts import LONG_AGO, MediaInMemory, OneSecret, now

FOUR = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4", alt="Le four s'allume")
AFFICHE = MediaRef(key="media/affiche.jpg", etag="b", kind="image/jpeg", alt="L'affiche")
FILM = Content(text="Notre four s'allume.", language="fr-FR", media=(FOUR,))
MERCI = Content(text="Merci à tous !", language="fr-FR")
KIB = 1024
BYTES = bytes(range(256)) * (600 * KIB // 256)  # 600 KiB: two parts of 256 KiB and a rest
AT_ONCE: dict[str, Any] = {"due_at": now()}


class Film(MediaInMemory):
    def read(self, ref: MediaRef) -> bytes:
        return BYTES if ref == FOUR else b"\xff\xd8\xff an affiche"


@pytest.fixture
def server() -> Iterator[Server]:
    with running("youtube") as server:
        yield server


@pytest.fixture
def network(server: Server) -> YouTube:
    return opened(server)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube, "_PART", 256 * KIB)


def opened(server: Server, **more: str) -> YouTube:
    (secret,) = server.secrets().values()
    vault = MemoryTokens()

    def keeper(connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, vault, timedelta(seconds=120))

    network = SecretNetworks(OneSecret("tube", secret | more), tokens=keeper).open("youtube", "secret:tube")
    assert isinstance(network, YouTube)
    return network


def answering(
    *answers: httpx.Response, elapsed: Callable[[], float] = lambda: 0.0
) -> tuple[YouTube, list[httpx.Request]]:
    """A channel that answers in this order, and goes on with the last."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]

    client = open_client(httpx.MockTransport(answer))
    tokens = StaticToken("youtube", SecretStr("ya29.access"))
    return YouTube(client, "https://youtube.googleapis.com", tokens, Declared(), elapsed), asked


def prepared(network: YouTube, content: Content = FILM, **facts: Any) -> Piece:
    made = network.prepare(a_piece(content, **facts), Film())
    assert isinstance(made, Prepared), made
    return a_piece(content, refs=made.refs, **facts)


def published(network: YouTube, content: Content = FILM, **facts: Any) -> Published:
    outcome = network.commit(prepared(network, content, **facts), open_fence())
    assert isinstance(outcome, Published), outcome
    return outcome


def file_of(server: Server, video: str) -> bytes:
    with open_client() as client:
        return client.get(f"{server.url}/films/{video}").raise_for_status().content


# ---------------------------------------------------------------- a film in parts
@pytest.mark.usefixtures("small_parts")
def test_a_film_arrives_in_parts_and_whole(server: Server, network: YouTube) -> None:
    piece = prepared(network)

    assert piece.refs == ("video sandbox0002",)
    assert file_of(server, "sandbox0002") == BYTES


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("kind", ["error_before", "lost_answer"])
@pytest.mark.parametrize("part", ["0-262143", "262144-524287", "524288-614399"])
def test_an_upload_that_broke_off_goes_on_and_makes_one_film(
    network: YouTube, server: Server, monkeypatch: pytest.MonkeyPatch, kind: str, part: str
) -> None:
    put = network._put

    def breaks(session: str, data: bytes, place: str) -> Any:
        if place.startswith(f"bytes {part}"):
            server.fault(kind, method="PUT")
        return put(session, data, place)

    monkeypatch.setattr(network, "_put", breaks)
    broken = network.prepare(a_piece(FILM), Film())
    monkeypatch.undo()
    assert isinstance(broken, Preparing)

    monkeypatch.setattr(youtube, "_PART", 256 * KIB)
    made = network.prepare(a_piece(FILM, refs=broken.refs), Film())

    assert broken.refs[0].startswith(f"session {server.url}/upload/")
    assert made == Prepared(refs=("video sandbox0002",))
    assert file_of(server, "sandbox0002") == BYTES


@pytest.mark.usefixtures("small_parts")
def test_a_long_film_goes_on_with_the_next_worker(server: Server) -> None:
    seconds, patient = iter([0.0, 0.0, 21.0]), opened(server)
    patient._elapsed = lambda: next(seconds, 21.0)

    begun = patient.prepare(a_piece(FILM), Film())

    assert isinstance(begun, Preparing)
    assert begun.reason == "262144 of 614400 bytes are on YouTube"
    assert opened(server).prepare(a_piece(FILM, refs=begun.refs), Film()) == Prepared(
        refs=("video sandbox0002",)
    )


@pytest.mark.parametrize("status", [404, 410])
def test_a_session_that_has_ended_begins_anew(server: Server, network: YouTube, status: int) -> None:
    ended = f"session {server.url}/upload/youtube/v3/videos?uploadType=resumable&upload_id=gone"
    server.fault("refuse", method="PUT", status=status, body="", headers={"X-GUploader-UploadID": "gone"})

    made = network.prepare(a_piece(FILM, refs=(ended,)), Film())

    assert made == Prepared(refs=("video sandbox0002",))


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/upload", "http://www.googleapis.com/upload", "//", "", "https://[/"],
)
def test_an_upload_goes_nowhere_but_to_google(address: str) -> None:
    network, asked = answering(httpx.Response(200, headers={"Location": address}))

    outcome = network.prepare(a_piece(FILM), Film())

    assert isinstance(outcome, NotSent)
    assert len(asked) == 1


def test_a_server_that_takes_nothing_is_not_asked_for_ever() -> None:
    session = "https://www.googleapis.com/upload/youtube/v3/videos?upload_id=a"
    network, asked = answering(
        httpx.Response(200, headers={"Location": session}), httpx.Response(308), httpx.Response(308)
    )

    outcome = network.prepare(a_piece(FILM), Film())

    assert outcome == Preparing(
        refs=(f"session {session}",),
        reason="the upload to YouTube broke off",
        retry_after=timedelta(seconds=30),
    )
    assert len(asked) == 2


# ---------------------------------------------------------------- what YouTube makes of it
def test_while_a_film_is_processed_there_is_time_to_its_instant() -> None:
    with running("youtube", works_for=9) as server:
        network, later = opened(server), now() + timedelta(minutes=9)

        before = network.prepare(a_piece(FILM, due_at=later), Film())
        assert isinstance(before, Preparing)
        at_its_instant = network.prepare(a_piece(FILM, refs=before.refs, **AT_ONCE), Film())

    assert before.reason == "YouTube is still processing the film"
    assert before.refs == ("video sandbox0002",)
    assert at_its_instant == Prepared(refs=("video sandbox0002",))


def test_a_film_that_cannot_be_processed_is_refused_in_words() -> None:
    with running("youtube", fails="codec") as server:
        outcome = opened(server).prepare(a_piece(FILM), Film())

    assert outcome == Refused(
        reason="YouTube does not take this film: its codec is not known: encode it as H.264 in an MP4 file"
    )


def test_a_project_without_audit_is_told_yes_and_not_believed() -> None:
    with running("youtube", audited=False) as server:
        network = opened(server)
        outcome = network.commit(prepared(network), open_fence())

        assert isinstance(outcome, Refused)
        assert "must pass YouTube's audit" in outcome.reason
        assert outcome.reason.endswith("https://studio.youtube.com/video/sandbox0002")
        assert server.events() == []


def test_a_film_that_cannot_be_read_back_is_published_all_the_same(server: Server, network: YouTube) -> None:
    piece = prepared(network)
    server.fault("error_before", method="GET")

    assert isinstance(network.commit(piece, open_fence()), Published)


def test_a_film_that_somebody_deleted_is_refused(network: YouTube) -> None:
    piece = prepared(network)
    network.delete("sandbox0002")

    assert network.commit(piece, open_fence()) == Refused(
        reason="Somebody deleted the film on YouTube before it was published"
    )
    assert network.find(piece, now()) == NotFound()


def test_a_film_that_is_not_there_yet_is_not_sent(network: YouTube) -> None:
    assert isinstance(network.commit(a_piece(FILM), open_fence()), NotSent)
    assert network.find(a_piece(FILM), now()) == NotFound()


# ---------------------------------------------------------------- what is said of it
def said_of(content: Content) -> dict[str, Any]:
    """Give what the insert says of a film."""
    network, asked = answering(httpx.Response(503))
    network.prepare(a_piece(content), Film())
    said: dict[str, Any] = json.loads(asked[0].content)
    return said


LONG = "Une bûche " * 12


@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        ("Notre four\n\nIl chauffe.", "Notre four", "Il chauffe."),
        ("Notre four", "Notre four", "Notre four"),
        ("1 < 2 > 0", "1 \u2039 2 \u203a 0", "1 \u2039 2 \u203a 0"),
        (f"{LONG}\nIl chauffe.", "Une bûche " * 9 + "Une…", f"{LONG}\nIl chauffe."),
        ("🎄" * 60, "🎄" * 49 + "…", "🎄" * 60),
    ],
)
def test_the_first_line_is_the_title(text: str, title: str, description: str) -> None:
    said = said_of(Content(text=text, language="fr-FR", media=(FOUR,)))["snippet"]

    assert (said["title"], said["description"]) == (title, description)
    assert len(said["title"].encode("utf-16-le")) <= 200


def test_a_link_is_the_last_line_and_hashtags_are_tags() -> None:
    content = FILM.model_copy(
        update={"text": "Noël\nLa #bûche, la #vraie ! #bûche", "link": "https://martin.example/"}
    )

    said = said_of(content)["snippet"]

    assert said["description"].endswith("#bûche\n\nhttps://martin.example/")
    assert said["tags"] == ["bûche", "vraie"]
    assert said["defaultLanguage"] == "fr"


def test_no_more_tags_are_given_than_youtube_takes() -> None:
    text = "Noël\n" + " ".join(f"#{letter * 99}" for letter in "abcdefg")

    assert len(said_of(FILM.model_copy(update={"text": text}))["snippet"]["tags"]) == 5


def test_both_calls_say_the_whole_status_because_what_is_left_out_is_reset() -> None:
    network, asked = answering(httpx.Response(503))
    network._declared = Declared(made_for_kids=True, synthetic_media=True)
    whole = {
        "embeddable": True,
        "publicStatsViewable": True,
        "license": "youtube",
        "selfDeclaredMadeForKids": True,
        "containsSyntheticMedia": True,
    }

    network.prepare(a_piece(FILM), Film())
    network.commit(a_piece(FILM, refs=("video dQw4w9WgXcQ",)), open_fence())

    begun, committed = (json.loads(request.content) for request in asked)
    assert begun["status"] == whole | {"privacyStatus": "private"}
    assert committed == {"id": "dQw4w9WgXcQ", "status": whole | {"privacyStatus": "public"}}


def test_a_picture_is_the_thumbnail_and_a_short_has_its_own_address(server: Server, network: YouTube) -> None:
    both = FILM.model_copy(update={"media": (AFFICHE, FOUR), "format": "short"})

    piece = prepared(network, both)
    outcome = network.commit(piece, open_fence())

    assert piece.refs == ("video sandbox0002", "thumbnail")
    assert isinstance(outcome, Published)
    assert outcome.url == "https://www.youtube.com/shorts/sandbox0002"


def test_a_thumbnail_that_breaks_off_is_set_without_a_second_film(server: Server, network: YouTube) -> None:
    both = FILM.model_copy(update={"media": (FOUR, AFFICHE)})
    server.fault("error_before", path="*/thumbnails/set")

    broken = network.prepare(a_piece(both), Film())

    assert isinstance(broken, Preparing)
    assert network.prepare(a_piece(both, refs=broken.refs), Film()) == Prepared(
        refs=("video sandbox0002", "thumbnail")
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"media": ()}, "YouTube takes one film"),
        ({"media": (AFFICHE,)}, "YouTube takes one film"),
        ({"media": (FOUR, FOUR)}, "YouTube takes one film"),
        ({"media": (FOUR, AFFICHE, AFFICHE)}, "YouTube takes one film"),
        ({"format": "story"}, "YouTube has no format 'story'"),
        ({"text": " \n"}, "YouTube takes no film without a title"),
    ],
)
def test_what_youtube_cannot_show_is_refused_before_anything_is_sent(
    facts: Mapping[str, Any], words: str
) -> None:
    network, asked = answering(httpx.Response(200))

    outcome = network.prepare(a_piece(FILM.model_copy(update=dict(facts))), Film())

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(words)
    assert asked == []


def test_a_text_that_youtube_refuses_is_told_with_its_own_words(network: YouTube) -> None:
    too_long = FILM.model_copy(update={"text": "Titre\n" + "é" * 2501})

    outcome = network.prepare(a_piece(too_long), Film())

    assert outcome == Refused(
        reason="YouTube does not take this text: shorten it to 5,000 bytes"
        " (The request metadata specifies an invalid video description.)"
    )


# ---------------------------------------------------------------- comments
def test_a_comment_has_nothing_that_could_be_sent_twice(network: YouTube) -> None:
    film = published(network)

    assert network.prepare(a_piece(MERCI, reply_to=film.remote_id), Film()) == Prepared()


def test_a_comment_takes_no_files(network: YouTube) -> None:
    assert isinstance(network.prepare(a_piece(FILM, reply_to="sandbox0002"), Film()), Refused)


def test_a_comment_is_found_among_the_channels_own_alone(server: Server, network: YouTube) -> None:
    film = published(network)
    thread = server.comment(film.remote_id, MERCI.text)
    below, answer = (a_piece(MERCI, reply_to=under) for under in (film.remote_id, thread))
    before = [network.find(piece, now()) for piece in (below, answer)]
    outcomes = [network.commit(piece, open_fence()) for piece in (below, answer)]

    found = [network.find(piece, now()) for piece in (below, answer)]

    assert before == [NotFound(), NotFound()]
    assert [one.remote_id for one in found if isinstance(one, Published)] == [
        one.remote_id for one in outcomes if isinstance(one, Published)
    ]
    assert len(found) == 2
    assert network.find(below, now() + LONG_AGO) == NotFound()


def test_an_answer_to_an_answer_stands_in_the_same_thread(server: Server, network: YouTube) -> None:
    film = published(network)
    thread = server.comment(film.remote_id, "À quelle heure ?")
    first = server.comment(thread, "Oui, à quelle heure ?")

    outcome = network.commit(a_piece(MERCI, reply_to=first), open_fence())

    assert isinstance(outcome, Published)
    assert outcome.remote_id.startswith(f"{thread}.")
    read = network.comments(thread)
    assert isinstance(read, Comments)
    assert [one.text for one in read.found] == ["Oui, à quelle heure ?", "Merci à tous !"]


def test_the_next_page_of_comments_is_asked_for_by_its_token() -> None:
    page = {"kind": "youtube#commentThreadListResponse", "items": [], "nextPageToken": "QURT"}
    network, asked = answering(httpx.Response(200, json=page))

    first = network.comments("dQw4w9WgXcQ")
    network.comments("dQw4w9WgXcQ", "QURT")

    assert first == Comments(more="QURT")
    assert [request.url.params.get("pageToken") for request in asked] == [None, "QURT"]


def test_figures_are_read_from_numbers_written_as_text() -> None:
    statistics = {"viewCount": "900", "likeCount": "12", "commentCount": "3"}
    items = [{"kind": "youtube#video", "id": "dQw4w9WgXcQ", "statistics": statistics}]
    network, _ = answering(httpx.Response(200, json={"kind": "youtube#videoListResponse", "items": items}))

    assert network.figures("dQw4w9WgXcQ") == PostFigures(likes=12, replies=3, views=900)


def test_the_figures_of_comments_are_their_likes_and_answers(server: Server, network: YouTube) -> None:
    thread = server.comment(published(network).remote_id, "Bravo")
    answer = server.comment(thread, "Oui, bravo")

    assert network.figures(thread) == PostFigures(likes=0, replies=1)
    assert network.figures(answer) == PostFigures(likes=0)
    assert [network.figures("Ug-nobody-knows"), network.figures("Ug-nobody.knows")] == [NotFound()] * 2


# ---------------------------------------------------------------- errors
LATER = {"dailyLimitExceeded", "quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"} | {
    "uploadLimitExceeded",
    "uploadRateLimitExceeded",
}
STATUSES = {"authError": 401, "youtubeSignupRequired": 401, "rateLimitExceeded": 429} | {
    reason: 404 for reason in REASONS if reason.endswith(("NotFound", "notFound"))
}


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_each_error_comes_to_what_it_says(reason: str) -> None:
    said = httpx.Response(STATUSES.get(reason, 403), text=error(403, reason, 'See <a href="/q">this</a>.'))
    network, _ = answering(said)

    outcome = network.commit(a_piece(FILM, refs=("video dQw4w9WgXcQ",)), open_fence())
    ahead = network.prepare(a_piece(FILM), Film())

    assert isinstance(outcome, NotSent if reason in LATER else Refused)
    assert isinstance(ahead, type(outcome))
    assert isinstance(network.find(a_piece(FILM, refs=("video dQw4w9WgXcQ",)), now()), NotSent | NotFound)
    if reason != "authError" and STATUSES.get(reason) != 404:
        assert outcome.reason == f"{REASONS[reason][1]} (See this.)"


@pytest.mark.parametrize(
    ("reason", "date", "hours"),
    [
        ("quotaExceeded", "Thu, 03 Dec 2026 07:00:00 GMT", 1),
        ("dailyLimitExceeded", "Thu, 03 Dec 2026 08:00:00 GMT", 24),
        ("quotaExceeded", "Thu, 02 Jul 2026 06:00:00 GMT", 1),  # summer: midnight is at 7
        ("uploadLimitExceeded", "Thu, 03 Dec 2026 07:00:00 GMT", 1),
    ],
)
def test_a_quota_that_is_used_up_is_waited_for_until_midnight_in_california(
    reason: str, date: str, hours: int
) -> None:
    network, _ = answering(httpx.Response(403, text=error(403, reason), headers={"Date": date}))

    outcome = network.prepare(a_piece(FILM), Film())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(hours=hours)


def test_without_a_servers_clock_midnight_is_told_by_our_own() -> None:
    network, _ = answering(httpx.Response(403, text=error(403, "quotaExceeded")))

    outcome = network.prepare(a_piece(FILM), Film())

    assert isinstance(outcome, NotSent)
    assert timedelta(0) < outcome.retry_after <= timedelta(hours=25)


def test_a_missing_scope_is_told_by_its_details_too() -> None:
    details = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
    ]
    body = {"error": {"code": 403, "message": "Insufficient.", "details": details}}
    network, _ = answering(httpx.Response(403, json=body))

    outcome = network.commit(a_piece(FILM, refs=("video dQw4w9WgXcQ",)), open_fence())

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("YouTube asks you to connect the channel again")


@pytest.mark.parametrize(
    "said",
    [
        httpx.Response(403, text=error(403, "somethingNew")),
        httpx.Response(500, text=error(500, "forbidden")),
        httpx.Response(200, json={"kind": "youtube#video", "id": "dQw4w9WgXcQ"}),
        httpx.Response(404, text="Not Found"),
    ],
    ids=["a reason nobody knows", "a known reason beside a failure", "no status", "a page"],
)
def test_what_is_not_on_the_list_proves_nothing(said: httpx.Response) -> None:
    network, _ = answering(said)

    assert isinstance(network.commit(a_piece(FILM, refs=("video dQw4w9WgXcQ",)), open_fence()), Unknown)


def test_the_quota_of_the_project_ends_before_anything_is_public() -> None:
    with running("youtube", units=100) as server:
        network = opened(server)
        outcomes = [network.prepare(a_piece(FILM, f"key-{number}"), Film()) for number in range(2)]

    assert [type(one) for one in outcomes] == [Prepared, NotSent]


# ---------------------------------------------------------------- secrets and addresses
@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"category": "musique"}, "category"),
        ({"made_for_kids": "yes"}, "made_for_kids"),
        ({"base_url": "http://youtube.example"}, "base_url"),
        ({"client_id": ""}, "client_id"),
        ({"tokens": "1"}, "tokens"),
    ],
)
def test_a_secret_that_cannot_serve_names_its_key(server: Server, more: Mapping[str, str], key: str) -> None:
    with pytest.raises(NoSuchSecret, match=f"secret:tube: '{key}'"):
        opened(server, **more)


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=12s", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=UgzA-b_C4AaABAg", "UgzA-b_C4AaABAg"),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=x", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/live/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/@martin", None),
        ("https://www.youtube.com/watch?v=", None),
        ("https://www.youtube.com/shorts/<script>", None),
        ("https://www.youtube.com/", None),
    ],
)
def test_an_address_tells_the_id_of_a_film(url: str, remote_id: str | None) -> None:
    assert remote_id_in("youtube", url) == remote_id
