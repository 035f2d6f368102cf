"""The exposure rule under every fault: the real desk, a crash, an error or a late effect at every call.

A campaign of one day is fully reserved; its split is turned round, so that one line must be lowered before
the other may be raised, and is turned back after a few deliveries, while earlier orders may still be on
their way. Orders are delivered again until all are done, in both orders and twice each. After every call the ledger is checked against its balances and the cap, and the reservation against the worst
that the platform could do with what it was told, or may still do with a call that is under way.
"""

from collections.abc import Callable, Iterator
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
type Shuffle = Callable[[list[Order]], list[Order]]


class _Died(BaseException):
    """The worker is gone; its message will be delivered again."""


class _World:
    """Counts the calls, strikes where a fault is planned, and checks everything after each call."""

    def __init__(self, faults: Faults, check: Callable[[], None]) -> None:
        self.faults, self.check = faults, check
        self.calls: list[str] = []

    def call[Result](self, name: str, act: Callable[[], Result]) -> Result:
        number = len(self.calls)
        self.calls.append(name)
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


def play(faults: Faults, orders: Shuffle, turned_back_after: int = 2) -> tuple[_World, Office]:
    """Turn the split round and back under these faults, and deliver orders until none is left."""
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
    world.faults, world.check = faults, lambda: check(office, platform)
    waiting: list[Order] = []
    for delivery in range(60):
        if delivery in {0, turned_back_after}:
            office.replan(split(8_000, 2_000) if delivery == 0 else split(1_000, 9_000))
            office.allocate()
            waiting += orders(office.queue.take())
        elif not waiting:
            break
        order, *waiting = waiting
        try:
            office.desk.apply(order, office.now)
        except (_Died, ParutionError):
            waiting.append(order)
        office.now += timedelta(seconds=25)
        platform.now = office.now
        platform.arrive(office.now)
        check(office, platform)
    assert not waiting, "an order was never done"
    platform.arrive(office.now + LEASE)
    return world, office


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


def forward(orders: list[Order]) -> list[Order]:
    return orders


def twice_and_backward(orders: list[Order]) -> list[Order]:
    return [*reversed(orders), *orders]


def single_faults(orders: Shuffle) -> Iterator[tuple[int, int]]:
    world, _ = play({}, orders)
    yield 0, DIES_BEFORE
    for number, name in enumerate(world.calls):
        yield from ((number, kind) for kind in KINDS[name])


@pytest.mark.parametrize("orders", [forward, twice_and_backward])
def test_without_faults_the_split_is_reached(orders: Shuffle) -> None:
    _, office = play({}, orders)

    assert_reached(office)


@pytest.mark.parametrize("orders", [forward, twice_and_backward])
def test_one_fault_at_any_call_never_lifts_exposure_and_ends_at_the_split(orders: Shuffle) -> None:
    for number, kind in single_faults(orders):
        _, office = play({number: kind}, orders)
        assert_reached(office)


@pytest.mark.parametrize("quarter", range(4))  # so that workers share them
def test_two_faults_at_any_two_calls_never_lift_exposure_and_end_at_the_split(quarter: int) -> None:
    pairs = list(combinations(single_faults(forward), 2))
    for (first, kind), (second, other) in pairs[quarter::4]:
        if first != second:
            _, office = play({first: kind, second: other}, forward)
            assert_reached(office)


def assert_reached(office: Office) -> None:
    wanted = office.allocation().amounts
    total = 0
    for line, amount in wanted.items():
        day = office.day(line)
        assert office.amount_on_platform(line) == amount
        assert (day.known, day.in_doubt) == (amount, False)
        assert day.reserved == ledger.worst(amount, OVERDELIVERY)
        total += day.reserved
    assert office.account.reserved == total
