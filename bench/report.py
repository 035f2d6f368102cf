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
        Measure(
            "write a report in a new worker", median(seconds for seconds, _, _ in runs), "s", Aim("<=", 2)
        ),
        Measure(
            "the same, with the start of Python and all imports",
            median(all_ for _, _, all_ in runs),
            "s",
            Aim("<=", 2),
        ),
        Measure("its memory at most", median(memory for _, memory, _ in runs), "MiB", Aim("<=", 512)),
        Measure("write a report in a warm worker", warm(), "s"),
    ]


def cold() -> tuple[float, float, float]:
    """Give seconds to write, MiB at most, and seconds in all."""
    started = perf_counter()
    shown = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True)
    seconds, memory = json.loads(shown.stdout)
    return seconds, memory, perf_counter() - started


def warm() -> float:
    month = bakery()
    month.written(MID_FLIGHT)
    times = []
    for _ in range(RUNS):
        started = perf_counter()
        month.written(MID_FLIGHT)
        times.append(perf_counter() - started)
    return median(times)
