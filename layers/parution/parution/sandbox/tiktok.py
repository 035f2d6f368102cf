"""A local account that speaks TikTok's Content Posting API as far as posting films needs it."""

import itertools
import re
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import NotFound

from parution.sandbox import mastodon_text, pages
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now
from parution.sandbox.oauth import CLIENTS, TokenServer, routes

if TYPE_CHECKING:
    from datetime import datetime

GRANTS = {"tiktok-refresh": "martin"}  # refresh tokens, and whose account they open
PUBLIC = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")

_MB = 1_000_000
_LEAST, _MOST, _LAST_AT_MOST, _MOST_PARTS = 5 * _MB, 64 * _MB, 128 * _MB, 1000
_LONGEST_TITLE, _UPLOAD_LIVES = 2200, timedelta(hours=1)
_PLACE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_KINDS = {"video/mp4", "video/quicktime", "video/webm"}


class Refusal(Exception):
    """Answered as TikTok does: a code in the envelope that comes with every answer."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Account:
    """Uploads, and the films that they became, behind one lock."""

    def __init__(
        self, clock: Clock, journal: Journal, privacies: tuple[str, ...], works_for: int, fails: str
    ) -> None:
        self._clock, self._journal, self.privacies = clock, journal, privacies
        self._works_for, self._fails = works_for, fails
        self.lock, self._numbers = threading.RLock(), itertools.count(1)
        self.uploads: dict[str, dict[str, Any]] = {}

    def begin(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Begin an upload; nothing appears before it is whole."""
        self._check_post(said.get("post_info", {}))
        _check_source(said.get("source_info", {}))
        number = next(self._numbers)
        upload = {
            "id": f"v_pub_file~v2-1.{number:019d}",
            "number": number,
            "post": said["post_info"],
            "source": said["source_info"],
            "data": bytearray(),
            "kind": "",
            "begun_at": self._clock(),
            "at": None,
            "readings": 0,
        }
        self.uploads[upload["id"]] = upload
        return upload

    def _check_post(self, post: Mapping[str, Any]) -> None:
        if post.get("privacy_level") not in self.privacies:
            code = "unaudited_client_can_only_post_to_private_accounts"
            if self.privacies != ("SELF_ONLY",):
                code = "privacy_level_option_mismatch"
            raise Refusal(code, "Please review our integration guidelines.", 403)
        if len(post.get("title", "").encode("utf-16-le")) // 2 > _LONGEST_TITLE:
            raise Refusal("invalid_params", "The title is too long.")

    def take(self, number: int, place: str, kind: str, data: bytes) -> tuple[int, dict[str, Any]]:
        """Take a part, and say how it is answered: uploads know no envelope."""
        upload = next((one for one in self.uploads.values() if one["number"] == number), None)
        found = _PLACE.fullmatch(place)
        if upload is None:
            return 404, {}
        if self._clock() > upload["begun_at"] + _UPLOAD_LIVES:
            return 403, {}
        if found is None or kind not in _KINDS or int(found[2]) - int(found[1]) + 1 != len(data):
            return 400, {}
        if int(found[1]) != len(upload["data"]) or not _is_part(upload, int(found[1]), len(data)):
            return 416, upload
        upload["data"] += data
        upload["kind"] = kind
        if len(upload["data"]) < upload["source"]["video_size"]:
            return 206, upload
        upload["at"] = self._clock()
        if not self._fails:
            self._journal.record("post", upload["id"], upload["at"], text=upload["post"].get("title", ""))
        return 201, upload

    def state(self, name: str) -> dict[str, Any]:
        """Tell what became of an upload."""
        if name not in self.uploads:
            raise Refusal("invalid_publish_id", "The publish_id does not exist.")
        upload = self.uploads[name]
        told = {"uploaded_bytes": len(upload["data"])}
        upload["readings"] += upload["at"] is not None
        if upload["at"] is None or upload["readings"] <= self._works_for:
            return told | {"status": "PROCESSING_UPLOAD"}
        if self._fails:
            return told | {"status": "FAILED", "fail_reason": self._fails}
        public = upload["post"]["privacy_level"] == "PUBLIC_TO_EVERYONE"
        return told | {
            "status": "PUBLISH_COMPLETE",
            "publicaly_available_post_id": [public_id(upload)] if public else [],
        }

    def public(self) -> list[dict[str, Any]]:
        level = "PUBLIC_TO_EVERYONE"
        whole = [one for one in self.uploads.values() if one["at"] is not None and not self._fails]
        return [one for one in whole if one["post"]["privacy_level"] == level]


def public_id(upload: Mapping[str, Any]) -> int:
    return 7_400_000_000_000_000_000 + int(upload["number"])


def _check_source(source: Mapping[str, Any]) -> None:
    """Hold the announced parts against the media transfer guide."""
    size, each, count = (source.get(key, 0) for key in ("video_size", "chunk_size", "total_chunk_count"))
    whole = size < _LEAST
    fits = each == size and count == 1 if whole else _LEAST <= each <= _MOST
    if source.get("source") != "FILE_UPLOAD" or size < 1 or not fits or count != size // each:
        raise Refusal("invalid_params", "The total chunk count is invalid.")
    if count > _MOST_PARTS or size - each * (count - 1) > _LAST_AT_MOST:
        raise Refusal("invalid_params", "The chunk size is invalid.")


def _is_part(upload: Mapping[str, Any], first: int, length: int) -> bool:
    source = upload["source"]
    begins_last = int(source["chunk_size"]) * (source["total_chunk_count"] - 1)
    last = int(source["video_size"]) - begins_last
    return length == (last if first == begins_last else int(source["chunk_size"]))


def secrets(url: str, grants: Mapping[str, str] = GRANTS, **_: object) -> dict[str, dict[str, str]]:
    """Give, by account, the secret with which the connector opens it."""
    ((client, secret),) = CLIENTS.items()
    app = {"base_url": url, "client_key": client, "client_secret": str(secret)}
    return {account: app | {"refresh_token": refresh} for refresh, account in grants.items()}


def create_app(
    *,
    grants: Mapping[str, str] = GRANTS,
    clock: Clock = utc_now,
    privacies: tuple[str, ...] = PUBLIC,
    works_for: int = 0,
    fails: str = "",
    rotates: bool = True,
) -> Flask:
    """Make the account; ``grants`` maps refresh tokens to accounts.

    ``privacies``: what it is offered; an app without audit has SELF_ONLY alone. ``works_for`` readings of
    its status a film is still being checked, then it ``fails`` for this reason, if any. Without ``rotates``
    a refresh token serves many workers that do not know of each other.
    """
    journal, faults = Journal(), Faults()
    tokens = TokenServer(clock=clock, rotates=rotates)
    for refresh, name in grants.items():
        tokens.grant(name, next(iter(CLIENTS)), refresh)
    account = Account(clock, journal, privacies, works_for, fails)
    app = Flask("parution-sandbox-tiktok")
    app.register_blueprint(control(faults, journal))
    app.register_blueprint(routes(tokens, token="/v2/oauth/token/"))  # noqa: S106 (an address)
    app.register_error_handler(Refusal, _told)
    _serve_posts(app, account, tokens)
    _serve_uploads(app, account)
    _serve_people(app, account)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(error: Refusal) -> tuple[Response, int]:
    return _answered({}, error.code, error.message), error.status


def _answered(data: Mapping[str, Any], code: str = "ok", message: str = "") -> Response:
    return jsonify(data=data, error={"code": code, "message": message, "log_id": "20261203"})


def _let_in(tokens: TokenServer) -> str:
    account = tokens.account(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if account is None:
        raise Refusal("access_token_invalid", "The access token is invalid or not found in the request.", 401)
    if request.headers.get("Content-Type") != "application/json; charset=UTF-8":
        raise Refusal("invalid_params", "Only content-type of application/json is accepted.")
    return account


# ---------------------------------------------------------------- the API
def _serve_posts(app: Flask, account: Account, tokens: TokenServer) -> None:
    @app.post("/v2/post/publish/creator_info/query/")
    def creator() -> Response:
        name, is_private = _let_in(tokens), account.privacies == ("SELF_ONLY",)
        may = {"comment_disabled": False, "duet_disabled": is_private, "stitch_disabled": is_private}
        told = {"creator_username": name, "creator_nickname": name, "max_video_post_duration_sec": 600}
        return _answered(told | may | {"privacy_level_options": account.privacies})

    @app.post("/v2/post/publish/video/init/")
    def begin() -> Response:
        _let_in(tokens)
        with account.lock:
            upload = account.begin(request.get_json())
        where = f"{request.host_url}video/?upload_id={upload['number']}&upload_token=Xza{upload['number']}"
        return _answered({"publish_id": upload["id"], "upload_url": where})

    @app.post("/v2/post/publish/status/fetch/")
    def status() -> Response:
        _let_in(tokens)
        return _answered(account.state(request.get_json().get("publish_id", "")))

    @app.post("/v2/video/query/")
    def query() -> Response:
        _let_in(tokens)
        asked = request.get_json()["filters"]["video_ids"]
        fields = request.args["fields"].split(",")
        found = [_counted(one, fields) for one in account.public() if str(public_id(one)) in asked]
        return _answered({"videos": found})


def _serve_uploads(app: Flask, account: Account) -> None:
    @app.put("/video/")
    def put() -> Response:
        number = request.args.get("upload_id", 0, type=int)
        if "Authorization" in request.headers or request.args.get("upload_token") != f"Xza{number}":
            return Response(status=400)
        place, kind = request.headers.get("Content-Range", ""), request.headers.get("Content-Type", "")
        with account.lock:
            status, upload = account.take(number, place, kind, request.get_data())
        there = len(upload.get("data", b""))
        told = {"Content-Range": f"bytes 0-{there - 1}/{upload['source']['video_size']}"} if there else {}
        return Response(status=status, headers=told)


def _counted(upload: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
    counts = {"like_count": 0, "comment_count": 0, "share_count": 0, "view_count": 0}
    whole = counts | {"id": str(public_id(upload)), "title": upload["post"].get("title", "")}
    return {name: whole[name] for name in fields}


# ---------------------------------------------------------------- for people
def _serve_people(app: Flask, account: Account) -> None:
    @app.get("/")
    def timeline() -> Response:
        return pages.timeline([_shown(one) for one in reversed(account.public())], "Films")

    @app.get("/films/<int:number>")
    def one_film(number: int) -> Response:
        for one in account.uploads.values():
            if one["number"] == number:
                return pages.sealed(Response(bytes(one["data"]), mimetype=one["kind"] or "video/mp4"))
        raise NotFound("no such film")

    @app.get("/avatars/<name>.svg")
    def avatar(name: str) -> Response:
        return pages.avatar(name)


def _shown(upload: Mapping[str, Any]) -> dict[str, Any]:
    """Give a film as the page of statuses shows one."""
    base, at = request.host_url.rstrip("/"), cast("datetime", upload["at"])
    film = f"{base}/films/{upload['number']}"
    return {
        "language": "",
        "account": {"avatar": f"{base}/avatars/martin.svg", "display_name": "martin", "acct": "martin"},
        "url": film,
        "created_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content": mastodon_text.html(upload["post"].get("title", ""), base),
        "media_attachments": [{"type": "video", "url": film, "description": ""}],
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
    }
