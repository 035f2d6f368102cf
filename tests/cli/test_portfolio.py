"""`parution portfolio`: the brands of a workspace side by side, from the newest report of each."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.stack import StackInMemory, as_json, parution
from tests.plan.plans import a_plan, as_bytes
from tests.reporting.months import MID_FLIGHT, STUDIO_NOW, bakery, studio
from tests.reporting.undrawn import undrawn  # noqa: F401 (for the whole module)

FX: dict[str, Any] = {
    "source": "European Central Bank",
    "as_of": "2026-11-20",
    "rates": {"CAD": 0.6214, "USD": 0.862},
}
SHOWN = """\
brand               spent        budget       pace  on time
studio-montreal     1467.22 EUR  3499.92 EUR  65%   2 of 3   act
boulangerie-martin  588.22 EUR   1500.00 EUR  99%   6 of 7   act
together            2055.44 EUR  4999.92 EUR  72%
"""


@pytest.fixture
def agency(stack: StackInMemory) -> StackInMemory:
    for month, now in ((bakery(), MID_FLIGHT), (studio(), STUDIO_NOW)):
        month.files = stack.reports
        month.desk().write(month.brand, now)
    return stack


def a_workspace(folder: Path, **facts: Any) -> str:
    for brand in ("boulangerie-martin", "studio-montreal"):
        plan = {
            "version": 1,
            "brand": {
                "id": brand,
                "name": brand,
                "locale": "fr-FR",
                "timezone": "Europe/Paris",
                "currency": "EUR",
            },
        }
        (folder / f"{brand}.json").write_text(json.dumps(plan))
    agency = {
        "id": "agence-du-lac",
        "name": "Agence du Lac",
        "locale": "fr-FR",
        "timezone": "Europe/Paris",
        "report_currency": "EUR",
        "fx": FX,
    }
    document = {
        "version": 1,
        "workspace": {key: value for key, value in (agency | facts).items() if value is not None},
        "brands": [{"include": "boulangerie-martin.json"}, {"include": "studio-montreal.json"}],
        "reports": [{"audience": "portfolio", "every": "month:1@08:00", "to": ["direction@agence.example"]}],
    }
    (folder / "workspace.json").write_text(json.dumps(document))
    return str(folder / "workspace.json")


def test_the_brands_stand_side_by_side_in_one_currency(agency: StackInMemory, tmp_path: Path) -> None:
    found = parution("portfolio", a_workspace(tmp_path))

    assert found.exit_code == 0, found.output
    assert "\n".join(line.rstrip() for line in found.stdout.splitlines()).startswith(SHOWN.rstrip())
    assert "portfolios/portfolio=agence-du-lac.json" not in agency.reports.files


def test_amounts_without_a_rate_are_shown_apart(agency: StackInMemory, tmp_path: Path) -> None:
    found = parution("portfolio", a_workspace(tmp_path, fx=None))

    assert "no rate into EUR" in found.stdout
    assert "without a rate, CAD  2361.16 CAD" in found.stdout


def test_the_page_and_the_sheets_are_written_where_they_are_asked_for(
    agency: StackInMemory, tmp_path: Path
) -> None:
    found = as_json("portfolio", a_workspace(tmp_path), "--out", str(tmp_path / "out"))

    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"portfolio.json", "portfolio.html", "portfolio.csv", "portfolio.fr.csv"}
    assert found["portfolio"]["total"]["spent"]["value"] == 205544


def test_a_portfolio_that_is_kept_is_renewed_by_the_next_report(
    agency: StackInMemory, tmp_path: Path
) -> None:
    parution("portfolio", a_workspace(tmp_path), "--keep")
    month = bakery()
    month.files = agency.reports

    month.desk().write(month.brand, MID_FLIGHT)

    assert "reports/portfolio=agence-du-lac/latest.json" in agency.reports.files


def test_without_a_report_there_is_nothing_to_put_side_by_side(stack: StackInMemory, tmp_path: Path) -> None:
    found = parution("portfolio", a_workspace(tmp_path))

    assert found.exit_code == 1
    assert "has a report in this stack yet" in found.output


def test_the_currency_to_add_in_is_the_agencys_to_say(agency: StackInMemory, tmp_path: Path) -> None:
    found = parution("portfolio", a_workspace(tmp_path, report_currency=None))

    assert found.exit_code == 1
    assert '"report_currency"' in found.output


def test_a_rate_that_cannot_be_is_refused(agency: StackInMemory, tmp_path: Path) -> None:
    found = parution("portfolio", a_workspace(tmp_path, fx=FX | {"rates": {"CAD": 0}}))

    assert found.exit_code == 1
    assert "is no sound workspace" in found.output


def test_a_plan_is_told_that_it_is_no_workspace(agency: StackInMemory, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_bytes(as_bytes(a_plan()))

    refused = parution("portfolio", str(plan), "--out", str(tmp_path / "out"))

    assert refused.exit_code == 1
    assert "plan.json is no workspace" in refused.stderr.replace("\n", "")
    assert not (tmp_path / "out").exists()
