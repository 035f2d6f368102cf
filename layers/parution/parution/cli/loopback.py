"""How a person's answer comes back: to a port of this machine (RFC 8252, 7.3), or pasted by hand."""

import errno
import hmac
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from string import Template
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from parution.cli.authorisations import Attempt, NotConnected

PATH = "/connected"
_HOST = "127.0.0.1"
_STOPS_WITHIN = 0.05  # seconds
_PAGE_SHOWN_WITHIN = 2.0  # seconds, from the answer to the page that the browser asks for next

_DONE, _REFUSED, _OTHER = "done", "refused", "other"
_WORDS: dict[str, dict[str, tuple[str, str]]] = json.loads(
    (files("parution.cli") / "loopback.json").read_text("utf-8")
)

# No script, nothing from elsewhere, and no referrer.
_PAGE = Template("""<!doctype html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$heading - Parution</title><style>
:root { color-scheme: light dark }
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 18vh auto 0; padding: 0 1.5rem }
p.name { letter-spacing: .08em; opacity: .75; margin: 0 } h1 { font-size: 1.7rem; margin: .3rem 0 .6rem }
</style></head><body><main><p class="name">Parution</p><h1>$heading</h1><p>$sentence</p></main></body></html>
""")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Returned(NamedTuple):
    """What a browser came back with: a code, or why there is none."""

    code: str = ""
    error: str = ""


def pasted(text: str, attempt: Attempt) -> Returned:
    """Read the address at which a browser ended. Raises NotConnected."""
    returned = _read(urlsplit(text.strip()).query, attempt.state)
    if returned is None:
        raise NotConnected(
            "this address is not the answer to this attempt",
            "paste the whole address of the page on which the browser ended, with `code=` and `state=`",
        )
    return returned


def _read(query: str, state: str) -> Returned | None:
    """Give the answer of this attempt; None for anything else."""
    said = {name: values[0] for name, values in parse_qs(query).items()}
    if not hmac.compare_digest(said.get("state", "").encode(), state.encode()):
        return None
    if "code" not in said and "error" not in said:
        return None
    return Returned(said.get("code", ""), said.get("error", ""))


class Loopback:
    """Waits for one answer, on a port that only this machine reaches. Raises NotConnected."""

    def __init__(self, port: int, state: str) -> None:
        self._state, self.strays = state, 0
        self._returned: Returned | None = None
        self._arrived, self._shown = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._server = _listening(port, self)
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_STOPS_WITHIN,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._arrived.is_set():
            self._shown.wait(_PAGE_SHOWN_WITHIN)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, seconds: float) -> Returned:
        """Give the first answer of this attempt; what belongs to another one is shown out."""
        self._arrived.wait(seconds)
        with self._lock:
            if self._returned is not None:
                return self._returned
        others = "; an answer to another attempt came, which was left aside" if self.strays else ""
        raise NotConnected(
            f"no answer came within {seconds:g} s{others}",
            "run the command again; where the browser cannot come back to this machine, add --paste",
        )

    def take(self, query: str) -> str:
        """Keep the first answer; say which page the browser is to see."""
        with self._lock:
            returned = _read(query, self._state)
            if returned is None or self._returned is not None:
                self.strays += 1
                return _OTHER
            self._returned = returned
            self._arrived.set()
        return _DONE if returned.code else _REFUSED

    def shown(self, page: str) -> None:
        if page != _OTHER:
            self._shown.set()


def _listening(port: int, loopback: Loopback) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer((_HOST, port), _handler(loopback))
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise NotConnected(
            f"port {port} of this machine is taken",
            "name another with --port, and register the redirect address with it at the network",
        ) from None


def _handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # seconds: a connection that says nothing keeps nobody waiting

        def do_GET(self) -> None:  # the library's name
            parts = urlsplit(self.path)
            path, _, page = parts.path.rstrip("/").rpartition("/")
            if parts.path.rstrip("/") == PATH:
                # On to a page without the code: it stays neither in the address bar nor in a bookmark.
                self._answer(HTTPStatus.SEE_OTHER, Location=f"{PATH}/{loopback.take(parts.query)}")
            elif path == PATH and page in _WORDS["en"]:
                self._show(page)
            else:
                self._answer(HTTPStatus.NOT_FOUND)

        def _show(self, page: str) -> None:
            lang = "fr" if self.headers.get("Accept-Language", "").lower().startswith("fr") else "en"
            heading, sentence = _WORDS[lang][page]
            body = _PAGE.substitute(lang=lang, heading=heading, sentence=sentence).encode()
            self._answer(HTTPStatus.OK, body, **{"Content-Type": "text/html; charset=utf-8"})
            loopback.shown(page)

        def _answer(self, status: HTTPStatus, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in (_HEADERS | headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's signature)
            """Say nothing: the first line of a request holds the code."""

    return Handler
