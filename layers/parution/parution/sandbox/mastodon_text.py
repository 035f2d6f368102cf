"""A status's text as Mastodon counts and renders it (text_formatter.rb, status_length_validator.rb)."""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

import regex  # type: ignore[import-untyped]

URL_LENGTH = 23  # whatever its real length
_SHOWN = 30  # characters of an address that are displayed

_URL = r"https?://[^\s<>\"]+[^\s<>\".,;:!?'»)\]]"
_HASHTAG = r"(?<![\w/&])#(?P<tag>\w*[^\W\d_]\w*)"
_MENTION = r"(?<![\w/=])@(?P<user>\w+)(?:@(?P<host>[\w.-]+\w))?"
_ENTITY = re.compile(rf"(?P<url>{_URL})|{_HASHTAG}|{_MENTION}")
_PREFIX = re.compile(r"https?://(www\.)?")


class Entity(NamedTuple):
    start: int
    end: int
    kind: str  # url, tag, mention
    text: str


def entities(text: str) -> Iterator[Entity]:
    """Find the addresses, hashtags and mentions, in their order."""
    for match in _ENTITY.finditer(text):
        kind = "url" if match["url"] else "tag" if match["tag"] else "mention"
        yield Entity(match.start(), match.end(), kind, match["url"] or match["tag"] or match["user"])


def length(text: str) -> int:
    """Count graphemes; an address counts 23, and of a mention only its user part."""
    counted, last = 0, 0
    for entity in entities(text):
        counted += _graphemes(text[last : entity.start])
        counted += URL_LENGTH if entity.kind == "url" else _graphemes(entity.text) + 1
        last = entity.end
    return counted + _graphemes(text[last:])


def _graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def tags(text: str) -> list[str]:
    return [entity.text for entity in entities(text) if entity.kind == "tag"]


def html(text: str, base_url: str) -> str:
    """Render paragraphs, line breaks, shortened links, hashtags and mentions."""
    paragraphs = re.split(r"\n{2,}", text.replace("\r\n", "\n").strip())
    return "".join(f"<p>{_paragraph(one, base_url)}</p>" for one in paragraphs if one)


def _paragraph(text: str, base_url: str) -> str:
    parts, last = [], 0
    for entity in entities(text):
        parts += [escape(text[last : entity.start]), _linked(entity, base_url)]
        last = entity.end
    return "".join([*parts, escape(text[last:])]).replace("\n", "<br />")


def _linked(entity: Entity, base_url: str) -> str:
    name = escape(entity.text)
    match entity.kind:
        case "tag":
            href = f"{base_url}/tags/{name}"
            return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
        case "mention":
            link = f'<a href="{base_url}/@{name}" class="u-url mention">@<span>{name}</span></a>'
            return f'<span class="h-card" translate="no">{link}</span>'
        case _:
            return _shortened(entity.text)


def _shortened(url: str) -> str:
    prefix = match[0] if (match := _PREFIX.match(url)) else ""
    rest = url[len(prefix) :]
    # One character more is shown, rather than an ellipsis in its place.
    shown = rest if len(rest) <= _SHOWN + 1 else rest[:_SHOWN]
    ellipsis = "ellipsis" if shown != rest else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(prefix)}</span><span class="{ellipsis}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(rest[len(shown) :])}</span></a>'
    )
