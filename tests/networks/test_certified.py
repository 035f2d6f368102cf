"""The matrix says what was certified of which connector, and is as new as the connector."""

import json
from datetime import date

import pytest

from parution.networks import CONNECTED, terms_of
from tests.cli.stack import parution
from tests.contracts.certification.record import FILE, connector_of

WRITTEN = json.loads(FILE.read_text())


def test_every_connector_is_in_the_matrix_and_nothing_else() -> None:
    assert WRITTEN.keys() == CONNECTED.keys()


@pytest.mark.parametrize("network", CONNECTED)
def test_all_that_a_connector_claims_was_certified_as_it_is_now(network: str) -> None:
    terms, entry = terms_of(network), WRITTEN[network]["double"]

    assert terms is not None
    assert entry["kinds"] == sorted(terms.kinds), "run make certify"
    assert entry["offers"] == sorted(terms.offers), "run make certify"
    assert entry["connector"] == connector_of(network), "the connector was changed: run make certify"
    assert date.fromisoformat(entry["on"])


def test_the_matrix_is_shown_with_its_dates() -> None:
    shown = parution("networks", "--certified")

    assert shown.exit_code == 0
    for network in CONNECTED:
        assert network in shown.stdout
    assert json.loads(parution("networks", "--certified", "--format", "json").stdout) == WRITTEN
