"""The day's split: what each line gets and why, what its move brings, what each rule costs, and the proof."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from math import fsum
from typing import Any, Literal

from pydantic import TypeAdapter

from parution.buying.allocator import allocate
from parution.buying.campaigns import Allocation, Guard
from parution.buying.curves import LARGEST_MONEY, Response
from parution.buying.marginal import is_marginal
from parution.buying.problems import Problem
from parution.errors import ProblemRefused
from parution.measuring.learned import Learned, words
from parution.reporting.contract import (
    AllocationFigures,
    Cent,
    CurvePoint,
    Figure,
    Held,
    Known,
    Proposal,
    RuleCost,
    Share,
    WhatIf,
    derived,
    money,
)

_RESPONSE: TypeAdapter[Response] = TypeAdapter(Response)
_SOURCE = "allocation"
# A curve is drawn so far beyond the amounts on it, through so many points.
_BEYOND, _STEPS = 1.6, 16
_TIMES = (Fraction(4, 5), Fraction(9, 10), Fraction(11, 10), Fraction(6, 5))


def allocation_figures(allocation: Allocation, previous: Allocation | None = None) -> AllocationFigures:
    """Show an allocation with the marginal results of its own curves, one minor unit each way.

    ``previous`` is that of the last day on which money stood: what today's moves start from.
    """
    return _Day(allocation, previous).figures()


def next_results(split: AllocationFigures) -> dict[str, int]:
    """Give what one more result of each line would cost at its amount, in minor units.

    A line that would bring nothing more is not in it.
    """
    per_minor = {share.line: float(share.next.value or 0) for share in split.shares}
    costs = {line: 1 / gain for line, gain in per_minor.items() if gain}
    return {line: round(cost) for line, cost in costs.items() if cost <= LARGEST_MONEY}


class _Day:
    """An allocation, the amounts before it, and its curves."""

    def __init__(self, allocation: Allocation, previous: Allocation | None) -> None:
        self._kept, self._answer = allocation, allocation.answer
        self._previous, self._currency = previous, allocation.currency
        self._lines = {line["id"]: line for line in allocation.problem.get("lines", [])}
        self._curves = {
            name: _RESPONSE.validate_python(line["response"]) for name, line in self._lines.items()
        }

    def figures(self) -> AllocationFigures:
        kept, answer = self._kept, self._answer
        following, last = _cent(answer.get("next_cent")), _cent(answer.get("last_cent"))
        day = next((guard for guard in kept.guards if guard.line is None), None)
        certified = _certified(following, last)
        yes = kept.approved if kept.approved and kept.approved.amounts == kept.amounts else None
        return AllocationFigures(
            day=kept.day,
            at=kept.at,
            version=kept.version,
            status=str(answer.get("status", "")),
            budget=self._money(kept.budget),
            spent=self._money(sum(kept.amounts.values())),
            shadow_price=_number(answer.get("shadow_price"), "per_minor"),
            gap=_number(answer.get("gap"), "ratio"),
            leftover=self._money(answer.get("leftover")),
            leftover_because=answer.get("leftover_because"),
            next_cent=following,
            last_cent=last,
            certified=certified,
            shares=tuple(self._shares()),
            proof=self._proof(certified=certified),
            limited_by=day.rule if day else None,
            limited_at=day.pointer if day else "",
            before_day=self._previous.day if self._previous else None,
            before=self._money(sum(self._previous.amounts.values()) if self._previous else None),
            results=derived(self._total(kept.amounts), "results"),
            gain=derived(self._gain(), "results"),
            moved=derived(self._moved(), "results"),
            upper_bound=_number(answer.get("upper_bound"), "results"),
            forgone=_number(kept.forgone, "results"),
            lowered_because=kept.lowered_because,
            lowered=kept.lowered,
            approved_by=yes.by if yes else None,
            approved_at=yes.at if yes else None,
            held_groups=tuple(self._held_groups()),
            costs=tuple(self._costs()),
            proposed=tuple(self._proposed()),
            what_if=tuple(self._what_if()),
        )

    # ---------------------------------------------------------------- lines
    def _shares(self) -> Iterator[Share]:
        learned = {one["line"]: Learned.model_validate(one) for one in self._kept.learned}
        for name, amount in self._kept.amounts.items():
            limit, known = self._bound.get(name, {}), learned.get(name)
            last, following = self._margins(name, amount)
            yield Share(
                line=name,
                amount=self._money(amount),
                last=_number(last, "per_minor"),
                next=_number(following, "per_minor"),
                limit=limit.get("constraint"),
                limit_price=_number(limit.get("price"), "per_minor"),
                learned=words(known, self._currency) if known else None,
                held=tuple(self._held(name)),
                known=self._known(known) if known else None,
                best=self._money(self._answer.get("allocations", {}).get(name)),
                curve=tuple(self._curve(name, amount)),
                **self._expected(name, amount),
            )

    def _curve(self, name: str, amount: int) -> Iterator[CurvePoint]:
        """Give points of a line's curve, from nothing to well beyond what it has, had or might get."""
        curve, proposed = self._curves.get(name), self._kept.proposed or {}
        best = self._answer.get("allocations", {}).get(name, 0)
        top = round(max(amount, best, proposed.get(name, 0), self._before(name) or 0) * _BEYOND)
        if curve and top:
            for spend in sorted({round(top * step / _STEPS) for step in range(_STEPS + 1)}):
                # As fine as a chart can show: the file is read by people, too.
                yield CurvePoint(spend=spend, results=float(f"{curve.value(spend):.6g}"))

    @cached_property
    def _bound(self) -> dict[str, dict[str, Any]]:
        """What the answer says binds a line, by line."""
        return {one["line"]: one for one in self._answer.get("binding", []) if one.get("line")}

    def _margins(self, name: str, amount: int) -> tuple[float | None, float | None]:
        curve = self._curves.get(name)
        if curve is None:
            return None, None
        return (curve.gain(amount - 1) if amount else None), curve.gain(amount)

    def _expected(self, name: str, amount: int) -> dict[str, Any]:
        """Give what the line's day brings, and more than before; ranges only where these amounts had them."""
        before, foreseen = self._before(name), self._kept.foreseen.get(name)
        now = self._value(name, amount)
        then = None if before is None else self._value(name, before)
        day = foreseen.results if foreseen and foreseen.after == amount else None
        move = foreseen.gain if foreseen and day and foreseen.before == before else None
        gain = None if now is None or then is None else now - then
        return {
            "before": self._money(before),
            "results": derived(now, "results"),
            "results_low": _number(day.low if day else None, "results"),
            "results_high": _number(day.high if day else None, "results"),
            "gain": derived(gain, "results"),
            "gain_low": _number(move.low if move else None, "results"),
            "gain_high": _number(move.high if move else None, "results"),
        }

    def _before(self, name: str) -> int | None:
        return self._previous.amounts.get(name, 0) if self._previous else None

    def _known(self, learned: Learned) -> Known:
        change = learned.change
        return Known(
            days=_number(learned.days, "count"),
            results=_number(learned.results, "count"),
            enough=learned.enough,
            at=self._money(learned.current),
            cost_low=self._about(learned.cost_per_result.low),
            cost_high=self._about(learned.cost_per_result.high),
            half=self._about(learned.half_spend.mid),
            changed_on=change.day if change else None,
            changed_times=_number(change.times, "ratio") if change else None,
            changed_sure=_number(change.probability, "ratio") if change else None,
        )

    # ---------------------------------------------------------------- the day
    def _total(self, amounts: Mapping[str, int]) -> float | None:
        values = [self._value(name, amount) for name, amount in amounts.items()]
        return None if None in values else fsum(value for value in values if value is not None)

    def _gain(self) -> float | None:
        return self._more_than(self._previous.amounts) if self._previous else None

    def _moved(self) -> float | None:
        """Give what today's split brings more than the same money in the proportions of the day before."""
        before = self._previous.amounts if self._previous else {}
        if not before or before.keys() != self._kept.amounts.keys():
            return None
        scale = sum(self._kept.amounts.values()) / sum(before.values())
        return self._more_than({name: round(amount * scale) for name, amount in before.items()})

    def _more_than(self, amounts: Mapping[str, int]) -> float | None:
        # A line that has left the plan brings nothing any more, and its curve is not known.
        here = {name: amount for name, amount in amounts.items() if name in self._curves}
        now, then = self._total(self._kept.amounts), self._total(here)
        return None if now is None or then is None else now - then

    def _value(self, name: str, amount: int) -> float | None:
        curve = self._curves.get(name)
        return curve.value(amount) if curve else None

    def _proof(
        self, *, certified: bool | None
    ) -> Literal["cents", "bound", "limits", "open", "kept", "lowered"]:
        if self._kept.lowered_because:
            return "lowered"
        if self._kept.forgone is not None:
            return "kept"
        if self._answer.get("status") != "optimal":
            return "open"
        # Of curves that bend twice a cent says little: it is the bound that proves.
        if not all(curve.concave for curve in self._curves.values()) or certified is False:
            return "bound"
        return "limits" if certified is None else "cents"

    # ---------------------------------------------------------------- rules
    def _held(self, name: str) -> Iterator[Held]:
        """Give the rules that cost something at this line's amount, what bars it first, then what yielded."""
        found = [guard for guard in self._kept.guards if guard.line == name]
        holding = [guard for guard in found if not guard.yielded and self._holds(guard)]
        yield from (self._of_guard(guard) for guard in sorted(holding, key=_bars))
        bound = self._bound.get(name)
        if bound and self._stands and not any(one.constraint == bound["constraint"] for one in holding):
            yield self._of_binding(bound, int(self._lines[name].get(bound["constraint"]) or 0))
        yield from (self._of_guard(guard) for guard in found if guard.yielded)

    @property
    def _stands(self) -> bool:
        return bool(self._kept.amounts == self._answer.get("allocations"))

    def _holds(self, guard: Guard) -> bool:
        amount = self._kept.amounts.get(guard.line or "", 0)
        if _bars(guard) == 0:
            return amount == 0
        # Prices are those of the answer: where other amounts stand, only of a limit that they touch.
        return bool(guard.price) and (self._stands or amount == guard.limit)

    def _of_guard(self, guard: Guard) -> Held:
        return Held(
            rule=guard.rule,
            constraint=guard.constraint,
            limit=self._money(guard.limit),
            price=_number(guard.price, "per_minor"),
            yielded=guard.yielded,
            pointer=guard.pointer,
            reason=guard.reason,
            because=guard.because,
        )

    def _of_binding(self, bound: Mapping[str, Any], limit: int) -> Held:
        return Held(
            group=bound.get("group"),
            rule=bound["constraint"],
            constraint=bound["constraint"],
            limit=self._money(limit),
            price=_number(bound["price"], "per_minor"),
        )

    def _held_groups(self) -> Iterator[Held]:
        groups = {group["id"]: group for group in self._kept.problem.get("groups", [])}
        for bound in self._answer.get("binding", []):
            if bound.get("group") in groups:
                yield self._of_binding(bound, groups[bound["group"]][bound["constraint"]])

    def _costs(self) -> Iterator[RuleCost]:
        for rule, cost in sorted(self._kept.costs.items(), key=lambda one: -one[1]):
            found = [guard for guard in self._kept.guards if guard.rule == rule and not guard.yielded]
            yield RuleCost(
                rule=rule,
                lines=tuple(dict.fromkeys(guard.line for guard in found if guard.line)),
                pointers=tuple(dict.fromkeys(guard.pointer for guard in found if guard.pointer)),
                results=_number(cost, "results"),
                money=self._worth(cost),
            )

    def _worth(self, results: float) -> Figure:
        """Say what so many results would cost at the price of the next one."""
        price = self._answer.get("shadow_price")
        worth = results / price if price else None
        return money(
            round(worth) if worth is not None and worth <= LARGEST_MONEY else None, self._currency, "derived"
        )

    def _proposed(self) -> Iterator[Proposal]:
        for name, amount in (self._kept.proposed or {}).items():
            stands = self._kept.amounts.get(name, 0)
            if amount != stands:
                now, then = self._value(name, stands), self._value(name, amount)
                gain = None if now is None or then is None else then - now
                yield Proposal(line=name, amount=self._money(amount), gain=derived(gain, "results"))

    def _what_if(self) -> Iterator[WhatIf]:
        """Split other amounts of the day under its rules, where that takes no search."""
        problem = self._problem
        if problem is None or not problem.budget or not is_marginal(problem):
            return
        for times in _TIMES:
            budget = int(problem.budget * times)
            answer = allocate(problem.model_copy(update={"budget": budget}))
            results = None if answer.status == "infeasible" else answer.objective
            yield WhatIf(times=float(times), budget=self._money(budget), results=_number(results, "results"))

    @property
    def _problem(self) -> Problem | None:
        try:
            return Problem.of(self._kept.problem)
        except ProblemRefused:  # kept by an earlier version, in its own words
            return None

    def _money(self, value: int | None) -> Figure:
        return money(value, self._currency, _SOURCE)

    def _about(self, value: float) -> Figure:
        return self._money(round(value) if value <= LARGEST_MONEY else None)


def _bars(guard: Guard) -> int:
    """Put what lets a line have nothing first."""
    return 0 if guard.constraint == "cap" and guard.limit == 0 else 1


def _certified(following: Cent | None, last: Cent | None) -> bool | None:
    # Checked here again, on the numbers that the reader sees.
    if following is None or last is None:
        return None
    return float(following.gain.value or 0) <= float(last.gain.value or 0)


def _cent(cent: dict[str, Any] | None) -> Cent | None:
    return Cent(line=cent["line"], gain=_number(cent["gain"], "per_minor")) if cent else None


def _number(value: float | None, unit: str) -> Figure:
    return Figure(value=value, unit=unit, source=_SOURCE)
