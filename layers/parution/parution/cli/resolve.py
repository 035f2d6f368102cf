"""`parution resolve` and `approve`: what a person decides about one delivery."""

import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.markup import escape

from parution.cli import approvals, options
from parution.cli.options import By, DeliveryName, Output, StackName, Yes
from parution.cli.output import Format, console, fail
from parution.cli.stacks import Deployed, opened
from parution.cli.words import (
    DEFAULT_STACK,
    command,
    counted,
    lasting,
    print_json,
    row_as_json,
    wall,
    zone_of,
)
from parution.errors import NoSuchDelivery, NotAsRead, NothingToDecide
from parution.networks import remote_id_in
from parution.plan.problems import nearest
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State
from parution.publishing.verdicts import Verdict, VerdictDesk, named

_WAKE_EARLY = timedelta(seconds=2)
_LONGEST_URL = 2_000


# ---------------------------------------------------------------------- resolve
def resolve(
    *,
    delivery: DeliveryName,
    live: Annotated[
        str | None, typer.Option("--live", metavar="URL", help="It is on the network, at this address.")
    ] = None,
    not_live: Annotated[bool, typer.Option("--not-live", help="It is not there: send it again.")] = False,
    by: By = None,
    stack: StackName = DEFAULT_STACK,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Say what became of a delivery that is unconfirmed: you have looked at the network yourself."""
    if (live is None) is not not_live:
        raise fail("a post is there or it is not", "say --live URL, or --not-live")
    if live is not None and not _is_address(live):
        raise fail("this is no address", "write where the post is to be seen: https://…")
    desk = _desk(opened(stack), options.person(by))
    verdict = _decided(desk, delivery, stack, live)
    if format is Format.JSON:
        print_json(_as_json(verdict))
    else:
        _print_verdict(verdict)


def _is_address(url: str) -> bool:
    signs = any(sign.isspace() or unicodedata.category(sign) == "Cc" for sign in url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    named = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return named and not signs and len(url) <= _LONGEST_URL


def _decided(desk: VerdictDesk, delivery: str, stack: str, live: str | None) -> Verdict:
    try:
        return desk.live(delivery, live) if live is not None else desk.missing(delivery)
    except (NoSuchDelivery, NothingToDecide, NotAsRead) as error:
        raise _refused(error, delivery, stack) from None


def _print_verdict(verdict: Verdict) -> None:
    row, already = verdict.delivery, "" if verdict.changed else " already"
    match row.state:
        case State.PUBLISHED:
            where = f"{row.url or 'no address'} ({row.proof})"
            console.print(f"It is published{already}: {escape(where)}", soft_wrap=True)
            if row.remote_id is None:
                console.print(_without_id(row), soft_wrap=True)
        case State.MISSED:
            console.print(
                f"It is not sent again: its limit of {lasting(row.max_late)} is over. "
                "Give it a new time in the plan, if it is still news.",
                soft_wrap=True,
            )
        case _:
            said = f" (said{already} by {escape(row.changed.actor)})" if already else ""
            console.print(f"It is sent again at once{said}.")


def _without_id(row: Delivery) -> str:
    later = row.parts - row.part - 1
    lost = f", and {counted(later, 'part')} that should stand below it will be skipped" if later else ""
    return f"The address does not tell the network's own id of it: its figures cannot be read{lost}."


# ---------------------------------------------------------------------- approve
def approve(
    *,
    delivery: Annotated[
        str | None,
        typer.Argument(metavar="DELIVERY", help="A post's name, as `parution status` prints it."),
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option(metavar="BRAND/CAMPAIGN", help="The amounts that this campaign proposes for today."),
    ] = None,
    yes: Yes = False,
    exactly: Annotated[
        str | None, typer.Option(metavar="HASH", help="Only if it is still the proposal of this hash.")
    ] = None,
    by: By = None,
    stack: StackName = DEFAULT_STACK,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Say yes to exactly what a delivery shows now, or to the amounts that a campaign proposes for today.

    Any later edit, or newer allocation, asks for it again. With --format json and without --yes it prints
    what it would say yes to and changes nothing.
    """
    if (delivery is None) is (campaign is None):
        raise fail("a yes is said to one thing", "name a delivery, or --campaign BRAND/CAMPAIGN")
    if exactly is not None and campaign is None:
        raise fail("--exactly is of a campaign's proposal", "add --campaign BRAND/CAMPAIGN, or leave it out")
    here, who = opened(stack), options.person(by)
    if campaign is not None:
        approvals.approve(here, campaign, yes=yes, exactly=exactly, by=who, format_=format)
    elif delivery is not None:
        _approve(here, delivery, yes=yes, who=who, format_=format)


def _approve(here: Deployed, delivery: str, *, yes: bool, who: str, format_: Format) -> None:
    desk = _desk(here, who)
    try:
        shown = named(here.posts, delivery)
        content = desk.content(shown)
        if format_ is Format.TEXT and not yes and _is_to_be_asked(shown):
            _print_content(shown, content)
            _ask()
        verdict = desk.approve(shown) if yes or format_ is Format.TEXT else None
    except (NoSuchDelivery, NothingToDecide, NotAsRead) as error:
        raise _refused(error, delivery, here.name) from None
    if format_ is Format.JSON:
        it = verdict or Verdict(delivery=shown, changed=False)
        print_json(_as_json(it) | {"hash": content.hash, "content": content.model_dump(mode="json")})
    elif verdict:
        _print_approval(verdict)


def _is_to_be_asked(row: Delivery) -> bool:
    return row.state is State.AWAITING_APPROVAL


def _ask() -> None:
    if not options.confirmed("Say yes to exactly this?"):
        console.print("Nothing was changed.")
        raise typer.Exit(1)


def _print_content(row: Delivery, content: Content) -> None:
    when = f"{wall(row.due_at, row)} {zone_of(row)}"
    console.print(f"[bold]{row.id}[/] on {row.network}, {when}", soft_wrap=True)
    console.print(f"[dim]content {content.hash}[/]\n")
    for line in _lines(content):
        console.print(escape(f"  {line}".rstrip()), soft_wrap=True)
    console.print()


def _lines(content: Content) -> Iterator[str]:
    yield from content.body.splitlines()
    for file in content.media:
        yield f"[{file.kind}] {file.key}" + (f": {file.alt}" if file.alt else "")
    if content.tags:
        yield f"tags: {', '.join(content.tags)}"


def _print_approval(verdict: Verdict) -> None:
    row = verdict.delivery
    if row.approval is None:  # an approval that changed nothing was there
        return
    already = "" if verdict.changed else " already"
    when = f"It appears at {wall(row.due_at, row)} {zone_of(row)}." if row.state is State.PLANNED else ""
    console.print(
        f"Approved{already} by {escape(row.approval.by)}: content {row.approval.content}. {when}",
        soft_wrap=True,
    )


# ---------------------------------------------------------------------- what both share
def _desk(here: Deployed, who: str) -> VerdictDesk:
    return VerdictDesk(
        deliveries=here.posts,
        queue=here.delivery_queue,
        clock=here.clock,
        wake_early=_WAKE_EARLY,
        remote_id=remote_id_in,
        actor=who,
    )


def _refused(error: NoSuchDelivery | NothingToDecide | NotAsRead, delivery: str, stack: str) -> typer.Exit:
    match error:
        case NothingToDecide():
            return fail(f"{delivery}: {error}", error.instead)
        case NoSuchDelivery():
            return fail(str(error), did_you_mean(delivery, stack))
        case NotAsRead():
            return fail(f"{delivery}: others change it at this very moment", "try again")


def did_you_mean(delivery: str, stack: str) -> str:
    """Name the delivery that was probably meant."""
    brand = delivery.partition("/")[0]
    near = nearest(delivery, [row.id for row in opened(stack).posts.of_brand(brand)])
    return f"did you mean '{near}'?" if near else f"`{command(stack, 'status')}` prints those that there are"


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {"done": verdict.changed, "delivery": row_as_json(verdict.delivery)}
