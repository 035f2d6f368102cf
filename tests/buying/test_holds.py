"""A hold stops money: at once, whatever is under way; its release gives the money to the days that are left."""

from datetime import date, timedelta
from typing import Any

import pytest

from parution.buying.brakes import Brake
from parution.buying.ports import Order
from parution.errors import PlatformBusy, PlatformUnknown
from parution.guarding.holds import Scope
from tests.buying.doubles import TODAY, Office, a_campaign, a_line

BRAND = "boulangerie-martin"


def an_office_that_spends() -> Office:
    office = Office()
    office.run_day()
    return office


@pytest.mark.parametrize("scope", [{}, {"brand": BRAND}, {"brand": BRAND, "campaign": "noel"}])
def test_a_hold_lowers_what_it_covers_to_nothing_at_once(scope: dict[str, str]) -> None:
    office = an_office_that_spends()

    office.hold(**scope)
    metrics = office.apply_all()

    assert metrics == ["AmountSet", "AmountSet"]
    assert (office.amount_on_platform("fb-video"), office.amount_on_platform("ig-reel")) == (0, 0)
    assert office.account.reserved == 0
    assert office.ledger()[-1].cause == "read back"


@pytest.mark.parametrize(
    "scope", [{"channel": "fil"}, {"tag": "noel"}, {"brand": "hotel-cimes"}, {"campaign": "ete"}]
)
def test_a_hold_on_posts_or_on_others_leaves_this_money_alone(scope: dict[str, str]) -> None:
    office = an_office_that_spends()

    office.hold(**scope)
    (outcome,) = office.allocate()

    assert (office.queue.sent, outcome.metric) == ([], "BudgetUnchanged")


def test_the_brake_orders_only_what_may_spend() -> None:
    office = an_office_that_spends()
    office.hold()
    office.apply_all()

    assert Brake(office.brands, office.budgets, office.queue).pull(Scope(), office.now) == []


def test_under_a_hold_todays_allocation_is_nothing() -> None:
    office = Office()
    office.hold()

    (outcome,) = office.allocate()

    assert (outcome.metric, outcome.reason) == ("CampaignHeld", "held by claire: une rumeur")
    assert office.allocation().amounts == {"fb-video": 0, "ig-reel": 0}
    assert office.queue.sent == []


def test_an_order_sent_before_the_hold_raises_nothing_after_it() -> None:
    office = Office()
    office.allocate()
    office.hold()

    assert office.apply_all() == ["AmountUnchanged", "AmountUnchanged"]
    assert office.platform.calls == []


def test_a_hold_placed_while_an_amount_is_raised_is_read_before_the_platform_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    office.allocate()
    order, _ = office.queue.take()
    ensure = office.platform.ensure

    def held_meanwhile(*told: Any) -> str:
        office.hold()
        return ensure(*told)

    monkeypatch.setattr(office.platform, "ensure", held_meanwhile)

    assert office.desk.apply(order, office.now).metric == "AmountUnchanged"
    assert (office.account.reserved, office.day().in_doubt) == (0, False)
    assert not any(call.startswith("set") for call in office.platform.calls)


def test_a_raise_that_a_hold_overtakes_leaves_nothing_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    office = an_office_that_spends()
    office.replan(a_campaign(formats=[a_line("fb-video"), a_line("ig-reel", max=2_000)]))
    office.allocate()
    _, order = office.queue.take()
    record = office.budgets.record

    def held_after_the_note(*row: Any) -> None:
        record(*row)
        if not office.brands.standing().holds:
            office.hold()

    monkeypatch.setattr(office.budgets, "record", held_after_the_note)

    outcome = office.desk.apply(order, office.now)

    assert (outcome.metric, outcome.reason) == ("AmountSet", "625 -> 0, held by claire: une rumeur")
    assert (office.amount_on_platform(), office.day().reserved) == (0, 0)
    assert "not asked for: held by claire: une rumeur" in {entry.cause for entry in office.ledger()}


def test_what_is_in_doubt_is_paused_at_once_and_confirmed_later() -> None:
    office = Office()
    office.allocate()
    office.platform.forgets = 1
    with pytest.raises(PlatformUnknown):
        office.desk.apply(office.queue.take()[0], office.now)
    office.platform.amounts["ad:boulangerie-martin/noel/fb-video", TODAY] = 625  # it arrived late
    office.hold()
    (order,) = office.queue.take()

    with pytest.raises(PlatformBusy):
        office.desk.apply(order, office.now + timedelta(seconds=5))
    paused = office.amount_on_platform()
    reserved = office.day().reserved
    office.desk.apply(order, office.now + timedelta(minutes=2))

    assert (paused, reserved) == (0, 625)
    assert (office.amount_on_platform(), office.day().reserved) == (0, 0)


def test_a_hold_whose_brake_was_not_pulled_is_obeyed_when_figures_are_read() -> None:
    office = an_office_that_spends()
    standing = office.brands.standing()
    office.brands.change(standing, standing.with_hold(Scope(), "une rumeur", "claire", office.now))

    (outcome,) = office.book()

    assert outcome.metric == "CampaignHeld"
    assert office.apply_all() == ["AmountSet", "AmountSet"]
    assert office.amount_on_platform() == 0


def test_a_release_gives_the_money_back_with_the_next_allocation() -> None:
    office = an_office_that_spends()
    office.hold()
    office.apply_all()
    office.allocate()

    office.release()
    (outcome,) = office.allocate()
    office.apply_all()

    assert outcome.metric == "BudgetAllocated"
    assert office.amount_on_platform() == 625


def test_the_days_after_a_hold_share_what_it_kept_back() -> None:
    office = Office()
    office.hold(campaign="noel")
    office.run_day()
    office.now += timedelta(days=2)
    office.release(campaign="noel")

    office.allocate()

    assert office.allocation(date(2026, 12, 5)).budget == 10_000 // 6


def test_an_order_for_a_held_line_that_is_still_low_is_done() -> None:
    office = an_office_that_spends()
    office.hold()
    order = Order(brand=BRAND, campaign="noel", line="fb-video", day=TODAY, version=1)

    metrics = [office.desk.apply(order, office.now).metric for _ in range(2)]

    assert metrics == ["AmountSet", "AmountUnchanged"]
