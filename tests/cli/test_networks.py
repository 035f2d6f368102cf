"""`parution networks`: every network that a plan may name, with its promise and what is left to people."""

from datetime import date, timedelta

import pytest

from parution.cli import networks
from parution.networks.terms import Terms, Version
from parution.plan.model import CONNECTED, NETWORKS, RETIRED
from parution.publishing.ports import Guarantee
from tests.cli.stack import as_json, parution


def test_every_network_is_told_the_connected_ones_first_and_the_closed_ones_last() -> None:
    told = [one["network"] for one in as_json("networks")]

    assert sorted(told) == sorted([*NETWORKS, *RETIRED])
    assert set(told[: len(CONNECTED)]) == CONNECTED
    assert told[-len(RETIRED) :] == list(RETIRED)


def test_a_connected_network_says_what_it_guarantees_and_for_how_long() -> None:
    mastodon = next(one for one in as_json("networks") if one["network"] == "mastodon")

    assert list(mastodon["guarantees"]) == ["keyed"]
    assert (mastodon["settling_seconds"], mastodon["key_lives_seconds"]) == (90, 55 * 60)


def test_what_an_accounts_secret_decides_is_told_so() -> None:
    webhook = next(line for line in parution("networks").stdout.splitlines() if line.startswith("webhook"))

    assert "keyed, readable or blind" in webhook


def test_what_a_network_takes_a_day_is_told() -> None:
    instagram = next(
        line for line in parution("networks").stdout.splitlines() if line.startswith("instagram")
    )

    assert instagram.split()[-1] == "50"


def test_a_closed_network_names_what_may_take_its_place() -> None:
    assert "closed for good: use linkedin" in parution("networks").stdout


@pytest.mark.parametrize("guarantee", Guarantee)
def test_every_guarantee_is_explained(guarantee: Guarantee) -> None:
    assert all(networks._MEANINGS[guarantee])


def test_it_needs_no_stack_and_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert parution("networks").exit_code == 0


def test_what_a_network_asks_for_a_post_is_told_with_its_source() -> None:
    told = " ".join(parution("networks").stdout.split())
    x = next(one for one in as_json("networks") if one["network"] == "x")

    assert "x asks 0.015 USD a post, 0.2 with an address, and 0.005 for each picture" in told
    assert "docs.x.com" in told
    assert x["fees_in_millionths_of_usd"]["post_with_link"] == 200_000


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2027, 4, 1), "version 202607 of its API ends on 15 July 2027 (learn.example)"),
        (date(2027, 4, 17), "ends on 15 July 2027, in 89 days[/]: update the program"),
        (date(2027, 7, 15), "ended on 15 July 2027[/]: update the program"),
    ],
)
def test_a_version_that_ends_is_told_and_warned_of_for_ninety_days(today: date, told: str) -> None:
    version = Version("202607", date(2027, 7, 15), "learn.example")
    terms = Terms((Guarantee.BLIND,), timedelta(seconds=90), None, (), version=version)

    (line,) = networks.endings({"linkedin": terms, "mastodon": None}, today)

    assert told in line


def test_the_version_that_linkedin_is_asked_for_is_told_to_machines() -> None:
    linkedin = next(one for one in as_json("networks") if one["network"] == "linkedin")

    assert linkedin["api_version"]["ends_on"] == "2027-07-15"
