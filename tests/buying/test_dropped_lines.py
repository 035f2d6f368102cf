"""A line that the plan drops while its amount stands is lowered to nothing."""

import pytest

from parution.errors import CapReached
from tests.buying.doubles import TODAY, Office, a_campaign, a_line

FB_ONLY = a_campaign(formats=[a_line("fb-video")])


def an_office_that_spends() -> Office:
    office = Office()
    office.run_day()
    return office


def test_the_next_allocation_lowers_a_dropped_line_to_nothing() -> None:
    office = an_office_that_spends()
    office.replan(FB_ONLY)

    office.allocate()
    first, _ = office.queue.sent
    office.apply_all()

    assert first.line == "ig-reel"  # what is lowered goes first
    assert (office.amount_on_platform("ig-reel"), office.day("ig-reel").reserved) == (0, 0)
    assert office.amount_on_platform("fb-video") == 1_250
    assert office.ledger()[-1].line == "fb-video"


def test_a_hold_lowers_a_dropped_line_too() -> None:
    office = an_office_that_spends()
    office.replan(FB_ONLY)

    office.hold()
    office.apply_all()

    assert (office.amount_on_platform("ig-reel"), office.amount_on_platform("fb-video")) == (0, 0)
    assert office.account.reserved == 0


def test_the_outcome_says_why_it_is_lowered() -> None:
    office = an_office_that_spends()
    office.replan(FB_ONLY)
    office.allocate()
    order = office.queue.take()[0]

    assert office.desk.apply(order, office.now).reason == "625 -> 0, the plan has no such line any more"


def test_what_a_dropped_line_has_spent_today_is_a_part_of_what_today_was_to_have() -> None:
    office = an_office_that_spends()
    office.report("ig-reel", TODAY, 200)
    office.replan(FB_ONLY)

    office.allocate()

    assert office.allocation().budget == 1_050  # of 1,250


def test_a_line_takes_a_dropped_ones_money_only_when_that_is_released() -> None:
    one_day = {"flight": [str(TODAY), str(TODAY)]}
    office = Office(a_campaign(**one_day))
    office.run_day()
    office.replan(a_campaign(formats=[a_line("fb-video"), a_line("fb-carousel")], **one_day))
    office.allocate()
    orders = {order.line: order for order in office.queue.take()}

    with pytest.raises(CapReached):
        office.desk.apply(orders["fb-carousel"], office.now)
    office.desk.apply(orders["ig-reel"], office.now)
    office.allocate()  # with what was released
    office.apply_all()

    assert sum(office.platform.amounts.values()) == 10_000 == office.account.reserved


def test_a_dropped_line_that_no_account_shows_stays_reserved_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = an_office_that_spends()
    monkeypatch.setattr(office.platform, "find", lambda name: None)
    office.replan(FB_ONLY)
    office.allocate()
    order = office.queue.take()[0]

    outcome = office.desk.apply(order, office.now)

    assert (outcome.metric, outcome.subject) == ("AmountRefused", "boulangerie-martin/noel/ig-reel")
    assert outcome.reason == "the plan has no such line any more, and none of its ad accounts shows it"
    assert office.day("ig-reel").reserved == 625
