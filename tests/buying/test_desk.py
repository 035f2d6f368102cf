from datetime import date, timedelta
from typing import Any

import pytest

from parution.buying.ports import Order
from parution.errors import CapReached, NotAsRead, PlatformBusy, PlatformRefused, PlatformUnknown
from tests.buying.doubles import TODAY, Office, a_campaign, a_line, busy, raises

DAY = timedelta(days=1)
YESTERDAY = TODAY - DAY


def an_order(line: str = "fb-video", version: int = 1, day: date = TODAY) -> Order:
    return Order(brand="boulangerie-martin", campaign="noel", line=line, day=day, version=version)


# -------------------------------------------------------------------- allocate
def test_todays_money_is_split_and_ordered() -> None:
    office = Office()

    (outcome,) = office.allocate()

    assert outcome.metric == "BudgetAllocated"
    assert office.allocation().amounts == {"fb-video": 625, "ig-reel": 625}  # 10,000 over the 8 days left
    assert office.queue.take() == [an_order("fb-video"), an_order("ig-reel")]


def test_the_allocation_keeps_the_problem_and_the_proof() -> None:
    office = Office()

    office.allocate()

    kept = office.allocation()
    assert kept.problem["budget"] == kept.budget == 1_250
    assert (kept.answer["status"], kept.answer["spent"]) == ("optimal", 1_250)


def test_the_allocation_keeps_what_was_learned_of_each_line() -> None:
    office = Office()

    office.allocate()

    [allocation] = office.budgets.allocations("boulangerie-martin", "noel")
    first, _ = allocation.learned
    assert first["line"] == "fb-video"
    assert first["cost_per_result"]["low"] < 200 < first["cost_per_result"]["high"]


def test_the_allocation_keeps_what_each_move_was_expected_to_bring() -> None:
    office = Office()

    office.allocate()

    foreseen = office.allocation().foreseen["fb-video"]

    assert (foreseen.before, foreseen.after) == (0, office.allocation().amounts["fb-video"])
    assert 0 < foreseen.gain.low < foreseen.gain.mid < foreseen.gain.high
    assert foreseen.gain == foreseen.results


def test_an_unchanged_run_changes_nothing_and_sends_nothing() -> None:
    office = Office()
    office.run_day()

    (outcome,) = office.allocate()

    assert outcome.metric == "BudgetUnchanged"
    assert office.allocation().version == 1
    assert office.queue.sent == []


def test_orders_lost_by_a_crash_are_sent_by_the_next_run() -> None:
    office = Office()
    office.allocate()
    office.queue.take()

    office.allocate()

    assert office.queue.take() == [an_order("fb-video"), an_order("ig-reel")]


def test_another_amount_is_another_version_and_lowers_go_first() -> None:
    office = Office()
    office.run_day()
    office.replan(a_campaign(formats=[a_line("fb-video"), a_line("ig-reel", max=2_000)]))

    office.allocate()

    assert office.allocation().amounts == {"fb-video": 1_000, "ig-reel": 250}
    assert [(order.line, order.version) for order in office.queue.take()] == [("ig-reel", 2), ("fb-video", 2)]


def test_a_campaign_out_of_its_flight_is_left_alone() -> None:
    office = Office(a_campaign(flight=["2026-12-04", "2026-12-10"]))

    (outcome,) = office.allocate()

    assert outcome.metric == "CampaignNotInFlight"
    assert office.queue.sent == []


def test_the_flight_begins_at_midnight_where_the_brand_is() -> None:
    office = Office(a_campaign(flight=["2026-12-04", "2026-12-10"]))
    office.now = office.now.replace(hour=23)  # 3 December in UTC, the 4th in Paris

    (outcome,) = office.allocate()

    assert outcome.metric == "BudgetAllocated"


def test_one_campaign_that_fails_does_not_stop_the_others() -> None:
    broken = a_campaign(id="printemps", formats=[a_line("li-video", network="mastodon", ad_account="nobody")])
    office = Office(broken, a_campaign())

    first, second = office.allocate()

    assert (first.subject, first.metric) == ("boulangerie-martin/printemps", "BudgetNotAllocated")
    assert "mastodon" in first.reason
    assert (second.subject, second.metric) == ("boulangerie-martin/noel", "BudgetAllocated")


def test_minimums_that_do_not_fit_are_explained_and_nothing_is_moved() -> None:
    office = Office(a_campaign(formats=[a_line("fb-video", min=8_000), a_line("ig-reel", min=8_000)]))

    (outcome,) = office.allocate()

    assert outcome.metric == "BudgetInfeasible"
    assert outcome.reason == "the floors add up to more than the budget, by 750"
    assert office.queue.sent == []


@pytest.mark.parametrize(
    ("rails", "most"),
    [({}, 1_250), ({"explore_share": 0.2}, 250), ({"explore_share": 0.0}, 0), ({"test_share": 0.01}, 1_250)],
)
def test_trials_take_no_more_of_the_day_than_their_own_share(rails: dict[str, Any], most: int) -> None:
    office = Office(a_campaign(guardrails=rails))

    office.allocate()

    tried = sum(guard.limit for guard in office.allocation().guards if guard.rule == "trial")
    assert 0.9 * most <= tried <= most


def test_a_flights_minimum_and_maximum_hold_over_its_days() -> None:
    lines = [a_line("fb-video", min=4_000), a_line("ig-reel", max=1_600), a_line("ig-story")]
    office = Office(a_campaign(formats=lines))

    office.allocate()

    amounts = office.allocation().amounts
    assert amounts["ig-reel"] == 200  # 1,600 over the 8 days left
    assert amounts["fb-video"] >= 500
    assert sum(amounts.values()) == 1_250


def test_a_share_of_the_budget_is_not_passed_on_any_day() -> None:
    office = Office(a_campaign(formats=[a_line("fb-video"), a_line("ig-story", max_share=0.2)]))

    office.allocate()

    assert office.allocation().amounts["ig-story"] == 250


def test_the_guardrail_limits_a_day() -> None:
    office = Office(a_campaign(guardrails={"max_daily": 300}))

    (outcome,) = office.allocate()

    assert sum(office.allocation().amounts.values()) == 300
    assert "max_daily" in outcome.reason


def test_a_line_that_brings_more_gets_more() -> None:
    office = Office()
    office.report("fb-video", YESTERDAY, 500, results=10.0)
    office.report("ig-reel", YESTERDAY, 500, results=1.0)

    office.allocate()

    amounts = office.allocation().amounts
    assert amounts["fb-video"] > amounts["ig-reel"] > 0


def test_todays_own_figures_do_not_move_todays_money() -> None:
    office = Office()
    office.run_day()
    office.report("fb-video", TODAY, 300, results=30.0)

    (outcome,) = office.allocate()

    assert outcome.metric == "BudgetUnchanged"


def test_what_was_not_spent_is_spread_over_the_days_left() -> None:
    office = Office()
    office.now -= DAY
    office.run_day()
    office.report("fb-video", YESTERDAY, 100)
    office.report("ig-reel", YESTERDAY, 100)
    office.now += 3 * DAY  # the figures of the second have settled

    office.report("fb-video", YESTERDAY, 101)
    office.report("ig-reel", YESTERDAY, 100)
    office.allocate()

    assert office.allocation(date(2026, 12, 5)).budget == (10_000 - 201) // 6


def test_a_day_whose_figures_are_open_counts_as_spent_whole() -> None:
    office = Office()
    office.now -= DAY
    office.run_day()  # 10,000 // 9 = 1,111
    office.now += DAY

    office.allocate()

    assert office.allocation().budget == (10_000 - 1_111) // 8


def test_the_last_days_amount_leaves_room_for_what_the_platform_may_overdeliver() -> None:
    office = Office(a_campaign(flight=["2026-12-03", "2026-12-03"]), overdelivery=1.75)

    (outcome,) = office.allocate()
    office.apply_all()

    assert office.allocation().budget == (4 * 10_000 - 2 * 3) // 7
    assert "exposure" in outcome.reason
    assert 0 <= office.account.available <= 2


def test_a_guardrail_may_only_be_more_careful_than_the_platform() -> None:
    office = Office(a_campaign(guardrails={"overdelivery": 1.0}), overdelivery=2.0)

    office.run_day()

    assert office.day().reserved == 2 * 625


def test_a_smaller_budget_in_flight_lowers_today_and_then_the_cap() -> None:
    office = Office(a_campaign(flight=["2026-12-03", "2026-12-03"]))
    office.run_day()
    assert office.account.available == 0

    office.replan(a_campaign(flight=["2026-12-03", "2026-12-03"], budget=4_000))
    office.run_day()
    office.allocate()

    assert sum(office.allocation().amounts.values()) == 4_000
    assert (office.account.cap, office.account.available) == (4_000, 0)


def test_a_budget_in_another_currency_is_not_mixed_in() -> None:
    office = Office()
    office.run_day()
    office.replan(a_campaign(currency="CHF"))

    (outcome,) = office.allocate()

    assert outcome.metric == "BudgetNotAllocated"
    assert "EUR" in outcome.reason


def test_a_brand_that_is_not_there_has_nothing_to_allocate() -> None:
    office = Office()

    assert office.desk.allocate("hotel-cimes", office.now) == []
    assert office.desk.book("hotel-cimes", office.now) == []


# -------------------------------------------------------------------- apply
def test_an_amount_is_reserved_set_read_back_and_committed() -> None:
    office = Office(overdelivery=1.75)
    office.allocate()
    amount = office.allocation().amounts["fb-video"]

    outcome = office.desk.apply(an_order(), office.now)

    assert outcome.metric == "AmountSet"
    assert office.amount_on_platform() == amount
    assert (office.day().known, office.day().reserved) == (amount, -(-amount * 7 // 4))
    assert [entry.kind for entry in office.ledger()] == ["reserved", "committed"]
    name = "boulangerie-martin/noel/fb-video"
    assert office.platform.calls == [f"ensure {name}", f"set ad:{name} {amount}", f"read ad:{name}"]


def test_the_same_order_twice_is_applied_once() -> None:
    office = Office()
    office.allocate()

    metrics = [office.desk.apply(an_order(), office.now).metric for _ in range(2)]

    assert metrics == ["AmountSet", "AmountUnchanged"]
    assert len(office.ledger()) == 2


@pytest.mark.parametrize("order", [an_order(version=1), an_order(day=YESTERDAY, version=2)])
def test_a_stale_order_is_void(order: Order) -> None:
    office = Office()
    office.allocate()
    office.replan(a_campaign(guardrails={"max_daily": 100}))
    office.allocate()
    if order.day == YESTERDAY:
        office.budgets.keep_allocation(office.allocation().model_copy(update={"day": YESTERDAY}))

    assert office.desk.apply(order, office.now).metric == "OrderVoided"
    assert office.platform.calls == []


def test_an_order_for_a_line_that_the_plan_dropped_raises_nothing() -> None:
    office = Office()
    office.allocate()
    office.replan(a_campaign(formats=[a_line("ig-reel")]))

    assert office.desk.apply(an_order("fb-video"), office.now).metric == "AmountUnchanged"
    assert not office.platform.calls


def test_an_order_for_a_campaign_that_the_plan_dropped_is_void() -> None:
    office = Office()
    office.allocate()
    office.replan(a_campaign(id="paques"))

    assert office.desk.apply(an_order("fb-video"), office.now).metric == "OrderVoided"


def test_an_order_ahead_of_its_allocation_comes_back() -> None:
    office = Office()

    with pytest.raises(NotAsRead):
        office.desk.apply(an_order(), office.now)


def test_a_lost_answer_is_made_out_by_reading_back() -> None:
    office = Office()
    office.allocate()
    office.platform.lost_answers = 1

    assert office.desk.apply(an_order(), office.now).metric == "AmountSet"
    assert (office.day().known, office.day().in_doubt) == (625, False)


def test_while_nobody_knows_the_larger_amount_stays_reserved() -> None:
    office = Office()
    office.run_day()
    office.replan(a_campaign(guardrails={"max_daily": 100}))
    office.allocate()
    office.platform.forgets = 1

    with pytest.raises(PlatformUnknown, match="told 50 and reads 625"):
        office.desk.apply(an_order(version=2), office.now)

    assert (office.day().reserved, office.day().in_doubt) == (625, True)


def test_nobody_else_changes_a_line_whose_change_may_still_take_effect() -> None:
    office = Office()
    office.allocate()
    office.platform.forgets = 1
    with pytest.raises(PlatformUnknown):
        office.desk.apply(an_order(), office.now)

    with pytest.raises(PlatformBusy) as busy_for:
        office.desk.apply(an_order(), office.now + timedelta(seconds=30))
    later = office.desk.apply(an_order(), office.now + timedelta(minutes=2))

    assert busy_for.value.retry_after == timedelta(seconds=90)
    assert later.metric == "AmountSet"
    assert office.account.reserved == 625


def test_a_busy_platform_changed_nothing_and_nothing_stays_reserved() -> None:
    office = Office()
    office.allocate()
    office.platform.faults = [raises(busy())]

    with pytest.raises(PlatformBusy):
        office.desk.apply(an_order(), office.now)

    assert (office.account.reserved, office.day().in_doubt) == (0, False)
    assert office.desk.apply(an_order(), office.now).metric == "AmountSet"


def test_a_refusal_is_an_outcome_with_its_reason() -> None:
    office = Office()
    office.allocate()
    office.platform.faults = [raises(PlatformRefused("the account is closed"))]

    outcome = office.desk.apply(an_order(), office.now)

    assert (outcome.metric, outcome.reason) == ("AmountRefused", "the account is closed")
    assert office.account.reserved == 0


def test_a_raise_waits_for_the_lower_that_pays_for_it() -> None:
    flight = ["2026-12-03", "2026-12-03"]
    office = Office(a_campaign(flight=flight))
    office.run_day()
    lines = [a_line("fb-video"), a_line("ig-reel", max=2_000)]
    office.replan(a_campaign(flight=flight, formats=lines))
    office.allocate()

    with pytest.raises(CapReached):
        office.desk.apply(an_order("fb-video", version=2), office.now)
    office.desk.apply(an_order("ig-reel", version=2), office.now)
    outcome = office.desk.apply(an_order("fb-video", version=2), office.now)

    assert outcome.metric == "AmountSet"
    assert (office.day("fb-video").known, office.day("ig-reel").known) == (8_000, 2_000)


def test_a_lowered_line_keeps_reserved_what_the_platform_has_spent_already() -> None:
    office = Office()
    office.run_day()
    office.platform.spent["ad:boulangerie-martin/noel/fb-video", TODAY] = 400
    office.replan(a_campaign(guardrails={"max_daily": 100}))
    office.run_day()

    assert (office.day().known, office.day().reserved) == (50, 400)


def test_a_line_raised_again_after_a_lower_still_keeps_what_was_spent_before() -> None:
    office = Office()
    office.run_day()
    office.platform.spent["ad:boulangerie-martin/noel/fb-video", TODAY] = 400
    for most in (100, 200):
        office.replan(a_campaign(guardrails={"max_daily": most}))
        office.run_day()

    assert (office.day().known, office.day().reserved) == (100, 400)


# -------------------------------------------------------------------- book
def test_spend_moves_from_reserved_to_spent() -> None:
    office = Office()
    office.run_day()
    office.report("fb-video", TODAY, 400)

    (outcome,) = office.book()

    assert outcome.metric == "SpendBooked"
    assert (office.day().spent, office.day().reserved) == (400, 225)
    assert (office.account.spent, office.account.reserved) == (400, 225 + 625)


def test_booking_twice_changes_nothing() -> None:
    office = Office()
    office.run_day()
    office.report("fb-video", TODAY, 400)
    office.book()

    assert office.book() == []


def test_a_platform_that_spends_more_than_it_was_told_is_an_entry_with_that_cause() -> None:
    office = Office()
    office.run_day()
    office.report("fb-video", TODAY, 700)

    outcome, _ = office.book()

    assert outcome.metric == "OverspendBooked"
    assert (office.day().spent, office.day().reserved) == (700, 0)
    assert office.ledger()[-1].cause == "the platform spent more than it was told"


def test_spend_restated_downward_comes_back_as_reserved_until_the_day_is_closed() -> None:
    office = Office()
    office.run_day()
    office.report("fb-video", TODAY, 400)
    office.book()
    office.now += timedelta(hours=1)
    office.report("fb-video", TODAY, 300)

    office.book()

    assert (office.day().spent, office.day().reserved) == (300, 325)
    assert {entry.cause for entry in office.ledger()[-2:]} == {"the platform restated its spend downward"}


def test_a_settled_day_is_closed_and_the_rest_released() -> None:
    office = Office()
    office.run_day()
    office.now += timedelta(days=1, hours=11)  # 5 December, midnight in Paris: a day after the 3rd's end
    office.report("fb-video", TODAY, 400)
    office.report("ig-reel", TODAY, 500)

    outcomes = office.book()

    assert [outcome.metric for outcome in outcomes] == [
        "SpendBooked",
        "SpendBooked",
        "DayClosed",
        "DayClosed",
    ]
    assert (office.account.spent, office.account.reserved) == (900, 0)


def test_figures_read_before_they_settled_close_nothing() -> None:
    office = Office()
    office.run_day()
    office.now += timedelta(hours=30)
    office.report("fb-video", TODAY, 400)
    office.now += timedelta(days=1)

    office.book()

    assert not office.day().closed


def test_a_day_without_figures_stays_reserved_and_is_told() -> None:
    office = Office()
    office.run_day()
    office.now += timedelta(days=5)

    outcomes = office.book()

    assert [outcome.metric for outcome in outcomes] == ["FiguresMissed", "FiguresMissed"]
    assert office.account.reserved == 1_250


def test_spend_reported_after_the_day_was_closed_is_booked_with_that_cause() -> None:
    office = Office()
    office.run_day()
    office.now += timedelta(days=2)
    office.report("fb-video", TODAY, 400)
    office.book()
    office.now += timedelta(days=1)
    office.report("fb-video", TODAY, 420)

    office.book()

    assert (office.day().spent, office.day().reserved, office.day().closed) == (420, 0, True)
    assert office.ledger()[-1].cause.startswith("spent before its amount was lowered or its day closed")
