import subprocess
import sys

import pytest

from parution.errors import NoSuchSecret
from parution.networks import CONNECTED, SecretNetworks
from parution.networks.mastodon import Mastodon
from parution.plan import model
from tests.networks.accounts import OneSecret

SECRET = {"base_url": "https://masto.example", "access_token": "canary-token"}


def test_an_account_is_opened_through_its_secret() -> None:
    networks = SecretNetworks(OneSecret("masto-martin", SECRET))

    assert isinstance(networks.open("mastodon", "secret:masto-martin"), Mastodon)


@pytest.mark.parametrize(
    ("network", "why"),
    [
        ("viadeo", "viadeo is closed; linkedin may take its place"),
        ("instagrm", "no network is called 'instagrm'"),
    ],
)
def test_a_network_that_cannot_be_opened_says_why(network: str, why: str) -> None:
    with pytest.raises(NoSuchSecret, match=f"^secret:x: {why}$"):
        SecretNetworks(OneSecret("x", SECRET)).open(network, "secret:x")


def test_a_secret_that_lacks_a_key_names_both_and_no_value() -> None:
    networks = SecretNetworks(OneSecret("masto-martin", {"access_token": "canary-token"}))

    with pytest.raises(NoSuchSecret, match="secret:masto-martin: 'base_url' is missing") as refused:
        networks.open("mastodon", "secret:masto-martin")

    assert "canary" not in str(refused.value)


def test_the_plan_and_the_connectors_agree_on_what_is_connected() -> None:
    assert CONNECTED.keys() == model.CONNECTED


@pytest.mark.parametrize("network", CONNECTED)
def test_opening_one_network_loads_no_other(network: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, {CONNECTED[network]}; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()

    assert CONNECTED[network] in loaded
    assert not {CONNECTED[other] for other in CONNECTED if other != network}.intersection(loaded)
    assert not {"boto3", "flask", "jinja2", "requests"}.intersection(loaded)
