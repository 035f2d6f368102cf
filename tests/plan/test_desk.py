import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from parution.errors import NotAsRead
from parution.plan.desk import result_key
from parution.publishing.deliveries import State
from tests.plan.newsroom import BRAND, KEY, RESULT, Crash, Newsroom, at_moment, dying_at
from tests.plan.plans import NOW, REMOVED, a_plan, as_bytes

SOON = "2026-11-22T10:02"  # two minutes after NOW, in Paris

# Every kind of change at once, one of them inside the look-ahead.
OLD: dict[str, Any] = a_plan()
OLD["posts"].append(
    {"id": "horaires", "at": "2026-12-20T08:00", "channels": ["fil"], "text": "Nos horaires."}
)
NEW: dict[str, Any] = a_plan(
    posts__0__text="La bûche est arrivée.",
    schedules={"insights": "rate(2 hours)", "report": "cron(0 7 ? * MON *)"},
)
NEW["posts"].append({"id": "vitrine", "at": SOON, "channels": ["fil"], "text": "Les lumières sont allumées."})


@pytest.fixture
def newsroom() -> Newsroom:
    return Newsroom()


# ---------------------------------------------------------------------- what an import does
def test_a_plan_is_imported_with_its_deliveries_schedules_and_brand(newsroom: Newsroom) -> None:
    result = newsroom.imported(a_plan())

    assert (result.status, result.brand, result.problems) == ("imported", BRAND, ())
    assert result.metric == "PlanImported"
    assert [each.id for each in newsroom.posts.of_brand(BRAND)] == [
        f"{BRAND}/buche/fil",
        f"{BRAND}/buche/site",
    ]
    assert newsroom.schedules.of_brand(BRAND) == {
        "allocate": ("cron(0 5 * * ? *)", "Europe/Paris"),
        "insights": ("rate(1 hour)", "Europe/Paris"),
    }
    assert newsroom.posts.owner(KEY) == BRAND


def test_the_brands_row_is_written_last_and_without_the_posts(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan())

    row = newsroom.posts.brand(BRAND)
    assert newsroom.moments[-4:] == [
        "before keep_brand",
        "after keep_brand",
        "before write_result",
        "after write_result",
    ]
    assert row is not None
    assert row.plan.posts == ()
    assert row.plan.campaigns[0].budget == 150000
    assert row.digest == hashlib.sha256(as_bytes(a_plan())).hexdigest()


def test_the_brands_row_knows_on_which_days_each_campaigns_posts_appear(newsroom: Newsroom) -> None:
    plan = a_plan(posts__0__boost={"campaign": "noel"}, posts__0__variants={"site": {"at_offset": "P2D"}})

    newsroom.imported(plan)

    row = newsroom.posts.brand(BRAND)
    assert row is not None
    assert row.boosted_days == {"noel": (date(2026, 12, 3), date(2026, 12, 5))}


def test_contents_are_there_before_the_deliveries_that_name_them(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan())

    assert newsroom.writes.index("create") > max(
        place for place, name in enumerate(newsroom.writes) if name == "keep_content"
    )


def test_the_result_says_what_changed(newsroom: Newsroom) -> None:
    newsroom.imported(OLD)
    newsroom.imported(NEW)

    document = newsroom.files.results[RESULT]
    assert (document["plan"], document["brand"], document["status"]) == (KEY, BRAND, "imported")
    assert document["at"] == "2026-11-22T09:00:00Z"
    assert document["problems"] == []
    assert document["changes"] == {
        "counts": {"create": 1, "change": 1, "cancel": 1, "locked": 0, "same": 1},
        "create": [f"{BRAND}/vitrine/fil"],
        "change": [f"{BRAND}/buche/fil"],
        "cancel": [f"{BRAND}/horaires/fil"],
        "locked": [],
        "schedules": {"put": ["insights", "report"], "remove": ["allocate"]},
    }


def test_the_same_file_again_changes_nothing_and_writes_only_its_result(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan())
    before = newsroom.standing(), newsroom.posts.brand(BRAND)

    result = newsroom.imported(a_plan(), now=NOW + timedelta(hours=1))

    assert result.status == "unchanged"
    assert newsroom.writes == []
    assert (newsroom.standing(), newsroom.posts.brand(BRAND)) == before
    assert newsroom.files.results[RESULT]["status"] == "unchanged"


def test_an_edit_changes_only_what_differs(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan())

    newsroom.imported(a_plan(posts__0__variants__site__text="Autre texte"))

    assert newsroom.writes == ["keep_content", "move", "keep_brand"]


def test_another_picture_under_the_same_name_is_another_content(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan())
    newsroom.files.upload("media/buche.png", b"a better picture")

    result = newsroom.take()

    assert result.changes["counts"]["change"] == 2


def test_what_was_published_stays_and_is_told(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan())
    old = next(iter(newsroom.posts.of_brand(BRAND)))
    published = old.model_copy(update={"state": State.PUBLISHED, "fence": 2, "wake_at": None})
    newsroom.posts.move(old, published)

    result = newsroom.imported(
        a_plan(posts__0__text="Trop tard.", posts__0__variants={"site": {"text": "Bûche 2026"}})
    )

    assert result.changes["locked"] == [{"delivery": f"{BRAND}/buche/fil", "state": "published"}]
    assert next(iter(newsroom.posts.of_brand(BRAND))) == published


# ---------------------------------------------------------------------- what is due at once
def test_what_is_due_inside_the_look_ahead_is_sent_at_once_two_seconds_early(newsroom: Newsroom) -> None:
    newsroom.imported(
        a_plan(posts__0__at=SOON, posts__0__media=[], posts__0__variants__site__at_offset="PT1H")
    )

    ((ticket, _network, delay),) = newsroom.queue.sent
    assert (ticket.post, ticket.channel, ticket.version) == ("buche", "fil", 1)
    assert delay == timedelta(seconds=118)


def test_the_seconds_before_an_instant_leave_no_negative_delay(newsroom: Newsroom) -> None:
    newsroom.imported(
        a_plan(posts__0__at="2026-11-22T10:00:01", posts__0__channels=["fil"], posts__0__variants={})
    )

    assert [one.delay for one in newsroom.queue.sent] == [timedelta(0)]


def test_what_is_due_later_is_left_to_the_dispatcher(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan())

    assert newsroom.queue.sent == []


def test_a_skipped_delivery_is_not_sent(newsroom: Newsroom) -> None:
    newsroom.imported(
        a_plan(
            posts__0__at=SOON,
            posts__0__channels=["fil"],
            posts__0__variants={},
            channels__0__network="viadeo",
        )
    )

    assert newsroom.queue.sent == []
    assert [each.state for each in newsroom.posts.of_brand(BRAND)] == [State.SKIPPED]


# ---------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (a_plan(posts__0__chanels=["fil"]), "E101"),
        (a_plan(channels__0__network="mastodonn"), "E104"),
        (a_plan(posts__0__at="2026-11-22T08:00"), "E303"),
        (a_plan(posts__0__at="2027-03-28T02:30"), "E301"),
        (a_plan(campaigns__0__budget=1500.0), "E113"),
        (a_plan(campaigns__0__formats__1__min=140000), "E403"),
        (a_plan(channels__1__account="secret:nobody"), "E208"),
        (a_plan(posts__0__media__0__src="s3://media/absente.png"), "E503"),
        (b"[1, 2", "E002"),
        (b"{" + b" " * 5_000_000 + b"}", "E001"),
        (a_plan(brand__id="patisserie-martin"), "E210"),
    ],
)
def test_a_plan_with_an_error_changes_nothing_and_says_why(newsroom: Newsroom, plan: Any, code: str) -> None:
    newsroom.imported(OLD)
    before = newsroom.standing()

    result = newsroom.imported(plan)

    assert result.status == "refused"
    assert newsroom.writes == []
    assert newsroom.standing() == before
    assert newsroom.files.results[RESULT]["problems"][0]["code"] == code
    assert newsroom.files.results[RESULT]["problems"][0]["file"] == KEY
    assert newsroom.files.results[RESULT]["changes"] == {}


@pytest.mark.parametrize(
    ("locale", "message"), [("fr-CH", "clé inconnue « chanels »"), ("en-GB", "unknown key 'chanels'")]
)
def test_a_result_speaks_the_brands_language(newsroom: Newsroom, locale: str, message: str) -> None:
    newsroom.imported(a_plan(brand__locale=locale, posts__0__chanels=["fil"]))

    (found,) = newsroom.files.results[RESULT]["problems"]
    assert (found["message"], found["line"]) == (message, 1)


def test_a_file_that_is_gone_is_answered_too(newsroom: Newsroom) -> None:
    assert newsroom.take().status == "refused"
    assert newsroom.files.results[RESULT]["problems"][0]["code"] == "E004"


def test_a_second_file_cannot_take_a_brand(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan())

    result = newsroom.imported(NEW, key="plans/other.json")

    assert [found.code for found in result.problems] == ["E211"]
    assert newsroom.writes == []


def test_of_two_new_files_with_one_brand_the_first_holds_it_and_the_other_writes_nothing() -> None:
    for moment in range(6):
        newsroom = Newsroom()
        newsroom.upload(OLD)
        newsroom.upload(NEW, key="plans/other.json")

        def other_file(newsroom: Newsroom = newsroom) -> None:
            newsroom.take("plans/other.json")

        try:
            newsroom.take(seen=at_moment(moment, other_file))
        except NotAsRead:
            assert newsroom.take().problems[0].code == "E211"

        row = newsroom.posts.brand(BRAND)
        assert row is not None
        only = Newsroom()
        only.imported(OLD if row.key == KEY else NEW, key=row.key)
        assert newsroom.standing() == only.standing()
        loser = "plans/other.json" if row.key == KEY else KEY
        assert newsroom.posts.owner(loser) is None


def test_a_corrected_plan_is_imported_after_a_refusal(newsroom: Newsroom) -> None:
    newsroom.imported(a_plan(channels__0__account=REMOVED))

    assert newsroom.imported(a_plan()).status == "imported"


@pytest.mark.parametrize(
    ("key", "result"),
    [("plans/a.json", "results/a.json"), ("plans/agency/b.json", "results/agency/b.json")],
)
def test_a_plans_result_has_the_plans_own_name(key: str, result: str) -> None:
    assert result_key(key) == result


# ---------------------------------------------------------------------- crashes, races, late events
def _moments(before: Any, plan: Any) -> int:
    newsroom = Newsroom()
    if before is not None:
        newsroom.imported(before)
    newsroom.imported(plan)
    return len(newsroom.moments)


@pytest.mark.parametrize("before", [None, OLD], ids=["new brand", "known brand"])
def test_a_crash_at_any_write_is_finished_by_taking_the_same_file_again(before: Any) -> None:
    undisturbed = Newsroom()
    if before is not None:
        undisturbed.imported(before)
    undisturbed.imported(NEW)
    wanted = undisturbed.standing()

    for moment in range(_moments(before, NEW)):
        newsroom = Newsroom()
        if before is not None:
            newsroom.imported(before)
        newsroom.upload(NEW)
        with pytest.raises(Crash):
            newsroom.take(seen=dying_at(moment))

        # The retry comes when the post has passed; it was in time when its author spoke.
        newsroom.take(now=NOW + timedelta(minutes=3))

        assert newsroom.standing() == wanted, moment
        assert newsroom.files.results[RESULT]["status"] in {"imported", "unchanged"}
        assert {one.ticket.post for one in newsroom.queue.sent} == {"vitrine"}, moment
        assert newsroom.take().status == "unchanged"


@pytest.mark.parametrize("before", [None, OLD], ids=["new brand", "known brand"])
def test_two_imports_that_race_end_with_the_file_that_stands(before: Any) -> None:
    undisturbed = Newsroom()
    undisturbed.imported(OLD)
    wanted = undisturbed.standing()

    for moment in range(_moments(before, NEW)):
        newsroom = Newsroom()
        if before is not None:
            newsroom.imported(before)
        newsroom.upload(NEW)

        def newer_file(newsroom: Newsroom = newsroom) -> None:
            newsroom.upload(OLD)
            _until_taken(newsroom)

        _until_taken(newsroom, at_moment(moment, newer_file))

        assert newsroom.standing() == wanted, moment


def _until_taken(newsroom: Newsroom, seen: Callable[[str], None] | None = None) -> None:
    """Take the file as its event does: again only when it raised."""
    for _ in range(3):
        try:
            newsroom.take(seen=seen)
        except NotAsRead:
            continue
        return
    raise AssertionError("two retries were not enough")


def test_an_event_that_tells_of_an_older_file_takes_the_one_that_stands(newsroom: Newsroom) -> None:
    newsroom.imported(OLD)
    newsroom.imported(NEW)
    before = newsroom.standing()

    result = newsroom.take()

    assert result.status == "unchanged"
    assert newsroom.standing() == before


def test_going_back_to_the_file_before_brings_back_what_it_held(newsroom: Newsroom) -> None:
    newsroom.imported(OLD)
    before = newsroom.standing()
    newsroom.imported(NEW)

    newsroom.imported(OLD)

    assert newsroom.standing() == before
