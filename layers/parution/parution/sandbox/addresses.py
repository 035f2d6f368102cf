"""Where sandboxes fetch files from: where the networks do, and from this machine."""

import ipaddress
from urllib.parse import urlsplit


def may_fetch(url: str) -> bool:
    """Say whether a network could fetch it: https at a host with a name, or this machine itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return (parts.scheme == "https" and "." in host) or (parts.scheme == "http" and _is_here(host))


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
