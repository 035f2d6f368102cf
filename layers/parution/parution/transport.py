"""HTTP to the outside: one request, one answer, and what a failure proves about the request."""

import logging
import ssl
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import NamedTuple

import httpx
from pydantic import BaseModel, ValidationError

# It logs whole addresses, and Meta wants a token that is to be renewed in one.
logging.getLogger("httpx").setLevel(logging.WARNING)

AGENT = "parution/0.1"
LARGEST_ANSWER = 1_000_000  # bytes; the longest honest one, 40 statuses with their cards, is about 300 kB
_LONGEST_BODY = 20.0  # seconds from the first header to the last byte, however slowly it drips

_NONE_KEPT = httpx.Limits(max_keepalive_connections=0)

_SPENT = httpx.ByteStream(b"")

_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(days=1)


class Answer(NamedTuple):
    """A whole answer, whatever its status."""

    status: int
    headers: httpx.Headers
    body: bytes


class Unsent(NamedTuple):
    """Proven: not one byte of the request reached the server."""

    reason: str


class Lost(NamedTuple):
    """The request left, at least in part, and no whole answer came: anything may have happened."""

    reason: str


def open_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Make the client that every connector uses.

    A fresh connection for each request: on a kept one that the server closed meanwhile, a request that
    was never read could not be told from one that was. No proxy, no netrc, no cookies, no redirects: a
    token travels to the host that it was stored for, and nowhere else.
    """
    return httpx.Client(
        transport=transport or httpx.HTTPTransport(trusted(), retries=0, trust_env=False, limits=_NONE_KEPT),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": AGENT, "Accept": "application/json", "Accept-Encoding": "identity"},
    )


@cache
def trusted() -> ssl.SSLContext:
    """Give the certificates that this machine trusts."""
    # Reading the certificates takes longer than everything else about a client; all may share them.
    return httpx.create_ssl_context(trust_env=False)


def exchange(client: httpx.Client, request: httpx.Request) -> Answer | Unsent | Lost:
    """Send a request once. Never raises on the wire's account, and no text holds more than the host."""
    host = request.url.host
    try:
        response = client.send(request, stream=True)
        try:
            body = _read(response)
        finally:
            response.close()
            # It and the response know each other: a request's megabytes would wait for the collector.
            response.stream = _SPENT
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
        return Unsent(f"{host} could not be reached")
    except httpx.TimeoutException:
        return Lost(f"{host} did not answer in time")
    except httpx.RequestError:
        return Lost(f"the connection to {host} broke before the answer was complete")
    return Lost(f"the answer of {host} was too long") if body is None else _answer(response, body)


def _answer(response: httpx.Response, body: bytes) -> Answer:
    return Answer(response.status_code, response.headers, body)


def _read(response: httpx.Response) -> bytes | None:
    """Read the body, or None when it is larger or slower than any honest one."""
    body, until = bytearray(), time.monotonic() + _LONGEST_BODY
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER or time.monotonic() > until:
            return None
    return bytes(body)


def parsed[Model: BaseModel](model: type[Model], answer: Answer) -> Model | None:
    """Read the answer's JSON as this model, or None when it is anything else."""
    try:
        return model.model_validate_json(answer.body)
    except ValidationError:
        return None


def wait_asked(answer: Answer, otherwise: timedelta) -> timedelta:
    """Say how long the server asks to stay away.

    Retry-After is seconds or an HTTP date (RFC 9110, 10.2.3), X-RateLimit-Reset an ISO 8601 instant as
    Mastodon writes it; instants are compared with the server's own Date, so that no clock's error counts.
    """
    retry_after = answer.headers.get("Retry-After", "")
    if retry_after.isdecimal():
        return _bounded(timedelta(seconds=min(int(retry_after), _LONGEST_WAIT.total_seconds())))
    until = _http_date(retry_after) or _iso_instant(answer.headers.get("X-RateLimit-Reset", ""))
    if until is None:
        return otherwise
    return _bounded(until - (_http_date(answer.headers.get("Date", "")) or datetime.now(UTC)))


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, _SHORTEST_WAIT), _LONGEST_WAIT)


def _http_date(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _iso_instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
