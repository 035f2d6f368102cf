"""The examples are sound on the day they were written, with nothing left to warn about."""

import importlib.util
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parution.cli.workspaces import resolved
from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.media import media_key
from parution.plan.ports import StoredFile
from parution.plan.resolution import examine_brands
from parution.plan.timetable import chosen_times
from parution.plan.wishes import files_of

EXAMPLES = Path(__file__).parents[2] / "examples"
PLANS = sorted([*EXAMPLES.glob("bakery/*.json"), *EXAMPLES.glob("agency/brands/*.json")])
WORKSPACE = EXAMPLES / "agency/workspace.json"
WRITTEN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def stored(folder: Path) -> Facts:
    files = (folder / "media").rglob("*")
    there = {
        media_key(f"s3://media/{file.relative_to(folder / 'media')}"): file
        for file in files
        if file.is_file()
    }
    return Facts(media={key: StoredFile(etag="", size=file.stat().st_size) for key, file in there.items()})


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.parent.name + "/" + file.stem)
def test_an_example_gives_neither_an_error_nor_a_warning(file: Path) -> None:
    plan, problems = examine(file.read_bytes(), lambda _: stored(file.parent), WRITTEN)

    assert problems == []
    assert plan is not None


def test_the_agency_has_three_brands_three_currencies_and_two_continents() -> None:
    brands = [json.loads(file.read_text())["brand"] for file in PLANS if file.parent.name == "brands"]

    assert sorted(brand["currency"] for brand in brands) == ["CAD", "CHF", "EUR"]
    assert {brand["timezone"] for brand in brands} == {"Europe/Paris", "Europe/Zurich", "America/Toronto"}
    assert len({brand["id"] for brand in brands}) == 3


def test_the_agencys_workspace_gives_three_sound_plans_with_what_they_share() -> None:
    sound, problems = examine_brands(resolved(WORKSPACE), lambda _: stored(WORKSPACE.parent), WRITTEN)

    assert problems == []
    assert [(each.brand, plan.schedules.report, plan.schedules.insights) for each, plan in sound] == [
        ("librairie-du-lac", "cron(0 7 ? * MON *)", "rate(2 hours)"),
        ("hotel-cimes", "cron(0 7 1 * ? *)", "rate(1 hour)"),
        ("studio-montreal", "cron(0 8 ? * MON *)", "rate(1 hour)"),
    ]


def test_the_agency_shows_a_slot_a_good_hour_and_a_post_that_comes_again() -> None:
    sound, _ = examine_brands(resolved(WORKSPACE), lambda _: stored(WORKSPACE.parent), WRITTEN)
    chosen = [told for _, plan in sound for told in chosen_times(plan)]

    assert [(told["delivery"], told["at"]) for told in chosen] == [
        ("librairie-du-lac/poche-de-la-semaine/fil", "2026-12-08T12:15"),
        ("studio-montreal/premier-cours/fil", "2026-12-08T11:30"),
    ]
    series = [post.id for _, plan in sound for post in plan.posts if post.id.startswith("lu-cette")]
    assert series == [f"lu-cette-semaine-202612{day}" for day in ("04", "11", "18")]


def test_every_picture_of_the_bakery_is_shown_and_small() -> None:
    plan, _ = examine((EXAMPLES / "bakery/plan.json").read_bytes(), lambda _: Facts(), WRITTEN)
    pictures = sorted((EXAMPLES / "bakery/media").iterdir())

    assert plan is not None
    assert files_of(plan) == {f"media/{picture.name}" for picture in pictures}
    assert all(2_000 < picture.stat().st_size < 60_000 for picture in pictures)


def test_the_pictures_are_the_ones_that_the_script_draws() -> None:
    specification = importlib.util.spec_from_file_location("draw", EXAMPLES / "bakery/draw.py")
    assert specification is not None
    assert specification.loader is not None
    draw = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(draw)

    assert {f"{name}.png" for name in draw.PICTURES} == {
        file.name for file in (EXAMPLES / "bakery/media").iterdir()
    }


def test_the_readme_moves_a_plan_to_the_days_to_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", (EXAMPLES / "README.md").read_text(), re.DOTALL)
    (tmp_path / "examples").symlink_to(EXAMPLES)
    monkeypatch.chdir(tmp_path)

    exec(snippet, {})  # noqa: S102 (the page's own snippet)

    raw = (tmp_path / "plan.json").read_bytes()
    assert examine(raw, lambda _: stored(EXAMPLES / "bakery"), datetime.now(UTC))[1] == []
