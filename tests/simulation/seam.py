"""The one seam through which all I/O goes: every actor stops here, and a schedule says what befalls it.

An actor is a greenlet: a worker with a ticket, a person, an import. It stops before each step that touches
the world. Whoever runs the world names the fate of the step: "" for as usual, or one of the step's own.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

import greenlet  # type: ignore[import-untyped]  # it publishes no types

from parution.publishing.deliveries import Delivery
from parution.records import Record


class WorkerDied(BaseException):
    """A crash: nothing of ours may catch it."""


class LostAnswer(Exception):
    """What an SDK raises when it gave up."""


class Stop(NamedTuple):
    """Where an actor stands: before this step, and what may befall it there."""

    step: str
    fates: tuple[str, ...] = ()
    alone: bool = False  # the step commutes with whatever anybody else may do


class Sleep(NamedTuple):
    """An actor that does not go on before this instant; one that was forgotten may do so at any moment."""

    until: datetime
    forgotten: bool = False


class Actor(greenlet.greenlet):  # type: ignore[misc]  # no types, as above
    """Somebody who acts in the world; ``known`` stands for all that it has learned, and so for its state."""

    def __init__(self, name: str, act: Callable[[], None], stall: timedelta | None = None) -> None:
        super().__init__(act)
        self.name, self.stall = name, stall
        self.stop: Stop | Sleep | None = None
        self.known = hash(name)
        self.attempt: tuple[str, int] | None = None  # the delivery and the attempt that it has claimed
        self.saw_hold = False

    def go_on(self, fate: str = "") -> None:
        """Let it act up to its next stop."""
        self.stop = self.switch(fate) if self.stop else self.switch()

    def learns(self, *news: Hashable) -> None:
        self.known = hash((self.known, *news))


def acting() -> Actor | None:
    """Give who acts now; None when the world itself does."""
    one = greenlet.getcurrent()
    return one if isinstance(one, Actor) else None


type Fates[Answer] = Mapping[str, Callable[[], Answer]]


def through[Answer](
    step: str,
    act: Callable[[], Answer],
    fates: Fates[Answer],
    now: Callable[[], datetime],
    *,
    alone: bool = False,
) -> Answer:
    """Do one step of I/O, once the schedule says so, and as it says."""
    actor = acting()
    if actor is None:
        return act()
    if actor.stall:
        fates = {**fates, **stalling(act, actor.stall, now)}
    fate = _stopped(actor, Stop(step, tuple(fates), alone))
    try:
        answer = fates[fate]() if fate else act()
    except BaseException as error:
        actor.learns(step, fate, type(error).__name__, now())
        raise
    actor.learns(step, fate, likeness(answer), now())
    return answer


def sleep(until: datetime, *, forgotten: bool = False) -> None:
    """Come back no earlier than then, or whenever the schedule says."""
    actor = acting()
    assert actor is not None
    _stopped(actor, Sleep(until, forgotten))


def _stopped(actor: Actor, stop: Stop | Sleep) -> str:
    assert actor.parent is not None
    fate = actor.parent.switch(stop)
    return fate if isinstance(fate, str) else ""


# -------------------------------------------------------------------- fates
def reading[Answer](act: Callable[[], Answer]) -> dict[str, Callable[[], Answer]]:
    """What may befall a step without effect: before it or after it is the same."""
    return {"dies": dies, "error": fails}


def writing[Answer](act: Callable[[], Answer]) -> dict[str, Callable[[], Answer]]:
    return {
        "dies before": dies,
        "dies after": lambda: then(act, dies),
        "error before": fails,
        "error after": lambda: then(act, fails),
    }


def calling[Answer](act: Callable[[], Answer]) -> dict[str, Callable[[], Answer]]:
    """What may befall the caller of a step that never raises, such as a connector's."""
    return {"dies before": dies, "dies after": lambda: then(act, dies)}


def stalling[Answer](
    act: Callable[[], Answer], time: timedelta, now: Callable[[], datetime]
) -> dict[str, Callable[[], Answer]]:
    """What befalls a worker that the machine forgets, for ``time`` at most, on either side of the step."""

    def forgotten() -> None:
        sleep(now() + time, forgotten=True)

    def after() -> Answer:
        answer = act()
        forgotten()
        return answer

    return {"stalls before": lambda: then(forgotten, act), "stalls after": after}


def dies() -> Any:
    raise WorkerDied


def fails() -> Any:
    raise LostAnswer


def then[Answer](first: Callable[[], object], second: Callable[[], Answer]) -> Answer:
    first()
    return second()


# -------------------------------------------------------------------- likeness
def likeness(answer: object) -> Hashable:
    """Give something that is equal for answers which nobody can tell apart."""
    match answer:
        case None | str() | int() | datetime() | timedelta() | Enum():
            return answer
        case Delivery():
            return row_likeness(answer)
        case list() | tuple():
            return tuple(likeness(one) for one in answer)
        case Record():
            return hash(answer)
        case _:
            return type(answer).__name__


def row_likeness(row: Delivery) -> Hashable:
    """Leave out what is drawn at random; an attempt's number names it as well: each delivery counts its own."""
    facts = dict(row.__dict__)
    attempt = row.attempt
    facts["attempt"] = (attempt.number, attempt.at) if attempt else None
    return tuple(facts.values())
