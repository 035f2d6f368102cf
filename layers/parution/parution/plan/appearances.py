"""Each post on each of its channels: what it says there, and when."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from parution.plan.model import Channel, Link, MediaFile, Plan, Post, Variant
from parution.plan.problems import pointer_to
from parution.plan.times import YEARS, instant, is_doubled, wall_clock

_NOTHING = Variant()


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
    def wall(self) -> datetime:
        """Give the wall-clock time. Raises ValueError, OverflowError where there is none."""
        at = wall_clock(self.post.at) + (self.variant.at_offset or timedelta(0))
        if at.year not in YEARS:
            raise OverflowError(at.year)
        return at

    def due_at(self, place: ZoneInfo) -> datetime:
        """Give the instant. Raises NoSuchTime where the clocks jump over it, and what ``wall`` raises."""
        wall = self.wall
        return instant(wall, place, self.post.fold if is_doubled(wall, place) else None)

    def pointer(self, field: str) -> str:
        """Point to a field: to the variant's where it has one of its own, otherwise to the post's."""
        if getattr(self.variant, field, None) is not None:
            return pointer_to(("posts", self.number, "variants", self.channel.id, field))
        return pointer_to(("posts", self.number, field))


def appearances(plan: Plan) -> Iterator[Appearance]:
    """Give every post on every channel that the plan has."""
    channels = {channel.id: channel for channel in plan.channels}
    for index, post in enumerate(plan.posts):
        for name in dict.fromkeys(post.channels):
            if name in channels:
                yield Appearance(index, post, channels[name], post.variants.get(name, _NOTHING))


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
