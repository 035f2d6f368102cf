"""`parution validate` of a workspace: every brand, every file, by line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from parution.cli.main import app
from parution.plan.schema import workspace_schema

WORKSPACE = """{
  "version": 1,
  "workspace": {"id": "agence"},
  "defaults": {
    "schedules": {"report": "daily"}
  },
  "brands": [
    {"include": "brands/martin.json", "override": {"brand": {"timezone": "Europe/Pari"}}},
    {"include": "brands/cimes.json"}
  ]
}
"""
BRAND: dict[str, Any] = {"name": "B", "locale": "fr-FR", "timezone": "Europe/Paris", "currency": "EUR"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "agency.json").write_text(WORKSPACE)
    (tmp_path / "brands").mkdir()
    for name in ("martin", "cimes"):
        plan = {"version": 1, "brand": {"id": name, **BRAND}, "pillar": []}
        (tmp_path / f"brands/{name}.json").write_text(json.dumps(plan, indent=2))
    return tmp_path


def validated(*arguments: str) -> tuple[int, Any]:
    result = CliRunner().invoke(app, ["validate", "--format", "json", *arguments])
    return result.exit_code, json.loads(result.stdout)


def test_each_finding_stands_in_the_file_and_on_the_line_that_somebody_wrote(folder: Path) -> None:
    exit_code, found = validated(str(folder / "agency.json"))

    assert exit_code == 1
    places = [(one["code"], Path(one["file"]).name, one["line"], one["column"]) for one in found]
    # What all brands share is told once.
    assert places == [
        ("E601", "agency.json", 5, 29),
        ("E114", "agency.json", 8, 74),
        ("E101", "martin.json", 10, 3),
        ("E101", "cimes.json", 10, 3),
    ]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(folder: Path, tmp_path_factory: Any) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.json"
    outside.write_text("{}")
    (folder / "brands/cimes.json").unlink()
    (folder / "brands/cimes.json").symlink_to(outside)

    _, found = validated(str(folder / "agency.json"))

    assert ("E031", "/brands/1/include") in [(one["code"], one["pointer"]) for one in found]


def test_a_workspace_whose_files_cannot_be_read_says_so_of_each(folder: Path) -> None:
    (folder / "brands/martin.json").write_bytes('{"brand": "é"}'.encode("utf-16"))
    (folder / "brands/cimes.json").write_text("[")

    _, found = validated(str(folder / "agency.json"))

    assert {(one["code"], Path(one["file"]).name) for one in found} == {
        ("E003", "martin.json"),
        ("E002", "cimes.json"),
    }


def test_the_schema_of_a_workspace_is_printed() -> None:
    result = CliRunner().invoke(app, ["schema", "--workspace"])

    assert json.loads(result.stdout) == workspace_schema()
