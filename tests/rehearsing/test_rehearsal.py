import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from parution.plan.model import CONNECTED, Plan
from parution.rehearsing.contract import FaultLevel, Rehearsal
from parution.rehearsing.excerpt import Asked, PlanRefused, Wanted, month_of
from parution.rehearsing.findings import most_within
from parution.rehearsing.rehearsal import Rehearsed, rehearse
from tests.contracts.certification.stages import FILM, PIXEL
from tests.rehearsing.studio import DAYS, LONG, NOVEMBER, PICTURE, PLAN, a_rehearsal, shown


def without_money() -> dict[str, Any]:
    plan = copy.deepcopy(PLAN)
    plan |= {"campaigns": [], "schedules": {}}
    del plan["posts"][1]["boost"]
    return plan


# ---------------------------------------------------------------------- posts
def test_every_post_on_a_connected_network_appears_at_its_instant(found: Rehearsal) -> None:
    late = {one.id: one.late for one in found.showings if one.network in {"mastodon", "webhook", "x"}}

    assert len(late) == 8
    assert all(seconds is not None and 0 <= seconds < 1 for seconds in late.values())


def test_the_parts_of_a_thread_follow_each_other(found: Rehearsal) -> None:
    parts = [shown(found, name).published_at for name in ("recette/fil", "recette/fil/1", "recette/fil/2")]

    assert parts == sorted(parts, key=str)
    assert None not in parts


def test_a_post_shows_what_its_network_shows(found: Rehearsal) -> None:
    assert (
        shown(found, "atelier/fil").text
        == "L'atelier ouvre.\n\nhttps://lac.example/atelier?utm_campaign=atelier"
    )
    assert shown(found, "atelier/insta").behind.endswith("utm_campaign=atelier")
    assert LONG.startswith(shown(found, "atelier/insta").text)


def test_a_network_without_a_connector_is_shown_and_not_tried(found: Rehearsal) -> None:
    pro = shown(found, "atelier/pro")

    assert (pro.state, pro.published_at, pro.steps) == ("not_connected", None, ())
    assert [picture.alt for picture in pro.pictures] == ["Un atelier clair", None]
    assert {one.code for one in found.problems} >= {"E209"}


def test_a_retired_network_is_skipped_with_its_reason(found: Rehearsal) -> None:
    assert shown(found, "recette/vieux").reason == "viadeo is gone; move to linkedin"


def test_only_the_days_asked_for_are_shown(found: Rehearsal) -> None:
    assert {one.post for one in found.showings} == {"atelier", "recette", "malin"}


def test_each_step_of_a_delivery_is_told(found: Rehearsal) -> None:
    assert [step.state for step in shown(found, "malin/fil").steps] == ["planned", "sending", "published"]


def test_open_times_and_series_are_shown_as_the_import_settles_them() -> None:
    plan = without_money()
    plan["cadence"] = [{"channels": ["fil", "pro"], "slots": [{"days": ["wed"], "at": "08:00"}]}]
    marche = {
        "at": "2026-11-24T07:30",
        "repeat": "FREQ=DAILY;COUNT=9",
        "channels": ["fil"],
        "text": "Au marché.",
    }
    plan["posts"] = [
        {"id": "seigle", "at": "slot", "channels": ["fil", "pro"], "text": "Le seigle est là."},
        {"id": "marche", "variants": {"fil": {"at_offset": "PT1H"}}, **marche},
    ]

    found = a_rehearsal(plan).found

    assert [(one.id, f"{one.due_at:%d %H:%M}", one.state) for one in found.showings] == [
        ("studio-du-lac/marche-20261201/fil", "01 07:30", "published"),
        ("studio-du-lac/seigle/fil", "02 07:00", "published"),
        ("studio-du-lac/seigle/pro", "02 07:00", "not_connected"),
        ("studio-du-lac/marche-20261202/fil", "02 07:30", "published"),
    ]
    assert shown(found, "seigle/fil").chosen


# ---------------------------------------------------------------------- money, quotas, costs
def test_each_day_of_a_campaign_is_split_and_spent(found: Rehearsal) -> None:
    (campaign,) = found.campaigns

    assert [day.day for day in campaign.days] == [date(2026, 12, day) for day in (1, 2, 3, 4)]
    assert all(day.amount == sum(line.amount for line in day.lines) > 0 for day in campaign.days)
    assert 0 < campaign.spent <= campaign.budget


def test_an_address_and_a_described_picture_are_billed_on_x(found: Rehearsal) -> None:
    assert [cost.usd for cost in found.costs if cost.network == "x"] == [0.205]


def test_a_day_is_any_24_hours() -> None:
    evening, morning, next_evening = (
        datetime(2026, 12, day, hour, tzinfo=UTC) for day, hour in ((1, 20), (2, 8), (2, 20))
    )

    assert most_within([morning, next_evening, evening], next_evening - evening) == 2


# ---------------------------------------------------------------------- files
def test_the_files_are_those_that_a_reader_opens(rehearsed: Rehearsed) -> None:
    assert sorted(rehearsed.files) == [
        "calendar.html",
        "media/atelier.jpg",
        "media/four.jpg",
        "rehearsal.json",
        "report.csv",
        "report.html",
        "report.json",
    ]
    assert rehearsed.files["media/atelier.jpg"] == PICTURE


def test_the_data_are_all_that_was_found(rehearsed: Rehearsed) -> None:
    document = rehearsed.files["rehearsal.json"]

    assert Rehearsal.model_validate_json(document) == rehearsed.found
    assert json.loads(document)["schema"] == "parution.rehearsal/1"


def test_the_report_is_the_functions_own(rehearsed: Rehearsed) -> None:
    report = json.loads(rehearsed.files["report.json"])

    assert report["generated_at"] == "2026-12-04T22:59:59Z"
    assert report["brand"]["name"] == "Studio du Lac · répétition"  # nobody shall take it for the true one
    assert report["posts_summary"]["published"]["value"] == 8


# ---------------------------------------------------------------------- every network
@pytest.mark.parametrize("level", FaultLevel)
def test_every_network_is_rehearsed_with_its_own_connector(level: FaultLevel) -> None:
    picture, film = (
        {"src": "s3://media/four.jpg", "alt": "Le four"},
        {"src": "s3://media/four.mp4", "alt": "Le four"},
    )
    of_films = ["youtube", "tiktok"]
    names = sorted(CONNECTED)
    posts = [
        {"id": "image", "channels": [name for name in names if name not in of_films], "media": [picture]},
        {"id": "film", "channels": of_films, "media": [film]},
    ]
    plan = {
        **{key: PLAN[key] for key in ("version", "brand")},
        "channels": [{"id": name, "network": name, "account": f"secret:{name}"} for name in names],
        "posts": [{**post, "at": "2026-12-01T08:00", "text": "Notre four."} for post in posts],
    }
    media = {"media/four.jpg": PIXEL, "media/four.mp4": FILM}

    found = rehearse(json.dumps(plan).encode(), media, Wanted(DAYS, 1, level), NOVEMBER).found

    out = {one.network: one.state for one in found.showings}
    assert out.keys() == CONNECTED
    assert found.count("published") == found.effects
    if level is FaultLevel.NONE:
        assert set(out.values()) == {"published"}


# ---------------------------------------------------------------------- the same again, and another world
def test_the_same_seed_gives_the_same_bytes(rehearsed: Rehearsed) -> None:
    again = a_rehearsal()

    assert again.files == rehearsed.files


def test_another_seed_gives_other_results(found: Rehearsal) -> None:
    other = a_rehearsal(seed=2).found

    assert other.campaigns[0].days[0].results != found.campaigns[0].days[0].results


def test_faults_delay_and_never_double() -> None:
    worlds = [a_rehearsal(without_money(), seed=seed, level=FaultLevel.MANY).found for seed in range(6)]

    assert sum(found.troubles for found in worlds) > 6
    assert all(found.count("published") == found.effects >= 7 for found in worlds)
    assert max(found.latest or 0 for found in worlds) > 5


# ---------------------------------------------------------------------- what is refused, and which month
def test_a_plan_with_an_error_is_refused_with_all_of_them() -> None:
    plan = copy.deepcopy(PLAN)
    plan["posts"][1]["text"] = ""
    plan["posts"][2]["channels"] = ["fils"]

    with pytest.raises(PlanRefused) as refused:
        a_rehearsal(plan)

    assert {one.code for one in refused.value.problems if one.severity == "error"} == {"E202", "E501"}


def test_a_file_that_is_missing_is_an_error() -> None:
    plan = without_money()
    plan["posts"][0]["media"] = [{"src": "s3://media/autre.jpg", "alt": ""}]

    with pytest.raises(PlanRefused, match="1 errors"):
        a_rehearsal(plan)


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (NOVEMBER, (date(2026, 11, 1), date(2026, 11, 30))),
        (datetime(2026, 12, 1, 9, tzinfo=UTC), (date(2026, 12, 1), date(2026, 12, 31))),
        (datetime(2027, 3, 1, tzinfo=UTC), (date(2026, 12, 1), date(2026, 12, 31))),
    ],
)
def test_the_month_is_the_next_one_in_which_something_happens(
    now: datetime, month: tuple[date, date]
) -> None:
    assert month_of(Plan.model_validate(PLAN), now) == month


def test_days_without_posts_or_money_are_rehearsed_too() -> None:
    found = a_rehearsal(without_money(), days=Asked(date(2027, 2, 1), date(2027, 2, 2))).found

    assert (found.showings, found.campaigns) == ((), ())
