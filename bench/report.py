"""The report: how large its page is, how long a cold and a warm worker take to write it, and its memory."""

import json
import subprocess
import sys
from datetime import datetime
from statistics import median
from time import perf_counter

from bench.measure import Aim, Measure
from tests.reporting.golden import MONTHS
from tests.reporting.months import Month

RUNS = 5
# Half of what template.yaml gives the function: the rest is for a month larger than the golden ones.
MEMORY = 512
# A worker of its own each time: importing Jinja, Babel and the chart renderer is part of a cold start. The
# tables are filled before the clock starts.
COLD = """
import json, resource, sys
from time import perf_counter
started = perf_counter()
import parution.reporting.desk
seconds = perf_counter() - started
from tests.reporting.golden import MONTHS
(month, now), started = MONTHS[sys.argv[1]](), perf_counter()
month.written(now)
seconds += perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measures() -> list[Measure]:
    """Measure the aims of section 9 of the design on the golden month whose page is largest."""
    sizes = {name: len(month.written(now)["report.html"]) for name, (month, now) in made().items()}
    largest = max(sizes, key=lambda name: sizes[name])
    runs = [cold(largest) for _ in range(RUNS)]
    return [
        Measure(f"size of a report's page ({largest})", sizes[largest] / 1000, "kB", Aim("<=", 150)),
        Measure("import and write a report in a new worker", median(s for s, _ in runs), "s", Aim("<=", 2)),
        Measure("its memory at most", median(memory for _, memory in runs), "MiB", Aim("<=", MEMORY)),
        Measure("write a report in a warm worker", warm(largest), "s"),
    ]


def made() -> dict[str, tuple[Month, datetime]]:
    return {name: make() for name, make in MONTHS.items()}


def cold(name: str) -> tuple[float, float]:
    """Give seconds of importing and writing, and MiB at most."""
    command = [sys.executable, "-c", COLD, name]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (our own text)
    seconds, memory = json.loads(shown.stdout)
    return seconds, memory


def warm(name: str) -> float:
    month, now = MONTHS[name]()
    month.written(now)
    times = []
    for _ in range(RUNS):
        started = perf_counter()
        month.written(now)
        times.append(perf_counter() - started)
    return median(times)
