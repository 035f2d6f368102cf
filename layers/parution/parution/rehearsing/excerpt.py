"""What of a plan can be rehearsed: one period of it, on the networks that are connected."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from parution.plan.appearances import Appearance, SettledPost, appearances
from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.model import CONNECTED, OPEN_TIMES, RETIRED, Plan
from parution.plan.ports import StoredFile
from parution.plan.problems import Problem, errors_in
from parution.plan.reading import read
from parution.plan.times import written, zone
from parution.plan.timetable import settled
from parution.rehearsing.contract import FaultLevel

# What was over before the period is left out; what has no connector is shown, and goes nowhere.
_PAST = {"E303", "E402"}
_UNCONNECTED = "E209"
_DURATION = TypeAdapter(timedelta)
_OPENS_BEFORE = timedelta(hours=1)
# What says when a post appears, where the time was open or comes again.
_TIMING = {"at", "fold", "repeat", "except", "window", "between"}


class Period(NamedTuple):
    """Days of the brand's calendar, both included, and their two ends in UTC."""

    first: date
    last: date
    place: ZoneInfo

    @property
    def opens(self) -> datetime:
        """The instant of the import: what must be uploaded ahead of the first minute can be."""
        return self.begin - _OPENS_BEFORE

    @property
    def begin(self) -> datetime:
        return _midnight(self.first, self.place)

    @property
    def end(self) -> datetime:
        return _midnight(self.last + timedelta(days=1), self.place)

    def holds(self, instant: datetime) -> bool:
        return self.begin <= instant < self.end


class PlanRefused(Exception):
    """The plan has errors that an import would refuse; they are its argument."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(errors_in(problems))} errors")
        self.problems = problems


class Excerpt(NamedTuple):
    """The plan whole, what of it is imported for the rehearsal, and what is only shown."""

    plan: Plan
    document: bytes
    period: Period
    problems: list[Problem]
    unconnected: list[Appearance]


def month_of(plan: Plan, now: datetime) -> tuple[date, date]:
    """Give the month to rehearse: of the first post or campaign that is to come, otherwise of the last.

    Of a post whose time is open its window counts; without one it goes wherever there is room.
    """
    today = now.astimezone(zone(plan.brand.timezone)).date()
    days = sorted(
        [
            *(one.wall.date() for one in appearances(plan) if one.post.at not in OPEN_TIMES),
            *(one.window[0] for one in plan.posts if one.window),
            *(one.flight[0] for one in plan.campaigns),
        ]
    )
    day = next((each for each in days if each >= today), days[-1] if days else today)
    return day.replace(day=1), _end_of_month(day)


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


class Asked(NamedTuple):
    """The days that a person named."""

    first: date | None = None
    last: date | None = None


class Wanted(NamedTuple):
    """What a person asked for: which days, which world, and which language to read it in."""

    days: Asked = Asked()
    seed: int = 0
    level: FaultLevel = FaultLevel.NONE
    language: str | None = None


def excerpt(raw: bytes, media: Mapping[str, StoredFile], asked: Asked, now: datetime) -> Excerpt:
    """Cut out what happens on the days asked for, by default in the next month in which something does.

    ``media`` by key. Raises PlanRefused.
    """

    def judged(at: datetime) -> list[Problem]:
        found = examine(raw, lambda _: Facts(media=media), at)[1]
        return [one for one in found if one.code not in _PAST]

    reading = read(raw)
    period = _period(reading.plan, asked, now) if reading.plan else None
    if reading.plan is None or period is None:
        raise PlanRefused(judged(now))
    problems = judged(period.opens)
    if refused := [one for one in errors_in(problems) if one.code != _UNCONNECTED]:
        raise PlanRefused(refused)
    plan = settled(reading.plan, {}, period.opens).plan
    shown = (one for one in appearances(plan) if one.channel.network not in CONNECTED.union(RETIRED))
    silent = [one for one in shown if period.holds(one.due_at(period.place))]
    document = json.dumps(_cut(reading.document, plan, period), ensure_ascii=False).encode()
    return Excerpt(plan, document, period, problems, silent)


def _period(plan: Plan, asked: Asked, now: datetime) -> Period | None:
    """Give the days to rehearse; None where a zone or a time of the plan is none, as the checks say."""
    try:
        place, month = zone(plan.brand.timezone), month_of(settled(plan, {}, None).plan, now)
    except (ValueError, OverflowError):
        return None
    first = asked.first or min(month[0], (asked.last or month[0]).replace(day=1))
    last = asked.last or (_end_of_month(asked.first) if asked.first else month[1])
    return Period(first, max(first, last), place)


def _cut(document: dict[str, Any], plan: Plan, period: Period) -> dict[str, Any]:
    """Leave out channels without a sandbox, and what was over before the period began.

    Times that were open are written out, so that the import settles none of them otherwise.
    """
    channels = {each.id for each in plan.channels if each.network in CONNECTED or each.network in RETIRED}
    kept: dict[str, list[Appearance]] = {post.id: [] for post in plan.posts}
    for one in appearances(plan):
        if one.channel.id in channels and one.due_at(period.place) >= period.begin:
            kept[one.post.id].append(one)
    campaigns = [
        given
        for given, campaign in zip(document.get("campaigns", []), plan.campaigns, strict=True)
        if campaign.flight[1] >= period.first
    ]
    names = {given["id"] for given in campaigns}
    return {
        **{name: value for name, value in document.items() if name != "cadence"},  # all times are settled
        "channels": [given for given in document.get("channels", []) if given["id"] in channels],
        "posts": [_post(document["posts"][of[0].number], of, names) for of in kept.values() if of],
        "campaigns": campaigns,
    }


def _post(given: dict[str, Any], kept: list[Appearance], campaigns: set[str]) -> dict[str, Any]:
    """Write a post as it is on the channels that are left."""
    channels = [one.channel.id for one in kept]
    variants = {name: one for name, one in given.get("variants", {}).items() if name in channels}
    cut = {**given, "channels": channels, "variants": variants}
    if given.get("boost") and given["boost"]["campaign"] not in campaigns:
        del cut["boost"]
    return _timed(cut, kept) if isinstance(kept[0].post, SettledPost) else cut


def _timed(given: dict[str, Any], kept: list[Appearance]) -> dict[str, Any]:
    """Write out the times of a post that left them open, or of one day of a series."""
    first = min(one.wall for one in kept)
    later = {
        one.channel.id: {"at_offset": _DURATION.dump_python(one.wall - first, mode="json")} for one in kept
    }
    variants = {name: given["variants"].get(name, {}) | offset for name, offset in later.items()}
    untimed = {name: value for name, value in given.items() if name not in _TIMING}
    return {**untimed, "id": kept[0].post.id, "at": written(first), "variants": variants}


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, place).astimezone(UTC)
