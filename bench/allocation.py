"""The allocator: how fast, how good, and what the ways that people split budgets now give.

`python -m bench.allocation` also writes the table of docs/allocation.md: every way on the same instances in
one run. The peers are installed by `make bench-peers` and run there; each has 20 seconds for an instance.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import cache, partial
from heapq import heapify, heapreplace
from math import fsum
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from bench.instances import NAMES, instance
from bench.measure import Aim, Measure
from parution.buying.allocator import allocate
from parution.buying.curves import Hill
from parution.buying.problems import Answer, Problem

type Split = dict[str, float]

RUNS = 15
LIMIT, START = 20, 10  # seconds for a call, and for what a peer imports
ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "allocation.md"
PEERS = ROOT / ".venv-peers" / "bin" / "python"
BEGIN, END = "<!-- python -m bench.allocation writes from here -->\n", "<!-- to here -->"
COLUMNS = ("way", *NAMES)
SOLVERS = {
    "scipy SLSQP, as PyMC-Marketing sets it": "slsqp",
    "cvxpy with Clarabel": "clarabel",
    "HiGHS, 40 tangents a line": "highs",
}
ABSENT = "not installed: make bench-peers"
# Threads of a linear algebra library only get in each other's way on matrices this small.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Trial(NamedTuple):
    """What one way gave on one instance; ``seconds`` None where nothing is computed, only divided."""

    seconds: float | None
    split: Split


def measures() -> list[Measure]:
    """Measure the aims of section 9 of the design, and the alternatives on the same instances."""
    concave, curved = instance("C1000"), instance("S1000")
    ours = {name: best_time(instance(name)) for name in ("C20", "C100", "C1000", "S1000")}
    return [
        Measure("allocate 1,000 concave lines, certified", ours["C1000"], "ms", Aim("<=", 25)),
        Measure("gap proven, 1,000 concave lines", answer("C1000").gap or 0.0, "ratio", Aim("<=", 1e-6)),
        Measure(
            "budget not spent, 1,000 concave lines", answer("C1000").leftover, "minor units", Aim("==", 0)
        ),
        *times_as_fast("C1000", ours["C1000"]),
        Measure("allocate 1,000 S-shaped lines", ours["S1000"], "ms", Aim("<=", 1_000)),
        Measure("gap proven, 1,000 S-shaped lines", answer("S1000").gap or 0.0, "ratio", Aim("<=", 1e-6)),
        *(
            Measure(
                f"results lost against the proven bound, 1,000 {words} lines", 0.0, "%", None, lost(problem)
            )
            for words, problem in (("concave", concave), ("S-shaped", curved))
        ),
        *(
            Measure(f"allocate {name[1:]} lines", ours[name], "ms", None, peer_times(name))
            for name in ("C20", "C100")
        ),
        Measure(
            "results beyond cent by cent, 20 lines", beyond_cents(instance("C20")), "results", Aim(">=", 0)
        ),
    ]


@cache
def answer(name: str) -> Answer:
    return allocate(instance(name))


def best_time(problem: Problem) -> float:
    answers = [allocate(problem) for _ in range(RUNS)]
    assert {answer.status for answer in answers} == {"optimal"}
    # The least of them: what else the machine does only adds.
    return min(answer.seconds for answer in answers) * 1000


def lost(problem: Problem) -> dict[str, float]:
    bound = allocate(problem).upper_bound or 0.0
    ways = {"equal split": equal(problem), "in proportion to size": sized(problem)}
    return {name: 100 * (bound - value(problem, split)) / bound for name, split in ways.items()}


def peer_times(name: str) -> dict[str, float]:
    found = {way: trial(way, name) for way in SOLVERS}
    times = {way: one.seconds * 1000 for way, one in found.items() if isinstance(one, Trial) and one.seconds}
    if name == "C20":
        started = perf_counter()
        cent_by_cent(instance(name))
        times["cent by cent"] = (perf_counter() - started) * 1000
    return times


def times_as_fast(name: str, ours: float) -> Iterator[Measure]:
    """Compare with each peer; one that was stopped took at least as long as it was given."""
    found = {way: trial(way, name) for way in SOLVERS} if PEERS.exists() else {}
    ratios = {
        way: 1000 * (one.seconds or 0.0 if isinstance(one, Trial) else LIMIT) / ours
        for way, one in found.items()
        if isinstance(one, Trial) or one.startswith(">")
    }
    slsqp = next((way for way in ratios if "SLSQP" in way), None)
    if slsqp:
        what = f"times as fast as {slsqp}, 1,000 concave lines"
        yield Measure(what, round(ratios.pop(slsqp)), "times at least", Aim(">=", 1000), ratios)


def value(problem: Problem, split: Split) -> float:
    spends = whole(split)
    return fsum(line.response.value(spends[line.id]) for line in problem.lines)


def whole(split: Split) -> dict[str, int]:
    """Round to whole minor units, for nothing else can be spent; the largest rests go up to keep the sum."""
    down = {name: int(max(0.0, amount)) for name, amount in split.items()}
    rests = sorted(down, key=lambda name: down[name] - split[name])
    missing = round(sum(split.values())) - sum(down.values())
    return {**down, **{name: down[name] + 1 for name in rests[: max(0, missing)]}}


def curve(response: object) -> Hill:
    assert isinstance(response, Hill)
    return response


# ------------------------------------------------------------------ how people split now
def equal(problem: Problem) -> Split:
    return filled(problem, {line.id: 1.0 for line in problem.lines})


def sized(problem: Problem) -> Split:
    """Split as accounts have come to be split: in proportion to how much each line can take."""
    return filled(problem, {line.id: curve(line.response).half_spend for line in problem.lines})


def filled(problem: Problem, weights: Split) -> Split:
    """Split in proportion, and what a cap keeps back in proportion again over the others."""
    amounts = dict.fromkeys(weights, 0.0)
    caps = {line.id: float(line.cap or problem.budget) for line in problem.lines}
    while (left := problem.budget - sum(amounts.values())) >= 1:
        room = {name: weight for name, weight in weights.items() if amounts[name] < caps[name]}
        total = sum(room.values())
        for name, weight in room.items():
            amounts[name] = min(caps[name], amounts[name] + left * weight / total)
    return amounts


def cent_by_cent(problem: Problem) -> Split:
    """Give each cent to the line where it brings most: right, and as slow as there are cents."""
    curves = [curve(line.response) for line in problem.lines]
    amounts = [0] * len(curves)
    offers = [(-one.gain(0), number) for number, one in enumerate(curves)]
    heapify(offers)
    for _ in range(problem.budget):
        number = offers[0][1]
        amounts[number] += 1
        full = amounts[number] == problem.lines[number].cap
        heapreplace(offers, (0.0 if full else -curves[number].gain(amounts[number]), number))
    return {line.id: float(amount) for line, amount in zip(problem.lines, amounts, strict=True)}


def beyond_cents(problem: Problem) -> float:
    return (allocate(problem).objective or 0.0) - value(problem, cent_by_cent(problem))


# ------------------------------------------------------------------ the peers
@cache
def trial(way: str, name: str) -> Trial | str:
    """Try one peer on one instance; a text says why there is nothing to compare."""
    if not PEERS.exists():
        return ABSENT
    problem = instance(name)
    command = [str(PEERS), str(ROOT / "bench" / "peers" / "solve.py"), SOLVERS[way]]
    document, environment = problem.model_dump_json(), os.environ | _ONE_THREAD
    try:
        done = subprocess.run(  # noqa: S603 (our own script, in our own environment)
            command,
            input=document,
            capture_output=True,
            text=True,
            timeout=LIMIT + START,
            env=environment,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return f"> {LIMIT} s"
    except subprocess.CalledProcessError:
        return "failed"
    found = json.loads(done.stdout)
    if found is None:
        return "not concave"
    if found["seconds"] > LIMIT:
        return f"> {LIMIT} s"
    names = (line.id for line in problem.lines)
    return Trial(found["seconds"], dict(zip(names, found["amounts"], strict=True)))


# ------------------------------------------------------------------ the table
def ways() -> dict[str, Callable[[str], Trial | str]]:
    """Give each way to split, by what it is called, as a function of an instance's name."""
    return {
        "**Parution**": own,
        "equal split": lambda name: Trial(None, equal(instance(name))),
        "in proportion to size": lambda name: Trial(None, sized(instance(name))),
        **{way: partial(trial, way) for way in SOLVERS},
    }


def rows() -> list[list[str]]:
    return [[way, *(_cell(name, solve(name)) for name in NAMES)] for way, solve in ways().items()]


def own(name: str) -> Trial:
    found = answer(name)
    return Trial(best_time(instance(name)) / 1000, {line: float(x) for line, x in found.allocations.items()})


def _cell(name: str, one: Trial | str) -> str:
    if isinstance(one, str):
        return one
    problem, best = instance(name), answer(name).objective or 1.0
    said = [_share(1 - value(problem, one.split) / best)]
    spends = whole(one.split)
    left = problem.budget - sum(spends.values())
    if abs(left) > problem.budget / 10_000:
        said.append(f"{abs(left) / problem.budget:.1%} {'unspent' if left > 0 else 'overspent'}")
    if broken := sum(0 < spends[line.id] < line.minimum_if_funded for line in problem.lines):
        said.append(f"{broken} minimums broken")
    return ", ".join(said if one.seconds is None else [_time(one.seconds), *said])


def _time(seconds: float) -> str:
    return (
        f"{seconds:.1f} s"
        if seconds >= 1
        else f"{seconds * 1000:.2g} ms"
        if seconds < 0.1
        else f"{seconds * 1000:.0f} ms"
    )


def _share(gap: float) -> str:
    return "0" if abs(gap) < 1e-6 else f"{100 * gap:.3g}%"


def table() -> str:
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *rows()]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def write(page: Path) -> None:
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    write(PAGE)
    print(PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0])
