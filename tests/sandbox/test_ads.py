from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from parution.sandbox.ads import create_app

TOKEN = {"Authorization": "Bearer sandbox-token"}
FIRST = date(2026, 12, 1)
VIDEO = {"name": "martin/noel/fb-video", "network": "facebook", "format": "video", "currency": "EUR"}


@pytest.fixture
def client() -> FlaskClient:
    return create_app(today="2026-12-01").test_client()


def ensure(client: FlaskClient, **facts: Any) -> TestResponse:
    return client.post("/ad_objects", json=VIDEO | facts, headers=TOKEN)


def set_amount(client: FlaskClient, amount: object, day: object = FIRST, ad: str = "ad-1") -> TestResponse:
    return client.put(f"/ad_objects/{ad}/budgets/{day}", json={"amount": amount}, headers=TOKEN)


def set_today(client: FlaskClient, day: date, gone: float = 0.0) -> TestResponse:
    return client.post("/_sandbox/day", json={"today": day.isoformat(), "gone": gone})


def days(client: FlaskClient, since: date = FIRST, ad: str = "ad-1") -> list[dict[str, Any]]:
    answer = client.get(f"/ad_objects/{ad}/spending?since={since}", headers=TOKEN)
    reported: list[dict[str, Any]] = answer.get_json()["days"]
    return reported


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


# ---------------------------------------------------------------- ad objects
def test_an_ad_object_is_made_once_and_paused(client: FlaskClient) -> None:
    first, second = ensure(client), ensure(client)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json() == second.get_json() == {"id": "ad-1", "status": "paused", **VIDEO}


def test_ad_objects_are_found_by_name(client: FlaskClient) -> None:
    ensure(client)
    ensure(client, name="martin/noel/ig-reel", network="instagram", format="reel")

    found = client.get("/ad_objects?name=martin/noel/ig-reel", headers=TOKEN).get_json()["ad_objects"]

    assert [one["id"] for one in found] == ["ad-2"]
    assert client.get("/ad_objects?name=nobody", headers=TOKEN).get_json() == {"ad_objects": []}


def test_another_currency_than_the_accounts_is_refused(client: FlaskClient) -> None:
    assert code(ensure(client, currency="USD")) == (422, "WRONG_CURRENCY")


def test_a_name_stands_for_one_network_and_format(client: FlaskClient) -> None:
    ensure(client)

    assert code(ensure(client, format="story")) == (409, "NAME_TAKEN")


@pytest.mark.parametrize("facts", [{"name": ""}, {"currency": "euro"}, {"budget": 5}, {"network": None}])
def test_an_ad_object_that_is_not_described_is_refused(client: FlaskClient, facts: dict[str, Any]) -> None:
    assert code(ensure(client, **facts)) == (400, "INVALID")


def test_accounts_are_apart(client: FlaskClient) -> None:
    client = create_app(accounts={"sandbox-token": "EUR", "other": "CHF"}).test_client()
    ensure(client)

    theirs = client.get("/ad_objects", headers={"Authorization": "Bearer other"}).get_json()

    assert theirs == {"ad_objects": []}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nobody"}])
def test_without_a_right_token_nothing_is_done(client: FlaskClient, headers: dict[str, str]) -> None:
    assert code(client.post("/ad_objects", json=VIDEO, headers=headers)) == (401, "TOKEN_INVALID")


# ---------------------------------------------------------------- amounts
def test_an_amount_is_absolute_and_read_back(client: FlaskClient) -> None:
    ensure(client)

    for amount in (5000, 3000, 3000, 0):
        set_amount(client, amount)
        assert client.get(f"/ad_objects/ad-1/budgets/{FIRST}", headers=TOKEN).get_json()["amount"] == amount


def test_a_day_that_was_never_set_has_nothing(client: FlaskClient) -> None:
    ensure(client)

    assert client.get("/ad_objects/ad-1/budgets/2026-12-02", headers=TOKEN).get_json()["amount"] == 0


@pytest.mark.parametrize(
    ("amount", "answer"),
    [
        (99, (422, "BUDGET_BELOW_MINIMUM")),
        (-1, (400, "INVALID")),
        (50.5, (400, "INVALID")),
        ("5000", (400, "INVALID")),
    ],
)
def test_an_amount_that_cannot_be_is_refused(
    client: FlaskClient, amount: object, answer: tuple[int, str]
) -> None:
    ensure(client)

    assert code(set_amount(client, amount)) == answer


def test_the_refusal_of_a_small_amount_tells_the_least(client: FlaskClient) -> None:
    ensure(client)

    assert set_amount(client, 99).get_json()["error"]["minimum"] == 100


def test_a_day_that_is_over_cannot_be_changed(client: FlaskClient) -> None:
    ensure(client)
    set_today(client, FIRST + timedelta(days=1))

    assert code(set_amount(client, 5000)) == (409, "DAY_IS_OVER")


@pytest.mark.parametrize(("day", "ad", "answer"), [("soon", "ad-1", 400), (FIRST, "ad-9", 404)])
def test_what_does_not_exist_is_told(client: FlaskClient, day: object, ad: str, answer: int) -> None:
    ensure(client)

    assert set_amount(client, 5000, day, ad).status_code == answer


# ---------------------------------------------------------------- spend and results
def test_a_day_spends_only_once_it_has_come_and_only_what_was_set(client: FlaskClient) -> None:
    ensure(client)
    set_amount(client, 5000, FIRST + timedelta(days=1))

    assert days(client) == []
    set_today(client, FIRST + timedelta(days=3))

    (day,) = days(client)
    assert day["day"] == "2026-12-02"
    assert 0 < day["spend"] <= 8750


def test_a_day_in_progress_has_spent_in_proportion_and_never_less_later(client: FlaskClient) -> None:
    ensure(client)
    set_amount(client, 10_000)
    spends, results = [], []
    for tenth in range(11):
        set_today(client, FIRST, gone=tenth / 10)
        (day,) = days(client)
        spends.append(day["spend"])
        results.append(day["results"])

    assert spends[0] == 0
    assert spends == sorted(spends)
    assert results == sorted(results)
    assert spends[5] == pytest.approx(spends[10] / 2, abs=1)


def test_no_day_ever_spends_more_than_1_75_times_its_amount(client: FlaskClient) -> None:
    ensure(client)
    season = [FIRST + timedelta(days=number) for number in range(365)]
    for day in season:
        set_amount(client, 10_000, day)

    set_today(client, season[-1] + timedelta(days=1))
    spends = [day["spend"] for day in days(client)]

    assert len(spends) == 365
    assert max(spends) <= 17_500
    assert max(spends) > 14_000
    assert 9_500 < sum(spends) / 365 < 11_500


def test_what_was_spent_stays_spent_when_the_amount_is_lowered(client: FlaskClient) -> None:
    ensure(client)
    set_amount(client, 10_000)
    set_today(client, FIRST, gone=0.5)
    (before,) = days(client)

    set_amount(client, 0)
    set_today(client, FIRST + timedelta(days=1))

    (after,) = days(client)
    assert after["spend"] == before["spend"] > 0


def test_results_come_from_a_curve_that_stops_paying(client: FlaskClient) -> None:
    ensure(client)
    amounts = (1_000, 5_000, 25_000, 125_000, 625_000)
    for block, amount in enumerate(amounts):
        for number in range(40):
            set_amount(client, amount, FIRST + timedelta(days=40 * block + number))
    set_today(client, FIRST + timedelta(days=200))

    reported = days(client)
    means = [sum(day["results"] for day in reported[40 * block : 40 * block + 40]) / 40 for block in range(5)]

    assert means == sorted(means)
    assert means[4] < 1.5 * means[3]


def test_the_same_seed_gives_the_same_figures_and_another_seed_others() -> None:
    def figures(seed: int) -> list[dict[str, Any]]:
        client = create_app(today="2026-12-01", seed=seed).test_client()
        ensure(client)
        set_amount(client, 5000)
        set_today(client, FIRST + timedelta(days=1))
        return days(client)

    assert figures(1) == figures(1)
    assert figures(1) != figures(2)


# ---------------------------------------------------------------- the virtual day
def test_without_a_virtual_day_the_clock_tells_it() -> None:
    client = create_app(clock=lambda: datetime(2026, 12, 3, 6, 0, tzinfo=UTC)).test_client()

    assert client.get("/_sandbox/day").get_json() == {"today": "2026-12-03", "gone": 0.25}


def test_a_virtual_day_goes_forward_only_until_the_clock_is_followed_again(client: FlaskClient) -> None:
    set_today(client, FIRST, gone=0.5)

    assert code(set_today(client, FIRST, gone=0.4)) == (409, "TIME_GOES_FORWARD")
    assert client.get("/_sandbox/day").get_json() == {"today": "2026-12-01", "gone": 0.5}
    assert client.delete("/_sandbox/day").status_code == 200


@pytest.mark.parametrize("body", [{"today": "soon"}, {"today": "2026-12-01", "gone": 2}, {}])
def test_a_virtual_day_that_cannot_be_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post("/_sandbox/day", json=body).status_code == 400


# ---------------------------------------------------------------- the ground truth
def test_the_journal_tells_every_object_and_every_amount(client: FlaskClient) -> None:
    ensure(client)
    ensure(client)
    set_amount(client, 5000)
    set_amount(client, 99)

    events = client.get("/_sandbox/events").get_json()["events"]

    assert [(event["effect"], event["id"]) for event in events] == [("ad_object", "ad-1"), ("amount", "ad-1")]
    assert events[1]["facts"] == {"name": "martin/noel/fb-video", "day": "2026-12-01", "amount": 5000}
