"""Checks of the plan as a whole: what nothing serves, what comes too often, and what runs out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from parution.plan.appearances import Appearance
from parution.plan.cadence import monday
from parution.plan.facts import Facts
from parution.plan.media import is_film, media_key, media_name
from parution.plan.model import RETIRED, WEEKDAYS, Plan
from parution.plan.problems import Problem, pointer_to, problem
from parution.plan.times import NoSuchTime, zone

RUNWAY = timedelta(days=7)
_SEEN_AGAIN = timedelta(days=30)
_WINDOW = timedelta(days=28)
_DRIFT = 0.10
_FEWEST = 8  # posts in a window: below, a share says nothing
_ALL = 1 + 1e-9  # shares are fractions: three thirds may add up to a bit more than one


class _Dated(NamedTuple):
    at: datetime
    wall: datetime
    shown: Appearance


def objective_problems(plan: Plan) -> Iterator[Problem]:
    """Find objectives that nothing serves, channels that serve none, and themes that exceed the whole."""
    served = {name for channel in plan.channels for name in channel.objectives}
    bought = {campaign.objective for campaign in plan.campaigns}
    for index, objective in enumerate(plan.objectives):
        if objective.id not in served | bought:
            said = f"no channel and no campaign serves '{objective.id}'"
            hint = f'add "objectives": ["{objective.id}"] to a channel, or "objective" to a campaign'
            yield problem("W215", pointer_to(("objectives", index)), said, hint)
    for index, channel in enumerate(plan.channels):
        # Whoever names no objective anywhere does not use them.
        if served and not channel.objectives and channel.network not in RETIRED:
            said = f"'{channel.id}' serves no objective"
            hint = f"name one of: {', '.join(each.id for each in plan.objectives)}"
            yield problem("W216", pointer_to(("channels", index)), said, hint)
    if (total := sum(each.share for each in plan.pillars)) > _ALL:
        said = f"the shares of the pillars add up to {total:.0%}"
        yield problem("E215", "/pillars", said, "lower them to 100% together")


def balance_problems(
    plan: Plan, shown: Iterable[Appearance], facts: Facts, now: datetime | None
) -> Iterator[Problem]:
    """Find what posts, at the settled times of ``shown``, repeat or lack together."""
    dated = sorted(_dated(plan, shown), key=lambda one: one.at)
    if now is not None:
        yield from _running_out(dated, now)
    yield from _shown_again(dated, facts, now)
    yield from _drifting(plan, dated, now)
    yield from _unattended(plan, dated, now)


def _dated(plan: Plan, shown: Iterable[Appearance]) -> Iterator[_Dated]:
    place = zone(plan.brand.timezone)
    for one in shown:
        if one.channel.network not in RETIRED:
            try:
                yield _Dated(one.due_at(place), one.wall, one)
            except (NoSuchTime, OverflowError, ValueError, KeyError):
                continue  # told as that, or still open


def _running_out(dated: list[_Dated], now: datetime) -> Iterator[Problem]:
    if dated and now < dated[-1].at < now + RUNWAY:
        last = dated[-1]
        said = f"nothing is planned after {last.wall:%Y-%m-%d}, in less than {RUNWAY.days} days"
        yield problem("W321", pointer_to(("posts", last.shown.number)), said, "plan the posts that follow")


# ---------------------------------------------------------------------- the same again
def _shown_again(dated: list[_Dated], facts: Facts, now: datetime | None) -> Iterator[Problem]:
    last: dict[tuple[str, str], _Dated] = {}
    told: set[str] = set()
    for one in dated:
        for index, file in enumerate(one.shown.media):
            picture = one.shown.channel.id, _identity(file.src, facts)
            before = last.get(picture)
            last[picture] = one
            if before is None or is_film(file.src) or before.shown.number == one.shown.number:
                continue
            if one.at - before.at < _SEEN_AGAIN and (now is None or one.at > now):
                where = f"{one.shown.pointer('media')}/{index}"
                if where in told:
                    continue  # on another channel of the same post
                told.add(where)
                yield _again(where, media_name(file.src), one, before)


def _identity(src: str, facts: Facts) -> str:
    """Give what makes a file the same one: its content where that is known, otherwise its name."""
    stored = (facts.media or {}).get(media_key(src))
    return stored.etag if stored and stored.etag else src


def _again(where: str, name: str, one: _Dated, before: _Dated) -> Problem:
    days = (one.wall.date() - before.wall.date()).days
    said = (
        f"'{name}' was shown on '{one.shown.channel.id}' {days} days before,"
        f" at {before.shown.pointer('media')}"
    )
    return problem("W324", where, said, "show another picture, or the same one after 30 days")


# ---------------------------------------------------------------------- themes
def _drifting(plan: Plan, dated: list[_Dated], now: datetime | None) -> Iterator[Problem]:
    shares = {each.id: (index, each.share) for index, each in enumerate(plan.pillars)}
    for first, themes in _by_window(dated, now).items():
        count = Counter(themes)
        total = sum(count[name] for name in shares)
        # Posts are whole: half a post is no drift.
        bearable = _DRIFT + 0.5 / total if total else 1.0
        for name, (index, share) in shares.items():
            if total >= _FEWEST and abs(count[name] / total - share) > bearable:
                said = (
                    f"'{name}' has {count[name]} of {total} posts in the four weeks from {first},"
                    f" {count[name] / total:.0%} instead of {share:.0%}"
                )
                few = count[name] / total < share
                hint = f"plan {'more' if few else 'fewer'} posts for it, or change its share"
                yield problem("W322", pointer_to(("pillars", index)), said, hint)


def _by_window(dated: list[_Dated], now: datetime | None) -> Mapping[date, list[str]]:
    """Give the themes of the posts, each post once, of every four weeks that are not over."""
    windows: dict[date, dict[tuple[int, date], str]] = {}
    start = monday(dated[0].wall.date()) if dated else date.min
    for one in dated:
        if one.shown.post.pillar is not None:
            day = one.wall.date()
            first = start + (day - start) // _WINDOW * _WINDOW
            windows.setdefault(first, {})[one.shown.number, day] = one.shown.post.pillar
    today = now.date() if now else date.min
    return {first: [*themes.values()] for first, themes in windows.items() if first + _WINDOW > today}


# ---------------------------------------------------------------------- people
def _unattended(plan: Plan, dated: list[_Dated], now: datetime | None) -> Iterator[Problem]:
    rota = plan.on_call.get("rota")
    if not isinstance(rota, list):
        return
    covered = {day for turn in rota if isinstance(turn, dict) for day in _days(turn)}
    told: set[int] = set()
    for one in dated:
        number = one.shown.number
        if WEEKDAYS[one.wall.weekday()] in covered or number in told or (now is not None and one.at <= now):
            continue
        told.add(number)
        day = f"{WEEKDAYS[one.wall.weekday()]} {one.wall:%Y-%m-%d}"
        said = f"nobody is on call on {day}, when it appears on '{one.shown.channel.id}'"
        hint = "name somebody for that day in on_call.rota, or move the post"
        yield problem("W323", one.shown.pointer(one.shown.timed_by), said, hint)


def _days(turn: Mapping[str, Any]) -> Iterable[str]:
    days = turn.get("days", WEEKDAYS)
    return [day for day in days if isinstance(day, str)] if isinstance(days, list | tuple) else WEEKDAYS
