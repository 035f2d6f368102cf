"""Whatever people, workers, networks and time do in whatever order: what DESIGN promises holds after each step."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from parution.errors import NothingToDecide
from parution.guarding.holds import Scope
from parution.plan.diff import diff
from parution.plan.wishes import Wish
from parution.publishing.content import Content
from parution.publishing.deliveries import Change, Delivery, Prepared, State, Ticket, planned
from parution.publishing.desk import PublishingDesk
from parution.publishing.dispatch import delay, is_soon
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Guarantee,
    Media,
    NotFound,
    NotSent,
    Outcome,
    Outgoing,
    Piece,
    PostFigures,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.rates import Left, Limit, Rates
from parution.publishing.releases import Manner, Way
from parution.publishing.stops import Reach, ReleaseDesk, StopDesk
from parution.publishing.tick import DispatchDesk
from parution.publishing.verdicts import VerdictDesk
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from parution.sandbox.memory_rates import MemoryRates
from tests.builders import NOON
from tests.publishing.doubles import NoMedia, ObedientClock, OneNetwork, WorkerDied

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SETTLING, LEASE, WAKE_EARLY = timedelta(seconds=30), timedelta(minutes=2), timedelta(seconds=2)
POSTS = ("a", "b", "c")
ENDED = {State.PUBLISHED, State.UNCONFIRMED, State.FAILED, State.MISSED, State.CANCELLED, State.HELD}
ANSWERS = ("lost", "published", "late", "dies after", "nothing", "refused", "busy", "paused", "dies")
SCOPES = (Scope(), Scope(brand="b"), Scope(brand="b", channel="masto"), Scope(tag="noel"))


class Wished(NamedTuple):
    """The model: what the plan last said of a post."""

    text: str
    due_at: datetime
    asks: bool


class Effect(NamedTuple):
    post: str
    text: str
    at: datetime


class Public:
    """A network that does what it is told to; every effect is checked by the machine as it happens."""

    settling = SETTLING
    limits: tuple[Limit, ...] = ()

    def __init__(self, machine: "Deliveries", guarantee: Guarantee) -> None:
        self.guarantee = guarantee
        self.key_lives: timedelta | None = HOUR if guarantee is Guarantee.KEYED else None
        self._machine = machine
        self._made: dict[str, str] = {}
        self._late: list[tuple[datetime, Piece]] = []
        self.effects: list[Effect] = []
        self.answer = "published"

    def prepare(self, piece: Piece, media: Media) -> Prepared:
        return Prepared()

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        fence.cross(piece.content.text.encode())
        self._machine.may_appear(piece)
        self.land()
        answer, self.answer = self.answer, "published"
        match answer:
            case "refused" | "busy" | "paused" | "nothing" | "dies":
                return self._without_effect(answer)
            case "late":
                self._late.append((self._machine.clock.now() + SETTLING / 2, piece))
                return Unknown(reason="timed out")
        shown = self._appear(piece)
        if answer == "dies after":
            raise WorkerDied
        return shown if answer == "published" else Unknown(reason="the answer was lost")

    def _without_effect(self, answer: str) -> Outcome:
        now = self._machine.clock.now()
        pause = (Left(counted="account", remaining=0, resets_at=now + MINUTE),)
        match answer:
            case "refused":
                return Refused(reason="too long")
            case "busy" | "paused":
                left = pause if answer == "paused" else ()
                return NotSent(reason="too many requests", retry_after=MINUTE, left=left)
            case "nothing":
                return Unknown(reason="the connection was cut")
        raise WorkerDied

    def _appear(self, piece: Piece) -> Published:
        if self.guarantee is not Guarantee.KEYED or piece.key not in self._made:
            self._made[piece.key] = str(len(self.effects))
            post = piece.content.text.partition(" ")[0]
            self.effects.append(Effect(post, piece.content.text, self._machine.clock.now()))
        return Published(remote_id=self._made[piece.key], proof="answer")

    def land(self) -> None:
        for late in [late for late in self._late if late[0] <= self._machine.clock.now()]:
            self._late.remove(late)
            self._appear(late[1])

    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        self.land()
        shown = [place for place, one in enumerate(self.effects) if one.text == piece.content.text]
        if not shown or self.guarantee is Guarantee.BLIND:
            return NotFound()
        return Published(remote_id=str(shown[0]), proof="own feed")

    def figures(self, remote_id: str) -> PostFigures:
        return PostFigures()


class NextHour:
    def after(self, delivery: Delivery, moment: datetime) -> Iterator[datetime]:
        at = moment.replace(minute=0, second=0, microsecond=0)
        while True:
            at += HOUR
            yield at


class Deliveries(RuleBasedStateMachine):
    @initialize(guarantee=st.sampled_from((Guarantee.KEYED, Guarantee.READABLE, Guarantee.BLIND)))
    def open(self, guarantee: Guarantee) -> None:
        self.clock = ObedientClock(NOON - 5 * MINUTE)
        self.posts, self.queue = MemoryPosts(), MemoryDeliveryQueue(self.clock)
        self.network = Public(self, guarantee)
        self.wished: dict[str, Wished] = {}
        self.texts = 0
        self.lost: list[Ticket] = []  # tickets whose worker died: the queue shows them again
        self.tick_desk = DispatchDesk(self.posts, self.queue, WAKE_EARLY)
        self.desk = PublishingDesk(
            deliveries=self.posts,
            holds=self.posts,
            networks=OneNetwork(self.network),
            media=NoMedia(),
            rates=Rates(MemoryRates()),
            queue=self.queue,
            clock=self.clock,
            lease=LEASE,
            wake_early=WAKE_EARLY,
        )
        people: dict[str, Any] = {"clock": self.clock, "actor": "claire"}
        reach = Reach(self.posts, OneBrand())
        self.stops = StopDesk(reach, self.posts, **people)
        working: dict[str, Any] = {"deliveries": self.posts, "queue": self.queue, "wake_early": WAKE_EARLY}
        self.releases = ReleaseDesk(reach, self.posts, **people, slots=NextHour(), **working)
        self.verdicts = VerdictDesk(**working, **people, remote_id=lambda network, url: url[-1:])

    # ---------------------------------------------------------------- people
    @rule(
        post=st.sampled_from(POSTS),
        minutes=st.sampled_from((1, 3, 8)),
        asks=st.sampled_from((False, False, False, True)),
    )
    def write(self, post: str, minutes: int, *, asks: bool) -> None:
        """Plan a post, or give it another text and time."""
        self.texts += 1
        due_at = self.clock.now().replace(second=0) + minutes * MINUTE
        self.imported({**self.wished, post: Wished(f"{post} {self.texts}", due_at, asks)})

    @rule(post=st.sampled_from(POSTS))
    def take_out(self, post: str) -> None:
        self.imported({name: wish for name, wish in self.wished.items() if name != post})

    @rule()
    def import_again(self) -> None:
        before = self.rows
        self.imported(self.wished)
        after = self.rows
        assert {name: row for name, row in before.items() if row.state is not State.CANCELLED} == {
            name: row for name, row in after.items() if before[name].state is not State.CANCELLED
        }

    @rule(post=st.sampled_from(POSTS))
    def approve(self, post: str) -> None:
        row = self.rows.get(post)
        if row and row.state is State.AWAITING_APPROVAL:
            self.decided(lambda: self.verdicts.approve(row))

    @precondition(lambda self: not self.posts.standing().holds)
    @rule(scope=st.sampled_from(SCOPES))
    def hold(self, scope: Scope) -> None:
        self.stops.hold(scope, "crisis")

    @rule(scope=st.sampled_from(SCOPES), way=st.sampled_from(Way))
    def release(self, scope: Scope, way: Way) -> None:
        shown = self.releases.planned(scope, Manner(way=way))
        for step in self.releases.release(shown).taken:
            if step.at is None:
                self.wished.pop(step.delivery.post, None)

    @rule(post=st.sampled_from(POSTS))
    def look_and_say(self, post: str) -> None:
        """Tell the truth about what nobody could confirm."""
        self.network.land()
        row = self.rows.get(post)
        if row and row.state is State.UNCONFIRMED:
            live = any(one.text == self.content(row).text for one in self.network.effects)
            name = f"b/{post}/masto"
            self.decided(
                lambda: self.verdicts.live(name, "https://m/0") if live else self.verdicts.missing(name)
            )

    # ---------------------------------------------------------------- machines
    @rule(answer=st.sampled_from(ANSWERS), minutes=st.sampled_from((1, 4, 10)))
    def work(self, answer: str, minutes: int) -> None:
        """Let ticks and workers do their part for a while; the network's next answer is of this kind."""
        self.network.answer, end = answer, self.clock.now() + minutes * MINUTE
        while (at := self.next_event()) <= end:
            self.go_on(at)
        self.clock.wait_until(end)

    @rule(post=st.sampled_from(POSTS), answer=st.sampled_from(ANSWERS))
    def come_due(self, post: str, answer: str) -> None:
        """Bring a post straight to its call, which chance alone would seldom do."""
        for scope in SCOPES:
            self.release(scope, Way.SPACED)
        self.write(post, 1, asks=False)
        self.work(answer, 4)

    @rule()
    def tick(self) -> None:
        self.tick_desk.dispatch(self.clock.now())

    @rule(post=st.sampled_from(POSTS), back=st.integers(0, 2))
    def repeat_a_ticket(self, post: str, back: int) -> None:
        if row := self.rows.get(post):
            old = row.ticket.model_copy(update={"version": max(1, row.version - back)})
            self.queue.send([Outgoing(old, row.network, timedelta(0))])

    @rule(seconds=st.sampled_from((1, 60, 400)))
    def let_time_pass(self, seconds: int) -> None:
        self.clock.pass_(seconds * SECOND)
        self.network.land()

    # ---------------------------------------------------------------- what must hold
    def may_appear(self, piece: Piece) -> None:
        """I3, I4: at this moment, and under this version, it is what everybody wants."""
        post = piece.content.text.partition(" ")[0]
        row, wish = self.rows[post], self.wished.get(post)
        assert row.state is State.SENDING
        assert wish is not None, "an effect after it was taken out"
        assert piece.content.text == wish.text, "an effect from a stale version"
        assert self.clock.now() >= row.due_at, "early"
        assert row.due_at >= wish.due_at
        agreed = row.approval.content if row.approval else None
        assert not wish.asks or agreed == row.content, "without a yes"
        assert self.posts.standing().over("b", "masto", piece.content.tags, None) is None, "under a hold"
        assert not row.is_stale(self.clock.now()), "old news"

    @invariant()
    def nothing_appears_twice(self) -> None:
        """I1."""
        if hasattr(self, "network"):
            shown = [one.post for one in self.network.effects]
            assert len(shown) == len(set(shown)), shown

    @invariant()
    def every_row_says_who_why_and_when_and_nothing_that_is_not_so(self) -> None:
        """I9, and a row that says published, or failed, is right."""
        if not hasattr(self, "network"):
            return
        shown = {one.text for one in self.network.effects}
        for row in self.rows.values():
            assert row.changed.actor
            assert row.changed.cause
            assert row.changed.at <= self.clock.now()
            if row.state is State.PUBLISHED:
                assert self.content(row).text in shown
            if row.state in {State.FAILED, State.MISSED, State.CANCELLED, State.HELD}:
                assert self.content(row).text not in shown

    def teardown(self) -> None:
        """I2: left alone, everything ends, and nothing is lost without a word."""
        if not hasattr(self, "network"):
            return
        end = self.clock.now() + timedelta(days=4)
        while self.clock.now() < end and (
            self.queue.next_at or any(row.wake_at for row in self.rows.values())
        ):
            self.go_on(self.next_event())
        self.nothing_appears_twice()
        self.every_row_says_who_why_and_when_and_nothing_that_is_not_so()
        shown = {one.text for one in self.network.effects}
        for row in self.rows.values():
            assert row.state in ENDED, row.state
            if row.state is State.UNCONFIRMED and self.network.guarantee is not Guarantee.BLIND:
                assert self.content(row).text not in shown

    # ---------------------------------------------------------------- how it is done
    @property
    def rows(self) -> dict[str, Delivery]:
        return {row.post: row for row in self.posts.of_brand("b")}

    def content(self, row: Delivery) -> Content:
        return self.posts.content(row.brand, row.post, row.content)

    def next_event(self) -> datetime:
        now = self.clock.now()
        if self.queue.next_at and self.queue.next_at <= now:
            return now
        minute = now.replace(second=0, microsecond=0) + MINUTE
        coming = [one for one in (self.queue.next_at, *(row.wake_at for row in self.rows.values())) if one]
        at = min((one for one in coming if one > now), default=minute)
        overdue = any(one <= now for one in coming)
        return at if at < minute else minute if overdue else max(minute, at - 5 * MINUTE)

    def go_on(self, at: datetime) -> None:
        """Let everything happen that happens then."""
        self.clock.wait_until(at)
        self.network.land()
        if at.second == 0:
            self.tick_desk.dispatch(at)
        self.deliver_all()

    def deliver_all(self) -> None:
        for ticket in self.queue.receive():
            try:
                self.desk.deliver(ticket)
            except WorkerDied:
                self.queue.send([Outgoing(ticket, "mastodon", 9 * MINUTE)])  # SQS shows it again

    def decided(self, verdict: Callable[[], object]) -> None:
        with suppress(NothingToDecide):
            verdict()

    def imported(self, wished: dict[str, Wished]) -> None:
        """Import a plan as the desk does: compare, keep contents, move rows, send what is soon."""
        now = self.clock.now()
        change = Change(actor="import_plan", cause="plan.json", at=now)
        found = diff([a_wish(post, wish, change) for post, wish in wished.items()], self.ids, change)
        for row, content in found.contents:
            self.posts.keep_content("b", row.post, content)
        for created in found.create:
            self.posts.create(created.delivery)
        for moved in (*found.change, *found.cancel):
            self.posts.move(moved.before, moved.after)
        soon = [row for row in found.written if row.wake_at and is_soon(row.wake_at, now)]
        self.queue.send(
            [Outgoing(row.ticket, row.network, delay(row.wake_at or now, now, WAKE_EARLY)) for row in soon]
        )
        locked = {row.post for row in found.locked}
        self.wished = {
            **{post: wish for post, wish in self.wished.items() if post in locked},
            **{post: wish for post, wish in wished.items() if post not in locked},
        }

    @property
    def ids(self) -> dict[str, Delivery]:
        return {row.id: row for row in self.rows.values()}


class OneBrand:
    def brands(self) -> list[str]:
        return ["b"]


def a_wish(post: str, wish: Wished, change: Change) -> Wish:
    content = Content(text=wish.text, language="fr-FR", tags=("noel",) if post == "a" else ())
    delivery = planned(
        brand="b",
        post=post,
        channel="masto",
        network="mastodon",
        account="masto",
        due_at=wish.due_at,
        local_at=f"{wish.due_at:%Y-%m-%dT%H:%M} UTC",
        max_late=10 * MINUTE,
        content=content.hash,
        change=change,
        asks_approval=wish.asks,
    )
    return Wish(delivery, content)


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(
    max_examples=max(80, settings().max_examples),
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
