"""Files and pages at addresses that somebody else wrote: fetched from the public internet alone.

A plan, or a page that a plan links to, may name any address, so that what follows one must not be led to this
machine, to the cloud's metadata or to a private network (OWASP, Server-Side Request Forgery). The host is
resolved once, every address that it has is checked, and the connection goes to a checked address, whatever
the host is said to have a moment later. Each redirect begins from the start.
"""

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple, override
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import httpx
import idna

from parution.transport import AGENT, trusted

_REDIRECTS = 3
_TIMEOUT = httpx.Timeout(5.0, connect=3.0)
_LONGEST = timedelta(seconds=8)  # from the first address to the last byte, redirects included
_LONGEST_URL = 2_048
_PORT = 443
_MOVED = {301, 302, 303, 307, 308}

# A name of letters, digits and hyphens whose last part is no number: 127.1, 0x7f.1 and 2130706433 are none.
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"({_LABEL}\.)+(?=[a-z])(xn--)?[a-z0-9-]{{2,63}}")

# IPv6 networks whose addresses carry one of IPv4 in them: RFC 6052 (NAT64) and RFC 4291 (compatible).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
_IPV6_IN_USE = ipaddress.ip_network("2000::/3")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Sequence[Address]]


class Fetched(NamedTuple):
    """What lies at an address."""

    url: str  # where it was found in the end
    kind: str  # the MIME type as the server says it, without parameters
    body: bytes


class NotFetched(NamedTuple):
    """Why nothing was fetched, for the person who wrote the address."""

    reason: str
    passing: bool = False  # it may be there later


class _Misled(Exception):
    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.told = NotFetched(reason, passing)


def resolved(host: str) -> Sequence[Address]:
    """Give all addresses of a host; none where it has none."""
    try:
        found = socket.getaddrinfo(host, _PORT, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(ipaddress.ip_address(where[0]) for *_, where in found))


class Fetcher:
    """Fetches one thing at a time. Used by several threads at once."""

    def __init__(
        self,
        resolve: Resolve = resolved,
        inner: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``inner`` is what connects; it is given requests whose host is a checked address."""
        self._resolve, self._clock, self._inner = resolve, clock, inner

    @cached_property
    def _client(self) -> httpx.Client:
        inner = self._inner or httpx.HTTPTransport(trusted(), retries=0, trust_env=False)
        return httpx.Client(
            transport=_Pinned(inner),
            follow_redirects=False,
            trust_env=False,
            timeout=_TIMEOUT,
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
        )

    def fetch(self, url: str, kinds: Sequence[str], most: int) -> Fetched | NotFetched:
        """Get what lies there, of at most ``most`` bytes, if its MIME type begins with one of ``kinds``."""
        until = self._clock() + _LONGEST.total_seconds()
        try:
            for _ in range(_REDIRECTS + 1):
                found = self._once(url, kinds, most, until)
                if isinstance(found, Fetched):
                    return found
                url = urljoin(url, found)
        except _Misled as misled:
            return misled.told
        except httpx.RequestError:  # its text may hold the whole address
            return NotFetched("it could not be reached", passing=True)
        return NotFetched(f"it leads on and on: {_REDIRECTS} redirects are followed")

    def _once(self, url: str, kinds: Sequence[str], most: int, until: float) -> Fetched | str:
        """Ask once; a redirect gives the next address."""
        to, safe = self._checked(url)
        accepted = ", ".join(f"{kind}*" if kind.endswith("/") else kind for kind in kinds)
        request = self._client.build_request("GET", safe, headers={"Accept": accepted})
        request.extensions[_TO] = to
        response = self._client.send(request, stream=True)
        try:
            if response.status_code in _MOVED and (goes_on := response.headers.get("Location")):
                return str(goes_on)
            return Fetched(url, *self._read(response, kinds, most, until))
        finally:
            response.close()

    def _checked(self, url: str) -> tuple["_To", str]:
        """Give the address to connect to, and the URL put together again from what was checked."""
        parts = _split(url)
        name = _name(parts)
        found = self._resolve(name)
        if not found:
            raise _Misled("its host is not known", passing=True)
        if not all(is_public(one) for one in found):
            raise _Misled("its host is not on the public internet")
        return _To(found[0], name), urlunsplit(("https", name, parts.path or "/", parts.query, ""))

    def _read(
        self, response: httpx.Response, kinds: Sequence[str], most: int, until: float
    ) -> tuple[str, bytes]:
        if response.status_code != httpx.codes.OK:
            passing = response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
            raise _Misled(f"its server answered {response.status_code}", passing=passing)
        kind = response.headers.get("Content-Type", "").split(";", 1)[0].strip().lower()
        if not kind.startswith(tuple(kinds)):
            raise _Misled(f"it is {kind or 'of no stated kind'}, not {' or '.join(kinds)}")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise _Misled("its server sends it packed, though asked not to")
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > most:
                raise _Misled(f"it is larger than {most:,} bytes")
            if self._clock() > until:
                raise _Misled("its server is too slow", passing=True)
        return kind, bytes(body)


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public internet, whatever it carries inside."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(inner)
        if address not in _IPV6_IN_USE:
            return False
    return address.is_global and not address.is_multicast


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Give the address of IPv4 that one of IPv6 leads to."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    carries = address in _NAT64 or address in _COMPATIBLE
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if carries else None


def _split(url: str) -> SplitResult:
    if len(url) > _LONGEST_URL or not url.isprintable() or re.search(r"[\s\\]", url):
        raise _Misled("it is no address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _Misled("it is no address") from None
    if parts.scheme != "https":
        raise _Misled("it does not begin with https://")
    if "@" in parts.netloc:
        raise _Misled("it holds a user or a password")
    if port not in {None, _PORT}:
        raise _Misled("it names a port of its own")
    return parts


def _name(parts: SplitResult) -> str:
    """Give the host's name in ASCII, as it is resolved and as it is written into the request."""
    try:
        host = idna.encode((parts.hostname or "").rstrip("."), uts46=True).decode()
    except idna.IDNAError:
        host = ""
    if not _HOST.fullmatch(host):
        raise _Misled("its host is no name of the public internet")
    return host


_TO = "parution.to"


class _To(NamedTuple):
    address: Address
    name: str


class _Pinned(httpx.BaseTransport):
    """Connects to the address that was checked, and speaks to the host that was named."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        to: _To = request.extensions.pop(_TO)
        request.extensions["sni_hostname"] = to.name  # what the certificate is held against, too
        request.headers["Host"] = to.name
        request.url = request.url.copy_with(host=str(to.address))
        return self._inner.handle_request(request)

    @override
    def close(self) -> None:
        self._inner.close()
