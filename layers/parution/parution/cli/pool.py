"""`parution pool`: money that several brands share, split between them by the same allocator."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.markup import escape

from parution.buying.allocator import TIME_LIMIT
from parution.buying.allocator import allocate as solved
from parution.buying.campaigns import SharedOut
from parution.buying.explanations import explained
from parution.buying.shared_budgets import Sharing
from parution.buying.sharing import Draft, SharingDesk
from parution.cli import explanations, options
from parution.cli.options import By, Output, StackName
from parution.cli.output import Format, console, errors, fail
from parution.cli.stacks import opened
from parution.cli.words import DEFAULT_STACK, command, print_columns, print_json
from parution.cli.workspaces import resolved
from parution.errors import NotAsRead, NothingToDecide
from parution.money import plain
from parution.plan.workspace import BudgetPool, Workspace


def pool(
    workspace: Annotated[Path, typer.Argument(help="The workspace that holds the pool.", dir_okay=False)],
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Let each campaign cost no more than its part, from now on.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why each line gets what it gets, and what limits cost.")
    ] = False,
    by: By = None,
    stack: StackName = DEFAULT_STACK,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Split a pool between its brands' campaigns, as they are deployed; without --apply nothing changes."""
    found = _pool_of(workspace)
    here, who = opened(stack), options.person(by)
    desk = SharingDesk(brands=here.posts, budgets=here.budgets, insights=here.insights, clock=here.clock)
    try:
        draft = desk.draft(found)
        is_feasible = draft.sharing.answer.objective is not None
        row = desk.share_out(draft, who) if apply and is_feasible else None
    except NothingToDecide as error:
        raise fail(str(error), error.instead) from None
    except NotAsRead:
        raise fail("nothing was changed: what campaigns cost has moved meanwhile", "try again") from None
    if format is Format.JSON:
        print_json(_as_json(draft, row))
    else:
        _print(draft, explain=explain)
        _print_row(row, workspace, stack, is_feasible=is_feasible)
    if not is_feasible:
        raise typer.Exit(1)


def _pool_of(file: Path) -> BudgetPool:
    raw = resolved(file).texts.get(file.name)
    if raw is None:
        raise fail(f"{file} can't be read", "check its name and your rights")
    try:
        found = Workspace.model_validate_json(raw.decode("utf-8-sig"), strict=True).budget_pool
    except (ValidationError, UnicodeDecodeError):
        raise fail(
            f"{file} is no sound workspace", f"`{command(DEFAULT_STACK, 'validate', str(file))}` says why"
        ) from None
    if found is None:
        raise fail(f"{file} has no budget_pool", "docs/plan.md shows one")
    return found


def _print(draft: Draft, *, explain: bool) -> None:
    sharing, money = draft.sharing, partial(plain, currency=draft.pool.currency)
    console.print(
        f"[bold]{sharing.pool}[/]: {money(sharing.gone)} of {money(sharing.total)} are spent or reserved, "
        f"{money(sharing.problem.budget)} to share out\n",
        soft_wrap=True,
    )
    if sharing.parts:
        _print_parts(draft)
    else:
        _say_why_not(sharing)
    for sentence in sharing.yields:
        console.print(f"[yellow]{escape(sentence)}[/]", soft_wrap=True)
    for one in draft.left_out:
        console.print(f"[dim]{escape(one.name)} takes no part: {escape(one.reason)}[/]", soft_wrap=True)
    if explain and sharing.parts:
        told = explained(sharing.problem, sharing.answer, None, solved, time_limit=TIME_LIMIT)
        explanations.show(sharing.problem, told, rules=True)


def _print_parts(draft: Draft) -> None:
    sharing, money = draft.sharing, partial(plain, currency=draft.pool.currency)
    rows = [("campaign", "days left", "cost so far", "gets", "at most in all", "brings")]
    for brand in draft.pool.shares:
        mine = [part for part in sharing.parts if part.brand == brand]
        rows += [
            (
                part.name,
                str(part.days_left),
                money(part.gone),
                money(part.part),
                money(part.allowance),
                f"{part.brings:,.4g}",
            )
            for part in mine
        ]
        if mine:
            rows.append((f"[bold]{brand}[/]", "", "", f"[bold]{money(sharing.of_brand(brand))}[/]", "", ""))
    print_columns(*rows)
    console.print()
    for sentence in _prices(sharing):
        console.print(sentence, soft_wrap=True)


def _prices(sharing: Sharing) -> list[str]:
    answer, one = sharing.answer, plain(1, sharing.currency)
    said = [f"[bold]{answer.status}[/]: no other split brings more (gap {answer.gap or 0:.1e})"]
    if answer.leftover:
        said.append(f"{plain(answer.leftover, sharing.currency)} left: {answer.leftover_because}")
    if answer.shadow_price:
        said.append(f"{one} more in the pool would bring {answer.shadow_price:.3g}")
    for held in answer.binding:
        # Lines are explained one by one; here it is about who gets how much.
        if held.group:
            way = "less" if held.constraint == "floor" else "more"
            said.append(
                f"{held.group} is held by its {held.constraint}: {one} {way} is worth {held.price:.3g}"
            )
    return said


def _say_why_not(sharing: Sharing) -> None:
    for obstacle in sharing.answer.infeasible:
        words = f"{obstacle.constraint} by {plain(obstacle.by, sharing.currency)}"
        errors.print(f"{escape(obstacle.pointer)}  [red]{escape(words)}[/]", soft_wrap=True)
    errors.print(f"[bold]{sharing.answer.status}[/]: no split keeps all of this; nothing is changed")


def _print_row(row: SharedOut | None, workspace: Path, stack: str, *, is_feasible: bool) -> None:
    if row:
        console.print(
            f"\nShared out by {escape(row.by)}, version {row.version}: each campaign keeps to it from its "
            "next allocation on.",
            soft_wrap=True,
        )
    elif is_feasible:
        again = command(stack, "pool", str(workspace), "--apply")
        console.print(f"\nNothing was changed. To let it stand:  {again}", soft_wrap=True)


def _as_json(draft: Draft, row: SharedOut | None) -> dict[str, Any]:
    return {
        "done": row is not None,
        "version": row.version if row else None,
        "left_out": [one.model_dump(mode="json") for one in draft.left_out],
        **draft.sharing.model_dump(mode="json"),
        "allowances": draft.sharing.allowances,
    }
