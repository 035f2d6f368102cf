"""`parution learn`: past days in, curves and a problem out."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from parution.cli.main import app

FIRST = date(2026, 3, 1)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two lines for 14 days: 30.00 a day bring 15 orders on Facebook, 30.00 bring 5 on LinkedIn."""
    lines = ["Jour;Ligne;Réseau;Format;Dépense;Résultats"]
    for number in range(14):
        day = FIRST + timedelta(days=number)
        lines += [f"{day};fb-video;facebook;video;30,00;15", f"{day};li-image;linkedin;image;30,00;5"]
    file = tmp_path / "history.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return file


def run(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_each_line_is_told_in_words(history: Path) -> None:
    code, printed, _ = run("learn", history, "--read-on", "2026-03-30")

    told = " ".join(printed.split())
    assert code == 0
    assert "fb-video n = 14 days, 210 results; half of the effect by" in told
    assert "li-image n = 14 days, 70 results; half of the effect by" in told
    assert told.count("EUR per result at 30.00 EUR a day") == 2


def test_the_problem_it_writes_is_one_that_allocate_solves(history: Path, tmp_path: Path) -> None:
    out = tmp_path / "problem.json"

    written, printed, _ = run("learn", history, "--read-on", "2026-03-30", "--out", out)
    solved, answer, _ = run("allocate", out, "--format", "json")

    assert (written, solved) == (0, 0)
    assert "60.00 EUR a day over 2 lines" in printed
    amounts = json.loads(answer)["allocations"]
    assert amounts["fb-video"] > amounts["li-image"]
    assert sum(amounts.values()) == 6_000


def test_machines_are_given_curves_and_intervals_and_no_draws(history: Path) -> None:
    code, printed, _ = run("learn", history, "--read-on", "2026-03-30", "--format", "json")

    document = json.loads(printed)
    facebook = document["lines"][0]
    assert code == 0
    assert facebook["line"] == "fb-video"
    assert 150 < facebook["cost_per_result"]["low"] < 200 < facebook["cost_per_result"]["high"] < 260
    assert "draws" not in facebook
    assert document["problem"]["budget"] == 6_000


def test_the_last_days_of_a_fresh_export_are_known_in_part_only(history: Path) -> None:
    _, fresh, _ = run("learn", history, "--read-on", "2026-03-15", "--format", "json")
    _, settled, _ = run("learn", history, "--read-on", "2026-03-30", "--format", "json")

    young, old = (json.loads(one)["lines"][0]["results_now"]["mid"] for one in (fresh, settled))
    assert old < young < 1.2 * old


def test_an_old_export_is_learned_from_as_it_stood_when_it_had_settled(history: Path) -> None:
    _, years_later, _ = run("learn", history, "--read-on", "2029-01-01", "--format", "json")

    assert json.loads(years_later)["as_of"] == "2026-03-22"


def test_a_carried_effect_is_looked_for_when_asked(history: Path) -> None:
    _, printed, _ = run("learn", history, "--read-on", "2026-03-30", "--carry-over", "--format", "json")

    assert json.loads(printed)["lines"][0]["carry_over"] > 0


def test_flaws_are_shown_with_file_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("day,line,spend,results\n2026-03-01,fb,ten,1\n2026-03-02,fb,1,x\n")

    code, printed, told = run("learn", file)

    assert (code, printed) == (1, "")
    assert f"{file}:2:15  H007 'ten' is no number - write one such as 12.50; 0 for none\n" in told
    assert f"{file}:3:17  H007 'x' is no number" in told


def test_machines_are_given_the_flaws_too(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("day,line,spend,results\n2026-03-01,fb,ten,1\n")

    code, printed, _ = run("learn", file, "--format", "json")

    [flaw] = json.loads(printed)["errors"]
    assert code == 1
    assert (flaw["line"], flaw["column"], flaw["code"]) == (2, 15, "H007")


def test_days_after_the_export_are_refused(history: Path) -> None:
    code, _, told = run("learn", history, "--read-on", "2026-03-10")

    assert code == 1
    assert "the file has 2026-03-14, which is after 2026-03-10 - state with --read-on" in told


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    code, _, told = run("learn", tmp_path / "none.csv")

    assert code == 1
    assert "can't be read: No such file or directory" in told
