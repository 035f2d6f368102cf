"""What networks bill for a program's calls."""

from datetime import date

import pytest

from parution.plan.fees import fees_of
from parution.plan.model import NETWORKS
from parution.reporting.costs import fee_of


@pytest.mark.parametrize(
    ("text", "millionths"),
    [
        ("La bûche praliné est de retour.", 15_000),
        ("À commander ici : https://martin.example/buche", 200_000),
        ("À commander ici : http://martin.example/buche", 200_000),
    ],
)
def test_x_asks_more_for_a_post_with_an_address(text: str, millionths: int) -> None:
    fees = fees_of("x")

    assert fees is not None
    assert fees.for_text(text) == millionths


def test_describing_pictures_is_billed_beside_the_posts() -> None:
    assert fee_of("x", ["Un four.", "Deux fours."], described=3) == pytest.approx(0.045)


def test_a_network_that_is_not_named_asks_nothing() -> None:
    assert fees_of("mastodon") is None
    assert fee_of("mastodon", ["https://martin.example"], described=4) == 0.0


@pytest.mark.parametrize("network", [name for name in NETWORKS if fees_of(name)])
def test_a_price_has_its_date_and_its_source(network: str) -> None:
    fees = fees_of(network)

    assert fees is not None
    assert fees.as_of >= date(2026, 11, 22)
    assert fees.source
