"""`parution export-ics`: a brand's deliveries as a calendar that any calendar program reads."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from parution.cli.options import StackName
from parution.cli.output import errors, fail
from parution.cli.stacks import opened
from parution.cli.words import DEFAULT_STACK, counted, listed
from parution.plan.foresight import AT_ONCE, each_of
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State

if TYPE_CHECKING:
    from icalendar import Event

_LASTS = timedelta(minutes=15)  # a post takes no time; a quarter of an hour can be seen and clicked
_LONGEST_SUMMARY = 80

# RFC 5545, 3.8.1.11: an event is sure, or waits for somebody, or does not take place.
_STATUS = {
    State.AWAITING_APPROVAL: "TENTATIVE",
    State.HELD: "TENTATIVE",
    State.UNCONFIRMED: "TENTATIVE",
    State.CANCELLED: "CANCELLED",
    State.MISSED: "CANCELLED",
    State.FAILED: "CANCELLED",
    State.SKIPPED: "CANCELLED",
}


def export_ics(
    brand: Annotated[str, typer.Argument(help="The brand's id.")],
    *,
    stack: StackName = DEFAULT_STACK,
    channel: Annotated[str | None, typer.Option("--channel", help="Only this channel.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; left out, BRAND.ics or BRAND-CHANNEL.ics here.")
    ] = None,
) -> None:
    """Write a brand's posts as an iCalendar file; imported again, each event takes the place of its own."""
    here = opened(stack)
    row = here.posts.brand(brand)
    if row is None:
        raise fail(f"no brand '{brand}' was ever imported", f"there are: {listed(here.posts.brands(), 20)}")
    channels = [each.id for each in row.plan.channels]
    if channel is not None and channel not in channels:
        raise fail(f"'{channel}' is no channel of {brand}", f"there are: {listed(channels, 20)}")
    # The later parts of a sequence appear with the first one.
    shown = [
        each for each in here.posts.of_brand(brand) if each.part == 0 and channel in {None, each.channel}
    ]
    rows = each_of(lambda each: (each, here.posts.content(brand, each.post, each.content)), shown, AT_ONCE)
    name = row.plan.brand.name + (f" · {channel}" if channel else "")
    place = out or Path(f"{brand}{f'-{channel}' if channel else ''}.ics")
    place.write_bytes(calendar_of(name, row.plan.brand.timezone, rows))
    errors.print(f"Wrote {escape(str(place))}: {counted(len(rows), 'event')}.", soft_wrap=True)


def calendar_of(name: str, zone: str, rows: Iterable[tuple[Delivery, Content]]) -> bytes:
    """Write an iCalendar file (RFC 5545): the same deliveries give the same bytes."""
    from icalendar import Calendar  # noqa: PLC0415 (only this command writes calendars)

    calendar = Calendar()
    calendar.add("prodid", "-//Parution//Plan//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    # Not in the RFC, and read by every calendar program.
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    for delivery, content in sorted(rows, key=lambda row: (row[0].due_at, row[0].id)):
        calendar.add_component(_event(delivery, content))
    written: bytes = calendar.to_ical()
    return written


def _event(delivery: Delivery, content: Content) -> "Event":
    from icalendar import Event, vUri  # noqa: PLC0415 (as above)

    event = Event()
    event.add("uid", uid_of(delivery))
    event.add("sequence", delivery.version - 1)
    event.add("dtstamp", delivery.changed.at)
    event.add("last-modified", delivery.changed.at)
    event.add("dtstart", delivery.due_at)
    event.add("duration", _LASTS)
    event.add("status", _STATUS.get(delivery.state, "CONFIRMED"))
    event.add("transp", "TRANSPARENT")
    event.add("summary", _summary(delivery, content))
    event.add("description", _described(delivery, content))
    if address := delivery.url or content.link:
        event.add("url", vUri(address))
    if content.tags:
        event.add("categories", list(content.tags))
    return event


def uid_of(delivery: Delivery) -> str:
    """Name the event: the same for as long as the post has its id, whatever becomes of it."""
    return f"{delivery.post}.{delivery.channel}.{delivery.brand}@parution.invalid"


def _summary(delivery: Delivery, content: Content) -> str:
    first = content.text.strip().partition("\n")[0] or delivery.post
    cut = f"{first[: _LONGEST_SUMMARY - 1].rstrip()}…" if len(first) > _LONGEST_SUMMARY else first
    return f"{delivery.channel}: {cut}"


def _described(delivery: Delivery, content: Content) -> str:
    told = delivery.state + (f": {delivery.reason}" if delivery.reason else "")
    media = [file.key.removeprefix("media/") for file in content.media]
    return "\n\n".join(filter(None, [content.body, ", ".join(media), f"{delivery.id}: {told}"]))
