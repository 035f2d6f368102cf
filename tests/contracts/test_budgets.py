"""The budgets table and its double in memory answer alike."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from parution.aws.budgets_table import BudgetsTable
from parution.buying import ledger
from parution.buying.campaigns import Account, Allocation, Entry, LineDay, SharedOut
from parution.buying.ledger import Change, Note
from parution.buying.ports import Budgets
from parution.errors import CapReached, NotAsRead
from parution.sandbox.memory_budgets import MemoryBudgets
from tests import clients
from tests.tables import create_table

NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
TODAY = date(2026, 12, 3)
NOTE = Note("buying desk", "allocated", NOON)
CAP = 1_000


@pytest.fixture(params=["memory", "table"])
def budgets(request: pytest.FixtureRequest) -> Iterator[Budgets]:
    """Give each backend in turn; one more is one more name here, and its construction below."""
    if request.param == "memory":
        yield MemoryBudgets()
        return
    request.getfixturevalue("moto_aws")
    client = clients.client("dynamodb")
    yield BudgetsTable(client, create_table(client, "BudgetsTable", "budgets"))


@pytest.fixture
def opened(budgets: Budgets) -> Budgets:
    budgets.open_account(an_account())
    return budgets


def an_account(**facts: Any) -> Account:
    return Account(
        **{"brand": "boulangerie-martin", "campaign": "noel", "currency": "EUR", "cap": CAP, **facts}
    )


def a_day(line: str = "fb-video") -> LineDay:
    return LineDay(brand="boulangerie-martin", campaign="noel", line=line, day=TODAY)


def an_allocation(**facts: Any) -> Allocation:
    return Allocation(
        **{
            "brand": "boulangerie-martin",
            "campaign": "noel",
            "day": TODAY,
            "version": 1,
            "currency": "EUR",
            "budget": 500,
            "amounts": {"fb-video": 300, "ig-reel": 200},
            "problem": {"budget": 500, "lines": []},
            "answer": {"status": "optimal", "gap": 1.5e-16},
            "at": NOON,
            **facts,
        }
    )


def standing(budgets: Budgets) -> Account:
    account = budgets.account("boulangerie-martin", "noel")
    assert account
    return account


def ledger_of(budgets: Budgets) -> list[Entry]:
    return list(budgets.entries("boulangerie-martin", "noel"))


def done(budgets: Budgets, before: LineDay, change: Change | None) -> LineDay:
    assert change
    budgets.record(before, change.after, change.entries)
    return change.after


def test_an_account_is_opened_once_and_then_stands(budgets: Budgets) -> None:
    assert budgets.account("boulangerie-martin", "noel") is None

    first = budgets.open_account(an_account())
    second = budgets.open_account(an_account(cap=7))

    assert first == second == standing(budgets) == an_account()


def test_a_line_day_without_a_row_is_all_zero(opened: Budgets) -> None:
    assert opened.line_day("boulangerie-martin", "noel", "fb-video", TODAY) == a_day()


def test_a_change_moves_line_day_entries_and_balances_together(opened: Budgets) -> None:
    after = done(opened, a_day(), ledger.asked(a_day(), 400, 1.75, NOTE))

    assert opened.line_day("boulangerie-martin", "noel", "fb-video", TODAY) == after
    assert [(entry.kind, entry.amount) for entry in ledger_of(opened)] == [("reserved", 700)]
    assert (standing(opened).reserved, standing(opened).available) == (700, 300)


def test_a_reservation_above_the_cap_is_refused_whole(opened: Budgets) -> None:
    done(opened, a_day("ig-reel"), ledger.asked(a_day("ig-reel"), 400, 1.0, NOTE))
    change = ledger.asked(a_day(), 601, 1.0, NOTE)

    with pytest.raises(CapReached):
        opened.record(a_day(), change.after, change.entries)

    assert opened.line_day("boulangerie-martin", "noel", "fb-video", TODAY) == a_day()
    assert standing(opened).available == 600
    assert len(ledger_of(opened)) == 1


def test_a_reservation_up_to_the_cap_is_taken(opened: Budgets) -> None:
    done(opened, a_day(), ledger.asked(a_day(), CAP, 1.0, NOTE))

    assert standing(opened).available == 0


def test_spend_above_the_cap_is_a_fact_and_is_booked(opened: Budgets) -> None:
    day = done(opened, a_day(), ledger.asked(a_day(), CAP, 1.0, NOTE))

    done(opened, day, ledger.booked(day, CAP + 50, "buying desk", NOON))

    assert (standing(opened).spent, standing(opened).available) == (CAP + 50, -50)


def test_of_two_writers_from_one_reading_the_second_is_refused(opened: Budgets) -> None:
    done(opened, a_day(), ledger.asked(a_day(), 400, 1.0, NOTE))
    late = ledger.asked(a_day(), 300, 1.0, NOTE)

    with pytest.raises(NotAsRead):
        opened.record(a_day(), late.after, late.entries)

    assert standing(opened).reserved == 400


def test_the_same_change_twice_is_done_once(opened: Budgets) -> None:
    change = ledger.asked(a_day(), 400, 1.0, NOTE)

    opened.record(a_day(), change.after, change.entries)
    opened.record(a_day(), change.after, change.entries)

    assert standing(opened).reserved == 400
    assert len(ledger_of(opened)) == 1


def test_a_replay_is_known_by_its_entries_even_when_the_row_has_moved_on(opened: Budgets) -> None:
    change = ledger.asked(a_day(), 400, 1.0, NOTE)
    opened.record(a_day(), change.after, change.entries)
    moved_on = done(opened, change.after, ledger.confirmed(change.after, 400, 0, NOTE))

    opened.record(a_day(), change.after, change.entries)

    assert opened.line_day("boulangerie-martin", "noel", "fb-video", TODAY) == moved_on
    assert standing(opened).reserved == 400


def test_a_replay_of_a_reservation_that_filled_the_cap_is_no_error(opened: Budgets) -> None:
    change = ledger.asked(a_day(), CAP, 1.0, NOTE)

    opened.record(a_day(), change.after, change.entries)
    opened.record(a_day(), change.after, change.entries)

    assert standing(opened).available == 0


def test_a_change_that_moves_no_money_is_kept_and_may_be_replayed(opened: Budgets) -> None:
    day = done(opened, a_day(), ledger.asked(a_day(), 400, 1.0, NOTE))
    day = done(opened, day, ledger.confirmed(day, 400, 0, NOTE))
    lowering = ledger.asked(day, 100, 1.0, NOTE)
    assert not lowering.entries

    opened.record(day, lowering.after, lowering.entries)
    opened.record(day, lowering.after, lowering.entries)

    assert opened.line_day("boulangerie-martin", "noel", "fb-video", TODAY) == lowering.after


def test_nothing_is_recorded_without_an_account(budgets: Budgets) -> None:
    change = ledger.asked(a_day(), 400, 1.0, NOTE)

    with pytest.raises(NotAsRead):
        budgets.record(a_day(), change.after, change.entries)

    assert ledger_of(budgets) == []


def test_the_ledger_is_read_in_the_order_it_was_written(opened: Budgets) -> None:
    late, early = (
        Note("desk", "late clock", NOON),
        Note("desk", "early clock", datetime(2026, 12, 3, 11, tzinfo=UTC)),
    )

    done(opened, a_day("zz"), ledger.asked(a_day("zz"), 100, 1.0, late))
    done(opened, a_day("aa"), ledger.asked(a_day("aa"), 200, 1.0, early))

    assert [entry.line for entry in ledger_of(opened)] == ["zz", "aa"]


def test_entries_come_back_as_they_were_written(opened: Budgets) -> None:
    change = ledger.asked(a_day(), 400, 1.75, NOTE)

    opened.record(a_day(), change.after, change.entries)

    assert ledger_of(opened) == change.entries


def test_line_days_come_by_line_then_day(opened: Budgets) -> None:
    for line, day in [("ig-reel", 4), ("fb-video", 5), ("fb-video", 4)]:
        empty = a_day(line).model_copy(update={"day": date(2026, 12, day)})
        done(opened, empty, ledger.asked(empty, 10, 1.0, NOTE))

    found = [(day.line, day.day.day) for day in opened.line_days("boulangerie-martin", "noel")]

    assert found == [("fb-video", 4), ("fb-video", 5), ("ig-reel", 4)]


def test_a_line_whose_name_begins_another_has_its_own_days(opened: Budgets) -> None:
    done(opened, a_day("fb-video"), ledger.asked(a_day("fb-video"), 10, 1.0, NOTE))

    assert opened.line_day("boulangerie-martin", "noel", "fb", TODAY) == a_day("fb")


def test_the_cap_follows_the_plan_but_not_below_the_exposure(opened: Budgets) -> None:
    done(opened, a_day(), ledger.asked(a_day(), 400, 1.0, NOTE))

    lower = opened.change_cap(standing(opened), 400)
    with pytest.raises(CapReached):
        opened.change_cap(lower, 399)
    higher = opened.change_cap(lower, 2_000)

    assert (lower.available, higher.available) == (0, 1_600)
    assert standing(opened) == higher


def test_a_cap_that_was_moved_meanwhile_is_not_moved_again(opened: Budgets) -> None:
    old = standing(opened)
    opened.change_cap(old, 2_000)

    assert opened.change_cap(old, 2_000).cap == 2_000  # the same wish again: an answer was lost
    with pytest.raises(NotAsRead):
        opened.change_cap(old, 3_000)


def test_the_newest_allocation_of_a_day_counts(opened: Budgets) -> None:
    opened.keep_allocation(an_allocation())
    opened.keep_allocation(an_allocation(version=2, amounts={"fb-video": 250, "ig-reel": 250}))
    opened.keep_allocation(an_allocation(day=date(2026, 12, 2)))

    newest = opened.allocation("boulangerie-martin", "noel", TODAY)

    assert newest == an_allocation(version=2, amounts={"fb-video": 250, "ig-reel": 250})
    kept = [(one.day.day, one.version) for one in opened.allocations("boulangerie-martin", "noel")]
    assert kept == [(2, 1), (3, 2)]
    assert opened.allocation("boulangerie-martin", "noel", date(2026, 12, 9)) is None


def test_an_allocation_is_kept_once_per_version(opened: Budgets) -> None:
    opened.keep_allocation(an_allocation())

    opened.keep_allocation(an_allocation())  # the same again: an answer was lost
    with pytest.raises(NotAsRead):
        opened.keep_allocation(an_allocation(amounts={"fb-video": 500, "ig-reel": 0}))


def test_campaigns_are_apart(opened: Budgets) -> None:
    done(opened, a_day(), ledger.asked(a_day(), 400, 1.0, NOTE))
    opened.open_account(an_account(campaign="noel-2"))

    assert list(opened.line_days("boulangerie-martin", "noel-2")) == []
    assert list(opened.entries("boulangerie-martin", "noel-2")) == []


# ---------------------------------------------------------------------- pools
def a_sharing(version: int = 1, **allowances: int) -> SharedOut:
    return SharedOut(
        pool="pool-q1",
        version=version,
        currency="EUR",
        total=1_000,
        allowances={f"boulangerie-martin/{name}": amount for name, amount in allowances.items()},
        by="claire",
        at=NOON,
    )


def with_allowance(account: Account, allowance: int | None) -> Account:
    payer = None if allowance is None else "pool-q1"
    return account.model_copy(update={"payer": payer, "allowance": allowance})


def shared_out(budgets: Budgets, allowance: int | None, version: int = 1) -> SharedOut:
    before, row = standing(budgets), a_sharing(version, noel=allowance or 0)
    budgets.share_out(row, [before], [with_allowance(before, allowance)])
    return row


def test_a_pool_that_was_never_shared_out_has_no_row(budgets: Budgets) -> None:
    assert budgets.pool("pool-q1") is None


def test_what_a_pool_allows_is_a_cap_of_its_own(opened: Budgets) -> None:
    row = shared_out(opened, 300)
    change = ledger.asked(a_day(), 301, 1.0, NOTE)

    with pytest.raises(CapReached):
        opened.record(a_day(), change.after, change.entries)

    assert opened.pool("pool-q1") == row
    assert (standing(opened).limit, standing(opened).available) == (300, 300)
    assert (standing(opened).payer, standing(opened).cap) == ("pool-q1", CAP)


def test_a_pool_never_raises_the_cap(opened: Budgets) -> None:
    shared_out(opened, CAP + 500)
    change = ledger.asked(a_day(), CAP + 1, 1.0, NOTE)

    with pytest.raises(CapReached):
        opened.record(a_day(), change.after, change.entries)


def test_a_cap_that_is_raised_beyond_the_allowance_frees_nothing(opened: Budgets) -> None:
    shared_out(opened, 300)

    changed = opened.change_cap(standing(opened), 5_000)

    assert (changed.cap, changed.available) == (5_000, 300)
    change = ledger.asked(a_day(), 301, 1.0, NOTE)
    with pytest.raises(CapReached):
        opened.record(a_day(), change.after, change.entries)


def test_a_cap_read_before_the_allowance_is_no_longer_changed(opened: Budgets) -> None:
    before = standing(opened)
    shared_out(opened, 300)

    with pytest.raises(NotAsRead):
        opened.change_cap(before, 2_000)


def test_an_allowance_below_what_is_exposed_is_refused_whole(opened: Budgets) -> None:
    done(opened, a_day(), ledger.asked(a_day(), 400, 1.0, NOTE))

    with pytest.raises(NotAsRead):
        shared_out(opened, 399)

    assert opened.pool("pool-q1") is None
    assert standing(opened).allowance is None


def test_of_two_who_share_out_a_pool_the_second_is_refused_whole(opened: Budgets) -> None:
    before = standing(opened)
    shared_out(opened, 300)

    with pytest.raises(NotAsRead):
        opened.share_out(a_sharing(1, noel=900), [before], [with_allowance(before, 900)])
    with pytest.raises(NotAsRead):
        opened.share_out(a_sharing(2, noel=900), [before], [with_allowance(before, 900)])

    assert standing(opened).limit == 300
    assert shared_out(opened, 200, version=2) == opened.pool("pool-q1")


def test_who_leaves_a_pool_has_its_own_cap_again(opened: Budgets) -> None:
    shared_out(opened, 300)

    shared_out(opened, None, version=2)

    assert standing(opened) == an_account()
    assert done(opened, a_day(), ledger.asked(a_day(), CAP, 1.0, NOTE)).reserved == CAP
