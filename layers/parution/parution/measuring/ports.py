"""What measuring keeps, and what reports and learning read."""

from collections.abc import Iterator
from typing import Protocol

from parution.measuring.insights import LineInsight, PostInsight


class Insights(Protocol):
    """The insights table: appended to, never overwritten."""

    def append_post(self, insight: PostInsight) -> bool:
        """Keep the figures; False when they equal the newest ones kept, which then stand."""

    def append_line(self, insight: LineInsight) -> bool:
        """Keep the figures of a line's day; False when they equal the newest ones kept."""

    def newest_posts(self, brand: str) -> Iterator[PostInsight]:
        """Give the newest figures of each delivery of a brand."""

    def newest_lines(self, brand: str, campaign: str) -> Iterator[LineInsight]:
        """Give the newest figures of each line and day of a campaign, by line, then day."""
