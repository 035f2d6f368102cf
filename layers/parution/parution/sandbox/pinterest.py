"""A local server that speaks Pinterest's API v5 as far as publishing pins needs it."""

import base64
import itertools
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, jsonify, request

from parution.sandbox.addresses import may_fetch
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now
from parution.sandbox.oauth import CLIENTS, OAuthError, TokenServer

ACCOUNTS = {"sandbox-token": "sandbox"}  # access tokens that do not end, and whose they are
BOARD = "1022106146619699845"

_ACCESS_LIVES, _REFRESH_LIVES = timedelta(days=30), timedelta(days=60)
_LARGEST_UPLOAD = 600 * 1024 * 1024
_WRITES = 100  # a minute (org_write, Standard access)
_LONGEST = {"title": 100, "description": 800, "alt_text": 500, "link": 2048}
_FORM = {
    "x-amz-date": "20261122T154547Z",
    "x-amz-signature": "fcd6309a6aaee213",
    "x-amz-security-token": "IQoJb3JpZ2luX2VjEJr==",
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "key": "uploads/11/aa/22/3:video:",
    "policy": "eyJleHBpcmF0aW9uIjoiMj==",
    "x-amz-credential": "ASIA/20261122/us-east-1/s3/aws4_request",
    "Content-Type": "multipart/form-data",
}


class Refusal(Exception):
    """Answered as the API does: a code of its own, a message and the status."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Boards:
    """Pins and films, behind one lock."""

    def __init__(self, clock: Clock, journal: Journal, looks: int) -> None:
        self.clock, self._journal, self._looks = clock, journal, looks
        self._lock, self._numbers = threading.RLock(), itertools.count(813744226420795884)
        self.pins: dict[str, dict[str, Any]] = {}
        self.films: dict[str, str] = {}
        self._looked: dict[str, int] = {}

    def make(self, said: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            _check(said)
            self._check_film(said["media_source"])
            number, at = str(next(self._numbers)), self.clock()
            written = {key: said.get(key) for key in _LONGEST}
            pin = written | {"id": number, "at": at, "board_id": BOARD, "source": said["media_source"]}
            self.pins[number] = pin
            self._journal.record("pin", number, at, title=pin["title"], link=pin["link"])
            return pin

    def _check_film(self, source: Mapping[str, Any]) -> None:
        if source["source_type"] != "video_id":
            return
        if self.films.get(source["media_id"]) != "succeeded":
            raise Refusal(400, 234, "Media upload is not ready")
        if not {"cover_image_url", "cover_image_data", "cover_image_key_frame_time"} & source.keys():
            raise Refusal(400, 234, "Missing cover_image_url or cover_image_content_type")

    def pin(self, number: str) -> dict[str, Any]:
        if number not in self.pins:
            raise Refusal(404, 50, "Pin not found.")
        return self.pins[number]

    def delete(self, number: str) -> None:
        with self._lock:
            self.pin(number)
            del self.pins[number]

    def register(self) -> str:
        with self._lock:
            number = str(next(self._numbers))
            self.films[number] = "registered"
            return number

    def store(self, number: str, data: bytes) -> None:
        self.films[number] = "processing" if data[4:8] == b"ftyp" else "failed"

    def look(self, number: str) -> str:
        """Give how a film stands; it is ready after so many looks."""
        with self._lock:
            if number not in self.films:
                raise Refusal(404, 2901, "Media upload not found")
            self._looked[number] = self._looked.get(number, 0) + 1
            if self.films[number] == "processing" and self._looked[number] > self._looks:
                self.films[number] = "succeeded"
            return self.films[number]


def _check(said: Mapping[str, Any]) -> None:
    """Hold a pin against what the description says of it."""
    for key, most in _LONGEST.items():
        if len(said.get(key) or "") > most:
            raise Refusal(400, 1, f"Invalid request: '{key}' is too long")
    if said.get("board_id") != BOARD:
        raise Refusal(404, 40, "Board not found.")
    source = said.get("media_source", {})
    match source.get("source_type"):
        case "image_url":
            addresses = [source.get("url", "")]
        case "multiple_image_urls":
            addresses = [item.get("url", "") for item in source.get("items", [])]
            if not 2 <= len(addresses) <= 5:  # noqa: PLR2004 (maxItems, minItems)
                raise Refusal(400, 1, "Invalid request: constraint: maxItems=5")
        case "video_id":
            addresses = []
        case _:
            raise Refusal(400, 1, "Invalid request: 'media_source' is required")
    if not all(map(may_fetch, addresses)):
        raise Refusal(400, 235, "Sorry we could not fetch the image.")


def secrets(
    url: str, accounts: Mapping[str, str] = ACCOUNTS, grants: Mapping[str, str] | None = None, **_: object
) -> dict[str, dict[str, str]]:
    """Give, by account, the secret with which the connector opens it."""
    ((client, secret),) = CLIENTS.items()
    board = {"base_url": f"{url}/v5", "board_id": BOARD}
    app = {"client_id": client, "client_secret": str(secret)}
    lasting = {name: {**board, "access_token": token} for token, name in accounts.items()}
    renewed = {name: {**board, **app, "refresh_token": token} for token, name in (grants or {}).items()}
    return renewed or lasting


def create_app(
    *,
    accounts: Mapping[str, str] = ACCOUNTS,
    grants: Mapping[str, str] | None = None,
    clock: Clock = utc_now,
    looks: int = 0,
) -> Flask:
    """Make the server; ``grants`` maps refresh tokens to names, a film is ready after ``looks`` looks."""
    journal, faults = Journal(), Faults()
    tokens = TokenServer(clock=clock, access_life=_ACCESS_LIVES, refresh_life=_REFRESH_LIVES)
    for token, name in (grants or {}).items():
        tokens.grant(name, refresh=token)
    needed = _Doorkeeper(accounts, tokens)
    boards = Boards(clock, journal, looks)
    app = Flask("parution-sandbox-pinterest")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_UPLOAD
    app.register_blueprint(control(faults, journal))
    app.register_error_handler(Refusal, _told)
    _serve_tokens(app, tokens)
    _serve_pins(app, boards, needed)
    _serve_films(app, boards, needed)
    app.after_request(_counting(itertools.count(1)))
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(error: Refusal) -> tuple[Response, int]:
    return jsonify(code=error.code, message=error.message), error.status


def _counting(numbers: "itertools.count[int]") -> Any:
    def counted(response: Response) -> Response:
        left = max(0, _WRITES - next(numbers) % _WRITES)
        response.headers |= {
            "x-ratelimit-limit": str(_WRITES),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": "60",
        }
        return response

    return counted


class _Doorkeeper:
    def __init__(self, accounts: Mapping[str, str], tokens: TokenServer) -> None:
        self._accounts, self._tokens = accounts, tokens

    def __call__(self) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._accounts and self._tokens.account(token) is None:
            raise Refusal(401, 2, "Authentication failed.")


# ---------------------------------------------------------------- the API
def _serve_tokens(app: Flask, tokens: TokenServer) -> None:
    @app.post("/v5/oauth/token")
    def token() -> Response:
        credentials = request.headers.get("Authorization", "").removeprefix("Basic ")
        client, _, secret = base64.b64decode(credentials).decode().partition(":")
        if request.form.get("grant_type") != "refresh_token":
            raise Refusal(400, 1, "Missing request body")
        try:
            tokens.authenticate(client, secret)
            issued = tokens.refresh(client, request.form["refresh_token"])
        except OAuthError as error:
            raise Refusal(401, 2, "Authentication failed.") from error
        lives = int(_REFRESH_LIVES.total_seconds())
        return jsonify(
            response_type="refresh_token",
            access_token=issued.access,
            token_type="bearer",  # noqa: S106 (no password)
            expires_in=int(issued.lifetime.total_seconds()),
            scope="boards:read,boards:write,pins:read,pins:write",
            refresh_token=issued.refresh,
            refresh_token_expires_in=lives,
            refresh_token_expires_at=int(utc_now().timestamp()) + lives,
        )


def _serve_pins(app: Flask, boards: Boards, needed: _Doorkeeper) -> None:
    @app.post("/v5/pins")
    def make() -> tuple[Response, int]:
        needed()
        return jsonify(_pin(boards.make(request.get_json()))), 201

    @app.get("/v5/pins/<number>")
    def read(number: str) -> Response:
        needed()
        counts = {"pin_click": 0, "impression": 0, "clickthrough": 0, "save": 0, "reaction": 0, "comment": 0}
        asked = request.args.get("pin_metrics") == "true"
        pin = _pin(boards.pin(number))
        return jsonify(pin | {"pin_metrics": {"lifetime_metrics": counts} if asked else None})

    @app.delete("/v5/pins/<number>")
    def delete(number: str) -> tuple[str, int]:
        needed()
        boards.delete(number)
        return "", 204

    @app.get("/v5/boards/<board>/pins")
    def listed(board: str) -> Response:
        needed()
        if board != BOARD:
            raise Refusal(404, 40, "Board not found.")
        first, size = int(request.args.get("bookmark", 0)), int(request.args.get("page_size", 25))
        newest = [_pin(pin) for pin in reversed(boards.pins.values())]
        more = str(first + size) if len(newest) > first + size else None
        return jsonify(items=newest[first : first + size], bookmark=more)


def _serve_films(app: Flask, boards: Boards, needed: _Doorkeeper) -> None:
    @app.post("/v5/media")
    def register() -> tuple[Response, int]:
        needed()
        number = boards.register()
        place = {"upload_url": f"{request.host_url}bucket/", "media_type": "video", "media_id": number}
        return jsonify(place | {"upload_parameters": {**_FORM, "key": _FORM["key"] + number}}), 201

    @app.post("/bucket/")
    def store() -> tuple[str, int]:
        number = request.form.get("key", "").rpartition(":")[2]
        if request.form.keys() != _FORM.keys() or "Authorization" in request.headers:
            return "<Error><Code>AccessDenied</Code></Error>", 403
        boards.store(number, request.files["file"].read())
        return "", 204

    @app.get("/v5/media/<number>")
    def look(number: str) -> Response:
        needed()
        return jsonify(media_id=number, media_type="video", status=boards.look(number))


_KINDS = {"image_url": "image", "multiple_image_urls": "multiple_images", "video_id": "video"}


def _pin(pin: Mapping[str, Any]) -> dict[str, Any]:
    at: datetime = pin["at"]
    return {
        **{key: pin[key] for key in ("id", "title", "description", "link", "alt_text", "board_id")},
        "created_at": at.isoformat(timespec="seconds"),
        "media": {"media_type": _KINDS[pin["source"]["source_type"]]},
        "board_owner": {"username": "martin"},
        "board_section_id": None,
        "parent_pin_id": None,
        "creative_type": "VIDEO" if pin["source"]["source_type"] == "video_id" else "REGULAR",
        "is_owner": True,
        "is_standard": True,
        "has_been_promoted": False,
        "pin_metrics": None,
    }
