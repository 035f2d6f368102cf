import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from parution.cli.main import app
from tests.rehearsing.studio import MEDIA, PLAN, some_unconnected, written


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """The studio's plan without its money, its media beside it."""
    for key, body in MEDIA.items():
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).write_bytes(body)
    file = tmp_path / "plan.json"
    posts = [{name: value for name, value in post.items() if name != "boost"} for post in PLAN["posts"]]
    file.write_bytes(written(PLAN | {"campaigns": [], "schedules": {}, "posts": posts}))
    return file


def rehearsed(plan: Path, *options: str) -> Result:
    days = ("--from", "2026-12-01", "--to", "2026-12-04")
    out = str(plan.parent / "out")
    with some_unconnected():
        return CliRunner().invoke(app, ["rehearse", str(plan), "--out", out, *days, *options])


def test_a_rehearsal_says_what_happened_and_where_to_look(plan: Path) -> None:
    ran = rehearsed(plan)

    assert ran.exit_code == 0
    assert "15 posts, 8 out" in ran.output
    assert "3 posts would not go out: instagram, linkedin not connected" in ran.output
    assert "out/calendar.html" in ran.output.replace("\n", "")


def test_its_files_lie_in_the_folder_that_was_named(plan: Path) -> None:
    rehearsed(plan)

    names = {str(file.relative_to(plan.parent / "out")) for file in (plan.parent / "out").rglob("*.*")}
    assert names >= {"calendar.html", "report.html", "rehearsal.json", *MEDIA}


def test_machines_read_the_whole_of_it(plan: Path) -> None:
    ran = rehearsed(plan, "--format", "json", "--lang", "en")

    assert json.loads(ran.stdout)["schema"] == "parution.rehearsal/1"


def test_a_wrong_plan_is_refused_as_validate_refuses_it(plan: Path) -> None:
    (plan.parent / [*MEDIA][1]).unlink()

    ran = rehearsed(plan)

    assert ran.exit_code == 1
    assert "/posts/0/media/1/src" in ran.output
    assert not (plan.parent / "out").exists()


def test_days_in_the_wrong_order_are_refused(plan: Path) -> None:
    ran = rehearsed(plan, "--to", "2026-11-30")

    assert ran.exit_code == 1
    assert "is before --from" in ran.output


def test_a_brand_of_a_workspace_is_rehearsed_by_its_name(plan: Path) -> None:
    workspace = plan.with_name("workspace.json")
    facts = {"id": "agence", "locale": "fr-FR", "timezone": "Europe/Paris", "report_currency": "EUR"}
    brands = [{"include": "plan.json", "override": {"brand": {"name": "Le Lac"}}}]
    workspace.write_text(json.dumps({"version": 1, "workspace": facts, "brands": brands}))

    ran = rehearsed(workspace, "--brand", "studio-du-lac")

    assert ran.exit_code == 0
    assert ran.output.startswith("Le Lac")
    assert "--brand studio-du-lac" in rehearsed(workspace).output
