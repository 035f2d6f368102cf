"""What a run has shown, in lines for people."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bench.simulator.costs import of_1000_posts, of_a_month, of_a_tick
from bench.simulator.run import Run
from bench.simulator.world import SECOND
from parution.reporting.costs import Units

SHARES = (0.5, 0.9, 0.99, 0.999, 1.0)
# Bounds of the histogram, in seconds.
BOUNDS = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0, 3600.0)

MUST_BE_NONE = (
    "doubled",
    "published, it says, and is not there",
    "flagged as not there, and is there",
    "never ended",
    "under a hold",
    "an effect after its end",
)


def quantile(times: Sequence[int], share: float) -> float:
    """Give a share's time in seconds from sorted times; 0 where there are none."""
    return times[min(int(len(times) * share), len(times) - 1)] / SECOND if times else 0.0


def lines(run: Run) -> Iterator[str]:
    """Tell a run: the verdict, lateness, concurrency, units and what they cost."""
    yield from verdict(run)
    yield from lateness(run)
    yield from machinery(run)
    yield from money(run)


def verdict(run: Run) -> Iterator[str]:
    judge = run.judge
    yield f"{judge.counts['deliveries']:,} deliveries, seed {run.setup.seed}, {run.took:.0f} s of computing"
    yield "  " + ", ".join(f"{count:,} {state}" for state, count in sorted(judge.states.items()))
    others = {fault.kind for fault in judge.faults} - set(MUST_BE_NONE)
    for kind in (*MUST_BE_NONE, *sorted(others)):
        yield f"  {judge.count(kind):>9,} {kind}"
    yield f"  {judge.counts['early']:>9,} early by the true clock" + _by_at_most(judge.called_early)
    yield f"  {judge.counts['flagged']:>9,} flagged for a person, each of them truly not there"
    blind, there = (judge.counts[f"flagged on a blind network{more}"] for more in ("", ", and there"))
    yield f"  {blind:>9,} flagged on a network that nobody can search; {there:,} of these are there"
    for fault in judge.faults[:5]:
        yield f"  ! {fault.delivery}: {fault.kind}: {fault.told}"


def _by_at_most(early: Sequence[int]) -> str:
    return f", by at most {max(early) / 1000:.0f} ms" if early else ""


def lateness(run: Run) -> Iterator[str]:
    arrived, shown = sorted(run.judge.arrived), sorted(run.judge.shown)
    yield "late by, in seconds                 p50      p90      p99    p99.9      max"
    for name, times in (("the request at the network", arrived), ("the post to be seen", shown)):
        yield f"  {name:<28}" + "".join(f"{quantile(times, share):9.3f}" for share in SHARES)
    for (low, high), count in histogram(arrived):
        if count:
            bar = "#" * max(round(50 * count / len(arrived)), 1)
            yield f"  {low:>6g} to {high:>6g} s {count:>10,}  {bar}"


def histogram(times: Sequence[int]) -> list[tuple[tuple[float, float], int]]:
    bounds = [*BOUNDS, float("inf")]
    counted = [0] * (len(bounds) - 1)
    place = 0
    for time in times:
        while time / SECOND >= bounds[place + 1]:
            place += 1
        counted[place] += 1
    return list(zip(pairwise(bounds), counted, strict=True))


def machinery(run: Run) -> Iterator[str]:
    deliver, table = run.deliver, run.table
    received = [(size, n) for lane in run.lanes for size, n in lane.batches.items()]
    each = sum(size * n for size, n in received) / max(sum(n for _, n in received), 1)
    yield (
        f"workers: {deliver.invocations:,} invocations, {each:.1f} messages each,"
        f" at most {max(run.account.most.values(), default=0):,} at once;"
        f" {deliver.cold:,} cold, {deliver.crashed} crashed, {deliver.timed_out} timed out"
    )
    yield (
        f"throttled: {deliver.throttled:,} invocations, {table.writes.throttled:,} writes,"
        f" {table.index_writes.throttled:,} index writes, {table.reads.throttled:,} reads,"
        f" {run.secrets.throttled:,} secrets; {sum(lane.dead for lane in run.lanes):,} dead letters"
    )
    yield "outcomes: " + ", ".join(f"{count:,} {name}" for name, count in sorted(run.outcomes.items()))
    yield "errors: " + (", ".join(f"{n:,} {name}" for name, n in sorted(deliver.errors.items())) or "none")
    yield "lies: " + (", ".join(f"{n:,} {name}" for name, n in sorted(run.timelines.lies.items())) or "none")


def money(run: Run) -> Iterator[str]:
    tick = of_a_tick(run.setup)
    more, idle = of_1000_posts(run, tick), of_a_month(run.setup, tick)
    yield "units, and list price in USD      1,000 posts on 3 networks      a month without posts"
    for name, its_units, price, rests, rest_price in zip(
        Units._fields, more, more.usd.values(), idle, idle.usd.values(), strict=True
    ):
        yield f"  {name:<16} {its_units:>20,.0f} {price:>12.4f} {rests:>18,.0f} {rest_price:>12.2f}"
    paid, rests_paid = sum(more.usd.values()), sum(idle.usd.values())
    yield f"  {'together':<16} {'':>20} {paid:>12.4f} {'':>18} {rests_paid:>12.2f}"
