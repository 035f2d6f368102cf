"""Campaigns as the buying desk sees them: a budget, a flight, lines, and what was decided per day."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from parution.measuring.learned import Interval
from parution.money import Currency, Minor
from parution.records import Id, Instant, Record

Kind = Literal["reserved", "released", "committed", "spent"]


class Account(Record):
    """The balances of one campaign: all in minor units of its currency.

    ``available = limit - spent - reserved`` at every moment; a reservation that would make it negative is
    refused, so exposure never passes the limit: the plan's cap, or less where a pool allows less.
    """

    brand: Id
    campaign: Id
    currency: Currency
    cap: Minor
    payer: Id | None = None  # the pool that pays for it
    allowance: Minor | None = None  # all that the pool pays for it, from first to last
    spent: int = 0
    reserved: int = 0

    @property
    def limit(self) -> int:
        return self.cap if self.allowance is None else min(self.cap, self.allowance)

    @property
    def exposure(self) -> int:
        return self.spent + self.reserved

    @property
    def available(self) -> int:
        return self.limit - self.exposure


class SharedOut(Record):
    """How a pool's money is shared out: the allowance of each brand/campaign, in minor units.

    ``left`` is what campaigns had cost when they left the pool: it is not shared out again.
    """

    pool: Id
    version: int = Field(ge=1)
    currency: Currency
    total: Minor
    allowances: dict[str, Minor]
    left: dict[str, Minor] = {}
    by: str
    at: Instant


class LineDay(Record):
    """One line on one day: what it may still spend at worst, and what the platform was told.

    ``attempted`` is the amount last asked for, ``known`` the one read back; from ``asked_at`` until it is
    read back nobody knows which of them stands, and the reservation covers the larger. ``told`` is the
    most that was ever asked for on this day. ``reserved`` already contains the platform's overdelivery,
    and no longer what the platform has reported as spent.
    """

    brand: Id
    campaign: Id
    line: Id
    day: date
    known: Minor = 0
    attempted: Minor = 0
    told: Minor = 0
    asked_at: Instant | None = None
    overdelivery: float = 1.0  # at worst the platform spends this many times the amount, on the day
    reserved: Minor = 0
    spent: Minor = 0
    closed: bool = False  # the day is over and its figures have settled: nothing more is reserved
    fence: int = 0  # raised by every change of the row

    @property
    def in_doubt(self) -> bool:
        """Say whether a change was asked for and not read back yet."""
        return self.asked_at is not None


class Entry(Record):
    """One row of the ledger: append-only; the sums of its amounts are the balances.

    ``reserved`` and ``released`` add up to what is reserved, ``spent`` to what is spent, ``committed`` to
    the amounts that were read back from the platforms.
    """

    brand: Id
    campaign: Id
    line: Id
    day: date
    id: str  # deterministic, so that a replay finds it there
    kind: Kind
    amount: int  # minor units, signed: what it adds to its balance; released is negative
    cause: str
    actor: str
    at: Instant


class Because(Record):
    """A reason as a code with its values, which reports phrase in the reader's language.

    Money among the values is in minor units of the campaign's currency.
    """

    code: str
    values: dict[str, str | int | float] = {}


class Guard(Record):
    """A rule's limit on a line, or on the whole day where ``line`` is None, and what it costs.

    ``price`` is what moving the limit by one minor unit would bring, in results of the day; None where it
    costs nothing. One that ``yielded`` gave way to a stronger rule, or to what the day has.
    """

    line: str | None = None
    constraint: Literal["floor", "cap", "minimum_if_funded", "step", "budget"]
    rule: str
    limit: int
    pointer: str = ""  # to the plan's field; empty for a rule of the platform or of the ledger
    reason: str = ""
    because: Because | None = None  # what ``reason`` says in English
    price: float | None = None
    yielded: bool = False


class Foreseen(Record):
    """What a line's day was expected to bring when its amount was decided, by what was known of it then.

    ``gain`` is what ``after`` brings more than ``before``, the amount of the last day on which money stood.
    """

    before: Minor
    after: Minor
    results: Interval
    gain: Interval


class Approved(Record):
    """A person's yes to one exact proposal, by its hash, and the amounts that it said yes to."""

    proposal: str
    by: str
    at: Instant
    amounts: dict[str, int]


class Allocation(Record):
    """The amounts per line for one day, with the proof that they are the best ones.

    Where ``forgone`` is set, the amounts are those that stood already: the best ones, which the answer
    holds, would bring so little more. ``proposed`` is what would be set with a person's yes; one that was
    said holds for the whole day, whatever is allocated after it.
    """

    brand: Id
    campaign: Id
    day: date
    version: int = Field(ge=1)
    currency: Currency
    budget: Minor  # today's amount, from pacing
    amounts: dict[str, int]
    problem: dict[str, Any]  # the problem document as solved
    answer: dict[str, Any]  # the answer document, certificate included
    at: Instant
    guards: tuple[Guard, ...] = ()
    forgone: float | None = None  # results of the day that a change would have brought
    proposed: dict[str, int] | None = None
    proposed_problem: dict[str, Any] | None = None  # without the rule that asks for the yes
    proposed_answer: dict[str, Any] | None = None
    approved: Approved | None = None
    costs: dict[str, float] = {}  # what each rule keeps away: results of the day, the rule left out whole
    overdelivery: dict[str, float] = {}  # of lines that were seen to pass what their platform says
    lowered_because: str = ""
    lowered: tuple[Because, ...] = ()  # what ``lowered_because`` says in English
    learned: tuple[dict[str, Any], ...] = ()  # of each line's curve, as `measuring` keeps it
    foreseen: dict[str, Foreseen] = {}
    proposed_foreseen: dict[str, Foreseen] = {}

    @property
    def cause(self) -> str:
        """Say why these amounts are set, for the ledger."""
        if self.lowered_because:
            return self.lowered_because
        if self.approved and self.approved.amounts == self.amounts:
            return f"approved by {self.approved.by}"
        return "allocated"
