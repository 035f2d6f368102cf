"""What Meta publishes of its Graph API: node specifications, from which it makes its own libraries."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import httpx

from tests.contracts.certification.described.described import SPECIFICATIONS, body_of

READS = SPECIFICATIONS / "meta"

Spec = Mapping[str, Any]

# Every call takes these (docs/graph-api/results, /guides/secure-requests).
_EVERYWHERE = {"fields", "limit", "after", "before", "appsecret_proof"}


def node(name: str) -> Spec:
    spec: Spec = _node(name)
    return spec


@cache
def _node(name: str) -> Spec:
    read: Spec = json.loads((READS / f"{name}.json").read_text())
    return read


def call(spec: Spec, method: str, edge: str) -> Spec | None:
    """Find an edge of a node, or the node's own operation where the edge is empty."""
    calls = spec.get("apis", [])
    return next((one for one in calls if one["method"] == method and one.get("endpoint", "") == edge), None)


def said_in(request: httpx.Request) -> dict[str, str]:
    """Give all parameters: of the address, of the form, or of JSON; a file stands as its bytes' length."""
    given = dict(request.url.params.items())
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        given |= {
            key: values[-1]
            for key, values in parse_qs(request.content.decode(), keep_blank_values=True).items()
        }
    elif kind.startswith("multipart/form-data"):
        given |= dict(re.findall(r'name="(\w+)"(?:;[^\r]*)?\r\n(?:[^\r]+\r\n)*\r\n([^\r]*)', _text(request)))
    return given | {key: str(value) for key, value in (body_of(request) or {}).items()}


def _text(request: httpx.Request) -> str:
    return request.content.decode("latin-1")


def wrong_parameters(called: Spec, given: Mapping[str, str], where: str) -> Iterator[str]:
    """Hold names, presence and values against what the specification says of each parameter."""
    known = {one["name"]: one for one in called["params"]}
    for name, one in known.items():
        if one["required"] and name not in given:
            yield f"{where} needs {name}"
    for name, value in given.items():
        if name in known:
            if not _fits(value, known[name]["type"]):
                yield f"{where} {name}: {value!r} is no {known[name]['type']}"
        elif name not in _EVERYWHERE:
            yield f"{where} takes no {name}"


def wrong_fields(spec: Spec, given: Mapping[str, str], where: str) -> Iterator[str]:
    """Hold what is asked for against the fields, and the edges, that a node has."""
    fields = {one["name"] for one in spec["fields"]} | {one.get("endpoint") for one in spec.get("apis", [])}
    for asked in filter(None, given.get("fields", "").split(",")):
        # Edges may be asked for like fields, and counted: docs/graph-api/guides/field-expansion.
        if asked.partition(".")[0] not in fields:
            yield f"{where} has no field {asked}"


def wrong_answer(spec: Spec, told: Any, where: str) -> Iterator[str]:
    """Hold each field of an answer, or of each thing in a list, against its type."""
    kinds = {one["name"]: one["type"] for one in spec["fields"]}
    for thing in told["data"] if isinstance(told, dict) and "data" in told else [told]:
        for name, value in thing.items():
            kind = kinds.get(name)
            if kind in _KINDS and not _KINDS[kind](value):
                yield f"{where} answers {name} = {value!r}, which is no {kind}"


def _is_datetime(value: Any) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", str(value)))


_KINDS = {
    "string": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int),
    "unsigned int": lambda value: isinstance(value, int) and value >= 0,
    "bool": lambda value: isinstance(value, bool),
    "datetime": _is_datetime,
}


def _fits(value: str, kind: str) -> bool:
    if kind.startswith("list<") and kind.endswith("enum_param>"):
        return all(_is_named(one, kind[5:-1]) for one in value.split(","))
    return _is_named(value, kind) if kind in _enums() else _WRITTEN.get(kind, _never)(value)


def _never(value: str) -> bool:
    return False


def _is_list_of_things(value: str) -> bool:
    """Say whether it is JSON objects, or names with commas: insights are typed so, and take names."""
    if not value.startswith("["):
        return bool(re.fullmatch(r"[a-z_]+(,[a-z_]+)*", value))
    return all(isinstance(one, dict) for one in json.loads(value))


_WRITTEN = {
    "bool": lambda value: value in {"true", "false"},
    "unsigned int": str.isdecimal,
    "list<Object>": _is_list_of_things,
    "list<string>": lambda value: bool(re.fullmatch(r"[\w-]+(,[\w-]+)*", value)),
    "string": lambda value: isinstance(value, str),
    "file": str.isdecimal,
}


def _is_named(value: str, kind: str) -> bool:
    names = _enums().get(kind, ())
    return value in names or value.upper() in names


@cache
def _enums() -> Mapping[str, tuple[str, ...]]:
    named = json.loads((READS / "enum_types.json").read_text())
    return {one["name"]: tuple(one["values"]) for one in named}
