"""How long a text is, as the networks count."""

import re
import unicodedata

_URL = re.compile(r"https?://[^\s<>\"]+")
_REMOTE_MENTION = re.compile(r"(?<![\w/])(@\w+)@[\w.-]+\w", re.ASCII)
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def length(text: str, url_counts_as: int | None) -> int:
    """Count the characters that readers see.

    ``url_counts_as``: every address counts as so many, and of @name@server only @name, as Mastodon does
    (app/validators/status_length_validator.rb).
    """
    if url_counts_as is None:
        return seen(text)
    return seen(_REMOTE_MENTION.sub(r"\1", _URL.sub("x" * url_counts_as, text)))


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
