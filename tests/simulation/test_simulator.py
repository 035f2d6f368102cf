"""The simulation itself: it repeats, it is fair, and its judge finds each kind of broken desk."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bench.delivery import _one_delivery as one_delivery
from bench.simulator import costs
from bench.simulator.functions import Environment
from bench.simulator.networks import HONEST, Lies
from bench.simulator.plans import NONE
from bench.simulator.run import Run, Setup
from bench.simulator.world import SECOND
from parution.guarding.holds import Standing
from parution.publishing import deliveries as edges
from parution.publishing.deliveries import Delivery, State
from parution.publishing.desk import Delivered, PublishingDesk
from parution.publishing.passage import Passage
from parution.publishing.ports import NotSent
from parution.publishing.tick import DispatchDesk

# Small, and so hostile that each kind of mischief happens some times.
HOSTILE = Setup(
    scenario="second",
    deliveries=300,
    lanes=4,
    shards=4,
    secret_reads=10_000,
    warm_writes=20_000,
    warm_reads=30_000,
    crash=0.001,
    lies=Lies(*([0.03] * len(Lies._fields))),
)
SHORT = HOSTILE._replace(deliveries=40, hours_after=1, lies=Lies(*([0.1] * len(Lies._fields))))


def told(run: Run) -> tuple[object, ...]:
    judge = run.judge
    return list(judge.arrived), judge.states, judge.counts, judge.faults, costs.units_of(run), run.outcomes


@pytest.fixture(scope="module")
def hostile() -> Run:
    return Run(HOSTILE).run()


def test_the_desk_stands_every_mischief(hostile: Run) -> None:
    assert hostile.judge.faults == []
    assert hostile.judge.counts["early"] == 0
    assert hostile.judge.counts["deliveries"] == 300
    assert hostile.deliver.crashed > 0
    assert set(hostile.timelines.lies) == set(Lies._fields)


def test_one_seed_gives_one_run(hostile: Run) -> None:
    assert told(Run(HOSTILE).run()) == told(hostile)


def test_another_seed_gives_another_run(hostile: Run) -> None:
    assert told(Run(SHORT._replace(seed=2)).run())[0] != told(hostile)[0]


def test_in_peace_everything_is_published_once_and_nobody_is_asked() -> None:
    run = Run(HOSTILE.in_peace()).run()

    assert run.judge.states == {State.PUBLISHED: 300}
    assert run.judge.faults == []
    assert run.outcomes == {"PostPublished": 300}


def test_a_delivery_takes_the_units_that_the_deployed_code_takes() -> None:
    counted = one_delivery()

    run = Run(HOSTILE.in_peace()._replace(deliveries=1)).run()

    tables = run.table.wru, run.table.rru
    assert [units["import_plan"] + units["deliver_post"] for units in tables] == [counted.wru, counted.rru]


# ---------------------------------------------------------------------- what the judge must find
class SendsAgain(PublishingDesk):
    """Takes no answer for a proof that nothing happened, as many do."""

    def _doubt(self, delivery: Delivery, reason: str, network: Any = None) -> Delivered:
        return self._later(delivery, NotSent(reason=reason, retry_after=timedelta(seconds=1)))


class TrustsItself(PublishingDesk):
    """Takes a request that left for a post that is there."""

    def _doubt(self, delivery: Delivery, reason: str, network: Any = None) -> Delivered:
        def after(row: Delivery, change: edges.Change) -> Delivery:
            return edges.published(row, remote_id="1", url=None, proof="hope", at=change.at, change=change)

        if delivery.state is State.SENDING:
            return self._move(delivery, after, "hope")
        return self._look(delivery)


class LooksOnce(PublishingDesk):
    """Leaves it to a person after one look, before the network has settled."""

    def _doubt(self, delivery: Delivery, reason: str, network: Any = None) -> Delivered:
        return self._move(delivery, edges.left_to_a_person, reason)


class Unclaimed(Passage):
    def claim(self, request: str | None, marker: str | None) -> None:
        change = edges.Change(actor="test", cause="due", at=self._clock.now())
        attempt = edges.Attempt(id="1", number=1, at=change.at)
        self.claimed = edges.claimed(self.claimed, attempt, self._prepared, change)


class ClaimsNothing(PublishingDesk):
    """Calls the network before the row says so; two tickets are then two posts."""

    def _passage(self, delivery: Delivery, *args: Any) -> Passage:
        passage = super()._passage(delivery, *args)
        passage.__class__ = Unclaimed
        return passage


class NoHolds:
    def standing(self) -> Standing:
        return Standing()


def deaf_to_holds(**ports: Any) -> PublishingDesk:
    return PublishingDesk(**{**ports, "holds": NoHolds()})


class FastClock:
    """Runs ahead of the true time by a second, in every environment."""

    def __init__(self, clock: Environment) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=1)

    def wait_until(self, instant: datetime) -> None:
        self._clock.wait_until(instant - timedelta(seconds=1))


def with_a_fast_clock(**ports: Any) -> PublishingDesk:
    return PublishingDesk(**{**ports, "clock": FastClock(ports["clock"])})


class NeverSweeps(DispatchDesk):
    def _sweep(self, now: datetime) -> int:
        return 0


@pytest.mark.parametrize(
    ("make_desk", "kind", "deliveries"),
    [
        (SendsAgain, "doubled", 40),
        (ClaimsNothing, "doubled", 6),  # it posts each of them again and again
        (TrustsItself, "published, it says, and is not there", 40),
        (LooksOnce, "flagged as not there, and is there", 40),
    ],
)
def test_the_judge_finds_a_desk_that(
    make_desk: Callable[..., PublishingDesk], kind: str, deliveries: int
) -> None:
    run = Run(SHORT._replace(deliveries=deliveries), make_desk=make_desk).run()

    assert run.judge.count(kind) > 0


def test_the_judge_finds_what_was_sent_under_a_hold() -> None:
    held = SHORT.in_peace()._replace(whims=NONE._replace(held=0.5))

    assert Run(held, make_desk=deaf_to_holds).run().judge.count("under a hold") > 0
    assert Run(held).run().judge.faults == []


def test_the_judge_finds_posts_that_are_early_by_the_true_clock() -> None:
    run = Run(SHORT.in_peace(), make_desk=with_a_fast_clock).run()

    assert run.judge.counts["early"] > 20
    assert max(run.judge.called_early) < SECOND


def test_the_judge_finds_what_nobody_comes_back_to() -> None:
    lossy = SHORT._replace(lies=HONEST, whims=NONE, receives=1, crash=0.02)

    run = Run(lossy, make_tick=lambda calls, queue, _: NeverSweeps(calls, queue, timedelta(seconds=2))).run()

    assert run.judge.count("never ended") > 0
