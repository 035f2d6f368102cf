"""`parution explain CODE`: what an error or a warning stands for, and what to do."""

import json
import os
from typing import Annotated

import typer
from rich.markup import escape

from parution.cli.output import Format, console, fail
from parution.plan.codes import CODES
from parution.plan.languages import Language, entry_in, language_of, words
from parution.plan.problems import nearest


def explain(
    code: Annotated[str, typer.Argument(help="The code that a finding carries, such as E104.")],
    format: Annotated[Format, typer.Option(help="Text for people, JSON for machines.")] = Format.TEXT,  # noqa: A002 (the option's name)
    lang: Annotated[Language | None, typer.Option(help="The language; left out, your machine's.")] = None,
) -> None:
    """Say what a code stands for, why it matters, and what to do; exit 1 where there is no such code."""
    name, language = code.upper(), lang or language_of(os.environ)
    if name not in CODES:
        raise fail(f"no code is called '{code}'", _instead(name))
    entry = entry_in(language, name)
    if format is Format.JSON:
        severity = "error" if name.startswith("E") else "warning"
        typer.echo(json.dumps({"code": name, "severity": severity, **entry._asdict()}, ensure_ascii=False))
        return
    console.print(f"[bold]{name}[/] {escape(entry.title)}", soft_wrap=True)
    console.print(escape(entry.explanation), soft_wrap=True)
    console.print(f"[green]{words(language, 'remedy')}[/] {escape(entry.remedy)}", soft_wrap=True)


def _instead(wrong: str) -> str:
    near = nearest(wrong, CODES)
    return f"did you mean {near}: {CODES[near].title}?" if near else "docs/errors.md lists them all"
