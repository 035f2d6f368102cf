"""What measuring keeps, and what reports and learning read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from parution.measuring.insights import LineInsight, PostInsight


class Insights(Protocol):
    """The insights table: appended to, never overwritten.

    The newest figures of each subject carry the instant of the last read that found them: reading the
    same again appends nothing and moves that instant forward, never back. A read that arrives after a
    later one is kept, and the later one stays the newest.
    """

    def append_post(self, insight: PostInsight) -> bool:
        """Keep the figures; False when they equal the newest ones kept, which then stand."""

    def append_line(self, insight: LineInsight) -> bool:
        """Keep the figures of a line's day; False when they equal the newest ones kept."""

    def newest_posts(self, brand: str) -> Iterator[PostInsight]:
        """Give the newest figures of each delivery of a brand, by post, then channel."""

    def newest_lines(self, brand: str, campaign: str) -> Iterator[LineInsight]:
        """Give the newest figures of each line and day of a campaign, by line, then day."""

    def read_of_post(self, brand: str, post: str, channel: str) -> Iterator[PostInsight]:
        """Give every figure kept about a delivery, by the instant it was read."""

    def read_of_line(self, brand: str, campaign: str, line: str) -> Iterator[LineInsight]:
        """Give every figure kept about a line, by day, then by the instant it was read."""


class Booked(Protocol):
    """What became of one line or campaign when its figures were booked; ``metric`` is a past fact."""

    @property
    def subject(self) -> str: ...

    @property
    def metric(self) -> str: ...

    @property
    def reason(self) -> str: ...


class Books(Protocol):
    """The buying desk's bookkeeping: it turns newly read spend into rows of the ledger."""

    def book(self, brand: str, now: datetime) -> Sequence[Booked]:
        """Book what the newest insights say was spent; booking twice changes nothing."""
