"""`parution allocate`: the best split of one budget, with its proof."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from parution.buying.allocator import TIME_LIMIT
from parution.buying.allocator import allocate as solved
from parution.buying.explanations import Explanation, explained
from parution.buying.problems import Answer, Problem
from parution.buying.scenarios import BudgetRefused, Budgets, Frontier, budgets, frontier, with_budget
from parution.cli import currents, explanations, frontiers
from parution.cli.output import Format, console, errors, fail
from parution.errors import Fault, ProblemRefused
from parution.money import plain


def allocate(  # noqa: PLR0917 (each is an option)
    file: Annotated[Path, typer.Argument(help="The problem: a JSON document.", dir_okay=False)],
    budget: Annotated[
        str | None,
        typer.Option(
            help="Another budget, in minor units or as a share of the problem's: 150000, 80%; or what every "
            "budget between two would bring: 50%..200%."
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=2, max=200, help="How many budgets between the two.")] = 7,
    chart: Annotated[Path | None, typer.Option(help="Draw them into this file, as SVG.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why each line gets what it gets, and what would change it.")
    ] = False,
    current: Annotated[
        str | None,
        typer.Option(help="What is spent now, id=amount,... or a JSON file: say what each move brings."),
    ] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for each search.")] = TIME_LIMIT,
    format_: Annotated[
        Format, typer.Option("--format", help="text for people, json for machines.")
    ] = Format.TEXT,
) -> None:
    """Split a budget so that no cent could have worked harder, and prove it."""
    problem = _read(file, format_)
    solve = partial(solved, time_limit=time_limit)
    found = _budgets(budget, problem)
    if found and found.low != found.high:
        _frontier(frontier(problem, found.spread(steps), solve), chart, format_)
        return
    if chart:
        raise fail("--chart draws several budgets", "add from which to which: --budget 50%..200%")
    problem = with_budget(problem, found.low) if found else problem
    before = None if current is None else currents.read(current, problem)
    answer = solve(problem)
    explanation = (
        explained(problem, answer, before, solve, time_limit=time_limit)
        if (explain or before is not None) and answer.objective is not None
        else None
    )
    if format_ is Format.JSON:
        _print(answer, explanation)
    elif answer.objective is None:
        _say_why_not(problem, answer, str(file))
    else:
        _show(problem, answer)
        if explanation:
            explanations.show(problem, explanation, rules=explain)
    if answer.objective is None:
        raise typer.Exit(1)


def _read(file: Path, format_: Format) -> Problem:
    try:
        return Problem.read(file.read_bytes())
    except OSError as error:
        raise _refused(format_, str(file), [Fault("", f"can't be read: {error.strerror}")]) from error
    except ProblemRefused as error:
        raise _refused(format_, str(file), error.faults) from error


def _budgets(text: str | None, problem: Problem) -> Budgets | None:
    try:
        return None if text is None else budgets(text, problem.budget)
    except BudgetRefused as error:
        raise fail(f"--budget: {error.what}", error.instead) from error


def _frontier(found: Frontier, chart: Path | None, format_: Format) -> None:
    if chart:
        frontiers.draw(found, chart)
    if format_ is Format.JSON:
        print(found.model_dump_json())  # noqa: T201 (machines want it as it is, without rich's wrapping)
    else:
        frontiers.show(found)


def _print(answer: Answer, explanation: Explanation | None) -> None:
    document = answer.model_dump(mode="json")
    if explanation:
        document["explanation"] = explanation.model_dump(mode="json")
    print(json.dumps(document))  # noqa: T201 (the same)


def _refused(format_: Format, file: str, faults: Sequence[Fault]) -> typer.Exit:
    if format_ is Format.JSON:
        print(json.dumps({"errors": [fault._asdict() for fault in faults]}))  # noqa: T201 (the same)
    for fault in faults:
        place = f"{file}  {fault.pointer}".rstrip()
        errors.print(f"{escape(place)}  [red]{escape(fault.message)}[/]", soft_wrap=True)
    return typer.Exit(1)


def _say_why_not(problem: Problem, answer: Answer, file: str) -> None:
    for obstacle in answer.infeasible:
        words = f"{obstacle.constraint} by {plain(obstacle.by, problem.currency)}"
        errors.print(f"{escape(file)}  {obstacle.pointer}  [red]{escape(words)}[/]", soft_wrap=True)
    if answer.status == "infeasible":
        errors.print("[bold]infeasible[/]: no allocation meets these constraints; nothing is moved")
    else:
        errors.print("[bold]time_limit[/]: nothing was found in time, and it may be that nothing can be")


def _show(problem: Problem, answer: Answer) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("line")
    for title in ("amount", "share", "expected", "next unit brings"):
        table.add_column(title, justify="right")
    table.add_column("held by")
    held = {one.line: f"{one.constraint}, {_number(one.price)} a unit" for one in answer.binding}
    groups = {
        one.group: f"{one.group}'s {one.constraint}, {_number(one.price)} a unit"
        for one in answer.binding
        if one.group
    }
    for line in problem.lines:
        amount = answer.allocations[line.id]
        table.add_row(
            escape(line.id),
            plain(amount, problem.currency),
            f"{amount / problem.budget:.1%}" if problem.budget else "",
            _number(line.response.value(amount)),
            _number(line.response.gain(amount)),
            escape(held.get(line.id) or next((groups[name] for name in line.groups if name in groups), "")),
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
