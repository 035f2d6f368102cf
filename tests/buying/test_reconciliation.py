"""What the platforms say against what we noted: a difference is an entry with its cause, and one stated outcome."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying import ledger
from parution.buying.campaigns import Entry
from parution.errors import PlatformBusy, PlatformError, PlatformRefused, PlatformUnknown
from tests.buying.doubles import TODAY, Office, a_campaign, raises

DAY = timedelta(days=1)
CAUSES = {ledger.REPORTED, ledger.OVERSPENT, ledger.LATE, ledger.RESTATED}


def an_office_that_spends() -> Office:
    office = Office()
    office.run_day()
    return office


# ---------------------------------------------------------------------- each pull
@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=8), st.integers(0, 8))
def test_each_pull_appends_the_difference_with_its_cause_and_overwrites_nothing(
    pulls: list[int], closing: int
) -> None:
    office = an_office_that_spends()
    written: list[Entry] = []
    for number, spend in enumerate(pulls):
        if number == closing:
            office.now += 3 * DAY  # the next figures settle the day
        office.now += timedelta(minutes=1)
        office.report("fb-video", TODAY, spend)

        office.book()

        entries = office.ledger()
        assert entries[: len(written)] == written
        written = entries
        mine = [one for one in entries if (one.line, one.kind) == ("fb-video", "spent")]
        assert sum(one.amount for one in mine) == office.day().spent == spend
        assert {one.cause for one in mine} <= CAUSES


def test_spend_restated_downward_gives_the_money_back_to_the_days_left() -> None:
    office = an_office_that_spends()
    for spend in (625, 225):
        office.now += 3 * DAY
        office.report("fb-video", TODAY, spend)
        office.report("ig-reel", TODAY, 625)
        office.book()

    office.allocate()

    assert office.ledger()[-1].cause == ledger.RESTATED
    assert office.account.spent == 850
    assert office.allocation(TODAY + 6 * DAY).budget == (10_000 - 850) // 2


def test_results_restated_downward_stop_a_line_that_looked_cheap() -> None:
    rails = {"stop_if": {"cost_per_result_above": 100, "after_spend": 500}}
    office = Office(a_campaign(guardrails=rails))
    office.report("fb-video", TODAY - DAY, 600, results=6.0)
    office.allocate()
    before = office.allocation().amounts["fb-video"]
    office.now += timedelta(hours=1)
    office.report("fb-video", TODAY - DAY, 600, results=5.0)

    (outcome,) = office.allocate()

    assert before > 0
    assert office.allocation().amounts["fb-video"] == 0
    assert "6.00 EUR brought 5 results, 1.20 EUR each; to go on, raise stop_if" in outcome.reason


def test_a_day_without_figures_counts_as_spent_whole_until_they_come() -> None:
    office = an_office_that_spends()
    office.now += DAY
    office.allocate()
    without = office.allocation(TODAY + DAY).budget
    office.now += 2 * DAY
    office.report("fb-video", TODAY, 1)
    office.report("ig-reel", TODAY, 1)

    office.allocate()

    assert without == (10_000 - 1_250) // 7
    assert office.allocation(TODAY + 3 * DAY).budget == (10_000 - 2) // 5


# ---------------------------------------------------------------------- errors of a platform
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (PlatformRefused("the account is closed"), "AmountRefused"),
        (PlatformBusy("too many calls", timedelta(seconds=30)), None),
        (PlatformUnknown("no answer"), "AmountSet"),  # read back: it was set all the same
    ],
)
def test_an_error_of_the_platform_ends_as_stated(error: PlatformError, outcome: str | None) -> None:
    office = Office()
    office.allocate()
    order, _ = office.queue.take()
    if isinstance(error, PlatformUnknown):
        office.platform.lost_answers = 1
    else:
        office.platform.faults = [raises(error)]

    if outcome is None:
        with pytest.raises(PlatformBusy):
            office.desk.apply(order, office.now)
    else:
        assert office.desk.apply(order, office.now).metric == outcome
    assert office.day().reserved == (625 if outcome == "AmountSet" else 0)
    assert not office.day().in_doubt


def test_an_ad_account_in_another_currency_is_refused_and_nothing_is_reserved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    office.allocate()
    order, _ = office.queue.take()

    def ensure(name: str, network: str, format: str, currency: str) -> str:  # noqa: A002 (the trade's word)
        raise PlatformRefused(f"WRONG_CURRENCY: this account pays in CHF, not {currency}")

    monkeypatch.setattr(office.platform, "ensure", ensure)

    outcome = office.desk.apply(order, office.now)

    assert (outcome.metric, outcome.reason) == (
        "AmountRefused",
        "WRONG_CURRENCY: this account pays in CHF, not EUR",
    )
    assert (office.account.reserved, office.ledger()) == (0, [])


def test_what_one_platform_refuses_is_not_spent_elsewhere_on_that_day() -> None:
    office = Office()
    office.allocate()
    office.platform.faults = [raises(PlatformRefused("the account is closed"))]

    metrics = office.apply_all()

    assert sorted(metrics) == ["AmountRefused", "AmountSet"]
    assert office.account.reserved == 625


@pytest.mark.parametrize(("currency", "budget"), [("JPY", 9), ("TND", 12_345_678)])
def test_the_worst_case_is_whole_units_whatever_the_currencys_decimals(currency: str, budget: int) -> None:
    flight = ["2026-12-03", "2026-12-03"]
    office = Office(a_campaign(currency=currency, budget=budget, flight=flight), overdelivery=1.75)

    office.run_day()

    amounts = office.allocation().amounts
    assert office.account.reserved == sum(-(-amount * 7 // 4) for amount in amounts.values()) <= budget
    assert office.account.available <= 3
