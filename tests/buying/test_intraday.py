"""During the day: what would pass the cap, or is spent beyond what was told, is lowered with its reason."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying import ledger
from parution.buying.books import Books, excess, lowered
from parution.buying.campaigns import Account, Because, LineDay
from tests.buying.doubles import TODAY, Office, a_campaign

DAY = timedelta(days=1)
YESTERDAY = TODAY - DAY
ONE_DAY = ["2026-12-03", "2026-12-03"]


def an_office(**facts: Any) -> Office:
    office = Office(a_campaign(**facts))
    office.run_day()
    return office


def test_a_line_that_overspends_is_paused_and_nobody_else() -> None:
    office = an_office()
    office.report("fb-video", TODAY, 700)

    outcomes = office.book()
    office.apply_all()

    assert [one.metric for one in outcomes] == ["OverspendBooked", "AmountsLowered"]
    assert outcomes[1].reason == "fb-video overspent"
    assert (office.amount_on_platform("fb-video"), office.amount_on_platform("ig-reel")) == (0, 625)
    assert office.ledger()[-1].line == "fb-video"


def test_the_entries_of_a_lowered_amount_name_the_reason() -> None:
    office = an_office(flight=ONE_DAY)
    office.replan(a_campaign(flight=ONE_DAY, budget=6_000))

    office.book()
    order, _ = office.queue.take()
    outcome = office.desk.apply(order, office.now)

    assert outcome.reason == "5000 -> 3000, up to 40.00 EUR would be spent above the cap"


def test_a_cap_lowered_during_the_day_takes_back_only_what_is_not_spent() -> None:
    office = an_office(flight=ONE_DAY)
    office.report("fb-video", TODAY, 4_000)
    office.report("ig-reel", TODAY, 1_000)
    for line, spent in {"fb-video": 4_000, "ig-reel": 1_000}.items():
        office.platform.spent[f"ad:boulangerie-martin/noel/{line}", TODAY] = spent
    office.replan(a_campaign(flight=ONE_DAY, budget=8_000))

    office.book()
    office.apply_all()

    # 5,000 were left to spend and 3,000 may be: three fifths of each line's own rest.
    assert (office.day("fb-video").known, office.day("ig-reel").known) == (4_600, 3_400)
    assert office.account.spent + office.account.reserved == 8_000


def test_a_day_that_turns_out_dearer_after_all_lowers_the_next_one() -> None:
    flight = ["2026-12-02", "2026-12-03"]
    office = Office(a_campaign(flight=flight, budget=2_000))
    office.now -= DAY
    office.run_day()
    office.now += DAY
    office.run_day()
    office.report("fb-video", YESTERDAY, 800)  # 500 were told

    outcomes = office.book()
    office.apply_all()

    assert outcomes[-1].metric == "AmountsLowered"
    assert office.account.spent + office.account.reserved <= 2_000
    assert (office.amount_on_platform("fb-video"), office.amount_on_platform("ig-reel")) == (350, 350)


def test_orders_lost_by_a_crash_are_sent_again_and_nothing_is_lowered_twice() -> None:
    office = an_office(flight=ONE_DAY)
    office.replan(a_campaign(flight=ONE_DAY, budget=6_000))
    office.book()
    version = office.allocation().version
    office.queue.take()

    office.book()
    metrics = office.apply_all()

    assert metrics == ["AmountSet", "AmountSet"]
    assert office.allocation().version == version
    assert office.book() == []


def test_what_is_lowered_keeps_the_proof_of_the_split_that_it_came_from() -> None:
    office = an_office(flight=ONE_DAY)
    answer = office.allocation().answer
    office.replan(a_campaign(flight=ONE_DAY, budget=6_000))

    office.book()

    kept = office.allocation()
    assert kept.answer == answer
    assert kept.lowered_because == "up to 40.00 EUR would be spent above the cap"
    assert kept.lowered == (Because(code="above_cap", values={"above": 4000}),)


def test_a_day_within_its_cap_is_left_alone() -> None:
    office = an_office()
    office.report("fb-video", TODAY, 625)

    assert [one.metric for one in office.book()] == ["SpendBooked"]
    assert office.queue.sent == []


def test_an_overspent_line_rests_until_tomorrow_and_the_others_get_what_is_left_of_the_day() -> None:
    office = an_office()
    office.report("fb-video", TODAY, 700)
    office.run_day()

    (outcome,) = office.allocate()

    assert office.allocation().amounts == {"fb-video": 0, "ig-reel": 1_250 - 700}
    assert "fb-video gets nothing: 7.00 EUR are spent where 6.25 EUR were set" in outcome.reason


def test_a_platform_that_passed_its_word_once_is_taken_at_what_it_did() -> None:
    office = an_office()
    office.report("fb-video", TODAY, 750)
    office.run_day()
    office.now += DAY

    office.run_day()

    tomorrow = TODAY + DAY
    amount = office.allocation(tomorrow).amounts["fb-video"]
    assert amount > 0
    assert office.day("fb-video", tomorrow).reserved == -(-amount * 12 // 10)  # 750 of 625
    assert office.day("ig-reel", tomorrow).overdelivery == 1.0


def test_all_lines_overspent_leave_the_day_unspent_with_the_reason() -> None:
    office = an_office()
    office.report("fb-video", TODAY, 700)
    office.report("ig-reel", TODAY, 640)

    (outcome,) = office.allocate()

    assert office.allocation().amounts == {"fb-video": 0, "ig-reel": 0}
    assert "ig-reel gets nothing: 6.40 EUR are spent where 6.25 EUR were set" in outcome.reason


# ---------------------------------------------------------------------- the arithmetic
@st.composite
def days(draw: st.DrawFn) -> list[LineDay]:
    found = []
    for line in ("one", "two", "three"):
        known, times = draw(st.integers(0, 5_000)), draw(st.sampled_from([1.0, 1.25, 1.75, 2.0]))
        most = ledger.worst(known, times)
        spent = draw(st.integers(0, most))
        found.append(
            LineDay(
                brand="boulangerie-martin",
                campaign="noel",
                line=line,
                day=TODAY,
                known=known,
                told=known,
                reserved=most - spent,
                spent=spent,
                overdelivery=times,
            )
        )
    return found


@given(days(), st.integers(0, 30_000))
def test_what_is_lowered_costs_so_much_less_or_nothing_more(days: list[LineDay], above: int) -> None:
    amounts = lowered(days, above)

    before = sum(day.spent + day.reserved for day in days)
    after = sum(max(day.spent, ledger.worst(amounts[day.line], day.overdelivery)) for day in days)
    spent = sum(day.spent for day in days)
    assert after <= max(spent, before - above)
    assert all(0 <= amounts[day.line] <= day.known for day in days)


@pytest.mark.parametrize(("cap", "above"), [(1_000, 0), (900, 100)])
def test_the_excess_is_what_may_be_spent_above_a_cap(cap: int, above: int) -> None:
    account = Account(
        brand="boulangerie-martin", campaign="noel", currency="EUR", cap=1_000, spent=400, reserved=600
    )

    assert excess(account, cap) == above


def test_a_line_is_known_by_the_worst_that_it_did() -> None:
    account = Account(brand="boulangerie-martin", campaign="noel", currency="EUR", cap=1_000)
    a_day = LineDay(brand="boulangerie-martin", campaign="noel", line="one", day=TODAY, told=100)
    spents = {YESTERDAY: 121, TODAY: 90, TODAY - 2 * DAY: 900}

    books = Books(
        account, [a_day.model_copy(update={"day": day, "spent": spent}) for day, spent in spents.items()]
    )

    assert books.seen(TODAY) == {"one": 4.0}
    assert Books(account, books.days[:2]).seen(TODAY) == {"one": 1.21}
    assert books.seen(TODAY - 2 * DAY) == {}
