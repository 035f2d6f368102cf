"""A local receiver of webhooks: it verifies, keeps, and shows what it was sent."""

import base64
import binascii
import hmac
import threading
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, Unauthorized, UnprocessableEntity

from parution.sandbox import pages
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now

SIGNING_KEY = "whsec_" + base64.b64encode(b"parution-sandbox-signing-key").decode()

_TOLERANCE = 300  # seconds between the sender's clock and ours, as the specification's libraries have it
_LARGEST_MESSAGE = 32 * 1024 * 1024


class Receiver:
    """What was received, behind one lock."""

    def __init__(self, *, deduplicates: bool, clock: Clock, journal: Journal) -> None:
        self._deduplicates, self._clock, self._journal = deduplicates, clock, journal
        self._lock = threading.Lock()
        self.posts: list[dict[str, Any]] = []
        self.media: dict[str, tuple[bytes, str]] = {}

    def publish(self, message_id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Keep a post, or give the one that this webhook-id made, where it deduplicates."""
        with self._lock:
            if self._deduplicates and (made := self._find(message_id)):
                return made
            if missing := [one["id"] for one in data["media"] if one["id"] not in self.media]:
                raise UnprocessableEntity(f"unknown media: {', '.join(missing)}")
            now = self._clock()
            post = {"id": f"post-{len(self.posts) + 1}", "message": message_id, "at": now.isoformat(), **data}
            self.posts.append(post)
            self._journal.record("post", post["id"], now, key=message_id, text=data["text"])
            return post

    def find(self, message_id: str) -> dict[str, Any] | None:
        with self._lock:
            return self._find(message_id)

    def _find(self, message_id: str) -> dict[str, Any] | None:
        return next((post for post in self.posts if post["message"] == message_id), None)

    def keep(self, data: dict[str, Any]) -> str:
        with self._lock:
            self.media[data["sha256"]] = (base64.b64decode(data["base64"]), data["kind"])
            return str(data["sha256"])


def secrets(
    url: str, *, signing_key: str = SIGNING_KEY, deduplicates: bool = False
) -> dict[str, dict[str, str]]:
    """Give the secret with which the connector reaches the receiver."""
    return {
        "receiver": {
            "url": f"{url}/",
            "signing_key": signing_key,
            "lookup_url": f"{url}/posts/by-message/{{id}}",
            "deduplicates": str(deduplicates).lower(),
        }
    }


def create_app(
    *, signing_key: str = SIGNING_KEY, deduplicates: bool = False, clock: Clock = utc_now
) -> Flask:
    """Make the receiver: messages go to ``/``, lookups to ``/posts/by-message/{id}``."""
    journal, faults = Journal(), Faults()
    receiver = Receiver(deduplicates=deduplicates, clock=clock, journal=journal)
    key = base64.b64decode(signing_key.removeprefix("whsec_"))
    app = Flask("parution-sandbox-webhook")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_MESSAGE
    app.register_blueprint(control(faults, journal))
    app.register_error_handler(HTTPException, lambda error: (jsonify(error=error.description), error.code))
    _serve(app, receiver, key, clock)
    _serve_people(app, receiver)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _serve(app: Flask, receiver: Receiver, key: bytes, clock: Clock) -> None:
    @app.post("/")
    def receive() -> tuple[Response, int]:
        message_id = _verified(key, clock())
        message = request.get_json()
        try:
            match message["type"]:
                case "media.prepare":
                    return jsonify(id=receiver.keep(message["data"])), 201
                case "post.publish":
                    post = receiver.publish(message_id, message["data"])
                    return jsonify(_made(post)), 201
        except (KeyError, TypeError, binascii.Error) as error:
            raise BadRequest("the message lacks what its type needs") from error
        raise BadRequest("no such type of message")

    @app.get("/posts/by-message/<message_id>")
    def look_up(message_id: str) -> Response:
        _verified(key, clock())
        post = receiver.find(message_id)
        if post is None:
            raise NotFound("no post came with this webhook-id")
        return jsonify(_made(post))


def _made(post: dict[str, Any]) -> dict[str, str]:
    return {"id": post["id"], "url": f"{request.host_url}posts/{post['id']}"}


def _verified(key: bytes, now: datetime) -> str:
    """Give the webhook-id of a message that is signed and fresh."""
    headers = request.headers
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not sent_at.isdecimal():
        raise Unauthorized("webhook-id and webhook-timestamp are needed")
    if abs(now.timestamp() - int(sent_at)) > _TOLERANCE:
        raise Unauthorized("the message is too old, or from the future")
    digest = hmac.digest(key, f"{message_id}.{sent_at}.".encode() + request.get_data(), "sha256")
    expected = f"v1,{base64.b64encode(digest).decode()}"
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
        raise Unauthorized("no signature matches")
    return message_id


def _serve_people(app: Flask, receiver: Receiver) -> None:
    @app.get("/")
    def received() -> Response:
        return pages.received(receiver.posts[::-1])

    @app.get("/posts/<post_id>")
    def permalink(post_id: str) -> Response:
        chosen = [post for post in receiver.posts if post["id"] == post_id]
        if not chosen:
            raise NotFound("no such post")
        return pages.received(chosen)

    @app.get("/media/<digest>")
    def file(digest: str) -> Response:
        if digest not in receiver.media:
            raise NotFound("no such file")
        data, kind = receiver.media[digest]
        return pages.sealed(Response(data, mimetype=kind))
