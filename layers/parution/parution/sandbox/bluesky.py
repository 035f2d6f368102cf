"""A local server that speaks the AT Protocol as far as publishing on Bluesky needs it."""

import base64
import hashlib
import itertools
import json
import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import NotFound

from parution.plan.texts import in_bytes, seen
from parution.sandbox import mastodon_text, pages
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now

PASSWORDS = {"abcd-efgh-ijkl-mnop": "sandbox.example"}  # app passwords, and whose they are

_ACCESS_LIVES, _REFRESH_LIVES, _GRACE = timedelta(hours=2), timedelta(days=90), timedelta(hours=2)
_LARGEST_UPLOAD = 50 * 1024 * 1024
_MOST_CHARACTERS, _MOST_BYTES, _MOST_PICTURES, _LARGEST_PICTURE = 300, 3000, 4, 2_000_000
_POST, _GATE = "app.bsky.feed.post", "app.bsky.feed.threadgate"
_TID = re.compile(r"[234567a-j][234567a-z]{12}")


class Refusal(Exception):
    """Answered as XRPC does: an error's name and its message."""

    def __init__(self, name: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.name, self.message, self.status = name, message, status


class _Session(NamedTuple):
    handle: str
    kind: str
    ends_at: datetime
    successor: int


class _Blob(NamedTuple):
    data: bytes
    kind: str


class Repositories:
    """Accounts, sessions, blobs and records, behind one lock."""

    def __init__(self, passwords: Mapping[str, str], clock: Clock, journal: Journal) -> None:
        self._passwords, self.clock, self._journal = dict(passwords), clock, journal
        self._lock, self._numbers = threading.RLock(), itertools.count(1)
        self._sessions: dict[str, _Session] = {}
        self._pairs: dict[int, dict[str, str]] = {}
        self.blobs: dict[str, _Blob] = {}
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.gates: dict[tuple[str, str], dict[str, Any]] = {}
        self._visitors: list[str] = []

    # ---------------------------------------------------------------- sessions
    def begin(self, identifier: str, password: str) -> dict[str, str]:
        handle = self._passwords.get(password)
        if handle is None or identifier not in {handle, did(handle)}:
            raise Refusal("AuthenticationRequired", "Invalid identifier or password", 401)
        with self._lock:
            return self._pair(handle, next(self._numbers))

    def renew(self, token: str) -> dict[str, str]:
        """Give the pair that follows; within its grace a used token gives the same one again."""
        with self._lock:
            session = self._living(token, "refresh")
            ends_at = min(session.ends_at, self.clock() + _GRACE)
            self._sessions[token] = session._replace(ends_at=ends_at)
            return self._pairs.get(session.successor) or self._pair(session.handle, session.successor)

    def handle(self, token: str) -> str:
        with self._lock:
            return self._living(token, "access").handle

    def _living(self, token: str, kind: str) -> _Session:
        session = self._sessions.get(token)
        if session is None or session.kind != kind:
            raise Refusal("InvalidToken", "Token could not be verified")
        if self.clock() >= session.ends_at:
            raise Refusal("ExpiredToken", "Token has expired")
        return session

    def _pair(self, handle: str, number: int) -> dict[str, str]:
        made = {
            "accessJwt": self._token(handle, number, "access", _ACCESS_LIVES),
            "refreshJwt": self._token(handle, number, "refresh", _REFRESH_LIVES),
        }
        self._pairs[number] = {**made, "handle": handle, "did": did(handle)}
        return self._pairs[number]

    def _token(self, handle: str, number: int, kind: str, lives: timedelta) -> str:
        now = self.clock()
        claims = {"scope": f"com.atproto.{kind}", "sub": did(handle), "jti": f"{number}"}
        times = {"iat": int(now.timestamp()), "exp": int((now + lives).timestamp())}
        parts = ({"typ": f"{kind}+jwt", "alg": "none"}, claims | times)
        token = ".".join([*(_base64(json.dumps(part).encode()) for part in parts), _base64(b"sandbox")])
        self._sessions[token] = _Session(handle, kind, now + lives, next(self._numbers))
        return token

    # ---------------------------------------------------------------- blobs and records
    def keep(self, data: bytes, kind: str) -> dict[str, Any]:
        name = cid(data, raw=True)
        self.blobs[name] = _Blob(data, kind)
        return {"$type": "blob", "ref": {"$link": name}, "mimeType": kind, "size": len(data)}

    def put(self, handle: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a record; the same one again changes nothing, whatever may stand there by `swapRecord`."""
        with self._lock:
            place, record = (handle, said["rkey"]), said["record"]
            _check(record, self.blobs)
            standing, made = self.records.get(place), _made(handle, said["rkey"], record)
            if standing is not None and standing["cid"] == made["cid"]:
                return made
            wanted = said.get("swapRecord", "")
            if wanted != "" and wanted != (standing["cid"] if standing else None):
                raise Refusal("InvalidSwap", f"Record was at {standing['cid'] if standing else None}")
            self.records[place] = {**made, "value": record}
            facts = {"key": said["rkey"], "text": record["text"], "reply": record.get("reply")}
            self._journal.record("record", made["uri"], self.clock(), account=handle, **facts)
            return made

    def close(self, handle: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Keep the gate of a thread that this account began."""
        with self._lock:
            place, record = (handle, said["rkey"]), said["record"]
            if (
                record.get("post") != f"at://{did(handle)}/{_POST}/{said['rkey']}"
                or "createdAt" not in record
            ):
                raise Refusal("InvalidRequest", f"Invalid {_GATE} record")
            standing, made = self.gates.get(place), _made(handle, said["rkey"], record, _GATE)
            if said.get("swapRecord", "") != (standing["cid"] if standing else None):
                raise Refusal("InvalidSwap", f"Record was at {standing['cid'] if standing else None}")
            self.gates[place] = {**made, "value": record}
            self._journal.record("gate", made["uri"], self.clock(), hidden=record.get("hiddenReplies", []))
            return made

    def get(self, repository: str, key: str, collection: str = _POST) -> dict[str, Any]:
        kept = self.gates if collection == _GATE else self.records
        found = kept.get((self.named(repository), key))
        if found is None:
            raise Refusal("RecordNotFound", f"Could not locate record: at://{repository}/{collection}/{key}")
        return found

    def delete(self, handle: str, key: str) -> None:
        with self._lock:
            self.records.pop((handle, key), None)

    def comment(self, on: str, text: str, author: str) -> str:
        """Let somebody of another server answer a post, by its remote id; gives the answer's."""
        with self._lock:
            uri, cid_, *root = on.split("#")
            parent = {"uri": uri, "cid": cid_}
            first = {"uri": root[0], "cid": root[1]} if root else parent
            handle = f"{author.lower()}.elsewhere.example"
            self._visitors.append(handle)
            key = "3" + "".join("234567abcdefghij"[int(one, 16)] for one in f"{next(self._numbers):012x}")
            at = self.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            reply = {"root": first, "parent": parent}
            record = {"$type": _POST, "text": text, "createdAt": at, "reply": reply}
            made = _made(handle, key, record)
            self.records[handle, key] = {**made, "value": record}
            self._journal.record("comment", made["uri"], self.clock(), account=handle, text=text)
            return f"{made['uri']}#{made['cid']}#{first['uri']}#{first['cid']}"

    def below(self, uri: str) -> list[tuple[str, dict[str, Any]]]:
        """Give what answers a post, and whose it is, the oldest first."""
        return [
            (handle, one)
            for (handle, _), one in self.records.items()
            if one["value"].get("reply", {}).get("parent", {}).get("uri") == uri
        ]

    def named(self, identifier: str) -> str:
        """Give the handle of an account. Raises Refusal when nobody has this handle or DID."""
        for handle in (*self._passwords.values(), *self._visitors):
            if identifier in {handle, did(handle)}:
                return handle
        raise Refusal("InvalidRequest", "Unable to resolve handle")


def did(handle: str) -> str:
    """Name an account as a directory would: 24 letters of base32."""
    digest = base64.b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()
    return f"did:plc:{digest[:24]}"


def cid(data: bytes, *, raw: bool = False) -> str:
    """Name content by its hash (CIDv1, SHA-256), in base32."""
    prefix = bytes((1, 0x55 if raw else 0x71, 0x12, 0x20))
    return "b" + base64.b32encode(prefix + hashlib.sha256(data).digest()).decode().lower().rstrip("=")


def _made(handle: str, key: str, record: Mapping[str, Any], collection: str = _POST) -> dict[str, Any]:
    written = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    return {"uri": f"at://{did(handle)}/{collection}/{key}", "cid": cid(written)}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _check(record: Mapping[str, Any], blobs: Mapping[str, _Blob]) -> None:
    """Hold a record against the rules of its lexicon that a text or a picture may break."""
    text = record.get("text")
    if record.get("$type") != _POST or not isinstance(text, str) or "createdAt" not in record:
        raise Refusal("InvalidRequest", f"Invalid {_POST} record")
    if seen(text) > _MOST_CHARACTERS or in_bytes(text) > _MOST_BYTES:
        raise Refusal("InvalidRequest", f"grapheme too big (maximum {_MOST_CHARACTERS}) at $.text")
    for facet in record.get("facets", []):
        first, last = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        if not 0 <= first < last <= len(text.encode()):
            raise Refusal("InvalidRequest", "a facet lies outside of the text")
    pictures = _pictures(record)
    if len(pictures) > _MOST_PICTURES:
        raise Refusal("InvalidRequest", f"array too big (maximum {_MOST_PICTURES}) at $.embed.images")
    for one in pictures:
        known = blobs.get(one["image"]["ref"]["$link"])
        if known is None:
            raise Refusal("BlobNotFound", f"Could not find blob: {one['image']['ref']['$link']}")
        if len(known.data) > _LARGEST_PICTURE:
            raise Refusal("BlobTooLarge", f"This file is too large. Maximum {_LARGEST_PICTURE}")


def _pictures(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    pictures: list[dict[str, Any]] = record.get("embed", {}).get("images", [])
    return pictures


def secrets(url: str, passwords: Mapping[str, str] = PASSWORDS, **_: object) -> dict[str, dict[str, str]]:
    """Give, by account, the secret with which the connector opens it."""
    here = {"base_url": url, "web_url": url}
    return {
        name: {**here, "identifier": name, "app_password": password} for password, name in passwords.items()
    }


def create_app(
    *,
    passwords: Mapping[str, str] = PASSWORDS,
    clock: Clock = utc_now,
    people: Mapping[str, str] | None = None,
) -> Flask:
    """Make the server; ``passwords`` maps app passwords to handles, ``people`` other handles to DIDs."""
    journal, faults = Journal(), Faults()
    kept = Repositories(passwords, clock, journal)
    app = Flask("parution-sandbox-bluesky")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_UPLOAD
    app.register_blueprint(control(faults, journal, kept.comment))
    app.register_error_handler(Refusal, _told)
    _serve_sessions(app, kept)
    _serve_records(app, kept)
    _serve_views(app, kept, people or {})
    _serve_people(app, kept)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(error: Refusal) -> tuple[Response, int]:
    return jsonify(error=error.name, message=error.message), error.status


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise Refusal("AuthMissing", "Authentication Required", 401)
    return token


def _serve_sessions(app: Flask, kept: Repositories) -> None:
    @app.post("/xrpc/com.atproto.server.createSession")
    def create() -> Response:
        said = request.get_json()
        return jsonify(kept.begin(said["identifier"], said["password"]))

    @app.post("/xrpc/com.atproto.server.refreshSession")
    def refresh() -> Response:
        return jsonify(kept.renew(_bearer()))


def _serve_records(app: Flask, kept: Repositories) -> None:
    @app.post("/xrpc/com.atproto.repo.uploadBlob")
    def upload() -> Response:
        kept.handle(_bearer())
        return jsonify(blob=kept.keep(request.get_data(), request.headers["Content-Type"]))

    @app.post("/xrpc/com.atproto.repo.putRecord")
    def put() -> Response:
        handle, said = kept.handle(_bearer()), request.get_json()
        if said["repo"] not in {handle, did(handle)}:
            raise Refusal("AuthenticationRequired", "Authentication Required", 401)
        if said["collection"] not in {_POST, _GATE} or not _TID.fullmatch(said["rkey"]):
            raise Refusal("InvalidRequest", "Invalid record key")
        if said["collection"] == _GATE:
            return jsonify(kept.close(handle, said) | {"validationStatus": "valid"})
        return jsonify(kept.put(handle, said) | {"validationStatus": "valid"})

    @app.get("/xrpc/com.atproto.repo.getRecord")
    def get() -> Response:
        return jsonify(kept.get(*(request.args[name] for name in ("repo", "rkey", "collection"))))

    @app.post("/xrpc/com.atproto.repo.deleteRecord")
    def delete() -> Response:
        handle, said = kept.handle(_bearer()), request.get_json()
        if said["repo"] not in {handle, did(handle)} or said["collection"] != _POST:
            raise Refusal("AuthenticationRequired", "Authentication Required", 401)
        kept.delete(handle, said["rkey"])
        return jsonify({})

    @app.get("/xrpc/com.atproto.identity.resolveHandle")
    def resolve() -> Response:
        asked = request.args["handle"]
        return jsonify(did=app.config.get("people", {}).get(asked) or did(kept.named(asked)))


def _serve_views(app: Flask, kept: Repositories, people: Mapping[str, str]) -> None:
    app.config["people"] = dict(people)

    @app.get("/xrpc/app.bsky.feed.getPosts")
    def posts() -> Response:
        kept.handle(_bearer())
        asked = request.args.getlist("uris")
        found = [(place, one) for place, one in kept.records.items() if one["uri"] in asked]
        return jsonify(posts=[_view(handle, one, kept) for (handle, _), one in found])

    @app.get("/xrpc/app.bsky.feed.getPostThread")
    def thread() -> Response:
        kept.handle(_bearer())
        repository, _, key = request.args["uri"].removeprefix("at://").partition(f"/{_POST}/")
        place = (kept.named(repository), key)
        if place not in kept.records:
            raise Refusal("NotFound", f"Post not found: {request.args['uri']}")
        gate = kept.gates.get(place)
        view = {"uri": gate["uri"], "cid": gate["cid"], "record": gate["value"]} if gate else None
        told = {"thread": _thread(place[0], kept.records[place], kept, request.args.get("depth", 6, int))}
        return jsonify(told | ({"threadgate": view} if view else {}))


def _thread(handle: str, record: Mapping[str, Any], kept: Repositories, depth: int) -> dict[str, Any]:
    below = kept.below(record["uri"]) if depth else []
    return {
        "$type": "app.bsky.feed.defs#threadViewPost",
        "post": _view(handle, record, kept),
        "replies": [_thread(*one, kept, depth - 1) for one in below],
    }


def _view(handle: str, record: Mapping[str, Any], kept: Repositories) -> dict[str, Any]:
    return {
        "uri": record["uri"],
        "cid": record["cid"],
        "author": {"did": did(handle), "handle": handle},
        "record": record["value"],
        "indexedAt": kept.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "likeCount": 0,
        "repostCount": 0,
        "replyCount": sum(
            one["value"].get("reply", {}).get("parent", {}).get("uri") == record["uri"]
            for one in kept.records.values()
        ),
        "quoteCount": 0,
    }


# ---------------------------------------------------------------- for people
def _serve_people(app: Flask, kept: Repositories) -> None:
    @app.get("/")
    def timeline() -> Response:
        return pages.timeline([_shown(*place, kept) for place in reversed(kept.records)], "Timeline")

    @app.get("/profile/<identifier>/post/<key>")
    def permalink(identifier: str, key: str) -> Response:
        place = (kept.named(identifier), key)
        if place not in kept.records:
            raise NotFound("no such post")
        return pages.timeline([_shown(*place, kept)], f"@{place[0]}")

    @app.get("/blobs/<name>")
    def blob(name: str) -> Response:
        if name not in kept.blobs:
            raise NotFound("no such file")
        return pages.sealed(Response(kept.blobs[name].data, mimetype=kept.blobs[name].kind))

    @app.get("/avatars/<handle>.svg")
    def avatar(handle: str) -> Response:
        return pages.avatar(handle)


def _shown(handle: str, key: str, kept: Repositories) -> dict[str, Any]:
    """Give a record as the page of statuses shows one."""
    record = kept.records[handle, key]
    value, base = record["value"], request.host_url.rstrip("/")
    view = _view(handle, record, kept)
    return {
        "language": next(iter(value.get("langs", [])), ""),
        "account": {"avatar": f"{base}/avatars/{handle}.svg", "display_name": handle, "acct": handle},
        "url": f"{base}/profile/{did(handle)}/post/{key}",
        "created_at": value["createdAt"],
        "content": mastodon_text.html(value["text"], base),
        "media_attachments": [
            {
                "type": "image",
                "url": f"{base}/blobs/{one['image']['ref']['$link']}",
                "description": one["alt"],
            }
            for one in _pictures(value)
        ],
        "replies_count": view["replyCount"],
        "reblogs_count": view["repostCount"],
        "favourites_count": view["likeCount"],
    }
