"""The rehearsal: how long the bakery's December takes, and how heavy its calendar is."""

import json
import subprocess
import sys
from statistics import median

from bench.measure import Aim, Measure
from parution.rehearsing.calendar_page import MOST_PREVIEWS, calendar_page
from parution.rehearsing.contract import Rehearsal

RUNS = 3
# A process of its own each time, as the command is: importing the sandboxes and the charts counts.
COLD = """
import json
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
started = perf_counter()
from parution.rehearsing.excerpt import Wanted
from parution.rehearsing.rehearsal import rehearse
folder = Path("examples/bakery")
media = {f"media/{file.name}": file.read_bytes() for file in sorted((folder / "media").iterdir())}
done = rehearse((folder / "plan.json").read_bytes(), media, Wanted(), datetime(2026, 11, 22, tzinfo=UTC))
times = [perf_counter() - started, process_time()]
print(json.dumps([*times, done.files["rehearsal.json"].decode(), len(done.files["calendar.html"])]))
"""


def measures() -> list[Measure]:
    """Measure the bakery's December, and the largest calendar that is ever written."""
    runs = [cold() for _ in range(RUNS)]
    found, size = Rehearsal.model_validate_json(runs[0][2]), runs[0][3]
    worlds = {run[2] for run in runs}
    return [
        Measure(
            "rehearse the bakery's December, in a new process", median(r[0] for r in runs), "s", Aim("<=", 10)
        ),
        Measure("its processor time", median(r[1] for r in runs), "s"),
        Measure("different bytes of one seed", len(worlds) - 1, "", Aim("==", 0)),
        Measure("size of its calendar, without pictures", size / 1000, "kB", Aim("<=", 300)),
        Measure(
            f"size of a calendar of {MOST_PREVIEWS} previews and more", full(found), "kB", Aim("<=", 300)
        ),
    ]


def cold() -> tuple[float, float, str, int]:
    """Give wall and processor seconds, the findings, and the calendar's bytes."""
    command = [sys.executable, "-c", COLD]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (our own text)
    wall, processor, found, size = json.loads(shown.stdout)
    return wall, processor, found, size


def full(found: Rehearsal) -> float:
    many = tuple(
        one.model_copy(update={"post": f"{one.post}-{number}"})
        for number in range(40)
        for one in found.showings
    )
    return len(calendar_page(found.model_copy(update={"showings": many}))) / 1000
