"""What docs/learning.md shows is what the command prints."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from parution.cli.main import app
from parution.cli.output import console
from parution.measuring import history

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "learning.md").read_text(encoding="utf-8")
COMMAND = "$ parution learn examples/learning/history.csv --read-on 2026-11-20 --out problem.json\n"


def test_the_worked_example_is_the_commands_own_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(console, "width", 120)
    monkeypatch.chdir(tmp_path)
    shown = PAGE.split(COMMAND)[1].split("```")[0]
    file = ROOT / "examples" / "learning" / "history.csv"

    printed = CliRunner().invoke(
        app, ["learn", str(file), "--read-on", "2026-11-20", "--out", "problem.json"]
    )

    assert printed.exit_code == 0
    assert _lines(printed.stdout) == _lines(shown)


def test_every_code_is_explained() -> None:
    source = Path(history.__file__).read_text(encoding="utf-8")

    assert set(re.findall(r"H\d{3}", source)) == set(re.findall(r"^\| (H\d{3})", PAGE, re.MULTILINE))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]
