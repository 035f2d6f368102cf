import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from parution.cli.allocate import allocate

app = typer.Typer()
app.command()(allocate)

HILL = {"kind": "hill", "ceiling": 812.0, "half_spend": 42_000}
PROBLEM: dict[str, Any] = {
    "currency": "EUR",
    "budget": 150_000,
    "lines": [
        {"id": "fb-video", "response": HILL, "cap": 80_000},
        {"id": "ig-reel", "response": {**HILL, "ceiling": 640.0}},
        {"id": "ig-story", "response": {**HILL, "ceiling": 505.0}, "cap": 30_000},
    ],
}


def run(tmp_path: Path, document: object, *options: str) -> Any:
    file = tmp_path / "problem.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return CliRunner().invoke(app, [str(file), *options])


def test_the_answer_document_is_the_designs(tmp_path: Path) -> None:
    result = run(tmp_path, PROBLEM, "--format", "json")

    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(answer)[:9] == [
        "status",
        "allocations",
        "spent",
        "objective",
        "upper_bound",
        "gap",
        "shadow_price",
        "binding",
        "seconds",
    ]
    assert answer["status"] == "optimal"
    assert sum(answer["allocations"].values()) == answer["spent"] == 150_000
    assert [(one["line"], one["constraint"]) for one in answer["binding"]] == [("ig-story", "cap")]


def test_people_get_a_table_and_what_was_proven(tmp_path: Path) -> None:
    result = run(tmp_path, PROBLEM)

    assert result.exit_code == 0
    for words in (
        "fb-video",
        "300.00 EUR",
        "20.0%",
        "cap,",
        "optimal in",
        "no allocation brings more",
        "proof:",
    ):
        assert words in result.stdout


def test_money_that_is_left_is_told_with_the_reason(tmp_path: Path) -> None:
    lines = [{**line, "cap": 10_000} for line in PROBLEM["lines"]]

    result = run(tmp_path, {**PROBLEM, "lines": lines})

    assert "300.00 EUR of 1500.00 EUR spent, 1200.00 EUR left: caps" in result.stdout


def test_an_infeasible_problem_says_which_constraint_by_how_much(tmp_path: Path) -> None:
    lines = [{**line, "floor": 60_000, "cap": 70_000} for line in PROBLEM["lines"]]

    text, document = (
        run(tmp_path, {**PROBLEM, "lines": lines}),
        run(tmp_path, {**PROBLEM, "lines": lines}, "--format", "json"),
    )

    assert (text.exit_code, document.exit_code) == (1, 1)
    assert "/budget" in text.stderr
    assert "the floors add up to more than the budget by 300.00 EUR" in text.stderr
    assert json.loads(document.stdout)["status"] == "infeasible"
    assert json.loads(document.stdout)["infeasible"][0]["by"] == 30_000


def test_every_fault_is_printed_with_its_pointer(tmp_path: Path) -> None:
    broken = {**PROBLEM, "budget": 1500.0, "lines": [{**PROBLEM["lines"][0], "capp": 1}]}

    text, document = run(tmp_path, broken), run(tmp_path, broken, "--format", "json")

    assert (text.exit_code, document.exit_code) == (1, 1)
    assert "/budget  1500.0 is not money" in text.stderr
    assert "/lines/0/capp  unknown key 'capp' - did you mean 'cap'?" in text.stderr
    pointers = [fault["pointer"] for fault in json.loads(document.stdout)["errors"]]
    assert sorted(pointers) == ["/budget", "/lines/0/capp"]


@pytest.mark.parametrize("options", [(), ("--format", "json")])
def test_a_file_that_is_not_there_is_an_error_and_no_traceback(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "nowhere.json"), *options])

    assert result.exit_code == 1
    assert "can't be read" in result.stderr
    assert isinstance(result.exception, SystemExit)
