"""Run the benchmarks: `python -m bench`, or one of them: `python -m bench allocation`, or by ONLY.

Every module here with a function `measures` is one; the rows are printed and written to out/bench.json.
"""

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

import bench
from bench.measure import Measure

console = Console()


def names() -> list[str]:
    """Give the benchmarks to run, by name."""
    known = sorted(
        module.name
        for module in pkgutil.iter_modules(bench.__path__)
        if hasattr(importlib.import_module(f"bench.{module.name}"), "measures")
    )
    only = next(iter(sys.argv[1:]), None) or os.environ.get("ONLY")
    if only and only not in known:
        sys.exit(f"there is no benchmark {only!r}; there are: {', '.join(known)}")
    return [only] if only else known


def rows() -> Iterator[Measure]:
    for name in names():
        with console.status(f"measuring {name}"):
            yield from importlib.import_module(f"bench.{name}").measures()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10_000 else f"{value:.4g}"


def show(measured: list[Measure]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("what")
    table.add_column("value", justify="right")
    for title in ("unit", "aim", "met"):
        table.add_column(title)
    for row in measured:
        met = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[row.met]
        table.add_row(row.measure, _number(row.value), row.unit, str(row.aim or ""), met)
        for name, value in row.alternatives.items():
            table.add_row(f"  {name}", _number(value), row.unit, style="dim")
    console.print(table)


def main() -> None:
    measured = list(rows())
    show(measured)
    out = Path("out")
    out.mkdir(exist_ok=True)
    (out / "bench.json").write_text(json.dumps([row.document() for row in measured], indent=1) + "\n")


if __name__ == "__main__":
    main()
