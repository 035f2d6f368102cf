"""Stops: those that stand are read, those that were lifted are told by what they held."""

from datetime import UTC, datetime, timedelta

import pytest

from parution.buying.campaigns import Guard
from parution.guarding.holds import Hold, Scope
from parution.publishing.deliveries import State
from parution.publishing.history import Edge
from parution.reporting.stops import Stop, pauses_of, scope_named, stops_of
from tests.builders import a_delivery
from tests.reporting.months import NOEL
from tests.reporting.test_splits import two_lines

NOON = datetime(2026, 12, 7, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAME = "martin/brioche/fb"


def edge(state: State, fence: int, at: datetime, cause: str = "rumour", actor: str = "claire") -> Edge:
    return Edge(delivery=NAME, state=state, version=1, fence=fence, actor=actor, cause=cause, at=at)


def held_and_released(at: datetime, until: datetime, scope: str = "brand=martin") -> list[Edge]:
    return [
        edge(State.HELD, 1, at, actor="deliver_post"),
        edge(State.PLANNED, 2, until, cause=f"released ({scope})"),
    ]


def test_a_hold_that_stands_is_told_with_what_it_holds() -> None:
    hold = Hold(scope=Scope(brand="martin"), reason="rumour", by="claire", at=NOON, epoch=3)
    row = a_delivery(brand="martin", state=State.HELD, held_by="brand=martin")

    assert stops_of("martin", [hold], [row], {}) == (
        Stop(scope=hold.scope, reason="rumour", by="claire", first=NOON, held=(row.id,)),
    )


def test_a_hold_of_another_brand_is_none_of_this_one() -> None:
    hold = Hold(scope=Scope(brand="other"), reason="rumour", by="claire", at=NOON, epoch=3)

    assert stops_of("martin", [hold], [], {}) == ()


def test_a_lifted_stop_began_at_the_latest_when_it_first_held_something() -> None:
    early, late = held_and_released(NOON, NOON + 5 * HOUR), held_and_released(NOON + HOUR, NOON + 5 * HOUR)

    (stop,) = stops_of("martin", [], [], {"martin/b/fb": late, "martin/a/fb": early})

    assert (stop.first, stop.at_latest, stop.last, stop.lifted_by) == (NOON, True, NOON + 5 * HOUR, "claire")
    assert stop.held == ("martin/a/fb", "martin/b/fb")


def test_a_second_stop_on_the_same_scope_is_another_one() -> None:
    first, second = (held_and_released(NOON + 24 * n * HOUR, NOON + (24 * n + 2) * HOUR) for n in (0, 1))

    stops = stops_of("martin", [], [], {NAME: [*first, *second]})

    assert [stop.first for stop in stops] == [NOON, NOON + 24 * HOUR]


@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(brand="martin"),
        Scope(brand="martin", channel="fb", tag="bûche de Noël", campaign="noel"),
        Scope(tag="a=b c"),
        Scope(campaign="noel"),
    ],
)
def test_a_scope_is_read_as_its_name_is_written(scope: Scope) -> None:
    assert scope_named(scope.name) == scope


# ---------------------------------------------------------------- money
def test_only_a_stop_on_money_pauses_a_campaign() -> None:
    posts = Stop(scope=Scope(brand="martin", channel="fb"), reason="", first=NOON)
    whole = Stop(scope=Scope(brand="martin"), reason="rumour", first=NOON, last=NOON + HOUR)

    pauses = pauses_of(NOEL, "martin", [posts, whole], [], NOON + 9 * HOUR)

    assert [(pause.first, pause.last, pause.scope) for pause in pauses] == [
        (NOON, NOON + HOUR, "brand=martin")
    ]


def test_days_that_were_allocated_nothing_for_a_stop_are_a_pause_too() -> None:
    stopped = (Guard(constraint="budget", rule="stopped", limit=0),)
    days = [two_lines(at=NOON + 24 * n * HOUR, guards=stopped if n in {1, 2} else ()) for n in range(4)]

    (pause,) = pauses_of(NOEL, "martin", [], days, NOON + 96 * HOUR)

    assert (pause.first, pause.last) == (NOON + 24 * HOUR, NOON + 72 * HOUR)
