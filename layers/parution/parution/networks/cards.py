"""What a page says of itself for those who link to it: its title, a sentence and a picture (ogp.me)."""

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import NamedTuple, Protocol, override
from urllib.parse import urljoin

from parution.fetching import Fetched, NotFetched
from parution.networks.pictures import proportions

# What precedes </head> of an ordinary shop's page is 20 to 200 kB; a page that is longer has no card.
_LARGEST_PAGE = 1_000_000
_LONGEST_TITLE, _LONGEST_SENTENCE = 200, 300
# A picture that unpacks to more is no preview (a bomb of a few kB may be 30,000 pixels wide).
_MOST_PIXELS = 40_000_000

_TITLE, _SENTENCE, _PICTURE = "title", "description", "image"


class Pages(Protocol):
    def fetch(self, url: str, kinds: Sequence[str], most: int) -> Fetched | NotFetched:
        """Get what lies at an address that may be anybody's."""


class Card(NamedTuple):
    """How a link is shown."""

    title: str
    sentence: str = ""
    picture: Fetched | None = None


def card_of(pages: Pages, link: str, largest_picture: int) -> Card | None:
    """Read the page that a link leads to; None where it says nothing, or cannot be read now.

    ``largest_picture`` is in bytes; a picture that is larger, or none, is left out.
    """
    page = pages.fetch(link, ("text/html", "application/xhtml+xml"), _LARGEST_PAGE)
    if isinstance(page, NotFetched):
        return None
    reader = _Reader()
    reader.feed(_decoded(page.body))
    title = reader.found.get(_TITLE) or reader.title
    if not title:
        return None
    picture = reader.found.get(_PICTURE)
    return Card(
        _cut(title, _LONGEST_TITLE),
        _cut(reader.found.get(_SENTENCE, ""), _LONGEST_SENTENCE),
        _picture(pages, urljoin(page.url, picture), largest_picture) if picture else None,
    )


def _picture(pages: Pages, url: str, largest: int) -> Fetched | None:
    found = pages.fetch(url, ("image/jpeg", "image/png", "image/webp", "image/gif"), largest)
    if isinstance(found, NotFetched):
        return None
    # What its first bytes say counts, not what its server calls it.
    size = proportions(found.body)
    return found if size and size[0] * size[1] <= _MOST_PIXELS else None


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


class _Reader(HTMLParser):
    """Finds `<meta property="og:title" content="…">` and the like; the first of each counts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._title: list[str] = []
        self._in_title = False

    @property
    def title(self) -> str:
        return "".join(self._title).strip()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = not self._title
        if tag != "meta":
            return
        said = {name: value or "" for name, value in attrs}
        name = said.get("property") or said.get("name") or ""
        content = said.get("content", "").strip()
        if name.startswith("og:") and content:
            self.found.setdefault(name.removeprefix("og:").removesuffix(":url"), content)
        elif name == _SENTENCE and content and _SENTENCE not in self.found:
            self.found[_SENTENCE] = content

    @override
    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    @override
    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title.append(data)
