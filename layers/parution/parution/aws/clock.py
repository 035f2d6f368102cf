"""The machine's clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait_until(self, instant: datetime) -> None:
        # Looked at again after each sleep: sleeping counts on another clock, which may run ahead of this one.
        while (left := (instant - self.now()).total_seconds()) > 0:
            time.sleep(left)
