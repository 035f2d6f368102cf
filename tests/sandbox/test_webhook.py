import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from parution.sandbox.webhook import SIGNING_KEY, create_app

NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
KEY = base64.b64decode(SIGNING_KEY.removeprefix("whsec_"))
POST: dict[str, Any] = {
    "text": "Bonjour.",
    "link": None,
    "language": "fr",
    "format": None,
    "tags": [],
    "media": [],
}
PICTURE = {
    "sha256": "abc",
    "name": "a.png",
    "kind": "image/png",
    "base64": base64.b64encode(b"picture").decode(),
}


@pytest.fixture
def client() -> FlaskClient:
    return create_app(clock=lambda: NOON).test_client()


def signed(message_id: str, body: bytes, sent_at: datetime = NOON, key: bytes = KEY) -> dict[str, str]:
    stamp = str(int(sent_at.timestamp()))
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        "Content-Type": "application/json",
    }


def send(
    client: FlaskClient, message_id: str, data: Any, kind: str = "post.publish", **how: Any
) -> TestResponse:
    body = json.dumps({"type": kind, "timestamp": NOON.isoformat(), "data": data}).encode()
    return client.post("/", data=body, headers=signed(message_id, body, **how))


def count(client: FlaskClient) -> int:
    return len(client.get("/_sandbox/events").get_json()["events"])


def test_a_signed_post_is_taken_and_shown(client: FlaskClient) -> None:
    answer = send(client, "key-1", POST)

    assert answer.status_code == 201
    assert answer.get_json() == {"id": "post-1", "url": "http://localhost/posts/post-1"}
    assert "Bonjour." in client.get("/").text
    assert "Bonjour." in client.get("/posts/post-1").text


@pytest.mark.parametrize(
    "how",
    [
        {"key": b"another-key-of-24-bytes!"},
        {"sent_at": NOON - timedelta(seconds=301)},
        {"sent_at": NOON + timedelta(seconds=301)},
    ],
)
def test_a_wrong_signature_or_an_old_message_is_refused(client: FlaskClient, how: dict[str, Any]) -> None:
    assert send(client, "key-1", POST, **how).status_code == 401
    assert count(client) == 0


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_header_of_the_standard_is_needed(client: FlaskClient, header: str) -> None:
    headers = signed("key-1", b"{}")
    del headers[header]

    assert client.post("/", data=b"{}", headers=headers).status_code == 401


def test_a_body_that_was_changed_on_the_way_is_refused(client: FlaskClient) -> None:
    assert client.post("/", data=b'{"type": "x"}', headers=signed("key-1", b"{}")).status_code == 401


def test_one_of_several_signatures_is_enough(client: FlaskClient) -> None:
    body = json.dumps({"type": "post.publish", "data": POST}).encode()
    headers = signed("key-1", body)
    headers["webhook-signature"] = f"v1,b2xk {headers['webhook-signature']} v1a,bmV3"

    assert client.post("/", data=body, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("post.delete", POST),
        ("post.publish", {}),
        ("post.publish", None),
        ("media.prepare", {"sha256": "abc"}),
    ],
)
def test_a_message_that_it_does_not_understand_is_refused(
    client: FlaskClient, kind: str, data: object
) -> None:
    assert send(client, "key-1", data, kind).status_code == 400
    assert count(client) == 0


def test_a_file_sent_ahead_is_shown_with_the_post_that_names_it(client: FlaskClient) -> None:
    send(client, "media-abc", PICTURE, "media.prepare")
    post = POST | {"media": [{"id": "abc", "kind": "image/png", "alt": "Une bûche"}]}

    assert send(client, "key-1", post).status_code == 201
    assert 'alt="Une bûche"' in client.get("/").text
    assert client.get("/media/abc").data == b"picture"


def test_a_post_that_names_a_file_never_sent_is_refused(client: FlaskClient) -> None:
    post = POST | {"media": [{"id": "abc", "kind": "image/png", "alt": None}]}

    assert send(client, "key-1", post).status_code == 422
    assert count(client) == 0


@pytest.mark.parametrize(("deduplicates", "posts"), [(True, 1), (False, 2)])
def test_a_message_that_comes_twice_is_one_post_where_it_deduplicates(
    *, deduplicates: bool, posts: int
) -> None:
    client = create_app(clock=lambda: NOON, deduplicates=deduplicates).test_client()

    first, second = send(client, "key-1", POST), send(client, "key-1", POST)

    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.get_json() == second.get_json()) is deduplicates
    assert count(client) == posts


def test_a_post_is_looked_up_by_its_webhook_id(client: FlaskClient) -> None:
    send(client, "key-1", POST)

    def look_up(message_id: str, headers: dict[str, str]) -> int:
        return client.get(f"/posts/by-message/{message_id}", headers=headers).status_code

    assert look_up("key-1", signed("key-1", b"")) == 200
    assert look_up("key-2", signed("key-2", b"")) == 404
    assert look_up("key-1", {}) == 401


def test_the_page_holds_no_script_and_escapes_what_it_was_sent(client: FlaskClient) -> None:
    send(client, "key-1", POST | {"text": "<script>alert(1)</script>", "tags": ["<b>"]})

    page = client.get("/")

    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
