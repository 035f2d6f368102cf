"""`parution init`: the files to begin with, that validate as they are."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from parution.cli.output import console, fail
from parution.plan.languages import Language, language_of
from parution.plan.presets import Beginner, Preset, preset
from parution.plan.times import zone, zones
from parution.plan.wording import as_name


class PresetName(StrEnum):
    TPE = "tpe"
    PME = "pme"
    AGENCE = "agence"


_PRESETS: Mapping[PresetName, Preset] = {
    PresetName.TPE: "tpe",
    PresetName.PME: "pme",
    PresetName.AGENCE: "agence",
}


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; made where there is none.")],
    *,
    chosen: Annotated[
        PresetName,
        typer.Option("--preset", help="tpe: one person. pme: a small company. agence: several brands."),
    ] = PresetName.TPE,
    name: Annotated[str | None, typer.Option(help="The brand's name, or the agency's.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The zone that times are written in.")] = None,
    currency: Annotated[str | None, typer.Option(help="The currency of amounts.")] = None,
    lang: Annotated[
        Language | None, typer.Option(help="The language of texts and comments; your machine's, if left out.")
    ] = None,
) -> None:
    """Write a plan to begin with, its posts in the days to come; never writes over a file."""
    french = (lang or language_of(os.environ)) is Language.FR
    who = _beginner(chosen, name, french=french)._replace(
        timezone=timezone or ("Europe/Paris" if french else "Europe/London"),
        currency=currency or ("EUR" if french else "GBP"),
    )
    if who.timezone not in zones():
        raise fail(f"'{who.timezone}' is no time zone", "write one such as Europe/Paris")
    files = preset(_PRESETS[chosen], who, datetime.now(UTC).astimezone(zone(who.timezone)).date())
    if standing := [file for file in files if (folder / file).exists()]:
        raise fail(f"{folder / standing[0]} is there already", "name another folder; nothing was written")
    for file, document in files.items():
        _write(folder / file, document)
    for line in _next(folder, files):
        console.print(line, soft_wrap=True)


def _beginner(chosen: PresetName, name: str | None, *, french: bool) -> Beginner:
    ours = chosen is PresetName.AGENCE
    otherwise = ("Mon Agence" if ours else "Ma Marque") if french else ("My Agency" if ours else "My Brand")
    brand = as_name(name or otherwise)
    if not brand:
        raise fail(f"'{name}' gives no id", "write a name with letters of the Latin alphabet or digits")
    return Beginner(brand, name or otherwise, timezone="", currency="", french=french)


def _write(place: Path, document: Mapping[str, Any]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise fail(f"{place}: {error.strerror}", "check the folder's name and your rights") from None


def _next(folder: Path, files: Mapping[str, Any]) -> Iterator[str]:
    """Say what was written and what to type next, in the order of doing."""
    first = folder / next(iter(files))
    yield f"Wrote {', '.join(escape(str(folder / file)) for file in files)}."
    yield ""
    yield f"  parution validate {escape(str(first))}"
    if len(files) == 1:
        yield f"  parution rehearse {escape(str(first))} --out {escape(str(folder / 'rehearsal'))}"
    for secret in sorted(set(_secrets(files))):
        yield f"  parution secret set {secret} --stack NAME"
    yield f"  parution plan {escape(str(first))} --stack NAME"
    yield f"  parution apply {escape(str(first))} --stack NAME"


def _secrets(node: Any) -> Iterator[str]:
    """Find the secrets that documents name."""
    if isinstance(node, str) and node.startswith("secret:"):
        yield node.removeprefix("secret:")
    elif isinstance(node, dict | list | tuple):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _secrets(each)
