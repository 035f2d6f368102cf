"""What stands behind a split: what each line's last and next units bring, and what each constraint costs.

A line moves by its step, mostly one minor unit. It may go up where its cap and all groups around it leave
room, and down where no floor forbids it; and in a group that is full one line may go up when another comes
down. A constraint's price is what the best such exchange would bring if it were one unit wider, per unit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from parution.buying.curves import LARGEST_MONEY
from parution.buying.envelopes import Amounts, Curve, envelope
from parution.buying.problems import Binding, Cent, Constraint, Leftover, Margin, Problem, ProblemLine

type Names = frozenset[str]

_NONE: Names = frozenset()


class Proof(NamedTuple):
    """The parts of an answer that explain its amounts."""

    shadow_price: float
    next_cent: Cent | None
    last_cent: Cent | None
    bindings: tuple[Binding, ...]
    margins: dict[str, Margin]
    leftover_because: Leftover | None


def certified(problem: Problem, amounts: Mapping[str, int]) -> Proof:
    """Explain amounts that keep all constraints."""
    left = problem.budget - sum(amounts.values())
    places = _places(problem, amounts)
    trade = _Trade(places, left)
    following = trade.best_rise()
    return Proof(
        shadow_price=following.gain if following else 0.0,
        next_cent=following,
        last_cent=trade.worst_fall(),
        bindings=(*_of_lines(places, trade), *_of_groups(problem, trade)),
        margins={place.line.id: place.margin for place in places},
        leftover_because=_why_left(places, left) if left else None,
    )


# ------------------------------------------------------------------ lines at their amounts
class _Place(NamedTuple):
    """A line at its amount, and what stands around it."""

    line: ProblemLine
    amount: int
    first: int  # the least amount of the line when it is funded
    room: int  # what the groups around it leave
    margin: Margin
    groups: Names
    full: Names  # the groups that leave less than a step
    bare: Names  # the groups that can't spare a step

    @property
    def up(self) -> int:
        """Give the smallest change upward: a step, or all of a minimum."""
        return self.line.step if self.amount else self.first

    @property
    def fits_cap(self) -> bool:
        return self.line.cap is None or self.amount + self.up <= self.line.cap

    @property
    def can_rise(self) -> bool:
        return self.fits_cap and self.up == self.line.step

    @property
    def can_fall(self) -> bool:
        rest = self.amount - self.line.step
        return rest >= self.first or (rest == 0 and not self.line.floor)


def _places(problem: Problem, amounts: Mapping[str, int]) -> list[_Place]:
    totals = {group.id: 0 for group in problem.groups}
    for line in problem.lines:
        for name in line.groups:
            totals[name] += amounts[line.id]
    rooms = {one.id: LARGEST_MONEY if one.cap is None else one.cap - totals[one.id] for one in problem.groups}
    spares = {one.id: totals[one.id] - one.floor for one in problem.groups}
    return [_place(line, amounts[line.id], rooms, spares) for line in problem.lines]


def _place(line: ProblemLine, amount: int, rooms: Mapping[str, int], spares: Mapping[str, int]) -> _Place:
    step, needed = line.step, max(line.floor, line.minimum_if_funded, 1)
    first = -(-needed // step) * step
    back = min(step, amount)
    following = _slope(line.response, amount, amount + (step if amount else first))
    groups = frozenset(line.groups) if line.groups else _NONE
    return _Place(
        line,
        amount,
        first,
        min((rooms[name] for name in groups), default=LARGEST_MONEY),
        Margin(last=_slope(line.response, amount - back, amount) if back else None, next=following),
        groups,
        frozenset(name for name in groups if rooms[name] < step) if groups else _NONE,
        frozenset(name for name in groups if spares[name] < step) if groups else _NONE,
    )


def _slope(curve: Curve, begin: int, end: int) -> float:
    if end == begin + 1:
        return curve.gain(begin)
    return (curve.value(end) - curve.value(begin)) / (end - begin)


def _why_left(places: Sequence[_Place], left: int) -> Leftover:
    """Name what forbids the first line that what is left would pay in; each alone, the others as they are."""
    for place in places:
        if because := _why_kept_out(place, left):
            return because
    return "caps" if any(_pays(place, left) for place in places) else "curves stop paying"


def _why_kept_out(place: _Place, left: int) -> Leftover | None:
    line = place.line
    cap = left if line.cap is None else line.cap - place.amount
    most = max(0, min(left, cap, place.room))
    if _pays(place, most // line.step * line.step) and not place.amount:
        return "minimums"
    return "steps" if _pays(place, most) else None


def _pays(place: _Place, units: int) -> bool:
    curve, amount = place.line.response, place.amount
    return curve.value(amount + units) > curve.value(amount)


# ------------------------------------------------------------------ exchanges
class _Trade:
    """The best rises and the cheapest falls among lines that stand alike towards groups."""

    def __init__(self, places: Sequence[_Place], left: int) -> None:
        self._left = left
        self._rises: dict[tuple[Names, Names], list[_Place]] = {}
        self._falls: dict[tuple[Names, Names], list[_Place]] = {}
        # Two of each are enough: a line is never exchanged with itself.
        for place in sorted(places, key=lambda one: (-(one.margin.next or 0.0), one.line.id)):
            if place.can_rise and place.margin.next:
                _keep_two(self._rises.setdefault((place.groups, place.full), []), place)
        for place in sorted(places, key=lambda one: one.margin.last or 0.0):
            if place.can_fall:
                _keep_two(self._falls.setdefault((place.groups, place.bare), []), place)

    def best_rise(self) -> Cent | None:
        free = [places[0] for (_, full), places in self._rises.items() if not full]
        best = min(free, key=lambda one: (-(one.margin.next or 0.0), one.line.id), default=None)
        return best and Cent(line=best.line.id, gain=best.margin.next or 0.0, units=best.up)

    def worst_fall(self) -> Cent | None:
        free = [places[0] for (_, bare), places in self._falls.items() if not bare]
        worst = min(free, key=lambda one: one.margin.last or 0.0, default=None)
        return worst and Cent(line=worst.line.id, gain=worst.margin.last or 0.0, units=worst.line.step)

    def cost(self, place: _Place, without: str = "") -> float | None:
        """Give what a unit for a line takes away elsewhere, were it not for one group's cap."""
        needed = place.full - {without}
        if not needed and self._left >= place.line.step:
            return 0.0
        costs = (
            other.margin.last or 0.0
            for (groups, bare), others in self._falls.items()
            if needed <= groups and bare <= place.groups
            for other in others
            if other is not place
        )
        return min(costs, default=None)

    def worth(self, place: _Place, without: str = "") -> float | None:
        """Give what a unit taken from a line brings elsewhere, were it not for one group's floor."""
        needed = place.bare - {without}
        gains = [
            other.margin.next or 0.0
            for (groups, full), others in self._rises.items()
            if needed <= groups and full <= place.groups
            for other in others
            if other is not place
        ]
        return max([*gains, *([] if needed else [0.0])], default=None)

    def cap_price(self, group: str) -> float:
        """Give what one unit more of a group's cap would bring."""
        kept_out = [one for (_, full), ones in self._rises.items() if group in full for one in ones]
        return max((_over(one.margin.next, self.cost(one, group)) for one in kept_out), default=0.0)

    def floor_price(self, group: str) -> float:
        """Give what one unit less of a group's floor would bring."""
        kept_in = [one for (_, bare), ones in self._falls.items() if group in bare for one in ones]
        return max((_over(self.worth(one, group), one.margin.last) for one in kept_in), default=0.0)


def _keep_two(places: list[_Place], place: _Place) -> None:
    if len(places) < 2:  # noqa: PLR2004 (the best, and the best beside it)
        places.append(place)


def _over(gain: float | None, loss: float | None) -> float:
    """Give what an exchange brings; nothing where one of its sides can't be."""
    return 0.0 if gain is None or loss is None else gain - loss


# ------------------------------------------------------------------ what holds
def _of_groups(problem: Problem, trade: _Trade) -> Iterator[Binding]:
    for group in problem.groups:
        if (price := trade.cap_price(group.id)) > 0:
            yield Binding(group=group.id, constraint="cap", price=price)
        if (price := trade.floor_price(group.id)) > 0:
            yield Binding(group=group.id, constraint="floor", price=price)


def _of_lines(places: Iterable[_Place], trade: _Trade) -> Iterator[Binding]:
    for place in places:
        prices = _prices(place, trade)
        held = next(((constraint, price) for constraint, price in prices if price > 0), None)
        if held:
            yield Binding(line=place.line.id, constraint=held[0], price=held[1])


def _prices(place: _Place, trade: _Trade) -> Iterator[tuple[Constraint, float]]:
    """Price what may hold a line, the first that does so first."""
    line, amount = place.line, place.amount
    if not place.fits_cap and place.up == line.step:
        yield "cap", _over(place.margin.next, trade.cost(place))
    if amount == place.first and amount > (0 if line.floor else line.step):
        price = _over(trade.worth(place), line.response.gain(amount - 1))
        yield "floor" if line.floor >= line.minimum_if_funded else "minimum_if_funded", price
    if not amount and place.first > line.step:
        yield "minimum_if_funded", _over(_best_below_minimum(place), trade.cost(place))
    elif line.step > 1:
        yield "step", _over(line.response.gain(amount), trade.cost(place))
        yield "step", _over(trade.worth(place), line.response.gain(amount - 1)) if amount else 0.0


def _best_below_minimum(place: _Place) -> float | None:
    """Give the best that a line could bring per unit below its minimum."""
    line = place.line
    most = min(place.first - 1, place.first - 1 if line.cap is None else line.cap)
    below = Amounts(zero=True, first=line.step, last=most // line.step * line.step, step=line.step)
    return envelope(line.response, below).edge(0).slope if below.most else None
