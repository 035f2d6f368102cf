import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from parution.plan.schema import plan_schema, schema_at
from tests.plan.plans import a_plan

EXAMPLES = sorted(
    file
    for folder in ("bakery", "agency")
    for file in (Path(__file__).parents[2] / "examples" / folder).glob("*.json")
)
VALIDATOR = jsonschema.Draft202012Validator(plan_schema())


def _fields() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, model in {"Plan": plan_schema(), **plan_schema()["$defs"]}.items():
        for key, field in model.get("properties", {}).items():
            yield f"{name}.{key}", field


FIELDS = dict(_fields())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(plan_schema())
    assert plan_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert plan_schema()["$id"].endswith("plan-1.json")


def test_branches_are_never_left_to_the_reader() -> None:
    written = json.dumps(plan_schema())

    assert "anyOf" not in written
    assert "oneOf" not in written
    assert "null" not in written


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_a_description_and_an_example_that_fits_it(name: str) -> None:
    field = FIELDS[name]

    assert field["description"].endswith(".")
    fitting = VALIDATOR.evolve(schema={**field, "$defs": plan_schema()["$defs"]})
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
    ],
)
def test_what_an_editor_underlines_is_what_reading_refuses(plan: Any) -> None:
    assert not VALIDATOR.is_valid(plan)


def test_the_part_that_speaks_of_a_place_is_found() -> None:
    assert schema_at(["posts", 3, "variants", "ig", "text"])["type"] == "string"
    assert schema_at(["campaigns", 0, "flight", 1])["format"] == "date"
    assert schema_at(["brand", "voice", "address"])["enum"] == ["tu", "vous"]
    assert schema_at(["nothing", "here", 3]) == {}
