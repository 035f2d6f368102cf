"""The exposure rule under every fault: the real desk, a crash, an error or a late effect at every call.

A campaign of one day is fully reserved; its split is changed, so that one line must be lowered before the
other may be raised. Orders are delivered again until all are done, in both orders and twice each. After
every call the ledger is checked against its balances and the cap, and the reservation against the worst
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
from tests.buying.doubles import TODAY, FakePlatform, Office, a_campaign, a_line

OVERDELIVERY = 1.5
DIES_BEFORE, DIES_AFTER, LOST_BEFORE, LOST_AFTER, LATE, BUSY, LIES = range(7)
EVERYWHERE = (DIES_BEFORE, DIES_AFTER)
ON_THE_PLATFORM = (LOST_BEFORE, LOST_AFTER, LATE, BUSY, LIES)

type Faults = dict[int, int]


class _Died(BaseException):
    """The worker is gone; its message will be delivered again."""


class _World:
    """Counts the calls, strikes where a fault is planned, and checks everything after each call."""

    def __init__(self, faults: Faults, check: Callable[[], None]) -> None:
        self.faults, self.check, self.calls = faults, check, 0
        self.on_platform: list[int] = []

    def call[Result](self, act: Callable[[], Result], *, platform: bool) -> Result:
        number, self.calls = self.calls, self.calls + 1
        if platform:
            self.on_platform.append(number)
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
        self.world.call(lambda: super(_Budgets, self).record(before, after, entries), platform=False)


class _Platform(FakePlatform):
    world: _World
    now: datetime

    def __init__(self, overdelivery: float) -> None:
        super().__init__(overdelivery)
        self.under_way: list[tuple[datetime, str, int]] = []

    def open(self, platform: str, account: str) -> "_Platform":
        return self

    def arrive(self, now: datetime) -> None:
        """Let the calls take effect that were on their way until now."""
        for at, ad_object, amount in [one for one in self.under_way if one[0] <= now]:
            self.amounts[ad_object, TODAY] = amount
            self.under_way.remove((at, ad_object, amount))

    def ensure(self, name: str, network: str, format: str, currency: str) -> str:  # noqa: A002 (the trade's word)
        return self.world.call(lambda: f"ad:{name}", platform=True)

    def set_amount(self, ad_object: str, day: date, amount: int) -> None:
        fault = self.world.faults.get(self.world.calls)

        def act() -> None:
            if fault == LATE:
                arrives = self.now + LEASE - timedelta(seconds=1)
                self.under_way.append((arrives, ad_object, amount))
                raise PlatformUnknown("no answer")
            if fault != LIES:
                self.amounts[ad_object, day] = amount

        self.world.call(act, platform=True)

    def read_amount(self, ad_object: str, day: date) -> int:
        return self.world.call(lambda: self.amounts.get((ad_object, day), 0), platform=True)


def play(faults: Faults, orders: Callable[[list[Order]], list[Order]]) -> tuple[_World, Office]:
    """Change the split under these faults, and deliver orders until none is left."""
    flight = ["2026-12-03", "2026-12-03"]
    lines = [a_line("fb-video"), a_line("ig-reel")]
    campaign = a_campaign(flight=flight, formats=lines)
    office = Office(campaign, overdelivery=OVERDELIVERY)
    budgets, platform = _Budgets(), _Platform(OVERDELIVERY)
    world = _World({}, lambda: None)
    budgets.world = platform.world = world
    platform.now = office.now
    office.budgets, office.platform = budgets, platform
    office.desk = BuyingDesk(office.brands, budgets, office.insights, platform, office.queue)
    office.run_day()
    office.replan({**campaign, "formats": [a_line("fb-video"), a_line("ig-reel", max=2_000)]})
    office.allocate()

    world.calls, world.on_platform = 0, []
    world.faults, world.check = faults, lambda: check(office, platform)
    waiting = orders(office.queue.take())
    for _ in range(40):
        if not waiting:
            break
        order, *waiting = waiting
        try:
            office.desk.apply(order, office.now)
        except (_Died, ParutionError):
            waiting.append(order)
            office.now += timedelta(seconds=50)
            platform.now = office.now
            platform.arrive(office.now)
            check(office, platform)
    assert not waiting, "an order was never done"
    platform.arrive(office.now + LEASE)
    return world, office


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


def single_faults(orders: Callable[[list[Order]], list[Order]]) -> Iterator[tuple[int, int]]:
    world, _ = play({}, orders)
    for number in range(world.calls):
        kinds = EVERYWHERE + (ON_THE_PLATFORM if number in world.on_platform else ())
        yield from ((number, kind) for kind in kinds)


@pytest.mark.parametrize("orders", [forward, twice_and_backward])
def test_without_faults_the_split_is_reached(orders: Any) -> None:
    _, office = play({}, orders)

    assert_reached(office)


@pytest.mark.parametrize("orders", [forward, twice_and_backward])
def test_one_fault_at_any_call_never_lifts_exposure_and_ends_at_the_split(orders: Any) -> None:
    for number, kind in single_faults(orders):
        _, office = play({number: kind}, orders)
        assert_reached(office)


def test_two_faults_at_any_two_calls_never_lift_exposure_and_end_at_the_split() -> None:
    places = list(single_faults(forward))
    for (first, kind), (second, other) in combinations(places, 2):
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
