"""What connectors say about themselves before any account is opened."""

from datetime import timedelta

import pytest

from parution.networks import CONNECTED, SecretNetworks, remote_id_in, terms_of
from parution.publishing.ports import Guarantee
from parution.publishing.tokens import Connection, TokenKeeper
from parution.sandbox.memory_tokens import MemoryTokens
from tests.contracts.certification.rows import ROWS
from tests.contracts.certification.rows.row import Row
from tests.networks.accounts import OneSecret


def keeper(connection: Connection) -> TokenKeeper:
    return TokenKeeper(connection, MemoryTokens(), timedelta(seconds=120))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_an_account_keeps_the_terms_of_its_network(row: Row) -> None:
    account = SecretNetworks(OneSecret("x", row.secret), tokens=keeper).open(row.network, "secret:x")

    stated = terms_of(row.network)

    assert stated is not None
    assert account.guarantee in stated.guarantees
    assert (account.settling, account.limits) == (stated.settling, stated.limits)
    assert account.key_lives == (stated.key_lives if account.guarantee is Guarantee.KEYED else None)


@pytest.mark.parametrize("network", CONNECTED)
def test_who_honours_a_key_says_for_how_long(network: str) -> None:
    stated = terms_of(network)

    assert stated is not None
    assert (stated.key_lives is not None) is (Guarantee.KEYED in stated.guarantees)
    assert stated.settling > timedelta(0)


def test_a_network_without_a_connector_states_nothing() -> None:
    assert terms_of("viadeo") is None
    assert remote_id_in("viadeo", "https://www.viadeo.com/p/1/") is None


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        ("https://masto.example/@martin/115000000000000001", "115000000000000001"),
        ("https://masto.example/@martin/115000000000000001/", "115000000000000001"),
        ("https://masto.example/@martin/115000000000000001?kiosque=1#haut", "115000000000000001"),
        ("https://masto.example/users/martin/statuses/115000000000000001", "115000000000000001"),
        ("https://other.example/@martin@masto.example/116000000000000009", None),
        ("https://masto.example/@martin", None),
        ("https://masto.example/", None),
        ("https://masto.example", None),
        ("https://masto.example/notice/AeBc2", None),
        ("https://masto.example/@martin/١٢٣", None),
    ],
)
def test_mastodons_address_tells_the_id_of_a_status(url: str, remote_id: str | None) -> None:
    assert remote_id_in("mastodon", url) == remote_id


def test_a_receivers_address_tells_no_id() -> None:
    assert remote_id_in("webhook", "https://site.example/posts/12") is None
