"""What docs/allocation.md shows is what the command prints."""

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from parution.cli.allocate import allocate
from parution.cli.output import console

ROOT = Path(__file__).parents[2]


def test_the_worked_example_is_the_commands_own_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "width", 120)
    app = typer.Typer()
    app.command()(allocate)
    page = (ROOT / "docs" / "allocation.md").read_text()
    shown = page.split("$ parution allocate examples/allocation/problem.json\n")[1].split("```")[0]

    printed = CliRunner().invoke(app, [str(ROOT / "examples/allocation/problem.json")])

    assert printed.exit_code == 0
    assert _without_time(printed.stdout) == _without_time(shown)


def _without_time(text: str) -> list[str]:
    return [re.sub(r"in [\d.]+ ms", "in … ms", line.rstrip()) for line in text.rstrip().splitlines()]
