"""Which limit is met first: `python -m bench.simulator.scale` prints the table of docs/scale.md."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.simulator.report import quantile
from bench.simulator.run import RAISED, Run, Setup

LOADS = (100, 300, 1_000, 3_000, 5_000, 10_000)
_HOPELESS = 10.0  # seconds of p99: more load tells nothing more

# Each step keeps what those before it raised.
STEPS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("as deployed for prod", {}),
    ("Parameter Store's higher throughput", {"secret_reads": RAISED["secret_reads"]}),
    ("WarmWrites=20000", {"warm_writes": RAISED["warm_writes"]}),
    ("DueShards=16", {"shards": RAISED["shards"]}),
    ("DeliveryLanes=8, 140 batches each", {"lanes": RAISED["lanes"], "most_batches": RAISED["most_batches"]}),
    ("Lambda concurrency 2,000", {"concurrency": RAISED["concurrency"]}),
    (
        "1,024 MB to deliver, 1,769 to dispatch",
        {"memory": RAISED["memory"], "tick_memory": RAISED["tick_memory"]},
    ),
)


def rows() -> Iterator[str]:
    yield "| raised | " + " | ".join(f"{load:,}" for load in LOADS) + " |"
    yield "| --- |" + " ---: |" * len(LOADS)
    setup = Setup(scenario="second")
    for name, more in STEPS:
        setup = setup._replace(**more)
        yield f"| {name} | " + " | ".join(_of(setup)) + " |"


def _of(setup: Setup) -> Iterator[str]:
    hopeless = False
    for load in LOADS:
        if hopeless:
            yield ""
            continue
        times = sorted(Run(setup._replace(deliveries=load)).run().judge.arrived)
        hopeless = quantile(times, 0.99) > _HOPELESS
        yield f"{quantile(times, 0.5):.1f} / {quantile(times, 0.99):.1f}"


def main() -> None:
    for row in rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
