"""A clock that stands until somebody moves it."""

from datetime import datetime, timedelta


class VirtualClock:
    """Publishing's Clock. Each event sets it to its own instant, also back: workers run side by side."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def wait_until(self, instant: datetime) -> None:
        self._at = max(self._at, instant)

    def pass_by(self, time: timedelta) -> None:
        self._at += time

    def set(self, at: datetime) -> None:
        self._at = at
