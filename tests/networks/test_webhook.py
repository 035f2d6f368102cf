import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from parution.errors import NoSuchSecret
from parution.networks import webhook
from parution.networks.webhook import Webhook, connect, signature
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    Guarantee,
    NotFound,
    NotSent,
    PostFigures,
    Published,
    Refused,
    Unknown,
)
from parution.transport import open_client
from tests.builders import a_piece, open_fence
from tests.networks.accounts import BUCHE, PICTURE, VITRINE, MediaInMemory

KEY = b"a-signing-key-of-24-byte"
SENT_AT = datetime(2026, 12, 3, 7, 0, tzinfo=UTC)
LOOKUP = "https://hook.example/posts/{id}"


class Receiver:
    """A scripted receiver that remembers what it was sent."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        return self.answers.pop(0)


def hook(
    handler: Callable[[httpx.Request], httpx.Response],
    *,
    lookup_url: str | None = None,
    deduplicates: bool = False,
) -> Webhook:
    client = open_client(httpx.MockTransport(handler))
    return Webhook(client, "https://hook.example/in", KEY, lookup_url=lookup_url, deduplicates=deduplicates)


def answering(status: int, lookup_url: str | None = None) -> Webhook:
    return hook(lambda _: httpx.Response(status, json={"error": "no"}), lookup_url=lookup_url)


def failing(error: type[httpx.RequestError]) -> Webhook:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error("whsec_canary", request=request)

    return hook(handler, lookup_url=LOOKUP)


# ---------------------------------------------------------------- the signature
def test_the_signature_is_the_one_of_the_specifications_own_example() -> None:
    # standardwebhooks 1.0.0, libraries/python/tests/test_webhooks.py
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_post_is_signed_over_its_id_its_time_and_its_bytes() -> None:
    receiver = Receiver(httpx.Response(200))

    hook(receiver).commit(a_piece(BUCHE), open_fence())

    (request,) = receiver.asked
    sent_at = request.headers["webhook-timestamp"]
    expected = hmac.digest(KEY, f"key-1.{sent_at}.".encode() + request.content, "sha256")
    assert request.headers["webhook-id"] == "key-1"
    assert abs(datetime.now(UTC).timestamp() - int(sent_at)) < 5
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"


# ---------------------------------------------------------------- commit
def test_the_body_tells_the_post_and_nothing_about_the_brand() -> None:
    receiver = Receiver(httpx.Response(200))
    content = BUCHE.model_copy(update={"tags": ("noel",), "format": "post"})

    hook(receiver).commit(a_piece(content), open_fence())

    body = json.loads(receiver.asked[0].content)
    assert body["type"] == "post.publish"
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is UTC
    assert body["data"] == {
        "text": "La bûche praliné est de retour.",
        "link": "https://martin.example/buche",
        "language": "fr-FR",
        "format": "post",
        "tags": ["noel"],
        "media": [],
    }


@pytest.mark.parametrize(
    ("answer", "remote_id", "url"),
    [
        (
            httpx.Response(200, json={"id": "p-7", "url": "https://blog.example/7"}),
            "p-7",
            "https://blog.example/7",
        ),
        (httpx.Response(201, json={"id": 7, "url": "javascript:alert(1)"}), "7", None),
        (httpx.Response(202, json={"ok": True}), "key-1", None),
        (httpx.Response(204), "key-1", None),
        (httpx.Response(200, text="thanks"), "key-1", None),
    ],
)
def test_every_success_is_the_receivers_yes(answer: httpx.Response, remote_id: str, url: str | None) -> None:
    outcome = hook(Receiver(answer)).commit(a_piece(BUCHE), open_fence())

    assert outcome == Published(remote_id=remote_id, url=url, proof="answer")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 415, 422])
def test_what_is_on_the_allow_list_is_refused_in_words_to_act_on(status: int) -> None:
    outcome = answering(status).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Refused)
    assert outcome.reason == f"hook.example {webhook._REFUSALS[status]} (it answered {status})"


def test_the_allow_list_holds_nothing_that_is_not_tried() -> None:
    assert webhook._REFUSALS.keys() == {400, 401, 403, 404, 410, 413, 415, 422}


@pytest.mark.parametrize("status", [301, 302, 307, 308, 402, 405, 408, 409, 418, 425, 500, 502, 503, 504])
def test_what_is_not_on_it_proves_nothing(status: int) -> None:
    assert isinstance(answering(status).commit(a_piece(BUCHE), open_fence()), Unknown)


def test_an_overloaded_receiver_proves_nothing_even_when_it_says_when_to_come_back() -> None:
    receiver = Receiver(httpx.Response(503, headers={"Retry-After": "7"}))

    assert isinstance(hook(receiver).commit(a_piece(BUCHE), open_fence()), Unknown)


def test_throttling_comes_before_any_effect() -> None:
    receiver = Receiver(httpx.Response(429, headers={"Retry-After": "7"}))

    outcome = hook(receiver).commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (httpx.ConnectError, NotSent),
        (httpx.ConnectTimeout, NotSent),
        (httpx.ReadTimeout, Unknown),
        (httpx.ReadError, Unknown),
        (httpx.RemoteProtocolError, Unknown),
    ],
)
def test_only_a_failure_before_the_first_byte_is_not_sent(
    error: type[httpx.RequestError], outcome: type[NotSent | Unknown]
) -> None:
    assert isinstance(failing(error).commit(a_piece(BUCHE), open_fence()), outcome)


# ---------------------------------------------------------------- prepare
def test_a_file_goes_ahead_in_a_message_of_its_own_named_by_its_hash() -> None:
    receiver = Receiver(httpx.Response(201, json={"id": "m-1"}), httpx.Response(200))
    network = hook(receiver)

    prepared = network.prepare(a_piece(VITRINE), MediaInMemory())
    assert isinstance(prepared, Prepared)
    network.commit(a_piece(VITRINE, refs=prepared.refs), open_fence())

    digest = hashlib.sha256(PICTURE).hexdigest()
    ahead, post = (json.loads(request.content) for request in receiver.asked)
    assert receiver.asked[0].headers["webhook-id"] == f"media-{digest}"
    assert ahead["type"] == "media.prepare"
    assert ahead["data"] == {
        "sha256": digest,
        "name": "vitrine.png",
        "kind": "image/png",
        "base64": base64.b64encode(PICTURE).decode(),
    }
    assert post["data"]["media"] == [{"id": "m-1", "kind": "image/png", "alt": "Une vitrine illuminée"}]


def test_a_receiver_that_names_no_file_gets_it_named_by_hash() -> None:
    prepared = hook(Receiver(httpx.Response(204))).prepare(a_piece(VITRINE), MediaInMemory())

    assert isinstance(prepared, Prepared)
    assert prepared.refs == (hashlib.sha256(PICTURE).hexdigest(),)


@pytest.mark.parametrize(
    ("status", "outcome"), [(413, Refused), (415, Refused), (429, NotSent), (500, NotSent), (302, NotSent)]
)
def test_a_file_that_is_not_taken_is_refused_or_sent_again_later(
    status: int, outcome: type[Refused | NotSent]
) -> None:
    assert isinstance(answering(status).prepare(a_piece(VITRINE), MediaInMemory()), outcome)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout])
def test_a_file_whose_answer_was_lost_is_sent_again_later(error: type[httpx.RequestError]) -> None:
    assert isinstance(failing(error).prepare(a_piece(VITRINE), MediaInMemory()), NotSent)


# ---------------------------------------------------------------- find, figures
def test_a_lookup_is_signed_and_asks_for_the_webhook_id() -> None:
    receiver = Receiver(httpx.Response(200, json={"id": "p-7"}))

    found = hook(receiver, lookup_url=LOOKUP).find(a_piece(BUCHE), SENT_AT)

    (request,) = receiver.asked
    signed = hmac.digest(KEY, f"key-1.{request.headers['webhook-timestamp']}.".encode(), "sha256")
    assert found == Published(remote_id="p-7", proof="lookup")
    assert (request.method, str(request.url)) == ("GET", "https://hook.example/posts/key-1")
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"


@pytest.mark.parametrize(
    ("status", "found"),
    [(404, NotFound), (401, NotSent), (410, NotSent), (429, NotSent), (500, NotSent), (302, NotSent)],
)
def test_only_a_plain_no_means_that_nothing_is_there(status: int, found: type[NotFound | NotSent]) -> None:
    assert isinstance(answering(status, lookup_url=LOOKUP).find(a_piece(BUCHE), SENT_AT), found)


def test_a_lookup_whose_answer_was_lost_is_asked_again() -> None:
    assert isinstance(failing(httpx.ReadTimeout).find(a_piece(BUCHE), SENT_AT), NotSent)


def test_without_a_lookup_nothing_can_be_found_and_nothing_is_asked() -> None:
    receiver = Receiver()

    assert hook(receiver).find(a_piece(BUCHE), SENT_AT) == NotFound()
    assert receiver.asked == []


def test_a_receiver_counts_nothing() -> None:
    assert hook(Receiver()).figures("p-7") == PostFigures()


# ---------------------------------------------------------------- the guarantee
@pytest.mark.parametrize(
    ("facts", "guarantee", "resendable"),
    [
        ({}, Guarantee.BLIND, False),
        ({"deduplicates": "false"}, Guarantee.BLIND, False),
        ({"lookup_url": LOOKUP}, Guarantee.READABLE, False),
        ({"deduplicates": "true"}, Guarantee.KEYED, True),
        ({"deduplicates": "true", "lookup_url": LOOKUP}, Guarantee.KEYED, True),
    ],
)
def test_the_guarantee_is_what_the_secret_says_of_the_receiver(
    facts: dict[str, str], guarantee: Guarantee, *, resendable: bool
) -> None:
    secret = {"url": "https://hook.example/in", "signing_key": f"whsec_{base64.b64encode(KEY).decode()}"}

    network = connect("hook", secret | facts, open_client(httpx.MockTransport(Receiver())))

    assert network.guarantee is guarantee
    assert (network.key_lives is not None) is resendable


def test_a_lookup_address_must_hold_the_place_of_the_id() -> None:
    secret = {"url": "https://hook.example/in", "signing_key": f"whsec_{base64.b64encode(KEY).decode()}"}

    with pytest.raises(NoSuchSecret, match=r"'lookup_url' must hold \{id\}"):
        connect("hook", secret | {"lookup_url": "https://hook.example/posts"}, open_client())
