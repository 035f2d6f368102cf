"""Mastodon: any instance, and the servers that speak its API."""

import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import AwareDatetime, BaseModel, RootModel

from parution.credentials import Credentials
from parution.networks.rate_headers import left
from parution.networks.terms import Offer, Terms
from parution.networks.uploads import opened
from parution.publishing.content import MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Comment,
    Comments,
    Done,
    Guarantee,
    Media,
    NotFound,
    NotSent,
    Outcome,
    Piece,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.rates import Limit
from parution.transport import Answer, Lost, Unsent, exchange, parsed, wait_asked

# Making a status is one database transaction and its distribution is queued (post_status_service.rb), so
# that 30 s is far above its worst time; with prepare's bound and the hold it stays below a function's 60 s.
_COMMIT = httpx.Timeout(30.0, connect=5.0)
_READ = httpx.Timeout(15.0, connect=5.0)
_PREPARE = 20.0  # seconds for all uploads together
_POLL_EVERY = 1.0  # seconds between two looks at a video in work

# What the API says about itself: https://docs.joinmastodon.org/methods/accounts/#statuses (limit).
_PAGE = 40
_PAGES = 10  # 400 posts since the attempt: on an account that posts more, a person looks

_SKEW = timedelta(seconds=60)  # the instance's clock against ours
_KEY_LIVES, _SETTLING = timedelta(minutes=55), timedelta(seconds=90)
_REACH = _KEY_LIVES + _SETTLING + _SKEW  # after the first attempt, the latest effect of the last
_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=5)
_RATE_WINDOW = timedelta(minutes=5)  # https://docs.joinmastodon.org/api/rate-limits/

# Statuses with which the API refuses before it does anything, each with a fixture in the tests; they count
# only with the API's own {"error": …}, so that a firewall's page in front of it proves nothing.
_REFUSALS = {
    401: "Mastodon no longer accepts this access token: connect the account again",
    403: "Mastodon does not allow this account to do that: check its standing and the token's scopes"
    " (write:statuses, write:media)",
    404: "Mastodon does not find what the post refers to",
    410: "What the post refers to is gone from Mastodon",
    422: "Mastodon does not take this post: change it",
}
_TOO_LARGE = 413  # answered by the web server in front, before the API, and only to uploads
_NOT_FOUND, _TOO_MANY = 404, 429


class _Error(BaseModel):
    error: str


class _Media(BaseModel):
    id: str


class _Made(BaseModel):
    id: str
    created_at: AwareDatetime
    url: str | None = None


class _Status(_Made):
    content: str
    media_attachments: list[Any]
    in_reply_to_id: str | None = None


class _Statuses(RootModel[list[_Status]]):
    pass


class _Writer(BaseModel):
    id: str
    acct: str


class _Below(_Status):
    account: _Writer
    in_reply_to_account_id: str | None = None


class _Context(BaseModel):
    descendants: list[_Below]


class _Gone(BaseModel):
    id: str


class _Figures(BaseModel):
    favourites_count: int
    reblogs_count: int
    replies_count: int


class _Account(BaseModel):
    id: str


def connect(name: str, values: Mapping[str, str], client: httpx.Client) -> "Mastodon":
    """Open an account with `{"base_url", "access_token"}`. Raises NoSuchSecret."""
    secret = Credentials(name, values, required=("base_url", "access_token"))
    return Mastodon(client, secret.base_url("base_url"), secret.token("access_token"))


class Mastodon:
    """One account on one instance."""

    guarantee = Guarantee.KEYED
    # The key is stored once the status is made, under a lock only in newer versions: a second request must
    # not overlap the first, which lives at most 60 s behind nginx's default; the rest is for lagging reads.
    settling = _SETTLING
    # Keys are kept for an hour (methods/statuses.md; redis.setex 3_600), less a margin for clocks and queues.
    key_lives: timedelta | None = _KEY_LIVES
    # 300 calls in five minutes are far more than anybody posts; its headers tell when they run out.
    limits: tuple[Limit, ...] = ()

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        access_token: str,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._base_url, self._token, self._pause = client, base_url, access_token, pause

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Upload the media with their alternative texts, and wait a bounded time until they are usable.

        What was uploaded by an earlier call is not sent again.
        """
        until, ids, in_work = time.monotonic() + _PREPARE, list(piece.refs), list(piece.refs)
        for ref in piece.content.media[len(ids) :]:
            uploaded = self._upload(ref, media, until)
            if not isinstance(uploaded, Answer) or not (made := _as(_Media, uploaded)):
                return self._not_prepared(uploaded)
            ids.append(made.id)
            if uploaded.status != httpx.codes.OK:  # 202 says that it is still in work
                in_work.append(made.id)
        for media_id in in_work:
            reply = self._processed(media_id, until)
            if reply is None:
                reason = "Mastodon is still at work on the media"
                return Preparing(refs=tuple(ids), reason=reason, retry_after=_SOON)
            if not _as(_Media, reply):
                return self._not_prepared(reply)
        return Prepared(refs=tuple(ids))

    def _upload(self, ref: MediaRef, media: Media, until: float) -> Answer | Unsent | Lost:
        patience = max(1.0, until - time.monotonic())
        return self._send(
            "POST",
            "/api/v2/media",
            timeout=httpx.Timeout(patience, connect=5.0),
            files={"file": (ref.key.rsplit("/", 1)[-1], opened(media, ref), ref.kind)},
            data={"description": ref.alt} if ref.alt else {},
        )

    def _processed(self, media_id: str, until: float) -> Answer | Unsent | Lost | None:
        """Ask until it is no longer in work (206); None when our patience ends before that."""
        while True:
            reply = self._send("GET", f"/api/v1/media/{media_id}", timeout=_READ)
            if not isinstance(reply, Answer) or reply.status != httpx.codes.PARTIAL_CONTENT:
                return reply
            if time.monotonic() > until:
                return None
            self._pause(_POLL_EVERY)

    def _not_prepared(self, reply: Answer | Unsent | Lost) -> Refused | NotSent:
        # Nothing here is public, so that whatever is not a refusal may simply be done again.
        if not isinstance(reply, Answer):
            return NotSent(reason=reply.reason, retry_after=_SOON)
        if reply.status == _TOO_LARGE:
            return Refused(reason="This instance of Mastodon takes no file as large as this one")
        return self._refusal(reply) or self._wait(reply)

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Post the status under an idempotency key; a replay gives back the status of the first time."""
        status = {
            "status": piece.content.body,
            "language": _language(piece.content.language),
            "visibility": "public",
            **({"media_ids": list(piece.refs)} if piece.refs else {}),
            **({"in_reply_to_id": piece.reply_to} if piece.reply_to else {}),
        }
        request = self._request(
            "POST",
            "/api/v1/statuses",
            timeout=_COMMIT,
            headers={"Idempotency-Key": piece.key},
            json=status,
        )
        fence.cross(request.content, marker=f"own feed: {piece.content.hash}")
        reply = exchange(self._client, request)
        match reply:
            case Unsent():
                return NotSent(reason=reply.reason, retry_after=_SOON)
            case Lost():
                return Unknown(reason=reply.reason)
            case Answer():
                return self._outcome(reply)

    def _outcome(self, answer: Answer) -> Outcome:
        if answer.status == httpx.codes.OK and (made := parsed(_Made, answer)):
            told = left(answer, datetime.now(UTC))
            return Published(remote_id=made.id, url=made.url, proof="answer", at=made.created_at, left=told)
        if answer.status == _TOO_MANY:
            return self._wait(answer)
        return self._refusal(answer) or Unknown(
            reason=f"Mastodon answered {answer.status} without saying what became of the post"
        )

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Look through the account's own statuses for the one that shows this content."""
        found: _Status | None = None
        for page in self._own_statuses(since - _SKEW):
            if isinstance(page, NotSent):
                return page
            # Of several the oldest: it is the nearest to the attempt. What came after the last attempt's own
            # time is another post with the same words: the bakery says every morning that the oven is hot.
            shown = (one for one in reversed(page) if one.created_at < since + _REACH and _shows(one, piece))
            found = next(shown, found)
        if found is None:
            return NotFound()
        return Published(remote_id=found.id, url=found.url, proof="own feed", at=found.created_at)

    def _own_statuses(self, since: datetime) -> Iterator[list[_Status] | NotSent]:
        account = self._account_id()
        if isinstance(account, NotSent):
            yield account
            return
        query = {"exclude_reblogs": "true", "limit": str(_PAGE)}
        for _ in range(_PAGES):
            reply = self._send("GET", f"/api/v1/accounts/{account}/statuses", timeout=_READ, params=query)
            page = _as(_Statuses, reply)
            if page is None:
                yield self._not_read(reply)
                return
            yield [one for one in page.root if one.created_at >= since]
            if not page.root or page.root[-1].created_at < since:
                return
            query["max_id"] = page.root[-1].id
        yield NotSent(reason="too many statuses since then to look through", retry_after=_LATER)

    def _account_id(self) -> str | NotSent:
        reply = self._send("GET", "/api/v1/accounts/verify_credentials", timeout=_READ)
        account = _as(_Account, reply)
        return account.id if account else self._not_read(reply)

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read favourites, boosts and replies; Mastodon counts no views."""
        reply = self._send("GET", f"/api/v1/statuses/{remote_id}", timeout=_READ)
        if figures := _as(_Figures, reply):
            return PostFigures(
                likes=figures.favourites_count,
                shares=figures.reblogs_count,
                replies=figures.replies_count,
            )
        return NotFound() if _is_gone(reply) else self._not_read(reply)

    # ---------------------------------------------------------------- what stands below, and what goes away
    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:  # noqa: ARG002 (it is told at once)
        """Read what others wrote below a status, at any depth, the oldest first."""
        reply = self._send("GET", f"/api/v1/statuses/{remote_id}/context", timeout=_READ)
        context = _as(_Context, reply)
        if context is None:
            return NotFound() if _is_gone(reply) else self._not_read(reply)
        below = context.descendants
        # Whoever is answered by what stands right below the status is who wrote the status: ourselves.
        ours = {one.in_reply_to_account_id for one in below if one.in_reply_to_id == remote_id}
        return Comments(found=tuple(_read(one) for one in below if one.account.id not in ours))

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Delete a status for good; other instances are told, and may take their time."""
        reply = self._send("DELETE", f"/api/v1/statuses/{remote_id}", timeout=_READ)
        if _as(_Gone, reply):
            return Done()
        return NotFound() if _is_gone(reply) else self._not_prepared(reply)

    # ---------------------------------------------------------------- what every call shares
    def _send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **parts: Any
    ) -> Answer | Unsent | Lost:
        return exchange(self._client, self._request(method, path, headers, **parts))

    def _request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **parts: Any
    ) -> httpx.Request:
        credentials = {"Authorization": f"Bearer {self._token}"}
        return self._client.build_request(
            method, self._base_url + path, headers={**credentials, **(headers or {})}, **parts
        )

    def _refusal(self, answer: Answer) -> Refused | None:
        error = parsed(_Error, answer)
        if error is None or answer.status not in _REFUSALS:
            return None
        return Refused(reason=f"{_REFUSALS[answer.status]} ({self._quoted(error.error)})")

    def _wait(self, answer: Answer) -> NotSent:
        if answer.status == _TOO_MANY:
            wait = wait_asked(answer, otherwise=_RATE_WINDOW)
            reason = "Mastodon asks for a pause: too many requests"
            return NotSent(reason=reason, retry_after=wait, left=left(answer, datetime.now(UTC)))
        reason = f"Mastodon answered {answer.status}"
        return NotSent(reason=reason, retry_after=wait_asked(answer, otherwise=_SOON))

    def _not_read(self, reply: Answer | Unsent | Lost) -> NotSent:
        if not isinstance(reply, Answer):
            return NotSent(reason=reply.reason, retry_after=_SOON)
        refusal = self._refusal(reply)
        return NotSent(reason=refusal.reason, retry_after=_LATER) if refusal else self._wait(reply)

    def _quoted(self, text: str) -> str:
        """Cut the server's own words to size; one that echoes the token is not quoted on that."""
        return text.replace(self._token, "…")[:200]


TERMS = Terms(
    (Mastodon.guarantee,),
    Mastodon.settling,
    Mastodon.key_lives,
    Mastodon.limits,
    kinds=("text", "link", "picture", "pictures", "film"),
    offers=frozenset({Offer.COMMENTS, Offer.ANSWERS, Offer.DELETES}),
)


def remote_id_in(url: str) -> str | None:
    """Read a status's id from its address: https://masto.example/@martin/115000000000000001.

    Where an instance shows an account of another one, it gives the status an id of its own.
    """
    *_, account, last = ["", *urlsplit(url).path.rstrip("/").split("/")]
    is_here = "@" not in account.removeprefix("@")
    return last if is_here and last.isascii() and last.isdigit() else None


def _as[Model: BaseModel](model: type[Model], reply: Answer | Unsent | Lost) -> Model | None:
    return parsed(model, reply) if isinstance(reply, Answer) and reply.status < 300 else None  # noqa: PLR2004 (success)


def _is_gone(reply: Answer | Unsent | Lost) -> bool:
    return isinstance(reply, Answer) and reply.status == _NOT_FOUND and parsed(_Error, reply) is not None


def _read(status: _Below) -> Comment:
    text = _text(status.content).strip()
    return Comment(remote_id=status.id, text=text, author=status.account.acct, at=status.created_at)


def _language(tag: str) -> str:
    """Give the language of a BCP 47 tag: the API takes ISO 639."""
    return tag.split("-", 1)[0].lower()


def _shows(status: _Status, piece: Piece) -> bool:
    # A comment with the same words as a post stands elsewhere.
    return (
        status.in_reply_to_id == piece.reply_to
        and len(status.media_attachments) == len(piece.content.media)
        and _comparable(_text(status.content)) == _comparable(piece.content.body)
    )


def _comparable(text: str) -> str:
    """Bring a planned and a shown text to what both must share.

    Mastodon shows a mention without its host, collapses blank lines into paragraphs, and may compose
    characters; nothing else of a text changes.
    """
    composed = unicodedata.normalize("NFC", text)
    return " ".join(re.sub(r"(@\w+)@[\w.-]+\w", r"\1", composed).split())


class _Text(HTMLParser):
    """The text of a status: its links hold the whole address, partly in spans that are not displayed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (the library's signature)
        if tag in {"p", "br"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _text(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)
