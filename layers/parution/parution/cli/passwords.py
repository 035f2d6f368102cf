"""Accounts that open with a password made for programs, or with a key that is made here."""

import base64
import os
import re
import secrets
from pathlib import Path
from typing import Any

import httpx

from parution.cli.accounts import Found
from parution.cli.authorisations import NotConnected, title
from parution.cli.grants import json_of
from parution.transport import Answer, exchange

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_KEY_BYTES = 32  # Standard Webhooks takes 24 to 64
_BSKY = "https://bsky.social"
_MADE_FOR_PROGRAMS = re.compile(r"([a-z0-9]{4}-){3}[a-z0-9]{4}")
_UNLIKE = (
    "this looks like the account's own password: make an app password and connect again, so that it can be"
    " withdrawn alone"
)


def bluesky(client: httpx.Client, base_url: str | None, user: str, password: str) -> Found:
    """Begin a session with an app password. Raises NotConnected."""
    base = base_url or _BSKY
    handle = user.strip().removeprefix("@")
    asked = {"identifier": handle, "password": password}
    request = client.build_request(
        "POST", f"{base}/xrpc/com.atproto.server.createSession", json=asked, timeout=_TIMEOUT
    )
    said = _answered(client, request, "bluesky", "copy the app password again, and check the handle")
    values = {"base_url": base, "identifier": handle, "app_password": password}
    warning = "" if _MADE_FOR_PROGRAMS.fullmatch(password) else _UNLIKE
    return Found(str(said.get("did", handle)), str(said.get("handle", handle)), values, warning)


def wordpress(client: httpx.Client, base_url: str | None, user: str, password: str) -> Found:
    """Ask a site who this is, and what they may do. Raises NotConnected."""
    if base_url is None:
        raise NotConnected("a WordPress site has an address", "give it with --base-url https://blog.example")
    request = client.build_request(
        "GET",
        f"{base_url}/wp-json/wp/v2/users/me",
        params={"context": "edit"},
        headers={"Authorization": _basic(user, password)},
        timeout=_TIMEOUT,
    )
    # A wrong password makes a visitor, whom WordPress refuses as one who is not logged in.
    instead = (
        "copy the application password again; where it is right, the web server may not pass on Authorization"
    )
    said = _answered(client, request, "wordpress", instead)
    may = said.get("capabilities", {})
    if not (may.get("publish_posts") and may.get("upload_files")):
        raise NotConnected(
            f"{user} may not publish on this site",
            "give the user the role Editor, then run the command again",
        )
    values = {"base_url": base_url, "user": user, "application_password": password}
    return Found(str(said.get("id", user)), str(said.get("name", user)), values)


def webhook(url: str | None, key_file: Path | None) -> Found:
    """Make the key with which posts are signed, in a file of its owner alone. Raises NotConnected."""
    if url is None or key_file is None:
        raise NotConnected(
            "a webhook needs its address, and a file for its key",
            "give --base-url https://site.example/parution and --key-file FILE",
        )
    key = _read_or_made(key_file)
    return Found(url, url, {"url": url, "signing_key": key})


def _read_or_made(file: Path) -> str:
    if file.exists():
        return file.read_text("utf-8").strip()
    key = "whsec_" + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise NotConnected(
            f"{file} cannot be written: {error.strerror}", "name another with --key-file"
        ) from None
    with os.fdopen(opened, "w", encoding="utf-8") as written:
        written.write(key + "\n")
    return key


def _answered(client: httpx.Client, request: httpx.Request, network: str, instead: str) -> dict[str, Any]:
    reply = exchange(client, request)
    if not isinstance(reply, Answer):
        raise NotConnected(reply.reason, "check the address, and run the command again")
    said = json_of(reply)
    if reply.status in {400, 401, 403}:
        raise NotConnected(f"{title(network)} does not accept this password ({reply.status})", instead)
    if not httpx.codes.is_success(reply.status) or not isinstance(said, dict):
        raise NotConnected(
            f"{title(network)} answered {reply.status}, and not what was asked for", "check the address"
        )
    return said


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
