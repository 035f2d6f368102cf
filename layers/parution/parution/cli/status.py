"""`parution status`: where each delivery of a stack stands."""

import json
from collections import Counter
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from parution.cli.output import Format, console, fail, wide
from parution.cli.stacks import NoSuchStack, Stack
from parution.publishing.deliveries import Delivery, State

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
_COLOURS = {State.PUBLISHED: "green", State.PLANNED: "cyan", State.CANCELLED: "dim", State.SKIPPED: "dim"}


def status(
    stack: Annotated[str, typer.Option(help="The stack's name, as it was deployed.")] = "parution-dev",
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    format: Annotated[Format, typer.Option(help="Text for people, JSON for machines.")] = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Show every delivery of a stack, those that need a person first."""
    try:
        posts = Stack(stack).posts
    except NoSuchStack as error:
        raise fail(str(error), "name the stack with --stack, and check AWS_PROFILE and the region") from None
    brands = [brand] if brand else posts.brands()
    rows = [delivery for one in brands for delivery in posts.of_brand(one)]
    rows.sort(key=lambda row: (_ORDER.index(row.state), row.due_at, row.id))
    if format is Format.JSON:
        print(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=2))  # noqa: T201 (machine output, never wrapped)
        return
    for one in brands:
        wide.print(_table(one, [row for row in rows if row.brand == one]))
        console.print()
    console.print(_summary(rows, brands))


def _as_json(row: Delivery) -> dict[str, object]:
    return {"id": row.id, **row.model_dump(mode="json", exclude={"brand", "post", "channel"})}


def _table(brand: str, rows: list[Delivery]) -> Table:
    table = Table(title=f"[bold]{brand}[/]", title_justify="left", box=None, pad_edge=False)
    for heading in ("state", "delivery", "planned for"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what happened", no_wrap=True)
    for row in rows:
        state = f"[{_COLOURS.get(row.state, 'yellow')}]{row.state}[/]"
        wall, _, _zone = row.local_at.partition(" ")
        table.add_row(state, f"{row.post}/{row.channel}", wall, escape(row.reason or row.url or ""))
    return table


def _summary(rows: list[Delivery], brands: list[str]) -> str:
    if not rows:
        return f"No deliveries in {len(brands)} brands."
    counts = Counter(row.state for row in rows)
    return ", ".join(f"{counts[state]} {state}" for state in _ORDER if counts[state]) + "."
