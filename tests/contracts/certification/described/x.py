"""X: an OpenAPI document."""

import json
import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from email.message import Message
from functools import cache
from typing import Any, cast

import httpx

from tests.contracts.certification.described.described import SPECIFICATIONS, body_of, wrong

NAMED = "xdevplatform/xdk, version 2.167, answers too"
READS = SPECIFICATIONS / "x" / "openapi.xdk-mit.json"
_TOKENS = "/2/oauth2/token"  # described by RFC 6749, and not by this document


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request against its operation, and the answer against what it is said to be."""
    if request.url.path == _TOKENS and request.method == "POST":
        return
    name, operation, parameters = _operation(request)
    if operation is None:
        yield f"no operation is {request.method} {request.url.path}"
        return
    yield from _parameters(operation, request, parameters, name)
    yield from _body(operation, request, name)
    yield from _answer(operation, answer, name)


def _operation(request: httpx.Request) -> tuple[str, Any, Mapping[str, str]]:
    """Find the operation whose path fits; one that is written out goes before one with a place to fill."""
    for path in sorted(_openapi()["paths"], key=lambda path: path.count("{")):
        fits = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path), request.url.path)
        if fits and (operation := _openapi()["paths"][path].get(request.method.lower())):
            return path, operation, fits.groupdict()
    return request.url.path, None, {}


def _parameters(
    operation: Mapping[str, Any], request: httpx.Request, in_path: Mapping[str, str], name: str
) -> Iterator[str]:
    known = {
        (one["in"], one["name"]): one["schema"] for one in map(_followed, operation.get("parameters", []))
    }
    given = {("path", key): value for key, value in in_path.items()} | {
        ("query", key): value for key, value in request.url.params.items()
    }
    for place, value in given.items():
        if place not in known:
            yield f"{name} takes no {place[1]}"
        else:
            yield from _wrong(known[place], _as_read(value, _followed(known[place])), f"{name} {place[1]}")


def _as_read(value: str, schema: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "integer":
            return int(value)
        case "array":  # style form, not exploded
            return value.split(",")
    return value


def _body(operation: Mapping[str, Any], request: httpx.Request, name: str) -> Iterator[str]:
    kind = request.headers.get("content-type", "").split(";")[0]
    taken = operation.get("requestBody", {}).get("content", {})
    if not taken and not request.content:
        return
    if kind not in taken:
        yield f"{name} takes no body of {kind or 'nothing'}"
        return
    said = body_of(request) if kind == "application/json" else _form(request)
    yield from _wrong(taken[kind]["schema"], said, f"{name} body")


def _form(request: httpx.Request) -> dict[str, Any]:
    """Read a form in parts; a number is written as text there."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = cast("list[Message]", message_from_bytes(head + request.content).get_payload())
    named = {str(part.get_param("name", header="content-disposition")): part for part in parts}
    texts = {name: str(part.get_payload()) for name, part in named.items()}
    return {name: int(text) if text.isdecimal() else text for name, text in texts.items()}


def _answer(operation: Mapping[str, Any], answer: httpx.Response, name: str) -> Iterator[str]:
    told = operation["responses"].get(str(answer.status_code), operation["responses"]["default"])
    kind = answer.headers.get("content-type", "").split(";")[0]
    if answer.is_success and str(answer.status_code) not in operation["responses"]:
        yield f"{name} does not answer {answer.status_code}"
    if kind not in told["content"]:
        yield f"{name} does not answer with {kind or 'nothing'}"
        return
    if answer.is_success:
        yield from _wrong(told["content"][kind]["schema"], answer.json(), f"{name} answer")


def _wrong(schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    components = _openapi()["components"]
    yield from wrong({"allOf": [schema], "components": components}, value, where)


def _followed(one: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in one:
        return one
    *_, section, name = one["$ref"].split("/")
    found: Mapping[str, Any] = _openapi()["components"][section][name]
    return found


@cache
def _openapi() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(READS.read_text())
    return document
