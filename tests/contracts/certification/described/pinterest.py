"""Pinterest: its OpenAPI document, requests and answers."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import httpx

from tests.contracts.certification.described.described import SPECIFICATIONS, body_of, wrong

NAMED = "pinterest/api-description 5.23.0, answers too"
READS = SPECIFICATIONS / "pinterest" / "openapi.json"


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request and its answer against their operation; films go to S3, which it does not describe."""
    if request.url.path == "/bucket/":
        yield from (f"S3 gets {name}" for name in ("Authorization",) if name in request.headers)
        return
    path, operation = _operation(request)
    if operation is None:
        yield f"no operation is {request.method} {path}"
        return
    yield from _query(request, operation, path)
    yield from _body(request, operation, path)
    described = operation["responses"].get(str(answer.status_code))
    if described is None:
        yield f"{path} does not answer {answer.status_code}"
    elif schema := _schema(described):
        yield from wrong(_within(schema), answer.json(), f"{path} answer")


def _operation(request: httpx.Request) -> tuple[str, dict[str, Any] | None]:
    path = request.url.path.removeprefix("/v5")
    for template, methods in _openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", r"\\d+", template), path):
            return template, methods.get(request.method.lower())
    return path, None


def _query(request: httpx.Request, operation: dict[str, Any], path: str) -> Iterator[str]:
    referred = (
        _openapi()["components"]["parameters"][one["$ref"].rsplit("/", 1)[-1]]
        for one in operation.get("parameters", [])
    )
    named = {one["name"]: one for one in referred if one["in"] == "query"}
    yield from (f"{path} takes no {name}" for name in request.url.params if name not in named)
    yield from (
        f"{path} needs {name}"
        for name, one in named.items()
        if one.get("required") and name not in request.url.params
    )
    for name, value in request.url.params.items():
        schema = named.get(name, {}).get("schema", {})
        yield from wrong(_within(schema), _as_written(value, schema.get("type")), f"{path} {name}")


def _body(request: httpx.Request, operation: dict[str, Any], path: str) -> Iterator[str]:
    wanted = operation.get("requestBody", {}).get("content", {})
    body, kind = body_of(request), "application/json"
    if "application/x-www-form-urlencoded" in wanted:
        kind = "application/x-www-form-urlencoded"
        body = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
    if (kind in wanted) is not (body is not None):
        yield f"{path} takes {[*wanted]}"
    elif body is not None:
        schema = _within(wanted[kind]["schema"])
        yield from wrong(schema, body, f"{path} body")
        # What is not in the schema would be passed over without a word.
        known = _properties(wanted[kind]["schema"])
        yield from (f"{path} body: nobody reads {name}" for name in body if known and name not in known)


def _schema(described: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = described.get("content", {}).get("application/json", {}).get("schema")
    return found


def _properties(schema: dict[str, Any]) -> set[str]:
    named = _openapi()["components"]["schemas"].get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
    return set() if "discriminator" in named else set(named.get("properties", {}))


def _as_written(value: str, kind: str | None) -> Any:
    match kind:
        case "integer":
            return int(value)
        case "boolean":
            return {"true": True, "false": False}.get(value, value)
    return value


def _within(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"components": _openapi()["components"]}


@cache
def _openapi() -> dict[str, Any]:
    """Read the document; OpenAPI 3.0 says `nullable` where JSON Schema knows the type `null`."""
    document: dict[str, Any] = _nullable(json.loads(READS.read_text()))
    return document


def _nullable(part: Any) -> Any:
    if isinstance(part, list):
        return [_nullable(one) for one in part]
    if not isinstance(part, dict):
        return part
    read = {key: _nullable(value) for key, value in part.items()}
    if read.get("nullable") is True:
        rest = {key: value for key, value in read.items() if key != "nullable"}
        return {"anyOf": [rest, {"type": "null"}]}
    return read
