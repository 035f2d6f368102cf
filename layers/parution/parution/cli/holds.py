"""`parution hold` and `parution holds`: stopping at once, and what is stopped."""

from collections import Counter
from itertools import groupby
from typing import Annotated, Any

import typer
from rich.markup import escape

from parution.buying.accounts import ad_object
from parution.buying.ports import Order
from parution.cli import options
from parution.cli.options import Brand, By, Campaign, Channel, Everything, Output, StackName, Tag
from parution.cli.output import Format, console, fail
from parution.cli.stacks import Deployed, opened
from parution.cli.words import (
    DEFAULT_STACK,
    command,
    counted,
    iso,
    listed,
    options_for,
    print_json,
    utc,
    wall,
)
from parution.errors import NotAsRead, TooManyHolds
from parution.guarding.holds import Hold, Scope
from parution.plan.ports import Brands
from parution.plan.problems import instead, nearest
from parution.publishing.deliveries import Delivery, State
from parution.publishing.stops import Placed, Reach, StopDesk, Stopped

_LONGEST_REASON = 200
_SHOWN = 3


# ---------------------------------------------------------------------- hold
def hold(
    *,
    reason: Annotated[
        str, typer.Option(help="Why, in a line of at most 200 characters; it is shown to everybody.")
    ],
    everything: Everything = False,
    brand: Brand = None,
    channel: Channel = None,
    tag: Tag = None,
    campaign: Campaign = None,
    by: By = None,
    force: Annotated[bool, typer.Option("--force", help="Hold a name that the stack does not know.")] = False,
    stack: StackName = DEFAULT_STACK,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Stop at once: nothing that is not yet in its commit call appears, and no advertising is paid for."""
    scope = options.scope_of(everything=everything, brand=brand, channel=channel, tag=tag, campaign=campaign)
    if not options.is_plain(reason) or len(reason) > _LONGEST_REASON:
        raise fail(
            "this is no reason to show", f"say why in one line of at most {_LONGEST_REASON} characters"
        )
    here, who = opened(stack), options.person(by)
    warnings = [] if force else _checked(scope, here.posts)
    desk = StopDesk(Reach(here.posts, here.posts), here.posts, here.clock, who)
    placed = _placed(desk, scope, reason, stack)
    if format is Format.TEXT:
        _print_placed(placed)
    orders = _braked(here, scope, warnings)
    stopped = _stopped(desk, scope, warnings)
    if format is Format.JSON:
        print_json(_held_as_json(placed, stopped, warnings) | {"paused": [_line(one) for one in orders]})
    else:
        _print_stopped(stopped, warnings)
        _print_braked(orders)
        console.print(f"\nTo go on:  {command(stack, 'release', *options_for(scope))}", soft_wrap=True)


def _checked(scope: Scope, posts: Brands) -> list[str]:
    """Refuse a name that the stack does not know; a check that cannot be made stops no hold."""
    try:
        unknown = _unknown(scope, posts)
    except Exception as error:  # noqa: BLE001 (whatever is wrong with a brand's row, the hold comes first)
        return [f"whether the plan has these names could not be checked: {type(error).__name__}"]
    if unknown:
        raise fail(unknown[0], f"{unknown[1]} Nothing is held; --force holds it all the same")
    return []


def _unknown(scope: Scope, posts: Brands) -> tuple[str, str] | None:
    if scope.brand is None:
        return None
    row = posts.brand(scope.brand)
    if row is None:
        return f"the stack has no brand '{scope.brand}'", instead(scope.brand, posts.brands())
    channels, campaigns = ([each.id for each in all_] for all_ in (row.plan.channels, row.plan.campaigns))
    if scope.channel is not None and scope.channel not in channels:
        return f"{scope.brand} has no channel '{scope.channel}'", instead(scope.channel, channels)
    if scope.campaign is not None and scope.campaign not in campaigns:
        return f"{scope.brand} has no campaign '{scope.campaign}'", instead(scope.campaign, campaigns)
    return None


def _placed(desk: StopDesk, scope: Scope, reason: str, stack: str) -> Placed:
    try:
        return desk.hold(scope, reason)
    except TooManyHolds as error:
        what_stands = command(stack, "holds")
        hint = f"`{what_stands}` lists them; hold --everything, or release some"
        raise fail(f"nothing was held: {error}", hint) from None
    except NotAsRead:
        raise fail("nothing was held: others change the holds at this very moment", "try again") from None


def _braked(here: Deployed, scope: Scope, warnings: list[str]) -> list[Order]:
    """Stop the money too; whatever keeps it from being stopped now, the next reading of figures does it."""
    try:
        return here.brake.pull(scope, here.clock.now())
    except Exception as error:  # noqa: BLE001 (the hold stands, and must not look as if it did not)
        warnings.append(
            f"advertising was not told at once: {type(error).__name__}: {error}; hold again, or it goes on "
            "until figures are read next"
        )
        return []


def _print_braked(orders: list[Order]) -> None:
    if orders:
        names = escape(listed(_line(one) for one in orders))
        console.print(f"\nIts advertising is being paused, which takes seconds: {names}", soft_wrap=True)


def _line(order: Order) -> str:
    return ad_object(order.brand, order.campaign, order.line)


def _stopped(desk: StopDesk, scope: Scope, warnings: list[str]) -> Stopped | None:
    """Count what the hold stops; whatever keeps it from being counted, the hold stands."""
    try:
        stopped = desk.stopped(scope)
        if scope.tag is not None and not (stopped.waiting or stopped.sending):
            near = nearest(scope.tag, desk.tags_waiting(scope.brand))
            meant = f"; did you mean '{near}'?" if near else ""
            warnings.append(f"nothing that waits carries the tag '{scope.tag}'{meant}")
    except Exception as error:  # noqa: BLE001 (the hold stands, and must not look as if it did not)
        warnings.append(f"what it stops could not be counted: {type(error).__name__}: {error}")
        return None
    return stopped


def _print_placed(placed: Placed) -> None:
    hold, before = placed.hold, placed.instead_of
    console.print(f"[bold red]Held[/]: {told(hold)}", soft_wrap=True)
    if before:
        console.print(
            f"It takes the place of a hold by {escape(before.by)}: {escape(before.reason)}", soft_wrap=True
        )
    console.print(
        "Nothing of it appears from now on, except from a call to a network that has begun already; "
        "such a call ends within 30 s."
    )


def _print_stopped(stopped: Stopped | None, warnings: list[str]) -> None:
    for warning in warnings:
        console.print(f"[yellow]warning[/] {escape(warning)}", soft_wrap=True)
    if stopped is None:
        return
    if stopped.sending:
        names = escape(listed(row.id for row in stopped.sending))
        console.print(f"\nBeing sent at this moment, and may still appear: {names}", soft_wrap=True)
    if not stopped.waiting:
        console.print("\nNothing of it waits at this moment.")
        return
    console.print("\nIt stops what waits:")
    for brand, number in sorted(Counter(row.brand for row in stopped.waiting).items()):
        console.print(f"  {brand}  {counted(number, 'delivery', 'deliveries')}")
    console.print("The next ones would have been:")
    for row in stopped.waiting[:_SHOWN]:
        console.print(f"  {wall(row.due_at, row)}  {row.id}", soft_wrap=True)


def _held_as_json(placed: Placed, stopped: Stopped | None, warnings: list[str]) -> dict[str, Any]:
    waiting = stopped.waiting if stopped else ()
    return {
        "hold": hold_as_json(placed.hold),
        "instead_of": hold_as_json(placed.instead_of) if placed.instead_of else None,
        "waiting": Counter(row.brand for row in waiting) if stopped else None,
        "next": [{"delivery": row.id, "due_at": iso(row.due_at)} for row in waiting[:_SHOWN]],
        "sending": [row.id for row in stopped.sending] if stopped else None,
        "warnings": warnings,
    }


# ---------------------------------------------------------------------- holds
def holds(stack: StackName = DEFAULT_STACK, format: Output = Format.TEXT) -> None:  # noqa: A002 (the option's name)
    """Show every hold that stands, with what it has held so far."""
    here = opened(stack)
    standing, reach = here.posts.standing(), Reach(here.posts, here.posts)
    held = [row for row in reach.rows(Scope()) if row.state is State.HELD]
    if format is Format.JSON:
        print_json([hold_as_json(one) | {"held": len(_under(one, held, reach))} for one in standing.holds])
        return
    for one in standing.holds:
        print_hold(one, len(_under(one, held, reach)), stack)
    print_left_behind(reach.left_behind(held, standing), stack)
    if not standing.holds:
        console.print("No hold stands.")


def print_hold(hold: Hold, held: int, stack: str) -> None:
    """Write one hold with what ends it."""
    console.print(f"[bold red]held[/] {told(hold)}", soft_wrap=True)
    console.print(f"  since {utc(hold.at)}; {counted(held, 'delivery', 'deliveries')} stopped so far")
    console.print(f"  [bold]{command(stack, 'release', *options_for(hold.scope))}[/]", soft_wrap=True)


def print_left_behind(rows: list[Delivery], stack: str) -> None:
    """Write what a release that was cut off has left."""
    for brand, of_brand in groupby(sorted(rows, key=lambda row: row.id), key=lambda row: row.brand):
        left = list(of_brand)
        number = counted(len(left), "delivery is", "deliveries are")
        console.print(
            f"[bold yellow]{number} held, although no hold stands[/]: {listed(row.id for row in left)}",
            soft_wrap=True,
        )
        console.print(f"  [bold]{command(stack, 'release', '--brand', brand)}[/]", soft_wrap=True)


def hold_as_json(hold: Hold) -> dict[str, Any]:
    facts = hold.model_dump(mode="json", exclude={"scope"})
    return {"scope": hold.scope.name, **hold.scope.model_dump(exclude_none=True), **facts}


def _under(hold: Hold, held: list[Delivery], reach: Reach) -> list[Delivery]:
    return [row for row in held if reach.covers(hold.scope, row)]


def told(hold: Hold) -> str:
    return f"[bold]{escape(hold.scope.name)}[/], by {escape(hold.by)}: {escape(hold.reason)}"
