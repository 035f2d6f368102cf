"""A local network that speaks the real Mastodon API, as far as publishing needs it."""

import math
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, Unauthorized, UnprocessableEntity

from parution.sandbox import mastodon_text, pages
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now
from parution.sandbox.mastodon_store import (
    MAX_CHARACTERS,
    MAX_MEDIA,
    Account,
    Invalid,
    Media,
    Status,
    Store,
)

TOKENS = {"sandbox-token": "sandbox"}  # access tokens of the accounts that exist unless others are named

_WINDOW = timedelta(minutes=5)
_LARGEST_UPLOAD, _LARGEST_FILM = 16 * 1024 * 1024, 99 * 1024 * 1024
_VISIBILITIES = ("public", "unlisted", "private", "direct")
_LONGEST_PAGE, _USUAL_PAGE = 40, 20
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def secrets(url: str, accounts: Mapping[str, str] = TOKENS, **_: object) -> dict[str, dict[str, str]]:
    """Give, by account, the secret with which the connector opens it."""
    return {name: {"base_url": url, "access_token": token} for token, name in accounts.items()}


def create_app(
    *,
    accounts: Mapping[str, str] = TOKENS,
    clock: Clock = utc_now,
    seed: int = 0,
    pace: float = 1.0,
    rate_limit: int = 300,
) -> Flask:
    """Make the instance; ``accounts`` maps access tokens to user names, ``pace`` speeds engagement up."""
    journal, faults = Journal(), Faults()
    store = Store(accounts, clock=clock, journal=journal, seed=seed, pace=pace)
    app = Flask("parution-sandbox-mastodon")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_FILM + 100_000  # the form around it
    app.register_blueprint(control(faults, journal, store.comment))
    app.register_error_handler(HTTPException, _told)
    app.register_error_handler(Invalid, lambda error: (jsonify(error=str(error)), 422))
    _limit(app, rate_limit, clock)
    _serve_accounts(app, store)
    _serve_media(app, store)
    _serve_statuses(app, store)
    _serve_people(app, store)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


def _caller(store: Store) -> Account:
    account = _visitor(store)
    if account is None:
        raise Unauthorized("This method requires an authenticated user")
    return account


def _visitor(store: Store) -> Account | None:
    """Give who calls, or None for anybody; a token that is given must be right."""
    authorization = request.headers.get("Authorization")
    if authorization is None:
        return None
    account = store.account(authorization.removeprefix("Bearer "))
    if account is None:
        raise Unauthorized("The access token is invalid")
    return account


def _visible(status: Status, visitor: Account | None) -> bool:
    return status.visibility in {"public", "unlisted"} or status.account == visitor


# ---------------------------------------------------------------- rates
def _limit(app: Flask, limit: int, clock: Clock) -> None:
    """Count each token's requests per window of five minutes, as rack-attack does."""
    counts: Counter[tuple[str, int]] = Counter()
    lock = threading.Lock()

    @app.before_request
    def count() -> Response | None:
        if not request.path.startswith("/api/"):
            return None
        with lock:
            counts[_window(clock)] += 1
        return None if counts[_window(clock)] <= limit else _too_many()

    @app.after_request
    def tell(response: Response) -> Response:
        if request.path.startswith("/api/"):
            used = counts[_window(clock)]
            reset = datetime.fromtimestamp((_window(clock)[1] + 1) * _WINDOW.total_seconds(), UTC)
            response.headers["X-RateLimit-Limit"] = str(limit)
            response.headers["X-RateLimit-Remaining"] = str(max(0, limit - used))
            response.headers["X-RateLimit-Reset"] = _written(reset, "microseconds")
        return response


def _too_many() -> Response:
    response = jsonify(error="Too many requests")
    response.status_code = 429
    return response


def _window(clock: Clock) -> tuple[str, int]:
    number = math.floor(clock().timestamp() / _WINDOW.total_seconds())
    return request.headers.get("Authorization", ""), number


# ---------------------------------------------------------------- the API
def _serve_accounts(app: Flask, store: Store) -> None:
    @app.get("/api/v2/instance")
    def instance() -> Response:
        return jsonify(_instance())

    @app.get("/api/v1/accounts/verify_credentials")
    def verify() -> Response:
        account = _caller(store)
        source = {"note": "", "fields": [], "privacy": "public", "sensitive": False, "language": None}
        source |= {"follow_requests_count": 0, "attribution_domains": [], "indexable": True}
        role = {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
        return jsonify(_account(account, store) | {"source": source, "role": role})

    @app.get("/api/v1/accounts/<account_id>/statuses")
    def own(account_id: str) -> Response:
        account, visitor = store.account_of_id(account_id), _visitor(store)
        if account is None:
            raise NotFound("Record not found")
        page = _page([one for one in store.statuses(account) if _visible(one, visitor)])
        response = jsonify([_status(one, store) for one in page])
        if page:
            older, newer = (
                f"{request.base_url}?max_id={page[-1].id}",
                f"{request.base_url}?min_id={page[0].id}",
            )
            response.headers["Link"] = f'<{older}>; rel="next", <{newer}>; rel="prev"'
        return response


def _serve_media(app: Flask, store: Store) -> None:
    @app.post("/api/v2/media")
    def upload() -> tuple[Response, int]:
        account, file = _caller(store), request.files.get("file")
        if file is None:
            raise UnprocessableEntity("Validation failed: File can't be blank")
        data, kind = file.read(), file.mimetype or "application/octet-stream"
        if kind.split("/", 1)[0] not in {"image", "video", "audio"}:
            raise UnprocessableEntity("Validation failed: File content type is not allowed")
        media = store.upload(account, data, kind, request.form.get("description"))
        return jsonify(_media(media, store)), 200 if media.is_ready(store.clock()) else 202

    @app.get("/api/v1/media/<media_id>")
    def medium(media_id: str) -> tuple[Response, int]:
        media = store.media(media_id)
        if media is None or media.account != _caller(store) or media.attached:
            raise NotFound("Record not found")
        return jsonify(_media(media, store)), 200 if media.is_ready(store.clock()) else 206


def _serve_statuses(app: Flask, store: Store) -> None:
    @app.post("/api/v1/statuses")
    def post() -> Response:
        account = _caller(store)
        asked = _asked()
        if asked["in_reply_to_id"] and store.status(asked["in_reply_to_id"]) is None:
            raise NotFound("The post you are trying to reply to does not appear to exist.")
        status = store.post(account, request.headers.get("Idempotency-Key"), **asked)
        return jsonify(_status(status, store))

    @app.get("/api/v1/statuses/<status_id>")
    def show(status_id: str) -> Response:
        status, visitor = store.status(status_id), _visitor(store)
        if status is None or not _visible(status, visitor):
            raise NotFound("Record not found")
        return jsonify(_status(status, store))

    @app.delete("/api/v1/statuses/<status_id>")
    def delete(status_id: str) -> Response:
        status, account = store.status(status_id), _caller(store)
        if status is None or status.account != account:
            raise NotFound("Record not found")
        gone = _status(status, store) | {"text": status.text}
        store.delete(status)
        return jsonify(gone)

    @app.get("/api/v1/statuses/<status_id>/context")
    def context(status_id: str) -> Response:
        visitor = _visitor(store)
        if store.status(status_id) is None:
            raise NotFound("Record not found")
        below = [_status(one, store) for one in store.below(status_id) if _visible(one, visitor)]
        return jsonify(ancestors=[], descendants=below)


def _asked() -> dict[str, Any]:
    """Read a status from JSON or from a form, whose lists are named `media_ids[]`."""
    if request.is_json:
        asked = request.get_json()
        if not isinstance(asked, dict):
            raise BadRequest("The request body must be an object")
        media_ids = asked.get("media_ids") or []
    else:
        asked, media_ids = request.form, request.form.getlist("media_ids[]")
    visibility = asked.get("visibility") or "public"
    if visibility not in _VISIBILITIES:
        raise UnprocessableEntity("Validation failed: Visibility is not included in the list")
    return {
        "text": asked.get("status") or "",
        "media_ids": [str(one) for one in media_ids],
        "language": asked.get("language"),
        "visibility": visibility,
        "spoiler_text": asked.get("spoiler_text") or "",
        "sensitive": str(asked.get("sensitive", "")).lower() in {"true", "1", "on"},
        "in_reply_to_id": str(asked["in_reply_to_id"]) if asked.get("in_reply_to_id") else None,
    }


def _page(statuses: list[Status]) -> list[Status]:
    """Cut a page out of statuses, newest first: below max_id, above since_id, or just above min_id."""
    query = request.args
    below = query.get("max_id", type=int)
    above = query.get("min_id", type=int) or query.get("since_id", type=int)
    if below is not None:
        statuses = [one for one in statuses if int(one.id) < below]
    if above is not None:
        statuses = [one for one in statuses if int(one.id) > above]
    limit = min(max(1, query.get("limit", _USUAL_PAGE, int)), _LONGEST_PAGE)
    return statuses[-limit:] if "min_id" in query else statuses[:limit]


def _written(instant: datetime, precision: str = "milliseconds") -> str:
    return instant.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _instance() -> dict[str, Any]:
    limits = {"max_characters": MAX_CHARACTERS, "max_media_attachments": MAX_MEDIA}
    return {
        "domain": request.host,
        "title": "Parution sandbox",
        "version": "4.5.0",
        "source_url": "",
        "description": "A local network for rehearsals.",
        "languages": ["en"],
        "configuration": {
            "statuses": limits | {"characters_reserved_per_url": mastodon_text.URL_LENGTH},
            "media_attachments": {"image_size_limit": _LARGEST_UPLOAD, "description_limit": 1500},
        },
    }


def _account(account: Account, store: Store) -> dict[str, Any]:
    base = request.host_url.rstrip("/")
    statuses = store.statuses(account)
    picture = f"{base}/avatars/{account.username}.svg"
    return {
        "id": account.id,
        "username": account.username,
        "acct": account.username,
        "display_name": account.username.replace("-", " ").replace("_", " ").title(),
        "locked": False,
        "bot": False,
        "group": False,
        "discoverable": True,
        "indexable": True,
        "created_at": _written(_EPOCH),
        "note": "",
        "url": f"{base}/@{account.username}",
        "uri": f"{base}/users/{account.username}",
        "avatar": picture,
        "avatar_static": picture,
        "header": picture,
        "header_static": picture,
        "followers_count": account.followers,
        "following_count": 0,
        "statuses_count": len(statuses),
        "last_status_at": statuses[0].created_at.date().isoformat() if statuses else None,
        "emojis": [],
        "fields": [],
    }


def _media(media: Media, store: Store) -> dict[str, Any]:
    url = f"{request.host_url}media/{media.id}" if media.is_ready(store.clock()) else None
    return {
        "id": media.id,
        "type": media.type,
        "url": url,
        "preview_url": url,
        "remote_url": None,
        "meta": {},
        "description": media.description,
        "blurhash": None,
    }


def _status(status: Status, store: Store) -> dict[str, Any]:
    base, engagement = request.host_url.rstrip("/"), store.engagement(status)
    name = status.account.username
    answered = store.status(status.in_reply_to_id) if status.in_reply_to_id else None
    return {
        "id": status.id,
        "created_at": _written(status.created_at),
        "edited_at": None,
        "in_reply_to_id": status.in_reply_to_id,
        "in_reply_to_account_id": answered.account.id if answered else None,
        "sensitive": status.sensitive,
        "spoiler_text": status.spoiler_text,
        "visibility": status.visibility,
        "language": status.language,
        "uri": f"{base}/users/{name}/statuses/{status.id}",
        "url": f"{base}/@{name}/{status.id}",
        "content": mastodon_text.html(status.text, base),
        "account": _account(status.account, store),
        "media_attachments": [_media(one, store) for one in status.media],
        "mentions": [],
        "tags": [
            {"name": tag.lower(), "url": f"{base}/tags/{tag}"} for tag in mastodon_text.tags(status.text)
        ],
        "emojis": [],
        "card": None,
        "poll": None,
        "reblog": None,
        "application": {"name": "Parution", "website": None},
        "favourites_count": engagement.favourites,
        "reblogs_count": engagement.reblogs,
        "replies_count": engagement.replies,
        "quotes_count": 0,
        "favourited": False,
        "reblogged": False,
        "muted": False,
        "bookmarked": False,
        "pinned": False,
    }


# ---------------------------------------------------------------- for people
def _serve_people(app: Flask, store: Store) -> None:
    @app.get("/")
    def timeline() -> Response:
        return pages.timeline(_shown(store.statuses(), store), "Timeline")

    @app.get("/@<username>")
    def profile(username: str) -> Response:
        own = [one for one in store.statuses() if one.account.username == username]
        return pages.timeline(_shown(own, store), f"@{username}")

    @app.get("/@<username>/<status_id>")
    def permalink(username: str, status_id: str) -> Response:
        status = store.status(status_id)
        if status is None or status.account.username != username:
            raise NotFound("Record not found")
        return pages.timeline(_shown([status], store), f"@{username}")

    @app.get("/media/<media_id>")
    def file(media_id: str) -> Response:
        media = store.media(media_id)
        if media is None:
            raise NotFound("Record not found")
        return pages.sealed(Response(media.data, mimetype=media.kind))

    @app.get("/avatars/<username>.svg")
    def avatar(username: str) -> Response:
        return pages.avatar(username)


def _shown(statuses: list[Status], store: Store) -> list[dict[str, Any]]:
    return [_status(one, store) for one in statuses if one.visibility == "public"]
