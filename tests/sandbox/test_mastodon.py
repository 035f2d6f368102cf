import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from parution.sandbox.mastodon import create_app

NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
MARTIN = {"Authorization": "Bearer martin-token"}
LEA = {"Authorization": "Bearer lea-token"}


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> FlaskClient:
    accounts = {"martin-token": "boulangerie-martin", "lea-token": "lea"}
    return create_app(accounts=accounts, clock=clock).test_client()


def post(client: FlaskClient, text: str = "Bonjour.", key: str | None = None, **facts: Any) -> TestResponse:
    headers = MARTIN | ({"Idempotency-Key": key} if key else {})
    return client.post("/api/v1/statuses", json={"status": text, **facts}, headers=headers)


def upload(
    client: FlaskClient, data: bytes = b"picture", kind: str = "image/png", **form: str
) -> TestResponse:
    file = FileStorage(BytesIO(data), filename="a", content_type=kind)
    return client.post("/api/v2/media", data={"file": file, **form}, headers=MARTIN)


def own(client: FlaskClient, query: str = "", headers: dict[str, str] = MARTIN) -> list[str]:
    answer = client.get(f"/api/v1/accounts/1000/statuses?{query}", headers=headers)
    return [re.sub("<.*?>", "", status["content"]) for status in answer.get_json()]


# ---------------------------------------------------------------- accounts and tokens
def test_a_token_opens_its_own_account(client: FlaskClient) -> None:
    me = client.get("/api/v1/accounts/verify_credentials", headers=LEA).get_json()

    assert (me["id"], me["username"]) == ("1001", "lea")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "martin"}])
def test_without_a_right_token_nothing_is_published(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/v1/statuses", json={"status": "Bonjour."}, headers=headers)

    assert answer.status_code == 401
    assert set(answer.get_json()) == {"error"}
    assert own(client) == []


# ---------------------------------------------------------------- statuses
def test_a_status_is_posted_as_json_or_as_a_form(client: FlaskClient) -> None:
    media = upload(client).get_json()["id"]
    form = {"status": "Formulaire.", "media_ids[]": [media], "language": "fr", "sensitive": "true"}

    post(client, "JSON.")
    made = client.post("/api/v1/statuses", data=form, headers=MARTIN).get_json()

    assert own(client) == ["Formulaire.", "JSON."]
    assert [one["id"] for one in made["media_attachments"]] == [media]
    assert (made["language"], made["sensitive"], made["visibility"]) == ("fr", True, "public")
    assert made["created_at"] == "2026-12-03T12:00:00.000Z"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "Validation failed: Text can't be blank"),
        (" \n ", "Validation failed: Text can't be blank"),
        ("x" * 501, "Validation failed: Text character limit of 500 exceeded"),
        ("x" * 478 + " https://a.fr", "Validation failed: Text character limit of 500 exceeded"),
    ],
)
def test_an_empty_or_too_long_text_is_refused(client: FlaskClient, text: str, error: str) -> None:
    answer = post(client, text)

    assert (answer.status_code, answer.get_json()) == (422, {"error": error})


def test_an_address_counts_23_however_long_it_is(client: FlaskClient) -> None:
    assert post(client, "x" * 476 + " https://a.fr/" + "y" * 400).status_code == 200


@pytest.mark.parametrize("body", ["[]", "null", "{", '"text"'])
def test_a_body_that_is_no_status_is_refused(client: FlaskClient, body: str) -> None:
    answer = client.post("/api/v1/statuses", data=body, headers=MARTIN | {"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert own(client) == []


def test_an_unknown_visibility_is_refused(client: FlaskClient) -> None:
    assert post(client, visibility="friends").status_code == 422


def test_a_private_status_is_for_its_author_alone(client: FlaskClient) -> None:
    made = post(client, "Entre nous.", visibility="private").get_json()

    assert own(client) == ["Entre nous."]
    assert own(client, headers=LEA) == []
    assert client.get(f"/api/v1/statuses/{made['id']}", headers=LEA).status_code == 404
    assert "Entre nous." not in client.get("/").text


# ---------------------------------------------------------------- idempotency
def test_a_key_gives_back_the_status_it_made_for_an_hour(client: FlaskClient, clock: Clock) -> None:
    first = post(client, key="key-1").get_json()["id"]
    clock.now += timedelta(minutes=59)
    within = post(client, "Autre texte.", key="key-1").get_json()["id"]
    clock.now += timedelta(minutes=1)
    after = post(client, key="key-1").get_json()["id"]

    assert first == within
    assert after != first


def test_a_key_whose_request_was_refused_is_free(client: FlaskClient) -> None:
    post(client, "", key="key-1")

    assert post(client, "Bonjour.", key="key-1").status_code == 200


def test_a_key_belongs_to_its_account(client: FlaskClient) -> None:
    post(client, key="key-1")

    client.post("/api/v1/statuses", json={"status": "De Léa."}, headers=LEA | {"Idempotency-Key": "key-1"})

    assert "De Léa." in client.get("/").text


def test_a_replay_with_media_attached_already_is_still_a_replay(client: FlaskClient) -> None:
    media = upload(client).get_json()["id"]

    first, second = (post(client, key="key-1", media_ids=[media]).get_json() for _ in range(2))

    assert first["id"] == second["id"]


# ---------------------------------------------------------------- media
def test_a_picture_is_ready_at_once_and_served(client: FlaskClient) -> None:
    answer = upload(client, description="Une bûche")

    media = answer.get_json()
    assert answer.status_code == 200
    assert (media["type"], media["description"]) == ("image", "Une bûche")
    served = client.get(httpx.URL(media["url"]).path)
    assert (served.data, served.mimetype) == (b"picture", "image/png")


def test_a_video_is_worked_on_first(client: FlaskClient, clock: Clock) -> None:
    answer = upload(client, kind="video/mp4")
    media_id = answer.get_json()["id"]

    early = post(client, media_ids=[media_id])
    polled = client.get(f"/api/v1/media/{media_id}", headers=MARTIN).status_code
    clock.now += timedelta(seconds=1)
    later = client.get(f"/api/v1/media/{media_id}", headers=MARTIN).status_code

    assert (answer.status_code, polled, later) == (202, 206, 200)
    assert early.get_json()["error"].startswith("Cannot attach files that have not finished processing")
    assert post(client, media_ids=[media_id]).status_code == 200


def test_media_are_attached_once_and_only_by_their_owner(client: FlaskClient) -> None:
    media_id = upload(client).get_json()["id"]
    body = {"status": "Volé.", "media_ids": [media_id]}

    stolen = client.post("/api/v1/statuses", json=body, headers=LEA)
    first, second = post(client, media_ids=[media_id]), post(client, media_ids=[media_id])

    assert (stolen.status_code, first.status_code, second.status_code) == (422, 200, 422)
    assert second.get_json()["error"] == f"Media {media_id} not found or already attached to another post"


def test_a_picture_alone_is_a_status(client: FlaskClient) -> None:
    assert post(client, "", media_ids=[upload(client).get_json()["id"]]).status_code == 200


def test_five_pictures_or_a_video_among_pictures_are_refused(client: FlaskClient, clock: Clock) -> None:
    pictures = [upload(client).get_json()["id"] for _ in range(5)]
    video = upload(client, kind="video/mp4").get_json()["id"]
    clock.now += timedelta(seconds=1)

    assert post(client, media_ids=pictures).get_json()["error"] == "Cannot attach more than 4 files"
    assert "video" in post(client, media_ids=[pictures[0], video]).get_json()["error"]


@pytest.mark.parametrize("kind", ["text/html", "application/pdf"])
def test_a_file_that_is_no_medium_is_refused(client: FlaskClient, kind: str) -> None:
    assert upload(client, kind=kind).status_code == 422


def test_an_upload_without_a_file_is_refused(client: FlaskClient) -> None:
    assert client.post("/api/v2/media", data={"description": "x"}, headers=MARTIN).status_code == 422


# ---------------------------------------------------------------- paging
@pytest.fixture
def five(client: FlaskClient, clock: Clock) -> list[str]:
    ids = []
    for number in range(1, 6):
        clock.now += timedelta(minutes=1)
        ids.append(post(client, f"n{number}").get_json()["id"])
    return ids


def test_own_statuses_come_newest_first(client: FlaskClient, five: list[str]) -> None:
    assert own(client) == ["n5", "n4", "n3", "n2", "n1"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("limit=2", ["n5", "n4"]),
        ("max_id={2}&limit=2", ["n2", "n1"]),
        ("since_id={2}", ["n5", "n4"]),
        ("since_id={0}&limit=2", ["n5", "n4"]),
        ("min_id={0}&limit=2", ["n3", "n2"]),
        ("max_id=nonsense&limit=0", ["n5"]),
    ],
)
def test_a_page_is_cut_as_asked(client: FlaskClient, five: list[str], query: str, shown: list[str]) -> None:
    assert own(client, query.format(*five)) == shown


def test_the_link_header_leads_to_the_next_page(client: FlaskClient, five: list[str]) -> None:
    answer = client.get("/api/v1/accounts/1000/statuses?limit=2", headers=MARTIN)

    older = re.search(r'<http://localhost(.*?)>; rel="next"', answer.headers["Link"])
    assert older
    assert own(client, older[1].split("?")[1]) == ["n3", "n2", "n1"]


# ---------------------------------------------------------------- rates
def test_after_so_many_requests_in_five_minutes_it_asks_for_a_pause(clock: Clock) -> None:
    client = create_app(accounts={"martin-token": "martin"}, clock=clock, rate_limit=2).test_client()
    clock.now = NOON + timedelta(minutes=2)

    answers = [post(client) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["X-RateLimit-Remaining"] for one in answers] == ["1", "0", "0"]
    assert answers[2].headers["X-RateLimit-Reset"] == "2026-12-03T12:05:00.000000Z"
    assert answers[2].get_json() == {"error": "Too many requests"}

    clock.now = NOON + timedelta(minutes=5)

    assert post(client).status_code == 200


# ---------------------------------------------------------------- engagement
def counts(client: FlaskClient, status_id: str) -> tuple[int, int, int]:
    status = client.get(f"/api/v1/statuses/{status_id}").get_json()
    return status["favourites_count"], status["reblogs_count"], status["replies_count"]


def test_engagement_starts_at_nothing_grows_and_never_shrinks(client: FlaskClient, clock: Clock) -> None:
    made = post(client).get_json()["id"]
    seen = [counts(client, made)]
    for _ in range(24):
        clock.now += timedelta(hours=1)
        seen.append(counts(client, made))

    assert seen[0] == (0, 0, 0)
    assert seen[-1][0] > 0
    for number in range(3):
        series = [one[number] for one in seen]
        assert series == sorted(series)


def test_engagement_is_the_same_in_every_run_of_the_same_seed(clock: Clock) -> None:
    def gathered(seed: int) -> tuple[int, int, int]:
        clock.now = NOON
        client = create_app(accounts={"martin-token": "martin"}, clock=clock, seed=seed).test_client()
        made = post(client).get_json()["id"]
        clock.now += timedelta(days=3)
        return counts(client, made)

    assert gathered(seed=1) == gathered(seed=1)
    assert len({gathered(seed) for seed in range(5)}) > 1


def test_a_faster_pace_brings_the_same_sooner(clock: Clock) -> None:
    client = create_app(accounts={"martin-token": "martin"}, clock=clock, pace=3600).test_client()
    made = post(client).get_json()["id"]

    clock.now += timedelta(seconds=24)

    assert counts(client, made)[0] > 0


# ---------------------------------------------------------------- for people
def test_the_timeline_shows_each_post_with_its_pictures(client: FlaskClient) -> None:
    media = upload(client, description='Une "bûche"').get_json()["id"]
    made = post(client, "Bonjour <b>Annecy</b>.", media_ids=[media]).get_json()

    page = client.get("/").text

    assert "Bonjour &lt;b&gt;Annecy&lt;/b&gt;." in page
    assert 'alt="Une &#34;bûche&#34;"' in page
    assert "@boulangerie-martin" in page
    assert made["url"] in page


def test_the_pages_hold_no_script_and_ask_nothing_of_anybody_else(client: FlaskClient) -> None:
    post(client, "Voir https://elsewhere.example/x.png", media_ids=[upload(client).get_json()["id"]])

    for path in ("/", "/@boulangerie-martin"):
        answer = client.get(path)
        assert "<script" not in answer.text
        assert re.findall(r'(?:src|srcset|data|poster)="(?!http://localhost/)', answer.text) == []
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_permalink_of_a_status_shows_it_alone(client: FlaskClient) -> None:
    made = post(client, "Bonjour.").get_json()
    post(client, "Bonsoir.")

    page = client.get(httpx.URL(made["url"]).path).text

    assert "Bonjour." in page
    assert "Bonsoir." not in page
    assert client.get("/@lea/1").status_code == 404


def test_an_uploaded_drawing_cannot_run_anything(client: FlaskClient) -> None:
    media = upload(client, b"<svg onload='alert(1)'/>", kind="image/svg+xml").get_json()

    answer = client.get(httpx.URL(media["url"]).path)

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# ---------------------------------------------------------------- answers
def test_an_answer_stands_below_the_status_that_it_answers(client: FlaskClient) -> None:
    first = post(client, "Bonjour.").get_json()

    second = post(client, "Encore.", in_reply_to_id=first["id"]).get_json()

    assert (second["in_reply_to_id"], second["in_reply_to_account_id"]) == (
        first["id"],
        first["account"]["id"],
    )


def test_nothing_can_answer_a_status_that_is_not_there(client: FlaskClient) -> None:
    answer = post(client, "Encore.", in_reply_to_id="1")

    assert (answer.status_code, answer.get_json()) == (
        404,
        {"error": "The post you are trying to reply to does not appear to exist."},
    )


# ---------------------------------------------------------------- the ground truth
def test_the_journal_tells_each_status_that_was_made_and_no_replay(client: FlaskClient) -> None:
    made = post(client, "Bonjour.", key="key-1").get_json()["id"]
    post(client, "Bonjour.", key="key-1")
    post(client, "")

    assert client.get("/_sandbox/events").get_json()["events"] == [
        {
            "at": "2026-12-03T12:00:00Z",
            "effect": "status",
            "id": made,
            "facts": {
                "account": "boulangerie-martin",
                "key": "key-1",
                "text": "Bonjour.",
                "media": 0,
                "in_reply_to_id": None,
            },
        }
    ]


def test_the_instance_tells_its_limits(client: FlaskClient) -> None:
    limits = client.get("/api/v2/instance").get_json()["configuration"]["statuses"]

    assert limits == {
        "max_characters": 500,
        "max_media_attachments": 4,
        "characters_reserved_per_url": 23,
    }
