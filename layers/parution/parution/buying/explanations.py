"""Why each line gets what it gets, what each rule costs, and what would change it.

A rule's cost is a real difference: the problem is solved again without it. From which budget on a line would
be funded, and how much better it would have to be, is searched in the same way, solution by solution.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

from parution.buying.curves import LARGEST_MONEY, Points, Response
from parution.buying.envelopes import Edge, envelope
from parution.buying.limits import amounts_of
from parution.buying.marginal import is_marginal
from parution.buying.problems import Answer, Constraint, Group, Problem, ProblemLine
from parution.buying.scenarios import Solve, result_costs, with_budget
from parution.records import Record

# What a difference must be, as a share of all results, to be no rounding.
_SEEN = 1e-9
# A budget or a curve is sought up to so many times what it is, and to a thousandth.
_FURTHEST, _CLOSE = 1024, 1.001
_FREE: dict[Constraint, Any] = {"floor": 0, "cap": None, "minimum_if_funded": 0, "step": 1}


class Rule(Record):
    """A constraint that costs results: what it is, and what would be without it.

    ``price`` is what moving it by one minor unit brings; ``results`` what dropping it brings in all, and
    ``money`` what so many results cost at the price of the next one, in minor units. None: out of time, or
    no price.
    """

    constraint: Constraint
    limit: int
    price: float | None
    results: float | None = None
    money: int | None = None
    amount_without: int | None = None


class LineExplained(Record):
    """A line's amount, and what would change it.

    Where it has none: ``best_amount`` is the amount at which its results cost least, ``best_result_costs`` so
    much each; ``funded_from`` the budget, and ``funded_at`` how many times its curve, that would fund it.
    Money is in minor units.
    """

    line: str
    amount: int
    results: float
    last_unit: float | None
    next_unit: float | None
    rules: tuple[Rule, ...]
    held_by_groups: tuple[str, ...]
    best_amount: int | None = None
    best_result_costs: float | None = None
    funded_from: int | None = None
    funded_at: float | None = None


class GroupExplained(Record):
    """What the lines of a group get together, and the rules of it that cost results."""

    group: str
    amount: int
    rules: tuple[Rule, ...]


class Move(Record):
    """What a line spends now, what it is to spend, and the results that this brings or takes."""

    line: str
    before: int
    after: int
    gain: float


class Explanation(Record):
    """``gain`` is what all moves bring together, and no others bring more than ``gain_at_most``."""

    next_result_costs: float | None
    lines: tuple[LineExplained, ...]
    groups: tuple[GroupExplained, ...]
    moves: tuple[Move, ...] = ()
    spent_before: int | None = None
    gain: float | None = None
    gain_at_most: float | None = None
    complete: bool = True


def explained(
    problem: Problem,
    answer: Answer,
    before: Mapping[str, int] | None,
    solve: Solve,
    clock: Callable[[], float] = perf_counter,
    *,
    time_limit: float,
) -> Explanation:
    """Explain an answer that has amounts; solves again and again, until the time limit.

    ``before`` are the amounts until now, 0 where a line is not named.
    """
    end = clock() + time_limit
    search = _Search(problem, answer, solve, lambda: clock() < end)
    groups = tuple(search.group(group) for group in problem.groups)
    held = {one.line: one.price for one in answer.binding}
    # What costs most first: for many lines there may not be time enough.
    first = {
        line.id: search.line(line) for line in sorted(problem.lines, key=lambda one: -held.get(one.id, 0.0))
    }
    lines = tuple(first[line.id] for line in problem.lines)
    moves = tuple(_moves(problem, answer, before)) if before is not None else ()
    value = sum(line.response.value((before or {}).get(line.id, 0)) for line in problem.lines)
    return Explanation(
        next_result_costs=result_costs(answer),
        lines=lines,
        groups=groups,
        moves=moves,
        spent_before=sum(before.values()) if before is not None else None,
        gain=None if before is None else (answer.objective or 0.0) - value,
        gain_at_most=None if before is None else (answer.upper_bound or 0.0) - value,
        complete=search.complete,
    )


def _moves(problem: Problem, answer: Answer, before: Mapping[str, int]) -> Iterator[Move]:
    for line in problem.lines:
        now, then = answer.allocations[line.id], before.get(line.id, 0)
        if now != then:
            gain = line.response.value(now) - line.response.value(then)
            yield Move(line=line.id, before=then, after=now, gain=gain)


@dataclass
class _Search:
    """Solves the problem again, a little changed, as long as there is time."""

    problem: Problem
    answer: Answer
    solve: Solve
    more: Callable[[], bool]
    complete: bool = True

    @cached_property
    def marginal(self) -> bool:
        return is_marginal(self.problem)

    def line(self, line: ProblemLine) -> LineExplained:
        amount, margin = self.answer.allocations[line.id], self.answer.margins[line.id]
        held = {one.group for one in self.answer.binding if one.group}
        best = None if amount else self._best(line)
        return LineExplained(
            line=line.id,
            amount=amount,
            results=line.response.value(amount),
            last_unit=margin.last,
            next_unit=margin.next,
            rules=tuple(self._rules(line, _of_line(line))),
            held_by_groups=tuple(name for name in line.groups if name in held),
            best_amount=best and best.width,
            best_result_costs=best and 1 / best.slope,
            funded_from=best and self._funded_from(line),
            funded_at=best and self._funded_at(line),
        )

    def group(self, group: Group) -> GroupExplained:
        members = (line.id for line in self.problem.lines if group.id in line.groups)
        amount = sum(self.answer.allocations[name] for name in members)
        rules = tuple(self._rules(group, _of_group(group)))
        return GroupExplained(group=group.id, amount=amount, rules=rules)

    # ---------------------------------------------------------------- rules
    def _rules(self, of: ProblemLine | Group, found: list[tuple[Constraint, int]]) -> Iterator[Rule]:
        for constraint, limit in found:
            price = self._price(of, constraint)
            # Of concave curves only what binds costs anything; elsewhere a rule may bar a quite other split.
            if price is None and self.marginal:
                continue
            without = self._solved(_changed(self.problem, of, {constraint: _FREE[constraint]}))
            if without is None or without.objective is None:
                if price:
                    yield Rule(constraint=constraint, limit=limit, price=price)
                continue
            gain = without.objective - (self.answer.objective or 0.0)
            if gain > _SEEN * without.objective:
                yield Rule(
                    constraint=constraint,
                    limit=limit,
                    price=price,
                    results=gain,
                    money=_worth(gain, result_costs(self.answer)),
                    amount_without=_amount(without, self.problem, of),
                )

    def _price(self, of: ProblemLine | Group, constraint: Constraint) -> float | None:
        key = (of.id, None) if isinstance(of, ProblemLine) else (None, of.id)
        found = (one for one in self.answer.binding if one.constraint == constraint)
        return next((one.price for one in found if (one.line, one.group) == key), None)

    # ---------------------------------------------------------------- what is not funded
    def _best(self, line: ProblemLine) -> Edge | None:
        """Give what an unfunded line would bring at its best; nothing where its rules never fund it."""
        groups = [group for group in self.problem.groups if group.id in line.groups]
        amounts = amounts_of(line, groups, LARGEST_MONEY)
        best = envelope(line.response, amounts).edge(0) if amounts.most else None
        return best if best and best.slope > 0 else None

    def _funded_from(self, line: ProblemLine) -> int | None:
        """Find a budget that funds a line, where one a thousandth smaller does not."""
        budget = self.problem.budget

        def funds(times: float) -> bool | None:
            more = min(LARGEST_MONEY, max(round(budget * times), budget + 1))
            return self._funds(with_budget(self.problem, more), line)

        times = _least(funds) if budget else None
        return None if times is None else max(round(budget * times), budget + 1)

    def _funded_at(self, line: ProblemLine) -> float | None:
        """Find how many times its results a line would have to bring to be funded; better is never worse."""

        def funds(times: float) -> bool | None:
            response = _times(line.response, times)
            if response is None:
                return None
            return self._funds(_changed(self.problem, line, {"response": response}), line)

        return _least(funds)

    def _funds(self, problem: Problem, line: ProblemLine) -> bool | None:
        found = self._solved(problem)
        return None if found is None or not found.allocations else found.allocations[line.id] > 0

    def _solved(self, problem: Problem) -> Answer | None:
        if not self.more():
            self.complete = False
            return None
        return self.solve(problem)


def _least(holds: Callable[[float], bool | None]) -> float | None:
    """Find the least factor above 1 at which something holds, to a thousandth; None where there is none."""
    low, high = 1.0, 2.0
    while not (found := holds(high)):
        if found is None or high >= _FURTHEST:
            return None
        low, high = high, 2 * high
    while high / low > _CLOSE:
        middle = (low + high) / 2
        found = holds(middle)
        if found is None:
            return None
        low, high = (low, middle) if found else (middle, high)
    return high


def _worth(results: float, costs: float | None) -> int | None:
    return None if costs is None or results * costs > LARGEST_MONEY else round(results * costs)


def _of_line(line: ProblemLine) -> list[tuple[Constraint, int]]:
    rules: list[tuple[Constraint, int]] = []
    if line.floor:
        rules.append(("floor", line.floor))
    if line.minimum_if_funded > 1:
        rules.append(("minimum_if_funded", line.minimum_if_funded))
    if line.cap is not None:
        rules.append(("cap", line.cap))
    if line.step > 1:
        rules.append(("step", line.step))
    return rules


def _of_group(group: Group) -> list[tuple[Constraint, int]]:
    rules: list[tuple[Constraint, int]] = []
    if group.floor:
        rules.append(("floor", group.floor))
    if group.cap is not None:
        rules.append(("cap", group.cap))
    return rules


def _changed(problem: Problem, of: ProblemLine | Group, facts: Mapping[str, Any]) -> Problem:
    kind = "lines" if isinstance(of, ProblemLine) else "groups"
    ones = problem.lines if isinstance(of, ProblemLine) else problem.groups
    changed = tuple(one.model_copy(update=dict(facts)) if one.id == of.id else one for one in ones)
    return problem.model_copy(update={kind: changed})


def _amount(answer: Answer, problem: Problem, of: ProblemLine | Group) -> int:
    if isinstance(of, ProblemLine):
        return answer.allocations[of.id]
    return sum(answer.allocations[line.id] for line in problem.lines if of.id in line.groups)


def _times(response: Response, factor: float) -> Response | None:
    """Give a curve that brings so many times the results; None beyond what a document may hold."""
    facts = response.model_dump()
    for key in ("ceiling", "scale"):
        if key in facts:
            facts[key] *= factor
    if isinstance(response, Points):
        facts["points"] = tuple((spend, results * factor) for spend, results in response.points)
    try:
        return type(response).model_validate(facts)
    except ValueError:
        return None
