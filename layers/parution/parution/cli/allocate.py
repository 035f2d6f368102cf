"""`parution allocate`: the best split of one budget, with its proof."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from parution.buying.allocator import allocate as solve
from parution.buying.problems import Answer, Problem
from parution.cli.output import Format, console, errors
from parution.errors import Fault, ProblemRefused
from parution.money import plain


def allocate(
    file: Annotated[Path, typer.Argument(help="The problem: a JSON document.", dir_okay=False)],
    format_: Annotated[
        Format, typer.Option("--format", help="text for people, json for machines.")
    ] = Format.TEXT,
) -> None:
    """Split a budget so that no cent could have worked harder, and prove it."""
    try:
        problem = Problem.read(file.read_bytes())
        answer = solve(problem)
    except OSError as error:
        raise _refused(format_, str(file), [Fault("", f"can't be read: {error.strerror}")]) from error
    except ProblemRefused as error:
        raise _refused(format_, str(file), error.faults) from error
    if format_ is Format.JSON:
        print(answer.model_dump_json())  # noqa: T201 (machines want it as it is, without rich's wrapping)
    elif answer.status == "infeasible":
        _explain(problem, answer, str(file))
    else:
        _show(problem, answer)
    if answer.status == "infeasible":
        raise typer.Exit(1)


def _refused(format_: Format, file: str, faults: Sequence[Fault]) -> typer.Exit:
    if format_ is Format.JSON:
        print(json.dumps({"errors": [fault._asdict() for fault in faults]}))  # noqa: T201 (the same)
    for fault in faults:
        place = f"{file}  {fault.pointer}".rstrip()
        errors.print(f"{escape(place)}  [red]{escape(fault.message)}[/]", soft_wrap=True)
    return typer.Exit(1)


def _explain(problem: Problem, answer: Answer, file: str) -> None:
    for obstacle in answer.infeasible:
        words = f"{obstacle.constraint} by {plain(obstacle.by, problem.currency)}"
        errors.print(f"{escape(file)}  {obstacle.pointer}  [red]{escape(words)}[/]", soft_wrap=True)
    errors.print("[bold]infeasible[/]: no allocation meets these constraints; nothing is moved")


def _show(problem: Problem, answer: Answer) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("line")
    for title in ("amount", "share", "expected", "next unit brings"):
        table.add_column(title, justify="right")
    table.add_column("held by")
    held = {one.line: f"{one.constraint}, {_number(one.price)} a unit" for one in answer.binding}
    for line in problem.lines:
        amount = answer.allocations[line.id]
        table.add_row(
            escape(line.id),
            plain(amount, problem.currency),
            f"{amount / problem.budget:.1%}" if problem.budget else "",
            _number(line.response.value(amount)),
            _number(line.response.gain(amount)),
            held.get(line.id, ""),
        )
    console.print(table)
    console.print()
    for sentence in _verdict(problem, answer):
        console.print(sentence, soft_wrap=True)


def _verdict(problem: Problem, answer: Answer) -> list[str]:
    left = f", {plain(answer.leftover, problem.currency)} left: {answer.leftover_because}"
    spent = f"{plain(answer.spent, problem.currency)} of {plain(problem.budget, problem.currency)} spent"
    result, bound = _number(answer.objective), _number(answer.upper_bound)
    proven = f"{result} results; no allocation brings more than {bound} (gap {answer.gap or 0:.1e})"
    said = [
        f"[bold green]{answer.status}[/] in {answer.seconds * 1000:.1f} ms: {proven}",
        spent + (left if answer.leftover else ""),
    ]
    if answer.next_cent and answer.last_cent:
        said.append(
            f"proof: the best unit not spent ({escape(answer.next_cent.line)}) would bring "
            f"{answer.next_cent.gain:.9g}, the worst one spent ({escape(answer.last_cent.line)}) "
            f"brings {answer.last_cent.gain:.9g}"
        )
    if answer.shadow_price:
        unit = f"one more unit ({plain(1, problem.currency)}) of budget"
        said.append(f"{unit} would bring {_number(answer.shadow_price)}")
    return said


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.6g}"
