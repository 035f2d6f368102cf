"""Mastodon: an OpenAPI document."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx

from tests.contracts.certification.described.described import SPECIFICATIONS, body_of, wrong

NAMED = "abraham/mastodon-openapi 4.7.0"
READS = SPECIFICATIONS / "mastodon" / "openapi.json"


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request against its operation: path, method, query, headers and body."""
    path = "/".join("{id}" if part.isdecimal() else part for part in request.url.path.split("/"))
    operation = _openapi()["paths"].get(path, {}).get(request.method.lower())
    if operation is None:
        yield f"no operation is {request.method} {path}"
        return
    if str(answer.status_code) not in operation["responses"]:
        yield f"{path} does not answer {answer.status_code}"
    named = {(one["in"], one["name"]) for one in operation.get("parameters") or []}
    yield from (f"{path} takes no {name}" for name in request.url.params if ("query", name) not in named)
    if "Idempotency-Key" in request.headers and ("header", "Idempotency-Key") not in named:
        yield f"{path} takes no Idempotency-Key"
    if (body := body_of(request)) is not None:
        # The document asks for exactly one of its kinds, but a text with media is two of them at once.
        kind = "MediaStatus" if "media_ids" in body else "TextStatus"
        schema = {"$ref": f"#/components/schemas/{kind}", "components": _openapi()["components"]}
        yield from wrong(schema, body, path)


@cache
def _openapi() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(READS.read_text())
    return document
