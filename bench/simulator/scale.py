"""Which limit is met first: `python -m bench.simulator.scale` prints the table of docs/scale.md."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bench.simulator.report import quantile
from bench.simulator.run import RAISED, Run, Setup

LOADS = (100, 300, 1_000, 3_000, 5_000, 10_000)
_GOOD, _HOPELESS = 1.0, 10.0  # seconds of p99: more limits raised, or more load, would tell nothing new

# Each step keeps what those before it raised.
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Parameter Store's higher throughput", ("secret_reads",)),
    ("dispatch_due with 1,769 MB", ("tick_memory",)),
    ("DeliveryLanes=8, each 140 batches", ("lanes", "most_batches")),
    ("WarmWrites=20000", ("warm_writes",)),
    ("DueShards=16", ("shards",)),
    ("Lambda concurrency 2,000", ("concurrency",)),
    ("deliver_post with 1,024 MB", ("memory",)),
)


class Late(NamedTuple):
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p99:.1f}"


def rows() -> Iterator[str]:
    yield "| raised | " + " | ".join(f"{load:,}" for load in LOADS) + " |"
    yield "| --- |" + " ---: |" * len(LOADS)
    setup = Setup(scenario="second").in_peace()  # the limits alone
    known = _measured(setup, {})
    yield _row("nothing", known)
    for name, fields in STEPS:
        setup = setup._replace(**{field: RAISED[field] for field in fields})
        # The last one is for the median; it is measured everywhere.
        known = _measured(setup, {} if "memory" in fields else known)
        yield _row(name, known)


def _measured(setup: Setup, known: Mapping[int, Late]) -> dict[int, Late]:
    late = {load: one for load, one in known.items() if one.p99 <= _GOOD}
    for load in LOADS[len(late) :]:
        times = sorted(Run(setup._replace(deliveries=load)).run().judge.arrived)
        late[load] = Late(quantile(times, 0.5), quantile(times, 0.99))
        if late[load].p99 > _HOPELESS:
            break
    return late


def _row(name: str, late: Mapping[int, Late]) -> str:
    return f"| {name} | " + " | ".join(str(late.get(load, "")) for load in LOADS) + " |"


def main() -> None:
    for row in rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
