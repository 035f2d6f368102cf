"""A pool over several brands: their campaigns as lines of one problem, split by the same allocator.

A line that brings f(x) in a day for x brings d f(X / d) in d days for X: a hill of d times the ceiling at d
times the half spend, so that what is left of every flight is one problem with one price. What campaigns
have cost already is no longer shared out; each may go on within its own budget, and its brand within its
share of the pool. Whether a platform takes so little a day is left to the day's split.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from parution.buying.allocator import allocate
from parution.buying.campaigns import Account, LineDay
from parution.buying.curves import Hill
from parution.buying.problems import Answer, Obstacle, Problem
from parution.money import Currency, Minor, plain
from parution.plan.model import Campaign
from parution.plan.workspace import BudgetPool, PoolShare
from parution.records import Id, Record


class Member(NamedTuple):
    """A campaign that the pool pays for, with its books and with what each line brings in a day."""

    brand: str
    campaign: Campaign
    account: Account
    days: Sequence[LineDay]
    today: date
    curves: Mapping[str, Hill]

    @property
    def name(self) -> str:
        return f"{self.brand}/{self.campaign.id}"

    @property
    def gone(self) -> int:
        """Give what it has cost, or may yet cost by what stands on the platforms."""
        return self.account.exposure

    @property
    def left(self) -> int:
        """Give what its own budget leaves, in minor units."""
        return max(0, self.campaign.budget - self.gone) if self.days_left else 0

    @property
    def floors(self) -> dict[str, int]:
        """Give what is missing to each line's `min`; nothing where the campaign's own money is not enough."""
        owed = {line.id: max(0, line.min - self.spent_by(line.id)) for line in self.campaign.lines}
        return owed if sum(owed.values()) <= self.left else dict.fromkeys(owed, 0)

    @property
    def days_left(self) -> int:
        """Count the days that no money stands for yet: today is none of them once amounts are set."""
        first, last = self.campaign.flight
        is_set = any(day.day == self.today and day.told for day in self.days)
        return max(0, (last - max(first, self.today)).days + (0 if is_set else 1))

    def spent_by(self, line: str) -> int:
        return sum(day.spent + day.reserved for day in self.days if day.line == line)


class Part(Record):
    """What the pool pays for a campaign: ``gone`` already and ``part`` from now on, in minor units.

    ``brings`` are the results to expect of the part, over the days that are left.
    """

    brand: Id
    campaign: Id
    days_left: int
    gone: Minor
    part: Minor
    brings: float

    @property
    def name(self) -> str:
        return f"{self.brand}/{self.campaign}"

    @property
    def allowance(self) -> int:
        return self.gone + self.part


class Sharing(Record):
    """A pool's best split between brands and campaigns, with its proof; in minor units."""

    pool: Id
    currency: Currency
    total: Minor
    gone: Minor  # by its campaigns, and by those that have left
    problem: Problem
    answer: Answer
    parts: tuple[Part, ...]
    yields: tuple[str, ...] = ()  # what the brands' shares ask for and their campaigns can't take

    @property
    def allowances(self) -> dict[str, int]:
        return {part.name: part.allowance for part in self.parts}

    def of_brand(self, brand: str) -> int:
        """Sum what a brand gets from now on."""
        return sum(part.part for part in self.parts if part.brand == brand)


class _Bounds(NamedTuple):
    """What a brand gets from now on: at least, at most, and what of the least it can't take."""

    floor: int
    cap: int
    missed: int


def shared(pool: BudgetPool, members: Sequence[Member], left: int = 0) -> Sharing:
    """Split what a pool has left, so that no other split brings more results, each counted by its worth.

    ``left`` is what campaigns had cost that are no members any more. Where brands' shares exclude each other,
    or lines' minimums do, the answer is infeasible, names them, and there are no parts.
    """
    gone = sum(member.gone for member in members) + left
    bounds = {brand: _bounds(pool, share, _of(members, brand)) for brand, share in pool.shares.items()}
    problem = Problem.of(_document(pool, members, bounds, max(0, pool.total - gone)))
    answer = _placed(allocate(problem), problem)
    parts = tuple(_part(member, answer) for member in members) if answer.objective is not None else ()
    return Sharing(
        pool=pool.id,
        currency=pool.currency,
        total=pool.total,
        gone=gone,
        problem=problem,
        answer=answer,
        parts=parts,
        yields=tuple(
            f"{brand} is to have {plain(one.missed, pool.currency)} more than its campaigns may cost"
            for brand, one in bounds.items()
            if one.missed
        ),
    )


def _of(members: Sequence[Member], brand: str) -> list[Member]:
    return [member for member in members if member.brand == brand]


def _bounds(pool: BudgetPool, share: PoolShare, members: Sequence[Member]) -> _Bounds:
    gone, left = sum(member.gone for member in members), sum(member.left for member in members)
    if share.fixed is not None:
        least = most = share.fixed
    else:
        least, most = (int(pool.total * Fraction(str(one))) for one in (share.min, share.max))
    wanted, cap = max(0, least - gone), max(0, most - gone)
    return _Bounds(min(wanted, left), cap, max(0, wanted - left))


def _document(
    pool: BudgetPool, members: Sequence[Member], bounds: Mapping[str, _Bounds], budget: int
) -> dict[str, object]:
    brands = [{"id": brand, "floor": one.floor, "cap": one.cap} for brand, one in bounds.items()]
    campaigns = [{"id": member.name, "cap": member.left} for member in members]
    lines = [line for member in members for line in _lines(member, pool.shares[member.brand].worth)]
    return {"currency": pool.currency, "budget": budget, "lines": lines, "groups": [*brands, *campaigns]}


def _lines(member: Member, worth: float) -> Iterator[dict[str, object]]:
    days = member.days_left
    for line in member.campaign.lines:
        curve, spent = member.curves[line.id], member.spent_by(line.id)
        yield {
            "id": f"{member.name}/{line.id}",
            "response": {
                "kind": "hill",
                "ceiling": curve.ceiling * max(days, 1) * worth,
                "half_spend": curve.half_spend * max(days, 1),
                "slope": curve.slope,
            },
            "floor": member.floors[line.id],
            "cap": max(0, member.campaign.cap_of(line) - spent) if days else 0,
            "groups": [member.brand, member.name],
        }


def _part(member: Member, answer: Answer) -> Part:
    amounts = {line.id: answer.allocations[f"{member.name}/{line.id}"] for line in member.campaign.lines}
    days = max(member.days_left, 1)
    brings = sum(days * member.curves[line].value(amount // days) for line, amount in amounts.items())
    return Part(
        brand=member.brand,
        campaign=member.campaign.id,
        days_left=member.days_left,
        gone=member.gone,
        part=sum(amounts.values()),
        brings=brings,
    )


def _placed(answer: Answer, problem: Problem) -> Answer:
    """Point what is infeasible to the pool as people wrote it, where it is a brand's share."""
    pointers = {
        f"/groups/{number}": f"/budget_pool/shares/{group.id}" for number, group in enumerate(problem.groups)
    }
    return answer.model_copy(update={"infeasible": tuple(_at(one, pointers) for one in answer.infeasible)})


def _at(obstacle: Obstacle, pointers: Mapping[str, str]) -> Obstacle:
    group = "/".join(obstacle.pointer.split("/")[:3])
    return obstacle.model_copy(update={"pointer": pointers.get(group, "/budget_pool")})
