"""The history of deliveries in memory, for tests and rehearsals."""

from collections.abc import Iterable
from threading import RLock

from parution.publishing.history import Edge


class MemoryHistory:
    """History: the edges of each delivery by their fence."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._edges: dict[str, dict[int, Edge]] = {}

    def append(self, edges: Iterable[Edge]) -> None:
        with self._lock:
            for edge in edges:
                self._edges.setdefault(edge.delivery, {})[edge.fence] = edge

    def of(self, delivery: str) -> list[Edge]:
        kept = self._edges.get(delivery, {})
        return [kept[fence] for fence in sorted(kept)]
