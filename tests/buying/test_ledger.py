from datetime import UTC, date, datetime

import pytest

from parution.buying import ledger
from parution.buying.campaigns import LineDay
from parution.buying.ledger import Change, Note

NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
NOTE = Note("buying desk", "allocated", NOON)


def a_day(**facts: int) -> LineDay:
    day = LineDay(brand="boulangerie-martin", campaign="noel", line="fb-video", day=date(2026, 12, 3))
    return day.model_copy(update=facts)


def told(amount: int, overdelivery: float = 1.0) -> LineDay:
    """A day whose amount was asked for and read back."""
    asked = ledger.asked(a_day(), amount, overdelivery, NOTE).after
    return ledger.confirmed(asked, amount, 0, NOTE).after


def amounts(change: Change | None) -> list[tuple[str, int]]:
    assert change
    return [(entry.kind, entry.amount) for entry in change.entries]


@pytest.mark.parametrize(
    ("amount", "overdelivery", "worst"),
    [(100, 1.0, 100), (100, 1.75, 175), (101, 1.75, 177), (7, 1.1, 8), (0, 2.0, 0)],
)
def test_the_worst_of_a_day_is_rounded_up_and_exact(amount: int, overdelivery: float, worst: int) -> None:
    assert ledger.worst(amount, overdelivery) == worst


def test_a_raise_is_reserved_before_it_is_told_and_committed_when_read_back() -> None:
    asked = ledger.asked(told(100, 1.75), 200, 1.75, NOTE)
    confirmed = ledger.confirmed(asked.after, 200, 0, NOTE)

    assert amounts(asked) == [("reserved", 175)]
    assert amounts(confirmed) == [("committed", 100)]


def test_a_lower_is_released_only_when_read_back() -> None:
    asked = ledger.asked(told(100, 1.75), 40, 1.75, NOTE)
    confirmed = ledger.confirmed(asked.after, 40, 0, NOTE)

    assert amounts(asked) == []
    assert amounts(confirmed) == [("released", -105), ("committed", -60)]


def test_what_was_spent_before_a_lower_is_not_released() -> None:
    asked = ledger.asked(told(100), 40, 1.0, NOTE)

    confirmed = ledger.confirmed(asked.after, 40, 70, NOTE)

    assert amounts(confirmed) == [("released", -30), ("committed", -60)]


def test_a_change_that_was_refused_gives_back_what_it_reserved() -> None:
    before = told(100)
    asked = ledger.asked(before, 250, 1.0, NOTE).after

    withdrawn = ledger.withdrawn(asked, before, NOTE)

    assert amounts(withdrawn) == [("released", -150)]
    assert not withdrawn.after.in_doubt


def test_a_refused_change_leaves_older_doubts_reserved() -> None:
    lost = ledger.asked(told(100), 300, 1.0, NOTE).after  # may stand
    lost_again = ledger.asked(lost, 200, 1.0, NOTE).after  # may stand instead
    refused = ledger.asked(lost_again, 250, 1.0, NOTE).after

    after = ledger.withdrawn(refused, lost_again, NOTE).after

    assert (after.reserved, after.attempted, after.in_doubt) == (300, 200, True)


def test_a_platform_found_to_overdeliver_more_is_reserved_for() -> None:
    asked = ledger.asked(told(100, 1.0), 50, 2.0, NOTE)

    assert amounts(asked) == [("reserved", 100)]


def test_spend_moves_from_reserved_to_spent_and_exposure_stays() -> None:
    booked = ledger.booked(told(100, 1.75), 60, "buying desk", NOON)

    assert amounts(booked) == [("released", -60), ("spent", 60)]


def test_spend_beyond_the_amount_but_within_overdelivery_is_no_overspend() -> None:
    booked = ledger.booked(told(100, 1.75), 175, "buying desk", NOON)

    assert booked
    assert {entry.cause for entry in booked.entries} == {ledger.REPORTED}


@pytest.mark.parametrize(
    ("day", "spend", "cause", "moves"),
    [
        (told(100), 130, ledger.OVERSPENT, [("released", -100), ("spent", 130)]),
        (a_day(), 5, ledger.OVERSPENT, [("spent", 5)]),
        (
            a_day(known=40, attempted=40, told=100, reserved=40),
            70,
            ledger.LATE,
            [("released", -40), ("spent", 70)],
        ),
        (a_day(known=100, attempted=100, told=100, spent=60, closed=True), 70, ledger.LATE, [("spent", 10)]),
        (
            a_day(known=100, attempted=100, told=100, spent=60, reserved=40),
            50,
            ledger.RESTATED,
            [("spent", -10), ("reserved", 10)],
        ),
        (
            a_day(known=100, attempted=100, told=100, spent=60, closed=True),
            50,
            ledger.RESTATED,
            [("spent", -10)],
        ),
        (
            a_day(known=100, attempted=100, told=100, spent=130),
            90,
            ledger.RESTATED,
            [("spent", -40), ("reserved", 10)],
        ),
    ],
)
def test_spend_that_surprises_is_booked_with_its_cause(
    day: LineDay, spend: int, cause: str, moves: list[tuple[str, int]]
) -> None:
    booked = ledger.booked(day, spend, "buying desk", NOON)

    assert amounts(booked) == moves
    assert booked
    assert {entry.cause for entry in booked.entries} == {cause}


def test_what_was_seen_spent_before_a_lower_stays_reserved_until_all_of_it_is_booked() -> None:
    lowered = a_day(known=40, attempted=40, told=100, reserved=70)

    booked = ledger.booked(lowered, 50, "buying desk", NOON)

    assert amounts(booked) == [("released", -50), ("spent", 50)]
    assert booked
    assert booked.after.reserved == 20


def test_spend_that_is_booked_already_is_not_booked_again() -> None:
    assert ledger.booked(a_day(spent=60), 60, "buying desk", NOON) is None


def test_a_closed_day_gives_back_what_is_left() -> None:
    day = told(100, 1.75)

    closed = ledger.closed(day, NOTE)

    assert amounts(closed) == [("released", -175)]
    assert closed.after.closed


def test_spend_needs_no_room_and_a_reservation_does() -> None:
    spent = ledger.booked(told(100), 130, "buying desk", NOON)
    restated = ledger.booked(
        a_day(known=100, attempted=100, told=100, spent=60, reserved=40), 50, "desk", NOON
    )
    raised = ledger.asked(a_day(), 100, 1.0, NOTE)

    effects = [ledger.effect(change.entries) for change in (spent, restated, raised) if change]

    assert [(effect.exposure, effect.needs_room) for effect in effects] == [
        (30, False),
        (0, False),
        (100, True),
    ]


def test_two_writers_from_one_reading_write_different_entries() -> None:
    one, other = ledger.asked(a_day(), 100, 1.0, NOTE), ledger.asked(a_day(), 200, 1.0, NOTE)

    assert {entry.id for entry in one.entries}.isdisjoint(entry.id for entry in other.entries)
    assert one.entries == ledger.asked(a_day(), 100, 1.0, NOTE).entries
