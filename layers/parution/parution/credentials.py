"""What a secret must hold before it is used; errors name keys, never values."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from parution.errors import NoSuchSecret

# What RFC 6750 lets a bearer token be: anything else would be refused, or break the header it is in.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=|:-]+")


# What RFC 3986 lets an address be, without user and fragment, and with braces for a place to fill in.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+([/?][A-Za-z0-9._~:/?@!$&'()*+,;=%{}-]*)?")


class Credentials:
    """The values of one secret, taken out by key. Raises NoSuchSecret when it cannot serve."""

    def __init__(
        self, name: str, values: Mapping[str, str], required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> None:
        self.name, self._values = name, values
        for key in required:
            if not values.get(key):
                raise self.wrong(key, f"is missing; the secret needs {', '.join(required)}")
        for key in sorted(values.keys() - {*required, *optional}):
            raise self.wrong(key, f"is not known; known are {', '.join(required + optional)}")

    def wrong(self, key: str, what: str) -> NoSuchSecret:
        """Make the error about one key."""
        return NoSuchSecret(f"secret:{self.name}: {key!r} {what}")

    def token(self, key: str) -> str:
        value = self._values[key].strip()
        if not _TOKEN.fullmatch(value):
            raise self.wrong(key, "holds characters that no access token has; paste it again")
        return value

    def flag(self, key: str) -> bool:
        value = self._values.get(key, "false")
        if value not in {"true", "false"}:
            raise self.wrong(key, 'must be "true" or "false"')
        return value == "true"

    def url(self, key: str) -> str | None:
        """Give an https address; plain http only on this machine, where nobody listens in between."""
        value = self._values.get(key)
        if value is None:
            return None
        if not _is_safe(value):
            raise self.wrong(key, "must be an https:// address without user, password or #fragment")
        return value

    def base_url(self, key: str) -> str:
        """Give an address to which paths are added."""
        value = self.url(key) or ""
        if urlsplit(value).query:
            raise self.wrong(key, "must be an address without a ?query")
        return value.rstrip("/")

    def signing_key(self, key: str) -> bytes:
        """Decode `whsec_` + base64: 24 to 64 random bytes, as Standard Webhooks wants them."""
        value = self._values[key]
        try:
            decoded = base64.b64decode(value.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            decoded = b""
        if not value.startswith("whsec_") or not 24 <= len(decoded) <= 64:  # noqa: PLR2004 (the standard's)
            raise self.wrong(key, "must be whsec_ followed by 24 to 64 bytes in base64")
        return decoded


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not _ADDRESS.fullmatch(url) or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
