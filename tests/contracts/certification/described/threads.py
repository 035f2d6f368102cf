"""Threads: Meta's Postman collection of its API. Its requests name parameters, and variables name fields."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import httpx

from tests.contracts.certification.described.described import SPECIFICATIONS
from tests.contracts.certification.described.graph import said_in

NAMED = "Meta's Postman collection of the Threads API (fbsamples/threads_api), fields of answers too"
READS = SPECIFICATIONS / "threads" / "threads-api.postman_collection.json"

_USER = "26000000000000001"
# Documented with the collection's own requests: threads/reference/reply-management, troubleshooting.
_PAGING = {"/{id}/replies": {"before", "after"}}
_TOKEN = {"access_token"}  # the collection adds it to each address


class _Request(NamedTuple):
    method: str
    path: str
    takes: frozenset[str]
    kind: str  # its media_type
    fields: frozenset[str]  # what `fields` or `metric` may name


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request against those of the collection with its path, and its kind of media."""
    path, given = _path(request.url.path), said_in(request)
    same = [one for one in _requests() if (one.method, one.path) == (request.method, path)]
    same = [one for one in same if not one.kind or one.kind == given.get("media_type", one.kind)]
    if not same:
        yield f"no request is {request.method} {path} {given.get('media_type', '')}"
        return
    takes = frozenset.union(*(one.takes for one in same)) | _TOKEN | _PAGING.get(path, set())
    yield from (f"{request.method} {path} takes no {name}" for name in given.keys() - takes)
    asked = set((given.get("fields") or given.get("metric") or "").split(",")) - {""}
    known = frozenset.union(*(one.fields for one in same))
    yield from (f"{path} has no {name}" for name in asked - known)
    if path.endswith("/threads_publish") and not re.fullmatch(r"\d+", given.get("creation_id", "")):
        yield "threads_publish needs creation_id"
    if answer.is_success and asked and "metric" not in given:
        yield from _wrong_answer(answer.json(), asked, path)


def _wrong_answer(told: Mapping[str, Any], asked: set[str], path: str) -> Iterator[str]:
    for thing in told.get("data", [told]):
        yield from (f"{path} answers {name} unasked" for name in thing.keys() - asked - {"id"})
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", thing.get("timestamp", _NOON)):
            yield f"{path} answers a timestamp {thing['timestamp']}"


_NOON = "2026-12-03T12:00:00+0000"


def _path(path: str) -> str:
    """Give a path as the collection writes it: without a version, `me` for the profile."""
    plain = path.removeprefix("/v1.0").replace(f"/{_USER}", "/me")
    return re.sub(r"/\d+", "/{id}", plain)


@cache
def _requests() -> tuple[_Request, ...]:
    document = json.loads(READS.read_text())
    variables = {one["key"]: one.get("value", "") for one in document["variable"]}
    return tuple(_request(one, variables) for one in _leaves(document["item"]))


def _leaves(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "item" in item:
            yield from _leaves(item["item"])
        else:
            yield item["request"]


def _request(one: Mapping[str, Any], variables: Mapping[str, str]) -> _Request:
    query = {part["key"]: part.get("value") or "" for part in one["url"].get("query", [])}
    written = one["url"]["raw"].partition("?")[0].removeprefix("{{api_host}}").rstrip("/")
    named = query.get("fields") or query.get("metric") or ""
    fields = re.sub(r"\{\{(\w+)\}\}", lambda found: variables.get(found[1], ""), named)
    return _Request(
        one["method"],
        re.sub(r"\{\{\w+\}\}", "{id}", written),
        frozenset(query),
        query.get("media_type", ""),
        frozenset(re.sub(r"\{[^}]*\}", "", fields).split(",")),
    )
