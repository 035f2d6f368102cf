"""What a page says of itself for those who link to it."""

from collections.abc import Sequence

import pytest

from parution.fetching import Fetched, NotFetched
from parution.networks.cards import Card, card_of

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0"
BOMB = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x75\x30\x00\x00\x75\x30"
LINK = "https://martin.example/buche"


class Site:
    """Pages by their addresses."""

    def __init__(self, page: str | bytes, pictures: dict[str, bytes] | None = None) -> None:
        body = page.encode() if isinstance(page, str) else page
        self._lies = {LINK: ("text/html", body)}
        self._lies |= {url: ("image/png", data) for url, data in (pictures or {}).items()}

    def fetch(self, url: str, kinds: Sequence[str], most: int) -> Fetched | NotFetched:
        kind, body = self._lies.get(url, ("", b""))
        if kind not in kinds or len(body) > most:
            return NotFetched("no")
        return Fetched(url, kind, body)


FULL = """<!doctype html><html><head><title>Bûche | Boulangerie Martin</title>
<meta property="og:title" content="La bûche &amp; ses fours">
<meta property="og:description" content="À commander
   jusqu'au 20.">
<meta property="og:image" content="/img/buche.png">
<meta property="og:image" content="/img/second.png">
</head><body></body></html>"""


def test_a_page_is_shown_as_it_says() -> None:
    card = card_of(Site(FULL, {"https://martin.example/img/buche.png": PNG}), LINK, 1_000)

    picture = Fetched("https://martin.example/img/buche.png", "image/png", PNG)
    assert card == Card("La bûche & ses fours", "À commander jusqu'au 20.", picture)


@pytest.mark.parametrize(
    ("page", "card"),
    [
        ("<title>Bûche</title>", Card("Bûche")),
        ("<title>Bûche</title><meta name=description content='À commander'>", Card("Bûche", "À commander")),
        ("<title>Bûche</title><svg><title>Un sapin</title></svg>", Card("Bûche")),
        ("<title>B\xfbche</title>".encode("cp1252"), Card("Bûche")),
        ("<title>" + "Bûche " * 100 + "</title>", Card("Bûche " * 32 + "Bûche…")),
        (
            "<meta property='og:title' content='Bûche'><meta property='og:image:url' content='x.png'>",
            Card("Bûche"),
        ),
        ("<p>rien", None),
        ("", None),
        ("<meta property='og:title'><title></title>", None),
        (b"\x00\xff\xfe", None),
    ],
)
def test_a_page_that_says_less_is_shown_with_less(page: str | bytes, card: Card | None) -> None:
    assert card_of(Site(page), LINK, 1_000) == card


@pytest.mark.parametrize("picture", [BOMB, b"<svg/>", b"", PNG + bytes(1_000)])
def test_a_picture_that_is_none_is_left_out(picture: bytes) -> None:
    card = card_of(Site(FULL, {"https://martin.example/img/buche.png": picture}), LINK, 1_000)

    assert card is not None
    assert card.picture is None


def test_a_page_that_cannot_be_read_has_no_card() -> None:
    assert card_of(Site(FULL), "https://martin.example/autre", 1_000) is None
