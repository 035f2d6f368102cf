"""The JSON Schema of a plan, made from the models, for editors and for the errors' hints."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, override

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from parution.plan.model import SCHEMA_ID, Plan
from parution.plan.workspace import WORKSPACE_SCHEMA_ID, Workspace

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_INCLUDE = {
    "type": "string",
    "description": "A file of this folder that holds the value; what stands beside it is laid over that.",
    "examples": ["packs/crisis-fr.json"],
}


# JSON has no comments: this key may stand in any object, and is passed over.
_COMMENT: JsonSchemaValue = {r"^\$comment$": {"description": "A note for whoever reads the file."}}


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
            written["patternProperties"] |= _COMMENT
        return written

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return {**super().model_schema(schema), "patternProperties": _COMMENT}


@cache
def plan_schema() -> dict[str, Any]:
    """Give the schema (draft 2020-12); each field has a description and an example."""
    made = Plan.model_json_schema(by_alias=True, schema_generator=_Written)
    return {"$schema": _DRAFT, "$id": SCHEMA_ID, **made}


@cache
def workspace_schema() -> dict[str, Any]:
    """Give the schema of an agency's workspace; what its brands share is a part of a plan."""
    made = Workspace.model_json_schema(by_alias=True, schema_generator=_Written)
    plan = plan_schema()
    definitions = {**plan["$defs"], **made["$defs"]}
    direct = [each["$ref"].rpartition("/")[2] for each in plan["properties"].values() if "$ref" in each]
    parts = {f"PartOf{name}": _part(plan["$defs"][name]) for name in direct}
    whole = _part(plan)
    properties = {key: _in_parts(each) for key, each in whole["properties"].items()}
    definitions |= parts | {"PartOfPlan": {**whole, "properties": properties}}
    for model in (made, definitions["Member"]):
        model["properties"] = {key: _pointed(each) for key, each in model["properties"].items()}
    return {"$schema": _DRAFT, "$id": WORKSPACE_SCHEMA_ID, **made, "$defs": definitions}


def _pointed(field: Mapping[str, Any]) -> dict[str, Any]:
    if field.get("title") != "PartOfPlan":
        return dict(field)
    told = {key: field[key] for key in ("description", "examples")}
    return {**told, "$ref": "#/$defs/PartOfPlan"}


def _part(model: Mapping[str, Any]) -> dict[str, Any]:
    """Give an object of which any key may be left out, or taken from a file."""
    kept = {key: value for key, value in model.items() if key not in {"required", "$defs", "$schema", "$id"}}
    return {**kept, "properties": {**model["properties"], "include": _INCLUDE}}


def _in_parts(field: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in field:
        return {**field, "$ref": f"#/$defs/PartOf{field['$ref'].rpartition('/')[2]}"}
    return {**field, "type": ["array", "object"]} if field.get("type") == "array" else dict(field)


def schema_at(parts: Sequence[str | int], schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the part of a schema (a plan's by default) that speaks of this place; empty where nothing does."""
    whole = plan_schema() if schema is None else schema
    node = dict(whole)
    for part in parts:
        node = _inside(_resolved(node, whole), part)
    return _resolved(node, whole)


def _inside(node: dict[str, Any], part: str | int) -> dict[str, Any]:
    if isinstance(part, int):
        fixed = node.get("prefixItems", [])
        found = fixed[part] if part < len(fixed) else node.get("items", {})
    else:
        patterns = node.get("patternProperties", {})
        found = node.get("properties", {}).get(part) or next(iter(patterns.values()), {})
    return found if isinstance(found, dict) else {}


def _resolved(node: dict[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    name = node["$ref"].removeprefix("#/$defs/")
    return {**whole["$defs"][name], **node}
