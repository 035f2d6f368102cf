"""`parution status`: where each delivery of a stack stands, what needs a person first."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.markup import escape

from parution.cli.holds import hold_as_json, print_hold, print_left_behind
from parution.cli.options import Output, StackName
from parution.cli.output import Format, console, fail
from parution.cli.resolve import did_you_mean
from parution.cli.stacks import Deployed, opened
from parution.cli.words import (
    DEFAULT_STACK,
    coloured,
    command,
    counted,
    lasting,
    print_columns,
    print_json,
    row_as_json,
    todo,
    utc,
    wall,
    zone_of,
)
from parution.errors import NoSuchDelivery
from parution.guarding.holds import Standing
from parution.plan.problems import instead
from parution.publishing.deliveries import Delivery, State
from parution.publishing.stops import Reach
from parution.publishing.verdicts import named

# What a person must look at comes first.
_ORDER = (
    State.UNCONFIRMED,
    State.FAILED,
    State.MISSED,
    State.HELD,
    State.CHECKING,
    State.SENDING,
    State.AWAITING_APPROVAL,
    State.PLANNED,
    State.SKIPPED,
    State.CANCELLED,
    State.PUBLISHED,
)
_FOR_A_PERSON = {
    State.UNCONFIRMED: "nobody knows whether it is out: look yourself, then say what you saw",
    State.AWAITING_APPROVAL: "it waits for a yes",
    State.FAILED: "the network refused it: change it in the plan, and import that again",
}
_HEADINGS = tuple(f"[bold]{each}[/]" for each in ("state", "delivery", "planned for", "what happened"))
_SHOWN = 5  # of each kind; the tables below have all


def status(
    *,
    stack: StackName = DEFAULT_STACK,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    delivery: Annotated[
        str | None, typer.Option(metavar="DELIVERY", help="Everything about one, by its name.")
    ] = None,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Show the holds that stand, what needs a person with the command to type, and every delivery."""
    here = opened(stack)
    if delivery is not None:
        _show_one(here, delivery, format)
        return
    brands = here.posts.brands()
    if brand is not None and brand not in brands:
        raise fail(f"the stack has no brand '{brand}'", instead(brand, brands))
    brands = [brand] if brand else brands
    rows = [row for one in brands for row in here.posts.of_brand(one)]
    rows.sort(key=lambda row: (_ORDER.index(row.state), row.due_at, row.id))
    standing, reach = here.posts.standing(), Reach(here.posts, here.posts)
    if format is Format.JSON:
        print_json(_as_json(rows, standing, reach, stack))
        return
    _print_holds(rows, standing, reach, stack)
    _print_for_a_person(rows, stack)
    for one in brands:
        _print_brand(one, [row for row in rows if row.brand == one])
    console.print(_summary(rows, brands), soft_wrap=True)


def _as_json(rows: list[Delivery], standing: Standing, reach: Reach, stack: str) -> dict[str, Any]:
    return {
        "holds": [hold_as_json(hold) for hold in standing.holds],
        "left_behind": [row.id for row in reach.left_behind(rows, standing)],
        "deliveries": [_row_as_json(row, stack) for row in rows],
    }


def _row_as_json(row: Delivery, stack: str) -> dict[str, Any]:
    return row_as_json(row) | {"todo": todo(row, stack)}


def _print_holds(rows: list[Delivery], standing: Standing, reach: Reach, stack: str) -> None:
    held = [row for row in rows if row.state is State.HELD]
    for hold in standing.holds:
        print_hold(hold, sum(reach.covers(hold.scope, row) for row in held), stack)
    left = reach.left_behind(held, standing)
    print_left_behind(left, stack)
    if standing.holds or left:
        console.print()


def _print_for_a_person(rows: list[Delivery], stack: str) -> None:
    for state, why in _FOR_A_PERSON.items():
        found = [row for row in rows if row.state is state]
        if found:
            console.print(f"{coloured(state)}  {why}", soft_wrap=True)
        for row in found[:_SHOWN]:
            console.print(f"  {row.id}, {wall(row.due_at, row)}", soft_wrap=True)
            if row.reason:
                console.print(f"    {escape(row.reason)}", soft_wrap=True)
            for typed in todo(row, stack):
                console.print(f"    [bold]{typed}[/]", soft_wrap=True)
        if len(found) > _SHOWN:
            console.print(f"  and {len(found) - _SHOWN} more, below")
        if found:
            console.print()


def _print_brand(brand: str, rows: list[Delivery]) -> None:
    console.print(f"[bold]{brand}[/]" + ("" if rows else ": no deliveries"))
    if rows:
        print_columns(_HEADINGS, *map(_cells, rows))
    console.print()


def _cells(row: Delivery) -> tuple[str, str, str, str]:
    name, what = row.id.removeprefix(f"{row.brand}/"), escape(row.reason or row.url or "")
    return coloured(row.state), name, wall(row.due_at, row), what


def _summary(rows: list[Delivery], brands: list[str]) -> str:
    if not rows:
        return f"No deliveries in {len(brands)} brands."
    counts = Counter(row.state for row in rows)
    return ", ".join(f"{counts[state]} {state}" for state in _ORDER if counts[state]) + "."


# ---------------------------------------------------------------------- one delivery
def _show_one(here: Deployed, name: str, format: Format) -> None:  # noqa: A002 (as the option)
    try:
        row = named(here.posts, name)
    except NoSuchDelivery as error:
        raise fail(str(error), did_you_mean(name, here.name)) from None
    if format is Format.JSON:
        print_json(_row_as_json(row, here.name))
        return
    console.print(f"[bold]{row.id}[/]", soft_wrap=True)
    for heading, fact in _facts(row, here.name):
        if fact:
            console.print(f"  [dim]{heading:14}[/]  {fact}", soft_wrap=True)


def _facts(row: Delivery, stack: str) -> Iterator[tuple[str, str]]:
    yield "state", coloured(row.state) + (f": {escape(row.reason)}" if row.reason else "")
    yield "planned for", f"{wall(row.asked_at, row)} {zone_of(row)}, at most {lasting(row.max_late)} late"
    yield "moved to", wall(row.due_at, row) if row.shifted_from else ""
    yield "published", utc(row.published_at) if row.published_at else ""
    yield "address", escape(row.url or "")
    yield "known by", escape(", ".join(filter(None, (row.proof, row.remote_id and f"id {row.remote_id}"))))
    yield "network", f"{row.network}, account {escape(row.account or 'none')}"
    yield "sequence", f"part {row.part + 1} of {row.parts}" if row.parts > 1 else ""
    yield "campaign", row.campaign or ""
    yield "content", row.content
    yield "approval", f"by {escape(row.approval.by)}, {utc(row.approval.at)}" if row.approval else ""
    yield "held by", escape(row.held_by or "")
    if row.attempt:
        yield "attempt", f"{row.attempt.number}, {utc(row.attempt.at)}, {row.attempt.id}"
        yield (
            "request",
            f"{row.attempt.request or 'unknown'}, marked {escape(row.attempt.marker or 'nowhere')}",
        )
    yield "version", f"{row.version}, changed {counted(row.fence, 'time')}"
    yield "so far", f"{counted(row.attempts, 'attempt')}, {counted(row.looks, 'empty look')}"
    yield "looked at next", utc(row.wake_at) if row.wake_at else ""
    yield "last changed", f"{utc(row.changed.at)} by {escape(row.changed.actor)}: {escape(row.changed.cause)}"
    yield "its history", command(stack, "history", row.id)
    for typed in todo(row, stack):
        yield "to type", f"[bold]{typed}[/]"
