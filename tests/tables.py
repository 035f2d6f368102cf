"""Tables as template.yaml declares them, so that no test runs on keys that are not deployed."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from mypy_boto3_dynamodb import DynamoDBClient

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags, each read as the long form's mapping."""


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_TemplateLoader.add_multi_constructor("!", _short_tag)


@cache
def template(path: Path = TEMPLATE) -> dict[str, Any]:
    """Read template.yaml, or one that it nests, as data."""
    document: dict[str, Any] = yaml.load(path.read_text(), _TemplateLoader)  # noqa: S506 (a SafeLoader)
    return document


def create_table(client: DynamoDBClient, logical_id: str, name: str) -> str:
    """Create the table of this logical id under ``name``, with the template's keys and indexes."""
    properties = template()["Resources"][logical_id]["Properties"]
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema")
    indexes = [
        {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
        for index in properties.get("GlobalSecondaryIndexes", [])
    ]
    more: dict[str, Any] = {"GlobalSecondaryIndexes": indexes} if indexes else {}
    client.create_table(TableName=name, **{key: properties[key] for key in wanted}, **more)
    return name
