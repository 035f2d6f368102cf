"""How late the desks are on a virtual clock, what they lose in a hostile world, and what it costs."""

from datetime import datetime

from bench.measure import Aim, Measure
from bench.simulator import costs
from bench.simulator.networks import Lies
from bench.simulator.report import quantile
from bench.simulator.run import RAISED, Run, Setup
from parution.publishing.dispatch import delay
from parution.publishing.ports import Outgoing, Waiting
from parution.publishing.tick import DispatchDesk

_SECOND = Setup(scenario="second", deliveries=10_000, **RAISED)
# A day of a month of 100,000 posts, on the stack that samconfig.toml deploys.
_DAY = Setup(scenario="day", deliveries=10_000)
_HOSTILE = Setup(scenario="day", deliveries=10_000, crash=0.0001, lies=Lies(*([0.02] * len(Lies._fields))))

# One Scheduler schedule for each post fires somewhere within its minute, by AWS's documentation.
_SCHEDULER = "one Scheduler schedule per post"


class NoCrowds(DispatchDesk):
    """Sends every ticket as if it were alone."""

    def _send(self, waiting: list[Waiting], now: datetime) -> int:
        early = self._wake_early
        self._queue.send(
            [Outgoing(one.ticket, one.network, delay(one.wake_at, now, early)) for one in waiting]
        )
        return len(waiting)


def measures() -> list[Measure]:
    return [*_of_one_second(), *_of_a_hostile_day(), _cost()]


def _of_one_second() -> list[Measure]:
    run = Run(_SECOND).run()
    alone = Run(
        _SECOND, make_tick=lambda calls, queue, setup: NoCrowds(calls, queue, setup.wake_early_by)
    ).run()
    astray = Run(_SECOND._replace(clock_off_by=0.1)).run()
    what, times, times_alone = "due in one second", sorted(run.judge.arrived), sorted(alone.judge.arrived)
    return [
        Measure(
            f"lateness of 10,000 {what}, {name}",
            round(quantile(times, share), 3),
            "s",
            Aim("<=", aim),
            {
                "without waking a crowd earlier": round(quantile(times_alone, share), 3),
                _SCHEDULER: 60 * share,
            },
        )
        for name, share, aim in (("p50", 0.50, 0.3), ("p99", 0.99, 2))
    ] + [
        Measure(
            "of these, early by the true clock",
            run.judge.counts["early"],
            "posts",
            Aim("==", 0),
            {"with clocks that are wrong by 0.1 s": astray.judge.counts["early"]},
        )
    ]


def _of_a_hostile_day() -> list[Measure]:
    judge = Run(_HOSTILE).run().judge
    lost = len(judge.faults) - judge.count("doubled")
    flagged = judge.counts["flagged"] + judge.counts["flagged on a blind network"]
    where = "of 10,000 deliveries in a hostile world"
    return [
        Measure(f"posted twice, {where}", judge.count("doubled"), "posts", Aim("==", 0)),
        Measure("lost in silence, or told wrongly", lost, "posts", Aim("==", 0)),
        Measure("left to a person", flagged, "posts"),
    ]


def _cost() -> Measure:
    small = _DAY._replace(memory=256)
    return Measure(
        "list cost of 1,000 posts on 3 networks, of 100,000 a month, from simulated units",
        _usd(_DAY),
        "USD",
        Aim("<=", 0.03),
        {"with workers of 256 MB": _usd(small)},
    )


def _usd(setup: Setup) -> float:
    more = costs.of_1000_posts(Run(setup).run(), costs.of_a_tick(setup))
    return round(sum(more.usd.values()), 4)
