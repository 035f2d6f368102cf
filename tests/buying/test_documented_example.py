"""What docs/allocation.md shows is what the command prints."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bench import allocation
from parution.cli.allocate import allocate
from parution.cli.output import console

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "allocation.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```\n\$ parution allocate (\S+)(.*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("problem", "options", "shown"), SHOWN, ids=["plain", "explain", "budgets"])
def test_the_worked_example_is_the_commands_own_output(
    problem: str, options: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "width", 120)
    app = typer.Typer()
    app.command()(allocate)

    printed = CliRunner().invoke(app, [str(ROOT / problem), *shlex.split(options)])

    assert printed.exit_code == 0
    # What is shown above already is left out.
    first, *rest = _lines(shown)
    expected = rest if first == "…" else [first, *rest]
    assert expected
    assert _lines(printed.stdout)[-len(expected) :] == expected


def test_the_table_beside_other_ways_has_the_ways_and_instances_that_are_measured() -> None:
    table = PAGE.split(allocation.BEGIN)[1].split(allocation.END)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]

    assert tuple(rows[0]) == allocation.COLUMNS
    assert [row[0] for row in rows[2:]] == list(allocation.ways())
    assert all(cell for row in rows for cell in row)
    assert allocation.ABSENT not in table


def _lines(text: str) -> list[str]:
    return [re.sub(r"in [\d.]+ ms", "in … ms", line.rstrip()) for line in text.rstrip().splitlines()]
