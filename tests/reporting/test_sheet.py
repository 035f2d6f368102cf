"""The sheet: read back by a CSV reader it says what the report says, and no cell runs."""

import csv
import io
import json

import pytest

from parution.reporting.sheet import HEADER
from tests.reporting.months import MARTIN, MID_FLIGHT, STUDIO_NOW, Month, bakery, in_paris, studio
from tests.reporting.test_page import hostile_month
from tests.reporting.undrawn import undrawn  # noqa: F401 (for the whole module)


def rows_of(month: Month) -> list[dict[str, str]]:
    text = month.written(MID_FLIGHT)["report.csv"].decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_every_row_has_every_column() -> None:
    text = bakery().written(MID_FLIGHT)["report.csv"].decode()

    assert {len(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)} == {len(HEADER)}


def test_lines_end_as_rfc_4180_says() -> None:
    body = bakery().written(MID_FLIGHT)["report.csv"]

    assert body.endswith(b"\r\n")
    assert body.count(b"\n") == body.count(b"\r\n")


def test_money_is_in_whole_units_with_a_point() -> None:
    (budget,) = [
        row for row in rows_of(bakery()) if (row["section"], row["figure"]) == ("campaign", "budget")
    ]

    assert (budget["value"], budget["unit"], budget["source"]) == ("1500.00", "EUR", "plan")


def test_a_missing_figure_is_an_empty_cell() -> None:
    rows = rows_of(Month(MARTIN))

    assert {row["value"] for row in rows if row["figure"] == "spent" and row["section"] == "line"} == {""}


def test_no_cell_of_a_hostile_month_is_a_formula() -> None:
    month = hostile_month()
    text = month.written(MID_FLIGHT)["report.csv"].decode()
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    dangerous = [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [cell for cell in dangerous if not cell.removeprefix("-").replace(".", "").isdecimal()] == []
    assert any("'=HYPERLINK" in cell for cell in cells)


@pytest.mark.parametrize("text", ["=1+1", "+33 4 50", "-2+3", "@SUM(A1)", "\uff1d1", "a;=1+1", "pain ; @x"])
def test_a_text_that_looks_like_a_formula_becomes_text(text: str) -> None:
    month = Month(MARTIN)
    month.publish("a", "fil", "mastodon", in_paris(2, 8, 0), text)

    (row,) = [row for row in rows_of(month) if row["figure"].startswith("state")]

    assert row["text"].replace("'", "") == text
    assert "'" in row["text"]


def test_texts_come_back_as_they_were_written() -> None:
    month = Month(MARTIN)
    month.publish("a", "fil", "mastodon", in_paris(2, 8, 0), 'Du « pain », "chaud", à 5 % ; et du levain')

    (row,) = [row for row in rows_of(month) if row["figure"].startswith("state")]

    assert row["text"] == 'Du « pain », "chaud", à 5 % ; et du levain'


def test_the_sheet_holds_every_figure_of_the_report() -> None:
    files = bakery().written(MID_FLIGHT)
    report = json.loads(files["report.json"])
    rows = rows_of(bakery())

    of_lines = [row for row in rows if row["section"] == "line" and row["figure"] == "results"]
    assert [row["value"] for row in of_lines] == [
        str(line["results"]["value"]) for line in report["campaigns"][0]["lines"]
    ]
    planned = [row for row in rows if (row["section"], row["figure"]) == ("day", "planned")]
    assert len(planned) == 24


# ---------------------------------------------------------------- as a French Excel opens it
def french_rows(month: Month) -> list[dict[str, str]]:
    body = month.written(MID_FLIGHT)["report.fr.csv"]
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))


def test_a_french_excel_finds_its_mark_its_semicolons_and_its_headings() -> None:
    body = bakery().written(MID_FLIGHT)["report.fr.csv"]

    assert body.startswith(b"\xef\xbb\xbfpartie;campagne;ligne;publication;canal;jour;chiffre;valeur;")
    assert body.count(b"\n") == body.count(b"\r\n")


def test_amounts_have_a_comma_and_days_are_written_as_in_france() -> None:
    rows = french_rows(bakery())

    (budget,) = [row for row in rows if (row["partie"], row["chiffre"]) == ("campagne", "budget")]
    assert (budget["valeur"], budget["unité"], budget["source"]) == ("1500,00", "EUR", "plan")
    day = next(row for row in rows if row["partie"] == "jour")
    assert day["jour"] == "01/12/2026"
    read = next(row for row in rows if (row["partie"], row["chiffre"]) == ("campagne", "dépensé"))
    assert (read["lu le"], read["encore révisable"]) == ("10/12/2026 12:40:00", "oui")


def test_both_sheets_hold_the_same_figures() -> None:
    plain, french = rows_of(bakery()), french_rows(bakery())

    assert [row["valeur"].replace(",", ".") for row in french] == [row["value"] for row in plain]


def test_no_cell_of_a_hostile_month_is_a_formula_in_french_either() -> None:
    rows = french_rows(hostile_month())
    cells = [cell for row in rows for cell in row.values()]

    dangerous = [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [cell for cell in dangerous if not cell.removeprefix("-").replace(",", "").isdecimal()] == []


def test_every_figure_of_a_month_has_a_french_name() -> None:
    assert {row["chiffre"] for row in french_rows(bakery()) if "_" in row["chiffre"]} == set()


def test_a_brand_that_is_not_french_has_the_plain_sheet_alone() -> None:
    assert "report.fr.csv" not in studio().written(STUDIO_NOW)
