"""What the command line asks of one connection, checked before a browser is opened."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from parution.cli.authorisations import MISSED, NEEDED, Authorisation, NotConnected, Purpose, ways
from parution.cli.loopback import PATH
from parution.plan.model import NETWORKS, RETIRED

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class Asked(NamedTuple):
    """What the command line says of one connection."""

    network: str
    name: str
    way: str | None
    base_url: str | None
    client_id: str | None
    client_secret_file: Path | None
    account: str | None
    values: dict[str, str]
    without: frozenset[Purpose]
    browser: bool
    paste: bool
    redirect: str | None
    port: int
    wait: float
    key_file: Path | None


def known(network: str) -> None:
    """Refuse what no program connects. Raises NotConnected, as all that follows does."""
    if network in RETIRED:
        raise NotConnected(f"{network} is closed for good", f"connect {RETIRED[network]} instead")
    if network not in NETWORKS:
        raise NotConnected(f"no network is called {network!r}", f"name one of {', '.join(NETWORKS)}")


def named(name: str) -> str:
    name = name.removeprefix("secret:")
    if not _NAME.fullmatch(name):
        raise NotConnected(
            f"{name!r} is no name of a secret", "use letters, digits, '_', '.' and '-', at most 100"
        )
    return name


def address(base_url: str | None) -> str | None:
    if base_url is None:
        return None
    base_url = base_url if "://" in base_url else f"https://{base_url}"
    parts = urlsplit(base_url)
    if parts.scheme == "https" or parts.hostname in {"127.0.0.1", "localhost", "::1"}:
        return base_url.rstrip("/")
    raise NotConnected(f"{base_url} is not an https address", "passwords and tokens travel by https only")


def pairs(written: Sequence[str]) -> dict[str, str]:
    values = dict(pair.partition("=")[::2] for pair in written)
    if not all(values.values()):
        raise NotConnected("--with takes KEY=VALUE", "write it as --with categories=3,7")
    return values


def spared(purposes: Sequence[Purpose]) -> frozenset[Purpose]:
    needed = sorted(NEEDED.intersection(purposes))
    if needed:
        spare = ", ".join(one for one in Purpose if one not in NEEDED)
        raise NotConnected(f"without {needed[0]}, {MISSED[needed[0]]}", f"name one of {spare} with --without")
    return frozenset(purposes)


def way_in(asked: Asked) -> Authorisation:
    all_ways = ways(asked.network)
    way = next((one for one in all_ways if asked.way in {None, one.way}), None)
    if way is None:
        raise NotConnected(
            f"{all_ways[0].title} has no way in called {asked.way!r}",
            f"name one of {', '.join(one.way for one in all_ways)} with --login",
        )
    if asked.network == "mastodon" and asked.base_url is None:
        raise NotConnected(
            "Mastodon has many instances", "name yours with --base-url https://mastodon.social"
        )
    return (way.at(asked.base_url) if asked.base_url else way).without(asked.without)


def redirect_address(asked: Asked, way: Authorisation) -> str:
    """Give the address to which the browser comes back: exactly the one that the network knows."""
    if asked.redirect:
        address(asked.redirect)
        return asked.redirect
    if not way.host:
        raise NotConnected(
            f"{way.title} sends browsers to https addresses only",
            "register any https address of yours in the app, give it with --redirect, and paste where the"
            " browser ends",
        )
    return f"http://{way.host}:{asked.port}{PATH}"
