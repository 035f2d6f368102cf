"""Threads and first comments: each part once, under the right one, and on from where it broke."""

from datetime import timedelta

from parution.guarding.holds import Scope
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State
from parution.publishing.ports import Refused
from tests.builders import NOON, a_delivery
from tests.publishing.newsroom import Newsroom

RECIPE = Content(text="La recette suit.", language="fr-FR", tags=("noel",))
LINK = Content(text="Lien en bio.", language="fr-FR", tags=("noel",))
MINUTE = timedelta(minutes=1)


class Thread(Newsroom):
    """A post, a second part below it, and a first comment to the post."""

    def __init__(self) -> None:
        super().__init__(parts=3)
        for part, (under, content) in enumerate(((0, RECIPE), (0, LINK)), start=1):
            row = a_delivery(part=part, parts=3, under=under, content=content.hash, wake_at=NOON + MINUTE)
            self.posts.create(row)
            self.posts.keep_content(row.brand, row.post, content)

    @property
    def rows(self) -> list[Delivery]:
        return list(self.posts.of_brand("boulangerie-martin"))

    @property
    def states(self) -> list[State]:
        return [row.state for row in self.rows]


def test_the_parts_follow_at_once_each_below_the_one_that_it_answers() -> None:
    thread = Thread()

    thread.deliver()
    thread.let_pass(timedelta(seconds=10))

    assert thread.states == [State.PUBLISHED] * 3
    assert [piece.content.text for piece in thread.network.pieces] == [
        "La bûche praliné est de retour.",
        "La recette suit.",
        "Lien en bio.",
    ]
    assert [piece.reply_to for piece in thread.network.pieces] == [None, "1", "1"]
    assert max(thread.network.timeline) < NOON + timedelta(seconds=10)


def test_a_part_whose_call_was_lost_comes_by_itself() -> None:
    thread = Thread()
    thread.deliver()
    thread.queue.receive()  # and lose them

    thread.let_pass(3 * MINUTE)

    assert thread.states == [State.PUBLISHED] * 3


def test_a_part_that_comes_first_waits_for_the_one_that_it_answers() -> None:
    thread = Thread()
    thread.clock.pass_(MINUTE)

    early = thread.desk.deliver(thread.delivery.part_ticket(1))

    assert (early.state, early.reason) == (State.PLANNED, "the part that it answers is planned")
    assert thread.network.pieces == []


def test_a_thread_goes_on_where_it_broke() -> None:
    thread = Thread()
    thread.network.script = ["published", "busy"]

    thread.deliver()
    thread.let_pass(2 * MINUTE)

    assert thread.states == [State.PUBLISHED] * 3
    shown = [piece.content.text for piece in thread.network.pieces]
    assert sorted(shown) == sorted(
        ["La bûche praliné est de retour.", "La recette suit.", "La recette suit.", "Lien en bio."]
    )
    assert len(thread.network.timeline) == 3


def test_without_its_post_no_comment_appears() -> None:
    thread = Thread()
    thread.network.preparation = Refused(reason="the text is too long")

    thread.deliver()
    thread.let_pass(2 * MINUTE)

    assert thread.states == [State.FAILED, State.SKIPPED, State.SKIPPED]
    assert thread.rows[1].reason == "the part that it answers ended failed"
    assert thread.network.timeline == []


def test_a_hold_that_comes_between_two_parts_stops_the_second() -> None:
    thread = Thread()
    thread.deliver()
    thread.place_hold(Scope(tag="noel"), "intoxication signalée")

    thread.let_pass(2 * MINUTE)

    assert thread.states == [State.PUBLISHED, State.HELD, State.HELD]
    assert thread.rows[1].held_by == "tag=noel"
