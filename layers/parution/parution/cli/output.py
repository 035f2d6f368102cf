"""How the command speaks: text for people on a terminal, JSON for machines, errors on stderr."""

from enum import StrEnum

import typer
from rich.console import Console
from rich.markup import escape

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def fail(what: str, instead: str) -> typer.Exit:
    """Say what is wrong and what to do instead; raise what this gives, which exits with 1."""
    errors.print(f"[red]error[/] {escape(what)} - {escape(instead)}", soft_wrap=True)
    return typer.Exit(1)
