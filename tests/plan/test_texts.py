"""A text is as long as its network says."""

import pytest

from parution.plan.limits import TextLimit, limits_of
from parution.plan.model import NETWORKS
from parution.plan.texts import length, surely_fits, weighted, with_emoji_in_bytes

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Bûche", 5),
        ("Bu\u0302che", 5),  # NFC first
        ("パン屋", 6),
        ("🎄", 2),
        (FAMILY, 2),
        ("🇫🇷", 2),
        ("👍🏽", 2),
        ("1️⃣", 2),
        ("❤️", 2),
        ("«…»", 4),
        ("\u2019\u201c\u201d\u2013", 4),
        ("€", 2),
    ],
)
def test_x_counts_an_emoji_as_two_and_far_scripts_twice(text: str, count: int) -> None:
    assert weighted(text) == count


def test_threads_counts_an_emoji_by_its_bytes() -> None:
    assert with_emoji_in_bytes("Bûche 🎄") == 6 + 4
    assert with_emoji_in_bytes(FAMILY) == 25


@pytest.mark.parametrize(
    ("network", "text", "count"),
    [
        ("x", "Voir https://martin.example/une/tres/longue/adresse", 5 + 23),
        ("mastodon", "Voir https://martin.example/buche et @lea@social.example", 5 + 23 + 4 + 4),
        ("bluesky", FAMILY, 1),
        ("bluesky", "e\u0301", 1),
        ("tiktok", "🎄", 2),
        ("youtube", "é", 2),
        ("facebook", "é", 1),
    ],
)
def test_a_text_is_counted_as_its_network_does(network: str, text: str, count: int) -> None:
    limits = limits_of(network)

    assert limits is not None
    assert limits.text is not None
    assert length(text, limits.text) == count


def test_what_surely_fits_is_never_too_long() -> None:
    limit = TextLimit(most=30, counted="weighted", url=23)

    assert surely_fits("Bûche 🎄", limit)
    assert not surely_fits("https://a.fr", limit)


def test_a_format_takes_what_it_says_itself_and_otherwise_what_its_network_takes() -> None:
    reel, story = limits_of("instagram", "reel"), limits_of("instagram", "story")

    assert reel is not None
    assert story is not None
    assert (reel.needs, reel.seconds, reel.image_mb) == ("film", (3, 900), 8)
    assert (story.needs, story.ratios) == ("media", None)


def test_every_row_names_its_source() -> None:

    assert [name for name in NETWORKS if (limits := limits_of(name)) is None or len(limits.source) < 10] == []
