"""The blog first, then what points to it: a post waits for the one that it follows, on whatever channel."""

from datetime import timedelta

import pytest

from parution.publishing.content import Content
from parution.publishing.deliveries import Change, Delivery, Follows, State, cancelled
from parution.publishing.ports import Refused
from tests.builders import NOON, a_delivery
from tests.publishing.newsroom import Newsroom

POINTER = Content(text="La recette est en ligne : {url}", language="fr-FR")
MINUTE = timedelta(minutes=1)


class BlogFirst(Newsroom):
    """A post on the blog at noon, and one on another channel that follows it."""

    def __init__(self, delay: timedelta = timedelta(0), content: Content = POINTER) -> None:
        super().__init__(channel="blog", max_late=timedelta(hours=6))
        row = a_delivery(
            post="annonce",
            channel="masto",
            content=content.hash,
            follows=Follows(post=self.delivery.post, channel="blog", delay=delay),
        )
        self.posts.create(row)
        self.posts.keep_content(row.brand, row.post, content)
        self.second = row

    @property
    def follower(self) -> Delivery:
        row = self.posts.read(self.second.ticket, consistent=True)
        assert row is not None
        return row

    def shown(self) -> list[str]:
        return [piece.content.text for piece in self.network.pieces]


def test_a_post_waits_for_the_one_that_it_follows_and_shows_its_address() -> None:
    desk = BlogFirst()
    desk.network.script = ["busy"]  # the blog comes a minute later than planned

    desk.desk.deliver(desk.second.ticket)
    waiting = desk.follower
    desk.deliver()
    desk.let_pass(3 * MINUTE)

    assert (waiting.state, waiting.reason) == (State.PLANNED, "the post that it follows is planned")
    assert desk.follower.state is State.PUBLISHED
    assert desk.shown()[-1] == "La recette est en ligne : https://masto.example/1"
    assert desk.network.timeline == sorted(desk.network.timeline)
    assert len(desk.network.timeline) == 2


def test_it_keeps_the_distance_that_the_plan_asks_for() -> None:
    desk = BlogFirst(delay=10 * MINUTE)

    desk.deliver()
    desk.let_pass(12 * MINUTE)

    blog, social = desk.network.timeline
    assert social - blog == 10 * MINUTE


def test_it_never_appears_before_its_own_time() -> None:
    desk = BlogFirst()
    own = desk.second.model_copy(update={"due_at": NOON + 5 * MINUTE, "wake_at": NOON + 5 * MINUTE})
    desk.posts._deliveries[own.id] = own

    desk.deliver()
    desk.desk.deliver(own.ticket)
    desk.let_pass(6 * MINUTE)

    assert desk.network.timeline == [NOON, NOON + 5 * MINUTE]


def test_it_is_left_out_when_the_other_is_refused() -> None:
    desk = BlogFirst()
    desk.network.preparation = Refused(reason="the text is too long")

    desk.deliver()
    desk.let_pass(2 * MINUTE)

    assert desk.follower.state is State.SKIPPED
    assert desk.follower.reason == "the post that it follows ended failed"


def test_it_is_left_out_when_the_other_is_cancelled() -> None:
    desk = BlogFirst()
    change = Change(actor="import_plan", cause="plans/a.json", at=desk.clock.now())
    desk.posts.move(desk.row, cancelled(desk.row, change))

    desk.let_pass(2 * MINUTE)

    assert desk.follower.state is State.SKIPPED
    assert desk.network.timeline == []


def test_it_is_missed_rather_than_published_as_old_news() -> None:
    desk = BlogFirst()
    desk.network.script = ["busy"] * 200

    desk.deliver()
    desk.desk.deliver(desk.second.ticket)
    desk.let_pass(timedelta(hours=1, minutes=2))

    assert desk.follower.state is State.MISSED


@pytest.mark.parametrize("text", ["Sans adresse.", "Avec {url}"])
def test_only_a_text_that_names_the_address_needs_one(text: str) -> None:
    desk = BlogFirst(content=Content(text=text, language="fr-FR"))
    desk.deliver()
    out = desk.row.model_copy(update={"url": None})
    desk.posts._deliveries[out.id] = out

    desk.let_pass(MINUTE)

    asks = "{url}" in text
    assert desk.follower.state is (State.SKIPPED if asks else State.PUBLISHED)
    if asks:
        assert desk.follower.reason == "the post that it follows ended published without its address"
