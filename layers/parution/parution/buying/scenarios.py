"""What other budgets would bring: the frontier from less money to more."""

import re
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from parution.buying.curves import LARGEST_MONEY
from parution.buying.problems import Answer, Problem, Status
from parution.records import Record

type Solve = Callable[[Problem], Answer]

# What is written for --budget: an amount in minor units or a share of the problem's own, or from..to.
_BOUND = re.compile(r"(?P<number>\d{1,16}(?:\.\d{1,6})?)(?P<share>%?)")


class BudgetRefused(ValueError):
    """What was written is no budget; says what is wrong, and what to write instead."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what, instead)
        self.what, self.instead = what, instead


class Budgets(NamedTuple):
    """From and to which budget, in minor units; the same where one value was written."""

    low: int
    high: int

    def spread(self, count: int) -> list[int]:
        """Give so many budgets, both ends included, in even steps."""
        between = max(1, count - 1)
        every = (self.low + (self.high - self.low) * number // between for number in range(count))
        return sorted({self.low, self.high, *every})


class Scenario(Record):
    """What a budget brings. ``next_result_costs`` is in minor units, None where more money brings nothing."""

    budget: int
    status: Status
    spent: int
    objective: float | None
    gap: float | None
    shadow_price: float | None
    next_result_costs: float | None


class Frontier(Record):
    """Scenarios from the least budget to the largest."""

    kind: Literal["frontier"] = "frontier"
    currency: str
    scenarios: tuple[Scenario, ...]


def budgets(text: str, budget: int) -> Budgets:
    """Read `150000`, `80%`, `100000..300000` or `50%..200%` of a budget. Raises BudgetRefused."""
    low, dots, high = text.replace(" ", "").partition("..")
    found = Budgets(_bound(low, budget), _bound(high if dots else low, budget))
    if found.low > found.high:
        raise BudgetRefused(f"{low} is more than {high}", f"write the smaller one first: {high}..{low}")
    return found


def frontier(problem: Problem, amounts: Iterable[int], solve: Solve) -> Frontier:
    scenarios = (_scenario(budget, solve(with_budget(problem, budget))) for budget in amounts)
    return Frontier(currency=problem.currency, scenarios=tuple(scenarios))


def with_budget(problem: Problem, budget: int) -> Problem:
    return problem.model_copy(update={"budget": budget})


def result_costs(answer: Answer) -> float | None:
    """Give what one more result costs, in minor units, at what the next of them brings."""
    return 1 / answer.shadow_price if answer.shadow_price else None


def _scenario(budget: int, answer: Answer) -> Scenario:
    return Scenario(
        budget=budget,
        status=answer.status,
        spent=answer.spent,
        objective=answer.objective,
        gap=answer.gap,
        shadow_price=answer.shadow_price,
        next_result_costs=result_costs(answer),
    )


def _bound(text: str, budget: int) -> int:
    found = _BOUND.fullmatch(text)
    if not found:
        raise BudgetRefused(
            f"{text!r} is no budget", "write whole minor units or a share: 150000, 80%, 50%..200%"
        )
    number, share = float(found["number"]), bool(found["share"])
    if not share and "." in found["number"]:
        raise BudgetRefused(
            f"{text} is not money", "write whole minor units, such as 150000 for 1500.00 EUR, or a share: 80%"
        )
    amount = round(budget * number / 100) if share else int(found["number"])
    if amount > LARGEST_MONEY:
        raise BudgetRefused(f"{text} is more than any budget may be", f"write at most {LARGEST_MONEY}")
    return amount
