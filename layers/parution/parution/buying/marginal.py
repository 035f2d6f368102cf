"""Concave lines under one budget, cent by cent: the best split, exact to the minor unit, in milliseconds.

Every minor unit of every line is one offer: what it brings after those before it. Curves are concave, so
a line's offers only get worse, and the best allocation takes the best offers until the money is gone. A
price for results is searched at which the lines' demand is nearly the budget; the last units are handed
out one by one; then any spent unit that brings less than one left out is exchanged, which makes the
result exact wherever the search for the price stopped.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush, heapreplace
from math import fsum, sqrt
from typing import NamedTuple

from parution.buying.curves import Hill, Log, Points, Power
from parution.buying.problems import Problem, ProblemLine

# Each value, and each amount at its price, is right to its last digits.
_ROUNDING = 1e-15


class Split(NamedTuple):
    """Amounts by the lines' ids, and what no amounts can pass."""

    amounts: dict[str, int]
    bound: float


class _Line(NamedTuple):
    """A line, ready to be computed with: from ``floor`` to ``cap`` every unit brings something."""

    id: str
    curve: Hill | Log | Power | Points
    floor: int
    cap: int


def is_marginal(problem: Problem) -> bool:
    """Say whether nothing but concave curves, floors, caps and the budget decides."""
    return not problem.groups and all(
        line.response.concave and line.step == 1 and line.minimum_if_funded <= max(line.floor, 1)
        for line in problem.lines
    )


def split(problem: Problem) -> Split:
    """Split a marginal problem whose floors the budget can meet."""
    lines = [_ready(line, problem.budget) for line in sorted(problem.lines, key=lambda line: line.id)]
    amounts = [line.cap for line in lines]
    if sum(amounts) > problem.budget:
        amounts = _near(lines, problem.budget)
        _hand_out(lines, amounts, problem.budget - sum(amounts))
    price = _Exchange(lines, amounts).until_none_helps()
    by_id = {line.id: amount for line, amount in zip(lines, amounts, strict=True)}
    return Split(by_id, _dual(lines, amounts, price, problem.budget))


def _ready(line: ProblemLine, budget: int) -> _Line:
    # A unit that brings nothing is not spent: it is left, and said to be. One unit beyond the budget is
    # on offer, because what it would bring is the price of the budget.
    most = min(budget + 1, line.response.pays_until, budget + 1 if line.cap is None else line.cap)
    return _Line(line.id, line.response, line.floor, max(line.floor, most))


# ------------------------------------------------------------------ near the optimum
def _near(lines: Sequence[_Line], budget: int) -> list[int]:
    """Find amounts at one price for all whose sum is at most the budget, and nearly it."""
    amounts, spent = [line.floor for line in lines], sum(line.floor for line in lines)
    open_lines = [line for line in lines if line.floor < line.cap]
    dear = max(line.curve.gain(line.floor) for line in open_lines)
    cheap = min(line.curve.gain(line.cap - 1) for line in open_lines)
    spent_if_cheap = sum(line.cap for line in lines)
    for turn in range(100):
        if budget - spent <= len(lines) or not cheap < dear:
            break
        price = _between(cheap, spent_if_cheap, dear, spent, budget) if turn % 3 else sqrt(cheap) * sqrt(dear)
        if not cheap < price < dear:
            break
        wanted = [int(min(cap, max(floor, curve.spend_at(price)))) for _, curve, floor, cap in lines]
        if (total := sum(wanted)) > budget:
            cheap, spent_if_cheap = price, total
        else:
            dear, amounts, spent = price, wanted, total
    return amounts


def _between(cheap: float, spent_if_cheap: int, dear: float, spent: int, budget: int) -> float:
    # The spend of a saturating line is nearly a straight line in the root of 1 / price.
    least, most = 1 / sqrt(dear), 1 / sqrt(cheap)
    aim = budget - 0.5 * min(1, budget - spent)
    root = least + (most - least) * (aim - spent) / max(1, spent_if_cheap - spent)
    return 1 / (root * root)


# ------------------------------------------------------------------ exactly there
def _hand_out(lines: Sequence[_Line], amounts: list[int], left: int) -> None:
    """Spend what is left on the best offers; among equals, the first id has it."""
    offers = [
        (-line.curve.gain(amount), number)
        for number, (line, amount) in enumerate(zip(lines, amounts, strict=True))
        if amount < line.cap
    ]
    heapify(offers)
    while left:
        number = offers[0][1]
        line, amount = lines[number], amounts[number]
        rival = min(offers[1:3], default=(0.0, len(lines)))
        units = _units_ahead(line, number, amount, min(left, line.cap - amount), rival)
        amounts[number] = amount + units
        left -= units
        if amounts[number] < line.cap:
            heapreplace(offers, (-line.curve.gain(amounts[number]), number))
        else:
            heappop(offers)


def _units_ahead(line: _Line, number: int, amount: int, most: int, rival: tuple[float, int]) -> int:
    """Count the units of a line, the first included, that are all better offers than the rival's."""
    ahead, behind = 1, 2
    while behind <= most and (-line.curve.gain(amount + behind - 1), number) < rival:
        ahead, behind = behind, 2 * behind
    behind = min(behind, most + 1)
    while behind - ahead > 1:
        middle = (ahead + behind) // 2
        if (-line.curve.gain(amount + middle - 1), number) < rival:
            ahead = middle
        else:
            behind = middle
    return ahead


class _Exchange:
    """The units just left out and just spent, best and worst first, as amounts move."""

    def __init__(self, lines: Sequence[_Line], amounts: list[int]) -> None:
        self._lines, self._amounts = lines, amounts
        self._out: list[tuple[float, int, int]] = []
        self._in: list[tuple[float, int, int]] = []
        for number in range(len(lines)):
            self._offer(number)

    def until_none_helps(self) -> float:
        """Exchange units while one left out is a better offer than one spent; give what that brings."""
        while True:
            best, worst = self._top(self._out), self._top(self._in)
            if best is None or worst is None:
                break
            (loss, taker), (kept, giver) = best, worst
            # Neighbouring units of one line may differ by a rounding error alone.
            if (loss, taker) >= (-kept, -giver) or taker == -giver:
                break
            self._move(taker, 1)
            self._move(-giver, -1)
        return -best[0] if best else 0.0

    def _move(self, number: int, change: int) -> None:
        self._amounts[number] += change
        self._offer(number)

    def _offer(self, number: int) -> None:
        line, amount = self._lines[number], self._amounts[number]
        if amount < line.cap:
            heappush(self._out, (-line.curve.gain(amount), number, amount))
        if amount > line.floor:
            heappush(self._in, (line.curve.gain(amount - 1), -number, amount))

    def _top(self, offers: list[tuple[float, int, int]]) -> tuple[float, int] | None:
        while offers and offers[0][2] != self._amounts[abs(offers[0][1])]:
            heappop(offers)
        return offers[0][:2] if offers else None


# ------------------------------------------------------------------ the proof
def _dual(lines: Sequence[_Line], amounts: Sequence[int], price: float, budget: int) -> float:
    """Bound what any allocation can bring: the budget at this price, plus each line's best profit at it.

    The best whole unit lies beside the best real one, because a concave curve's profit has one top.
    """
    profits = [price * budget]
    for (_, curve, floor, cap), amount in zip(lines, amounts, strict=True):
        top = int(min(cap, max(floor, curve.spend_at(price)))) if price else cap
        candidates = {amount, top, min(cap, top + 1)}
        profits.append(max(curve.value(spend) - price * spend for spend in candidates))
    bound, results = fsum(profits), fsum(map(_value, lines, amounts))
    # What only rounding has left between the two, profits being differences of larger terms, is nothing.
    return bound if bound - results > _ROUNDING * (results + price * (budget + 1)) else results


def _value(line: _Line, amount: int) -> float:
    return line.curve.value(amount)
