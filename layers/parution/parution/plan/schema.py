"""The JSON Schema of a plan, made from the models, for editors and for the errors' hints."""

from collections.abc import Sequence
from functools import cache
from typing import Any, override

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from parution.plan.model import SCHEMA_ID, Plan


class _Written(GenerateJsonSchema):
    """As people write it: what has no value is left out, so that there is neither null nor `anyOf`."""

    @override
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    @override
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        written = super().default_schema(schema)
        default = written.pop("default", None)
        if isinstance(default, dict):
            default = {key: value for key, value in default.items() if value is not None}
        return written if default is None else {**written, "default": default}

    @override
    def field_title_should_be_set(self, schema: object) -> bool:
        return False  # it would only repeat the key

    @override
    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        written = super().dict_schema(schema)
        if "patternProperties" in written:
            written["additionalProperties"] = False
        return written


@cache
def plan_schema() -> dict[str, Any]:
    """Give the schema (draft 2020-12); each field has a description and an example."""
    made = Plan.model_json_schema(by_alias=True, schema_generator=_Written)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **made}


def schema_at(parts: Sequence[str | int]) -> dict[str, Any]:
    """Give the part of the schema that speaks of this place of a plan; empty where nothing does."""
    node: dict[str, Any] = plan_schema()
    for part in parts:
        node = _inside(_resolved(node), part)
    return _resolved(node)


def _inside(node: dict[str, Any], part: str | int) -> dict[str, Any]:
    if isinstance(part, int):
        fixed = node.get("prefixItems", [])
        found = fixed[part] if part < len(fixed) else node.get("items", {})
    else:
        patterns = node.get("patternProperties", {})
        found = node.get("properties", {}).get(part) or next(iter(patterns.values()), {})
    return found if isinstance(found, dict) else {}


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    name = node["$ref"].removeprefix("#/$defs/")
    return {**plan_schema()["$defs"][name], **node}
