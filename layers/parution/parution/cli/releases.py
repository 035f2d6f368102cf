"""`parution release`: going on after a hold, by a plan that is shown first."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError
from rich.markup import escape

from parution.cli import options
from parution.cli.holds import hold_as_json, told
from parution.cli.options import Brand, By, Campaign, Channel, Everything, Output, StackName, Tag, Yes
from parution.cli.output import Format, console, fail
from parution.cli.stacks import Deployed, opened
from parution.cli.words import (
    DEFAULT_STACK,
    command,
    counted,
    iso,
    listed,
    options_for,
    print_columns,
    print_json,
    wall,
    zone_of,
)
from parution.plan.slots import ChannelSlots
from parution.publishing.releases import LEAST_SPACING, SPACING, Manner, Step, Way
from parution.publishing.stops import Reach, Release, Released, ReleaseDesk

_LONGEST_SPACING = timedelta(days=7)

# As the template sets it where nobody says otherwise; a ticket that comes earlier is held by its worker.
_WAKE_EARLY = timedelta(seconds=2)


def release(
    *,
    everything: Everything = False,
    brand: Brand = None,
    channel: Channel = None,
    tag: Tag = None,
    campaign: Campaign = None,
    spaced: Annotated[
        str | None,
        typer.Option(help="One after the other on each channel, so far apart; PT10M unless you say it."),
    ] = None,
    shift: Annotated[
        bool, typer.Option("--shift", help="Each in the next free slot of its channel.")
    ] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Give up what was held.")] = False,
    yes: Yes = False,
    by: By = None,
    stack: StackName = DEFAULT_STACK,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Lift a hold, and bring back what it held by a plan that is shown first; never in a burst.

    What is still ahead keeps its time. Run again, it finishes what was cut off.
    With --format json and without --yes it prints the plan and changes nothing.
    """
    scope = options.scope_of(everything=everything, brand=brand, channel=channel, tag=tag, campaign=campaign)
    manner = _manner(spaced, shift=shift, drop=drop)
    here, who = opened(stack), options.person(by)
    desk = _release_desk(here, who)
    plan = desk.planned(scope, manner)
    if format is Format.JSON:
        print_json(_release_as_json(plan, desk.release(plan) if yes else None))
        return
    if not plan.lifts and not plan.steps:
        raise _nothing_to_release(plan, here, stack)
    _print_release(plan)
    while not yes and _asked(plan):
        if not _is_over(plan, here.clock.now()):
            break
        console.print("\nMeanwhile the first time is over. The plan is now:\n")
        plan = desk.planned(scope, manner)
        _print_release(plan)
    _print_released(desk.release(plan), plan, stack)


def _manner(spaced: str | None, *, shift: bool, drop: bool) -> Manner:
    if (spaced is not None) + shift + drop > 1:
        raise fail("--spaced, --shift and --drop are three ways", "choose one")
    if drop or shift:
        return Manner(way=Way.DROP if drop else Way.SHIFT)
    return Manner(spacing=_spacing(spaced) if spaced is not None else SPACING)


def _spacing(written: str) -> timedelta:
    try:
        spacing = TypeAdapter(timedelta).validate_python(written) if written.startswith("P") else None
    except ValidationError:
        spacing = None
    if spacing is None or not LEAST_SPACING <= spacing <= _LONGEST_SPACING:
        raise fail(f"'{written}' is no spacing", "write one from PT1M to P7D, such as PT10M or PT1H30M")
    return spacing


def _release_desk(here: Deployed, who: str) -> ReleaseDesk:
    return ReleaseDesk(
        Reach(here.posts, here.posts),
        here.posts,
        here.clock,
        who,
        deliveries=here.posts,
        slots=ChannelSlots(here.posts),
        queue=here.delivery_queue,
        wake_early=_WAKE_EARLY,
    )


def _nothing_to_release(plan: Release, here: Deployed, stack: str) -> typer.Exit:
    if plan.staying:
        hold, number = plan.staying[0].hold, len(plan.staying)
        return fail(
            f"no hold stands on {plan.scope.name}; {counted(number, 'delivery', 'deliveries')} of it "
            f"{'is' if number == 1 else 'are'} held by {hold.scope.name}",
            f"`{command(stack, 'release', *options_for(hold.scope))}` releases that",
        )
    console.print(f"No hold stands on {escape(plan.scope.name)}, and nothing of it is held.")
    if standing := here.posts.standing().holds:
        console.print(f"What stands: {escape(listed(hold.scope.name for hold in standing))}", soft_wrap=True)
    return typer.Exit(0)


def _asked(plan: Release) -> bool:
    what = "Lift the hold" if plan.lifts else "Release them"
    if not options.confirmed(f"{what} so?" if plan.steps else f"{what}?"):
        console.print("Nothing was changed.")
        raise typer.Exit(1)
    return True


def _is_over(plan: Release, now: datetime) -> bool:
    return any(step.at and step.at <= now and step.at != step.delivery.due_at for step in plan.steps)


def _print_release(plan: Release) -> None:
    if plan.lifts:
        console.print(f"This lifts the hold on {told(plan.lifts)}", soft_wrap=True)
    if not plan.steps:
        console.print("Nothing was held under it.")
    for brand, steps in groupby(
        sorted(plan.steps, key=lambda step: step.delivery.brand), lambda s: s.delivery.brand
    ):
        of_brand = list(steps)
        console.print(f"\n[bold]{brand}[/], {zone_of(of_brand[0].delivery)}")
        print_columns(*_plan_rows(of_brand))
    if plan.staying:
        others = listed(sorted({stays.hold.scope.name for stays in plan.staying}))
        console.print(
            f"\n{counted(len(plan.staying), 'delivery stays', 'deliveries stay')} held by {escape(others)}.",
            soft_wrap=True,
        )
    console.print()


def _plan_rows(steps: list[Step]) -> Iterator[tuple[str, str, str]]:
    """Give a row for each sequence."""
    yield "[bold]delivery[/]", "[bold]was planned for[/]", "[bold]now at[/]"
    in_order = sorted(steps, key=lambda step: (step.at or step.delivery.due_at, step.sequence))
    for (_, post, channel), together in groupby(in_order, key=lambda step: step.sequence):
        *later, first = together
        more = f"[dim] and {counted(len(later), 'part')}[/]" if later else ""
        yield f"{post}/{channel}{more}", wall(first.delivery.due_at, first.delivery), _now_at(first)


def _now_at(step: Step) -> str:
    if step.at is None:
        return "[dim]dropped[/]"
    when = wall(step.at, step.delivery)
    return f"[dim]{when} as planned[/]" if step.at == step.delivery.due_at else f"[green]{when}[/]"


def _print_released(released: Released, plan: Release, stack: str) -> None:
    done = "Dropped" if plan.manner.way is Way.DROP else "Released"
    console.print(f"{done}: {counted(len(released.taken), 'delivery', 'deliveries')}.")
    if released.left:
        names = listed(step.delivery.id for step in released.left)
        again = command(stack, "release", *options_for(plan.scope))
        raise fail(f"others changed these meanwhile, and they stay held: {names}", f"`{again}` takes them up")


def _release_as_json(plan: Release, released: Released | None) -> dict[str, Any]:
    steps = released.taken if released else plan.steps
    return {
        "scope": plan.scope.name,
        **plan.manner.model_dump(mode="json"),
        "lifts": hold_as_json(plan.lifts) if plan.lifts else None,
        "done": released is not None,
        "steps": [
            {
                "delivery": one.delivery.id,
                "was": iso(one.delivery.due_at),
                "at": iso(one.at) if one.at else None,
            }
            for one in steps
        ],
        "staying": [{"delivery": one.delivery.id, "held_by": one.hold.scope.name} for one in plan.staying],
        "left": [step.delivery.id for step in released.left] if released else [],
    }
