import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from parution.networks import mastodon
from parution.networks.mastodon import Mastodon
from parution.publishing.content import Content
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    Comment,
    Comments,
    Done,
    Guarantee,
    NotFound,
    NotSent,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.transport import open_client
from tests.builders import a_piece, open_fence
from tests.networks.accounts import BUCHE, VITRINE, MediaInMemory, OnlyInRanges, a_status

SENT_AT = datetime(2026, 12, 3, 7, 0, tzinfo=UTC)
HTML_PAGE = "<html><body>Attention Required! | Firewall</body></html>"

# Bodies as app/controllers/concerns/api/error_handling.rb, doorkeeper and config/locales/en.yml make them.
REFUSALS = {
    401: {"error": "The access token is invalid"},
    403: {"error": "This action is outside the authorized scopes"},
    404: {"error": "Record not found"},
    410: {"error": "This action is not allowed"},
    422: {"error": "Validation failed: Text character limit of 500 exceeded"},
}
THROTTLED = httpx.Response(
    429,
    json={"error": "Too many requests"},
    headers={
        "Date": "Thu, 03 Dec 2026 07:00:00 GMT",
        "X-RateLimit-Limit": "300",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "2026-12-03T07:05:00.000000Z",
    },
)


class Instance:
    """A scripted instance that remembers what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        return self.answers.pop(0)


def account(handler: Callable[[httpx.Request], httpx.Response]) -> Mastodon:
    client = open_client(httpx.MockTransport(handler))
    return Mastodon(client, "https://masto.example", "canary-token", pause=lambda _: None)


def failing(error: type[httpx.RequestError]) -> Mastodon:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error("Bearer canary-token", request=request)

    return account(handler)


def answering(status: int, body: Any) -> Mastodon:
    return account(
        lambda _: httpx.Response(status, content=body if isinstance(body, str) else json.dumps(body))
    )


# ---------------------------------------------------------------- commit
def test_a_status_is_posted_once_with_its_key_language_and_link() -> None:
    instance = Instance(httpx.Response(200, json=a_status()))

    outcome = account(instance).commit(a_piece(BUCHE), open_fence())

    (request,) = instance.asked
    assert outcome == Published(
        remote_id="115000000000000001",
        url="https://masto.example/@martin/115000000000000001",
        proof="answer",
        at=datetime(2026, 12, 3, 7, 0, 0, 412000, tzinfo=UTC),
    )
    assert (request.method, str(request.url)) == ("POST", "https://masto.example/api/v1/statuses")
    assert request.headers["Idempotency-Key"] == "key-1"
    assert request.headers["Authorization"] == "Bearer canary-token"
    assert json.loads(request.content) == {
        "status": "La bûche praliné est de retour.\n\nhttps://martin.example/buche",
        "language": "fr",
        "visibility": "public",
    }


def test_the_media_prepared_are_attached() -> None:
    instance = Instance(httpx.Response(200, json=a_status()))

    account(instance).commit(a_piece(VITRINE, refs=("22", "23")), open_fence())

    assert json.loads(instance.asked[0].content)["media_ids"] == ["22", "23"]


def test_each_status_on_the_allow_list_has_its_fixture() -> None:
    assert REFUSALS.keys() == mastodon._REFUSALS.keys()


@pytest.mark.parametrize("status", REFUSALS)
def test_what_the_api_refuses_is_refused_in_words_to_act_on(status: int) -> None:
    outcome = answering(status, REFUSALS[status]).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Refused)
    assert outcome.reason.endswith(f"({REFUSALS[status]['error']})")


def test_a_token_that_no_longer_works_tells_what_to_do() -> None:
    outcome = answering(401, REFUSALS[401]).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(
        "Mastodon no longer accepts this access token: connect the account again"
    )


@pytest.mark.parametrize("status", REFUSALS)
def test_a_page_of_something_in_front_of_the_api_proves_nothing(status: int) -> None:
    outcome = answering(status, HTML_PAGE).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize(
    "status", [301, 307, 400, 402, 405, 406, 408, 409, 418, 425, 500, 502, 503, 504, 520]
)
def test_a_status_that_is_not_on_the_allow_list_proves_nothing(status: int) -> None:
    outcome = answering(status, {"error": "Something went wrong"}).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize("body", ["", "{", HTML_PAGE, "[]", {}, {"id": 7}, {"id": "7"}, "null"])
def test_a_success_that_cannot_be_read_proves_nothing(body: Any) -> None:
    outcome = answering(200, body).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Unknown)


def test_throttling_is_proven_to_come_before_any_effect_and_says_until_when() -> None:
    outcome = account(Instance(THROTTLED)).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(minutes=5)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout])
def test_a_failure_before_the_first_byte_is_not_sent(error: type[httpx.RequestError]) -> None:
    assert isinstance(failing(error).commit(a_piece(BUCHE), open_fence()), NotSent)


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError]
)
def test_a_failure_after_it_is_unknown(error: type[httpx.RequestError]) -> None:
    assert isinstance(failing(error).commit(a_piece(BUCHE), open_fence()), Unknown)


def test_a_server_that_echoes_the_token_is_not_quoted_on_it() -> None:
    outcome = answering(422, {"error": "you sent Bearer canary-token"}).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Refused)
    assert "canary" not in outcome.reason


# ---------------------------------------------------------------- prepare
def test_a_picture_is_uploaded_with_its_alternative_text() -> None:
    instance = Instance(httpx.Response(200, json={"id": "22", "url": "https://masto.example/22.png"}))

    prepared = account(instance).prepare(a_piece(VITRINE), MediaInMemory())

    (request,) = instance.asked
    assert prepared == Prepared(refs=("22",))
    assert request.url.path == "/api/v2/media"
    assert b'name="file"; filename="vitrine.png"' in request.content
    assert b"Content-Type: image/png" in request.content
    assert "Une vitrine illuminée".encode() in request.content


def test_a_film_is_read_in_ranges_as_it_is_sent() -> None:
    instance = Instance(httpx.Response(200, json={"id": "22", "url": "https://masto.example/22.mp4"}))

    prepared = account(instance).prepare(a_piece(VITRINE), OnlyInRanges())

    (request,) = instance.asked
    assert prepared == Prepared(refs=("22",))
    assert 9_000_000 < int(request.headers["content-length"]) < 9_001_000


def test_a_text_needs_no_preparation() -> None:
    assert account(Instance()).prepare(a_piece(BUCHE), MediaInMemory()) == Prepared()


def test_a_video_is_waited_for_until_it_is_usable() -> None:
    in_work = {"id": "22", "url": None}
    instance = Instance(
        httpx.Response(202, json=in_work),
        httpx.Response(206, json=in_work),
        httpx.Response(200, json={"id": "22", "url": "https://masto.example/22.mp4"}),
    )

    prepared = account(instance).prepare(a_piece(VITRINE), MediaInMemory())

    assert prepared == Prepared(refs=("22",))
    assert [request.url.path for request in instance.asked[1:]] == ["/api/v1/media/22"] * 2


def test_a_video_that_takes_too_long_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "_PREPARE", 0.0)
    in_work = {"id": "22", "url": None}
    instance = Instance(httpx.Response(202, json=in_work), httpx.Response(206, json=in_work))

    outcome = account(instance).prepare(a_piece(VITRINE), MediaInMemory())

    assert isinstance(outcome, Preparing)
    assert outcome.refs == ("22",)


def test_what_was_uploaded_before_is_waited_for_and_not_sent_again() -> None:
    instance = Instance(httpx.Response(200, json={"id": "22", "url": "https://masto.example/22.mp4"}))

    prepared = account(instance).prepare(a_piece(VITRINE, refs=("22",)), MediaInMemory())

    assert prepared == Prepared(refs=("22",))
    assert [request.method for request in instance.asked] == ["GET"]


@pytest.mark.parametrize("status", [401, 403, 413, 422])
def test_an_upload_that_is_refused_refuses_the_post(status: int) -> None:
    outcome = answering(status, {"error": "no"}).prepare(a_piece(VITRINE), MediaInMemory())

    assert isinstance(outcome, Refused)


@pytest.mark.parametrize("status", [403, 429, 500, 502, 503])
def test_an_upload_that_fails_otherwise_is_done_again_later(status: int) -> None:
    outcome = answering(status, HTML_PAGE).prepare(a_piece(VITRINE), MediaInMemory())

    assert isinstance(outcome, NotSent)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_an_upload_whose_answer_was_lost_is_done_again_later(error: type[httpx.RequestError]) -> None:
    assert isinstance(failing(error).prepare(a_piece(VITRINE), MediaInMemory()), NotSent)


# ---------------------------------------------------------------- find
def feed(*pages: list[dict[str, Any]]) -> Instance:
    me = httpx.Response(200, json={"id": "1000"})
    return Instance(me, *(httpx.Response(200, json=page) for page in pages))


def finding(content: Content, *pages: list[dict[str, Any]]) -> Published | NotFound | NotSent:
    return account(feed(*pages, [])).find(a_piece(content), SENT_AT)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Un.\nDeux.\n\nTrois.", "<p>Un.<br />Deux.</p><p>Trois.</p>"),
        ("Un.\r\n\r\n\r\n  Deux. ", "<p>Un.</p><p>Deux.</p>"),
        ('Pain & beurre < 3 € "vrai"', "<p>Pain &amp; beurre &lt; 3 € &quot;vrai&quot;</p>"),
        ("Il est l'heure !", "<p>Il est l&#39;heure\u202f!</p>"),
        ("e\u0301te\u0301", "<p>été</p>"),
        ("On y va #Noël2026 !", '<p>On y va <a href="https://m.example/tags/No%C3%ABl2026" class="mention hashtag" rel="tag">#<span>Noël2026</span></a> !</p>'),
        (
            "Merci @lea@autre.example et @tom.",
            '<p>Merci <span class="h-card" translate="no"><a href="https://autre.example/@lea" class="u-url mention">@<span>lea</span></a></span> et <span class="h-card"><a href="https://m.example/@tom" class="u-url mention">@<span>tom</span></a></span>.</p>',
        ),
        (
            "Voir https://www.martin.example/recettes/buche-praline?utm_source=masto&x=1 ici",
            '<p>Voir <a href="https://www.martin.example/recettes/buche-praline?utm_source=masto&amp;x=1" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span><span class="ellipsis">martin.example/recettes/buche-</span><span class="invisible">praline?utm_source=masto&amp;x=1</span></a> ici</p>',
        ),
        (
            "Court : https://martin.example",
            '<p>Court : <a href="https://martin.example" target="_blank"><span class="invisible">https://</span><span class="">martin.example</span><span class="invisible"></span></a></p>',
        ),
    ],
)  # fmt: skip
def test_a_status_is_recognised_in_the_html_it_became(text: str, html: str) -> None:
    found = finding(Content(text=text, language="fr"), [a_status(html)])

    assert isinstance(found, Published)
    assert found.proof == "own feed"


@pytest.mark.parametrize(
    "shown",
    [
        a_status("<p>La bûche praliné est de retour</p>"),
        a_status("<p>La bûche praliné est de retour. Vite !</p>"),
        a_status("<p>La Bûche praliné est de retour.</p>"),
        a_status(media_attachments=[{"id": "22"}]),
        a_status(created_at="2026-12-03T06:58:59.000Z"),
    ],
)
def test_another_text_other_media_or_an_earlier_time_is_another_post(shown: dict[str, Any]) -> None:
    content = Content(text="La bûche praliné est de retour.", language="fr")

    assert finding(content, [shown]) == NotFound()


def test_a_clock_that_is_a_minute_off_hides_nothing() -> None:
    content = Content(text="La bûche praliné est de retour.", language="fr")

    assert isinstance(finding(content, [a_status(created_at="2026-12-03T06:59:01.000Z")]), Published)


def test_of_two_equal_posts_the_older_one_is_the_attempts() -> None:
    content = Content(text="La bûche praliné est de retour.", language="fr")
    later = a_status(id="115000000000000009", created_at="2026-12-03T07:05:00.000Z")

    found = finding(content, [later, a_status()])

    assert isinstance(found, Published)
    assert found.remote_id == "115000000000000001"


def test_the_same_words_the_next_morning_are_another_post() -> None:
    content = Content(text="La bûche praliné est de retour.", language="fr")
    tomorrow = a_status(id="115000000000000009", created_at="2026-12-04T07:00:00.000Z")

    assert finding(content, [tomorrow]) == NotFound()


def test_the_effect_of_the_last_attempt_under_the_key_is_within_reach() -> None:
    content = Content(text="La bûche praliné est de retour.", language="fr")

    assert isinstance(finding(content, [a_status(created_at="2026-12-03T07:56:00.000Z")]), Published)


def test_the_feed_is_read_page_by_page_back_to_the_attempt() -> None:
    content = Content(text="La bûche praliné est de retour.", language="fr")
    later = [
        a_status("<p>Autre.</p>", id=str(115000000000000900 - number), created_at="2026-12-03T10:00:00.000Z")
        for number in range(40)
    ]
    instance = feed(later, [a_status()], [])

    found = account(instance).find(a_piece(content), SENT_AT)

    assert isinstance(found, Published)
    queries = [dict(request.url.params) for request in instance.asked[1:]]
    assert queries[0] == {"exclude_reblogs": "true", "limit": "40"}
    assert queries[1] == {"exclude_reblogs": "true", "limit": "40", "max_id": "115000000000000861"}


def test_a_feed_that_never_reaches_back_to_the_attempt_is_no_proof_of_absence() -> None:
    busy = [a_status("<p>Autre.</p>", created_at="2026-12-03T10:00:00.000Z")]

    assert isinstance(finding(BUCHE, *[busy] * 10), NotSent)


def test_a_feed_that_cannot_be_read_is_no_proof_of_absence() -> None:
    for instance in (
        Instance(httpx.Response(401, json=REFUSALS[401])),
        Instance(httpx.Response(200, json={"id": "1000"}), httpx.Response(503, text="busy")),
        Instance(httpx.Response(200, json={"id": "1000"}), httpx.Response(200, text=HTML_PAGE)),
        Instance(THROTTLED),
    ):
        assert isinstance(account(instance).find(a_piece(BUCHE), SENT_AT), NotSent)
    assert isinstance(failing(httpx.ReadTimeout).find(a_piece(BUCHE), SENT_AT), NotSent)


# ---------------------------------------------------------------- figures, guarantee
def test_likes_boosts_and_replies_are_read() -> None:
    shown = a_status(favourites_count=12, reblogs_count=3, replies_count=0)

    figures = answering(200, shown).figures("115000000000000001")

    assert figures == PostFigures(likes=12, shares=3, replies=0)


def test_a_deleted_status_has_no_figures() -> None:
    assert answering(404, REFUSALS[404]).figures("115000000000000001") == NotFound()


@pytest.mark.parametrize(
    ("status", "body"), [(404, HTML_PAGE), (500, "{}"), (200, "{}"), (401, REFUSALS[401])]
)
def test_figures_that_cannot_be_read_are_asked_for_later(status: int, body: Any) -> None:
    assert isinstance(answering(status, body).figures("115000000000000001"), NotSent)


def test_a_second_attempt_waits_for_the_first_and_comes_while_the_key_lives() -> None:
    network = account(Instance())

    assert network.guarantee is Guarantee.KEYED
    assert network.key_lives is not None
    assert timedelta(seconds=60) < network.settling < network.key_lives < timedelta(hours=1)


# ---------------------------------------------------------------- what stands below, and what goes away
def below(number: str, account_id: str, on: str, of: str, text: str) -> dict[str, Any]:
    writer = {"id": account_id, "acct": f"someone-{account_id}@other.example"}
    facts = {"id": number, "account": writer, "in_reply_to_id": on, "in_reply_to_account_id": of}
    return a_status(text, **facts)


def test_what_others_write_is_read_at_any_depth_and_our_own_is_left_out() -> None:
    descendants = [
        below("21", "7", "20", "1", "<p>À quelle heure ouvrez-vous&nbsp;?<br />Merci</p>"),
        below("22", "1", "21", "7", "<p>À sept heures.</p>"),
        below("23", "8", "22", "1", "<p>Super</p>"),
    ]
    instance = Instance(httpx.Response(200, json={"ancestors": [], "descendants": descendants}))

    read = account(instance).comments("20")

    at = datetime(2026, 12, 3, 7, 0, 0, 412_000, tzinfo=UTC)
    assert instance.asked[0].url.path == "/api/v1/statuses/20/context"
    assert read == Comments(
        found=(
            Comment(
                remote_id="21",
                text="À quelle heure ouvrez-vous\xa0?\nMerci",
                author="someone-7@other.example",
                at=at,
            ),
            Comment(remote_id="23", text="Super", author="someone-8@other.example", at=at),
        )
    )


def test_a_status_is_deleted_once() -> None:
    instance = Instance(
        httpx.Response(200, json=a_status()), httpx.Response(404, json={"error": "Record not found"})
    )
    opened = account(instance)

    assert [opened.delete("20"), opened.delete("20")] == [Done(), NotFound()]
    assert [(one.method, one.url.path) for one in instance.asked] == [("DELETE", "/api/v1/statuses/20")] * 2


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(403, json=REFUSALS[403]), Refused),
        (THROTTLED, NotSent),
        (httpx.Response(404, text=HTML_PAGE), NotSent),
        (httpx.Response(502, text=HTML_PAGE), NotSent),
    ],
    ids=["a scope is missing", "throttled", "a firewall's page", "a gateway's page"],
)
def test_a_status_that_could_not_be_deleted_is_there_still(answer: httpx.Response, outcome: type) -> None:
    assert isinstance(account(Instance(answer)).delete("20"), outcome)
    assert isinstance(account(Instance(answer)).comments("20"), NotSent)
