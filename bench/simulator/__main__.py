"""Run the simulation: `python -m bench.simulator --deliveries 1000000 --seed 1`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import get_args

from bench.simulator import charts, report
from bench.simulator.plans import Scenario
from bench.simulator.run import RAISED, Run, Setup

# What the command line may set; Setup says what each is.
_NUMBERS = (
    "deliveries",
    "seed",
    "lanes",
    "shards",
    "batch",
    "most_batches",
    "memory",
    "tick_memory",
    "concurrency",
    "warm_writes",
    "warm_reads",
    "secret_reads",
    "wake_early",
)
_HELP = "{:,} by default"


def setup() -> Setup:
    parser = ArgumentParser("bench.simulator")
    usual = Setup()
    parser.add_argument("--scenario", choices=get_args(Scenario), default=usual.scenario)
    for name in _NUMBERS:
        value = getattr(usual, name)
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=type(value), metavar="N", help=_HELP.format(value)
        )
    parser.add_argument("--raised", action="store_true", help="with what 10,000 in one second ask for")
    parser.add_argument("--in-peace", action="store_true", help="no faults, no lies, no changes of mind")
    told = vars(parser.parse_args())
    raised, in_peace = told.pop("raised"), told.pop("in_peace")
    made = usual._replace(**RAISED) if raised else usual
    made = made._replace(**{name: value for name, value in told.items() if value is not None})
    return made.in_peace() if in_peace else made


def main() -> None:
    run = Run(setup()).run()
    for line in report.lines(run):
        print(line)
    for path in charts.draw(run, Path("out")):
        print(path)
    if run.judge.faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
