"""A local channel that speaks YouTube's Data API as far as publishing needs it."""

import itertools
import re
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import NotFound

from parution.sandbox import mastodon_text, pages
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now
from parution.sandbox.oauth import CLIENTS, TokenServer, routes

GRANTS = {"youtube-refresh": "martin"}  # refresh tokens, and whose channel they open

_OURS, _SOMEBODY = "UC-sandbox-martin-0000", "UC-sandbox-visitor-000"
_PART, _LONGEST_TITLE, _LONGEST_TEXT, _LONGEST_TAGS = 262_144, 100, 5_000, 500
_PLACE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")
# What becomes of the settings that an update leaves out of the status.
_RESET = {"privacyStatus": "public", "embeddable": False, "publicStatsViewable": False}
_PRIVACY = {"public", "unlisted", "private"}


class Refusal(Exception):
    """Answered as Google does: a reason and its message inside an envelope."""

    def __init__(self, reason: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.reason, self.message, self.status = reason, message, status


class Channel:
    """Films, uploads and comments, behind one lock."""

    def __init__(self, clock: Clock, journal: Journal, *, audited: bool, works_for: int, fails: str) -> None:
        self.clock, self._journal, self._audited = clock, journal, audited
        self._works_for, self._fails = works_for, fails
        self.lock, self._numbers = threading.RLock(), itertools.count(1)
        self.uploads: dict[str, dict[str, Any]] = {}
        self.films: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, dict[str, Any]] = {}

    # ---------------------------------------------------------------- uploads
    def begin(self, said: Mapping[str, Any], size: int, kind: str) -> str:
        _check_snippet(said.get("snippet", {}))
        name = f"sandbox-upload-{next(self._numbers)}"
        self.uploads[name] = {"said": said, "size": size, "kind": kind, "data": bytearray(), "film": None}
        return name

    def put(self, name: str, place: str, data: bytes) -> dict[str, Any] | int:
        """Take a part; give the film after the last one, else how many bytes are there."""
        upload, found = self.uploads[name], _PLACE.fullmatch(place)
        if found is None or int(found[3]) != upload["size"]:
            raise Refusal("badRequest", "Failed to parse Content-Range header.")
        if upload["film"]:
            return self.films[upload["film"]]
        if found[1] is not None:
            self._take(upload, int(found[1]), int(found[2]), data)
        there = len(upload["data"])
        return there if there < upload["size"] else self._made(upload)

    def _take(self, upload: dict[str, Any], first: int, last: int, data: bytes) -> None:
        is_last = last + 1 == upload["size"]
        if last - first + 1 != len(data) or last >= upload["size"] or (not is_last and len(data) % _PART):
            raise Refusal("badRequest", "Invalid chunk: sizes are multiples of 256 KiB.")
        if first == len(upload["data"]):
            upload["data"] += data

    def _made(self, upload: dict[str, Any]) -> dict[str, Any]:
        film = {
            "id": f"sandbox{next(self._numbers):04d}",
            "snippet": upload["said"]["snippet"],
            "status": {"privacyStatus": "public"} | upload["said"].get("status", {}),
            "at": self.clock(),
            "data": upload["data"],
            "kind": upload["kind"],
            "readings": 0,
            "thumbnail": None,
        }
        upload["film"], upload["data"], self.films[film["id"]] = film["id"], bytearray(), film
        if film["status"]["privacyStatus"] == "public":
            self._appeared(film)
        return film

    # ---------------------------------------------------------------- films
    def update(self, said: Mapping[str, Any], parts: set[str]) -> dict[str, Any]:
        """Write a part whole; a project without audit is told yes, and the film is locked as private."""
        film = self.film(str(said.get("id")))
        if parts - {"status"}:
            raise Refusal("badRequest", "The sandbox changes the status alone.")
        status, before = _RESET | said.get("status", {}), film["status"]
        if status["privacyStatus"] not in _PRIVACY:
            raise Refusal("invalidVideoMetadata", "The request metadata is invalid.")
        film["status"] = status if self._audited else status | {"privacyStatus": "private"}
        if before["privacyStatus"] != "public" == film["status"]["privacyStatus"]:
            self._appeared(film)
        return film | {"status": status}

    def film(self, name: str) -> dict[str, Any]:
        if name not in self.films:
            raise Refusal("videoNotFound", "The video that you are trying to update cannot be found.", 404)
        return self.films[name]

    def _appeared(self, film: dict[str, Any]) -> None:
        film["at"] = self.clock()
        self._journal.record("post", film["id"], film["at"], text=film["snippet"]["title"])

    def upload_status(self, film: dict[str, Any]) -> dict[str, str]:
        film["readings"] += 1
        if film["readings"] <= self._works_for:
            return {"uploadStatus": "uploaded"}
        failed = {"uploadStatus": "failed", "failureReason": self._fails}
        return failed if self._fails else {"uploadStatus": "processed"}

    # ---------------------------------------------------------------- comments
    def write(self, film: str, parent: str | None, text: str, author: str | None = None) -> dict[str, Any]:
        """Write a comment; without an author it is the channel's own, and an effect."""
        if not text:
            raise Refusal("commentTextRequired", "The comment resource must specify a value for the text.")
        number = next(self._numbers)
        name = f"{parent}.reply-{number}" if parent else f"Ugsandboxcomment{number:04d}AaABAg"
        comment = {"id": name, "film": film, "parent": parent, "text": text, "author": author}
        self.comments[name] = comment | {"at": self.clock(), "moderation": "published"}
        if author is None:
            self._journal.record("post", name, self.clock(), text=text)
        return self.comments[name]

    def comment(self, name: str, reason: str = "commentNotFound") -> dict[str, Any]:
        if name not in self.comments:
            raise Refusal(reason, "The specified comment could not be found.", 404)
        return self.comments[name]

    def moderate(self, name: str, status: str) -> None:
        self.comment(name)["moderation"] = status
        self._journal.record("comment", name, self.clock(), hidden=status != "published")


def _check_snippet(snippet: Mapping[str, Any]) -> None:
    title, text = snippet.get("title", ""), snippet.get("description", "")
    if not title or len(title) > _LONGEST_TITLE or set(title) & set("<>"):
        raise Refusal("invalidTitle", "The request metadata specifies an invalid or empty video title.")
    if len(text.encode()) > _LONGEST_TEXT or set(text) & set("<>"):
        raise Refusal("invalidDescription", "The request metadata specifies an invalid video description.")
    if sum(len(tag) + 1 for tag in snippet.get("tags", [])) > _LONGEST_TAGS:
        raise Refusal("invalidTags", "The request metadata specifies invalid video keywords.")


def secrets(url: str, grants: Mapping[str, str] = GRANTS, **_: object) -> dict[str, dict[str, str]]:
    """Give, by account, the secret with which the connector opens it."""
    ((client, secret),) = CLIENTS.items()
    app = {"base_url": url, "client_id": client, "client_secret": str(secret)}
    return {account: app | {"refresh_token": refresh} for refresh, account in grants.items()}


def create_app(
    *,
    grants: Mapping[str, str] = GRANTS,
    clock: Clock = utc_now,
    audited: bool = True,
    works_for: int = 0,
    fails: str = "",
    units: int = 10_000,
) -> Flask:
    """Make the channel; ``grants`` maps refresh tokens to accounts.

    ``works_for`` readings a film is still being processed, then it ``fails`` for this reason, if any;
    ``units`` is the quota of a day.
    """
    journal, faults = Journal(), Faults()
    tokens = TokenServer(clock=clock, rotates=False)
    for refresh, account in grants.items():
        tokens.grant(account, next(iter(CLIENTS)), refresh)
    channel = Channel(clock, journal, audited=audited, works_for=works_for, fails=fails)
    app = Flask("parution-sandbox-youtube")
    app.register_blueprint(control(faults, journal, lambda *said: _commented(channel, *said)))
    app.register_blueprint(routes(tokens))
    app.register_error_handler(Refusal, _told)
    left = itertools.count(units, -50)
    app.before_request(lambda: _let_in(tokens, left))
    _serve_uploads(app, channel)
    _serve_films(app, channel)
    _serve_comments(app, channel)
    _serve_people(app, channel)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(error: Refusal) -> tuple[Response, int]:
    one = {"message": error.message, "domain": "youtube", "reason": error.reason}
    whole = {"code": error.status, "message": error.message, "errors": [one]}
    return jsonify(error=whole), error.status


def _let_in(tokens: TokenServer, units: Iterator[int]) -> None:
    if "/youtube/v3/" not in request.path:
        return
    if tokens.account(request.headers.get("Authorization", "").removeprefix("Bearer ")) is None:
        raise Refusal("authError", "Request had invalid authentication credentials.", 401)
    if request.method != "GET" and next(units) <= 0:
        raise Refusal("quotaExceeded", 'You have exceeded your <a href="/quota">quota</a>.', 403)


def _commented(channel: Channel, on: str, text: str, author: str) -> str:
    parent = None if on in channel.films else on
    film = channel.comment(on)["film"] if parent else on
    return str(channel.write(film, parent, text, author)["id"])


# ---------------------------------------------------------------- the API
def _serve_uploads(app: Flask, channel: Channel) -> None:
    @app.post("/upload/youtube/v3/videos")
    def begin() -> Response:
        kind = request.headers.get("X-Upload-Content-Type", "")
        if request.args.get("uploadType") != "resumable" or not kind.startswith("video/"):
            raise Refusal("mediaBodyRequired", "The request does not include the video content.")
        size = int(request.headers["X-Upload-Content-Length"])
        with channel.lock:
            name = channel.begin(request.get_json(), size, kind)
        where = f"{request.host_url}upload/youtube/v3/videos?uploadType=resumable&upload_id={name}"
        return Response(headers={"Location": where, "X-GUploader-UploadID": name})

    @app.put("/upload/youtube/v3/videos")
    def put() -> Response | tuple[Response, int]:
        name, place = request.args.get("upload_id", ""), request.headers.get("Content-Range", "")
        if name not in channel.uploads:
            return Response("Not Found", 404, {"X-GUploader-UploadID": name})
        with channel.lock:
            told = channel.put(name, place, request.get_data())
        if isinstance(told, int):
            there = {"Range": f"bytes=0-{told - 1}"} if told else {}
            return Response(status=308, headers=there | {"X-GUploader-UploadID": name})
        return jsonify(_film(told, {"snippet", "status"}, channel))

    @app.post("/upload/youtube/v3/thumbnails/set")
    def thumbnail() -> Response:
        film = channel.film(request.args["videoId"])
        if request.headers["Content-Type"] not in {"image/jpeg", "image/png"}:
            raise Refusal("invalidImage", "The provided image content is invalid.")
        film["thumbnail"] = request.get_data()
        shown = {"default": {"url": f"{request.host_url}thumbnails/{film['id']}", "width": 120, "height": 90}}
        return jsonify(kind="youtube#thumbnailSetResponse", items=[shown])


def _parts() -> set[str]:
    return set(request.args.get("part", "").split(","))


def _listed(kind: str, items: list[dict[str, Any]]) -> Response:
    page = {"totalResults": len(items), "resultsPerPage": len(items)}
    return jsonify(kind=f"youtube#{kind}ListResponse", pageInfo=page, items=items)


def _serve_films(app: Flask, channel: Channel) -> None:
    @app.get("/youtube/v3/videos")
    def films() -> Response:
        asked = request.args["id"].split(",")
        found = [channel.films[name] for name in asked if name in channel.films]
        return _listed("video", [_film(one, _parts(), channel) for one in found])

    @app.put("/youtube/v3/videos")
    def update() -> Response:
        with channel.lock:
            return jsonify(_film(channel.update(request.get_json(), _parts()), _parts(), channel))

    @app.delete("/youtube/v3/videos")
    def delete() -> tuple[str, int]:
        channel.film(request.args["id"])
        del channel.films[request.args["id"]]
        return "", 204


def _serve_comments(app: Flask, channel: Channel) -> None:
    @app.get("/youtube/v3/commentThreads")
    def threads() -> Response:
        named, film = request.args.get("id"), request.args.get("videoId")
        found = [
            _thread(one, channel)
            for one in reversed(list(channel.comments.values()))
            if one["parent"] is None
            and (one["id"] == named or (one["film"] == film and one["moderation"] == "published"))
        ]
        return _listed("commentThread", found)

    @app.post("/youtube/v3/commentThreads")
    def begin_thread() -> Response:
        snippet = request.get_json()["snippet"]
        film = channel.film(snippet.get("videoId", ""))["id"]
        text = snippet["topLevelComment"]["snippet"]["textOriginal"]
        return jsonify(_thread(channel.write(film, None, text), channel))

    @app.get("/youtube/v3/comments")
    def comments() -> Response:
        named, parent = request.args.get("id"), request.args.get("parentId")
        found = [one for one in channel.comments.values() if one["id"] == named or one["parent"] == parent]
        return _listed("comment", [_comment(one) for one in found if parent or one["id"] == named])

    @app.post("/youtube/v3/comments")
    def answer() -> Response:
        snippet = request.get_json()["snippet"]
        parent = channel.comment(snippet["parentId"], "parentCommentNotFound")
        if parent["parent"] is not None:
            raise Refusal("operationNotSupported", "The API user cannot answer an answer.")
        return jsonify(_comment(channel.write(parent["film"], parent["id"], snippet["textOriginal"])))

    @app.delete("/youtube/v3/comments")
    def delete_comment() -> tuple[str, int]:
        channel.comment(request.args["id"])
        del channel.comments[request.args["id"]]
        return "", 204

    @app.post("/youtube/v3/comments/setModerationStatus")
    def moderate() -> tuple[str, int]:
        channel.moderate(request.args["id"], request.args["moderationStatus"])
        return "", 204


# ---------------------------------------------------------------- resources
def _written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _film(film: dict[str, Any], parts: set[str], channel: Channel) -> dict[str, Any]:
    mine = [one for one in channel.comments.values() if one["film"] == film["id"]]
    whole = {
        "snippet": film["snippet"] | {"publishedAt": _written(film["at"]), "channelId": _OURS},
        "statistics": {"viewCount": "0", "likeCount": "0", "commentCount": str(len(mine))},
    }
    if "status" in parts:
        whole["status"] = film["status"] | channel.upload_status(film)
    return {"kind": "youtube#video", "id": film["id"]} | {name: whole[name] for name in parts}


def _comment(comment: Mapping[str, Any]) -> dict[str, Any]:
    ours, base = comment["author"] is None, request.host_url
    snippet = {
        "channelId": _OURS,
        "videoId": comment["film"],
        "textDisplay": comment["text"],
        "authorDisplayName": comment["author"] or "@martin",
        "authorChannelId": {"value": _OURS if ours else _SOMEBODY},
        "authorChannelUrl": base,
        "likeCount": 0,
        "publishedAt": _written(comment["at"]),
        **({"textOriginal": comment["text"]} if ours else {}),
        **({"parentId": comment["parent"]} if comment["parent"] else {}),
    }
    return {"kind": "youtube#comment", "id": comment["id"], "snippet": snippet}


def _thread(comment: Mapping[str, Any], channel: Channel) -> dict[str, Any]:
    replies = sum(one["parent"] == comment["id"] for one in channel.comments.values())
    snippet = {
        "channelId": _OURS,
        "videoId": comment["film"],
        "topLevelComment": _comment(comment),
        "canReply": True,
        "totalReplyCount": replies,
        "isPublic": True,
    }
    return {"kind": "youtube#commentThread", "id": comment["id"], "snippet": snippet}


# ---------------------------------------------------------------- for people
def _serve_people(app: Flask, channel: Channel) -> None:
    @app.get("/")
    def timeline() -> Response:
        public = [one for one in channel.films.values() if one["status"]["privacyStatus"] == "public"]
        return pages.timeline([_shown(one) for one in reversed(public)], "Channel")

    @app.get("/films/<name>")
    def one_film(name: str) -> Response:
        if name not in channel.films:
            raise NotFound("no such film")
        return pages.sealed(
            Response(bytes(channel.films[name]["data"]), mimetype=channel.films[name]["kind"])
        )

    @app.get("/avatars/<name>.svg")
    def avatar(name: str) -> Response:
        return pages.avatar(name)


def _shown(film: Mapping[str, Any]) -> dict[str, Any]:
    """Give a film as the page of statuses shows one."""
    base, snippet = request.host_url.rstrip("/"), film["snippet"]
    return {
        "language": snippet.get("defaultLanguage", ""),
        "account": {"avatar": f"{base}/avatars/martin.svg", "display_name": "martin", "acct": "martin"},
        "url": f"{base}/films/{film['id']}",
        "created_at": _written(film["at"]),
        "content": mastodon_text.html(f"{snippet['title']}\n\n{snippet['description']}", base),
        "media_attachments": [{"type": "video", "url": f"{base}/films/{film['id']}", "description": ""}],
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
    }
