import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from parution.plan.schema import plan_schema, schema_at, workspace_schema
from tests.plan.plans import a_plan

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted([*FOLDER.glob("bakery/*.json"), *FOLDER.glob("agency/brands/*.json")])
VALIDATOR = jsonschema.Draft202012Validator(plan_schema())
WORKSPACES = jsonschema.Draft202012Validator(workspace_schema())


def _fields() -> Iterator[tuple[str, dict[str, Any]]]:
    models = {"Plan": plan_schema(), "Workspace": workspace_schema(), **workspace_schema()["$defs"]}
    for name, model in models.items():
        for key, field in model.get("properties", {}).items():
            yield f"{name}.{key}", field


FIELDS = dict(_fields())


@pytest.mark.parametrize(("schema", "name"), [(plan_schema(), "plan-1"), (workspace_schema(), "workspace-1")])
def test_the_schema_is_one_and_carries_its_version(schema: dict[str, Any], name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/{name}.json")


@pytest.mark.parametrize("schema", [plan_schema(), workspace_schema()])
def test_branches_are_never_left_to_the_reader(schema: dict[str, Any]) -> None:
    written = json.dumps(schema)

    assert "anyOf" not in written
    assert "oneOf" not in written
    assert "null" not in written


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_a_description_and_an_example_that_fits_it(name: str) -> None:
    field = FIELDS[name]

    assert field["description"].endswith(".")
    fitting = WORKSPACES.evolve(schema={**field, "$defs": workspace_schema()["$defs"]})
    assert field["examples"]
    for example in field["examples"]:
        fitting.validate(example)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_fits_the_schema(file: Path) -> None:
    VALIDATOR.validate(json.loads(file.read_text()))


@pytest.mark.parametrize(
    "plan",
    [
        a_plan(zzz=1),
        a_plan(posts__0__text=None),
        a_plan(channels__0__network="facebok"),
        a_plan(posts__0__id="Bûche"),
        a_plan(posts__0__variants={"A B": {}}),
        a_plan(campaigns__0__flight=["2026-12-01"]),
        a_plan(campaigns__0__budget=1500.5),
        a_plan(cadence=[{"channels": ["fil"], "slots": [{"days": ["tues"], "at": "08:00"}]}]),
        a_plan(cadence=[{"channels": ["fil"], "slots": [{"at": "8h"}]}]),
        a_plan(cadence=[{"channels": ["fil"], "formats": {"vidéo": {"min": 1}}}]),
        a_plan(posts__0__between=["11:00"]),
        a_plan(posts__0__except=["25/12/2026", 3]),
        a_plan(posts__0__after="recette"),
    ],
)
def test_what_an_editor_underlines_is_what_reading_refuses(plan: Any) -> None:
    assert not VALIDATOR.is_valid(plan)


def test_the_workspace_of_the_example_fits_its_schema() -> None:
    WORKSPACES.validate(json.loads((FOLDER / "agency/workspace.json").read_text()))


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"brands": [{"includes": "a.json"}]}, ["brands", 0]),
        ({"brands": []}, ["brands"]),
        ({"defaults": {"schedule": {}}}, ["defaults"]),
        ({"defaults": {"brand": {"timezone": 1}}}, ["defaults", "brand", "timezone"]),
        (
            {"brands": [{"include": "a.json", "override": {"brand": {"nom": ""}}}]},
            ["brands", 0, "override", "brand"],
        ),
    ],
)
def test_a_wrong_workspace_is_underlined_at_its_place(part: dict[str, Any], path: list[str | int]) -> None:
    workspace = {"version": 1, "workspace": {"id": "a"}, "brands": [{"include": "a.json"}], **part}

    assert path in [list(error.absolute_path) for error in WORKSPACES.iter_errors(workspace)]


@pytest.mark.parametrize(
    "part",
    [
        {"brand": {"currency": "CHF"}},
        {"crisis": {"include": "packs/crisis.json"}},
        {"schedules": {"include": "packs/schedules.json", "report": "rate(1 day)"}},
        {"posts": {"include": "december.json"}},
        {"means": {"include": "means.json"}},
    ],
)
def test_a_part_of_a_plan_may_leave_out_anything_or_take_it_from_a_file(part: dict[str, Any]) -> None:
    WORKSPACES.validate(
        {
            "version": 1,
            "workspace": {"id": "a"},
            "defaults": part,
            "brands": [{"include": "a.json", "override": part}],
        }
    )


@pytest.mark.parametrize(
    ("place", "offered"),
    [
        (["channels", 0, "network"], "mastodon"),
        (["ad_accounts", 0, "platform"], "sandbox"),
        (["cadence", 0, "slots", 0, "days", 0], "tue"),
        (["objectives", 0, "family"], "sales"),
        (["posts", 0, "kind"], "contest"),
    ],
)
def test_an_editor_can_offer_what_is_one_of_a_few(place: list[str | int], offered: str) -> None:
    assert offered in schema_at(place)["enum"]


def test_the_part_that_speaks_of_a_place_is_found() -> None:
    assert schema_at(["posts", 3, "variants", "ig", "text"])["type"] == "string"
    assert schema_at(["campaigns", 0, "flight", 1])["format"] == "date"
    assert schema_at(["brand", "voice", "address"])["enum"] == ["tu", "vous"]
    assert schema_at(["nothing", "here", 3]) == {}


def test_an_editor_takes_a_comment_in_any_object() -> None:
    plan = a_plan()
    plan["$comment"] = plan["brand"]["$comment"] = plan["posts"][0]["variants"]["$comment"] = "For Christmas"

    assert list(jsonschema.Draft202012Validator(plan_schema()).iter_errors(plan)) == []
