"""What the command says of deliveries, and what to type next."""

import json
import shlex
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.text import Text

from parution.cli.output import console
from parution.guarding.holds import Scope
from parution.plan.times import zone
from parution.publishing.deliveries import Delivery, State

DEFAULT_STACK = "parution-dev"

_COLOURS = {
    State.PUBLISHED: "green",
    State.PLANNED: "cyan",
    State.CANCELLED: "dim",
    State.SKIPPED: "dim",
    State.FAILED: "red",
    State.UNCONFIRMED: "red",
}


def coloured(state: State) -> str:
    return f"[{_COLOURS.get(state, 'yellow')}]{state}[/]"


def wall(instant: datetime, row: Delivery) -> str:
    """Write an instant as the clock of the delivery's brand shows it."""
    return _minute_or_second(instant.astimezone(zone(zone_of(row))))


def zone_of(row: Delivery) -> str:
    return row.local_at.partition(" ")[2]


def utc(instant: datetime) -> str:
    return f"{_minute_or_second(instant)} UTC"


def _minute_or_second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def lasting(time: timedelta) -> str:
    """Write a duration: `90 s`, `10 min`, `23 h`, `2 days`."""
    for unit, name in ((timedelta(days=1), "days"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if time >= unit and time % unit == timedelta(0):
            return f"{time // unit} {'day' if name == 'days' and time == unit else name}"
    return f"{time.total_seconds():g} s"


def counted(number: int, what: str, many: str | None = None) -> str:
    """Write `1 delivery`, `3 deliveries`."""
    return f"{number} {what if number == 1 else many or what + 's'}"


def options_for(scope: Scope) -> list[str]:
    """Write a scope as the options that name it."""
    fields = scope.model_dump(exclude_none=True)
    return [word for field, value in fields.items() for word in (f"--{field}", value)] or ["--everything"]


def command(stack: str, *words: str) -> str:
    """Write what to type next; the stack is named where it is not the default one."""
    return shlex.join(["parution", *words, *([] if stack == DEFAULT_STACK else ["--stack", stack])])


def todo(row: Delivery, stack: str) -> list[str]:
    """Write what a person may type about a delivery that waits for one."""
    match row.state:
        case State.UNCONFIRMED:
            resolve = command(stack, "resolve", row.id)
            return [f"{resolve} --live URL", f"{resolve} --not-live"]
        case State.AWAITING_APPROVAL:
            return [command(stack, "approve", row.id)]
        case _:
            return []


def print_columns(*rows: Sequence[str]) -> None:
    """Print cells (markup) in columns; the last is neither padded nor broken, for it may be an address."""
    cells = [[Text.from_markup(cell) for cell in row] for row in rows]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    for row in cells:
        for cell, width in zip(row[:-1], widths, strict=False):
            cell.pad_right(width - cell.cell_len + 2)
        line = Text().join(row)
        line.rstrip()
        console.print(line, soft_wrap=True)


def listed(names: Iterable[str], most: int = 5) -> str:
    """Name the first few of many."""
    names = list(names)
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def iso(instant: datetime) -> str:
    """Write an instant for machines."""
    return instant.isoformat().replace("+00:00", "Z")


def row_as_json(row: Delivery) -> dict[str, Any]:
    """Give a delivery for machines, every field of it."""
    return {"id": row.id, **row.model_dump(mode="json")}


def print_json(document: object) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))  # noqa: T201 (machine output, never wrapped)
