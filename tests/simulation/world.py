"""A world in which deliveries are published: its clock, table, queue, network, and everybody who acts in it.

It knows what may happen next (``options``) and lets it happen (``take``). While nobody acts it can be
copied, so that every way on from there can be tried. Idle minutes are skipped.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State, Ticket
from parution.publishing.dispatch import LOOK_AHEAD, SETTLED, minute_of
from parution.publishing.ports import Guarantee, Piece
from parution.publishing.tick import DispatchDesk
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_rates import MemoryRates
from tests.builders import NOON
from tests.simulation import ports
from tests.simulation.seam import (
    Actor,
    LostAnswer,
    Sleep,
    Stop,
    WorkerDied,
    acting,
    likeness,
    row_likeness,
)
from tests.simulation.sites import Call, Site

WAKE_EARLY = timedelta(seconds=2)
LEASE = timedelta(seconds=120)
VISIBLE_AGAIN = timedelta(seconds=540)  # SQS shows a message again that nobody deleted
MOST_RECEIVES = 6  # then it goes to the dead letters
STALL = 3 * LEASE  # so long at most a worker is forgotten, and far outlives its lease
_MINUTE = timedelta(minutes=1)
_MOST_STEPS = 500  # without time passing
_END = NOON + timedelta(hours=60)

TIME = "time"


class Message(NamedTuple):
    visible_at: datetime
    ticket: Ticket
    receives: int = 0


class Option(NamedTuple):
    """What may happen next: somebody goes on, to a fate; or time passes."""

    who: str
    fate: str = ""


class Deliverer(Protocol):
    """The publishing desk, or another way to go about it."""

    def deliver(self, ticket: Ticket) -> object: ...


class Cast(NamedTuple):
    """What the worlds of one search have in common."""

    desk: Callable[["World"], Deliverer]
    texts: Mapping[str, str]  # the delivery that each text belongs to
    people: Mapping[str, Callable[["World"], None]] = {}  # who else may act, once, whenever
    after: Mapping[str, str] = {}  # who acts only after whom
    workers: int = 1
    stall: timedelta | None = None  # how long a worker may be forgotten
    faulty_tick: bool = False
    befalls: Callable[[str, str], bool] = lambda step, fate: True
    told: bool = True  # whether a row says, before an effect, that it may come


class World:
    """One state of everything. Copies share nothing that changes."""

    def __init__(self, cast: Cast, site: Site, faults: int, now: datetime = NOON - WAKE_EARLY) -> None:
        self.cast, self.site, self.faults_left, self.now = cast, site, faults, now
        self.posts, self.buckets = MemoryPosts(), MemoryRates()
        self.older: dict[str, Delivery] = {}  # each row as it was before its last change
        self.kept: dict[str, Hashable] = {}  # what another way to deliver keeps beside the rows
        self.flagged: dict[str, str] = {}  # why each was left to a person, at first
        self.messages: tuple[Message, ...] = ()
        self.actors: list[Actor] = []
        self.waiting_people = tuple(cast.people)
        self.done: frozenset[str] = frozenset()
        self.notes: tuple[str, ...] = ()  # what people were told
        self.held_when_claimed: frozenset[tuple[str, int, int]] = frozenset()
        self.ended = False
        self._steps = 0  # since time has passed
        self.ticked_at: datetime | None = None
        self.trace: Any = None  # the choices that led here, linked backwards
        self._tick = DispatchDesk(ports.Table(self), ports.Queue(self), WAKE_EARLY)

    def copy(self) -> "World":
        assert not self.actors
        new = World(self.cast, self.site.copy(), self.faults_left, self.now)
        new.posts._deliveries, new.posts._contents = dict(self.posts._deliveries), dict(self.posts._contents)
        new.posts._marks, new.posts._standing = dict(self.posts._marks), self.posts._standing
        new.buckets._buckets = dict(self.buckets._buckets)
        new.older, new.flagged, new.kept = dict(self.older), dict(self.flagged), dict(self.kept)
        new.messages = self.messages
        new.waiting_people, new.done, new.notes = self.waiting_people, self.done, self.notes
        new.held_when_claimed, new.trace = self.held_when_claimed, self.trace
        new.ticked_at, new.ended = self.ticked_at, self.ended
        return new

    def likeness(self) -> Hashable:
        """Give what two worlds share whose futures are the same."""
        rows = self.posts._deliveries
        return (
            self.now,
            self.faults_left,
            self.ended,
            self.ticked_at,
            *(row_likeness(row) for row in rows.values()),
            *(row_likeness(row) for row in self.older.values()),
            tuple(sorted((at, ticket.delivery, ticket.version, n) for at, ticket, n in self.messages)),
            tuple(self.posts._marks.items()),
            self.posts._standing,
            tuple(self.buckets._buckets.items()),
            self.site.likeness(),
            tuple(self.flagged.items()),
            tuple(self.kept.items()),
            self.waiting_people,
            self.done,
            self.notes,
            self.held_when_claimed,
            tuple((one.known, one.stop) for one in self.actors),
        )

    # ---------------------------------------------------------------- what it holds
    def row(self, delivery: str) -> Delivery:
        return self.posts._deliveries[delivery]

    @property
    def rows(self) -> list[Delivery]:
        return list(self.posts._deliveries.values())

    def plan(self, delivery: Delivery, content: Content) -> None:
        self.posts.create(delivery)
        self.posts.keep_content(delivery.brand, delivery.post, content)

    def send(self, ticket: Ticket, visible_at: datetime) -> None:
        self.messages = (*self.messages, Message(visible_at, ticket))

    # ---------------------------------------------------------------- what may happen
    def options(self) -> list[Option]:
        """Give what may happen next; nothing once all is over."""
        if self.ended:
            return []
        acting = [one for one in self.actors if isinstance(one.stop, Stop)]
        alone = [one for one in acting if isinstance(one.stop, Stop) and one.stop.alone]
        found = [Option(one.name, fate) for one in alone[:1] or acting for fate in self._fates(one)]
        if alone:
            return found
        if not acting or self._soon_awake():
            found.append(Option(TIME))
        found += [
            Option(one.name) for one in self.actors if isinstance(one.stop, Sleep) and one.stop.forgotten
        ]
        ready = (one for one in self.waiting_people if self.cast.after.get(one, one) in {one, *self.done})
        return found + [Option(one) for one in ready]

    def _fates(self, actor: Actor) -> Iterator[str]:
        yield ""
        if self.faults_left and isinstance(actor.stop, Stop):
            step = actor.stop.step
            yield from (fate for fate in actor.stop.fates if self.cast.befalls(step, fate))

    def _soon_awake(self) -> bool:
        # Others may be slow while somebody waits for an instant; how slow at most is another fault.
        sleeping = [one.stop for one in self.actors if isinstance(one.stop, Sleep) and not one.stop.forgotten]
        return any(stop.until <= self.now + WAKE_EARLY for stop in sleeping)

    def take(self, option: Option) -> None:
        """Let it happen, up to the next choice."""
        self.trace = (self.trace, option, self._step_of(option))
        self._steps += 1
        assert self._steps < _MOST_STEPS, ["a loop in which no time passes", *self.story[-40:]]
        if option.who == TIME:
            self._pass()
        elif option.who in self.waiting_people:
            self.waiting_people = tuple(one for one in self.waiting_people if one != option.who)
            self._begin(Actor(option.who, lambda: self.cast.people[option.who](self)))
        else:
            if option.fate:
                self.faults_left -= 1
            self._go_on(next(one for one in self.actors if one.name == option.who), option.fate)
        self._receive()

    def _step_of(self, option: Option) -> str:
        stops = (one.stop for one in self.actors if one.name == option.who)
        stop = next(stops, None)
        return stop.step if isinstance(stop, Stop) else ""

    @property
    def story(self) -> list[str]:
        """Tell the choices that led here, without those that were as usual while one alone could act."""
        told, link = [], self.trace
        while link is not None:
            link, option, step = link
            told.append(" ".join(filter(None, (option.who, step, f"[{option.fate}]" if option.fate else ""))))
        return told[::-1]

    def abandon(self) -> None:
        """End everybody who still acts: this way on is known already."""
        for one in self.actors:
            one.throw()
        self.actors = []

    # ---------------------------------------------------------------- actors
    def _begin(self, actor: Actor) -> None:
        self.actors.append(actor)
        self._go_on(actor)

    def _go_on(self, actor: Actor, fate: str = "") -> None:
        actor.go_on(fate)
        if actor.dead:
            self.actors.remove(actor)
            self.done |= {actor.name} & self.cast.people.keys()

    def _receive(self) -> None:
        """Give messages to workers that are free."""
        while (names := self._free_workers()) and (message := self._next_message()):
            self._begin(self._worker(names[0], message))

    def _free_workers(self) -> list[str]:
        busy = {one.name for one in self.actors}
        return [name for name in ("A", "B", "C")[: self.cast.workers] if name not in busy]

    def _next_message(self) -> Message | None:
        ready = [one for one in self.messages if one.visible_at <= self.now]
        return min(ready, key=lambda one: (one.visible_at, one.ticket.delivery), default=None)

    def _worker(self, name: str, message: Message) -> Actor:
        left = list(self.messages)
        left.remove(message)
        hidden = message._replace(visible_at=self.now + VISIBLE_AGAIN, receives=message.receives + 1)
        self.messages = (*left, hidden) if hidden.receives < MOST_RECEIVES else tuple(left)

        def work() -> None:
            try:
                self.cast.desk(self).deliver(message.ticket)
            except (WorkerDied, LostAnswer):
                return  # the message is shown again
            self._delete(hidden)

        worker = Actor(name, work, self.cast.stall)
        worker.learns(likeness(message.ticket), message.receives, self.now)
        return worker

    def _delete(self, message: Message) -> None:
        left = list(self.messages)
        if message in left:
            left.remove(message)
        self.messages = tuple(left)

    # ---------------------------------------------------------------- time
    def _pass(self) -> None:
        """Go to the next instant at which something comes by itself; the end, when nothing does."""
        coming = [one.stop.until for one in self.actors if isinstance(one.stop, Sleep)]
        coming += [one.visible_at for one in self.messages if self._free_workers()]
        coming += [at for at, _ in self.site.late]
        tick_at = self._next_tick()
        coming += [tick_at] if tick_at else []
        if not coming:
            self.ended = True
            return
        self._steps = 0 if min(coming) > self.now else self._steps
        self.now = max(self.now, min(coming))
        assert self.now < _END, ["it goes on for ever", *self.story]
        self._land()
        for one in [one for one in self.actors if isinstance(one.stop, Sleep)]:
            if isinstance(one.stop, Sleep) and one.stop.until <= self.now:
                self._go_on(one)
        if tick_at == self.now:
            self._dispatch()

    def _land(self) -> None:
        landing = [late for late in self.site.late if late[0] <= self.now]
        self.site.late = tuple(late for late in self.site.late if late[0] > self.now)
        for _, call in landing:
            self.site.publish(call, self.now, self.wrongs(call))

    def _next_tick(self) -> datetime | None:
        """Give the next whole minute at which a tick may find something; in between all of them are idle."""
        woken = [row.wake_at for row in self.rows if row.wake_at]
        if not woken:
            return None
        following = minute_of(self.now) + _MINUTE
        if self.ticked_at and self.posts.mark("dispatch") != minute_of(self.ticked_at) + LOOK_AHEAD:
            return following  # the last one broke off
        return max(following, minute_of(min(woken)) - LOOK_AHEAD)

    def _dispatch(self) -> None:
        marks, before = self.posts._marks, minute_of(self.now) - _MINUTE
        if self.ticked_at is None or self.ticked_at < before:  # as the idle ticks have left them
            marks |= {"dispatch": before + LOOK_AHEAD, "sweep": before - SETTLED}
        self.ticked_at = minute_of(self.now)
        if self.cast.faulty_tick:
            self._begin(Actor("tick", self._tick_once))
        else:
            self._tick.dispatch(self.now)

    def _tick_once(self) -> None:
        try:
            self._tick.dispatch(self.now)
        except (WorkerDied, LostAnswer):
            return

    # ---------------------------------------------------------------- judging an effect
    def wrongs(self, call: Call) -> tuple[str, ...]:
        """Say what should have kept this from appearing at this moment."""
        row = self.row(self.cast.texts[call.text])
        found = []
        if self.now < row.due_at:
            found.append("early")
        content = self.posts.content(row.brand, row.post, row.content)
        if content.body != call.text or row.state in _STOPPED:
            found.append("stale")
        if not row.has_its_yes:
            found.append("without its yes")
        hold = ports.hold_over(self, row)
        # Placed before the claim and still standing: nothing may come of a claim made under it.
        if call.saw_hold or (hold and call.attempt and (*call.attempt, hold.epoch) in self.held_when_claimed):
            found.append("under a hold")
        if self.cast.told and row.attempt is None:
            found.append("unannounced")
        return tuple(found)

    def call_of(self, piece: Piece, container: str | None) -> Call:
        actor = acting()
        return Call(
            text=piece.content.body,
            reply_to=piece.reply_to,
            key=piece.key if self.site.guarantee is Guarantee.KEYED else None,
            container=container,
            refs=piece.refs,
            attempt=actor.attempt if actor else None,
            saw_hold=actor.saw_hold if actor else False,
        )


_STOPPED = {
    State.CANCELLED,
    State.HELD,
    State.MISSED,
    State.SKIPPED,
    State.FAILED,
    State.AWAITING_APPROVAL,
}
