from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from parution.ad_platforms import CONNECTED, SecretAdPlatforms
from parution.buying.ports import AdPlatform
from parution.errors import NoSuchSecret, PlatformBusy, PlatformRefused, PlatformUnknown
from parution.plan.model import AD_PLATFORMS
from parution.sandbox.servers import Server, running
from parution.transport import open_client
from tests.networks.accounts import OneSecret

CLIENT = open_client()

DAY = date(2026, 12, 1)


@pytest.fixture
def server() -> Iterator[Server]:
    with running("ads", today="2026-12-01") as server:
        yield server


@pytest.fixture
def account(server: Server) -> AdPlatform:
    return SecretAdPlatforms(OneSecret("ads", server.secrets()["EUR"])).open("sandbox", "secret:ads")


def ensure(account: AdPlatform) -> str:
    return account.ensure("martin/noel/fb-video", "facebook", "video", "EUR")


def test_an_ad_object_is_made_once_and_found_by_name(server: Server, account: AdPlatform) -> None:
    before = account.find("martin/noel/fb-video")
    made = ensure(account)

    assert before is None
    assert ensure(account) == made == account.find("martin/noel/fb-video")
    assert [event["effect"] for event in server.events()] == ["ad_object"]


def test_an_amount_is_set_absolutely_and_read_back(account: AdPlatform) -> None:
    ad = ensure(account)

    account.set_amount(ad, DAY, 5000)
    account.set_amount(ad, DAY, 3000)

    assert account.read_amount(ad, DAY) == 3000
    assert account.read_amount(ad, DAY + timedelta(days=1)) == 0


def test_spending_comes_per_day_in_minor_units_and_within_the_overdelivery(
    server: Server, account: AdPlatform
) -> None:
    ad = ensure(account)
    account.set_amount(ad, DAY, 5000)
    CLIENT.post(f"{server.url}/_sandbox/day", json={"today": "2026-12-02"})

    (spending,) = account.spending(ad, DAY)

    assert spending.day == DAY
    assert 0 < spending.spend <= 5000 * account.overdelivery
    assert spending.results is not None
    assert account.spending(ad, DAY + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda ads, ad: ads.ensure("x", "facebook", "video", "USD"),
            "WRONG_CURRENCY: this account pays in EUR",
        ),
        (lambda ads, ad: ads.set_amount(ad, DAY, 50), "BUDGET_BELOW_MINIMUM: a day takes 0 or at least 100"),
        (lambda ads, ad: ads.set_amount(ad, DAY - timedelta(days=1), 5000), "DAY_IS_OVER"),
        (lambda ads, ad: ads.read_amount("ad-99", DAY), "NO_SUCH_OBJECT"),
        (lambda ads, ad: ads.spending("ad-99", DAY), "NO_SUCH_OBJECT"),
    ],
)
def test_what_the_platform_refuses_is_refused_in_its_words(
    account: AdPlatform, call: Callable[[AdPlatform, str], object], words: str
) -> None:
    with pytest.raises(PlatformRefused, match=words):
        call(account, ensure(account))


def test_an_account_whose_token_no_longer_works_is_refused(server: Server) -> None:
    secret = {"base_url": server.url, "token": "expired"}
    account = SecretAdPlatforms(OneSecret("ads", secret)).open("sandbox", "secret:ads")

    with pytest.raises(PlatformRefused, match="TOKEN_INVALID"):
        account.find("martin/noel/fb-video")


@pytest.mark.parametrize("kind", ["lost_answer", "error_before", "error_after", "late_effect"])
def test_a_change_whose_answer_was_lost_is_unknown(server: Server, account: AdPlatform, kind: str) -> None:
    ad = ensure(account)
    server.fault(kind, method="PUT", seconds=60)

    with pytest.raises(PlatformUnknown):
        account.set_amount(ad, DAY, 5000)

    stands = 5000 if kind in {"lost_answer", "error_after"} else 0
    assert account.read_amount(ad, DAY) == stands


def test_an_ad_object_whose_answer_was_lost_is_not_made_twice(server: Server, account: AdPlatform) -> None:
    server.fault("lost_answer", method="POST")

    with pytest.raises(PlatformUnknown):
        ensure(account)

    assert ensure(account) == "ad-1"
    assert len(server.events()) == 1


@pytest.mark.parametrize("body", ["<html>", "{}", '{"amount": "much"}', '{"error": "no"}'])
@pytest.mark.parametrize("status", [200, 302, 404, 422])
def test_an_answer_to_a_change_that_cannot_be_read_is_unknown(
    server: Server, account: AdPlatform, status: int, body: str
) -> None:
    ad = ensure(account)
    server.fault("error_after", method="PUT", status=status, body=body)

    with pytest.raises(PlatformUnknown):
        account.set_amount(ad, DAY, 5000)


@pytest.mark.parametrize("kind", ["lost_answer", "error_before", "error_after"])
def test_reading_that_fails_leaves_nothing_in_doubt(server: Server, account: AdPlatform, kind: str) -> None:
    ad = ensure(account)
    server.fault(kind, method="GET", times=3)

    for read in (
        lambda: account.read_amount(ad, DAY),
        lambda: account.spending(ad, DAY),
        lambda: account.find("martin/noel/fb-video"),
    ):
        with pytest.raises(PlatformBusy):
            read()


def test_throttling_changes_nothing_and_says_how_long(server: Server, account: AdPlatform) -> None:
    ad = ensure(account)
    server.fault("rate_limit", method="PUT", headers={"Retry-After": "7"})

    with pytest.raises(PlatformBusy) as busy:
        account.set_amount(ad, DAY, 5000)

    assert busy.value.retry_after == timedelta(seconds=7)
    assert account.read_amount(ad, DAY) == 0


def test_a_platform_that_is_down_was_changed_in_nothing(server: Server, account: AdPlatform) -> None:
    server.stop()

    with pytest.raises(PlatformBusy):
        ensure(account)


def test_a_platform_without_connector_says_which_have_one() -> None:
    with pytest.raises(NoSuchSecret, match="secret:ads: meta has no connector; connected are sandbox"):
        SecretAdPlatforms(OneSecret("ads", {})).open("meta", "secret:ads")


def test_the_plan_and_the_connectors_agree_on_what_is_connected() -> None:
    assert CONNECTED.keys() == AD_PLATFORMS.keys()
