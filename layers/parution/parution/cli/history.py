"""`parution history`: every change of one delivery, with who, why and when."""

from datetime import UTC, datetime

from rich.markup import escape

from parution.cli.options import DeliveryName, Output, StackName
from parution.cli.output import Format, console, fail
from parution.cli.resolve import did_you_mean
from parution.cli.stacks import opened
from parution.cli.words import DEFAULT_STACK, coloured, print_columns, print_json
from parution.errors import NoSuchDelivery
from parution.publishing.deliveries import State
from parution.publishing.history import Edge, edge_of
from parution.publishing.verdicts import named

_HEADINGS = ("at (UTC)", "version", "state", "by", "why")


def history(
    *,
    delivery: DeliveryName,
    stack: StackName = DEFAULT_STACK,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Print what happened to a delivery, from its planning on."""
    here = opened(stack)
    try:
        row = named(here.posts, delivery)
    except NoSuchDelivery as error:
        raise fail(str(error), did_you_mean(delivery, stack)) from None
    edges = here.history.of(delivery)
    # The log follows the row by a second or so; the row itself says what it does not have yet.
    if not edges or edges[-1].fence < row.fence:
        edges.append(edge_of(row))
    if format is Format.JSON:
        print_json([edge.model_dump(mode="json", exclude={"delivery"}) for edge in edges])
        return
    console.print(f"[bold]{row.id}[/]", soft_wrap=True)
    print_columns(tuple(f"[bold]{heading}[/]" for heading in _HEADINGS), *map(_cells, edges))


def _cells(edge: Edge) -> tuple[str, str, str, str, str]:
    return (
        _to_the_millisecond(edge.at),
        str(edge.version),
        coloured(edge.state),
        escape(edge.actor),
        _why(edge),
    )


def _to_the_millisecond(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def _why(edge: Edge) -> str:
    """Give the cause, and what an attempt and its end are known by."""
    known = [edge.cause]
    if edge.reason and edge.reason != edge.cause:
        known.append(edge.reason)
    if edge.attempt and edge.state is State.SENDING:
        known.append(f"attempt {edge.attempt.number}, {edge.attempt.id}")
    if edge.url:
        known.append(edge.url)
    return escape("; ".join(known))
