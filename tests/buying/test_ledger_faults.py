"""The exposure rule under every fault: the real desk, a crash, an error or a late effect at every call.

A campaign of one day is fully reserved; its split is turned round, so that one line must be lowered before
the other may be raised. After a few deliveries, while earlier orders may still be on their way, it is
turned back; or a hold stops it, for good or until it is released; or spend is read and the budget
lowered, so that the day's amounts are taken back; or rules limit the lines. Orders are delivered again until
all are done, in both orders and twice each. After every call the ledger is checked against its balances and
the cap, and the reservation against the worst that the platform could do with what it was told, or may still do with a call that is under way.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from parution.buying import ledger
from parution.buying.campaigns import Entry, LineDay
from parution.buying.desk import LEASE, BuyingDesk
from parution.buying.ports import Order
from parution.errors import ParutionError, PlatformBusy, PlatformUnknown
from parution.sandbox.memory_budgets import MemoryBudgets
from tests.buying.doubles import NOON, TODAY, FakePlatform, Office, a_campaign, a_line
from tests.buying.strategies import SEARCHES

OVERDELIVERY = 1.5
DIES_BEFORE, DIES_AFTER, LOST_BEFORE, LOST_AFTER, LATE, BUSY, LIES = range(7)
# What can go wrong with each call. To die after one call is to die before the next.
KINDS = {
    "record": (DIES_AFTER,),
    "ensure": (DIES_AFTER, LOST_BEFORE, BUSY),
    "set": (DIES_AFTER, LOST_BEFORE, LOST_AFTER, LATE, BUSY, LIES),
    "read": (DIES_AFTER, LOST_BEFORE, BUSY),
}

type Faults = dict[int, int]
type Happening = Callable[[Office], None]
type Shuffle = Callable[[list[Order]], list[Order]]


class _Died(BaseException):
    """The worker is gone; its message will be delivered again."""


class _World:
    """Counts the calls, strikes where a fault is planned, and checks everything after each call."""

    def __init__(self, faults: Faults, check: Callable[[], None]) -> None:
        self.faults, self.check = faults, check
        self.calls: list[str] = []
        self.meanwhile: dict[int, Callable[[], None]] = {}
        self.held_at: int | None = None

    def call[Result](self, name: str, act: Callable[[], Result]) -> Result:
        number = len(self.calls)
        self.calls.append(name)
        if number in self.meanwhile:
            self.meanwhile.pop(number)()
            self.held_at = number
        fault = self.faults.get(number)
        try:
            if fault == DIES_BEFORE:
                raise _Died
            if fault == LOST_BEFORE:
                raise PlatformUnknown("no answer")
            if fault == BUSY:
                raise PlatformBusy("later", timedelta(seconds=30))
            result = act()
            if fault == DIES_AFTER:
                raise _Died
            if fault == LOST_AFTER:
                raise PlatformUnknown("no answer")
            return result
        finally:
            self.check()


class _Budgets(MemoryBudgets):
    world: _World

    def record(self, before: LineDay, after: LineDay, entries: list[Entry]) -> None:
        self.world.call("record", lambda: super(_Budgets, self).record(before, after, entries))


class _Platform(FakePlatform):
    world: _World

    def __init__(self, overdelivery: float) -> None:
        super().__init__(overdelivery)
        self.now = NOON
        self.under_way: list[tuple[datetime, str, int]] = []

    def open(self, platform: str, account: str) -> "_Platform":
        return self

    def arrive(self, now: datetime) -> None:
        """Let the calls take effect that were on their way until now."""
        for at, ad_object, amount in [one for one in self.under_way if one[0] <= now]:
            self.amounts[ad_object, TODAY] = amount
            self.under_way.remove((at, ad_object, amount))

    def ensure(self, name: str, network: str, format: str, currency: str) -> str:  # noqa: A002 (the trade's word)
        return self.world.call("ensure", lambda: f"ad:{name}")

    def set_amount(self, ad_object: str, day: date, amount: int) -> None:
        fault = self.world.faults.get(len(self.world.calls))
        if amount:
            assert self.world.held_at is None, "an amount was raised under a hold"

        def act() -> None:
            if fault == LATE:
                arrives = self.now + LEASE - timedelta(seconds=1)
                self.under_way.append((arrives, ad_object, amount))
                raise PlatformUnknown("no answer")
            if fault != LIES:
                self.amounts[ad_object, day] = amount

        self.world.call("set", act)

    def read_amount(self, ad_object: str, day: date) -> int:
        return self.world.call("read", lambda: self.amounts.get((ad_object, day), 0))


def play(
    faults: Faults, orders: Shuffle, story: str = "turned back", *, held_at: int | None = None
) -> tuple[_World, Office]:
    """Let a story happen under these faults, and deliver orders until none is left.

    ``held_at`` places a hold, and pulls the brake, just before that call.
    """
    office = Office(split(5_000, 5_000), overdelivery=OVERDELIVERY)
    budgets, platform = _Budgets(), _Platform(OVERDELIVERY)
    world = _World({}, lambda: None)
    budgets.world = platform.world = world
    office.budgets, office.platform = budgets, platform
    office.desk = BuyingDesk(
        office.brands, budgets, office.insights, platform, office.queue, holds=office.brands
    )
    office.run_day()

    world.calls.clear()
    if held_at is not None:
        world.meanwhile[held_at] = office.hold
    world.faults, world.check = faults, lambda: check(office, platform)
    waiting: list[Order] = []
    happenings = dict(STORIES[story])
    for delivery in range(80):
        for at in [at for at in happenings if at <= delivery]:
            if happens(happenings[at], office):
                del happenings[at]
            waiting += orders(office.queue.take())
        if not waiting and not happenings:
            break
        if waiting:
            order, *waiting = waiting
            try:
                office.desk.apply(order, office.now)
            except (_Died, ParutionError):
                waiting.append(order)
        waiting += orders(office.queue.take())
        office.now += timedelta(seconds=25)
        platform.now = office.now
        platform.arrive(office.now)
        check(office, platform)
    assert not waiting, "an order was never done"
    platform.arrive(office.now + LEASE)
    return world, office


def happens(happening: Happening, office: Office) -> bool:
    """Say whether it went through to its end; what runs on a schedule runs again when it died."""
    try:
        happening(office)
    except (_Died, ParutionError):
        return False
    return True


# ---------------------------------------------------------------------- stories
def turn_round(office: Office) -> None:
    office.replan(split(8_000, 2_000))
    office.allocate()


def turn_back(office: Office) -> None:
    office.replan(split(1_000, 9_000))
    office.allocate()


def hold(office: Office) -> None:
    office.hold()


def release(office: Office) -> None:
    office.release()
    office.allocate()


def lower_the_cap(office: Office) -> None:
    """Read spend of half of what is reserved, while the plan allows less than that day may cost."""
    for line in ("fb-video", "ig-reel"):
        spend = office.day(line).reserved // 2
        if spend > office.day(line).spent == 0:
            office.report(line, TODAY, spend)
            office.platform.spent[f"ad:boulangerie-martin/noel/{line}", TODAY] = spend
    office.replan({**split(8_000, 2_000), "budget": 8_000})
    office.book()


def guard(office: Office) -> None:
    """Ask for a step, for nothing or much, and for a share that each line gets."""
    lines = [a_line("fb-video", step=700), a_line("ig-reel", minimum_daily=6_000)]
    office.replan({**split(0, 0), "formats": lines, "guardrails": {"test_share": 0.2, "max_daily": 6_500}})
    office.allocate()


STORIES: dict[str, dict[int, Happening]] = {
    "turned back": {0: turn_round, 2: turn_back},
    "held": {0: turn_round, 1: hold},
    "held and released": {0: turn_round, 1: hold, 4: release},
    "lowered": {0: turn_round, 3: lower_the_cap},
    "guarded": {0: turn_round, 1: guard},
}


def split(video: int, reel: int) -> dict[str, Any]:
    lines = [a_line("fb-video", max=video), a_line("ig-reel", max=reel)]
    return a_campaign(flight=["2026-12-03", "2026-12-03"], formats=lines)


def check(office: Office, platform: _Platform) -> None:
    account, entries = office.account, office.ledger()
    exposure = 0
    for entry in entries:
        exposure += entry.amount if entry.kind != "committed" else 0
        assert exposure <= account.cap, "I5: exposure passed the cap"
    effect = ledger.effect(entries)
    assert (effect.spent, effect.reserved) == (account.spent, account.reserved), "I6: sums are not balances"
    for line in ("fb-video", "ig-reel"):
        day, name = office.day(line), f"ad:boulangerie-martin/noel/{line}"
        mine = [entry for entry in entries if entry.line == line]
        assert ledger.effect(mine).reserved == day.reserved
        assert sum(entry.amount for entry in mine if entry.kind == "committed") == day.known
        possible = [platform.amounts.get((name, TODAY), 0)]
        possible += [amount for _, on_its_way, amount in platform.under_way if on_its_way == name]
        assert ledger.worst(max(possible), OVERDELIVERY) <= day.reserved + day.spent, (
            "more may be spent than is reserved"
        )
        assert platform.spent.get((name, TODAY), 0) <= day.reserved + day.spent, "spend is not covered"


def forward(orders: list[Order]) -> list[Order]:
    return orders


def twice_and_backward(orders: list[Order]) -> list[Order]:
    return [*reversed(orders), *orders]


def single_faults(orders: Shuffle, story: str = "turned back") -> Iterator[tuple[int, int]]:
    world, _ = play({}, orders, story)
    yield 0, DIES_BEFORE
    for number, name in enumerate(world.calls):
        yield from ((number, kind) for kind in KINDS[name])


@pytest.mark.parametrize("orders", [forward, twice_and_backward])
@pytest.mark.parametrize("story", STORIES)
def test_without_faults_the_split_is_reached(orders: Shuffle, story: str) -> None:
    _, office = play({}, orders, story)

    assert_reached(office)


@pytest.mark.parametrize("orders", [forward, twice_and_backward])
@pytest.mark.parametrize("story", STORIES)
def test_one_fault_at_any_call_never_lifts_exposure_and_ends_at_the_split(
    orders: Shuffle, story: str
) -> None:
    for number, kind in single_faults(orders, story):
        _, office = play({number: kind}, orders, story)
        assert_reached(office)


def some[Pair](pairs: Sequence[Pair], every: int) -> Sequence[Pair]:
    """Give all pairs to who searches, which takes minutes, and else one of so many, a prime number.

    Every single fault is always played.
    """
    return pairs if SEARCHES else pairs[::every]


@pytest.mark.parametrize("quarter", range(4))  # so that workers share them
def test_two_faults_at_any_two_calls_never_lift_exposure_and_end_at_the_split(quarter: int) -> None:
    pairs = list(combinations(single_faults(forward), 2))
    for (first, kind), (second, other) in some(pairs[quarter::4], 7):
        if first != second:
            _, office = play({first: kind, second: other}, forward)
            assert_reached(office)


@pytest.mark.parametrize("story", ["held", "held and released", "lowered"])
def test_two_faults_in_what_stops_money_leave_nothing_standing(story: str) -> None:
    pairs = list(combinations(single_faults(forward, story), 2))
    for (first, kind), (second, other) in some(pairs, 29):
        if first != second:
            _, office = play({first: kind, second: other}, forward, story)
            assert_reached(office)


@pytest.mark.parametrize("orders", [forward, twice_and_backward])
def test_a_hold_before_any_call_leaves_nothing_standing(orders: Shuffle) -> None:
    world, _ = play({}, orders)
    for number in range(len(world.calls)):
        _, office = play({}, orders, held_at=number)
        assert_reached(office)
        assert office.account.reserved == 0


def test_a_hold_and_a_fault_at_any_two_calls_leave_nothing_standing() -> None:
    world, _ = play({}, forward)
    pairs = [(call, fault) for call in range(len(world.calls)) for fault in single_faults(forward)]
    for held_at, (number, kind) in some(pairs, 11):
        _, office = play({number: kind}, forward, held_at=held_at)
        if office.brands.standing().holds:  # a fault may end the story before that call
            assert_reached(office)
            assert office.account.reserved == 0


def test_under_a_hold_nothing_stands() -> None:
    _, office = play({}, forward, "held")

    assert (office.amount_on_platform("fb-video"), office.amount_on_platform("ig-reel")) == (0, 0)
    assert office.account.reserved == 0


def test_after_a_cap_is_lowered_the_day_fits_it() -> None:
    _, office = play({}, forward, "lowered")

    assert office.account.spent > 0
    assert office.account.spent + office.account.reserved <= 8_000


def test_a_guarded_day_keeps_its_rules() -> None:
    _, office = play({}, forward, "guarded")

    assert office.amount_on_platform("fb-video") % 700 == 0
    assert office.amount_on_platform("ig-reel") in {0, *range(6_000, 6_501)}
    assert 0 < sum(office.allocation().amounts.values()) <= 6_500


def assert_reached(office: Office) -> None:
    held = bool(office.brands.standing().holds)
    total = 0
    for line, amount in office.allocation().amounts.items():
        day, wanted = office.day(line), 0 if held else amount
        assert office.amount_on_platform(line) == wanted
        assert (day.known, day.in_doubt) == (wanted, False)
        assert day.reserved == max(0, ledger.worst(wanted, OVERDELIVERY) - day.spent)
        total += day.reserved
    assert office.account.reserved == total
