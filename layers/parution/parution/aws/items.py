"""DynamoDB's item format, to and from plain JSON values."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write strings, integers, booleans, lists and maps; keys whose value is None are left out."""
    return {name: _serializer.serialize(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Read an item; numbers come as Decimal, which pydantic takes where it wants an integer."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def condition_failed(error: ClientError) -> bool:
    return code_of(error) == "ConditionalCheckFailedException"
