"""`parution import-csv`: a planner's spreadsheet becomes a plan, whole or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.stack import parution
from tests.plan.plans import a_plan, as_bytes

TABLE = """id;date;heure;réseaux;texte;texte_site
galette;06/01/2099;8h00;Mastodon, site;La galette arrive.;Galette 2099
;2099-01-13;8h00;fil;Encore une part ?;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/buche.png").write_bytes(b"picture")
    plan = a_plan(posts__0__at="2098-12-03T08:00", campaigns=[])
    (tmp_path / "plan.json").write_bytes(as_bytes({"$comment": "à la main", **plan}))
    (tmp_path / "posts.csv").write_bytes(TABLE.encode("cp1252"))
    return tmp_path


def imported(folder: Path, *words: str, table: str | None = None) -> tuple[int, Any]:
    if table is not None:
        (folder / "posts.csv").write_text(table)
    result = parution(
        "import-csv",
        str(folder / "posts.csv"),
        "--plan",
        str(folder / "plan.json"),
        "--format",
        "json",
        *words,
    )
    return result.exit_code, json.loads(result.stdout)


def posts(folder: Path) -> list[Any]:
    found: list[Any] = json.loads((folder / "plan.json").read_text())["posts"]
    return found


def test_a_spreadsheet_becomes_posts_of_the_plan_beside_those_that_stand(folder: Path) -> None:
    exit_code, told = imported(folder, "--dates", "dmy")

    assert (exit_code, told["counts"]) == (0, {"new": 2, "changed": 0, "same": 0})
    assert [post["id"] for post in posts(folder)] == ["buche", "galette", "2099-01-13-encore-une-part"]
    assert posts(folder)[1] == {
        "id": "galette",
        "at": "2099-01-06T08:00",
        "channels": ["fil", "site"],
        "text": "La galette arrive.",
        "variants": {"site": {"text": "Galette 2099"}},
    }
    assert json.loads((folder / "plan.json").read_text())["$comment"] == "à la main"
    assert parution("validate", str(folder / "plan.json")).exit_code == 0


def test_importing_again_changes_nothing(folder: Path) -> None:
    imported(folder, "--dates", "dmy")
    (folder / "plan.json").write_text(json.dumps(json.loads((folder / "plan.json").read_text()), indent=7))
    before = (folder / "plan.json").read_bytes()

    _, told = imported(folder, "--dates", "dmy")

    assert told["counts"] == {"new": 0, "changed": 0, "same": 2}
    assert (folder / "plan.json").read_bytes() == before


def test_half_a_good_file_changes_nothing_unless_it_is_asked_for(folder: Path) -> None:
    before = (folder / "plan.json").read_bytes()

    refused, told = imported(folder)
    untouched = (folder / "plan.json").read_bytes()
    partial, _ = imported(folder, "--partial")

    assert (refused, untouched) == (1, before)
    assert [(one["code"], one["line"], one["column"]) for one in told["flaws"]] == [("S002", 2, 9)]
    assert partial == 0
    assert [post["id"] for post in posts(folder)] == ["buche", "2099-01-13-encore-une-part"]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("2020-01-01;08:00;fil;Trop tard.", "E303", 12),
        ("2099-03-29;02:30;fil;Cette heure saute.", "E301", 12),
        (f"2099-01-01;08:00;fil;{'x' * 501}", "E502", 22),
    ],
)
def test_what_the_plans_own_checks_find_is_told_at_the_cell(
    folder: Path, row: str, code: str, column: int
) -> None:
    exit_code, told = imported(folder, table=f"date;heure;réseaux;texte\n{row}\n")

    assert exit_code == 1
    (found,) = [one for one in told["flaws"] if one["is_error"]]
    assert (found["line"], found["column"]) == (2, column), found
    assert found["code"] == code


def test_without_a_plan_a_new_one_is_written_that_knows_its_brand(folder: Path) -> None:
    place = folder / "new.json"
    words = [
        "--brand",
        "hotel-cimes",
        "--name",
        "Hôtel des Cimes",
        "--timezone",
        "Europe/Zurich",
        "--currency",
        "CHF",
    ]
    (folder / "posts.csv").write_text("date,time,channels,text\n2099-01-01,08:00,mastodon,Bonne année\n")

    refused = parution("import-csv", str(folder / "posts.csv"), "--plan", str(place))
    done = parution("import-csv", str(folder / "posts.csv"), "--plan", str(place), *words)

    assert (refused.exit_code, done.exit_code) == (1, 0), done.output
    plan = json.loads(place.read_text())
    assert plan["brand"]["name"] == "Hôtel des Cimes"
    assert plan["channels"] == [
        {"id": "mastodon", "network": "mastodon", "account": "secret:mastodon-hotel-cimes"}
    ]
    assert parution("validate", str(place)).exit_code == 0


def test_people_read_each_flaw_by_file_line_and_column(folder: Path) -> None:
    told = parution("import-csv", str(folder / "posts.csv"), "--plan", str(folder / "plan.json"))

    first = (
        f"{folder / 'posts.csv'}:2:9  S002 row 2, column B: '06/01/2099' may be 6 January 2099 or 1 June 2099"
    )
    assert told.stdout.startswith(first)
    assert told.stdout.endswith("1 error. Nothing was written.\n")


def test_posts_written_as_a_table_and_imported_again_are_the_same(folder: Path) -> None:
    table = folder / "posts.csv"

    done = parution("export-csv", str(folder / "plan.json"), "--out", str(table))
    _, told = imported(folder)

    assert done.exit_code == 0, done.output
    assert table.read_bytes().startswith(b"\xef\xbb\xbfid;date;time;channels;text;text_site;")
    assert told["counts"] == {"new": 0, "changed": 0, "same": 1}


def test_a_plan_with_errors_is_not_written_as_a_table(folder: Path) -> None:
    (folder / "plan.json").write_bytes(as_bytes(a_plan(posts__0__at="demain")))

    refused = parution("export-csv", str(folder / "plan.json"), "--out", str(folder / "out.csv"))

    assert (refused.exit_code, (folder / "out.csv").exists()) == (1, False)
