"""Bluesky: any server of the AT Protocol that keeps an account (a PDS), or bsky.social before it."""

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, Field, JsonValue, SecretStr

from parution.credentials import Credentials
from parution.networks.bluesky_threads import GATE, MOST_HIDDEN, Gate, Thread, hiding
from parution.networks.cards import Pages, card_of
from parution.networks.pictures import proportions
from parution.networks.rate_headers import left
from parution.networks.terms import Offer, Terms
from parution.networks.uploads import opened
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Comments,
    Done,
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
from parution.publishing.rates import Left, Limit
from parution.publishing.tokens import Access, Later, Refreshed, TokenSource
from parution.transport import Answer, Lost, Unsent, exchange, parsed, wait_asked

# A record is one transaction on the account's own database; its distribution comes after the answer.
_COMMIT = httpx.Timeout(30.0, connect=5.0)
_READ = httpx.Timeout(15.0, connect=5.0)
_UPLOAD = httpx.Timeout(30.0, connect=5.0)
_SESSION = httpx.Timeout(10.0, connect=5.0)

_POST = "app.bsky.feed.post"
_WEB = "https://bsky.app"  # where people read, whatever server keeps the account

# A record once made stays under its key until somebody deletes it: the key has no end of its own.
_KEY_LIVES, _SETTLING = timedelta(days=365), timedelta(seconds=90)
# atproto.com/specs/blob: what no record names may be deleted, after an hour at the earliest.
_BLOB_LIVES = timedelta(minutes=50)
_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=5)
_RATE_WINDOW = timedelta(minutes=5)  # bsky-docs rate-limits
_DEPTH = 20  # answers to answers, far below what anybody reads
_POINTS = 3  # what making a record costs of an account's 5,000 points an hour

# Errors of the API by their names, each with a fixture in the tests; a proxy's page has none, and proves
# nothing.
_REFUSALS = {
    "AccountDeactivated": "This Bluesky account is deactivated: activate it in its settings",
    "AccountTakedown": "Bluesky has taken this account down: write to its moderation",
    "BlobNotFound": "Bluesky no longer has a file of this post: plan the post again",
    "BlobTooLarge": "Bluesky takes no file as large as this one",
    "InvalidMimeType": "Bluesky does not take this kind of file here",
    "InvalidRequest": "Bluesky does not take this post: change it",
    "PayloadTooLarge": "Bluesky takes no file as large as this one",
    "RepoDeactivated": "This Bluesky account is deactivated: activate it in its settings",
    "RepoTakendown": "Bluesky has taken this account down: write to its moderation",
}
_TOKEN_ENDED = {"AuthMissing", "AuthenticationRequired", "ExpiredToken", "InvalidToken"}
_STANDS_ALREADY = "InvalidSwap"  # another record is under our key
_NOT_THERE = {"RecordNotFound", "NotFound"}
_TOO_MANY, _SERVERS_FAULT = 429, 500

_JWT = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_HANDLE = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]{0,61}"
_IDENTIFIER = re.compile(rf"did:[a-z]+:[A-Za-z0-9._:%-]+|{_HANDLE}")
_LINK = re.compile(r"https?://[^\s<>]+")
_MENTION = re.compile(rf"(?<![^\s(])@({_HANDLE})\b")
_TAG = re.compile(r"(?<!\S)[#\uff03]([^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
_LONGEST_TAG = 64
_FACET = "app.bsky.richtext.facet"
_ORDERED = "234567abcdefghijklmnopqrstuvwxyz"  # base32 that sorts as its numbers do
_LARGEST_PICTURE = 2_000_000  # app.bsky.embed.images
_HEAD = 256 * 1024  # of a picture, in which its proportions stand, whatever a camera wrote before them
_LARGEST_THUMB = 1_000_000  # app.bsky.embed.external
_CARD = "card "  # begins the reference that holds what a page says of itself
_LONGEST_SESSION = 365 * 86_400


class _Error(BaseModel):
    error: str
    message: str = ""


class _Session(BaseModel):
    access: SecretStr = Field(alias="accessJwt")
    refresh: SecretStr = Field(alias="refreshJwt")


class _Uploaded(BaseModel):
    blob: dict[str, JsonValue]


class _Put(BaseModel):
    uri: str
    cid: str


class _Answering(BaseModel):
    root: _Put
    parent: _Put


class _Post(BaseModel):
    text: str
    reply: _Answering | None = None


class _Record(_Put):
    value: _Post


class _Resolved(BaseModel):
    did: str


class _Counts(BaseModel):
    likes: int | None = Field(None, alias="likeCount")
    shares: int | None = Field(None, alias="repostCount")
    replies: int | None = Field(None, alias="replyCount")


class _Views(BaseModel):
    posts: list[_Counts]


def connect(
    name: str,
    values: Mapping[str, str],
    client: httpx.Client,
    tokens: TokenSource,
    *,
    pages: Pages | None = None,
) -> "Bluesky":
    """Open an account with `{"base_url", "identifier", "app_password"}`, and at will `web_url`.

    Without ``pages`` a link's card shows its host alone.

    Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    web = secret.base_url("web_url") if "web_url" in values else _WEB
    return Bluesky(client, secret.base_url("base_url"), _identifier(secret, values), tokens, web, pages)


def refresher(name: str, values: Mapping[str, str], client: httpx.Client) -> "tuple[Sessions, SecretStr]":
    """Give what renews the account's session, and the app password, with which the first one begins.

    Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    password = SecretStr(secret.token("app_password"))
    return Sessions(client, secret.base_url("base_url"), _identifier(secret, values), password), password


def _secret(name: str, values: Mapping[str, str]) -> Credentials:
    return Credentials(
        name, values, required=("base_url", "identifier", "app_password"), optional=("web_url",)
    )


def _identifier(secret: Credentials, values: Mapping[str, str]) -> str:
    identifier = values["identifier"].strip().removeprefix("@")
    if not _IDENTIFIER.fullmatch(identifier):
        raise secret.wrong("identifier", "must be the account's handle (martin.bsky.social) or its DID")
    return identifier


class Sessions:
    """Renews an account's session; a Refresher.

    The app password begins a new one where the old one cannot be renewed (two months unused, or an answer
    lost for longer than the server's grace), so that only a withdrawn password needs a person.
    """

    def __init__(self, client: httpx.Client, base_url: str, identifier: str, password: SecretStr) -> None:
        self._client, self._base_url = client, base_url
        self._identifier, self._password = identifier, password

    def refresh(self, refresh_token: SecretStr) -> Refreshed | Refused | Later | Unknown:
        if refresh_token == self._password:
            return self._begun()
        renewed = self._renewed(refresh_token)
        return self._begun() if isinstance(renewed, Refused) else renewed

    def _begun(self) -> Refreshed | Refused | Later:
        said = {"identifier": self._identifier, "password": self._password.get_secret_value()}
        reply = exchange(
            self._client,
            self._client.build_request("POST", self._address("createSession"), json=said, timeout=_SESSION),
        )
        # Nothing is used up: a session that was begun unseen ends by itself.
        return _refreshed(reply) or self._not_begun(reply)

    def _not_begun(self, reply: Answer | Unsent | Lost) -> Refused | Later:
        if not isinstance(reply, Answer):
            return Later(reason=reply.reason, retry_after=_SOON)
        if reply.status == _TOO_MANY:
            return Later(reason="Bluesky asks for a pause: too many sessions", retry_after=_pause(reply))
        match _name(reply):
            case "AuthenticationRequired":
                return Refused(reason="Bluesky does not accept this handle with this app password")
            case "AuthFactorTokenRequired":
                return Refused(reason="Bluesky asks for a second factor: store an app password instead")
            case "AccountTakedown" as name:
                return Refused(reason=_REFUSALS[name])
            case _:
                return Later(reason=f"Bluesky answered {reply.status} without a session", retry_after=_LATER)

    def _renewed(self, refresh_token: SecretStr) -> Refreshed | Refused | Later | Unknown:
        headers = {"Authorization": f"Bearer {refresh_token.get_secret_value()}"}
        reply = exchange(
            self._client,
            self._client.build_request(
                "POST", self._address("refreshSession"), headers=headers, timeout=_SESSION
            ),
        )
        match reply:
            case Unsent():
                return Later(reason=reply.reason, retry_after=_SOON)
            case Lost():
                return Unknown(reason=reply.reason)
            case Answer():
                return _refreshed(reply) or self._not_renewed(reply)

    def _not_renewed(self, answer: Answer) -> Refused | Later | Unknown:
        if answer.status == _TOO_MANY:
            return Later(reason="Bluesky asks for a pause: too many sessions", retry_after=_pause(answer))
        if _name(answer) in _TOKEN_ENDED | {"AccountTakedown"}:
            return Refused(reason="Bluesky no longer renews this session")
        return Unknown(reason=f"Bluesky answered {answer.status} without a session")

    def _address(self, method: str) -> str:
        return f"{self._base_url}/xrpc/com.atproto.server.{method}"


class Bluesky:
    """One account on one server. Each post stands under a record key that follows from its delivery."""

    guarantee = Guarantee.KEYED
    settling = _SETTLING
    key_lives: timedelta | None = _KEY_LIVES
    limits: tuple[Limit, ...] = ()  # 35,000 points a day: its headers tell when they run out

    def __init__(  # noqa: PLR0917 (what one account is made of)
        self,
        client: httpx.Client,
        base_url: str,
        identifier: str,
        tokens: TokenSource,
        web: str = _WEB,
        pages: Pages | None = None,
    ) -> None:
        self._client, self._base_url, self._identifier = client, base_url, identifier
        self._tokens, self._web, self._pages = tokens, web, pages

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Refused | NotSent:
        """Upload the files, and find out whom the text mentions; both are named by the record."""
        access = self._tokens.token(_now())
        if isinstance(access, NotSent):
            return access
        refs: list[str] = []
        for ref in piece.content.media:
            uploaded = self._upload(ref, media, access)
            if not isinstance(uploaded, str):
                return uploaded
            refs.append(uploaded)
        if (card := self._card(piece.content, access)) is not None:
            refs.append(card)
        for handle in dict.fromkeys(_MENTION.findall(_text(piece))):
            reply = self._send("GET", "com.atproto.identity.resolveHandle", access, params={"handle": handle})
            if resolved := _as(_Resolved, reply):
                refs.append(f"@{handle} {resolved.did}")
            elif not (isinstance(reply, Answer) and _name(reply) in {"InvalidRequest", "HandleNotFound"}):
                return self._not_prepared(
                    reply, access
                )  # nobody's handle stays text; a failure is tried again
        has_files = piece.content.media or any("thumb" in ref for ref in refs if ref.startswith(_CARD))
        return Prepared(refs=tuple(refs), good_until=_now() + _BLOB_LIVES if has_files else None)

    def _card(self, content: Content, access: Access) -> str | None:
        """Give what the record says of the page that a link leads to; a card may have no picture."""
        if self._pages is None or content.link is None or content.media:
            return None
        card = card_of(self._pages, content.link, _LARGEST_THUMB)
        if card is None:
            return None
        said: dict[str, JsonValue] = {"title": card.title, "description": card.sentence}
        if card.picture:
            headers = {"Content-Type": card.picture.kind}
            reply = self._send(
                "POST",
                "com.atproto.repo.uploadBlob",
                access,
                headers=headers,
                content=card.picture.body,
                timeout=_UPLOAD,
            )
            said |= {"thumb": uploaded.blob} if (uploaded := _as(_Uploaded, reply)) else {}
        return _CARD + json.dumps(said, separators=(",", ":"), sort_keys=True)

    def _upload(self, ref: MediaRef, media: Media, access: Access) -> str | Refused | NotSent:
        """Give what the record says of the file: its blob, and the proportions of a picture."""
        if ref.kind.startswith("image/") and media.size(ref) > _LARGEST_PICTURE:
            return Refused(reason=f"Bluesky takes pictures of 2 MB at most: {ref.key}")
        headers = {"Content-Type": ref.kind}
        reply = self._send(
            "POST",
            "com.atproto.repo.uploadBlob",
            access,
            headers=headers,
            content=opened(media, ref),
            timeout=_UPLOAD,
        )
        uploaded = _as(_Uploaded, reply)
        if uploaded is None:
            return self._not_prepared(reply, access)
        size = proportions(media.part(ref, 0, _HEAD)) if ref.kind.startswith("image/") else None
        shape = {"aspectRatio": {"width": size[0], "height": size[1]}} if size else {}
        return json.dumps({"blob": uploaded.blob, **shape}, separators=(",", ":"), sort_keys=True)

    def _not_prepared(self, reply: Answer | Unsent | Lost, access: Access) -> Refused | NotSent:
        # Nothing here is public, so that whatever is not a refusal may simply be done again.
        if not isinstance(reply, Answer):
            return NotSent(reason=reply.reason, retry_after=_SOON)
        if _is_about_the_token(reply):
            return self._tokens.refused(access, _now())
        if reply.status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:  # said by the web server in front, too
            return Refused(reason=_REFUSALS["PayloadTooLarge"])
        return _refusal(reply, access) or _wait(reply)

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Put the record under its own key, where none may stand; the same one put twice is one record."""
        access = self._tokens.token(_now(), ahead=False)
        if isinstance(access, NotSent):
            return access
        answered = self._answered(piece, access)
        if isinstance(answered, Refused | NotSent):
            return answered
        key = record_key(piece)
        said = {
            "repo": self._identifier,
            "collection": _POST,
            "rkey": key,
            "record": _record(piece, answered),
            "swapRecord": None,
        }
        request = self._request("POST", "com.atproto.repo.putRecord", access, json=said, timeout=_COMMIT)
        fence.cross(request.content, marker=f"record key: {key}")
        reply = exchange(self._client, request)
        match reply:
            case Unsent():
                return NotSent(reason=reply.reason, retry_after=_SOON)
            case Lost():
                return Unknown(reason=reply.reason)
            case Answer():
                return self._outcome(reply, piece, answered, access)

    def _outcome(self, answer: Answer, piece: Piece, answered: _Answering | None, access: Access) -> Outcome:
        if made := _as(_Put, answer):
            return self._published(made, answered, "answer", _left(answer))
        if answer.status == _TOO_MANY:
            return _wait(answer)
        if _is_about_the_token(answer):
            return self._tokens.refused(access, _now())
        if answer.status < _SERVERS_FAULT and _name(answer) == _STANDS_ALREADY:
            return self._standing(piece, access)
        return _refusal(answer, access) or Unknown(
            reason=f"Bluesky answered {answer.status} without saying what became of the post"
        )

    def _standing(self, piece: Piece, access: Access) -> Published | Unknown:
        """Say what stands under our key: an earlier attempt's record, or nobody knows what."""
        found = self._found(piece, access)
        if isinstance(found, Published):
            return found
        return Unknown(reason="another record stands where Bluesky would keep this post")

    def _answered(self, piece: Piece, access: Access) -> _Answering | Refused | NotSent | None:
        """Give the post that it answers, and the one that its thread began with."""
        if piece.reply_to is None:
            return None
        match piece.reply_to.split("#"):
            case [uri, cid]:
                return _Answering(root=_Put(uri=uri, cid=cid), parent=_Put(uri=uri, cid=cid))
            case [uri, cid, root, root_cid]:
                return _Answering(root=_Put(uri=root, cid=root_cid), parent=_Put(uri=uri, cid=cid))
            case parts:  # a person told its address, which tells no hash
                return self._answered_at(parts[0], access)

    def _answered_at(self, uri: str, access: Access) -> _Answering | Refused | NotSent:
        repository, _, key = uri.removeprefix("at://").split("/", 2)
        reply = self._read_record(repository, key, access)
        record = _as(_Record, reply)
        if record is None:
            is_gone = isinstance(reply, Answer) and _name(reply) in _NOT_THERE
            gone = Refused(reason="Bluesky does not find the post that this one answers")
            return gone if is_gone else self._not_prepared(reply, access)
        root = record.value.reply.root if record.value.reply else record
        return _Answering(root=_Put(uri=root.uri, cid=root.cid), parent=_Put(uri=record.uri, cid=record.cid))

    def _published(
        self, made: _Put, answered: _Answering | None, proof: str, told: tuple[Left, ...] = ()
    ) -> Published:
        # What a later part must name: the record by its hash, and the first record of the thread.
        root = f"#{answered.root.uri}#{answered.root.cid}" if answered else ""
        repository, _, key = made.uri.removeprefix("at://").partition(f"/{_POST}/")
        url = f"{self._web}/profile/{repository}/post/{key}"
        return Published(remote_id=f"{made.uri}#{made.cid}{root}", url=url, proof=proof, left=told)

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:  # noqa: ARG002 (it is asked by key alone)
        """Read the record under this post's key."""
        access = self._tokens.token(_now())
        return access if isinstance(access, NotSent) else self._found(piece, access)

    def _found(self, piece: Piece, access: Access) -> Published | NotFound | NotSent:
        reply = self._read_record(self._identifier, record_key(piece), access)
        record = _as(_Record, reply)
        if record and record.value.text == _text(piece):
            return self._published(record, record.value.reply, "own repository")
        if record or (isinstance(reply, Answer) and _name(reply) in _NOT_THERE):
            return NotFound()
        return self._not_read(reply, access)

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read likes, reposts and replies; a post that nobody has counted yet has no figures."""
        access = self._tokens.token(_now())
        if isinstance(access, NotSent):
            return access
        uri = remote_id.split("#", 1)[0]
        reply = self._send("GET", "app.bsky.feed.getPosts", access, params={"uris": uri})
        views = _as(_Views, reply)
        if views is None:
            return self._not_read(reply, access)
        if views.posts:
            return PostFigures.model_validate(views.posts[0].model_dump())
        return self._uncounted(uri, access)

    def _uncounted(self, uri: str, access: Access) -> PostFigures | NotFound | NotSent:
        repository, _, key = uri.removeprefix("at://").partition(f"/{_POST}/")
        reply = self._read_record(repository, key, access)
        if _as(_Put, reply):
            return PostFigures()
        is_gone = isinstance(reply, Answer) and _name(reply) in _NOT_THERE
        return NotFound() if is_gone else self._not_read(reply, access)

    # ---------------------------------------------------------------- what stands below, and what goes away
    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:  # noqa: ARG002 (it is told at once)
        """Read what others wrote below a post, as the AppView shows it."""
        access = self._tokens.token(_now())
        if isinstance(access, NotSent):
            return access
        asked = {"uri": remote_id.split("#", 1)[0], "depth": str(_DEPTH), "parentHeight": "0"}
        reply = self._send("GET", "app.bsky.feed.getPostThread", access, params=asked)
        thread = _as(Thread, reply)
        if thread is None:
            is_gone = isinstance(reply, Answer) and _name(reply) in _NOT_THERE
            return NotFound() if is_gone else self._not_read(reply, access)
        return NotFound() if thread.is_gone else Comments(found=tuple(thread.comments()))

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Name an answer in the gate of its thread, which only the account that began the thread has."""
        access = self._tokens.token(_now())
        if isinstance(access, NotSent):
            return access
        uri, root = comment.split("#", 1)[0], self._root_of(comment, access)
        if not isinstance(root, str):
            return root
        key = root.rsplit("/", 1)[-1]
        began = self._own_post(key, access)
        if isinstance(began, Refused | NotSent):
            return began
        if isinstance(began, NotFound) or began.uri != root or root == uri:
            return Refused(reason="On Bluesky only whoever began a thread hides answers in it, and no posts")
        return self._hidden(uri, root, key, access)

    def _root_of(self, comment: str, access: Access) -> str | Refused | NotSent:
        match comment.split("#"):
            case [_, _, root, _]:
                return root
            case parts:
                answered = self._answered_at(parts[0], access)
                return answered.root.uri if isinstance(answered, _Answering) else answered

    def _hidden(self, uri: str, root: str, key: str, access: Access) -> Done | Refused | NotSent:
        reply = self._read_record(self._identifier, key, access, GATE)
        gate = _as(Gate, reply)
        if gate is None and not (isinstance(reply, Answer) and _name(reply) in _NOT_THERE):
            return self._not_prepared(reply, access)
        hidden = gate.hidden if gate else []
        if uri in hidden:
            return Done()
        if len(hidden) >= MOST_HIDDEN:
            return Refused(reason=f"Bluesky hides {MOST_HIDDEN} answers in a thread, and no more")
        said = {
            "repo": self._identifier,
            "collection": GATE,
            "rkey": key,
            "record": hiding(uri, root, gate, _now()),
            "swapRecord": gate.cid if gate else None,  # somebody may hide another one meanwhile
        }
        put = self._send("POST", "com.atproto.repo.putRecord", access, json=said)
        if isinstance(put, Answer) and _name(put) == _STANDS_ALREADY:
            return NotSent(reason="the thread's rules on Bluesky were changed meanwhile", retry_after=_SOON)
        return Done() if _as(_Put, put) else self._not_prepared(put, access)

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Delete a record of this account; the AppView follows in a moment."""
        access = self._tokens.token(_now())
        if isinstance(access, NotSent):
            return access
        key = remote_id.split("#", 1)[0].rsplit("/", 1)[-1]
        standing = self._own_post(key, access)
        if not isinstance(standing, _Put):
            return standing
        said = {"repo": self._identifier, "collection": _POST, "rkey": key}
        reply = self._send("POST", "com.atproto.repo.deleteRecord", access, json=said)
        if isinstance(reply, Answer) and httpx.codes.is_success(reply.status):
            return Done()
        return self._not_prepared(reply, access)

    def _own_post(self, key: str, access: Access) -> _Put | NotFound | Refused | NotSent:
        reply = self._read_record(self._identifier, key, access)
        if record := _as(_Put, reply):
            return record
        is_gone = isinstance(reply, Answer) and _name(reply) in _NOT_THERE
        return NotFound() if is_gone else self._not_prepared(reply, access)

    # ---------------------------------------------------------------- what every call shares
    def _read_record(
        self, repository: str, key: str, access: Access, collection: str = _POST
    ) -> Answer | Unsent | Lost:
        asked = {"repo": repository, "collection": collection, "rkey": key}
        return self._send("GET", "com.atproto.repo.getRecord", access, params=asked)

    def _send(self, method: str, name: str, access: Access, **parts: Any) -> Answer | Unsent | Lost:
        return exchange(self._client, self._request(method, name, access, **{"timeout": _READ, **parts}))

    def _request(
        self,
        method: str,
        name: str,
        access: Access,
        headers: Mapping[str, str] | None = None,
        **parts: Any,
    ) -> httpx.Request:
        credentials = {"Authorization": f"Bearer {access.token.get_secret_value()}", **(headers or {})}
        return self._client.build_request(
            method, f"{self._base_url}/xrpc/{name}", headers=credentials, **parts
        )

    def _not_read(self, reply: Answer | Unsent | Lost, access: Access) -> NotSent:
        failure = self._not_prepared(reply, access)
        if isinstance(failure, Refused):
            return NotSent(reason=failure.reason, retry_after=_LATER)
        return failure


TERMS = Terms(
    (Bluesky.guarantee,),
    Bluesky.settling,
    Bluesky.key_lives,
    Bluesky.limits,
    kinds=("text", "link", "picture", "pictures", "film"),
    offers=frozenset({Offer.COMMENTS, Offer.ANSWERS, Offer.HIDES, Offer.DELETES}),
)


def remote_id_in(url: str) -> str | None:
    """Read a post's address: https://bsky.app/profile/martin.example/post/3mbqxyzabcd2e."""
    match urlsplit(url).path.rstrip("/").split("/"):
        case ["", "profile", identifier, "post", key] if _IDENTIFIER.fullmatch(identifier) and key.isalnum():
            return f"at://{identifier}/{_POST}/{key}"
    return None


# ---------------------------------------------------------------- the record
def record_key(piece: Piece) -> str:
    """Give the key of the post's record, a TID: 53 bits of microseconds, then 10 bits of a clock's name.

    Both below the second come from the delivery's own key: 30 bits that keep two posts of one second apart.
    """
    digest = int.from_bytes(hashlib.sha256(piece.key.encode()).digest()[:8])
    micros = int(piece.due_at.timestamp()) * 1_000_000 + digest % 1_000_000
    number = (micros << 10) | (digest >> 32) % 1024
    return "".join(_ORDERED[number >> shift & 31] for shift in range(60, -5, -5))


def _record(piece: Piece, answered: _Answering | None) -> dict[str, Any]:
    """Write the record, the same for every attempt: dated by its plan, never by the clock."""
    text = _text(piece)
    facets, embed = list(_facets(text, _mentioned(piece))), _embed(piece)
    return {
        "$type": _POST,
        "text": text,
        "langs": [piece.content.language],
        "createdAt": piece.due_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **({"facets": facets} if facets else {}),
        **({"embed": embed} if embed else {}),
        **({"reply": answered.model_dump()} if answered else {}),
    }


def _text(piece: Piece) -> str:
    """Give the text; a link that has a card of its own is not written out as well."""
    content = piece.content
    return content.body.strip() if content.media else content.text


def _embed(piece: Piece) -> dict[str, Any] | None:
    content = piece.content
    if content.media:
        shown = [
            json.loads(ref) | {"alt": file.alt or ""}
            for ref, file in zip(piece.refs, content.media, strict=False)
        ]
        if content.has_film:
            film = shown[0]
            return {"$type": "app.bsky.embed.video", "video": film.pop("blob"), **film}
        return {
            "$type": "app.bsky.embed.images",
            "images": [{"image": one.pop("blob"), **one} for one in shown],
        }
    if content.link is None:
        return None
    # Of a page that could not be read, its host is what can be said.
    host = (urlsplit(content.link).hostname or content.link).removeprefix("www.")
    said: dict[str, Any] = next(
        (json.loads(ref.removeprefix(_CARD)) for ref in piece.refs if ref.startswith(_CARD)), {}
    )
    card = {"uri": content.link, "title": host, "description": ""} | said
    return {"$type": "app.bsky.embed.external", "external": card}


def _mentioned(piece: Piece) -> dict[str, str]:
    named = (ref.removeprefix("@").split(" ", 1) for ref in piece.refs if ref.startswith("@"))
    return dict(named)


def _facets(text: str, mentioned: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Mark links, mentions and tags, in the order of the text; places are counted in bytes of UTF-8."""
    found = [*_links(text), *_tags(text), *_mentions(text, mentioned)]
    for start, end, feature in sorted(found, key=lambda each: each[0]):
        first = len(text[:start].encode())
        place = {"byteStart": first, "byteEnd": first + len(text[start:end].encode())}
        yield {"index": place, "features": [feature]}


def _mentions(text: str, mentioned: Mapping[str, str]) -> Iterator[tuple[int, int, dict[str, str]]]:
    for one in _MENTION.finditer(text):
        if did := mentioned.get(one[1]):
            yield one.start(), one.end(), {"$type": f"{_FACET}#mention", "did": did}


def _links(text: str) -> Iterator[tuple[int, int, dict[str, str]]]:
    for one in _LINK.finditer(text):
        uri = one[0].rstrip(".,;:!?\"'»…")
        if uri.endswith(")") and "(" not in uri:
            uri = uri[:-1]
        yield one.start(), one.start() + len(uri), {"$type": f"{_FACET}#link", "uri": uri}


def _tags(text: str) -> Iterator[tuple[int, int, dict[str, str]]]:
    for one in _TAG.finditer(text):
        tag = one[1]
        while tag and unicodedata.category(tag[-1]).startswith("P"):
            tag = tag[:-1]
        if tag and not tag.isdecimal() and not tag.startswith("\ufe0f") and len(tag) <= _LONGEST_TAG:
            yield one.start(), one.start(1) + len(tag), {"$type": f"{_FACET}#tag", "tag": tag}


# ---------------------------------------------------------------- answers
def _now() -> datetime:
    return datetime.now(UTC)


def _as[Model: BaseModel](model: type[Model], reply: Answer | Unsent | Lost) -> Model | None:
    return (
        parsed(model, reply) if isinstance(reply, Answer) and httpx.codes.is_success(reply.status) else None
    )


def _name(answer: Answer) -> str:
    error = parsed(_Error, answer) if answer.status < _SERVERS_FAULT else None
    return error.error if error else ""


def _is_about_the_token(answer: Answer) -> bool:
    return answer.status != _TOO_MANY and _name(answer) in _TOKEN_ENDED


def _refusal(answer: Answer, access: Access) -> Refused | None:
    error = parsed(_Error, answer) if answer.status < _SERVERS_FAULT else None
    if error is None or answer.status == _TOO_MANY or error.error not in _REFUSALS:
        return None
    # A server that echoes the token is not quoted on that.
    quoted = error.message.replace(access.token.get_secret_value(), "…")[:200]
    return Refused(reason=f"{_REFUSALS[error.error]} ({quoted or error.error})")


def _left(answer: Answer) -> tuple[Left, ...]:
    return left(answer, _now(), each=_POINTS)


def _pause(answer: Answer) -> timedelta:
    """Say how long to stay away: its headers say when the limit that is used up begins anew."""
    ends = [one.resets_at - _now() for one in left(answer, _now()) if not one.remaining]
    told = wait_asked(answer, otherwise=_RATE_WINDOW)
    return told if "Retry-After" in answer.headers else max([*ends, _SOON], default=told)


def _wait(answer: Answer) -> NotSent:
    if answer.status == _TOO_MANY:
        reason = "Bluesky asks for a pause: too many requests"
        return NotSent(reason=reason, retry_after=_pause(answer), left=_left(answer))
    return NotSent(
        reason=f"Bluesky answered {answer.status}", retry_after=wait_asked(answer, otherwise=_SOON)
    )


def _refreshed(reply: Answer | Unsent | Lost) -> Refreshed | None:
    session = _as(_Session, reply)
    if session is None:
        return None
    claims = _claims(session.access.get_secret_value())
    if claims is None:  # no token that could stand in a header
        return None
    return Refreshed(access=session.access, refresh=session.refresh, lifetime=_lifetime(claims))


def _claims(token: str) -> dict[str, Any] | None:
    """Read what a token says of itself; its signature is its server's own business."""
    found = _JWT.fullmatch(token)
    if found is None:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _lifetime(claims: Mapping[str, Any]) -> timedelta | None:
    match claims:
        case {"iat": int(begins), "exp": int(ends)} if 0 < ends - begins < _LONGEST_SESSION:
            return timedelta(seconds=ends - begins)
    return None
