"""The accounts' rows in memory, for tests and rehearsals; nothing is encrypted where nothing is stored."""

from threading import RLock

from parution.errors import NotAsRead
from parution.publishing.tokens import Account


class MemoryTokens:
    """A Vault; every write is atomic, as the table's conditional writes are."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._accounts: dict[str, Account] = {}

    def read(self, name: str) -> Account | None:
        return self._accounts.get(name)

    def create(self, account: Account) -> None:
        with self._lock:
            if self._accounts.setdefault(account.name, account) != account:
                raise NotAsRead(account.name)

    def move(self, before: Account, after: Account) -> None:
        with self._lock:
            standing = self._accounts.get(before.name)
            if standing and standing.fence == before.fence:
                self._accounts[before.name] = after
            elif standing != after:
                raise NotAsRead(before.name)
