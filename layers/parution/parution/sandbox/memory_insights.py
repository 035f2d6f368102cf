"""The insights table in memory, for tests and rehearsals."""

from collections.abc import Iterator
from datetime import datetime
from threading import RLock

from parution.measuring.insights import LineInsight, PostInsight, confirms

type _Key = tuple[str, ...]


class MemoryInsights:
    """Insights: each subject's reads by instant, and the newest of them."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._posts = _Shelf[PostInsight]()
        self._lines = _Shelf[LineInsight]()

    def append_post(self, insight: PostInsight) -> bool:
        with self._lock:
            return self._posts.append((insight.brand, insight.post, insight.channel), insight)

    def append_line(self, insight: LineInsight) -> bool:
        subject = (insight.brand, insight.campaign, insight.line, insight.day.isoformat())
        with self._lock:
            return self._lines.append(subject, insight)

    def newest_posts(self, brand: str) -> Iterator[PostInsight]:
        yield from self._posts.newest((brand,))

    def newest_lines(self, brand: str, campaign: str) -> Iterator[LineInsight]:
        yield from self._lines.newest((brand, campaign))

    def read_of_post(self, brand: str, post: str, channel: str) -> Iterator[PostInsight]:
        yield from self._posts.all((brand, post, channel))

    def read_of_line(self, brand: str, campaign: str, line: str) -> Iterator[LineInsight]:
        yield from self._lines.all((brand, campaign, line))


class _Shelf[Insight: (PostInsight, LineInsight)]:
    def __init__(self) -> None:
        self._kept: dict[_Key, dict[datetime, Insight]] = {}
        self._newest: dict[_Key, Insight] = {}

    def append(self, subject: _Key, insight: Insight) -> bool:
        newest = self._newest.get(subject)
        later = newest is None or insight.read_at > newest.read_at
        if later:
            self._newest[subject] = insight
        if newest is not None and confirms(insight, newest):
            return False
        reads = self._kept.setdefault(subject, {})
        return reads.setdefault(insight.read_at, insight) is insight

    def newest(self, prefix: _Key) -> list[Insight]:
        return [self._newest[key] for key in sorted(self._newest) if key[: len(prefix)] == prefix]

    def all(self, prefix: _Key) -> list[Insight]:
        found = (key for key in sorted(self._kept) if key[: len(prefix)] == prefix)
        return [self._kept[key][at] for key in found for at in sorted(self._kept[key])]
