"""A day's allocation as it is drafted: the best split within the rules, and whether it is worth moving to."""

from collections.abc import Mapping
from typing import NamedTuple

from parution.buying.allocator import allocate
from parution.buying.campaigns import Guard
from parution.buying.curves import Response
from parution.buying.guardrails import Case, Fences, fences, priced
from parution.buying.problems import PROVEN, Answer, Problem
from parution.buying.steadiness import kept


class Free(NamedTuple):
    """The day without one of its rules."""

    problem: Problem
    answer: Answer


class Draft(NamedTuple):
    """The amounts to set, with all that explains them."""

    problem: Problem
    answer: Answer
    amounts: dict[str, int]
    guards: tuple[Guard, ...]
    forgone: float | None = None
    proposed: Free | None = None
    costs: dict[str, float] = {}  # results of the day that each rule keeps away

    @property
    def proposed_amounts(self) -> dict[str, int]:
        return self.proposed.answer.allocations if self.proposed else {}

    @property
    def rules(self) -> list[str]:
        """Give the rules that set a limit of a line."""
        return sorted({one.rule for one in self.guards if one.line and not one.yielded})

    @property
    def words(self) -> str:
        """Say in a line what limited the day, what barred a line, what yielded, and what was not worth it."""
        day, *others = self.guards
        said = [f"limited by {day.rule}" + (f": {day.reason}" if day.reason else "")]
        said += [f"{one.line} gets nothing: {one.reason}" for one in others if one.reason and one.limit == 0]
        said += [f"{one.rule} of {one.line} yields" for one in others if one.yielded]
        if self.forgone is not None:
            said.append(f"amounts stay: the best ones would bring {self.forgone:.3g} results more")
        said += [f"{rule} costs {cost:.3g} results" for rule, cost in self.costs.items()]
        if self.proposed:
            said.append("more than this would need a yes")
        if self.answer.leftover:
            said.append(f"{self.answer.leftover} left: {self.answer.leftover_because}")
        return "; ".join(said)


def drafted(case: Case, responses: Mapping[str, Response], standing: Mapping[str, int]) -> Draft:
    """Split a case's day; ``standing`` are the amounts that a change must be worth leaving."""
    around = fences(case)
    problem = _problem(case, around, responses)
    answer = allocate(problem)
    draft = Draft(problem, answer, answer.allocations, priced(around.guards, answer))
    if answer.objective is None:
        return draft
    least_gain = case.campaign.guardrails.least_gain
    if staying := kept(problem, answer, standing, least_gain):
        draft = draft._replace(amounts=staying[0], forgone=staying[1])
    free = {rule: _without(case, rule, responses) for rule in draft.rules}
    costs = {rule: (one.answer.objective or 0.0) - answer.objective for rule, one in free.items()}
    return draft._replace(
        costs={rule: cost for rule, cost in costs.items() if cost > PROVEN * answer.objective},
        proposed=_proposed(free.get("approve_above"), draft, least_gain),
    )


def _without(case: Case, rule: str, responses: Mapping[str, Response]) -> Free:
    problem = _problem(case, fences(case, without=rule), responses)
    return Free(problem, allocate(problem))


def _proposed(free: Free | None, draft: Draft, least_gain: float) -> Free | None:
    """Give the split as if a person had said yes; None where that changes nothing, or brings too little."""
    if free is None or free.answer.allocations == draft.amounts:
        return None
    worthless = kept(free.problem, free.answer, draft.amounts, least_gain)
    return None if worthless else free


def _problem(case: Case, around: Fences, responses: Mapping[str, Response]) -> Problem:
    lines = [
        {"id": line, "response": responses[line].model_dump()} | _document(around, line)
        for line in around.lines
    ]
    return Problem.of({"currency": case.campaign.currency, "budget": case.today.amount, "lines": lines})


def _document(around: Fences, line: str) -> dict[str, int]:
    return {key: value for key, value in around.lines[line]._asdict().items() if value is not None}
