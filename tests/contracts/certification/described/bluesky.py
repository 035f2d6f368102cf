"""Bluesky: lexicons."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import httpx

from tests.contracts.certification.described.described import SPECIFICATIONS, body_of, wrong

NAMED = "lexicons of bluesky-social/atproto, answers too"
READS = SPECIFICATIONS / "bluesky" / "lexicons"


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request and its answer against the lexicon of its method, and a record against its own."""
    method = request.url.path.removeprefix("/xrpc/")
    if not (main := _lexicon(method)):
        yield f"no lexicon is {method}"
        return
    if request.method != {"query": "GET", "procedure": "POST"}[main["type"]]:
        yield f"{method} is a {main['type']}"
    parameters = main.get("parameters", {"properties": {}})
    if unknown := request.url.params.keys() - parameters["properties"].keys():
        yield f"{method} takes no {', '.join(unknown)}"
    asked = {
        name: _as_read(request.url.params.get_list(name), parameters["properties"][name]["type"])
        for name in request.url.params
        if name in parameters["properties"]
    }
    yield from wrong(_object(parameters, method), asked, f"{method} parameters")
    body = body_of(request)
    if body is not None:
        yield from wrong(_schema(main["input"]["schema"], method), body, f"{method} input")
    if body and "record" in body:
        record = _lexicon(body["record"]["$type"])["record"]
        yield from wrong(_object(record, body["record"]["$type"]), body["record"], "record")
    if answer.is_success:
        yield from wrong(_schema(main["output"]["schema"], method), answer.json(), f"{method} output")


def _as_read(values: list[str], kind: str) -> Any:
    match kind:
        case "array":
            return values
        case "integer" if values[0].isdecimal():
            return int(values[0])
    return values[0]


@cache
def _lexicon(name: str) -> dict[str, Any]:
    """Read the definition of a name, `app.bsky.feed.post` or `app.bsky.feed.post#replyRef`."""
    document, _, part = name.partition("#")
    file = READS.joinpath(*document.split(".")).with_suffix(".json")
    definitions = json.loads(file.read_text())["defs"] if file.exists() else {}
    found: dict[str, Any] = definitions.get(part or "main", {})
    return found


_TIMES, _URIS = {"datetime": "date-time"}, {"uri": r"^[a-z][a-z0-9+.-]*:[^\s]+$"}
_FORMATS = _URIS | {
    "at-uri": r"^at://[^/]+(/[a-zA-Z0-9.-]+(/[A-Za-z0-9._:~-]+)?)?$",
    "did": r"^did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]$",
    "at-identifier": r"^(did:[a-z]+:[a-zA-Z0-9._:%-]+|[a-zA-Z0-9.-]+\.[a-zA-Z]+)$",
    "handle": r"^[a-zA-Z0-9.-]+\.[a-zA-Z]+$",
    "nsid": r"^[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)+$",
    "record-key": r"^[A-Za-z0-9._:~-]{1,512}$",
    "cid": r"^baf[a-z2-7]{56}$",
    "language": r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]+)*$",
}


# What leads to itself, or to more than anybody reads.
_NOT_FOLLOWED = {
    "app.bsky.feed.defs#blockedAuthor",
    "app.bsky.feed.defs#postView",
    "app.bsky.feed.defs#threadViewPost",
    "app.bsky.graph.defs#listViewBasic",
    "com.atproto.repo.defs#commitMeta",
}


def _schema(of: Mapping[str, Any], home: str) -> dict[str, Any]:  # noqa: PLR0911 (one line a type)
    """Turn a lexicon's type into JSON Schema; ``home`` is the document that its references start from."""
    match of["type"]:
        case "object" | "params":
            return _object(of, home)
        case "array":
            return {
                "type": "array",
                "items": _schema(of["items"], home),
                "maxItems": of.get("maxLength", 10_000),
            }
        case "ref":
            return _referred(of["ref"], home)
        case "union":
            kinds = [_referred(one, home) | {"required": ["$type"]} for one in of["refs"]]
            named = [{"properties": {"$type": {"const": _absolute(one, home)}}} for one in of["refs"]]
            return {"anyOf": [{"allOf": [*both]} for both in zip(kinds, named, strict=True)]}
        case "blob":
            shape = {
                "$type": {"const": "blob"},
                "size": {"type": "integer", "maximum": of.get("maxSize", 10**9)},
            }
            return {"type": "object", "properties": shape, "required": ["ref", "mimeType", "size"]}
        case "string":
            return _string(of)
        case "integer" | "boolean" as simple:
            return {"type": simple, **{key: of[key] for key in ("minimum", "maximum") if key in of}}
        case _:
            return {}


def _object(of: Mapping[str, Any], home: str) -> dict[str, Any]:
    properties = {name: _schema(one, home) for name, one in of.get("properties", {}).items()}
    for name in of.get("nullable", []):
        properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    required = [name for name in of.get("required", []) if of["properties"][name]["type"] != "cid-link"]
    # Lexicons let further fields pass; ours are all named, so that a misspelled one is found.
    known = {*properties, "$type", "did", "handle"} if "record" not in properties else {*properties}
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "propertyNames": {"enum": sorted(known)},
    }


def _string(of: Mapping[str, Any]) -> dict[str, Any]:
    form = of.get("format", "")
    return {
        "type": "string",
        **({"format": _TIMES[form]} if form in _TIMES else {}),
        **({"pattern": _FORMATS[form]} if form in _FORMATS else {}),
        **({"maxLength": of["maxGraphemes"]} if "maxGraphemes" in of else {}),
    }


def _absolute(reference: str, home: str) -> str:
    return home.partition("#")[0] + reference if reference.startswith("#") else reference


def _referred(reference: str, home: str) -> dict[str, Any]:
    name = _absolute(reference, home)
    if name in _NOT_FOLLOWED:
        return {"type": "object", "required": _lexicon(name)["required"]}
    return _schema(_lexicon(name), name)
