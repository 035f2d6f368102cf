"""What state a campaign is in, the most pressing first, and what to do about it, with its effect in money."""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from parution.buying.curves import LARGEST_MONEY
from parution.reporting.contract import AllocationFigures, CampaignFigures, Figure, Restated, RuleCost

# Platforms spend up to a quarter more or less on a day; summed over days a tenth is out of the ordinary.
PACE_TOLERANCE = 0.10
# A forecast this close to the objective is not called short of it.
TARGET_TOLERANCE = 0.05
# So many results' worth of money without one result is no chance any more (e^-5 < 1 %).
SILENT_RESULTS = 5
SPENT_OUT = 0.995
# Of a day's money: what lies idle, or what a rule costs, is spoken of from here on.
MUCH_OF_A_DAY = 0.10
# Of what was spent or counted: corrections below are everyday.
MUCH_RESTATED = 0.02

type Tone = Literal["good", "watch", "act", "none"]


class Case(NamedTuple):
    """A campaign, what was corrected of it since the report before, and whether its objective is shared."""

    campaign: CampaignFigures
    restated: Sequence[Restated] = ()
    shares_objective: bool = False

    @property
    def target(self) -> Figure | None:
        """Give what it must bring by itself; of an objective that several serve nobody knows its part."""
        objective = self.campaign.objective
        return None if objective is None or self.shares_objective else objective.target

    @property
    def is_running(self) -> bool:
        return self.campaign.state == "running"

    @property
    def is_over(self) -> bool:
        return self.campaign.state == "over"

    @property
    def has_pace(self) -> bool:
        """Say whether enough full days have figures for a pace."""
        low = self.campaign.projected_low
        return low is not None and low.value is not None

    @property
    def split(self) -> AllocationFigures | None:
        return self.campaign.allocation

    def corrected(self, figure: Literal["spent", "results"]) -> float:
        """Give by how much a figure of the campaign was corrected in all."""
        own = [one for one in self.restated if (one.campaign, one.figure) == (self.campaign.id, figure)]
        return sum(float(one.after.value or 0) - float(one.before.value or 0) for one in own)


class Situation(NamedTuple):
    name: str
    tone: Tone
    holds: Callable[[Case], bool]
    action: Callable[[Case], "Action"]


class Action(NamedTuple):
    """What to do, and its effect in minor units; ``tone`` where it is more pressing than the state."""

    name: str
    effect: int = 0
    tone: Tone | None = None


# ---------------------------------------------------------------- states
def _no_results(case: Case) -> bool:
    campaign = case.campaign
    spent, target_cost = campaign.spent.value, campaign.target_cost.value
    silent = campaign.results.value == 0 and spent is not None and target_cost is not None
    return case.is_running and silent and (spent or 0) >= SILENT_RESULTS * (target_cost or 0)


def _reached(case: Case) -> bool:
    return case.target is not None and (case.campaign.results.value or 0) >= number(case.target)


def _paused(case: Case) -> bool:
    return case.is_running and any(pause.last is None for pause in case.campaign.pauses)


def _overspent(case: Case) -> bool:
    return number(case.campaign.spent) > number(case.campaign.budget)


def _spent_out(case: Case) -> bool:
    return case.is_running and number(case.campaign.spent) >= SPENT_OUT * number(case.campaign.budget)


def _too_early(case: Case) -> bool:
    return case.is_running and case.campaign.spent.value is not None and not case.has_pace


def _unspendable(case: Case) -> bool:
    split = case.split
    left = number(split.leftover) if split else 0
    return case.is_running and split is not None and left >= MUCH_OF_A_DAY * (number(split.budget) or 1)


def _over_pace(case: Case) -> bool:
    campaign = case.campaign
    return campaign.exhausted_on is not None and (campaign.pace.value or 0) > 1 + PACE_TOLERANCE


def _under_pace(case: Case) -> bool:
    campaign = case.campaign
    projected, pace = campaign.projected.value, campaign.pace.value
    behind = projected is not None and projected < number(campaign.budget) * (1 - PACE_TOLERANCE)
    return case.is_running and behind and pace is not None and pace < 1 - PACE_TOLERANCE


def _lowered(case: Case) -> bool:
    return case.is_running and case.split is not None and case.split.proof == "lowered"


def _short(case: Case, expected: Figure | None) -> bool:
    if case.target is None or expected is None or expected.value is None or not case.is_running:
        return False
    return expected.value < (1 - TARGET_TOLERANCE) * number(case.target)


def _no_figures(case: Case) -> bool:
    return case.is_running and case.campaign.spent.value is None


def _restated(case: Case) -> bool:
    spent, results = case.campaign.spent, case.campaign.results
    return case.is_running and (
        abs(case.corrected("spent")) >= MUCH_RESTATED * max(1, number(spent))
        or abs(case.corrected("results")) >= MUCH_RESTATED * max(1, number(results))
    )


def _is_off(case: Case, sign: int) -> bool:
    """Say whether it is off its plan by now, on this side, although it ends near its budget."""
    pace = case.campaign.pace.value
    return case.is_running and pace is not None and sign * (pace - 1) > PACE_TOLERANCE


def _missed(case: Case) -> bool:
    return case.is_over and case.target is not None and case.campaign.results.value is not None


# ---------------------------------------------------------------- actions
def _wait_for_pace(case: Case) -> Action:
    return _with_proposal(case, Action("let_run", number(case.split.spent) if case.split else 0))


def _keep(case: Case) -> Action:
    split = case.split
    if split is None:
        return Action("none")
    if split.proof == "kept":
        return Action("kept", worth(split, split.forgone))
    rule = dearest_rule(split)
    best = Action("rule", number(rule.money)) if rule else Action("keep", number(split.spent))
    return _with_proposal(case, best)


def _with_proposal(case: Case, otherwise: Action) -> Action:
    """Ask for the yes that a proposal waits for: it is for today."""
    split = case.split
    if split is None or not split.proposed:
        return otherwise
    gain = sum(float(one.gain.value or 0) for one in split.proposed)
    return Action("approve", _money_of(split, gain), "act")


def _add(case: Case) -> Action:
    missing = _price_of(case.campaign, case.campaign.projected_results, case.campaign.recent_cost)
    return _with_proposal(case, Action("add", missing))


def _raise(case: Case) -> Action:
    return Action("raise", number(case.campaign.budget) - number(case.campaign.projected))


def _lower(case: Case) -> Action:
    return Action("lower", max(0, number(case.campaign.daily) - number(case.campaign.needed_daily)))


def _wait(case: Case) -> Action:
    reserved = number(case.campaign.reserved)
    return Action("wait", reserved) if reserved else Action("wait_for_split")


def _refill(case: Case) -> Action:
    daily, left = number(case.campaign.daily), number(case.campaign.days_left)
    return Action("refill", round(daily * left))


def _unblock(case: Case) -> Action:
    split = case.split
    because = split.leftover_because if split else None
    left = number(split.leftover) if split else 0
    return Action("unblock" if because != "curves stop paying" else "hold_back", left)


def _resume(case: Case) -> Action:
    return Action("resume", number(case.campaign.needed_daily))


def _see_lowered(case: Case) -> Action:
    split = case.split
    return Action("see_lowered", number(split.budget) - number(split.spent) if split else 0)


def _recount(case: Case) -> Action:
    results = case.corrected("results") * number(case.campaign.recent_cost)
    return Action("recount", abs(round(case.corrected("spent") or results)))


def _learn(case: Case) -> Action:
    rest = _rest(case)
    if rest > 0:
        return Action("unspent", rest)
    cost = number(case.campaign.cost_per_result)
    return Action("cost", cost) if cost else Action("none")


def _fall_short(case: Case) -> Action:
    missing = _price_of(case.campaign, case.campaign.results, case.campaign.cost_per_result)
    return Action("fell_short", missing) if missing else _learn(case)


SITUATIONS = (
    Situation("no_results", "act", _no_results, lambda case: Action("check_tracking", _rest(case))),
    Situation("paused", "act", _paused, _resume),
    Situation("overspent", "act", _overspent, lambda case: Action("claim_back", -_rest(case))),
    Situation(
        "target_reached",
        "good",
        lambda case: case.is_running and _reached(case),
        lambda case: Action("save", _rest(case)),
    ),
    Situation("spent_out", "act", _spent_out, _refill),
    Situation("too_early", "none", _too_early, _wait_for_pace),
    Situation("unspendable", "act", _unspendable, _unblock),
    Situation("over_pace", "act", _over_pace, _lower),
    Situation("under_pace", "act", _under_pace, _raise),
    Situation("lowered", "watch", _lowered, _see_lowered),
    Situation("out_of_reach", "watch", lambda case: _short(case, case.campaign.projected_results_high), _add),
    Situation("target_short", "watch", lambda case: _short(case, case.campaign.projected_results), _add),
    Situation("no_figures", "watch", _no_figures, _wait),
    Situation("restated", "watch", _restated, _recount),
    Situation("little_behind", "good", lambda case: _is_off(case, -1), _keep),
    Situation("little_ahead", "good", lambda case: _is_off(case, 1), _keep),
    Situation("on_pace", "good", lambda case: case.is_running, _keep),
    Situation(
        "ended_unknown",
        "watch",
        lambda case: case.is_over and case.campaign.spent.value is None,
        lambda case: Action("settle", number(case.campaign.budget)),
    ),
    Situation("ended_reached", "good", lambda case: case.is_over and _reached(case), _learn),
    Situation("ended_short", "watch", _missed, _fall_short),
    Situation("ended", "none", lambda case: case.is_over, _learn),
    Situation(
        "ahead",
        "none",
        lambda case: case.campaign.state == "ahead",
        lambda case: Action("start", number(case.campaign.days[0].planned)),
    ),
)


def cases_of(campaigns: Sequence[CampaignFigures], restated: Sequence[Restated] = ()) -> list[Case]:
    """Give the campaigns as cases, each knowing whether another one serves its objective too."""
    served = Counter(one.objective.id for one in campaigns if one.objective)
    return [
        Case(one, restated, shares_objective=one.objective is not None and served[one.objective.id] > 1)
        for one in campaigns
    ]


def situation_of(case: Case) -> Situation:
    """Give the first situation that holds; one always does."""
    return next(situation for situation in SITUATIONS if situation.holds(case))


# ---------------------------------------------------------------- money
def dearest_rule(split: AllocationFigures) -> RuleCost | None:
    """Give the rule that keeps away most, where that is worth a part of the day's money."""
    dear = [one for one in split.costs if number(one.money) >= MUCH_OF_A_DAY * (number(split.spent) or 1)]
    return max(dear, key=lambda one: number(one.money), default=None)


def worth(split: AllocationFigures, results: Figure | None) -> int:
    """Give what so many results of the day would cost at the price of the next one, in minor units."""
    return _money_of(split, float(results.value or 0) if results else 0.0)


def _money_of(split: AllocationFigures, results: float) -> int:
    price = split.shadow_price.value
    money = results / price if price and results > 0 else 0
    return round(money) if money <= LARGEST_MONEY else 0


def number(figure: Figure | None) -> int:
    """Give a figure's value for comparing: 0 for one that is unknown."""
    return int(figure.value or 0) if figure else 0


def _rest(case: Case) -> int:
    return number(case.campaign.budget) - number(case.campaign.spent)


def _price_of(campaign: CampaignFigures, results: Figure, cost: Figure) -> int:
    """Give what the missing results would cost at a price each."""
    target = campaign.objective.target.value if campaign.objective else None
    if target is None or results.value is None or not cost.value:
        return 0
    missing = Fraction(target) - Fraction(results.value)
    return round(max(missing, Fraction(0)) * Fraction(cost.value))
