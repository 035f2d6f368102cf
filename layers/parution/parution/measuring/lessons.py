"""What a campaign's own days teach: its plan's lines, every reading of them, and the curves that follow."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from parution.measuring.insights import LineInsight
from parution.measuring.learned import Learned, LineFacts
from parution.measuring.learning import CARRIES, learn
from parution.measuring.readings import CLICKS, ORDERS, Reading
from parution.plan.model import Campaign, Plan

# What is seen is remembered for days; what is ordered was ordered.
_CARRIED = frozenset({"notoriety"})
# Views and reactions are counted within hours.
_PROMPT = frozenset({"notoriety", "engagement"})


def even_share(campaign: Campaign) -> float:
    """Give what each line would get a day if all got the same, in minor units."""
    first, last = campaign.flight
    return campaign.budget / ((last - first).days + 1) / len(campaign.lines)


def learned_of(
    plan: Plan, campaign: Campaign, insights: Iterable[LineInsight], today: date
) -> dict[str, Learned]:
    """Learn the curves of a campaign as of a day; every reading of theirs counts, not the newest alone."""
    family = next((one.family for one in plan.objectives if one.id == campaign.objective), "")
    share, carries = even_share(campaign), CARRIES if family in _CARRIED else (0.0,)
    lines = [
        LineFacts(
            id=line.id,
            network=line.network,
            format=line.format,
            reference=share,
            prior=line.prior,
            carries=carries,
        )
        for line in campaign.lines
    ]
    zone = ZoneInfo(plan.brand.timezone)
    readings = [_reading(insight, zone) for insight in insights]
    return learn(lines, readings, today, CLICKS if family in _PROMPT else ORDERS)


def _reading(insight: LineInsight, zone: ZoneInfo) -> Reading:
    # The day is counted in the brand's zone, and so is how long ago it was.
    at = insight.read_at.astimezone(zone)
    return Reading(insight.line, insight.day, insight.spend, insight.results, at)


def kept_of(learned: Learned) -> dict[str, Any]:
    """Give what is stored with an allocation: all but the draws, which can be computed again."""
    return learned.model_dump(mode="json", exclude={"draws"})
