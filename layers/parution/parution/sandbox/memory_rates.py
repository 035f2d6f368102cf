"""The buckets of rates in memory, for tests and rehearsals."""

from threading import Lock

from parution.publishing.rates import Bucket, Holder, Place


class MemoryRates:
    """Buckets; every write is atomic, as an update of the table's is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._buckets: dict[Holder, Bucket] = {}

    def read(self, holder: Holder) -> Bucket | None:
        return self._buckets.get(holder)

    def draw(self, holder: Holder) -> Bucket | None:
        with self._lock:
            bucket = self._buckets.get(holder)
            if bucket:
                bucket = self._buckets[holder] = bucket.model_copy(update={"taken": bucket.taken + 1})
            return bucket

    def swap(self, holder: Holder, before: Bucket | None, after: Bucket) -> Bucket:
        with self._lock:
            standing = self._buckets.get(holder)
            if (standing and (standing.serial, standing.taken)) == (before and (before.serial, before.taken)):
                standing = after.model_copy(update={"serial": after.serial + 1})
                self._buckets[holder] = standing
            return standing or after

    def give_back(self, holder: Holder, place: Place) -> None:
        with self._lock:
            standing = self._buckets.get(holder)
            if standing and (standing.taken, standing.serial) == (place.number, place.serial):
                given = {"taken": standing.taken - 1, "serial": standing.serial + 1}
                self._buckets[holder] = standing.model_copy(update=given)
