"""What a month costs at list price: what AWS bills, and what networks ask for each post."""

from collections.abc import Iterable
from typing import NamedTuple, Self

from parution.plan.fees import fees_of


class Prices(NamedTuple):
    """AWS's list prices in USD, us-east-1, November 2026, without any free tier."""

    wru: float = 0.625e-6
    rru: float = 0.125e-6
    queue_request: float = 0.40e-6
    gb_second: float = 1.33334e-5  # arm64
    invocation: float = 0.20e-6
    logged_byte: float = 0.50e-9
    tick: float = 1.00e-6


_PRICES = Prices()


class Units(NamedTuple):
    """What AWS bills."""

    wru: float = 0.0
    rru: float = 0.0
    queue_requests: float = 0.0
    gb_seconds: float = 0.0
    invocations: float = 0.0
    logged: float = 0.0
    ticks: float = 0.0

    def less(self, other: "Units", times: float) -> Self:
        return type(self)(*(mine - times * its for mine, its in zip(self, other, strict=True)))

    def over(self, share: float) -> Self:
        return type(self)(*(mine / share for mine in self))

    @property
    def usd(self) -> dict[str, float]:
        """Give the list price of each."""
        return {name: units * price for name, units, price in zip(self._fields, self, _PRICES, strict=True)}


# ---------------------------------------------------------------------- of a rehearsed month
class Consumed(NamedTuple):
    """What a rehearsal counted."""

    runs: dict[str, int]  # of each function
    held_seconds: float  # for so long deliver_post's workers had tickets in hand, each alone
    writes: int
    edges: int
    figures: int  # read back
    deliveries: int


# A: seconds that a run takes and GB that it has, by the template; deliver_post's seconds are counted.
_RUN = {
    "import_plan": (3.0, 1.0),
    "collect_insights": (2.0, 0.5),
    "allocate_budget": (2.0, 1.0),
    "apply_budget": (2.0, 0.5),
    "write_report": (3.0, 1.0),
    "deliver_post": (0.0, 0.5),
}
_SCHEDULED = ("collect_insights", "allocate_budget", "write_report")
_LOGGED = 1_500  # bytes for each run
_READS = 3.0  # of one ticket: row, content, holds
_ORDER_WRITES = 12.0  # two transactions of three rows, which count twice

# A stack at rest with one lane, USD a month: ten alarms, the pollers of the queue, the minute tick.
AT_REST = 1.00 + 0.52 + 0.22
_MONTH = 30.4


def of_the_brand(counted: Consumed) -> Units:
    """Give what the month of one brand takes beside a stack at rest."""
    runs = counted.runs
    known = {name: _RUN[name] for name in runs}
    collected = runs.get("collect_insights", 0)
    orders, tickets = runs.get("apply_budget", 0), runs.get("deliver_post", 0)
    held = counted.held_seconds * _RUN["deliver_post"][1]
    return Units(
        wru=counted.writes + counted.edges + counted.figures + orders * _ORDER_WRITES,
        rru=tickets * _READS + collected * (1 + counted.deliveries * 0.5),
        queue_requests=3.0 * (orders + tickets),
        gb_seconds=held + sum(runs[name] * seconds * memory for name, (seconds, memory) in known.items()),
        invocations=float(sum(runs.values())),
        logged=float(_LOGGED * sum(runs.values())),
        ticks=float(sum(runs.get(name, 0) for name in _SCHEDULED)),
    )


def at_rest(days: int) -> float:
    """Give what a stack costs that publishes nothing, in USD; all of its brands share it."""
    return AT_REST * days / _MONTH


_PER_USD = 1_000_000


def fee_of(network: str, bodies: Iterable[str], described: int = 0) -> float:
    """Give what a network asks for publishing these texts, and for describing so many pictures, in USD."""
    fees = fees_of(network)
    if fees is None:
        return 0.0
    return (sum(map(fees.for_text, bodies)) + described * fees.alternative_text) / _PER_USD
