"""How a post looks on its network: where the text folds, and how much of a picture is cropped."""

from functools import cache
from pathlib import Path

import regex  # type: ignore[import-untyped]

from parution.records import Record


class Look(Record):
    """A network's feed; ratios are width by height, and a picture between them is shown whole."""

    fold: int | None = None
    lines: int | None = None
    tallest: float | None = None
    widest: float | None = None
    links: bool = True
    address: int | None = None  # characters of an address that are shown
    picture_first: bool = False
    formats: dict[str, float] = {}

    def in_format(self, name: str | None) -> "Look":
        """Give the look of a format that has a ratio of its own, such as a reel."""
        ratio = self.formats.get((name or "").lower())
        return self.model_copy(update={"tallest": ratio, "widest": ratio}) if ratio else self


class _Looks(Record):
    as_of: str
    about: str
    sources: str
    networks: dict[str, Look]


@cache
def _looks() -> _Looks:
    text = (Path(__file__).parent / "looks.json").read_text(encoding="utf-8")
    return _Looks.model_validate_json(text)


def look_of(network: str, format_: str | None = None) -> Look:
    """Give how a network shows a post; one that is not known shows all of it."""
    return _looks().networks.get(network, Look()).in_format(format_)


def folded(text: str, look: Look) -> tuple[str, str]:
    """Part a text in what the feed shows and what stands behind its "… more"; the second may be empty.

    Characters are those that readers see; the cut is made between words where there are any.
    """
    place = min(_by_characters(text, look.fold), _by_lines(text, look.lines))
    return text[:place].rstrip() if place < len(text) else text, text[place:].lstrip()


def _by_characters(text: str, most: int | None) -> int:
    seen = regex.findall(r"\X", text)
    if most is None or len(seen) <= most:
        return len(text)
    place = len("".join(seen[:most]))
    gap = max(text.rfind(space, 0, place) for space in (" ", "\n"))
    # A word that fills half of what is shown is cut, as networks do.
    return gap if gap > place // 2 else place


def _by_lines(text: str, most: int | None) -> int:
    if most is None:
        return len(text)
    ends = [place for place, sign in enumerate(text) if sign == "\n"]
    return ends[most - 1] if len(ends) >= most else len(text)
