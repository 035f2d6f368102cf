"""The bucket of reports in memory, for tests and rehearsals."""

import json
from datetime import timedelta
from threading import RLock


class MemoryReports:
    """ReportFiles: bytes and content types by key."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.files: dict[str, tuple[bytes, str]] = {}

    def write(self, key: str, body: bytes, content_type: str) -> None:
        self.files[key] = (body, content_type)

    def read(self, key: str) -> bytes | None:
        return self.files[key][0] if key in self.files else None

    def point(self, key: str, run: str, body: bytes) -> bool:
        with self._lock:
            standing = self.read(key)
            if standing is not None and json.loads(standing)["run"] > run:
                return False
            self.write(key, body, "application/json")
            return True

    def claim(self, key: str, body: bytes) -> bool:
        with self._lock:
            if key in self.files:
                return False
            self.write(key, body, "application/json")
            return True

    def link(self, key: str, lifetime: timedelta) -> str:
        return f"https://reports.example/{key}?for={lifetime.total_seconds():.0f}"
