"""Rules around a day's split: each limits the problem, shows what it costs, and yields in a stated order."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying.allocator import allocate
from parution.buying.campaigns import Because, Guard, LineDay
from parution.buying.curves import Hill
from parution.buying.drafts import Draft, drafted
from parution.buying.guardrails import Case, Fence, TodaysLine, fences
from parution.buying.pacing import Limit, Today
from parution.buying.tracks import Track
from parution.measuring.insights import LineInsight
from tests.buying.doubles import TODAY, a_campaign, a_line, a_plan, an_insight

DAY = timedelta(days=1)
YESTERDAY = TODAY - DAY


def a_day(line: str, day: date, amount: int) -> LineDay:
    return LineDay(brand="boulangerie-martin", campaign="noel", line=line, day=day, known=amount, told=amount)


def stood(*amounts: tuple[int, ...], lines: tuple[str, ...] = ("fb-video", "ig-reel")) -> list[LineDay]:
    """Give the amounts of the last days, the last of them yesterday."""
    return [
        a_day(line, TODAY - (len(amounts) - number) * DAY, amount)
        for number, of_day in enumerate(amounts)
        for line, amount in zip(lines, of_day, strict=True)
    ]


def a_case(
    amount: int = 1_000,
    *,
    days: list[LineDay] | None = None,
    insights: list[LineInsight] | None = None,
    limit: Limit = "pacing",
    today: dict[str, TodaysLine] | None = None,
    **facts: Any,
) -> Case:
    (campaign,) = a_plan(a_campaign(**facts)).campaigns
    names = frozenset(line.id for line in campaign.lines)
    track = Track(days or [], insights or [], names, TODAY)
    lines = dict.fromkeys(names, TodaysLine()) | (today or {})
    return Case(campaign, "/campaigns/0", Today(amount, Fraction(1, 10), limit), track, lines)


def around(case: Case) -> dict[str, Fence]:
    return fences(case).lines


def rule(draft: Draft, name: str, line: str = "fb-video") -> Guard:
    (found,) = (one for one in draft.guards if (one.rule, one.line) == (name, line) and one.price is not None)
    return found


CURVES = {
    "fb-video": Hill(kind="hill", ceiling=30.0, half_spend=500.0),
    "ig-reel": Hill(kind="hill", ceiling=3.0, half_spend=500.0),
}


# ---------------------------------------------------------------------- moves
def test_a_line_moves_by_its_share_of_the_days_money_at_most() -> None:
    case = a_case(days=stood((500, 500)), guardrails={"max_move_per_day": 0.1, "protect_learning": False})

    draft = drafted(case, CURVES, {})

    assert draft.amounts == {"fb-video": 600, "ig-reel": 400}


def test_a_rule_shows_where_it_stands_in_the_plan_and_what_it_costs() -> None:
    lines = [a_line("fb-video", max=6_000), a_line("ig-reel")]

    guard = rule(drafted(a_case(formats=lines), CURVES, {}), "max")

    assert (guard.constraint, guard.limit) == ("cap", 600)
    assert guard.pointer == "/campaigns/0/formats/0/max"
    # One cent more for the video and one less for the reel: what the curves themselves say.
    gain = CURVES["fb-video"].gain(600) - CURVES["ig-reel"].gain(399)
    assert guard.price == pytest.approx(gain, rel=0.01)


def test_a_rule_on_several_lines_shows_what_it_costs_as_a_whole() -> None:
    free, held = (
        drafted(a_case(days=stood((500, 500)), guardrails=rails | {"protect_learning": False}), CURVES, {})
        for rails in ({}, {"max_move_per_day": 0.1})
    )

    # Of its two limits neither is worth moving alone: what the video may have more, the reel may not lose.
    assert free.costs == {}
    assert held.costs == {"max_move_per_day": (free.answer.objective or 0) - (held.answer.objective or 0)}
    assert held.costs["max_move_per_day"] > 0.5
    assert "max_move_per_day costs" in held.words


def test_what_limits_the_day_has_the_price_of_the_budget() -> None:
    draft = drafted(a_case(limit="max_daily"), CURVES, {})

    day = draft.guards[0]

    assert (day.rule, day.constraint, day.limit) == ("max_daily", "budget", 1_000)
    assert day.pointer == "/campaigns/0/guardrails/max_daily"
    assert day.price == draft.answer.shadow_price is not None


def test_what_pacing_asks_is_no_move() -> None:
    case = a_case(500, days=stood((800, 1_200)), guardrails={"max_move_per_day": 0.01})

    limits = around(case)

    assert (limits["fb-video"].floor, limits["fb-video"].cap) == (195, 805)
    assert (limits["ig-reel"].floor, limits["ig-reel"].cap) == (295, 1_205)


def test_a_line_without_a_past_is_free() -> None:
    case = a_case(days=stood((500,), lines=("fb-video",)), guardrails={"max_move_per_day": 0.01})

    assert around(case)["ig-reel"].cap is None


def test_a_day_on_which_nothing_stood_is_no_day_to_compare_with() -> None:
    case = a_case(days=stood((600, 400), (0, 0)), guardrails={"cooldown_days": 0, "max_move_per_day": 0.1})

    assert around(case)["fb-video"].cap == 700


@pytest.mark.parametrize(("cooldown", "cap"), [(0, None), (1, None), (2, 700), (3, 700)])
def test_after_a_change_an_amount_rests_for_so_many_days(cooldown: int, cap: int | None) -> None:
    changed_two_days_ago = stood((500, 500), (700, 300), (700, 300))
    case = a_case(
        days=changed_two_days_ago, guardrails={"cooldown_days": cooldown, "protect_learning": False}
    )

    assert around(case)["fb-video"].cap == cap


def test_a_change_of_pace_is_no_change_of_an_amount() -> None:
    case = a_case(
        days=stood((500, 500), (1_000, 1_000), (250, 251)),
        guardrails={"cooldown_days": 5, "protect_learning": False},
    )

    assert around(case)["fb-video"].cap is None


# ---------------------------------------------------------------------- learning
def test_while_meta_learns_a_line_moves_by_a_fifth() -> None:
    case = a_case(days=stood((500, 500)))

    assert (around(case)["fb-video"].floor, around(case)["fb-video"].cap) == (400, 600)


def test_while_tiktok_learns_a_line_does_not_move() -> None:
    lines = [a_line("tt", network="tiktok"), a_line("fb")]
    case = a_case(days=stood((500, 500), lines=("tt", "fb")), formats=lines)

    assert (around(case)["tt"].floor, around(case)["tt"].cap) == (500, 500)


def test_fifty_results_in_seven_days_end_the_learning() -> None:
    results = [an_insight("fb-video", YESTERDAY, 500, results=50.0)]

    limits = around(a_case(days=stood((500, 500)), insights=results))

    assert limits["fb-video"].cap is None
    assert limits["ig-reel"].cap == 600


def test_after_tiktoks_learning_a_line_rests_two_days_and_moves_by_half() -> None:
    lines = [a_line("tt", network="tiktok"), a_line("fb")]
    results = [an_insight("tt", YESTERDAY, 500, results=50.0)]
    names = ("tt", "fb")

    rested = a_case(days=stood((500, 500), lines=names), insights=results, formats=lines)
    changed = a_case(days=stood((500, 500), (800, 200), lines=names), insights=results, formats=lines)

    assert (around(rested)["tt"].floor, around(rested)["tt"].cap) == (250, 750)
    assert (around(changed)["tt"].floor, around(changed)["tt"].cap) == (800, 800)


def test_a_platform_that_has_not_learned_in_a_week_is_not_waited_for() -> None:
    assert around(a_case(days=stood(*[(500, 500)] * 8)))["fb-video"].cap is None


def test_a_plan_may_do_without_the_protection() -> None:
    case = a_case(days=stood((500, 500)), guardrails={"protect_learning": False})

    assert around(case)["fb-video"].cap is None


# ---------------------------------------------------------------------- platforms' minimums and steps
@pytest.mark.parametrize(
    ("network", "currency", "minimum"),
    [
        ("facebook", "EUR", 100),
        ("tiktok", "CAD", 2_000),
        ("linkedin", "GBP", 1_000),
        ("youtube", "CHF", 500),
        ("tiktok", "JPY", 0),
        ("tiktok", "TND", 0),
        ("mastodon", "EUR", 0),
    ],
)
def test_a_platforms_minimum_is_known_where_it_is_published(
    network: str, currency: str, minimum: int
) -> None:
    line = a_line("one", network=network, minimum_daily=None)

    assert around(a_case(currency=currency, formats=[line]))["one"].minimum_if_funded == minimum


def test_a_plans_own_minimum_overrides_the_platforms() -> None:
    line = a_line("one", network="tiktok", minimum_daily=700)

    assert around(a_case(formats=[line]))["one"].minimum_if_funded == 700


def test_a_line_gets_nothing_or_the_minimum_and_the_rule_shows_its_price() -> None:
    lines = [a_line("fb-video"), a_line("ig-reel", network="tiktok", minimum_daily=None)]
    case = a_case(2_100, formats=lines)

    draft = drafted(case, CURVES, {})

    assert draft.amounts == {"fb-video": 2_100, "ig-reel": 0}
    guard = rule(draft, "platform minimum", "ig-reel")
    assert guard.limit == 2_000
    assert guard.reason == "tiktok takes no less than 20.00 EUR a day"
    assert guard.price is not None
    assert guard.price > 0


def test_amounts_are_multiples_of_the_step() -> None:
    lines = [a_line("fb-video", step=300), a_line("ig-reel")]

    draft = drafted(a_case(formats=lines), CURVES, {})

    assert draft.amounts["fb-video"] % 300 == 0
    assert draft.amounts["fb-video"] > 0


# ---------------------------------------------------------------------- stop rules and tests
STOP = {"stop_if": {"cost_per_result_above": 500, "after_spend": 2_000}}


@pytest.mark.parametrize(
    ("spent", "results", "stopped"),
    [(2_000, 3.0, True), (2_000, 4.0, False), (1_999, 0.0, False), (2_000, 0.0, True)],
)
def test_a_line_stops_when_its_results_cost_too_much(spent: int, results: float, stopped: bool) -> None:  # noqa: FBT001 (a case)
    insights = [an_insight("fb-video", YESTERDAY, spent, results=results)]

    assert (around(a_case(insights=insights, guardrails=STOP))["fb-video"].cap == 0) is stopped


def test_a_stopped_line_says_why_and_how_to_go_on() -> None:
    insights = [an_insight("fb-video", YESTERDAY, 2_100, results=3.0)]

    draft = drafted(a_case(insights=insights, guardrails=STOP), CURVES, {})

    guard = rule(draft, "stop_if")
    assert guard.reason == "21.00 EUR brought 3 results, 7.00 EUR each; to go on, raise stop_if or remove it"
    assert guard.because == Because(code="costs_too_much", values={"spent": 2100, "results": 3})
    assert guard.pointer == "/campaigns/0/guardrails/stop_if"
    assert draft.amounts == {"fb-video": 0, "ig-reel": 1_000}
    assert f"fb-video gets nothing: {guard.reason}" in draft.words


def test_a_line_whose_results_are_not_known_yet_is_not_judged() -> None:
    insights = [an_insight("fb-video", YESTERDAY, 9_000, results=None)]

    assert around(a_case(insights=insights, guardrails=STOP))["fb-video"].cap is None


def test_a_line_that_overspent_today_gets_nothing_more_today() -> None:
    overspent = {"fb-video": TodaysLine(spent=700, told=500, is_overspent=True)}

    draft = drafted(a_case(today=overspent), CURVES, {})

    assert draft.amounts["fb-video"] == 0
    assert "7.00 EUR are spent where 5.00 EUR were set; it rests today" in draft.words


def test_a_share_for_tests_reaches_every_line() -> None:
    draft = drafted(a_case(guardrails={"test_share": 0.5}), CURVES, {})

    assert draft.amounts == {"fb-video": 750, "ig-reel": 250}


def test_a_line_that_little_is_known_of_is_tried_at_a_price() -> None:
    case = a_case()._replace(trials={"ig-reel": 400})

    draft = drafted(case, CURVES, {})

    assert draft.amounts == {"fb-video": 600, "ig-reel": 400}
    assert (rule(draft, "trial", "ig-reel").price or 0) > 0
    assert draft.costs["trial"] > 0


def test_a_trial_is_the_weakest_rule() -> None:
    case = a_case(days=stood((900, 100)), guardrails={"max_move_per_day": 0.1})

    assert drafted(case._replace(trials={"ig-reel": 700}), CURVES, {}).amounts["ig-reel"] <= 200


def test_what_a_platform_would_not_take_is_not_tried() -> None:
    lines = [a_line("fb-video"), a_line("ig-reel", minimum_daily=500)]

    assert around(a_case(formats=lines)._replace(trials={"ig-reel": 499}))["ig-reel"].floor == 0
    assert around(a_case(formats=lines)._replace(trials={"ig-reel": 500}))["ig-reel"].floor == 500


# ---------------------------------------------------------------------- approval
def test_what_moves_too_far_waits_as_a_proposal_and_the_rest_is_done() -> None:
    case = a_case(days=stood((500, 500)), guardrails={"approve_above": 0.1, "protect_learning": False})

    draft = drafted(case, CURVES, {})

    free = drafted(a_case(guardrails={"protect_learning": False}), CURVES, {})
    assert draft.amounts == {"fb-video": 600, "ig-reel": 400}
    assert draft.proposed
    assert draft.proposed.answer.allocations == free.amounts != draft.amounts
    assert "more than this would need a yes" in draft.words


def test_what_needs_no_yes_proposes_nothing() -> None:
    case = a_case(days=stood((800, 200)), guardrails={"approve_above": 0.5, "protect_learning": False})

    assert drafted(case, CURVES, {}).proposed is None


# ---------------------------------------------------------------------- yielding
def yielded(case: Case) -> set[tuple[str, str | None]]:
    return {(one.rule, one.line) for one in fences(case).guards if one.yielded}


def test_a_stop_rule_is_stronger_than_a_lines_minimum() -> None:
    insights = [an_insight("fb-video", YESTERDAY, 2_100, results=3.0)]
    lines = [a_line("fb-video", min=5_000), a_line("ig-reel")]
    case = a_case(insights=insights, guardrails=STOP, formats=lines)

    assert around(case)["fb-video"] == Fence(floor=0, cap=0)
    assert yielded(case) == {("min", "fb-video")}


def test_a_lines_maximum_is_stronger_than_the_wish_not_to_move() -> None:
    lines = [a_line("fb-video", max=3_000), a_line("ig-reel")]
    case = a_case(days=stood((700, 300)), formats=lines, guardrails={"max_move_per_day": 0.1})

    assert around(case)["fb-video"] == Fence(floor=300, cap=300)
    assert ("max_move_per_day", "fb-video") in yielded(case)


def test_a_platforms_minimum_is_stronger_than_a_share_for_tests() -> None:
    lines = [a_line(name, minimum_daily=400) for name in ("one", "two", "three")]
    case = a_case(formats=lines, guardrails={"test_share": 0.3})

    answer = allocate(drafted(case, dict.fromkeys(("one", "two", "three"), CURVES["fb-video"]), {}).problem)

    assert yielded(case) == {("test_share", "three")}
    assert answer.status == "optimal"


def test_the_days_money_is_stronger_than_every_rule() -> None:
    case = a_case(10, days=stood((500, 500)), guardrails={"max_move_per_day": 0.01, "test_share": 1.0})

    assert sum(fence.least for fence in around(case).values()) <= 10


def test_minimums_that_ask_for_more_than_there_is_are_left_to_be_explained() -> None:
    lines = [a_line("fb-video", min=8_000), a_line("ig-reel", min=8_000)]

    assert drafted(a_case(formats=lines), CURVES, {}).answer.status == "infeasible"


RAILS = st.fixed_dictionaries(
    {},
    optional={
        "stop_if": st.just({"cost_per_result_above": 300, "after_spend": 500}),
        "max_move_per_day": st.sampled_from([0.01, 0.3, 1.0]),
        "approve_above": st.sampled_from([0.02, 0.4]),
        "cooldown_days": st.integers(0, 3),
        "test_share": st.sampled_from([0.1, 1.0]),
        "protect_learning": st.booleans(),
    },
)
LINES = st.fixed_dictionaries(
    {"network": st.sampled_from(["facebook", "tiktok", "mastodon"])},
    optional={
        "max": st.integers(0, 9_000),
        "max_share": st.sampled_from([0.1, 0.5]),
        "minimum_daily": st.sampled_from([None, 1, 300, 5_000]),
        "step": st.sampled_from([1, 7, 100]),
    },
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    names = ("one", "two", "three")
    lines = [a_line(name, **draw(LINES)) for name in names]
    amounts = st.tuples(*[st.sampled_from([0, 1, 300, 4_000])] * 3)
    results = st.sampled_from([None, 0.0, 3.0, 60.0])
    return a_case(
        draw(st.sampled_from([0, 1, 99, 2_000, 12_345])),
        days=stood(*draw(st.lists(amounts, max_size=4)), lines=names),
        insights=[an_insight(name, YESTERDAY, draw(st.integers(0, 3_000)), draw(results)) for name in names],
        limit=draw(st.sampled_from(["pacing", "exposure"])),
        today={name: TodaysLine(spent=draw(st.integers(0, 900)), told=900) for name in names},
        formats=lines,
        guardrails=draw(RAILS),
    )


@given(cases())
def test_no_conflict_of_rules_ever_stops_a_day(case: Case) -> None:
    curves = dict.fromkeys(("one", "two", "three"), CURVES["fb-video"])

    draft = drafted(case, curves, case.track.last)

    assert draft.answer.status == "optimal"
    assert sum(draft.amounts.values()) <= case.today.amount
    assert list(_broken(draft)) == []


def _broken(draft: Draft) -> Iterator[str]:
    for line in draft.problem.lines:
        amount = draft.amounts[line.id]
        if line.cap is not None and amount > line.cap:
            yield f"{line.id} above its cap"
        if amount < line.floor or 0 < amount < line.minimum_if_funded or amount % line.step:
            yield f"{line.id} below its floor or minimum, or off its step"
    for guard in draft.guards:
        if guard.line and not guard.yielded and guard.constraint == "cap":
            yield from [] if draft.amounts[guard.line] <= guard.limit else [f"{guard.rule} is passed"]


# ---------------------------------------------------------------------- steadiness
def test_amounts_stay_when_a_change_brings_too_little() -> None:
    best = drafted(a_case(), CURVES, {}).amounts
    near = {"fb-video": best["fb-video"] - 20, "ig-reel": best["ig-reel"] + 20}

    draft = drafted(a_case(), CURVES, near)

    assert draft.amounts == near
    assert draft.answer.allocations == best
    assert draft.forgone is not None
    assert 0 < draft.forgone < 0.005 * (draft.answer.objective or 0)
    assert "amounts stay" in draft.words


def test_amounts_move_when_a_change_brings_enough() -> None:
    draft = drafted(a_case(), CURVES, {"fb-video": 500, "ig-reel": 500})

    assert (draft.amounts, draft.forgone) == (draft.answer.allocations, None)


def test_a_plan_may_ask_for_every_change() -> None:
    best = drafted(a_case(), CURVES, {}).amounts
    near = {"fb-video": best["fb-video"] - 20, "ig-reel": best["ig-reel"] + 20}

    assert drafted(a_case(guardrails={"least_gain": 0}), CURVES, near).amounts == best


def test_amounts_that_stay_follow_the_days_total_to_the_cent() -> None:
    draft = drafted(a_case(1_001, guardrails={"least_gain": 0.9}), CURVES, {"fb-video": 100, "ig-reel": 100})

    assert sorted(draft.amounts.values()) == [500, 501]


def test_amounts_that_a_limit_forbids_do_not_stay() -> None:
    lines = [a_line("fb-video", max=3_000), a_line("ig-reel")]
    case = a_case(formats=lines, guardrails={"least_gain": 0.99})

    assert drafted(case, CURVES, {"fb-video": 900, "ig-reel": 100}).amounts["fb-video"] <= 300
