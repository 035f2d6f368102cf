"""What `parution allocate --budget 50%..200%` shows: one row for each budget, and a chart."""

import json
from math import isfinite
from pathlib import Path
from typing import Any

from rich.bar import Bar
from rich.table import Table

from parution.buying.scenarios import Frontier, Scenario
from parution.cli.output import console, fail
from parution.money import decimals, plain

_SPECIFICATION = Path(__file__).parent / "charts" / "frontier.vl.json"
_BAR = 30


def show(frontier: Frontier) -> None:
    currency = frontier.currency
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("budget", "results", "each since above", "one more costs"):
        table.add_column(title, justify="right")
    table.add_column("")
    table.add_column("status")
    top = max((one.objective or 0.0 for one in frontier.scenarios), default=0.0)
    for before, one in zip((None, *frontier.scenarios), frontier.scenarios, strict=False):
        table.add_row(
            plain(one.budget, currency),
            "" if one.objective is None else f"{one.objective:,.6g}",
            _since(before, one, currency),
            _price(one.next_result_costs, currency),
            Bar(size=top or 1.0, begin=0, end=one.objective or 0.0, width=_BAR),
            _status(one, currency),
        )
    console.print(table)


def draw(frontier: Frontier, file: Path) -> None:
    """Write the chart as SVG. Raises Exit where nothing that draws is installed, or it can't be written."""
    try:
        import vl_convert  # noqa: PLC0415 (only the chart needs it)

        from parution.reporting.drawing import VEGA_LITE  # noqa: PLC0415 (the same)
    except ImportError as error:
        raise fail(
            "nothing that draws charts is installed",
            "pip install 'parution[reporting]', or leave out --chart: the table shows the same",
        ) from error
    svg = vl_convert.vegalite_to_svg(_filled(frontier), vl_version=VEGA_LITE)
    try:
        file.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise fail(f"{file} can't be written: {error.strerror}", "name another file for --chart") from error


def _filled(frontier: Frontier) -> dict[str, Any]:
    specification: dict[str, Any] = json.loads(_SPECIFICATION.read_text(encoding="utf-8"))
    unit = 10 ** decimals(frontier.currency)
    scenarios = [
        {
            "budget": one.budget / unit,
            "results": one.objective,
            "costs": one.next_result_costs and one.next_result_costs / unit,
        }
        for one in frontier.scenarios
        if one.objective is not None
    ]
    specification["datasets"] = {"scenarios": scenarios}
    specification["params"] = [{"name": "money", "value": frontier.currency}]
    return specification


def _since(before: Scenario | None, one: Scenario, currency: str) -> str:
    """Say what each result costs that the budget above does not bring."""
    if before is None or before.objective is None or one.objective is None:
        return ""
    more = one.objective - before.objective
    return _price((one.budget - before.budget) / more if more > 0 else None, currency)


def _price(costs: float | None, currency: str) -> str:
    return plain(round(costs), currency) if costs is not None and isfinite(costs) else ""


def _status(one: Scenario, currency: str) -> str:
    left = one.budget - one.spent if one.objective is not None else 0
    return f"{one.status}, {plain(left, currency)} left" if left else one.status
