"""What the buyer believes of a line: a response curve from its prior, its level learned from results.

Shape: a hill of slope 1. At an even share of the campaign (budget / days / lines, a day) one result costs
what the prior says, and half of the ceiling is reached there: f(x) = 2 e / cost * x / (e + x).
Level: results of a day are Poisson with mean level * f(spend), and the level is Gamma with shape and rate
1 / sd^2, so its mean is 1 and its relative spread sd. After results r_i at spends x_i its mean is
(1 / sd^2 + sum r_i) / (1 / sd^2 + sum f(x_i)): the conjugate update, exact and in any order.
"""

from collections.abc import Iterable
from math import exp, fsum, log
from typing import NamedTuple

from parution.buying.curves import Hill
from parution.money import decimals
from parution.plan.model import Campaign, Line, Prior

# Costs of a click in USD, of which only the ratios are used: between networks they differ by up to
# forty times, between sources by up to ten, hence the wide spread. Sources, 2024 to 2026: ad-calc.com
# (facebook, tiktok, x), prooflytics.com (youtube), npprteam.shop quoting WebFX (instagram stories),
# stackmatix.com quoting ZenABM (linkedin). Networks without a published figure are given Facebook's.
COSTS = {
    ("facebook", ""): 1.72,
    ("facebook", "lead"): 1.88,
    ("instagram", ""): 1.83,
    ("linkedin", ""): 16.34,
    ("linkedin", "video"): 20.66,
    ("tiktok", ""): 1.00,
    ("x", ""): 0.38,
    ("youtube", ""): 3.21,
}
WIDE = 1.0  # standard deviation of the logarithm: two thirds lie between a third and three times


class Day(NamedTuple):
    """What a line spent and gained on one day, in minor units and results."""

    spend: int
    results: float


def believed(campaign: Campaign, line: Line, days: Iterable[Day]) -> Hill:
    """Give a line's response curve for one day, after the days that have figures."""
    prior = line.prior or _default(campaign, line)
    share = even_share(campaign)
    curve = Hill(kind="hill", ceiling=2 * share / prior.cost_per_result, half_spend=share)
    return curve.model_copy(update={"ceiling": curve.ceiling * _level(curve, prior.sd, days)})


def even_share(campaign: Campaign) -> float:
    """Give what each line would get a day if all got the same, in minor units."""
    first, last = campaign.flight
    return campaign.budget / ((last - first).days + 1) / len(campaign.lines)


def _level(curve: Hill, sd: float, days: Iterable[Day]) -> float:
    seen = list(days)
    weight = 1 / (sd * sd)
    results = fsum(day.results for day in seen)
    return (weight + results) / (weight + fsum(curve.value(day.spend) for day in seen))


def _default(campaign: Campaign, line: Line) -> Prior:
    # A cost that somebody stated sets the level, whatever it is that is bought; the table only says how
    # networks compare. With none stated the level is arbitrary, and no split depends on it.
    stated = [log(one.prior.cost_per_result / _cost(one)) for one in campaign.lines if one.prior]
    level = exp(fsum(stated) / len(stated)) if stated else 10.0 ** decimals(campaign.currency)
    return Prior(cost_per_result=max(1, round(level * _cost(line))), sd=WIDE)


def _cost(line: Line) -> float:
    of_network = COSTS.get((line.network, ""), COSTS["facebook", ""])
    return COSTS.get((line.network, line.format), of_network)
