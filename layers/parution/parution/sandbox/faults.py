"""Faults on demand: what a network may do to a request, ordered over HTTP, and the ground truth of effects.

``POST /_sandbox/faults`` orders one, ``GET`` shows what is left of them, ``DELETE`` takes all back;
``GET /_sandbox/events`` lists every effect with its instant, whatever the client was told.
"""

import io
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

from flask import Blueprint, Response, jsonify, request
from pydantic import Field, ValidationError
from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import get_input_stream

from parution.records import Instant, Record

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/_sandbox"
_HANG = 600.0  # seconds; longer than any client waits


class Kind(StrEnum):
    """What happens to a request."""

    REFUSE = "refuse"  # this status and body, no effect
    RATE_LIMIT = "rate_limit"  # 429 with these headers, no effect
    ERROR_BEFORE = "error_before"  # 500, no effect
    LOST_ANSWER = "lost_answer"  # the effect, then the connection is cut
    ERROR_AFTER = "error_after"  # the effect, then this status and body (500)
    DELAY = "delay"  # so many seconds, then as usual
    SLOW_ANSWER = "slow_answer"  # the effect, and the answer so many seconds later
    LATE_EFFECT = "late_effect"  # the connection is cut now, the effect comes after so many seconds
    HANG = "hang"  # no effect and no answer


_STATUSES = {Kind.REFUSE: 422, Kind.RATE_LIMIT: 429, Kind.ERROR_BEFORE: 500, Kind.ERROR_AFTER: 500}


class Fault(Record):
    """One order; it is used up after ``times`` requests that match all of its patterns."""

    kind: Kind
    method: str = "*"
    path: str = "*"  # a shell pattern, matched against the path without its query
    contains: str = ""  # in the body of the request
    times: Annotated[int, Field(ge=1)] = 1
    seconds: Annotated[float, Field(ge=0, le=_HANG)] = 1.0
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    headers: dict[str, str] = {}
    body: str | None = None


class Effect(Record):
    """Something that really happened on the network."""

    at: Instant
    effect: str
    id: str
    facts: dict[str, Any] = {}


class Journal:
    """The ground truth: every effect, in the order in which they happened."""

    def __init__(self) -> None:
        self._effects: list[Effect] = []
        self._lock = threading.Lock()

    def record(self, effect: str, id: str, at: datetime, **facts: Any) -> None:  # noqa: A002 (the word of every API here)
        with self._lock:
            self._effects.append(Effect(at=at, effect=effect, id=id, facts=facts))

    def effects(self) -> list[Effect]:
        with self._lock:
            return list(self._effects)


class _Ordered:
    def __init__(self, number: int, fault: Fault) -> None:
        self.number, self.fault, self.left = number, fault, fault.times

    def shown(self) -> dict[str, Any]:
        return {"id": self.number, "left": self.left, **self.fault.model_dump(mode="json")}


class Faults:
    """The orders that stand, oldest first; each request takes the first that matches it."""

    def __init__(self) -> None:
        self._ordered: list[_Ordered] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def order(self, fault: Fault) -> dict[str, Any]:
        with self._lock:
            ordered = _Ordered(next(self._numbers), fault)
            self._ordered.append(ordered)
            return ordered.shown()

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [ordered.shown() for ordered in self._ordered]

    def clear(self) -> None:
        with self._lock:
            self._ordered.clear()

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        with self._lock:
            for ordered in self._ordered:
                if ordered.left and _matches(ordered.fault, method, path, body):
                    ordered.left -= 1
                    return ordered.fault
            return None


def _matches(fault: Fault, method: str, path: str, body: bytes) -> bool:
    return (
        fnmatchcase(method, fault.method.upper())
        and fnmatchcase(path, fault.path)
        and fault.contains.encode() in body
    )


class FaultyServer:
    """WSGI middleware between the connection and a sandbox: it does what was ordered."""

    def __init__(self, app: "WSGIApplication", faults: Faults) -> None:
        self._app, self._faults = app, faults
        self.closing = threading.Event()  # wakes everything that waits

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", "/"), environ.get("REQUEST_METHOD", "GET")
        if path.startswith(PREFIX):
            return self._app(environ, start_response)
        # Read whole: a client that is cut off has always sent everything.
        body = get_input_stream(environ).read()
        environ["wsgi.input"] = io.BytesIO(body)
        fault = self._faults.take(method, path, body)
        if fault is None:
            return self._app(environ, start_response)
        return self._do(fault, environ, start_response)

    def _do(
        self, fault: Fault, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        match fault.kind:
            case Kind.REFUSE | Kind.RATE_LIMIT | Kind.ERROR_BEFORE:
                return _answer(fault, start_response)
            case Kind.ERROR_AFTER:
                run_wsgi_app(self._app, environ, buffered=True)
                return _answer(fault, start_response)
            case Kind.DELAY:
                self.closing.wait(fault.seconds)
                return self._app(environ, start_response)
            case Kind.SLOW_ANSWER:
                answer, status, headers = run_wsgi_app(self._app, environ, buffered=True)
                self.closing.wait(fault.seconds)
                start_response(status, headers.to_wsgi_list())
                return answer
            case Kind.LOST_ANSWER:
                run_wsgi_app(self._app, environ, buffered=True)
            case Kind.LATE_EFFECT:
                self._later(fault.seconds, environ)
            case Kind.HANG:
                self.closing.wait(_HANG)
        raise _cut(environ)

    def _later(self, seconds: float, environ: "WSGIEnvironment") -> None:
        kept = {name: value for name, value in environ.items() if name != "werkzeug.socket"}

        def act() -> None:
            if not self.closing.wait(seconds):
                run_wsgi_app(self._app, kept, buffered=True)

        threading.Thread(target=act, daemon=True).start()


def _answer(fault: Fault, start_response: "StartResponse") -> Iterable[bytes]:
    status = fault.status or _STATUSES[fault.kind]
    text = json.dumps({"error": f"{fault.kind} on demand"}) if fault.body is None else fault.body
    headers = {"Content-Type": "application/json", **fault.headers}
    if fault.kind is Kind.RATE_LIMIT:
        headers.setdefault("Retry-After", "60")
    response = Response(text, status=status, headers=headers)
    start_response(response.status, response.headers.to_wsgi_list())
    return [response.get_data()]


def _cut(environ: "WSGIEnvironment") -> ConnectionAbortedError:
    """Cut the connection; the server takes the error as a client that is gone, and writes nothing more."""
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return ConnectionAbortedError("cut on demand")


def control(
    faults: Faults, journal: Journal, comment: Callable[[str, str, str], str] | None = None
) -> Blueprint:
    """Make the routes under which faults are ordered and effects are read.

    ``comment`` lets somebody write below a post: the post's remote id, the text and the author.
    """
    routes = Blueprint("control", __name__, url_prefix=PREFIX)

    @routes.post("/faults")
    def order() -> tuple[Response, int]:
        try:
            fault = Fault.model_validate_json(request.get_data())
        except ValidationError as error:
            return jsonify(error="; ".join(_wrong(error)), kinds=list(Kind)), 400
        return jsonify(faults.order(fault)), 201

    @routes.get("/faults")
    def show() -> Response:
        return jsonify(faults=faults.shown())

    @routes.delete("/faults")
    def clear() -> tuple[str, int]:
        faults.clear()
        return "", 204

    @routes.get("/events")
    def events() -> Response:
        return jsonify(events=[effect.model_dump(mode="json") for effect in journal.effects()])

    @routes.post("/comments")
    def write() -> tuple[Response, int]:
        said = request.get_json()
        if comment is None:
            return jsonify(error="nobody comments here"), 404
        return jsonify(id=comment(said["on"], said["text"], said["author"])), 201

    return routes


def _wrong(error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in one["loc"])
        yield f"{place}: {one['msg']}" if place else one["msg"]


def utc_now() -> datetime:
    return datetime.now(UTC)


Clock = Callable[[], datetime]
