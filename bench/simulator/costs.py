"""What a run would have cost, from the units that it consumed."""

from bench.simulator import facts
from bench.simulator.run import Run, Setup
from parution.reporting.costs import Units

_TICKS_A_MONTH = 30.4 * 24 * 60

# A: record_history takes what the stream brings in five seconds; a run of it costs 20 ms and 6 for each edge.
_EDGES_A_RUN, _RUN_SECONDS, _EDGE_SECONDS = 10, 0.020, 0.006


def _history_seconds(run: Run) -> float:
    seconds = run.table.edges * (_EDGE_SECONDS + _RUN_SECONDS / _EDGES_A_RUN)
    return seconds * facts.USUAL_MEMORY / 1024


def units_of(run: Run) -> Units:
    return Units(
        wru=sum(run.table.wru.values()) + run.table.edges,
        rru=sum(run.table.rru.values()),
        queue_requests=sum(lane.requests for lane in run.lanes),
        gb_seconds=run.deliver.gb_seconds + run.dispatch.gb_seconds + _history_seconds(run),
        invocations=run.deliver.invocations + run.dispatch.invocations + run.table.edges / _EDGES_A_RUN,
        logged=facts.LOGGED * sum(run.outcomes.values()),
        ticks=run.ticks,
    )


def of_a_tick(setup: Setup) -> Units:
    """Measure what a minute costs in which nothing is due."""
    idle = setup._replace(scenario="second", deliveries=0, minutes=600).in_peace()
    run = Run(idle).run()
    return units_of(run).over(run.ticks)


def of_1000_posts(run: Run, tick: Units) -> Units:
    """Give the units that 1,000 more posts on three networks take; the ticks come by themselves."""
    return units_of(run).less(tick, run.ticks).over(run.setup.deliveries / 3_000)


def of_a_month(setup: Setup, tick: Units) -> Units:
    """Give what a stack takes in a month in which it publishes nothing."""
    polls = setup.lanes * facts.AT_FIRST * _TICKS_A_MONTH * 60 / facts.LONG_POLL
    idle = tick.over(1 / _TICKS_A_MONTH)
    return idle._replace(queue_requests=idle.queue_requests + polls)
