"""Wall-clock times of a zone, and the instants they name."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
YEARS = range(2000, 2200)  # far from where arithmetic on instants overflows
_SECOND = timedelta(seconds=1)


class NoSuchTime(ValueError):
    """The clocks jump over this wall-clock time; the nearest times that exist stand on either side."""

    def __init__(self, before: datetime, after: datetime) -> None:
        super().__init__(f"between {written(before)} and {written(after)}")
        self.before, self.after = before, after


class NotDoubled(ValueError):
    """`fold` was given, and this wall-clock time comes only once."""


@cache
def zones() -> frozenset[str]:
    """Give the names of all IANA zones."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


@cache
def zone(name: str) -> ZoneInfo:
    """Load an IANA zone, by the same rules on every machine. Raises ValueError when there is none."""
    if name not in zones():
        raise ValueError(name)
    # The rules of the pinned tzdata package, not those the machine happens to have.
    *folders, last = name.split("/")
    with files(".".join(["tzdata.zoneinfo", *folders])).joinpath(last).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


def wall_clock(text: str) -> datetime:
    """Read `2026-12-03T08:00` or `2026-12-03T08:00:30`, in this century or the next. Raises ValueError."""
    wall = datetime.fromisoformat(text) if _WRITTEN.fullmatch(text) else None
    if wall is None or wall.year not in YEARS:
        raise ValueError(text)
    return wall


def written(wall: datetime) -> str:
    """Write a wall-clock time as a plan does: seconds only where there are any."""
    return wall.replace(tzinfo=None).isoformat(timespec="seconds" if wall.second else "minutes")


def instant(wall: datetime, place: ZoneInfo, fold: int | None = None) -> datetime:
    """Give the UTC instant of a wall-clock time; of two equal times the first, unless ``fold`` is 1.

    Raises NoSuchTime where the clocks jump over it, NotDoubled where ``fold`` is given without need.
    """
    first, second = _both(wall, place)
    if first > second:
        raise _jump(wall, place)
    if fold is not None and first == second:
        raise NotDoubled(written(wall))
    return second if fold == 1 else first


def existing(wall: datetime, place: ZoneInfo) -> datetime:
    """Give the wall-clock time itself, or the first one after the jump where the clocks jump over it."""
    try:
        instant(wall, place)
    except NoSuchTime as jump:
        return jump.after.replace(tzinfo=None)
    return wall


def is_doubled(wall: datetime, place: ZoneInfo) -> bool:
    first, second = _both(wall, place)
    return first < second


def _both(wall: datetime, place: ZoneInfo) -> tuple[datetime, datetime]:
    """Read the time by the rules before and after the nearest change: in a gap they cross (PEP 495)."""
    aware = wall.replace(tzinfo=place)
    return aware.astimezone(UTC), aware.replace(fold=1).astimezone(UTC)


def _jump(wall: datetime, place: ZoneInfo) -> NoSuchTime:
    """Name the last time before the jump (on the minute) and the first one after it."""
    inside = wall.replace(tzinfo=place)
    ahead, behind = (inside.replace(fold=side).utcoffset() or timedelta(0) for side in (0, 1))
    early = (wall - behind).replace(tzinfo=UTC)
    late = (wall - ahead).replace(tzinfo=UTC)
    after = _first(early, late, lambda moment: moment.astimezone(place).utcoffset() == behind)
    before = (after - timedelta(minutes=1)).astimezone(place)
    return NoSuchTime(before, after.astimezone(place))


def _first(low: datetime, high: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """Find, to the second, the first moment in a span at whose end a condition holds for good."""
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return low if holds(low) else high
