"""Whoever else acts on a delivery: the import of a changed plan, holds, releases, verdicts and approvals.

Each goes through the same seam as the workers, and begins anew when it was cut off, as a person does and as
AWS does with an import.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from parution.errors import NotAsRead, NothingToDecide
from parution.guarding.holds import Scope
from parution.plan.diff import diff
from parution.plan.wishes import Wish
from parution.publishing.content import Content
from parution.publishing.deliveries import Change, Delivery, State, planned
from parution.publishing.dispatch import delay, is_soon
from parution.publishing.ports import Outgoing
from parution.publishing.releases import Manner
from parution.publishing.stops import Reach, ReleaseDesk, StopDesk
from parution.publishing.verdicts import VerdictDesk
from tests.builders import NOON
from tests.simulation import ports
from tests.simulation.seam import LostAnswer, WorkerDied
from tests.simulation.world import WAKE_EARLY, World

_PERSON = "claire"
_EVERYTHING = Scope()

Person = Callable[[World], None]


def wished(content: Content, *, due_at: datetime = NOON, **facts: Any) -> Wish:
    """What a plan asks for that shows this post on its channel."""
    delivery = planned(
        **{
            "brand": "boulangerie-martin",
            "post": "buche-2026",
            "channel": "masto",
            "network": "mastodon",
            "account": "secret:masto-martin",
            "due_at": due_at,
            "local_at": f"{due_at:%H:%M} UTC",
            "max_late": timedelta(minutes=10),
            "content": content.hash,
            "to_prepare": bool(content.media),
            "change": Change(actor="import_plan", cause="plans/martin.json", at=NOON - timedelta(days=1)),
            **facts,
        }
    )
    return Wish(delivery, content)


def importing(*wishes: Wish) -> Person:
    """Import a plan that asks for this; without any wish it takes everything out."""

    def act(world: World) -> None:
        table, queue = ports.Table(world), ports.Queue(world)
        change = Change(actor="import_plan", cause="plans/martin.json", at=world.now)
        standing = {row.id: row for row in table.of_brand("boulangerie-martin")}
        found = diff(wishes, standing, change)
        for row, content in found.contents:
            table.keep_content(row.brand, row.post, content)
        for moved in (*found.change, *found.cancel):
            table.move(moved.before, moved.after)
        queue.send(_soon([*found.written, *found.same], world.now))
        _note(world, "locked" if found.locked else "imported")

    return _until_done(act)


def _soon(rows: Iterable[Delivery], now: datetime) -> list[Outgoing]:
    return [
        Outgoing(row.ticket, row.network, delay(row.wake_at, now, WAKE_EARLY))
        for row in rows
        if row.state is State.PLANNED and row.wake_at and is_soon(row.wake_at, now)
    ]


class _OneBrand:
    def brands(self) -> list[str]:
        return ["boulangerie-martin"]


class _NoSlots:
    def after(self, delivery: Delivery, moment: datetime) -> Iterator[datetime]:
        raise AssertionError(delivery)


def _reach(world: World) -> Reach:
    return Reach(ports.Table(world), _OneBrand())


def hold(world: World) -> None:
    """Stop everything."""

    def act(world: World) -> None:
        StopDesk(_reach(world), ports.Table(world), ports.Clock(world), _PERSON).hold(_EVERYTHING, "stop")
        _note(world, "held")

    _until_done(act)(world)


def release(world: World) -> None:
    """Lift the hold, and bring back what it held, one after the other."""

    def act(world: World) -> None:
        desk = ReleaseDesk(
            _reach(world),
            ports.Table(world),
            ports.Clock(world),
            _PERSON,
            deliveries=ports.Table(world),
            slots=_NoSlots(),
            queue=ports.Queue(world),
            wake_early=WAKE_EARLY,
        )
        desk.release(desk.planned(_EVERYTHING, Manner()))
        _note(world, "released")

    _until_done(act)(world)


def _verdicts(world: World) -> VerdictDesk:
    return VerdictDesk(
        deliveries=ports.Table(world),
        queue=ports.Queue(world),
        clock=ports.Clock(world),
        wake_early=WAKE_EARLY,
        remote_id=lambda network, url: url.rsplit("/", 1)[-1],
        actor=_PERSON,
    )


def verdict(world: World) -> None:
    """Look at the network, and say whether the first post is there."""

    def act(world: World) -> None:
        row = world.rows[0]
        seen = [each for each in world.site.effects if world.cast.texts[each.text] == row.id]
        try:
            if seen:
                _verdicts(world).live(row.id, f"https://site.example/{seen[0].id}")
            else:
                _verdicts(world).missing(row.id)
        except NothingToDecide:
            return _note(world, "nothing to decide")
        return _note(world, "live" if seen else "missing")

    _until_done(act)(world)


def approve(world: World) -> None:
    """Look at what the delivery shows, and say yes to that."""

    def act(world: World) -> None:
        try:
            _verdicts(world).approve(world.rows[0])
        except NothingToDecide:
            return _note(world, "no yes wanted")
        return _note(world, "approved")

    _until_done(act)(world)


def _note(world: World, told: str) -> None:
    world.notes = (*world.notes, told)


def _until_done(act: Person) -> Person:
    def again(world: World) -> None:
        while True:
            try:
                return act(world)
            except (NotAsRead, LostAnswer, WorkerDied):
                continue

    return again
