"""The budgets table in memory: the rehearsal's and the tests' own, under the same contract."""

from collections.abc import Iterator, Sequence
from datetime import date
from threading import Lock

from parution.buying.campaigns import Account, Allocation, Entry, LineDay, SharedOut
from parution.buying.ledger import effect
from parution.errors import CapReached, NotAsRead


class MemoryBudgets:
    """Accounts, line days, entries and allocations, all changed under one lock."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._accounts: dict[tuple[str, str], Account] = {}
        self._line_days: dict[tuple[str, str, str, date], LineDay] = {}
        self._entries: dict[tuple[str, str], dict[str, Entry]] = {}
        self._allocations: dict[tuple[str, str, date], list[Allocation]] = {}
        self._pools: dict[str, SharedOut] = {}

    def open_account(self, account: Account) -> Account:
        with self._lock:
            return self._accounts.setdefault((account.brand, account.campaign), account)

    def account(self, brand: str, campaign: str) -> Account | None:
        return self._accounts.get((brand, campaign))

    def change_cap(self, account: Account, cap: int) -> Account:
        with self._lock:
            standing = self._accounts.get((account.brand, account.campaign))
            if standing and standing.cap == cap:
                return standing
            if standing is None or (standing.cap, standing.allowance) != (account.cap, account.allowance):
                raise NotAsRead(account.campaign)
            changed = standing.model_copy(update={"cap": cap})
            if changed.available < 0:
                raise CapReached(f"{-changed.available} more than a cap of {cap} is spent or reserved")
            self._accounts[account.brand, account.campaign] = changed
            return changed

    def pool(self, pool: str) -> SharedOut | None:
        return self._pools.get(pool)

    def share_out(self, row: SharedOut, before: Sequence[Account], after: Sequence[Account]) -> None:
        with self._lock:
            standing = self._pools.get(row.pool)
            if row.version != (standing.version if standing else 0) + 1:
                raise NotAsRead(f"version {row.version} of {row.pool}")
            changed = [self._with_allowance(*both) for both in zip(before, after, strict=True)]
            self._accounts |= {(one.brand, one.campaign): one for one in changed}
            self._pools[row.pool] = row

    def _with_allowance(self, before: Account, after: Account) -> Account:
        standing = self._accounts.get((before.brand, before.campaign))
        read = (before.cap, before.payer, before.allowance)
        if standing is None or (standing.cap, standing.payer, standing.allowance) != read:
            raise NotAsRead(before.campaign)
        changed = standing.model_copy(update={"payer": after.payer, "allowance": after.allowance})
        if changed.available < min(0, standing.available):
            raise NotAsRead(f"{before.campaign} has come to cost more than {changed.limit}")
        return changed

    def line_day(self, brand: str, campaign: str, line: str, day: date) -> LineDay:
        empty = LineDay(brand=brand, campaign=campaign, line=line, day=day)
        return self._line_days.get((brand, campaign, line, day), empty)

    def line_days(self, brand: str, campaign: str) -> Iterator[LineDay]:
        with self._lock:
            kept = sorted(key for key in self._line_days if key[:2] == (brand, campaign))
            return iter([self._line_days[key] for key in kept])

    def record(self, before: LineDay, after: LineDay, entries: list[Entry]) -> None:
        key = (after.brand, after.campaign)
        with self._lock:
            ledger, standing = self._entries.setdefault(key, {}), self.line_day(*_key(after))
            if any(entry.id in ledger for entry in entries) or standing == after:
                return
            account = self._accounts.get(key)
            if standing != before or account is None:
                raise NotAsRead(f"{after.line} on {after.day}")
            moved = effect(entries)
            if moved.needs_room and moved.exposure > account.available:
                raise CapReached(f"{moved.exposure} to reserve, {account.available} available")
            self._line_days[_key(after)] = after
            ledger |= {entry.id: entry for entry in entries}
            balances = {"spent": account.spent + moved.spent, "reserved": account.reserved + moved.reserved}
            self._accounts[key] = account.model_copy(update=balances)

    def entries(self, brand: str, campaign: str) -> Iterator[Entry]:
        with self._lock:
            return iter([*self._entries.get((brand, campaign), {}).values()])

    def keep_allocation(self, allocation: Allocation) -> None:
        key = (allocation.brand, allocation.campaign, allocation.day)
        with self._lock:
            versions = self._allocations.setdefault(key, [])
            if allocation in versions:
                return
            if any(kept.version == allocation.version for kept in versions):
                raise NotAsRead(f"version {allocation.version} of {allocation.day}")
            versions.append(allocation)
            versions.sort(key=lambda kept: kept.version)

    def allocation(self, brand: str, campaign: str, day: date) -> Allocation | None:
        versions = self._allocations.get((brand, campaign, day))
        return versions[-1] if versions else None

    def allocations(self, brand: str, campaign: str) -> Iterator[Allocation]:
        with self._lock:
            days = sorted(key for key in self._allocations if key[:2] == (brand, campaign))
            return iter([self._allocations[key][-1] for key in days if self._allocations[key]])


def _key(day: LineDay) -> tuple[str, str, str, date]:
    return day.brand, day.campaign, day.line, day.day
