"""Checks of what a post says on a channel: its length, its hashtags, its address."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from parution.plan.appearances import Appearance, address
from parution.plan.limits import Limits, TextLimit
from parution.plan.model import Link
from parution.plan.problems import Problem, nearest, problem
from parution.plan.texts import in_bytes, length, surely_fits
from parution.publishing.content import ADDRESS, Content

# What web analytics read; anything else after utm_ is counted by nobody.
_UTM = ("source", "medium", "campaign", "term", "content", "id", "source_platform")
_ADDRESS = re.compile(r"https?://\S+")
# For the address of a post that is not out yet; few are longer.
_LONG_ADDRESS = f"https://{'x' * 112}"
_HASHTAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d_]\w*)")


def text_problems(one: Appearance, limits: Limits) -> Iterator[Problem]:
    """Find what is wrong with the text, the parts below it and the link, as this network counts them."""
    if not one.text.strip() and not one.media:
        where = one.pointer("text")
        yield problem("E501", where, "the post has neither text nor media", "write its text")
    if limits.text is not None:
        yield from _too_long(one, limits.text)
    yield from _hashtags(one, limits)
    if one.link is not None:
        yield from _campaign_parameters(one.pointer("link"), one.link)
    for field, text in one.later_texts():
        yield from _part(one, field, text, limits.text)


# ---------------------------------------------------------------------- length
def _too_long(one: Appearance, limit: TextLimit) -> Iterator[Problem]:
    text = one.text.replace(ADDRESS, _LONG_ADDRESS)
    if surely_fits(text, limit, _room_for(one.link, limit)):
        return
    link = address(one.link) if one.link else None
    body = Content(text=text, link=link, language="").body
    for counted, most, what in _excess(body, limit):
        said = f"{one.channel.network} counts {counted} {what}, the link included, and takes {most}"
        hint = f"shorten it by {counted - most}, in a variant for '{one.channel.id}' if you like"
        yield problem("E502", one.pointer("text"), said, hint)


def _room_for(link: Link | None, limit: TextLimit) -> int:
    """Give the most that a link below the text can count: nine letters stand for one that is escaped."""
    if link is None:
        return 0
    added = sum(len("&utm_=") + len(key) + 9 * len(value) for key, value in link.utm.items())
    return len("\n\n") + (limit.url or in_bytes(link.url) + added)


def _part(one: Appearance, field: str, text: str, limit: TextLimit | None) -> Iterator[Problem]:
    if not text.strip():
        yield problem("E501", one.pointer(field), "this part has no text", "write its text, or remove it")
    elif limit is not None:
        for counted, most, what in _excess(text, limit):
            said = f"{one.channel.network} counts {counted} {what} in this part, and takes {most}"
            yield problem("E502", one.pointer(field), said, f"shorten it by {counted - most}")


def _excess(text: str, limit: TextLimit) -> Iterator[tuple[int, int, str]]:
    """Give what is counted, what is taken, and of which unit, where the one is more than the other."""
    if surely_fits(text, limit):
        return
    if (counted := length(text, limit)) > limit.most:
        yield counted, limit.most, "bytes" if limit.counted == "bytes" else "characters"
    elif limit.bytes is not None and (size := in_bytes(text)) > limit.bytes:
        yield size, limit.bytes, "bytes"


# ---------------------------------------------------------------------- hashtags
def _hashtags(one: Appearance, limits: Limits) -> Iterator[Problem]:
    if "#" not in one.text:
        return
    tags = Counter(tag.casefold() for tag in _HASHTAG.findall(_ADDRESS.sub(" ", one.text)))
    if limits.hashtags is not None and tags.total() > limits.hashtags:
        said = f"{one.channel.network} takes {limits.hashtags} hashtags in a post, here are {tags.total()}"
        hint = f"keep the best, in a variant for '{one.channel.id}' if you like"
        yield problem("W503", one.pointer("text"), said, hint)
    for tag, count in tags.items():
        if count > 1:
            yield problem("W504", one.pointer("text"), f"#{tag} stands {count} times", "keep one of them")


# ---------------------------------------------------------------------- campaign parameters
def _campaign_parameters(pointer: str, link: Link) -> Iterator[Problem]:
    written = {key for key, _ in parse_qsl(urlsplit(link.url).query)} if link.utm and "?" in link.url else ()
    for key in link.utm:
        name = key.removeprefix("utm_")
        if name not in _UTM:
            near = nearest(name, _UTM)
            hint = f"did you mean '{near}'?" if near else f"write one of: {', '.join(_UTM)}"
            yield problem("W505", f"{pointer}/utm/{key}", f"nobody counts utm_{name}", hint)
        if f"utm_{name}" in written:
            said = f"utm_{name} stands in the address already"
            yield problem("W506", f"{pointer}/utm/{key}", said, "keep one of them")
