"""What was learned of a line, as it is stored and shown: a curve, and how sure it is."""

from datetime import date
from math import exp, log
from typing import NamedTuple

from pydantic import Field

from parution.buying.curves import Hill
from parution.money import plain
from parution.plan.model import Prior
from parution.records import Record

# Of the method: it rises with every change, because a stored curve is read beside later ones.
METHOD = 1

_LOW, _HIGH = 0.1, 0.9
# With fewer days, or where most of the level is the prior's, a curve is the prior with a touch of data.
_ENOUGH_DAYS, _MOSTLY = 3, 0.5


class LineFacts(Record):
    """What is known of a line beside its days.

    ``reference`` is the spend a day, in minor units, at which the prior's cost holds: the even share of the
    campaign. A ``prior`` is a person's own, and then nobody but the line's own days corrects it; without one
    the published costs compare networks and formats, and the other lines' days set the level.
    ``carries`` are the carry-overs from day to day to choose from; (0,) where the objective has none.
    """

    id: str
    network: str
    format: str
    reference: float = Field(gt=0, allow_inf_nan=False)
    prior: Prior | None = None
    carries: tuple[float, ...] = (0.0,)


class Interval(Record):
    """Between ``low`` and ``high`` with 80 %; above ``mid`` as likely as below."""

    low: float
    mid: float
    high: float


class Draw(NamedTuple):
    """One hill that the line may well have; all draws of a line are equally likely."""

    ceiling: float
    half_spend: float
    slope: float

    def value(self, spend: float) -> float:
        """Give the results of a day at a spend in minor units."""
        if spend <= 0:
            return 0.0
        return self.ceiling / (1 + exp(-self.slope * log(spend / self.half_spend)))


class Shift(Record):
    """A change of a line's level: since when, how many times the earlier one, and how probable."""

    day: date
    times: float
    probability: float


class Learned(Record):
    """A line's curve as of a day; ``digest`` names the inputs from which it can be computed again.

    ``response`` is the posterior mean, as the allocator takes it, in results of an average weekday;
    ``prior_weight`` is what the prior counts for in the level, from 1 (nothing else is known) to 0.
    """

    version: int = METHOD
    digest: str
    line: str
    as_of: date
    response: Hill
    days: int
    results: float
    spend: int
    current: int  # what it spent on its latest days, a day
    prior_weight: float
    cost_per_result: Interval  # at the current spend, in minor units
    results_now: Interval  # a day, at the current spend
    half_spend: Interval
    slope: Interval
    carry_over: float
    change: Shift | None
    draws: tuple[Draw, ...] = ()  # not stored: they can be computed again

    @property
    def enough(self) -> bool:
        """Say whether this is more than the prior with a touch of data."""
        return self.days >= _ENOUGH_DAYS and self.prior_weight < _MOSTLY

    def results_at(self, spend: int) -> Interval:
        """Give what a day at this spend brings."""
        return interval([draw.value(spend) for draw in self.draws])

    def gain(self, before: int, after: int) -> Interval:
        """Give what a day brings more at one spend than at another."""
        return interval([draw.value(after) - draw.value(before) for draw in self.draws])


def interval(values: list[float]) -> Interval:
    """Give the middle 80 % of values that are all equally likely."""
    ordered = sorted(values)
    return Interval(low=_quantile(ordered, _LOW), mid=_quantile(ordered, 0.5), high=_quantile(ordered, _HIGH))


def _quantile(ordered: list[float], share: float) -> float:
    where = share * len(ordered) - 0.5
    below = min(len(ordered) - 2, max(0, int(where)))
    return ordered[below] + (where - below) * (ordered[below + 1] - ordered[below])


def words(learned: Learned, currency: str, result: str = "result") -> str:
    """Tell in a line what was learned, from how much, and how sure it is."""
    if not learned.enough:
        return f"too little data ({_data(learned)}): this is the prior; {_sure(learned, currency, result)}"
    half = plain(round(learned.half_spend.mid), currency)
    told = f"n = {_data(learned)}; half of the effect by {half}; {_sure(learned, currency, result)}"
    return told + (f"; {_shifted(learned.change)}" if learned.change else "")


def _data(learned: Learned) -> str:
    days = "1 day" if learned.days == 1 else f"{learned.days} days"
    return f"{days}, {learned.results:,.6g} results"


def _sure(learned: Learned, currency: str, result: str) -> str:
    cost, spend = learned.cost_per_result, plain(learned.current, currency)
    low, high = (plain(round(one), currency).rpartition(" ")[0] for one in (cost.low, cost.high))
    return f"80 % between {low} and {high} {currency} per {result} at {spend} a day"


def _shifted(change: Shift) -> str:
    return (
        f"since {change.day} it brings {change.times:.2g} times what it did ({change.probability:.0%} sure)"
    )
