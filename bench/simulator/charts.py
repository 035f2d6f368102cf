"""Two pictures of a run as SVG: how late, and how many workers when."""

from collections.abc import Mapping
from itertools import batched
from pathlib import Path
from typing import Any

import vl_convert

from bench.simulator.report import quantile
from bench.simulator.run import Run
from bench.simulator.world import SECOND

_VEGA_LITE = "6.4"
_INK, _LIGHT = "#1f4e79", "#c8d3de"
_CONFIG: Mapping[str, Any] = {
    "background": "white",
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {"grid": True, "gridColor": "#eee", "domain": False, "tickColor": "#bbb", "labelColor": "#333"},
    "title": {"anchor": "start", "fontSize": 14},
}
_SIZE: Mapping[str, Any] = {"width": 640, "height": 260, "config": _CONFIG}


def draw(run: Run, folder: Path) -> list[Path]:
    """Write the pictures of a run into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, specification in (("lateness", _lateness(run)), ("workers", _workers(run))):
        path = folder / f"simulation-{run.setup.scenario}-{name}.svg"
        path.write_text(vl_convert.vegalite_to_svg(specification, vl_version=_VEGA_LITE), encoding="utf-8")
        made.append(path)
    return made


def _lateness(run: Run) -> dict[str, Any]:
    """Draw which share is no later than what: the curve that p50 and p99 are read from."""
    curves = {"the request at the network": run.judge.arrived, "the post to be seen": run.judge.shown}
    steps = [n / 200 for n in range(200)] + [0.99 + n / 1000 for n in range(10)] + [0.9995, 1.0]
    values = [
        {"late": max(quantile(times, share), 0.01), "share": share * 100, "what": name}
        for name, unsorted in curves.items()
        for times in (sorted(unsorted),)
        for share in sorted(set(steps))
    ]
    title = f"{run.setup.deliveries:,} deliveries, {_WHEN[run.setup.scenario]}: how late"
    return {
        **_SIZE,
        "title": title,
        "data": {"values": values},
        "mark": {"type": "line", "strokeWidth": 2, "interpolate": "step-after"},
        "encoding": {
            "x": {
                "field": "late",
                "type": "quantitative",
                "scale": {"type": "log"},
                "axis": {"title": "seconds after the instant", "values": [0.01, 0.1, 0.3, 1, 2, 10, 60, 600]},
            },
            "y": {"field": "share", "type": "quantitative", "axis": {"title": "% of what was published"}},
            "color": {
                "field": "what",
                "type": "nominal",
                "scale": {"range": [_LIGHT, _INK], "domain": list(reversed(curves))},
                "legend": {"title": None, "orient": "bottom-right"},
            },
        },
    }


_WHEN = {"second": "all in one second", "day": "over a day", "month": "over a month"}


def _workers(run: Run) -> dict[str, Any]:
    """Draw the most invocations at once: around the one second, or over the whole time, by minutes."""
    values: list[dict[str, float]]
    first, last = (run.world.since_beginning(at) // SECOND for at in (run.first_due, run.last_due))
    if run.setup.scenario == "second":
        seconds = run.account.by_second(first - 60, first + 60)
        values = [{"at": at, "workers": most} for at, most in enumerate(seconds, start=-60)]
        unit = "seconds from the instant"
    else:
        minutes = batched(run.account.by_second(0, last + 120), 60, strict=False)
        values = [{"at": minute / 60, "workers": max(most)} for minute, most in enumerate(minutes)]
        unit = "hours"
    return {
        **_SIZE,
        "title": f"{run.setup.deliveries:,} deliveries, {_WHEN[run.setup.scenario]}: workers at once",
        "data": {"values": values},
        "mark": {
            "type": "area",
            "interpolate": "step",
            "color": _LIGHT,
            "line": {"color": _INK, "strokeWidth": 1},
        },
        "encoding": {
            "x": {"field": "at", "type": "quantitative", "axis": {"title": unit}},
            "y": {"field": "workers", "type": "quantitative", "axis": {"title": "environments in use"}},
        },
    }
