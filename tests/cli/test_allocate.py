import json
import sys
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


# -------------------------------------------------------------------- other budgets
def test_a_share_or_an_amount_replaces_the_budget(tmp_path: Path) -> None:
    answers = [
        json.loads(run(tmp_path, PROBLEM, "--budget", text, "--format", "json").stdout)
        for text in ("80%", "120000")
    ]

    assert [answer["spent"] for answer in answers] == [120_000, 120_000]


def test_two_budgets_give_the_frontier_between_them(tmp_path: Path) -> None:
    options = ("--budget", "50%..200%", "--steps", "4")

    text, document = run(tmp_path, PROBLEM, *options), run(tmp_path, PROBLEM, *options, "--format", "json")

    frontier = json.loads(document.stdout)
    assert (text.exit_code, document.exit_code) == (0, 0)
    assert frontier["currency"] == "EUR"
    assert [one["budget"] for one in frontier["scenarios"]] == [75_000, 150_000, 225_000, 300_000]
    prices = [one["next_result_costs"] for one in frontier["scenarios"]]
    assert prices == sorted(prices)
    for words in ("750.00 EUR", "3000.00 EUR", "one more costs", "█"):
        assert words in text.stdout


def test_the_chart_is_drawn_where_vega_lite_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    file = tmp_path / "frontier.svg"

    result = run(tmp_path, PROBLEM, "--budget", "50%..200%", "--chart", str(file))

    svg = file.read_text()
    assert result.exit_code == 0
    assert svg.startswith("<svg")
    for words in ("What a budget brings", "What one more result costs", "EUR"):
        assert words in svg


def test_without_vega_lite_the_chart_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)

    result = run(tmp_path, PROBLEM, "--budget", "50%..200%", "--chart", str(tmp_path / "frontier.svg"))

    assert result.exit_code == 1
    assert "pip install 'parution[reporting]'" in result.stderr


@pytest.mark.parametrize(
    ("options", "instead"),
    [
        (("--budget", "3k"), "write whole minor units or a share: 150000, 80%, 50%..200%"),
        (("--budget", "200%..50%"), "write the smaller one first: 50%..200%"),
        (("--chart", "a.svg"), "add from which to which: --budget 50%..200%"),
        (("--current", "fb-vidoe=100"), "did you mean 'fb-video'?"),
        (("--current", "fb-video=1.50"), "whole minor units"),
        (("--current", "fb-video=1,fb-video=2"), "write each line once"),
        (("--current", "nowhere.json"), "can't be read"),
    ],
)
def test_an_option_that_is_wrong_says_what_to_write(
    tmp_path: Path, options: tuple[str, ...], instead: str
) -> None:
    result = run(tmp_path, PROBLEM, *options)

    assert result.exit_code == 1
    assert instead in result.stderr


# -------------------------------------------------------------------- why
HELD: dict[str, Any] = {
    **PROBLEM,
    "lines": [
        *PROBLEM["lines"],
        {"id": "tt", "response": {**HILL, "ceiling": 90.0, "slope": 3.0}, "minimum_if_funded": 60_000},
    ],
}


def test_each_line_says_what_holds_it_in_money_and_what_would_fund_it(tmp_path: Path) -> None:
    result = run(tmp_path, HELD, "--explain")

    assert result.exit_code == 0
    for words in (
        "gets 300.00 EUR",
        "Its cap of 300.00 EUR costs",
        "a day (",
        "without it it would get",
        "gets nothing.",
        "It would be funded from a budget of",
        "times what its curve says",
    ):
        assert words in result.stdout


def test_machines_get_the_same_facts(tmp_path: Path) -> None:
    document = json.loads(run(tmp_path, HELD, "--explain", "--format", "json").stdout)

    lines = {line["line"]: line for line in document["explanation"]["lines"]}
    assert document["status"] == "optimal"
    assert [rule["constraint"] for rule in lines["ig-story"]["rules"]] == ["cap"]
    assert lines["tt"]["funded_from"] > 150_000
    assert lines["tt"]["funded_at"] > 1


@pytest.mark.parametrize("form", ["text", "file", "answer"])
def test_moves_from_what_is_spent_now_are_shown_with_their_gain(tmp_path: Path, form: str) -> None:
    amounts = {"fb-video": 50_000, "ig-reel": 50_000, "ig-story": 50_000}
    file = tmp_path / "now.json"
    file.write_text(json.dumps({"allocations": amounts} if form == "answer" else amounts))
    now = ",".join(f"{name}={amount}" for name, amount in amounts.items()) if form == "text" else str(file)

    text = run(tmp_path, PROBLEM, "--current", now)
    document = json.loads(run(tmp_path, PROBLEM, "--current", now, "--format", "json").stdout)

    assert "-200.00 EUR" in text.stdout
    assert "all moves together bring +" in text.stdout
    moves = document["explanation"]["moves"]
    assert moves[-1]["line"] == "ig-story"
    assert (moves[-1]["before"], moves[-1]["after"]) == (50_000, 30_000)
    assert document["explanation"]["gain"] == pytest.approx(sum(move["gain"] for move in moves))


def test_out_of_time_without_any_amounts_that_is_said(tmp_path: Path) -> None:
    steps = [7_001, 9_001, 11_003, 13_007, 17_011]
    lines = [
        {"id": f"l{step}", "response": HILL, "step": step, "groups": ["g"], "minimum_if_funded": 3 * step}
        for step in steps
    ]
    group = {"id": "g", "floor": 149_990, "cap": 149_991}

    result = run(tmp_path, {**PROBLEM, "lines": lines, "groups": [group]}, "--time-limit", "0")

    assert "nothing was found in time" in result.stderr
    assert result.exit_code == 1
