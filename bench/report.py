"""The report: how large its page is, and how long a cold and a warm worker take to write it."""

import json
import subprocess
import sys
from statistics import median
from time import perf_counter

from bench.measure import Aim, Measure
from tests.reporting.months import MID_FLIGHT, bakery

RUNS = 5
# A worker of its own each time: importing Jinja, Babel and the chart renderer is part of a cold start.
COLD = """
import json, resource
from time import perf_counter
started = perf_counter()
import parution.reporting.desk
seconds = perf_counter() - started
from tests.reporting.months import MID_FLIGHT, bakery
month, started = bakery(), perf_counter()
month.written(MID_FLIGHT)
seconds = perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measures() -> list[Measure]:
    """Measure the aims of section 9 of the design on the bakery's December."""
    month = bakery()
    size = len(month.written(MID_FLIGHT)["report.html"])
    runs = [cold() for _ in range(RUNS)]
    return [
        Measure("size of a report's page", size / 1000, "kB", Aim("<=", 150)),
        Measure("import and write a report in a new worker", median(s for s, _ in runs), "s", Aim("<=", 2)),
        Measure("its memory at most", median(memory for _, memory in runs), "MiB", Aim("<=", 512)),
        Measure("write a report in a warm worker", warm(), "s"),
    ]


def cold() -> tuple[float, float]:
    """Give seconds from the first import to the last file, and MiB at most."""
    command = [sys.executable, "-c", COLD]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (our own text)
    seconds, memory = json.loads(shown.stdout)
    return seconds, memory


def warm() -> float:
    month = bakery()
    month.written(MID_FLIGHT)
    times = []
    for _ in range(RUNS):
        started = perf_counter()
        month.written(MID_FLIGHT)
        times.append(perf_counter() - started)
    return median(times)
