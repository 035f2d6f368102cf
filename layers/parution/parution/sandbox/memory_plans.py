"""Plan files, media, results, secrets and schedules in memory, for tests and rehearsals."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from parution.errors import MediaChanged, NoSuchSecret, NotAsRead
from parution.plan.ports import PlanFile, StoredFile
from parution.publishing.content import MediaRef

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryPlanBucket:
    """PlanFiles and Media."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, datetime]] = {}
        self.results: dict[str, Mapping[str, Any]] = {}

    def upload(self, key: str, body: bytes, at: datetime = _EPOCH) -> None:
        self._files[key] = (body, at)

    def replace(self, key: str, body: bytes, over: str | None) -> None:
        stored = self.stored(key)
        if (stored and stored.etag) not in {over, etag_of(body)}:
            raise NotAsRead(key)
        self.upload(key, body)

    def remove(self, key: str) -> None:
        self._files.pop(key, None)

    def plan_file(self, key: str, limit: int) -> PlanFile | None:
        if key not in self._files:
            return None
        body, at = self._files[key]
        return PlanFile(body=body[:limit], size=len(body), etag=etag_of(body), uploaded_at=at)

    def stored(self, key: str) -> StoredFile | None:
        if key not in self._files:
            return None
        body = self._files[key][0]
        return StoredFile(etag=etag_of(body), size=len(body))

    def write_result(self, key: str, document: Mapping[str, Any]) -> None:
        self.results[key] = document

    def read(self, ref: MediaRef) -> bytes:
        if ref.key not in self._files or etag_of(self._files[ref.key][0]) != ref.etag:
            raise MediaChanged(ref.key)
        return self._files[ref.key][0]

    def size(self, ref: MediaRef) -> int:
        return len(self.read(ref))

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        return self.read(ref)[start : start + length]

    def address(self, ref: MediaRef) -> str:
        self.read(ref)
        return f"https://media.invalid/{ref.key}"


def etag_of(body: bytes) -> str:
    """Give what S3 would give for a file put in one piece."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


class MemorySecrets:
    def __init__(self, stored: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._stored = dict(stored or {})

    def known(self, names: frozenset[str]) -> frozenset[str]:
        return names & self._stored.keys()

    def value(self, name: str) -> Mapping[str, str]:
        if name not in self._stored:
            raise NoSuchSecret(name)
        return self._stored[name]

    def store(self, name: str, value: Mapping[str, str]) -> None:
        self._stored[name] = dict(value)


class MemorySchedules:
    def __init__(self) -> None:
        self._standing: dict[tuple[str, str], tuple[str, str]] = {}

    def of_brand(self, brand: str) -> dict[str, tuple[str, str]]:
        return {job: given for (whose, job), given in self._standing.items() if whose == brand}

    def put(self, brand: str, job: str, expression: str, zone: str) -> None:
        self._standing[brand, job] = (expression, zone)

    def remove(self, brand: str, job: str) -> None:
        self._standing.pop((brand, job), None)
