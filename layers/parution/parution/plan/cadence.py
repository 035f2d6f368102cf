"""A channel's rhythm: its slots, what may not be too near or too often, and what a week lacks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parution.plan.appearances import Appearance
from parution.plan.media import kind_of
from parution.plan.model import RETIRED, Plan, Rhythm, Slot, Span
from parution.plan.problems import Problem, instead, pointer_to, problem
from parution.plan.times import NoSuchTime, written, zone

_WEEK = timedelta(days=7)
_NAMED = 3  # weeks that a message lists


class Limits(NamedTuple):
    """What the rhythms of a channel forbid, all of them together."""

    gap: timedelta
    most: int | None  # posts in a week
    quiet: tuple[Span, ...]

    def is_quiet(self, at: time) -> bool:
        return any(_holds(span, at) for span in self.quiet)


def rhythms_of(plan: Plan, channel: str) -> Iterator[Rhythm]:
    return (rhythm for rhythm in plan.cadence if channel in rhythm.channels)


def limits_of(plan: Plan, channel: str) -> Limits:
    rhythms = list(rhythms_of(plan, channel))
    most = [each.per_week.max for each in rhythms if each.per_week and each.per_week.max is not None]
    return Limits(
        gap=max((each.min_gap for each in rhythms if each.min_gap), default=timedelta(0)),
        most=min(most, default=None),
        quiet=tuple(each.quiet for each in rhythms if each.quiet),
    )


def slots_of(plan: Plan, channel: str) -> list[Slot]:
    return [slot for rhythm in rhythms_of(plan, channel) for slot in rhythm.slots]


def clock(text: str) -> time:
    """Read `08:00`, whose form the model has checked."""
    return time.fromisoformat(text)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _holds(span: Span, at: time) -> bool:
    first, last = clock(span[0]), clock(span[1])
    return first <= at < last if first <= last else at >= first or at < last


# ---------------------------------------------------------------------- the rhythm itself
def rhythm_problems(plan: Plan) -> Iterator[Problem]:
    """Find where a cadence contradicts itself, or speaks of a channel that is not there."""
    names = [channel.id for channel in plan.channels]
    for index, rhythm in enumerate(plan.cadence):
        path = ("cadence", index)
        for place, name in enumerate(rhythm.channels):
            if name not in names:
                said = f"'{name}' is no channel of this plan"
                yield problem("E202", pointer_to((*path, "channels", place)), said, instead(name, names))
        week = rhythm.per_week
        if week and week.min is not None and week.max is not None and week.min > week.max:
            said = f"at least {week.min} and at most {week.max} posts a week"
            yield problem("E310", pointer_to((*path, "per_week")), said, "exchange the two numbers")
        for place, slot in enumerate(rhythm.slots):
            yield from _slot((*path, "slots", place), slot, rhythm.quiet)


def _slot(path: tuple[str | int, ...], slot: Slot, quiet: Span | None) -> Iterator[Problem]:
    span = slot.between
    if slot.at == "auto" and span is None:
        hint = 'add "between": ["11:00", "14:00"]'
        yield problem("E310", pointer_to(path), "nothing says between which times it may be", hint)
    elif slot.at != "auto" and span is not None:
        said = f"the time is {slot.at}: there is nothing to choose"
        yield problem("E310", pointer_to((*path, "between")), said, 'remove it, or write "at": "auto"')
    elif span is not None and clock(span[0]) >= clock(span[1]):
        said = f"{span[0]} is not before {span[1]}"
        yield problem("E310", pointer_to((*path, "between")), said, "exchange the two times")
    elif slot.at != "auto" and quiet is not None and _holds(quiet, clock(slot.at)):
        said = f"{slot.at} lies in the quiet hours, {quiet[0]} to {quiet[1]}"
        yield problem("E310", pointer_to((*path, "at")), said, "move the slot, or shorten the quiet hours")


# ---------------------------------------------------------------------- the posts against it
class _Due(NamedTuple):
    at: datetime
    wall: datetime
    shown: Appearance

    @property
    def pointer(self) -> str:
        return self.shown.pointer(self.shown.timed_by)


def cadence_problems(plan: Plan, shown: Iterable[Appearance], now: datetime | None) -> Iterator[Problem]:
    """Find posts that break their channel's rhythm, and weeks that lack some.

    The times of ``shown`` are settled. What is over by ``now`` is no longer told.
    """
    place = zone(plan.brand.timezone)
    due = _due_of(plan, shown, place)
    whole = _whole_weeks(due, now, place)
    for channel in plan.channels:
        limits, on = limits_of(plan, channel.id), due[channel.id]
        ahead = [one for one in on if now is None or one.at > now]
        yield from _too_close(on, limits.gap, now)
        yield from _too_often(on, limits.most, now)
        yield from _quiet(ahead, limits)
    for index, rhythm in enumerate(plan.cadence):
        for name in rhythm.channels:
            yield from _lacking(("cadence", index), rhythm, name, due.get(name, []), whole)


def _due_of(plan: Plan, shown: Iterable[Appearance], place: ZoneInfo) -> Mapping[str, list[_Due]]:
    keeping = {name for rhythm in plan.cadence for name in rhythm.channels}
    due: defaultdict[str, list[_Due]] = defaultdict(list)
    for one in shown:
        if one.channel.id in keeping and one.channel.network not in RETIRED:
            try:
                due[one.channel.id].append(_Due(one.due_at(place), one.wall, one))
            except (NoSuchTime, OverflowError, ValueError):
                continue  # told as that
    for on in due.values():
        on.sort(key=lambda one: (one.at, one.shown.number))
    return due


def _too_close(on: list[_Due], gap: timedelta, now: datetime | None) -> Iterator[Problem]:
    for before, one in pairwise(on):
        if one.at - before.at < gap and (now is None or one.at > now):
            said = (
                f"{_span(one.at - before.at)} after '{before.shown.post.id}' on '{one.shown.channel.id}';"
                f" min_gap is {_span(gap)}"
            )
            hint = f"write {written(before.wall + gap)} or later, or move '{before.shown.post.id}'"
            yield problem("E311", one.pointer, said, hint)


def _too_often(on: list[_Due], most: int | None, now: datetime | None) -> Iterator[Problem]:
    for week, posts in _by_week(on).items():
        if most is not None and len(posts) > most and (now is None or posts[-1].at > now):
            where = f"on '{posts[0].shown.channel.id}' in the week of {week}"
            said = f"{len(posts)} posts {where}; per_week.max is {most}"
            hint = f"move {len(posts) - most} to another week, or raise per_week.max"
            yield problem("E312", posts[most].pointer, said, hint)


def _quiet(on: list[_Due], limits: Limits) -> Iterator[Problem]:
    for one in on:
        span = next((span for span in limits.quiet if _holds(span, one.wall.time())), None)
        if span is not None:
            quiet = f"the quiet hours of '{one.shown.channel.id}', {span[0]} to {span[1]}"
            said = f"{one.wall:%H:%M} lies in {quiet}"
            yield problem("E313", one.pointer, said, f"write a time from {span[1]} to {span[0]}")


# ---------------------------------------------------------------------- what a week lacks
def _lacking(
    path: tuple[str | int, ...], rhythm: Rhythm, channel: str, on: list[_Due], whole: list[date]
) -> Iterator[Problem]:
    weeks = _by_week(on)
    least = rhythm.per_week.min if rhythm.per_week else None
    short = [week for week in whole if len(weeks.get(week, [])) < (least or 0)]
    if short:
        said = f"fewer than {least} posts on '{channel}' in {_weeks(short)}"
        yield problem(
            "W311", pointer_to((*path, "per_week", "min")), said, "plan more, or lower per_week.min"
        )
    for name, wanted in rhythm.formats.items():
        short = [
            week for week in whole if sum(_is(name, one.shown) for one in weeks.get(week, [])) < wanted.min
        ]
        if short:
            said = f"fewer than {wanted.min} posts with the format '{name}' on '{channel}' in {_weeks(short)}"
            yield problem("W312", pointer_to((*path, "formats", name)), said, "plan one, or lower min")


def _whole_weeks(due: Mapping[str, list[_Due]], now: datetime | None, place: ZoneInfo) -> list[date]:
    """Give the Mondays of the weeks that the plan covers from end to end, and that are not over."""
    planned = [one.wall.date() for on in due.values() for one in on]
    if not planned:
        return []
    first, last = min(planned), max(planned)
    today = now.astimezone(place).date() if now is not None else first
    week, found = monday(first + timedelta(days=6)), []
    while week + _WEEK <= last + timedelta(days=1):
        if week + _WEEK > today:
            found.append(week)
        week += _WEEK
    return found


def _weeks(short: list[date]) -> str:
    named = ", ".join(str(week) for week in short[:_NAMED])
    more = f" and {len(short) - _NAMED} more" if len(short) > _NAMED else ""
    return f"the week{'s' if len(short) > 1 else ''} of {named}{more}"


def _is(name: str, one: Appearance) -> bool:
    kinds = {(kind_of(file.src) or "").partition("/")[0] for file in one.media}
    return name in kinds or (name == "text" and not kinds)


def _by_week(on: list[_Due]) -> dict[date, list[_Due]]:
    weeks: dict[date, list[_Due]] = {}
    for one in on:
        weeks.setdefault(monday(one.wall.date()), []).append(one)
    return weeks


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    return (
        " ".join(part for part in (hours and f"{hours} h", minutes and f"{minutes} min") if part) or "0 min"
    )
