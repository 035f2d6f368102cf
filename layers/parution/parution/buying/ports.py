"""What the buying desk needs from the world."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from parution.buying.campaigns import Account, Allocation, Entry, LineDay, SharedOut
from parution.records import Record


class Spending(Record):
    """One day of one ad object as the platform reports it; money in minor units."""

    day: date
    spend: int
    results: float | None = None
    impressions: int | None = None
    clicks: int | None = None


class AdPlatform(Protocol):
    """One ad account. Every method may raise PlatformRefused, PlatformBusy or PlatformUnknown."""

    overdelivery: float  # at worst it spends this many times a day's amount, on that day

    def ensure(self, name: str, network: str, format: str, currency: str) -> str:  # noqa: A002 (the trade's word)
        """Give the id of the ad object of this name, made paused when there is none."""

    def find(self, name: str) -> str | None:
        """Give the id of the ad object of this name, or None; makes nothing."""

    def set_amount(self, ad_object: str, day: date, amount: int) -> None:
        """Set the absolute amount for one day, after which the object stops by itself; 0 pauses it."""

    def read_amount(self, ad_object: str, day: date) -> int:
        """Read back the amount that stands for this day."""

    def spending(self, ad_object: str, since: date) -> list[Spending]:
        """Read what was spent and gained, per day from ``since`` on."""


class AdPlatforms(Protocol):
    def open(self, platform: str, account: str) -> AdPlatform:
        """Give the ad account behind a `secret:` name. Raises NoSuchSecret."""


class Order(Record):
    """All that an apply message carries: the line, its day, and the allocation it was sent for."""

    brand: str
    campaign: str
    line: str
    day: date
    version: int


class ApplyQueue(Protocol):
    def send(self, orders: list[Order]) -> None:
        """Send each order; one may arrive twice."""


class Budgets(Protocol):
    """The budgets table: accounts, line days, ledger entries, allocations.

    Every change of money is one transaction: the account's balances, the line's day and the entries
    move together or not at all.
    """

    def open_account(self, account: Account) -> Account:
        """Store the account if there is none; otherwise give the one that stands."""

    def account(self, brand: str, campaign: str) -> Account | None:
        """Read the balances consistently."""

    def change_cap(self, account: Account, cap: int) -> Account:
        """Set another cap. Raises CapReached when exposure is above it, NotAsRead when it was moved."""

    def pool(self, pool: str) -> SharedOut | None:
        """Read how a pool is shared out consistently."""

    def share_out(self, row: SharedOut, before: Sequence[Account], after: Sequence[Account]) -> None:
        """Store a pool's next row, and give each account its allowance, all or nothing.

        ``before`` are the accounts as read, ``after`` the same ones with their pool and allowance. Raises
        NotAsRead when the row has this version already, an account's cap or allowance was moved, or
        exposure has come above a new limit.
        """

    def line_day(self, brand: str, campaign: str, line: str, day: date) -> LineDay:
        """Read a line's day consistently; one without a row is all zero."""

    def line_days(self, brand: str, campaign: str) -> Iterator[LineDay]:
        """Give every line's days of a campaign, by line, then day."""

    def record(self, before: LineDay, after: LineDay, entries: list[Entry]) -> None:
        """Store ``after``, append the entries and move the balances by their sums, all or nothing.

        Raises CapReached when available would become negative through a reservation, NotAsRead when the
        line's day is no longer ``before`` or there is no account. An entry whose id is there already, or
        a line's day that is ``after`` already, makes the call a replay: nothing is written or raised.
        """

    def entries(self, brand: str, campaign: str) -> Iterator[Entry]:
        """Give the ledger in the order it was written."""

    def keep_allocation(self, allocation: Allocation) -> None:
        """Store the day's allocation. Raises NotAsRead when another one of this version is there."""

    def allocation(self, brand: str, campaign: str, day: date) -> Allocation | None:
        """Read the newest allocation of a day."""

    def allocations(self, brand: str, campaign: str) -> Iterator[Allocation]:
        """Give the newest allocation of each day, by day."""
