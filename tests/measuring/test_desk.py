"""The insights desk: one failing account stops nothing, and reading makes nothing."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from parution.buying.ports import Spending
from parution.errors import NoSuchSecret, PlatformBusy
from parution.measuring.desk import Booking, Collected, InsightsDesk
from parution.plan.model import Plan
from parution.plan.ports import BrandRow
from parution.publishing.deliveries import State
from parution.publishing.ports import NotFound, NotSent, PostFigures
from parution.sandbox.memory_insights import MemoryInsights
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import a_delivery

NOW = datetime(2026, 12, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = Plan.model_validate(
    {
        "version": 1,
        "brand": {
            "id": "boulangerie-martin",
            "name": "Boulangerie Martin",
            "locale": "fr-FR",
            "timezone": "Europe/Paris",
            "currency": "EUR",
        },
        "ad_accounts": [{"id": "regie", "platform": "sandbox", "account": "secret:ads-martin"}],
        "campaigns": [
            {
                "id": "noel",
                "budget": 150000,
                "currency": "EUR",
                "flight": ["2026-12-08", "2026-12-24"],
                "formats": [
                    {"id": "fb-video", "network": "facebook", "format": "video"},
                    {"id": "ig-reel", "network": "instagram", "format": "reel"},
                ],
            }
        ],
    }
)
type Answer = PostFigures | NotFound | NotSent


class Feed:
    """An account that answers as it was told, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers, self.asked = answers, list[str]()

    def figures(self, remote_id: str) -> Answer:
        self.asked.append(remote_id)
        return self._answers[remote_id]


class AdAccount:
    """An ad account with objects by name; busy when told so."""

    def __init__(self, spent: Mapping[str, list[Spending]], *, busy: bool = False) -> None:
        self._spent, self._busy = spent, busy
        self.since: list[date] = []

    def find(self, name: str) -> str | None:
        return name if name in self._spent else None

    def spending(self, ad_object: str, since: date) -> list[Spending]:
        if self._busy:
            raise PlatformBusy("too many requests", timedelta(minutes=5))
        self.since.append(since)
        return [one for one in self._spent[ad_object] if one.day >= since]


class Doors:
    """Networks or AdPlatforms: what stands behind each secret."""

    def __init__(self, accounts: Mapping[str, Any]) -> None:
        self._accounts = accounts

    def open(self, kind: str, account: str) -> Any:
        if account not in self._accounts:
            raise NoSuchSecret(f"{kind}: {account}")
        return self._accounts[account]


class Ledger:
    """Books that remember when they were told to book."""

    def __init__(self) -> None:
        self.booked: list[tuple[str, datetime]] = []

    def book(self, brand: str, now: datetime) -> list[Booking]:
        self.booked.append((brand, now))
        return [Booking(subject=f"{brand}/noel", metric="AmountsLowered", reason="fb-video overspent")]


class Office:
    """A desk with its tables; posts that are out, and accounts behind doors."""

    def __init__(
        self, networks: Mapping[str, Feed], platforms: Mapping[str, AdAccount] | None = None
    ) -> None:
        self.posts, self.insights, self.books = MemoryPosts(), MemoryInsights(), Ledger()
        row = BrandRow(plan=PLAN, key="plans/martin.json", digest="7f3a", version=1, imported_at=NOW)
        self.posts.keep_brand(row, None)
        self._networks, self._platforms = (
            Doors(networks),
            Doors(platforms or {"secret:ads-martin": AdAccount({})}),
        )

    def collect(self, now: datetime = NOW, brand: str = "boulangerie-martin") -> Collected:
        desk = InsightsDesk(
            brands=self.posts,
            deliveries=self.posts,
            insights=self.insights,
            networks=self._networks,
            platforms=self._platforms,
            books=self.books,
        )
        return desk.collect(brand, now)

    def publish(self, post: str, channel: str = "masto", age: timedelta = HOUR, **facts: Any) -> None:
        self.posts.create(
            a_delivery(
                post=post,
                channel=channel,
                account=f"secret:{channel}-martin",
                due_at=NOW - age,
                wake_at=None,
                **{"state": State.PUBLISHED, "published_at": NOW - age, "remote_id": post, **facts},
            )
        )

    def read(self) -> dict[str, int | None]:
        return {
            f"{kept.post}/{kept.channel}": kept.likes
            for kept in self.insights.newest_posts("boulangerie-martin")
        }


# ---------------------------------------------------------------- posts
def test_what_a_network_counts_is_kept_with_the_instant_of_reading() -> None:
    office = Office({"secret:masto-martin": Feed({"buche": PostFigures(likes=12, shares=0, views=903)})})
    office.publish("buche")

    done = office.collect()

    (kept,) = office.insights.newest_posts("boulangerie-martin")
    assert (kept.likes, kept.shares, kept.replies, kept.views, kept.read_at) == (12, 0, None, 903, NOW)
    assert (done.read, done.changed, done.failures) == (1, 1, ())


@pytest.mark.parametrize("state", [State.PLANNED, State.UNCONFIRMED, State.FAILED, State.CANCELLED])
def test_only_published_posts_are_asked_for(state: State) -> None:
    feed = Feed({})
    office = Office({"secret:masto-martin": feed})
    office.publish("buche", state=state, published_at=None, remote_id=None)

    office.collect()

    assert feed.asked == []


def test_a_post_older_than_thirty_days_is_left_in_peace() -> None:
    feed = Feed({"jeune": PostFigures(likes=1)})
    office = Office({"secret:masto-martin": feed})
    office.publish("jeune", age=timedelta(days=29))
    office.publish("vieux", age=timedelta(days=30))

    office.collect()

    assert feed.asked == ["jeune"]


def test_figures_that_did_not_change_are_read_but_not_appended() -> None:
    office = Office({"secret:masto-martin": Feed({"buche": PostFigures(likes=12)})})
    office.publish("buche")
    office.collect()

    done = office.collect(NOW + HOUR)

    assert (done.read, done.changed) == (1, 0)
    assert len(list(office.insights.read_of_post("boulangerie-martin", "buche", "masto"))) == 1


def test_an_account_that_does_not_open_does_not_stop_the_others() -> None:
    office = Office({"secret:masto-martin": Feed({"buche": PostFigures(likes=12)})})
    office.publish("avent", channel="gone")
    office.publish("buche")

    done = office.collect()

    assert office.read() == {"buche/masto": 12}
    assert [(failure.subject, failure.reason) for failure in done.failures] == [
        ("boulangerie-martin/avent/gone", "NoSuchSecret: mastodon: secret:gone-martin")
    ]


def test_an_account_that_says_later_is_not_asked_again_in_this_run() -> None:
    busy = Feed({"avent": NotSent(reason="429", retry_after=HOUR), "buche": PostFigures(likes=12)})
    office = Office(
        {"secret:busy-martin": busy, "secret:masto-martin": Feed({"levain": PostFigures(likes=3)})}
    )
    office.publish("avent", channel="busy")
    office.publish("buche", channel="busy")
    office.publish("levain")

    done = office.collect()

    assert busy.asked == ["avent"]
    assert office.read() == {"levain/masto": 3}
    assert [failure.reason for failure in done.failures] == ["429"]


def test_a_post_that_is_gone_from_its_network_is_reported_and_the_next_one_read() -> None:
    office = Office({"secret:masto-martin": Feed({"avent": NotFound(), "buche": PostFigures(likes=12)})})
    office.publish("avent")
    office.publish("buche")

    done = office.collect()

    assert office.read() == {"buche/masto": 12}
    assert [failure.subject for failure in done.failures] == ["boulangerie-martin/avent/masto"]


# ---------------------------------------------------------------- lines
def a_day(day: int, spend: int) -> Spending:
    return Spending(day=date(2026, 12, day), spend=spend, results=spend / 400)


def test_spend_and_results_of_each_line_are_kept_by_day() -> None:
    ads = AdAccount({"boulangerie-martin/noel/fb-video": [a_day(8, 4000), a_day(9, 4200)]})
    office = Office({}, {"secret:ads-martin": ads})

    done = office.collect()

    kept = [
        (one.line, one.day.day, one.spend, one.results)
        for one in office.insights.newest_lines("boulangerie-martin", "noel")
    ]
    assert kept == [("fb-video", 8, 4000, 10.0), ("fb-video", 9, 4200, 10.5)]
    assert (done.read, done.failures) == (2, ())


def test_a_line_without_an_ad_object_has_nothing_to_read_and_none_is_made() -> None:
    office = Office({}, {"secret:ads-martin": AdAccount({})})

    done = office.collect()

    assert (done.read, done.failures) == (0, ())


def test_a_busy_platform_does_not_stop_the_posts_nor_the_books() -> None:
    ads = AdAccount({"boulangerie-martin/noel/fb-video": []}, busy=True)
    office = Office(
        {"secret:masto-martin": Feed({"buche": PostFigures(likes=12)})}, {"secret:ads-martin": ads}
    )
    office.publish("buche")

    done = office.collect()

    assert office.read() == {"buche/masto": 12}
    assert [failure.subject for failure in done.failures] == ["boulangerie-martin/noel/fb-video"]
    assert office.books.booked == [("boulangerie-martin", NOW)]


def test_an_outage_is_made_good_from_the_first_day_that_is_missing() -> None:
    ads = AdAccount({"boulangerie-martin/noel/fb-video": [a_day(day, 4000) for day in range(8, 25)]})
    office = Office({}, {"secret:ads-martin": ads})
    office.collect()

    office.collect(NOW + timedelta(days=10))

    kept = [one.day.day for one in office.insights.newest_lines("boulangerie-martin", "noel")]
    assert kept == list(range(8, 21))


def test_young_days_are_asked_for_at_every_run_and_older_ones_less_often() -> None:
    ads = AdAccount({"boulangerie-martin/noel/fb-video": [a_day(day, 4000) for day in (8, 9, 10)]})
    office = Office({}, {"secret:ads-martin": ads})
    office.collect()

    office.collect(NOW + HOUR)

    assert ads.since == [date(2026, 12, 8), date(2026, 12, 10)]


def test_the_books_are_told_after_every_reading() -> None:
    office = Office({})

    done = office.collect()

    assert office.books.booked == [("boulangerie-martin", NOW)]
    assert [(one.metric, one.reason) for one in done.bookings] == [("AmountsLowered", "fb-video overspent")]


def test_a_brand_that_is_not_there_has_nothing_to_read() -> None:
    office = Office({})

    assert office.collect(brand="hotel-cimes") == Collected()
    assert office.books.booked == []
