"""The rules around a day's split, as limits of the problem: the plan's, the platforms' and the ledger's.

Where two rules exclude each other the weaker one yields, so that no pair of them ever stops a day. From
strong to weak: the day's amount (the cap, exposure, a hold), what bars a line (it overspent; stop_if), the
line's max and max_share, what the platform takes (minimum, step), what is spent already, the line's min,
cooldown_days, the platform's learning, approve_above, max_move_per_day, test_share, trials. Only the lines'
own minimums, when they add up to more than the day has, are left to the allocator, which says so.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from math import ceil
from typing import Literal, NamedTuple

from parution.buying.campaigns import Because, Guard
from parution.buying.pacing import Today
from parution.buying.platform_rules import learning_rule, least_daily
from parution.buying.problems import Answer
from parution.buying.tracks import Base, Track
from parution.money import plain
from parution.plan.model import Campaign, Guardrails, Line


class TodaysLine(NamedTuple):
    """What the ledger knows of a line today, in minor units."""

    gone: int = 0  # spent on earlier days of the flight
    spent: int = 0  # spent today so far
    told: int = 0
    overdelivery: float = 1.0
    is_overspent: bool = False


class Pooled(NamedTuple):
    """The pool that pays for a campaign, and all that it pays, in minor units."""

    pool: str
    brand: str
    allowance: int


class Case(NamedTuple):
    """A campaign on a day: all that the rules look at."""

    campaign: Campaign
    pointer: str  # to the campaign in its plan
    today: Today
    track: Track
    lines: dict[str, TodaysLine]
    trials: dict[str, int] = {}  # what little is known of gets at least so much
    approved: dict[str, int] = {}  # amounts that a person said yes to today
    pool: Pooled | None = None

    def money(self, amount: int) -> str:
        return plain(amount, self.campaign.currency)

    def places(self) -> list["Place"]:
        amount, base = self.today.amount, self.track.base
        return [Place(self, n, line, base(line.id, amount)) for n, line in enumerate(self.campaign.lines)]


class Place(NamedTuple):
    """One line of a case, as a rule looks at it."""

    case: Case
    number: int
    line: Line
    base: Base | None

    @property
    def pointer(self) -> str:
        return f"{self.case.pointer}/formats/{self.number}"

    @property
    def rails_pointer(self) -> str:
        return f"{self.case.pointer}/guardrails"

    @property
    def day(self) -> TodaysLine:
        return self.case.lines[self.line.id]

    @property
    def rails(self) -> Guardrails:
        return self.case.campaign.guardrails

    def part_of_day(self, share: float) -> int:
        return int(self.case.today.amount * _exact(share))


class Wish(NamedTuple):
    """A limit that a rule asks for."""

    constraint: Literal["floor", "cap", "minimum_if_funded", "step"]
    limit: int
    rule: str
    pointer: str = ""
    reason: str = ""
    because: Because | None = None


class Fence(NamedTuple):
    """The limits of one line, as its part of the problem document has them."""

    floor: int = 0
    cap: int | None = None
    minimum_if_funded: int = 0
    step: int = 1

    @property
    def least(self) -> int:
        """Give the smallest amount that keeps the floor, the minimum and the step."""
        if not self.floor:
            return 0
        return -(-max(self.floor, self.minimum_if_funded) // self.step) * self.step

    @property
    def fits(self) -> bool:
        return self.cap is None or self.least <= self.cap

    def with_wish(self, wish: Wish) -> "Fence":
        """Give the fence with one more limit, which only ever makes it narrower."""
        if wish.constraint == "cap":
            return self._replace(cap=wish.limit if self.cap is None else min(self.cap, wish.limit))
        limit = max(getattr(self, wish.constraint), wish.limit)
        return self._replace(**{wish.constraint: limit})


class Fences(NamedTuple):
    """The limits of all lines, and the rules that set them, or would have."""

    lines: dict[str, Fence]
    guards: tuple[Guard, ...]


# ---------------------------------------------------------------------- what rules ask for
type Rule = Callable[[Place], Iterator[Wish]]


def barred(at: Place) -> Iterator[Wish]:
    """Let a line have nothing that overspent today, or whose results cost too much."""
    money, day, stop = at.case.money, at.day, at.rails.stop_if
    if day.is_overspent:
        reason = f"{money(day.spent)} are spent where {money(day.told)} were set; it rests today"
        because = Because(code="overspent", values={"spent": day.spent, "told": day.told})
        yield Wish("cap", 0, "overspent", reason=reason, because=because)
    spent, results = at.case.track.brought(at.line.id)
    if stop and spent >= max(stop.after_spend, 1) and spent > stop.cost_per_result_above * results:
        each = f", {money(round(spent / results))} each" if results else ""
        reason = f"{money(spent)} brought {results:g} results{each}; to go on, raise stop_if or remove it"
        values: dict[str, str | int | float] = {"spent": spent, "results": results}
        because = Because(code="costs_too_much" if results else "brought_nothing", values=values)
        yield Wish("cap", 0, "stop_if", f"{at.rails_pointer}/stop_if", reason, because)


def _most(at: Place) -> Iterator[Wish]:
    """Share out what the flight's max and max_share leave."""
    line, today = at.line, at.case.today
    if line.max is not None:
        left = max(0, line.max - at.day.gone)
        yield Wish("cap", int(left * today.share), "max", f"{at.pointer}/max")
    if line.max_share is not None:
        share = _exact(line.max_share)
        left = max(0, int(at.case.campaign.budget * share) - at.day.gone)
        yield Wish("cap", min(int(today.amount * share), left), "max_share", f"{at.pointer}/max_share")


def _platform(at: Place) -> Iterator[Wish]:
    line = at.line
    if line.minimum_daily is None:
        least = least_daily(line.network, at.case.campaign.currency)
        reason = f"{line.network} takes no less than {at.case.money(least)} a day"
        because = Because(code="platform_minimum", values={"network": line.network, "least": least})
        place = f"{at.pointer}/minimum_daily"
        yield Wish("minimum_if_funded", least, "platform minimum", place, reason, because)
    else:
        yield Wish("minimum_if_funded", line.minimum_daily, "minimum_daily", f"{at.pointer}/minimum_daily")
    yield Wish("step", line.step or 1, "step", f"{at.pointer}/step")


def _spent(at: Place) -> Iterator[Wish]:
    """Count what is gone already as this line's, where the cap is near: it can't be had twice."""
    if at.case.today.limit == "exposure":
        yield Wish("floor", int(at.day.spent / _exact(at.day.overdelivery)), "spent already")


def _least(at: Place) -> Iterator[Wish]:
    left = max(0, at.line.min - at.day.gone)
    yield Wish("floor", int(left * at.case.today.share), "min", f"{at.pointer}/min")


def _cooldown(at: Place) -> Iterator[Wish]:
    days = at.rails.cooldown_days
    if days and at.case.track.rests(at.line.id, days):
        yield from _within(at, 0, "cooldown_days")


def _learning(at: Place) -> Iterator[Wish]:
    """Keep to what the platform bears; a line at nothing may start at any amount."""
    rule, track, name = learning_rule(at.line.network), at.case.track, at.line.id
    if rule is None or not at.rails.protect_learning or at.base is None or not at.base.high:
        return
    if track.is_learning(name, rule):
        move, reason = rule.move, f"it has not seen {rule.results} results in {rule.days} days"
        because = Because(code="learning_results", values={"results": rule.results, "days": rule.days})
    elif track.rests(name, rule.rest_days):
        move, reason = 0.0, f"it wants {rule.rest_days} days between two changes"
        because = Because(code="learning_rest", values={"days": rule.rest_days})
    elif rule.move_after is not None:
        move, reason = rule.move_after, f"it wants a change to stay within {rule.move_after:.0%}"
        because = Because(code="learning_move", values={"share": rule.move_after})
    else:
        return
    reason = f"{at.line.network} is learning: {reason}"
    yield from _within(at, ceil(at.base.high * _exact(move)), "protect_learning", reason, because)


def _approval(at: Place) -> Iterator[Wish]:
    """Keep to what needs no yes, or has one: between the two and the amount approved."""
    if at.rails.approve_above is None:
        return
    for wish in _within(at, at.part_of_day(at.rails.approve_above), "approve_above"):
        nearer = min if wish.constraint == "floor" else max
        yield wish._replace(limit=nearer(wish.limit, at.case.approved.get(at.line.id, wish.limit)))


def _move(at: Place) -> Iterator[Wish]:
    if at.rails.max_move_per_day is not None:
        yield from _within(at, at.part_of_day(at.rails.max_move_per_day), "max_move_per_day")


def _test(at: Place) -> Iterator[Wish]:
    if at.rails.test_share is not None:
        each = at.part_of_day(at.rails.test_share) // len(at.case.campaign.lines)
        yield Wish("floor", each, "test_share", f"{at.rails_pointer}/test_share")


def _trial(at: Place) -> Iterator[Wish]:
    """Try what little is known of, where the platform takes so little."""
    least = at.line.minimum_daily
    if least is None:
        least = least_daily(at.line.network, at.case.campaign.currency)
    trial = at.case.trials.get(at.line.id, 0)
    if trial >= max(least, 1):
        pointer = f"{at.rails_pointer}/explore_share"
        yield Wish("floor", trial, "trial", pointer, "little is known of it yet", Because(code="trial"))


def _within(
    at: Place, by: int, rule: str, reason: str = "", because: Because | None = None
) -> Iterator[Wish]:
    """Keep a line so near to where its amount comes from; a line without a past is free."""
    if at.base is not None:
        pointer = f"{at.rails_pointer}/{rule}"
        yield Wish("floor", max(0, at.base.low - by), rule, pointer, reason, because)
        yield Wish("cap", at.base.high + by, rule, pointer, reason, because)


def _exact(number: float) -> Fraction:
    return Fraction(str(number))


RULES: tuple[Rule, ...] = (
    barred,
    _most,
    _platform,
    _spent,
    _least,
    _cooldown,
    _learning,
    _approval,
    _move,
    _test,
    _trial,
)


# ---------------------------------------------------------------------- what becomes of it
def fences(case: Case, without: str = "") -> Fences:
    """Put the rules around the lines, from strong to weak; what does not fit any more yields."""
    around = {line.id: Fence() for line in case.campaign.lines}
    asked: list[tuple[str, Wish, bool]] = []
    places, room = case.places(), case.today.amount
    for rule in RULES if case.today.limit != "stopped" else ():
        wishes = [(at.line.id, wish) for at in places for wish in rule(at) if wish.rule != without]
        # Minimums that ask for more than there is are a fault of the plan: the allocator names it.
        must = rule is _least and sum(wish.limit for _, wish in wishes) > case.today.amount
        for line, wish in wishes:
            before, after = around[line], around[line].with_wish(wish)
            needed = after.least - before.least
            holds = after.fits and (needed <= room or must)
            after = after if holds else _as_near(before, wish)
            needed = after.least - before.least
            if holds or needed <= room:
                around[line], room = after, room - needed
            asked.append((line, wish, holds))
    return Fences(around, (_days_own(case), *_guards(around, asked)))


def _as_near(fence: Fence, wish: Wish) -> Fence:
    """Give the fence with as much of a wish as the stronger limits leave."""
    if wish.constraint == "cap":
        return fence._replace(cap=fence.least)
    if wish.constraint != "floor" or fence.cap is None:
        return fence
    near = fence._replace(floor=max(fence.floor, min(wish.limit, fence.cap // fence.step * fence.step)))
    return near if near.fits else fence


def _days_own(case: Case) -> Guard:
    limit = case.today.limit
    pointer = {
        "pacing": "/pacing",
        "catch_up": "/guardrails/catch_up",
        "slow_down": "/guardrails/slow_down",
        "reserve": "/guardrails/reserve",
        "max_daily": "/guardrails/max_daily",
        "exposure": "/budget",
    }.get(limit)
    place, reason, because = case.pointer + pointer if pointer else "", "", None
    if limit == "pool" and case.pool:
        # This one is in the workspace's file.
        place = f"/budget_pool/shares/{case.pool.brand}"
        reason = f"{case.pool.pool} pays {case.money(case.pool.allowance)} for it in all"
        because = Because(code="pool", values={"pool": case.pool.pool, "allowance": case.pool.allowance})
    return Guard(
        constraint="budget",
        rule=limit,
        limit=case.today.amount,
        pointer=place,
        reason=reason,
        because=because,
    )


def _guards(around: dict[str, Fence], asked: list[tuple[str, Wish, bool]]) -> Iterator[Guard]:
    """Give the rules that set a line's limits, and those that yielded; not those that another one covers."""
    idle = Fence()
    for line, wish, holds in asked:
        stands = getattr(around[line], wish.constraint) == wish.limit
        if (holds and stands and wish.limit != getattr(idle, wish.constraint)) or not holds:
            yield Guard(line=line, **wish._asdict(), yielded=not holds)


def priced(guards: Iterable[Guard], answer: Answer) -> tuple[Guard, ...]:
    """Write beside each rule what its limit costs, as the answer has found it."""
    prices: dict[tuple[str | None, str], float | None] = {(None, "budget"): answer.shadow_price}
    prices |= {(one.line, one.constraint): one.price for one in answer.binding if one.line}
    return tuple(
        guard
        if guard.yielded
        else guard.model_copy(update={"price": prices.get((guard.line, guard.constraint))})
        for guard in guards
    )
