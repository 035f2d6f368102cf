"""Each post on each of its channels: what it says there, and when."""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from parution.plan.model import Channel, Link, MediaFile, Plan, Post, Variant
from parution.plan.problems import pointer_to
from parution.plan.times import YEARS, instant, is_doubled, wall_clock, written

_NOTHING = Variant()


class SettledPost(Post):
    """A post whose time was open, or that comes again, with the wall-clock times that it has now."""

    place: int  # in the plan as written
    walls: Mapping[str, datetime]  # by channel; where none could be found there is none
    asked: Mapping[str, str] = {}  # by channel: what the plan left open, in its own words
    why: Mapping[str, str] = {}  # by channel: why this time was chosen


def settled_post(post: Post, place: int, walls: Mapping[str, datetime], **fields: object) -> SettledPost:
    """Give the post at these times; its other fields are as written unless they are given."""
    values: dict[str, Any] = {name: getattr(post, name) for name in Post.model_fields}
    values["at"] = written(min(walls.values())) if walls else post.at
    values["channels"] = tuple(name for name in post.channels if name in walls)
    # Nothing is validated again: all of it stood in a plan that was.
    return SettledPost.model_construct(**{**values, "fold": None, "place": place, "walls": walls, **fields})


class Appearance(NamedTuple):
    """A post on one channel: what its variant leaves out is the post's own."""

    number: int  # the post's place in the plan
    post: Post
    channel: Channel
    variant: Variant

    @property
    def text(self) -> str:
        own = self.post.text if self.variant.text is None else self.variant.text
        # One spelling of each accent, whichever machine it was typed on: lengths and hashes agree.
        return unicodedata.normalize("NFC", own)

    @property
    def link(self) -> Link | None:
        return self.variant.link or self.post.link

    @property
    def media(self) -> tuple[MediaFile, ...]:
        return self.post.media if self.variant.media is None else self.variant.media

    @property
    def thread(self) -> tuple[str, ...]:
        """The later parts of a thread, each below the one before it."""
        own = self.post.thread if self.variant.thread is None else self.variant.thread
        return tuple(unicodedata.normalize("NFC", text) for text in own)

    @property
    def first_comment(self) -> str | None:
        """What is put below the post at once; an empty one in a variant says that there is none."""
        own = self.variant.first_comment
        chosen = self.post.first_comment if own is None else own
        return unicodedata.normalize("NFC", chosen) if chosen else None

    def later_texts(self) -> Iterator[tuple[str, str]]:
        """Give the texts that come below the post, each with the field that holds it."""
        for number, text in enumerate(self.thread):
            yield f"thread/{number}", text
        if self.first_comment is not None:
            yield "first_comment", self.first_comment

    @property
    def wall(self) -> datetime:
        """Give the wall-clock time. Raises ValueError, OverflowError where there is none."""
        if isinstance(self.post, SettledPost):
            return self.post.walls[self.channel.id]
        at = wall_clock(self.post.at) + (self.variant.at_offset or timedelta(0))
        if at.year not in YEARS:
            raise OverflowError(at.year)
        return at

    def due_at(self, place: ZoneInfo) -> datetime:
        """Give the instant. Raises NoSuchTime where the clocks jump over it, and what ``wall`` raises."""
        wall = self.wall
        return instant(wall, place, self.post.fold if is_doubled(wall, place) else None)

    @property
    def asked(self) -> str | None:
        """What the plan left open of the time; None where it wrote the time itself."""
        return self.post.asked.get(self.channel.id) if isinstance(self.post, SettledPost) else None

    @property
    def timed_by(self) -> str:
        """Name the field that says when it appears here."""
        return "at_offset" if self.variant.at_offset else "at"

    def pointer(self, field: str) -> str:
        """Point to a field: to the variant's where it has one of its own, otherwise to the post's."""
        name, *place = field.split("/")
        if getattr(self.variant, name, None) is not None:
            return pointer_to(("posts", self.number, "variants", self.channel.id, name, *place))
        return pointer_to(("posts", self.number, name, *place))


def placed(plan: Plan) -> Iterator[tuple[int, Post]]:
    """Give every post with its place in the plan as written, where a post that comes again stands once."""
    place = -1
    for post in plan.posts:
        place = post.place if isinstance(post, SettledPost) else place + 1
        yield place, post


def appearances(plan: Plan) -> Iterator[Appearance]:
    """Give every post on every channel that the plan has."""
    channels = {channel.id: channel for channel in plan.channels}
    for number, post in placed(plan):
        for name in dict.fromkeys(post.channels):
            if name in channels:
                yield Appearance(number, post, channels[name], post.variants.get(name, _NOTHING))


def boosted_days(plan: Plan) -> dict[str, tuple[date, ...]]:
    """Give for each campaign the days on which a post that it may boost appears, on the brand's clock."""
    days: dict[str, set[date]] = {}
    for one in appearances(plan):
        if one.post.boost:
            days.setdefault(one.post.boost.campaign, set()).add(one.wall.date())
    return {campaign: tuple(sorted(its)) for campaign, its in days.items()}


def address(link: Link) -> str:
    """Write a link with its campaign parameters: in the plan's order, in lower case, without accents."""
    if not link.utm:
        return link.url
    parts = urlsplit(link.url)
    added = urlencode({f"utm_{key.removeprefix('utm_')}": _plain(value) for key, value in link.utm.items()})
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, added]))))


def _plain(value: str) -> str:
    letters = unicodedata.normalize("NFKD", value.lower())
    return "-".join("".join(each for each in letters if not unicodedata.combining(each)).split())
