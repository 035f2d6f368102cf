"""What all tests of the buying desk share."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import pytest

from parution.buying import desk
from parution.buying.campaigns import Foreseen
from parution.buying.curves import Response
from parution.buying.drafts import Draft, drafted
from parution.buying.guardrails import Case
from parution.measuring.exploring import trials
from parution.measuring.insights import LineInsight
from parution.measuring.learned import Learned
from parution.measuring.lessons import learned_of
from parution.plan.model import Campaign, Plan

foreseen = desk._foreseen


class _Remembered:
    """Learns once from the same days, and splits the same day once: most of what an allocation takes."""

    def __init__(self) -> None:
        self._learned: dict[str, dict[str, Learned]] = {}
        self._trials: dict[tuple[int, float, tuple[int, ...]], dict[str, int]] = {}
        self._drafts: dict[str, Draft] = {}
        self._foreseen: dict[str, dict[str, Foreseen]] = {}

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

    def drafted(self, case: Case, responses: Mapping[str, Response], standing: Mapping[str, int]) -> Draft:
        facts = case._replace(track=None)  # type: ignore[arg-type]
        key = f"{facts!r} {vars(case.track)!r} {responses!r} {standing!r}"
        if key not in self._drafts:
            self._drafts[key] = drafted(case, responses, standing)
        return self._drafts[key]

    def foreseen(
        self, learned: dict[str, Learned], before: dict[str, int], after: dict[str, int]
    ) -> dict[str, Foreseen]:
        key = f"{[id(one) for one in learned.values()]} {before!r} {after!r}"
        if key not in self._foreseen:
            self._foreseen[key] = foreseen(learned, before, after)
        return self._foreseen[key]


@pytest.fixture(scope="module", autouse=True)
def _learning_is_remembered() -> Iterator[None]:
    remembered = _Remembered()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "learned_of", remembered.learned_of)
        patch.setattr(desk, "trials", remembered.trials)
        patch.setattr(desk, "drafted", remembered.drafted)
        patch.setattr(desk, "_foreseen", remembered.foreseen)
        yield
