"""Checks of posts: their times, their texts and what they show."""

import re
from collections import deque
from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parution.plan.appearances import Appearance, SettledPost, appearances, placed
from parution.plan.balance import balance_problems
from parution.plan.cadence import cadence_problems
from parution.plan.facts import Facts
from parution.plan.limits import Limits, limits_of
from parution.plan.media_checks import media_problems
from parution.plan.model import NETWORKS, OPEN_TIMES, RETIRED, Plan, Post
from parution.plan.policies import policy_problems
from parution.plan.problems import Problem, nearest, parts_of, pointer_to, problem
from parution.plan.text_checks import text_problems
from parution.plan.times import YEARS, NoSuchTime, instant, is_doubled, wall_clock, written, zone, zones
from parution.plan.timetable import Timetable
from parution.plan.voice import voice_problems
from parution.publishing.deliveries import State

_DAY = timedelta(days=1)
_UNKNOWN = Limits(source="none: the network is told as unknown")
_NAMED = 5  # posts that a message lists

_DATE_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2})(?:[:h](\d{2})?)?)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ]+(\d{1,2})(?:[:h](\d{2})?)?)?", re.ASCII)


def post_problems(plan: Plan, timetable: Timetable, facts: Facts, now: datetime | None) -> Iterator[Problem]:
    """Find what is wrong with posts; ``timetable`` is that of the plan, for all that concerns times."""
    shown = list(appearances(plan))
    if plan.brand.timezone in zones():
        yield from timetable.problems
        timed = shown if timetable.plan is plan else list(appearances(timetable.plan))
        again = {number for number, post in enumerate(plan.posts) if post.repeat is not None}
        yield from _once_a_series(again, _times(timetable.plan, timed, facts, now))
        yield from cadence_problems(timetable.plan, timed, now)
        yield from balance_problems(timetable.plan, timed, facts, now)
    # A fault of the post's own text or file is told once, not for each of its channels.
    yield from dict.fromkeys(fault for one in shown for fault in _content(one, facts))
    yield from voice_problems(plan, shown)
    yield from dict.fromkeys(policy_problems(plan, shown))


# ---------------------------------------------------------------------- times
class _Due(NamedTuple):
    at: datetime
    shown: Appearance


class _Timing(NamedTuple):
    place: ZoneInfo
    brand: str
    facts: Facts
    now: datetime | None
    due: dict[tuple[str, datetime], Appearance]  # what appears on a channel in a minute: the first
    capped: dict[tuple[str, str], list[_Due]]  # by network and account, where the network has a daily cap

    def stands(self, one: Appearance, due_at: datetime) -> bool:
        """Say whether it was imported with this time when that lay ahead, and the plan still has it."""
        old = (self.facts.deliveries or {}).get(f"{self.brand}/{one.post.id}/{one.channel.id}")
        if old is None or old.asked_at != due_at:
            return False
        return old.state is not State.CANCELLED or old.dropped


def _times(plan: Plan, shown: list[Appearance], facts: Facts, now: datetime | None) -> Iterator[Problem]:
    place = zone(plan.brand.timezone)
    by_post = {name: list(group) for name, group in groupby(shown, lambda one: id(one.post))}
    timing = _Timing(place, plan.brand.id, facts, now, {}, {})
    for number, post in placed(plan):
        on = by_post.get(id(post), [])
        is_settled = isinstance(post, SettledPost) or post.at in OPEN_TIMES
        if not is_settled and (faults := list(_at(pointer_to(("posts", number)), post, place, on))):
            yield from faults
        elif post.at not in OPEN_TIMES:
            for one in on:
                yield from _due(one, timing)
    for (network, _), due in timing.capped.items():
        yield from _too_many(NETWORKS[network].daily_cap or 0, due, timing)


def _at(pointer: str, post: Post, place: ZoneInfo, on: Iterable[Appearance]) -> Iterator[Problem]:
    """Find what is wrong with the time as it is written, before any channel's offset."""
    try:
        wall = wall_clock(post.at)
    except ValueError:
        yield _not_a_time(f"{pointer}/at", post.at, place)
        return
    try:
        instant(wall, place)
    except NoSuchTime as jump:
        yield _gap(f"{pointer}/at", wall, place, jump)
    if post.fold is not None and not any(is_doubled(time, place) for time in (wall, *_walls(on))):
        said = f"{post.at} comes only once in {place.key}"
        yield problem("E302", f"{pointer}/fold", said, "remove fold")


def _walls(on: Iterable[Appearance]) -> Iterator[datetime]:
    for one in on:
        try:
            yield one.wall
        except OverflowError:
            continue


def _gap(pointer: str, wall: datetime, place: ZoneInfo, jump: NoSuchTime) -> Problem:
    said = f"{written(wall)} does not exist in {place.key}: the clocks jump over it"
    return problem("E301", pointer, said, f"write {written(jump.before)} or {written(jump.after)}")


def _not_a_time(pointer: str, text: str, place: ZoneInfo) -> Problem:
    if near := nearest(text, OPEN_TIMES):
        return problem("E110", pointer, f"'{text}' is not a time", f"did you mean '{near}'?")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is not None and moment.year in YEARS:
        local = written(moment.astimezone(place))
        said = f"'{text}' has an offset; times are those of {place.key}"
        return problem("E304", pointer, said, f"write {local}")
    said = f"'{text}' is not a local time"
    guesses = [guess for guess in _guesses(text) if _is_wall_clock(guess)] or ["2026-12-03T08:00"]
    lead = "write" if len(guesses) == 1 else "day and month are not guessed: write"
    return problem("E110", pointer, said, f"{lead} {' or '.join(guesses)} ({place.key})")


def _guesses(text: str) -> list[str]:
    if found := _DATE_FIRST.fullmatch(text.strip()):
        year, month, day, hour, minute = found.groups()
        return [_as_written(year, month, day, hour, minute)]
    if found := _DAY_FIRST.fullmatch(text.strip()):
        one, two, year, hour, minute = found.groups()
        guesses = [_as_written(year, two, one, hour, minute), _as_written(year, one, two, hour, minute)]
        return list(dict.fromkeys(guesses))
    return []


def _as_written(year: str, month: str, day: str, hour: str | None, minute: str | None) -> str:
    return f"{year}-{int(month):02}-{int(day):02}T{int(hour or 8):02}:{int(minute or 0):02}"


def _is_wall_clock(text: str) -> bool:
    try:
        wall_clock(text)
    except ValueError:
        return False
    return True


def _once_a_series(again: Container[int], found: Iterable[Problem]) -> Iterator[Problem]:
    """Tell a fault of a post that comes again at its first day only."""
    told: set[tuple[str, str]] = set()
    for one in found:
        place = one.code, one.pointer
        if place not in told or int(parts_of(one.pointer)[1]) not in again:
            told.add(place)
            yield one


def _due(one: Appearance, timing: _Timing) -> Iterator[Problem]:
    field = one.timed_by
    try:
        due_at = one.due_at(timing.place)
    except NoSuchTime as jump:
        yield _gap(one.pointer(field), one.wall, timing.place, jump)
        return
    except (OverflowError, ValueError):
        said = f"{one.post.at} and this offset make no time of this century or the next"
        yield problem("E112", one.pointer(field), said, "write a shorter duration, such as PT4H")
        return
    if one.channel.network in RETIRED:
        return
    if timing.now is not None and due_at <= timing.now and not timing.stands(one, due_at):
        yield _past(one.pointer(field), one, timing.now.astimezone(timing.place), timing.facts)
    minute = due_at.replace(second=0, microsecond=0)
    if (other := timing.due.setdefault((one.channel.id, minute), one)) is not one:
        said = f"'{one.post.id}' and '{other.post.id}' appear on '{one.channel.id}' in the same minute"
        yield problem("W301", one.pointer(field), said, "move one of them")
    if one.channel.network in NETWORKS and NETWORKS[one.channel.network].daily_cap is not None:
        account = one.channel.network, one.channel.account or one.channel.id
        timing.capped.setdefault(account, []).append(_Due(due_at, one))


def _too_many(cap: int, due: list[_Due], timing: _Timing) -> Iterator[Problem]:
    """Find the posts beyond a cap in any 24 hours, day by day: the earlier ones stay, the later ones move."""
    kept: deque[datetime] = deque()
    beyond: dict[date, list[Appearance]] = {}
    for one in sorted(due, key=lambda one: (one.at, one.shown.number)):
        while kept and kept[0] <= one.at - _DAY:
            kept.popleft()
        is_over = timing.now is not None and one.at <= timing.now
        if len(kept) < cap or is_over:
            kept.append(one.at)
        else:
            beyond.setdefault(one.at.astimezone(timing.place).date(), []).append(one.shown)
    for day, posts in beyond.items():
        yield _beyond(cap, day, posts)


def _beyond(cap: int, day: date, posts: list[Appearance]) -> Problem:
    first = posts[0]
    names = ", ".join(f"'{one.post.id}'" for one in posts[:_NAMED])
    more = f" and {len(posts) - _NAMED} more" if len(posts) > _NAMED else ""
    said = (
        f"{first.channel.network} takes {cap} posts of one account in 24 hours;"
        f" on {day} {names}{more} would be beyond that on '{first.channel.id}'"
    )
    hint = f"move {'it' if len(posts) == 1 else 'them'} to another day, or off '{first.channel.id}'"
    return problem("E305", first.pointer(first.timed_by), said, hint)


def _past(pointer: str, one: Appearance, now: datetime, facts: Facts) -> Problem:
    said = f"{written(one.wall)} is in the past (it is {now:%Y-%m-%dT%H:%M} there)"
    known = "" if facts.deliveries is not None else "; --stack NAME asks what has been published already"
    return problem("E303", pointer, said, f"write a time to come, or remove the post{known}")


# ---------------------------------------------------------------------- texts and files
def _content(one: Appearance, facts: Facts) -> Iterator[Problem]:
    limits = limits_of(one.channel.network, one.variant.format) or _UNKNOWN
    yield from text_problems(one, limits)
    yield from media_problems(one, limits, facts)
