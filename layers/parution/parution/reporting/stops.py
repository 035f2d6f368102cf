"""The stops of a period: the holds that stand, and those that deliveries' histories still tell of.

A hold that was lifted leaves no row of its own. What it held does: each delivery's history says when it was
held and who released which scope. So such a stop began at the latest when it first held something.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from parution.buying.brakes import is_money
from parution.buying.campaigns import Allocation
from parution.guarding.holds import Hold, Scope
from parution.plan.model import Campaign
from parution.publishing.deliveries import Delivery, State
from parution.publishing.history import Edge
from parution.records import Instant, Record
from parution.reporting.contract import Pause

_RELEASED = re.compile(r"(?:released|dropped at the release) \((?P<scope>.*)\)")
# As the scope writes its fields; only a tag may hold spaces.
_SCOPE = re.compile(
    r"(?:brand=(?P<brand>\S+) ?)?(?:channel=(?P<channel>\S+) ?)?"
    r"(?:tag=(?P<tag>.+?) ?)?(?:campaign=(?P<campaign>\S+))?"
)


class Stop(Record):
    """A stop: since when, at the latest where ``at_latest``, until when, and the deliveries that it held."""

    scope: Scope
    reason: str
    by: str = ""
    first: Instant
    at_latest: bool = False
    last: Instant | None = None
    lifted_by: str = ""
    held: tuple[str, ...] = ()


def may_have_been_held(delivery: Delivery) -> bool:
    """Say whether its history may tell of a stop: a release raises the version."""
    return delivery.state is State.HELD or delivery.version > 1


def stops_of(
    brand: str, standing: Iterable[Hold], deliveries: Sequence[Delivery], histories: Mapping[str, list[Edge]]
) -> tuple[Stop, ...]:
    """Give the stops that concern a brand, the earliest first."""
    found = [*_standing(brand, standing, deliveries), *_lifted(brand, histories)]
    return tuple(sorted(found, key=lambda stop: (stop.first, stop.scope.name)))


def _standing(brand: str, standing: Iterable[Hold], deliveries: Sequence[Delivery]) -> Iterator[Stop]:
    for hold in standing:
        if hold.scope.brand in {None, brand}:
            held = (
                row.id for row in deliveries if row.state is State.HELD and row.held_by == hold.scope.name
            )
            yield Stop(
                scope=hold.scope, reason=hold.reason, by=hold.by, first=hold.at, held=tuple(sorted(held))
            )


def _lifted(brand: str, histories: Mapping[str, list[Edge]]) -> Iterator[Stop]:
    """Put together what was held under one scope, for one reason, before its release."""
    spans: dict[tuple[str, str], list[Stop]] = {}
    for name, edges in sorted(histories.items()):
        for held, released in _spans(edges):
            scope = _RELEASED.fullmatch(released.cause)
            if scope and name.startswith(f"{brand}/"):
                stops = spans.setdefault((scope["scope"], held.reason or held.cause), [])
                _add(stops, _lifted_stop(scope["scope"], name, held, released))
    yield from (stop for stops in spans.values() for stop in stops)


def _spans(edges: list[Edge]) -> Iterator[tuple[Edge, Edge]]:
    return ((before, after) for before, after in pairwise(edges) if before.state is State.HELD)


def _lifted_stop(scope: str, delivery: str, held: Edge, released: Edge) -> Stop:
    return Stop(
        scope=scope_named(scope),
        reason=held.reason or held.cause,
        first=held.at,
        at_latest=True,
        last=released.at,
        lifted_by=released.actor,
        held=(delivery,),
    )


def _add(stops: list[Stop], stop: Stop) -> None:
    """Widen the stop that this one is a part of; a later one on the same scope is another."""
    for place, other in enumerate(stops):
        if other.last and stop.last and stop.first <= other.last and other.first <= stop.last:
            stops[place] = other.model_copy(
                update={
                    "first": min(other.first, stop.first),
                    "last": max(other.last, stop.last),
                    "held": (*other.held, *stop.held),
                }
            )
            return
    stops.append(stop)


def scope_named(name: str) -> Scope:
    """Read a scope as its name is written: ``everything``, ``brand=martin channel=masto``."""
    found = _SCOPE.fullmatch(name)
    return Scope(**found.groupdict()) if found else Scope()


# ---------------------------------------------------------------- money
def pauses_of(
    campaign: Campaign, brand: str, stops: Iterable[Stop], allocations: Sequence[Allocation], now: datetime
) -> tuple[Pause, ...]:
    """Give the spans in which a campaign's money was stopped; of a day without a stop, its allocation's."""
    pauses = [
        Pause(first=stop.first, last=stop.last, scope=stop.scope.name, reason=stop.reason)
        for stop in stops
        if is_money(stop.scope, brand, campaign)
    ]
    for pause in _idle(allocations):
        if not any(one.first <= (pause.last or now) and pause.first <= (one.last or now) for one in pauses):
            pauses.append(pause)
    return tuple(sorted(pauses, key=lambda pause: pause.first))


def _idle(allocations: Sequence[Allocation]) -> Iterator[Pause]:
    """Give the spans of days that were allocated nothing because of a stop."""
    begin: datetime | None = None
    for one in allocations:
        stopped = any(guard.line is None and guard.rule == "stopped" for guard in one.guards)
        if stopped and begin is None:
            begin = one.at
        elif not stopped and begin is not None:
            yield Pause(first=begin, last=one.at, scope=f"campaign={one.campaign}", reason="")
            begin = None
    if begin is not None:
        yield Pause(first=begin, last=None, scope=f"campaign={allocations[-1].campaign}", reason="")
