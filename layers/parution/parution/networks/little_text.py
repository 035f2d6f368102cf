"""LinkedIn's "little" text, in which posts are written: whatever could be its syntax is escaped.

learn.microsoft.com, little-text-format. One such letter that is not escaped cuts the post there, and LinkedIn
answers 201 all the same.
"""

import re

_RESERVED = r"[\\|{}@\[\]()<>#*_~]"
_LETTER = re.compile(_RESERVED)
_ESCAPED = re.compile(rf"\\({_RESERVED})")
# What is meant as it stands: a hashtag, and a mention of a person or a company by its URN.
_MEANT = re.compile(
    r"(?P<mention>@\[[^\]\[]{1,200}\]\(urn:li:(?:person|organization):[\w-]{1,60}\))"
    r"|(?<![\w&/#])#(?P<tag>\w*[^\W\d_]\w*)"
)
_TAG = re.compile(r"\{hashtag\|\\?[#\uff03]\|((?:[^\\{}|]|\\.)*)\}")


def little(text: str) -> str:
    """Write a text; `#bûche` stays a hashtag, and `@[Martin](urn:li:organization:1)` a mention."""
    written, last = [], 0
    for meant in _MEANT.finditer(text):
        written += [_escaped(text[last : meant.start()]), meant["mention"] or _hashtag(meant["tag"])]
        last = meant.end()
    return "".join((*written, _escaped(text[last:])))


def plain(written: str) -> str:
    """Read it back as people wrote it."""
    return _ESCAPED.sub(r"\1", _TAG.sub(r"#\1", written))


def _escaped(text: str) -> str:
    return _LETTER.sub(r"\\\g<0>", text)


def _hashtag(tag: str) -> str:
    # As LinkedIn itself gives one back.
    return rf"{{hashtag|\#|{_escaped(tag)}}}"
