"""LinkedIn: what is written, how posts are told apart, and what each of its errors comes to."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from parution.errors import NoSuchSecret
from parution.fetching import Fetched, NotFetched
from parution.networks import linkedin as module
from parution.networks import remote_id_in
from parution.networks.linkedin import TERMS, LinkedIn, ReadableLinkedIn, connect, refresher
from parution.networks.little_text import little, plain
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    Comment,
    Comments,
    Done,
    Guarantee,
    NotFound,
    NotSent,
    Piece,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.tokens import StaticToken
from parution.sandbox.servers import Server, running
from parution.transport import open_client
from tests.builders import NOON, a_piece, open_fence
from tests.networks.accounts import BUCHE, MediaInMemory, now

PAGE, PERSON = "urn:li:organization:2414183", "urn:li:person:782bbtaQ"
SECRET = {"author": PAGE, "access_token": "t"}
FILM = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4", alt="Le four s'allume")
CARTE = MediaRef(key="media/carte.pdf", etag="a", kind="application/pdf")
PICTURE = MediaRef(key="media/four.jpg", etag="a", kind="image/jpeg", alt="Le four")
FOUR = Content(text="Notre four.", language="fr-FR", media=(FILM,))
TEXT = Content(text="Notre four.", language="fr-FR")
AT = 1_796_299_201_000  # a second after noon of NOON's day
URN = f"urn:li:share:{AT << 22}"
OLD = "urn:li:share:7141138937766391808"  # of 14 December 2023


class TwentyBytes(MediaInMemory):
    def read(self, ref: MediaRef) -> bytes:
        return b"0123456789abcdefghij"


class TenMegabytes(MediaInMemory):
    def read(self, ref: MediaRef) -> bytes:
        return bytes(10_000_000)


@pytest.fixture
def server() -> Iterator[Server]:
    with running("linkedin") as server:
        yield server


def opened(server: Server, **changes: str) -> LinkedIn:
    (secret,) = server.secrets().values()
    return connect("li", secret | changes, open_client())


def speaking(answer: Callable[[httpx.Request], httpx.Response], author: str = PAGE) -> LinkedIn:
    kind = ReadableLinkedIn if author == PAGE else LinkedIn
    tokens = StaticToken("LinkedIn", SecretStr("canary-token"))
    client = open_client(httpx.MockTransport(answer))
    return kind(client, "https://api.linkedin.com", author, tokens, "202607")


def answering(
    status: int, body: Any = None, headers: dict[str, str] | None = None, author: str = PAGE
) -> LinkedIn:
    return speaking(lambda request: httpx.Response(status, headers=headers, json=body), author)


def prepared(network: LinkedIn, piece: Piece, media: MediaInMemory | None = None) -> Piece:
    made = network.prepare(piece, media or TwentyBytes())
    assert isinstance(made, Prepared), made
    return piece.model_copy(update={"refs": made.refs})


def said_by(network_of: Callable[[Callable[[httpx.Request], httpx.Response]], LinkedIn], piece: Piece) -> Any:
    """Give the body of the request that publishes."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(201, headers={"x-restli-id": URN})

    network_of(answer).commit(piece, open_fence())
    return json.loads(asked[0].content)


# ---------------------------------------------------------------- the secret
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"author": ""}, "'author' is missing"),
        ({"author": "2414183"}, "must be urn:li:organization:"),
        ({"access_token": ""}, "'access_token' is missing; the secret needs it, or a refresh_token"),
        ({"version": "2026-07"}, "must be a year and a month"),
        ({"version": "202511"}, "is one that LinkedIn ended on 2026-11-16"),
        ({"reads_own_posts": "yes"}, "'reads_own_posts' must be"),
        ({"password": "p"}, "'password' is not known"),
    ],
)
def test_a_secret_that_cannot_serve_says_what_is_amiss(change: dict[str, str], told: str) -> None:
    with pytest.raises(NoSuchSecret, match=told):
        connect("li", SECRET | {"author": PERSON} | change, open_client())


@pytest.mark.parametrize(
    ("change", "guarantee"),
    [
        ({}, Guarantee.READABLE),
        ({"author": PERSON}, Guarantee.BLIND),
        ({"author": PERSON, "reads_own_posts": "true"}, Guarantee.READABLE),
    ],
)
def test_the_author_decides_whether_a_lost_answer_can_be_looked_into(
    change: dict[str, str], guarantee: Guarantee
) -> None:
    assert connect("li", SECRET | change, open_client()).guarantee is guarantee


def test_only_an_approved_app_renews_its_access() -> None:
    renewing = {"refresh_token": "r", "client_id": "app", "client_secret": "hush"}
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": "a", "expires_in": 5_184_000})

    client = open_client(httpx.MockTransport(answer))
    renewal = refresher("li", SECRET | renewing, client)
    assert renewal is not None
    renewal[0].refresh(renewal[1])

    assert refresher("li", SECRET, client) is None
    assert str(asked[0].url) == "https://www.linkedin.com/oauth/v2/accessToken"
    assert b"client_secret=hush" in asked[0].content


def test_what_renews_an_access_names_the_app() -> None:
    with pytest.raises(NoSuchSecret, match="'client_secret' is missing"):
        refresher("li", SECRET | {"refresh_token": "r", "client_id": "app"}, open_client())


def test_the_version_that_is_spoken_has_a_day_on_which_it_ends() -> None:
    assert TERMS.version is not None
    assert (TERMS.version.name, TERMS.version.ends_on) == ("202607", date(2027, 7, 15))


# ---------------------------------------------------------------- little text
@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Pain (au levain)", r"Pain \(au levain\)"),
        (r"a\b|c{d}e[f]g<h>i*j_k~l@m", r"a\\b\|c\{d\}e\[f\]g\<h\>i\*j\_k\~l\@m"),
        ("#bûche de #Noël_2026 !", r"{hashtag|\#|bûche} de {hashtag|\#|Noël\_2026} !"),
        ("C# et le n° #1", r"C\# et le n° \#1"),
        ("https://martin.example/#menu", r"https://martin.example/\#menu"),
        (
            "Merci @[Moulin Dupont](urn:li:organization:12) et @claire",
            r"Merci @[Moulin Dupont](urn:li:organization:12) et \@claire",
        ),
        ("@[Moulin](https://spam.example)", r"\@\[Moulin\]\(https://spam.example\)"),
    ],
)
def test_what_could_be_syntax_is_escaped_and_what_is_meant_is_kept(text: str, written: str) -> None:
    assert little(text) == written
    assert plain(written) == text


def test_a_text_of_syntax_alone_is_published_whole(server: Server) -> None:
    network, text = opened(server), r"(Ouvert) *demain* : a_b <c> {d} [e] ~f~ | g \ #h @i"

    network.commit(a_piece(Content(text=text, language="fr-FR")), open_fence())

    assert [event["facts"]["text"] for event in server.events()] == [text]


# ---------------------------------------------------------------- what is written
class OnePage:
    """The web, of which one page and its picture are known."""

    def __init__(self, html: str, picture: bytes = b"") -> None:
        self._html, self._picture = html, picture

    def fetch(self, url: str, kinds: Sequence[str], most: int) -> Fetched | NotFetched:
        if "text/html" in kinds:
            return Fetched(url, "text/html", self._html.encode())
        return Fetched(url, "image/png", self._picture)


def test_a_link_is_a_card_with_what_its_page_says(server: Server) -> None:
    page = '<meta property="og:title" content="La bûche"><meta property="og:image" content="/b.png">'
    pixels = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x02"
    (secret,) = server.secrets().values()
    network = connect("li", secret, open_client(), pages=OnePage(page, pixels))

    piece = prepared(network, a_piece(BUCHE))

    (card,) = piece.refs
    assert card.startswith('card {"thumbnail":"urn:li:image:')
    said = said_by(speaking, piece)
    assert said["commentary"] == "La bûche praliné est de retour."
    assert said["content"]["article"]["source"] == "https://martin.example/buche"
    assert said["content"]["article"]["title"] == "La bûche"
    assert isinstance(network.commit(piece, open_fence()), Published)


def test_a_link_whose_page_says_nothing_is_a_card_with_its_host() -> None:
    said = said_by(speaking, a_piece(BUCHE))

    assert said["content"] == {
        "article": {"source": "https://martin.example/buche", "title": "martin.example"}
    }


def test_a_link_beside_a_picture_stands_in_the_text() -> None:
    content = BUCHE.model_copy(update={"media": (PICTURE,)})

    said = said_by(speaking, a_piece(content, refs=("urn:li:image:1",)))

    assert said["commentary"].endswith("\n\nhttps://martin.example/buche")
    assert said["content"] == {"media": {"id": "urn:li:image:1", "altText": "Le four"}}


def test_a_document_has_a_title() -> None:
    content = TEXT.model_copy(update={"media": (CARTE,), "format": "document"})

    said = said_by(speaking, a_piece(content, refs=("urn:li:document:1",)))

    assert said["content"] == {"media": {"id": "urn:li:document:1", "title": "carte.pdf"}}


@pytest.mark.parametrize(
    ("content", "facts", "told"),
    [
        (FOUR.model_copy(update={"format": "reel"}), {}, "no posts of the format 'reel'"),
        (FOUR, {"reply_to": OLD}, "leave the file out of this part"),
        (FOUR.model_copy(update={"media": (FILM, PICTURE)}), {}, "alone: take the other files out"),
        (
            FOUR.model_copy(update={"media": (PICTURE.model_copy(update={"kind": "image/webp"}),)}),
            {},
            "LinkedIn takes no image/webp",
        ),
    ],
)
def test_what_linkedin_has_no_place_for_is_refused_before_anything_is_sent(
    content: Content, facts: dict[str, Any], told: str
) -> None:
    made = answering(500, {}).prepare(a_piece(content, **facts), TwentyBytes())

    assert isinstance(made, Refused)
    assert told in made.reason


# ---------------------------------------------------------------- uploads
def test_a_film_goes_in_the_parts_that_linkedin_names(server: Server) -> None:
    network = opened(server)

    piece = prepared(network, a_piece(FOUR), TenMegabytes())

    assert isinstance(network.commit(piece, open_fence()), Published)
    assert len(httpx.get(f"{server.url}/files/{piece.refs[0]}").content) == 10_000_000


def test_a_film_of_which_a_part_is_lost_begins_anew(server: Server) -> None:
    network = opened(server)
    server.fault("lost_answer", method="PUT", path="/dms-uploads/*/4194304")

    made = network.prepare(a_piece(FOUR), TenMegabytes())

    assert isinstance(made, NotSent)
    assert isinstance(network.prepare(a_piece(FOUR), TenMegabytes()), Prepared)


def test_a_film_that_takes_too_long_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_UPLOADING", -1.0)

    made = opened(server).prepare(a_piece(FOUR), TwentyBytes())

    assert isinstance(made, NotSent)
    assert made.reason == "LinkedIn takes too long over media/four.mp4"


@pytest.mark.parametrize("file", [FILM, CARTE])
def test_a_file_that_linkedin_is_at_work_on_is_asked_for_and_not_sent_again(file: MediaRef) -> None:
    content = TEXT.model_copy(update={"media": (file,)})
    with running("linkedin", works=0.05) as server:
        network = opened(server)
        begun = network.prepare(a_piece(content), TwentyBytes())
        assert isinstance(begun, Preparing)
        made: object = begun
        while isinstance(made, Preparing):
            made = network.prepare(a_piece(content, refs=begun.refs), TwentyBytes())

    assert begun.retry_after == timedelta(seconds=15)
    assert begun.refs[0].endswith("?")
    assert isinstance(made, Prepared)
    assert made.refs == (begun.refs[0].removesuffix("?"),)


def test_a_file_that_linkedin_cannot_read_is_refused() -> None:
    failed = {"status": "PROCESSING_FAILED", "processingFailureReason": "unsupported format"}

    made = answering(200, failed).prepare(a_piece(FOUR, refs=("urn:li:video:1?",)), TwentyBytes())

    assert isinstance(made, Refused)
    assert "use MP4 or PDF (unsupported format)" in made.reason


def test_who_may_write_and_not_read_takes_it_that_the_file_is_ready() -> None:
    network = answering(403, {"status": 403, "code": "ACCESS_DENIED", "message": "no"}, author=PERSON)

    made = network.prepare(a_piece(FOUR, refs=("urn:li:video:1?",)), TwentyBytes())

    assert isinstance(made, Prepared)
    assert made.refs == ("urn:li:video:1",)


def test_what_has_expired_is_uploaded_again(server: Server) -> None:
    network, content = opened(server), TEXT.model_copy(update={"media": (PICTURE,)})
    first = prepared(network, a_piece(content))

    again = prepared(network, first)

    assert again.refs != first.refs


@pytest.mark.parametrize(
    ("host", "has_it"), [("www.linkedin.com", True), ("linkedin.com.example", False), ("cdn.example", False)]
)
def test_the_access_goes_to_linkedins_own_hosts_alone(host: str, *, has_it: bool) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        value = {"uploadUrl": f"https://{host}/dms-uploads/1", "image": "urn:li:image:1"}
        return httpx.Response(200, json={"value": value})

    speaking(answer).prepare(a_piece(TEXT.model_copy(update={"media": (PICTURE,)})), TwentyBytes())

    assert asked[1].url.host == host
    assert ("authorization" in asked[1].headers) is has_it


# ---------------------------------------------------------------- which post is it?
def a_post(text: str, **facts: Any) -> dict[str, Any]:
    return {"id": URN, "commentary": text, "createdAt": AT, "lastModifiedAt": AT, **facts}


def finding(*posts: dict[str, Any]) -> LinkedIn:
    return answering(200, {"elements": list(posts)})


@pytest.mark.parametrize(
    ("commentary", "text"),
    [
        (r"Pain \(au levain\) {hashtag|\#|bûche}", "Pain (au levain) #bûche"),
        ("Pain (au levain) #bûche", "Pain (au levain) #bûche"),
        ("Un\n\ndeux", "Un\ndeux"),
    ],
)
def test_a_post_is_known_by_its_words_whichever_way_they_are_written(commentary: str, text: str) -> None:
    found = finding(a_post(commentary)).find(a_piece(Content(text=text, language="fr")), NOON)

    assert found == Published(
        remote_id=URN,
        url=f"https://www.linkedin.com/feed/update/{URN}/",
        proof="own feed",
        at=NOON + timedelta(seconds=1),
    )


@pytest.mark.parametrize(
    "post",
    [
        a_post("Autre chose."),
        a_post("Notre four.", content={"media": {"id": "urn:li:image:1"}}),
        a_post("Notre four.", createdAt=AT - 120_000),
    ],
    ids=["other words", "a picture", "before the attempt, and changed since"],
)
def test_another_post_is_not_this_one(post: dict[str, Any]) -> None:
    assert finding(post).find(a_piece(TEXT), NOON) == NotFound()


def test_more_posts_than_are_looked_through_are_a_persons_to_look_at() -> None:
    network = finding(*(a_post("Autre chose.") for _ in range(50)))

    assert isinstance(network.find(a_piece(TEXT), NOON), NotSent)


def test_a_persons_posts_are_not_looked_for() -> None:
    assert answering(500, {}, author=PERSON).find(a_piece(TEXT), NOON) == NotFound()


# ---------------------------------------------------------------- the same words twice
def a_duplicate_of(urn: str) -> dict[str, Any]:
    """The body as Arisamiga/Linkedin-RSS#5 holds it."""
    inner = [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]
    exception = "com.linkedin.content.common.exception.BadRequestResponseException"
    return {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": f"{exception}: Content is a duplicate of {urn}",
        "errorDetails": {"inputErrors": inner},
        "status": 422,
    }


def refusing_as_duplicate(posts: list[dict[str, Any]] | None, urn: str = URN, author: str = PAGE) -> LinkedIn:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(422, json=a_duplicate_of(urn))
        return httpx.Response(503) if posts is None else httpx.Response(200, json={"elements": posts})

    return speaking(answer, author)


@pytest.mark.parametrize(
    ("posts", "kind"),
    [([a_post("Notre four.")], Published), ([], Refused), (None, Unknown)],
    ids=["its page shows it", "its page does not", "its page cannot be read"],
)
def test_words_that_linkedin_has_are_looked_for_on_the_page(
    posts: list[dict[str, Any]] | None, kind: type[Published | Refused | Unknown]
) -> None:
    outcome = refusing_as_duplicate(posts).commit(a_piece(TEXT), open_fence())

    assert isinstance(outcome, kind)


@pytest.mark.parametrize(
    ("urn", "kind", "words"),
    [
        (OLD, Refused, "change the text, or let ten minutes pass"),
        (
            "urn:li:share:{this minute}",
            Unknown,
            "see https://www.linkedin.com/feed/",
        ),
        ("urn:li:person:782bbtaQ", Unknown, "LinkedIn says that it has this post already"),
    ],
    ids=["of another year", "of this minute", "that names no post"],
)
def test_a_person_is_told_by_the_age_of_the_post_that_has_the_words(
    urn: str, kind: type[Refused | Unknown], words: str
) -> None:
    urn = urn.replace("{this minute}", str(int(now().timestamp() * 1000) << 22))

    outcome = refusing_as_duplicate(None, urn, PERSON).commit(a_piece(TEXT), open_fence())

    assert isinstance(outcome, kind)
    assert words in outcome.reason


# ---------------------------------------------------------------- errors, each as LinkedIn writes it
def problem(status: int, code: str = "", message: str = "as LinkedIn says") -> dict[str, Any]:
    return {"status": status, "serviceErrorCode": 100, "message": message, **({"code": code} if code else {})}


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (400, problem(400, "ILLEGAL_ARGUMENT"), "change it (as LinkedIn says)"),
        (400, problem(400, "FIELD_LENGTH_TOO_LONG"), "3,000 characters"),
        (400, problem(400, "MEDIA_ASSET_PROCESSING_FAILED"), "could not read the file"),
        (400, problem(400, "VERSION_MISSING"), "update the program"),
        (401, problem(401, "EXPIRED_ACCESS_TOKEN"), "connect the account again"),
        (401, problem(401, "REVOKED_ACCESS_TOKEN"), "connect the account again"),
        (401, problem(401), "connect the account again"),
        (403, problem(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE"), "administer"),
        (404, problem(404, "NOT_FOUND"), "no longer shows the post"),
        (422, problem(422), "change it (as LinkedIn says)"),
        (422, a_duplicate_of(OLD) | {"errorDetails": None}, "has these very words"),
        (426, problem(426, "NONEXISTENT_VERSION", "Requested version 20251101 is not active"), "update the"),
        (426, problem(426), "update the program"),
    ],
)
def test_a_refusal_says_what_a_person_can_do(status: int, said: dict[str, Any], words: str) -> None:
    outcome = answering(status, said, author=PERSON).commit(a_piece(TEXT), open_fence())

    assert isinstance(outcome, Refused)
    assert words in outcome.reason


@pytest.mark.parametrize("code", ["MEDIA_ASSET_WAITING_UPLOAD", "EXPIRED_UPLOAD_URL"])
def test_a_file_that_is_not_there_yet_puts_the_post_off(code: str) -> None:
    outcome = answering(400, problem(400, code)).commit(a_piece(TEXT), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (409, problem(409, "CONFLICT")),
        (403, {"status": 404, "message": "of another answer"}),
        (400, {"message": "without a status"}),
        (201, {"id": URN}),
    ],
    ids=["a conflict", "a status that is another's", "no envelope", "a success without its header"],
)
def test_what_is_not_on_the_list_proves_nothing(status: int, said: dict[str, Any]) -> None:
    assert isinstance(answering(status, said).commit(a_piece(TEXT), open_fence()), Unknown)


@pytest.mark.parametrize(
    ("message", "wait"),
    [
        ("Resource level throttle APPLICATION DAY limit for calls to this resource is reached.", 6),
        ("Resource level throttle limit for calls to this resource is reached.", 6),
        ("Resource level throttle MEMBER DAY limit for calls to this resource is reached.", 6),
    ],
)
def test_a_limit_of_a_day_lasts_until_midnight_utc(message: str, wait: int) -> None:
    headers = {"Date": "Thu, 03 Dec 2026 18:00:00 GMT"}

    outcome = answering(429, problem(429, "", message), headers).commit(a_piece(TEXT), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(hours=wait)


@pytest.mark.parametrize("said", [problem(429, "", "Too many requests"), None])
def test_any_other_pause_lasts_five_minutes(said: dict[str, Any] | None) -> None:
    outcome = answering(429, said).commit(a_piece(TEXT), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(minutes=5)


# ---------------------------------------------------------------- comments
def test_a_comment_on_a_comment_stands_in_its_thread(server: Server) -> None:
    network = opened(server)
    assert isinstance(network, ReadableLinkedIn)
    post = network.commit(a_piece(TEXT), open_fence())
    assert isinstance(post, Published)
    asked = server.comment(post.remote_id, "À quelle heure ?")
    answer = a_piece(Content(text="À 7 h.", language="fr-FR"), reply_to=asked)

    began = now()
    made, found = network.commit(answer, open_fence()), network.find(answer, began)

    assert isinstance(made, Published)
    assert isinstance(found, Published)
    assert (found.remote_id, found.url) == (made.remote_id, made.url)
    assert network.comments(asked) == Comments()  # our own are not told as others'
    assert network.figures(asked) == PostFigures(likes=0, replies=1)
    assert network.delete(made.remote_id) == Done()
    assert network.find(answer, began) == NotFound()


def test_comments_are_read_page_by_page() -> None:
    one: dict[str, Any] = {
        "$URN": "urn:li:comment:(urn:li:activity:1,2)",
        "actor": "urn:li:person:5",
        "message": {"text": "Oui"},
        "created": {"time": AT},
    }
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, json={"elements": [one] * 100})

    network = speaking(answer)
    assert isinstance(network, ReadableLinkedIn)
    read = network.comments(URN, after="100")

    assert asked[0].params["start"] == "100"
    assert isinstance(read, Comments)
    at = NOON + timedelta(seconds=1)
    assert read.found[0] == Comment(remote_id=one["$URN"], text="Oui", author="urn:li:person:5", at=at)
    assert read.more == "200"


def test_a_comment_without_its_urn_is_named_by_its_thread_and_its_number() -> None:
    said = {"id": "2", "object": "urn:li:activity:1", "message": {"text": "Oui"}}

    outcome = answering(201, said).commit(a_piece(TEXT, reply_to=URN), open_fence())

    assert isinstance(outcome, Published)
    assert outcome.remote_id == "urn:li:comment:(urn:li:activity:1,2)"


# ---------------------------------------------------------------- figures
def test_a_pages_figures_are_read_from_its_statistics() -> None:
    total = {"likeCount": 12, "shareCount": 3, "commentCount": 1, "impressionCount": 900}

    figures = answering(200, {"elements": [{"totalShareStatistics": total}]}).figures(URN)

    assert figures == PostFigures(likes=12, shares=3, replies=1, views=900)


def test_a_persons_figures_are_asked_for_one_by_one() -> None:
    counts = {"REACTION": 12, "COMMENT": 1, "RESHARE": 3, "IMPRESSION": 900}

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.params["entity"] == f"(share:{URN})"
        return httpx.Response(200, json={"elements": [{"count": counts[request.url.params["queryType"]]}]})

    figures = PostFigures(likes=12, shares=3, replies=1, views=900)
    assert speaking(answer, PERSON).figures(URN) == figures


def test_figures_that_nobody_may_read_say_why() -> None:
    figures = answering(403, problem(403, "ACCESS_DENIED"), author=PERSON).figures(URN)

    assert isinstance(figures, NotSent)
    assert "connect the account again" in figures.reason


def test_an_activity_has_no_figures_of_its_own() -> None:
    assert isinstance(answering(200, {}, author=PERSON).figures("urn:li:activity:1"), NotSent)


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        (f"https://www.linkedin.com/feed/update/{URN}/", URN),
        ("https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A12", "urn:li:ugcPost:12"),
        (
            "https://www.linkedin.com/posts/martin_buche-activity-7141138937766391808-abCd",
            "urn:li:activity:7141138937766391808",
        ),
        ("https://www.linkedin.com/company/martin", None),
        ("https://example.com/feed/update/urn:li:share:12", None),
    ],
)
def test_an_address_tells_the_urn_of_a_post(url: str, remote_id: str | None) -> None:
    assert remote_id_in("linkedin", url) == remote_id


@pytest.mark.parametrize(
    ("number", "at"),
    [
        ("7141138937766391808", datetime(2023, 12, 14, 18, 56, 38, tzinfo=UTC)),
        # A comment whose created.time was recorded beside it: 1691743122924.
        ("7095684947448897536", datetime(2023, 8, 11, 8, 38, 42, tzinfo=UTC)),
    ],
)
def test_an_id_holds_the_time_at_which_it_was_made(number: str, at: datetime) -> None:
    assert module._made_at(number).replace(microsecond=0) == at
