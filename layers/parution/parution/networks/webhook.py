"""Webhook: a signed POST to any receiver, by the Standard Webhooks specification 1.0.0."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import BaseModel

from parution.credentials import Credentials
from parution.networks.rate_headers import left
from parution.networks.terms import Offer, Terms
from parution.publishing.content import MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Guarantee,
    Media,
    NotFound,
    NotSent,
    Outcome,
    Piece,
    PostFigures,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.rates import Limit
from parution.transport import Answer, Lost, Unsent, exchange, parsed, wait_asked

# The specification recommends 15 to 30 s for a sender; the larger, because a receiver may publish meanwhile.
_COMMIT = httpx.Timeout(30.0, connect=5.0)
_UPLOAD = httpx.Timeout(15.0, connect=5.0)
_READ = httpx.Timeout(15.0, connect=5.0)
_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=5)

# A receiver that says no with one of these did nothing; docs/networks.md tells receivers so.
_REFUSALS = {
    400: "does not understand the post",
    401: "does not accept the signature: store the signing key again",
    403: "does not allow this",
    404: "is not at this address any more: check the url in the secret",
    410: "is gone for good: remove the channel, or store another url in the secret",
    413: "takes nothing as large as this",
    415: "does not take this kind of content",
    422: "does not take this post: change it",
}
_NOT_FOUND, _TOO_MANY = 404, 429

# A receiver that says that it deduplicates keeps a webhook-id for a day (docs/networks.md).
_KEY_LIVES = timedelta(hours=23)


class _Made(BaseModel):
    id: str | int | None = None
    url: str | None = None


def connect(name: str, values: Mapping[str, str], client: httpx.Client) -> "Webhook":
    """Open a receiver with `{"url", "signing_key"}`, and at will `lookup_url` and `deduplicates`.

    Raises NoSuchSecret.
    """
    secret = Credentials(
        name, values, required=("url", "signing_key"), optional=("lookup_url", "deduplicates")
    )
    lookup_url = secret.url("lookup_url")
    if lookup_url and "{id}" not in lookup_url:
        raise secret.wrong("lookup_url", "must hold {id}, the place of the webhook-id")
    return Webhook(
        client,
        secret.url("url") or "",
        secret.signing_key("signing_key"),
        lookup_url=lookup_url,
        deduplicates=secret.flag("deduplicates"),
    )


class Webhook:
    """One receiver. What it offers against doubles is what its secret says of it."""

    # A receiver may still be at work when our patience ends; then it has as long again.
    settling = timedelta(minutes=1)
    limits: tuple[Limit, ...] = ()  # the specification knows none

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        signing_key: bytes,
        *,
        lookup_url: str | None = None,
        deduplicates: bool = False,
    ) -> None:
        self._client, self._url, self._key, self._lookup_url = client, url, signing_key, lookup_url
        self.key_lives = _KEY_LIVES if deduplicates else None
        self.guarantee = (
            Guarantee.KEYED if deduplicates else Guarantee.READABLE if lookup_url else Guarantee.BLIND
        )

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Refused | NotSent:
        """Send each file ahead as a message of its own, so that the post's message stays small.

        A file's webhook-id is the hash of its bytes: sent twice, it is the same file.
        """
        ids = []
        for ref in piece.content.media:
            data = media.read(ref)
            reply = self._post(f"media-{_digest(data)}", "media.prepare", _file(ref, data), _UPLOAD)
            if not isinstance(reply, Answer) or not httpx.codes.is_success(reply.status):
                return self._not_prepared(reply)
            ids.append(_remote_id(reply, otherwise=_digest(data)))
        return Prepared(refs=tuple(ids))

    def _not_prepared(self, reply: Answer | Unsent | Lost) -> Refused | NotSent:
        # Nothing here is public, so that whatever is not a refusal may simply be done again.
        if not isinstance(reply, Answer):
            return NotSent(reason=reply.reason, retry_after=_SOON)
        return self._refusal(reply) or self._wait(reply)

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Send the post; the idempotency key is its webhook-id."""
        key, post = piece.key, _post(piece)
        fence.cross(_written(post), marker=f"webhook-id: {key}")
        reply = self._post(key, "post.publish", post, _COMMIT)
        match reply:
            case Unsent():
                return NotSent(reason=reply.reason, retry_after=_SOON)
            case Lost():
                return Unknown(reason=reply.reason)
            case Answer(status) if httpx.codes.is_success(status):
                return _published(reply, key, proof="answer")
            case Answer(status) if status == _TOO_MANY:
                return self._wait(reply)
            case Answer(status):
                return self._refusal(reply) or Unknown(
                    reason=f"{self._host} answered {status}, which does not say what became of the post"
                )

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:  # noqa: ARG002 (it is asked by key alone)
        """Ask the receiver by webhook-id, where its secret says how; otherwise nothing can be found."""
        if self._lookup_url is None:
            return NotFound()
        key = piece.key
        request = self._signed("GET", self._lookup_url.replace("{id}", key), key, b"", _READ)
        reply = exchange(self._client, request)
        match reply:
            case Answer(httpx.codes.OK):
                return _published(reply, key, proof="lookup")
            case Answer(status) if status == _NOT_FOUND:
                return NotFound()
            case Answer(status) if status in _REFUSALS:
                reason = f"{self._host} answered {status} to the lookup: check the lookup_url in the secret"
                return NotSent(reason=reason, retry_after=_LATER)
            case Answer():
                return self._wait(reply)
            case Unsent() | Lost():
                return NotSent(reason=reply.reason, retry_after=_SOON)

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:  # noqa: ARG002 (a receiver counts nothing)
        """Give no figure: the specification knows none."""
        return PostFigures()

    # ---------------------------------------------------------------- what every call shares
    @property
    def _host(self) -> str:
        return httpx.URL(self._url).host

    def _post(
        self, message_id: str, kind: str, data: Mapping[str, Any], timeout: httpx.Timeout
    ) -> Answer | Unsent | Lost:
        payload = {"type": kind, "timestamp": datetime.now(UTC).isoformat(), "data": data}
        request = self._signed("POST", self._url, message_id, _written(payload), timeout)
        return exchange(self._client, request)

    def _signed(
        self, method: str, url: str, message_id: str, body: bytes, timeout: httpx.Timeout
    ) -> httpx.Request:
        sent_at = str(int(datetime.now(UTC).timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": sent_at,
            "webhook-signature": signature(self._key, message_id, sent_at, body),
        }
        return self._client.build_request(method, url, headers=headers, content=body, timeout=timeout)

    def _refusal(self, answer: Answer) -> Refused | None:
        words = _REFUSALS.get(answer.status)
        return Refused(reason=f"{self._host} {words} (it answered {answer.status})") if words else None

    def _wait(self, answer: Answer) -> NotSent:
        wait = wait_asked(answer, otherwise=_SOON)
        reason = f"{self._host} answered {answer.status}"
        return NotSent(reason=reason, retry_after=wait, left=left(answer, datetime.now(UTC)))


TERMS = Terms(
    (Guarantee.KEYED, Guarantee.READABLE, Guarantee.BLIND),
    Webhook.settling,
    _KEY_LIVES,
    Webhook.limits,
    kinds=("text", "link", "picture", "pictures", "film"),
    offers=frozenset({Offer.ANSWERS}),
)


def remote_id_in(url: str) -> None:
    """Give none: what a receiver calls a post cannot be told from its address."""


def signature(key: bytes, message_id: str, sent_at: str, body: bytes) -> str:
    """Sign `id.timestamp.body` with HMAC-SHA256: the specification's scheme v1."""
    signed = b".".join((message_id.encode(), sent_at.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _written(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _file(ref: MediaRef, data: bytes) -> dict[str, Any]:
    # In JSON, because the specification's libraries verify and parse text; the third that base64 adds
    # is paid once, ahead of time, and never in the message that has an instant to keep.
    return {
        "sha256": _digest(data),
        "name": ref.key.rsplit("/", 1)[-1],
        "kind": ref.kind,
        "base64": base64.b64encode(data).decode(),
    }


def _post(piece: Piece) -> dict[str, Any]:
    content = piece.content
    return {
        "text": content.text,
        "link": content.link,
        "language": content.language,
        "format": content.format,
        "tags": list(content.tags),
        "media": [
            {"id": remote_id, "kind": ref.kind, "alt": ref.alt}
            for remote_id, ref in zip(piece.refs, content.media, strict=True)
        ],
        **({"reply_to": piece.reply_to} if piece.reply_to else {}),
    }


def _remote_id(answer: Answer, otherwise: str) -> str:
    made = parsed(_Made, answer)
    return str(made.id) if made and made.id is not None else otherwise


def _published(answer: Answer, key: str, proof: str) -> Published:
    made = parsed(_Made, answer)
    url = made.url if made and made.url and made.url.startswith(("https://", "http://")) else None
    told = left(answer, datetime.now(UTC))
    return Published(remote_id=_remote_id(answer, otherwise=key), url=url, proof=proof, left=told)
