"""The times that a plan leaves open, settled: free slots, good hours, days that come again.

What was chosen at an import stays as long as the plan asks the same: the delivery's row says what was asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from parution.plan.appearances import SettledPost, appearances, settled_post
from parution.plan.best_times import Judge, prior
from parution.plan.cadence import clock
from parution.plan.free_times import Chosen, Days, FreeTimes
from parution.plan.model import OPEN_TIMES, WEEKDAYS, Plan, Post, Span
from parution.plan.occurrences import series
from parution.plan.problems import Problem, pointer_to, problem
from parution.plan.times import NoSuchTime, existing, instant, wall_clock, written, zone, zones
from parution.publishing.deliveries import Delivery, State

_HORIZON = 400  # days in which a free slot is looked for
_AUTO_DAYS = 7  # of `auto` without a window; the first one is the day of the import
_LEAD = timedelta(minutes=15)  # what is chosen now can still be prepared
_WAKING: Span = ("08:00", "20:00")  # of `auto` without `between`


class Timetable(NamedTuple):
    """A plan of which every post that left its time open, or comes again, is a SettledPost."""

    plan: Plan
    problems: list[Problem]


def settled(
    plan: Plan, standing: Mapping[str, Delivery], now: datetime | None, judge: Judge = prior
) -> Timetable:
    """Settle the open times. ``standing`` holds the brand's deliveries, by id.

    Without ``now`` only recurring posts are settled. The same arguments give the same times, and those that
    were chosen before stay: an import taken again changes nothing.
    """
    if plan.brand.timezone not in zones() or not any(map(_is_open, plan.posts)):
        return Timetable(plan, [])
    settling = _Settling(plan, standing, now, judge)
    posts = tuple(settling.posts())
    return Timetable(plan.model_copy(update={"posts": posts}), settling.problems)


def chosen_times(plan: Plan) -> list[dict[str, str]]:
    """Tell of a settled plan what was chosen and why: `{"delivery", "at", "why"}`, in the plan's order."""
    return [
        {
            "delivery": f"{plan.brand.id}/{post.id}/{channel}",
            "at": written(post.walls[channel]),
            "why": f"{WEEKDAYS[post.walls[channel].weekday()]} {post.walls[channel]:%H:%M}: {why}",
        }
        for post in plan.posts
        if isinstance(post, SettledPost)
        for channel, why in post.why.items()
    ]


def _is_open(post: Post) -> bool:
    return post.at in OPEN_TIMES or any((post.repeat, post.window, post.between, post.except_))


class _Settling:
    """One settling: what is taken on each channel, and what was found wrong."""

    def __init__(
        self, plan: Plan, standing: Mapping[str, Delivery], now: datetime | None, judge: Judge
    ) -> None:
        self._plan, self._standing, self._now = plan, standing, now
        self._place = zone(plan.brand.timezone)
        self._free = {each.id: FreeTimes(plan, each, self._place, judge) for each in plan.channels}
        self._in_line: dict[tuple[str, str], datetime] = {}  # by channel and kind: where the line ends
        self.problems: list[Problem] = []

    def posts(self) -> Iterator[Post]:
        """Give the posts in the plan's order: an open time makes way for those that stand."""
        posts = enumerate(self._plan.posts)
        open_posts = {n for n, post in posts if post.at in OPEN_TIMES and post.repeat is None}
        groups = [self._written_out(number, post) for number, post in enumerate(self._plan.posts)]
        fixed = [post for n, group in enumerate(groups) if n not in open_posts for post in group]
        self._take_fixed(fixed)
        kept = {n: self._kept(self._plan.posts[n]) for n in open_posts}
        for number, group in enumerate(groups):
            if number in open_posts:
                yield self._chosen(number, group[0], kept[number])
            else:
                yield from group

    def _written_out(self, number: int, post: Post) -> list[Post]:
        self.problems += _mismatches(number, post)
        if post.repeat is None:
            return [post]
        again = series(number, self._plan, self._place)
        self.problems += again.problems
        # What is wrong with a series is told once: no more is said of its times.
        return [*again.posts] or ([settled_post(post, number, {})] if again.problems else [post])

    # ------------------------------------------------------------------ what stands
    def _take_fixed(self, posts: Iterable[Post]) -> None:
        plan = self._plan.model_copy(update={"posts": tuple(posts)})
        for one in appearances(plan):
            try:
                self._free[one.channel.id].take(one.due_at(self._place))
            except (NoSuchTime, OverflowError, ValueError):
                continue  # told where posts are checked

    def _kept(self, post: Post) -> dict[str, datetime]:
        """Give the times that were chosen before, by channel, and take them."""
        walls = {name: self._standing_wall(post, name) for name in post.channels if name in self._free}
        kept = {name: wall for name, wall in walls.items() if wall is not None}
        for name, wall in kept.items():
            self._free[name].take(instant(wall, self._place))
        return kept

    def _standing_wall(self, post: Post, channel: str) -> datetime | None:
        old = self._standing.get(f"{self._plan.brand.id}/{post.id}/{channel}")
        if old is None or old.asked != _asked(post):
            return None
        # What a person dropped keeps its time too: another one would bring it back.
        if old.state is State.CANCELLED and not old.dropped:
            return None
        # The clock's time is kept, whatever zone the brand is in now.
        return existing(wall_clock(old.local_at.partition(" ")[0]), self._place)

    # ------------------------------------------------------------------ what is chosen
    def _chosen(self, number: int, post: Post, kept: Mapping[str, datetime]) -> Post:
        if self._now is None:
            return post
        walls, why = dict(kept), dict.fromkeys(kept, "as chosen before")
        for name in post.channels:
            if name in kept:
                if post.at == "slot":
                    self._line_up(post, name, instant(kept[name], self._place))
            elif name in self._free and (found := self._one(number, post, name, self._now)):
                walls[name], why[name] = found.wall, found.why
        asked = dict.fromkeys(walls, _asked(post))
        return settled_post(post, number, walls, asked=asked, why=why)

    def _one(self, number: int, post: Post, channel: str, now: datetime) -> Chosen | None:
        free = self._free[channel]
        days = _days(post, now.astimezone(self._place).date())
        if post.at == "auto":
            span = post.between or _WAKING
            found = free.best(now + _LEAD, days, span, f"{self._plan.brand.id}/{post.id}")
        else:
            after = self._in_line.get((channel, post.at), now) if post.window is None else now
            found = free.slot(max(now, after), days)
        if found is None:
            self.problems.append(_none_free(number, post, channel, has_slots=free.has_slots))
            return None
        free.take(found.due)
        self._line_up(post, channel, found.due)
        return found

    def _line_up(self, post: Post, channel: str, due: datetime) -> None:
        # For `slot` the order of the posts; for `next` only what is known to be taken.
        if post.window is None:
            place = channel, post.at
            self._in_line[place] = max(due, self._in_line.get(place, due))


def _asked(post: Post) -> str:
    """Write what the plan asks, so that it can be seen whether it asks the same again."""
    window = "/".join(map(str, post.window)) if post.window else None
    between = "/".join(post.between) if post.between else None
    return " ".join(filter(None, [post.at, window, between]))


def _days(post: Post, today: date) -> Days:
    reach = _AUTO_DAYS - 1 if post.at == "auto" else _HORIZON
    first, last = post.window or (today, today + timedelta(days=reach))
    return Days(max(first, today), min(last, today + timedelta(days=_HORIZON)))


# ---------------------------------------------------------------------- what is wrong
def _mismatches(number: int, post: Post) -> Iterator[Problem]:
    """Find fields that do not go with the post's time."""
    wrong: list[tuple[str, bool, str]] = [
        ("window", post.at not in OPEN_TIMES, "is for a time that is left open: write slot, next or auto"),
        ("between", post.at != "auto", 'is for "at": "auto"'),
        ("fold", post.at in OPEN_TIMES, "is for a time that is written out: remove it"),
        ("except", post.repeat is None, "is for a post with repeat"),
    ]
    for field, is_wrong, instead in wrong:
        value = getattr(post, "except_" if field == "except" else field)
        if is_wrong and value not in {None, ()}:
            said = f"'{field}' does not go with the time '{post.at}'"
            yield problem("E316", _pointer(number, field), said, f"'{field}' {instead}")
    yield from _spans(number, post)
    yield from _offsets(number, post)


def _spans(number: int, post: Post) -> Iterator[Problem]:
    if post.window and post.window[0] > post.window[1]:
        said = f"it ends on {post.window[1]}, before it begins"
        yield problem("E316", _pointer(number, "window"), said, "exchange the two days")
    if post.between and clock(post.between[0]) >= clock(post.between[1]):
        said = f"{post.between[0]} is not before {post.between[1]}"
        yield problem("E316", _pointer(number, "between"), said, "exchange the two times")


def _offsets(number: int, post: Post) -> Iterator[Problem]:
    for name, variant in post.variants.items():
        if post.at in OPEN_TIMES and variant.at_offset is not None:
            said = f"'at_offset' does not go with the time '{post.at}': each channel's is chosen by itself"
            yield problem("E316", _pointer(number, "variants", name, "at_offset"), said, "remove it")


def _none_free(number: int, post: Post, channel: str, *, has_slots: bool) -> Problem:
    if post.at != "auto" and not has_slots:
        said = f"'{channel}' has no slots in the plan's cadence"
        hint = f"add slots for '{channel}', or write the time itself, such as 2026-12-03T08:00"
        return problem("E314", _pointer(number, "at"), said, hint)
    when = f"from {post.window[0]} to {post.window[1]}" if post.window else "in the days to come"
    said = f"no time is free on '{channel}' {when}"
    hint = "widen its window, look at the cadence's limits, or write the time itself"
    return problem("E314", _pointer(number, "at"), said, hint)


def _pointer(number: int, *path: str | int) -> str:
    return pointer_to(("posts", number, *path))
