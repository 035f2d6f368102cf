"""`parution networks`: what each network guarantees against doubles, and what that asks of people."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Any, NamedTuple

import typer
from rich.table import Table

from parution.cli.options import Output
from parution.cli.output import Format, console
from parution.cli.words import lasting, print_json
from parution.networks import terms_of
from parution.networks.terms import Terms
from parution.plan.fees import fees_of
from parution.plan.model import NETWORKS, RETIRED
from parution.publishing.ports import Guarantee

_SOON = 90  # days before a version ends, in which it is to be updated


class _Meaning(NamedTuple):
    after_a_lost_answer: str
    left_for_you: str


_MEANINGS = {
    Guarantee.KEYED: _Meaning(
        "It is looked for. Not there once it has settled, it is sent once more under the same key, as long "
        "as that lives: the network itself refuses a double.",
        "Nothing; only what stays out of reach until the key is dead becomes `unconfirmed`.",
    ),
    Guarantee.STEPWISE: _Meaning(
        "The container is asked, and the same one is published once more: it publishes once.",
        "Nothing; only what stays out of reach until the container is dead becomes `unconfirmed`.",
    ),
    Guarantee.READABLE: _Meaning(
        "It is looked for, for a day; it is never sent again by itself.",
        "What is not there is `unconfirmed`: look yourself, then `parution resolve`.",
    ),
    Guarantee.BLIND: _Meaning(
        "Nobody can look, and it is never sent again by itself.",
        "Every lost answer is `unconfirmed` at once: look yourself, then `parution resolve`.",
    ),
}


def networks(
    *,
    certified: Annotated[
        bool, typer.Option("--certified", help="Show what each connector publishes, and how that was tried.")
    ] = False,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Show what every network guarantees, what becomes of a lost answer, and what is left for you."""
    if certified:
        print_json(certificates()) if format is Format.JSON else console.print(_matrix(certificates()))
        return
    stated = {name: terms_of(name) for name in NETWORKS}
    in_order = sorted(stated, key=lambda name: stated[name] is None)
    if format is Format.JSON:
        known = [_as_json(name, stated[name]) for name in in_order]
        print_json([*known, *({"network": name, "instead": other} for name, other in RETIRED.items())])
        return
    console.print(_table({name: stated[name] for name in in_order}))
    console.print()
    console.print(_legend({one for found in stated.values() if found for one in found.guarantees}))
    console.print()
    for line in (*_prices(), *endings(stated, datetime.now(UTC).date())):
        console.print(line)


def certificates() -> dict[str, Any]:
    """Give, by network, what its connector was tried with and against (tests/contracts/certification)."""
    found: dict[str, Any] = json.loads(files("parution.networks").joinpath("certified.json").read_text())
    return found


def _matrix(certified: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
    for heading in ("network", "publishes", "beside that", "requests held against", "tried before", "on"):
        table.add_column(heading, no_wrap=heading in {"network", "on"}, overflow="fold")
    for name, entry in certified.items():
        for place, part in enumerate(("double", "real")):
            if part in entry:
                table.add_row(name if place == 0 else "", *_certificate(entry[part]))
    return table


def _certificate(entry: dict[str, Any]) -> tuple[str, ...]:
    return (
        ", ".join(entry["kinds"]),
        ", ".join(entry["offers"]),
        entry["requests"] or "no description is published",
        entry.get("server", "a double on this machine"),
        entry["on"],
    )


def _prices() -> Iterator[str]:
    """Say what networks ask for each post, and since when that is known."""
    for name in NETWORKS:
        if fees := fees_of(name):
            post, linked, described = map(_usd, (fees.post, fees.post_with_link, fees.alternative_text))
            yield (
                f"[bold]{name}[/] asks {post} USD a post, {linked} with an address, and {described} for each"
                f" picture that is described ({fees.source})"
            )


def endings(stated: Mapping[str, Terms | None], today: date) -> Iterator[str]:
    """Say when the versions of networks' APIs end that this program speaks, and warn before they do."""
    for name, found in stated.items():
        if found is None or found.version is None:
            continue
        version, left = found.version, (found.version.ends_on - today).days
        said = f"[bold]{name}[/]: version {version.name} of its API"
        ends = f"on {version.ends_on.day} {version.ends_on:%B %Y}"
        if left <= 0:
            yield f"{said} [red]ended {ends}[/]: update the program ({version.source})"
        elif left < _SOON:
            yield f"{said} [yellow]ends {ends}, in {left} days[/]: update the program ({version.source})"
        else:
            yield f"{said} ends {ends} ({version.source})"


def _usd(millionths: int) -> str:
    return f"{Decimal(millionths) / 1_000_000:f}"


def _table(stated: dict[str, Terms | None]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("network", "guarantee", "settles in", "key lives", "posts a day"):
        table.add_column(heading, justify="right" if heading == "posts a day" else "left")
    for name, found in stated.items():
        cap = NETWORKS[name].daily_cap
        table.add_row(name, *_row(found), f"{cap:,}" if cap else "", style=None if found else "dim")
    for name, other in RETIRED.items():
        table.add_row(name, f"closed for good: use {other}", style="dim")
    return table


def _row(found: Terms | None) -> tuple[str, str, str]:
    if found is None:
        return "not connected yet", "", ""
    *first, last = found.guarantees
    several = f"{', '.join(first)} or {last}: as its secret says"
    return (
        several if first else f"[green]{last}[/]",
        lasting(found.settling),
        lasting(found.key_lives) if found.key_lives else "",
    )


def _legend(guarantees: set[Guarantee]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
    for heading in ("", "after a lost answer", "what is left for you"):
        table.add_column(heading)
    for one in Guarantee:
        if one in guarantees:
            table.add_row(f"[bold]{one}[/]", *_MEANINGS[one])
    return table


def _as_json(name: str, found: Terms | None) -> dict[str, Any]:
    fees = fees_of(name)
    facts: dict[str, Any] = {
        "network": name,
        "connected": found is not None,
        "daily_cap": NETWORKS[name].daily_cap,
        "fees_in_millionths_of_usd": fees.model_dump(mode="json") if fees else None,
    }
    if found is None:
        return facts
    return facts | {
        "guarantees": {one: _MEANINGS[one]._asdict() for one in found.guarantees},
        "settling_seconds": found.settling.total_seconds(),
        "key_lives_seconds": found.key_lives.total_seconds() if found.key_lives else None,
        "limits": [limit.model_dump(mode="json") for limit in found.limits],
        "api_version": _version_as_json(found),
    }


def _version_as_json(found: Terms) -> dict[str, str] | None:
    version = found.version
    if version is None:
        return None
    return {"name": version.name, "ends_on": version.ends_on.isoformat(), "source": version.source}
