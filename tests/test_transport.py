import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from parution import transport
from parution.transport import LARGEST_ANSWER, Answer, Lost, Unsent, exchange, open_client, wait_asked

FIVE_MINUTES = timedelta(minutes=5)


def answered(**headers: str) -> Answer:
    return Answer(429, httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), b"")


def exchanged(handler: Callable[[httpx.Request], httpx.Response]) -> Answer | Unsent | Lost:
    with open_client(httpx.MockTransport(handler)) as client:
        return exchange(client, client.build_request("POST", "https://masto.example/api/v1/statuses"))


def raising(error: type[httpx.RequestError]) -> Callable[[httpx.Request], httpx.Response]:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error("Bearer canary-token", request=request)

    return handler


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_failure_before_the_first_byte_proves_that_nothing_was_sent(
    error: type[httpx.RequestError],
) -> None:
    reply = exchanged(raising(error))

    assert reply == Unsent("masto.example could not be reached")


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.RemoteProtocolError,
        httpx.LocalProtocolError,
        httpx.DecodingError,
    ],
)
def test_a_failure_after_the_first_byte_proves_nothing(error: type[httpx.RequestError]) -> None:
    reply = exchanged(raising(error))

    assert isinstance(reply, Lost)
    assert "canary" not in reply.reason


def test_every_failure_that_httpx_knows_is_either_unsent_or_lost() -> None:
    def children(error: type[httpx.RequestError]) -> Iterator[type[httpx.RequestError]]:
        yield error
        for child in error.__subclasses__():
            yield from children(child)

    for error in children(httpx.RequestError):
        assert isinstance(exchanged(raising(error)), Unsent | Lost), error


def test_a_host_that_does_not_exist_was_sent_nothing() -> None:
    with open_client() as client:
        reply = exchange(client, client.build_request("GET", "http://no-such-host.invalid/"))

    assert reply == Unsent("no-such-host.invalid could not be reached")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    visited = []

    def handler(request: httpx.Request) -> httpx.Response:
        visited.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example/"})

    reply = exchanged(handler)

    assert isinstance(reply, Answer)
    assert reply.status == 307
    assert visited == ["masto.example"]


def test_an_answer_that_never_ends_is_lost_and_not_kept() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    reply = exchanged(lambda _: httpx.Response(200, content=endless()))

    assert reply == Lost("the answer of masto.example was too long")


def test_the_longest_answer_allowed_is_read_whole() -> None:
    reply = exchanged(lambda _: httpx.Response(200, content=b"x" * LARGEST_ANSWER))

    assert isinstance(reply, Answer)
    assert len(reply.body) == LARGEST_ANSWER


def test_a_cookie_of_one_account_is_not_sent_for_another() -> None:
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"Set-Cookie": "session=of-the-first-account; Path=/"})

    with open_client(httpx.MockTransport(handler)) as client:
        for _ in range(2):
            exchange(client, client.build_request("GET", "https://masto.example/"))

    assert sent == [None, None]


def test_requests_say_who_sends_them() -> None:
    agents = []

    def handler(request: httpx.Request) -> httpx.Response:
        agents.append(request.headers["user-agent"])
        return httpx.Response(200)

    exchanged(handler)

    assert agents == ["parution/0.1"]


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (answered(Retry_After="7"), timedelta(seconds=7)),
        (answered(Retry_After="0"), timedelta(seconds=1)),
        (answered(Retry_After="9" * 40), timedelta(days=1)),
        (
            answered(Retry_After="Thu, 03 Dec 2026 08:00:30 GMT", Date="Thu, 03 Dec 2026 08:00:00 GMT"),
            timedelta(seconds=30),
        ),
        (
            answered(X_RateLimit_Reset="2026-12-03T08:05:00.000000Z", Date="Thu, 03 Dec 2026 08:01:00 GMT"),
            timedelta(minutes=4),
        ),
        (
            answered(X_RateLimit_Reset="2026-12-03T07:00:00Z", Date="Thu, 03 Dec 2026 08:01:00 GMT"),
            timedelta(seconds=1),
        ),
        (answered(Retry_After="soon"), FIVE_MINUTES),
        (answered(Retry_After="-5"), FIVE_MINUTES),
        (answered(X_RateLimit_Reset="tomorrow"), FIVE_MINUTES),
        (answered(), FIVE_MINUTES),
    ],
)
def test_the_server_says_how_long_to_stay_away(answer: Answer, wait: timedelta) -> None:
    assert wait_asked(answer, otherwise=FIVE_MINUTES) == wait


# ---------------------------------------------------------------- over real connections
@contextmanager
def a_server_that_says(answer: bytes) -> Iterator[str]:
    """Take one connection, read the request, say this, and hang up."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def asked(url: str) -> Answer | Unsent | Lost:
    with open_client() as client:
        return exchange(client, client.build_request("POST", url, json={"status": "Bonjour."}))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz",
        b"nonsense\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_makes_no_sense_is_lost(answer: bytes) -> None:
    with a_server_that_says(answer) as address:
        assert isinstance(asked(f"http://{address}/"), Lost)


def test_a_whole_answer_is_read_whatever_its_status() -> None:
    with a_server_that_says(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy") as address:
        reply = asked(f"http://{address}/")

    assert isinstance(reply, Answer)
    assert (reply.status, reply.body) == (503, b"busy")


def test_no_connection_is_used_twice() -> None:
    callers = []

    class Kept(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            callers.append(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's signature)
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Kept) as server, open_client() as client:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for _ in range(2):
            exchange(client, client.build_request("GET", f"http://127.0.0.1:{server.server_port}/"))
        server.shutdown()

    assert len(set(callers)) == 2


def test_a_server_without_tls_was_sent_nothing_that_was_meant_for_one_with_it() -> None:
    with a_server_that_says(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address:
        assert isinstance(asked(f"https://{address}/"), Unsent)


def test_an_answer_that_drips_too_slowly_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LONGEST_BODY", -1.0)

    with a_server_that_says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as address:
        assert isinstance(asked(f"http://{address}/"), Lost)


def test_no_address_is_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with open_client(httpx.MockTransport(lambda request: httpx.Response(200))) as client:
        exchange(client, client.build_request("GET", "https://graph.example/me?access_token=canary"))

    assert "canary" not in caplog.text
