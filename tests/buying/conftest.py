"""What all tests of the buying desk share."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import pytest

from parution.buying import desk
from parution.measuring.exploring import trials
from parution.measuring.insights import LineInsight
from parution.measuring.learned import Learned
from parution.measuring.lessons import learned_of
from parution.plan.model import Campaign, Plan


class _Remembered:
    """Learns once from the same days: it is most of what an allocation takes, and the same each time."""

    def __init__(self) -> None:
        self._learned: dict[str, dict[str, Learned]] = {}
        self._trials: dict[tuple[int, float, tuple[int, ...]], dict[str, int]] = {}

    def learned_of(
        self, plan: Plan, campaign: Campaign, insights: Iterable[LineInsight], today: date
    ) -> dict[str, Learned]:
        days = list(insights)
        # Without days, what is known does not depend on which day it is.
        seen = [str(today), *(one.model_dump_json() for one in days)] if days else []
        key = "|".join([campaign.model_dump_json(exclude={"guardrails"}), *seen])
        if key not in self._learned:
            self._learned[key] = learned_of(plan, campaign, days, today)
        return self._learned[key]

    def trials(self, learned: Mapping[str, Learned], budget: int, most: float = 1.0) -> dict[str, int]:
        # What was learned is kept above, so that no two of them ever have one id.
        key = (budget, most, tuple(id(one) for one in learned.values()))
        if key not in self._trials:
            self._trials[key] = trials(learned, budget, most)
        return self._trials[key]


@pytest.fixture(scope="module", autouse=True)
def _learning_is_remembered() -> Iterator[None]:
    remembered = _Remembered()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "learned_of", remembered.learned_of)
        patch.setattr(desk, "trials", remembered.trials)
        yield
