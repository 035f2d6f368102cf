"""The insights table and its double in memory answer alike."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from parution.aws.insights_table import InsightsTable
from parution.aws.items import to_item
from parution.measuring.insights import LineInsight, PostInsight
from parution.sandbox.memory_insights import MemoryInsights
from tests import clients
from tests.tables import create_table

type Insights = InsightsTable | MemoryInsights

NOON = datetime(2026, 12, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "table"])
def insights(request: pytest.FixtureRequest) -> Iterator[Insights]:
    if request.param == "memory":
        yield MemoryInsights()
        return
    request.getfixturevalue("moto_aws")
    client = clients.client("dynamodb")
    yield InsightsTable(client, create_table(client, "InsightsTable", "insights"))


def a_post_read(**facts: Any) -> PostInsight:
    subject = {"brand": "boulangerie-martin", "post": "buche", "channel": "fb", "network": "facebook"}
    return PostInsight.model_validate({**subject, "read_at": NOON, "likes": 12, "shares": 3, **facts})


def a_line_read(**facts: Any) -> LineInsight:
    subject = {"brand": "boulangerie-martin", "campaign": "noel", "line": "fb-video"}
    return LineInsight.model_validate(
        {**subject, "day": date(2026, 12, 9), "read_at": NOON, "spend": 3021, "results": 7.25, **facts}
    )


def test_figures_are_read_as_they_were_kept(insights: Insights) -> None:
    post, line = a_post_read(), a_line_read(impressions=4100, clicks=0)

    assert insights.append_post(post)
    assert insights.append_line(line)

    assert list(insights.newest_posts("boulangerie-martin")) == [post]
    assert list(insights.newest_lines("boulangerie-martin", "noel")) == [line]


def test_a_figure_that_a_network_does_not_give_stays_unknown(insights: Insights) -> None:
    insights.append_post(a_post_read(shares=None, replies=0, views=4100))

    (kept,) = insights.newest_posts("boulangerie-martin")

    assert (kept.shares, kept.replies, kept.views) == (None, 0, 4100)


def test_a_read_from_before_views_were_kept_is_read_and_confirmed(moto_aws: None) -> None:
    client = clients.client("dynamodb")
    name = create_table(client, "InsightsTable", "insights")
    old = {
        "brand": "boulangerie-martin",
        "post": "buche",
        "channel": "fb",
        "network": "facebook",
        "likes": 12,
    }
    key = {"pk": "newest#boulangerie-martin#post", "sk": "buche#fb"}
    client.put_item(
        TableName=name, Item=to_item({**key, **old, "read_at": "2026-12-10T12:00:00.000000+00:00"})
    )
    table = InsightsTable(client, name)

    (kept,) = table.newest_posts("boulangerie-martin")
    appended = table.append_post(kept.model_copy(update={"read_at": NOON + HOUR}))

    assert (kept.likes, kept.views, kept.read_at, appended) == (12, None, NOON, False)


def test_the_same_figures_are_not_appended_but_confirmed_at_the_later_instant(insights: Insights) -> None:
    insights.append_post(a_post_read())

    appended = insights.append_post(a_post_read(read_at=NOON + HOUR))

    assert not appended
    assert list(insights.newest_posts("boulangerie-martin")) == [a_post_read(read_at=NOON + HOUR)]
    assert list(insights.read_of_post("boulangerie-martin", "buche", "fb")) == [a_post_read()]


def test_changed_figures_are_appended_and_both_reads_stay(insights: Insights) -> None:
    first, restated = a_line_read(), a_line_read(read_at=NOON + HOUR, spend=2990)
    insights.append_line(first)

    assert insights.append_line(restated)

    assert list(insights.newest_lines("boulangerie-martin", "noel")) == [restated]
    assert list(insights.read_of_line("boulangerie-martin", "noel", "fb-video")) == [first, restated]


def test_a_read_that_arrives_late_is_kept_but_is_not_the_newest(insights: Insights) -> None:
    insights.append_post(a_post_read(likes=12))

    assert insights.append_post(a_post_read(read_at=NOON - HOUR, likes=9))

    assert [read.likes for read in insights.newest_posts("boulangerie-martin")] == [12]
    assert [read.likes for read in insights.read_of_post("boulangerie-martin", "buche", "fb")] == [9, 12]


def test_confirming_late_does_not_move_the_instant_back(insights: Insights) -> None:
    insights.append_post(a_post_read())

    assert not insights.append_post(a_post_read(read_at=NOON - HOUR))

    assert [read.read_at for read in insights.newest_posts("boulangerie-martin")] == [NOON]


def test_what_was_read_is_never_overwritten(insights: Insights) -> None:
    insights.append_post(a_post_read(likes=12))

    assert not insights.append_post(a_post_read(likes=99))

    assert [read.likes for read in insights.read_of_post("boulangerie-martin", "buche", "fb")] == [12]
    assert [read.likes for read in insights.newest_posts("boulangerie-martin")] == [12]


def test_lines_come_by_line_then_day_and_only_of_their_campaign(insights: Insights) -> None:
    for line, day in (("ig-reel", 2), ("fb-video", 3), ("fb-video", 1), ("fb-video-2", 1)):
        insights.append_line(a_line_read(line=line, day=date(2026, 12, day)))
    insights.append_line(a_line_read(campaign="noel-2"))

    kept = [(read.line, read.day.day) for read in insights.newest_lines("boulangerie-martin", "noel")]

    assert kept == [("fb-video", 1), ("fb-video", 3), ("fb-video-2", 1), ("ig-reel", 2)]


def test_the_reads_of_a_line_leave_out_the_line_whose_name_begins_alike(insights: Insights) -> None:
    insights.append_line(a_line_read())
    insights.append_line(a_line_read(line="fb-video-2"))

    assert list(insights.read_of_line("boulangerie-martin", "noel", "fb-video")) == [a_line_read()]


def test_one_brand_does_not_see_another(insights: Insights) -> None:
    insights.append_post(a_post_read(brand="hotel-cimes"))

    assert list(insights.newest_posts("boulangerie-martin")) == []


def test_every_fraction_of_a_result_comes_back_as_it_was(insights: Insights) -> None:
    insights.append_line(a_line_read(results=0.1 + 0.2))

    assert [r.results for r in insights.newest_lines("boulangerie-martin", "noel")] == [0.1 + 0.2]


def test_every_day_of_a_long_flight_is_given(insights: Insights) -> None:
    days = [date(2026, 1, 1) + timedelta(days=step) for step in range(60)]
    for day in days:
        insights.append_line(a_line_read(day=day))

    assert [read.day for read in insights.newest_lines("boulangerie-martin", "noel")] == days
