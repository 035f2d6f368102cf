"""`parution learn`: each line's response curve from its past days, and the problem that follows."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from parution.buying.problems import Problem
from parution.cli.output import Format, console, errors, fail
from parution.measuring.history import Flaw, History, Row, read_history
from parution.measuring.learned import Learned, LineFacts, words
from parution.measuring.learning import CARRIES, learn
from parution.measuring.readings import Reading
from parution.money import plain

_LATELY = 7  # days whose mean is the budget of the problem
_SETTLED = timedelta(days=8)  # after a day nothing is added to its results


def learn_history(
    file: Annotated[Path, typer.Argument(help="Past days: a CSV with day, line, spend, results.")],
    *,
    format_: Annotated[
        Format, typer.Option("--format", help="text for people, json for machines.")
    ] = Format.TEXT,
    currency: Annotated[str, typer.Option(help="The currency of the amounts.")] = "EUR",
    out: Annotated[Path | None, typer.Option(help="Write the problem for `parution allocate` here.")] = None,
    read_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When the file was exported; today if not stated."),
    ] = None,
    carry_over: Annotated[
        bool, typer.Option("--carry-over", help="An effect may be carried on to the days after it.")
    ] = False,
) -> None:
    """Learn from past days what each line brings, how sure that is, and write the problem to allocate."""
    today = read_on.date() if read_on else datetime.now(UTC).date()
    history = _history(file, currency, format_)
    as_of = _as_of(history.rows, today)
    learned = learned_from(history.rows, as_of, CARRIES if carry_over else (0.0,))
    problem = problem_of(history.rows, learned, currency)
    if out:
        out.write_text(json.dumps(problem, indent=1) + "\n", encoding="utf-8")
    if format_ is Format.JSON:
        lines = [one.model_dump(mode="json", exclude={"draws"}) for one in learned]
        print(json.dumps({"as_of": str(as_of), "lines": lines, "problem": problem}))  # noqa: T201 (unwrapped)
        return
    _show(learned, currency)
    if out:
        budget = plain(problem["budget"], currency)
        console.print(f"\nwrote {escape(str(out))}: {budget} a day over {len(learned)} lines", soft_wrap=True)


def _history(file: Path, currency: str, format_: Format) -> History:
    try:
        history = read_history(file.read_bytes(), currency)
    except OSError as error:
        raise fail(f"{file} can't be read: {error.strerror}", "check its name and your rights") from error
    if history.flaws:
        raise _refused(file, history.flaws, format_)
    return history


def _refused(file: Path, flaws: Sequence[Flaw], format_: Format) -> typer.Exit:
    if format_ is Format.JSON:
        print(json.dumps({"errors": [flaw._asdict() for flaw in flaws]}))  # noqa: T201 (the same)
    for flaw in flaws:
        errors.print(f"{escape(str(file))}:{escape(str(flaw))}", soft_wrap=True)
    return typer.Exit(1)


def _as_of(rows: Sequence[Row], exported: date) -> date:
    """Give the day of the export; an old one is learned from as it stood when its last day had settled."""
    last = max(row.day for row in rows)
    if last > exported:
        instead = "state with --read-on when it was exported"
        raise fail(f"the file has {last}, which is after {exported}", instead)
    return min(exported, last + _SETTLED)


def learned_from(rows: Sequence[Row], as_of: date, carries: tuple[float, ...]) -> list[Learned]:
    """Learn each line's curve, in the order of the file; all days were read when it was exported."""
    at = datetime.combine(as_of, time(12), UTC)
    kinds = {row.line: (row.network, row.format) for row in rows}
    days = len({row.day for row in rows})
    share = max(1.0, sum(row.spend for row in rows) / days / len(kinds))
    facts = [
        LineFacts(id=line, network=network, format=kind, reference=share, carries=carries)
        for line, (network, kind) in kinds.items()
    ]
    readings = [Reading(row.line, row.day, row.spend, row.results, at) for row in rows]
    return list(learn(facts, readings, as_of).values())


def problem_of(rows: Sequence[Row], learned: Sequence[Learned], currency: str) -> dict[str, Any]:
    """Give the problem document: the lines' curves, and what their last week spent a day."""
    last = max(row.day for row in rows)
    first = max(min(row.day for row in rows), last - timedelta(days=_LATELY - 1))
    lately = sum(row.spend for row in rows if row.day >= first)
    lines = [{"id": one.line, "response": one.response.model_dump()} for one in learned]
    document = {"currency": currency, "budget": round(lately / ((last - first).days + 1)), "lines": lines}
    Problem.of(document)
    return document


def _show(learned: Sequence[Learned], currency: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=False)
    table.add_column("line", no_wrap=True)
    table.add_column("learned")
    for one in learned:
        table.add_row(escape(one.line), escape(words(one, currency)))
    console.print(table)
