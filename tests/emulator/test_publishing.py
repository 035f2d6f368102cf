"""From a plan in S3 to posts on a network, through every deployed function."""

import os
import signal
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from parution.cli import processes
from parution.publishing.deliveries import State
from tests.emulator.newsroom import Newsroom, a_plan, a_post, soon, until

PICTURES = Path(__file__).parents[2] / "examples" / "bakery" / "media"


@pytest.fixture(scope="module")
def killed(newsroom: Newsroom) -> datetime:
    """A post that is on the network while the worker that sent it was killed before it could say so.

    Made before the other tests, so that the lease runs out while they work. Gives the post's instant.
    """
    newsroom.store_secret("masto-killed", "mastodon")
    newsroom.order_fault(
        "mastodon",
        kind="slow_answer",
        method="POST",
        path="/api/v1/statuses",
        contains="killed-1",
        seconds=30,
    )
    due_at = soon(20)
    newsroom.upload("killed", a_plan("killed", posts=[a_post("killed-1", due_at)]))
    until(lambda: newsroom.timeline("killed-1."), within=60)
    assert newsroom.rows("killed")["killed-1"].state is State.SENDING
    workers = _workers(newsroom, "DeliverPost")
    assert workers
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    return due_at


@pytest.mark.usefixtures("killed")
def test_every_post_of_a_plan_appears_once_and_at_its_time(newsroom: Newsroom) -> None:
    newsroom.store_secret("masto-once", "mastodon")
    newsroom.upload_media("once.png", next(PICTURES.glob("*.png")).read_bytes())
    due = {f"once-{number}": soon(14 + 2 * number) for number in range(5)}
    posts = [a_post(name, at) for name, at in due.items()]
    posts[3]["media"] = [{"src": "s3://media/once.png", "alt": "Une bûche au praliné"}]

    result = newsroom.upload("once", a_plan("once", posts=posts))
    assert result["status"] == "imported", result["problems"]

    rows = {name: until(partial(newsroom.published, "once", name), within=60) for name in due}
    for name, at in due.items():
        (appeared,) = newsroom.timeline(f"{name}.")
        assert at <= appeared < at + timedelta(seconds=30), name
        assert rows[name].published_at is not None
        assert rows[name].remote_id


def test_a_second_upload_of_the_same_plan_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.store_secret("masto-twice", "mastodon")
    plan = a_plan("twice", posts=[a_post("twice-1", soon(14)), a_post("twice-2", soon(86_400))])
    newsroom.upload("twice", plan)
    until(lambda: newsroom.published("twice", "twice-1"), within=60)
    before = newsroom.items("twice")

    result = newsroom.upload("twice", plan)

    assert result["status"] == "unchanged"
    assert newsroom.items("twice") == before
    assert len(newsroom.timeline("twice-1.")) == 1


def test_an_edited_plan_changes_only_what_differs_and_what_was_published_stays(newsroom: Newsroom) -> None:
    newsroom.store_secret("masto-edited", "mastodon")
    later, removed = soon(86_400), soon(90_000)
    plan = a_plan(
        "edited", posts=[a_post("shown", soon(14)), a_post("later", later), a_post("removed", removed)]
    )
    newsroom.upload("edited", plan)
    until(lambda: newsroom.published("edited", "shown"), within=60)
    before = newsroom.rows("edited")
    plan["posts"][0]["text"] = "Trop tard pour changer."
    plan["posts"][1]["text"] = "Un autre texte."
    del plan["posts"][2]

    newsroom.upload("edited", plan)

    after = newsroom.rows("edited")
    assert after["shown"] == before["shown"]
    assert after["removed"].state is State.CANCELLED
    assert (after["later"].state, after["later"].version) == (State.PLANNED, 2)
    assert newsroom.stack.posts.content("edited", "later", after["later"].content).text == "Un autre texte."


def test_the_brands_schedules_are_those_of_its_plan_no_more_and_no_less(newsroom: Newsroom) -> None:
    newsroom.store_secret("masto-timed", "mastodon")
    plan = a_plan("timed", schedules={"report": "cron(0 7 ? * MON *)", "insights": "rate(1 hour)"})
    newsroom.upload("timed", plan)
    assert _schedules(newsroom, "timed") == {
        "timed.report": ("cron(0 7 ? * MON *)", "Europe/Paris"),
        "timed.insights": ("rate(1 hour)", "Europe/Paris"),
    }

    plan["schedules"] = {"insights": "rate(2 hours)"}
    newsroom.upload("timed", plan)

    assert _schedules(newsroom, "timed") == {"timed.insights": ("rate(2 hours)", "Europe/Paris")}


def _schedules(newsroom: Newsroom, brand: str) -> dict[str, tuple[str, str]]:
    client, group = newsroom.stack.session.client("scheduler"), newsroom.stack.outputs["BrandSchedules"]
    listed = client.list_schedules(GroupName=group, NamePrefix=f"{brand}.")["Schedules"]
    details = [client.get_schedule(GroupName=group, Name=one["Name"]) for one in listed]
    return {one["Name"]: (one["ScheduleExpression"], one["ScheduleExpressionTimezone"]) for one in details}


def test_a_plan_with_an_error_imports_nothing_and_says_all_that_is_wrong(newsroom: Newsroom) -> None:
    plan = a_plan("wrong", posts=[a_post("in-the-past", soon(-86_400)), a_post("fine", soon(86_400))])
    plan["posts"][1]["chanels"] = plan["posts"][1].pop("channels")

    result = newsroom.upload("wrong", plan)

    assert result["status"] == "refused"
    pointers = {problem["pointer"] for problem in result["problems"] if problem["severity"] == "error"}
    assert pointers >= {"/posts/0/at", "/posts/1/chanels", "/channels/0/account"}
    assert newsroom.rows("wrong") == {}
    assert newsroom.stack.posts.brand("wrong") is None


def test_an_answer_lost_after_the_effect_leaves_one_post_and_a_published_row(newsroom: Newsroom) -> None:
    newsroom.store_secret("masto-lost", "mastodon")
    newsroom.order_fault(
        "mastodon", kind="lost_answer", method="POST", path="/api/v1/statuses", contains="lost-1"
    )
    newsroom.upload("lost", a_plan("lost", posts=[a_post("lost-1", soon(14))]))

    row = until(lambda: newsroom.published("lost", "lost-1"), within=90)

    assert row.proof == "own feed"
    assert len(newsroom.timeline("lost-1.")) == 1


def test_a_worker_killed_between_the_effect_and_our_record_leaves_one_post_and_a_published_row(
    newsroom: Newsroom, killed: datetime
) -> None:
    # Nobody touches it while the dead worker's lease runs; then the minute's sweep finds it.
    row = until(lambda: newsroom.published("killed", "killed-1"), within=240)

    (appeared,) = newsroom.timeline("killed-1.")
    assert appeared >= killed
    assert (row.proof, row.attempts) == ("own feed", 1)


def _workers(newsroom: Newsroom, function: str) -> list[psutil.Process]:
    return [
        process
        for process in processes.marked(newsroom.here.mark)
        if function in process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "")
    ]
