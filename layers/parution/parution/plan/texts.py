"""How long a text is, as the networks count."""

import re
import unicodedata

from parution.plan.limits import TextLimit

_URL = re.compile(r"https?://[^\s<>\"]+")
_REMOTE_MENTION = re.compile(r"(?<![\w/])(@\w+)@[\w.-]+\w", re.ASCII)
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)

# One emoji, whatever it is put together from (UTS 51): a flag, a keycap, or pictures that a joiner holds.
_PICTURE = (
    "(?:[\U0001f000-\U0001faff\u2600-\u27bf\u231a-\u23ff\u2b05-\u2b55]|[\u00a9\u00ae\u203c-\u3299](?=\ufe0f))"
)
_ONE = f"{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_EMOJI = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_ONE}(?:\u200d{_ONE})*")
# twitter-text, config v3: these weigh 1, everything else and each emoji 2.
_LIGHT = (range(4352), range(8192, 8206), range(8208, 8224), range(8242, 8248))


def length(text: str, limit: TextLimit) -> int:
    """Count a text as a network does.

    Where an address counts as a fixed number, of @name@server only @name counts, as on Mastodon
    (app/validators/status_length_validator.rb).
    """
    if limit.url is not None:
        text = _REMOTE_MENTION.sub(r"\1", _URL.sub("x" * limit.url, text))
    return _COUNTINGS[limit.counted](text)


def surely_fits(text: str, limit: TextLimit, beside: int = 0) -> bool:
    """Say whether it fits however it is counted: no way of counting gives more than its bytes in UTF-8.

    ``beside``: what is counted besides.
    """
    size = len(text) if text.isascii() else len(text.encode(errors="replace"))
    longest = min(limit.most, limit.bytes or limit.most)
    return size + beside + (limit.url or 0) * text.count("://") <= longest


def seen(text: str) -> int:
    """Count user-perceived characters, never too many: a text that fits is never called too long.

    Combining marks, joiners and what they join, skin tones and the second letter of a flag add nothing.
    """
    if text.isascii():
        return len(text)
    after_joiner = sum(first == _JOINER for first in text[:-1])
    flags = sum(ord(letter) in _FLAG_LETTERS for letter in text)
    return sum(map(_stands_alone, text)) - after_joiner - flags // 2


def _stands_alone(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Mn", "Me", "Cf"} and ord(letter) not in _SKIN_TONES


def weighted(text: str) -> int:
    """Count as X does: Latin, Greek, Cyrillic and the like 1, everything else and any emoji 2."""
    plain, emoji = _EMOJI.subn("", unicodedata.normalize("NFC", text))
    return 2 * emoji + sum(1 if any(ord(letter) in light for light in _LIGHT) else 2 for letter in plain)


def with_emoji_in_bytes(text: str) -> int:
    """Count as Threads does: an emoji counts as many as it has bytes in UTF-8."""
    return len(_EMOJI.sub("", text)) + sum(in_bytes(found[0]) for found in _EMOJI.finditer(text))


def in_bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def in_utf_16(text: str) -> int:
    return len(text.encode("utf-16-le", errors="replace")) // 2


_COUNTINGS = {
    "seen": seen,
    "weighted": weighted,
    "emoji-bytes": with_emoji_in_bytes,
    "utf-16": in_utf_16,
    "bytes": in_bytes,
}
