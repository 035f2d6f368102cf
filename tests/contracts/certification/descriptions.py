"""What networks publish about their APIs, as a check of one request or answer each.

Mastodon's OpenAPI document and Bluesky's lexicons are not part of the project: where they are absent, the
tests that read them are skipped. WordPress tells its routes itself; what one told is kept beside this file.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

SPECIFICATIONS = Path(__file__).parents[3].parent / "shared" / "specs"
LEXICONS, OPENAPI = SPECIFICATIONS / "bluesky" / "lexicons", SPECIFICATIONS / "mastodon" / "openapi.json"
ROUTES = Path(__file__).parent / "wordpress-routes.json"

Check = Callable[[httpx.Request, httpx.Response], Iterator[str]]


def _wrong(schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
    for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value):
        yield f"{where} {error.json_path}: {error.message}"


def _json(request: httpx.Request) -> Any:
    is_json = request.headers.get("content-type") == "application/json"
    return json.loads(request.content) if is_json else None


# ---------------------------------------------------------------- WordPress: the routes as a site tells them
def wordpress(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request against the route that takes it; an argument that is not named is passed over there."""
    path = re.sub(r"/\d+$", "/{id}", request.url.path.removeprefix("/wp-json"))
    arguments = _routes().get(path, {}).get(request.method)
    if arguments is None:
        yield f"no route takes {request.method} {path}"
        return
    body = _json(request) or {}
    given = dict(request.url.params.items()) | body
    for name, value in given.items():
        if name not in {*arguments, "_fields"}:
            yield f"{path} takes no {name}"
        argument = arguments.get(name, {})
        yield from _wrong(argument, _as_read(value, argument), f"{path} {name}")


def _as_read(value: Any, argument: Mapping[str, Any]) -> Any:
    """Give a value as WordPress reads it: numbers may come as text, and lists with commas (rest_sanitize)."""
    match argument.get("type"):
        case "array":
            parts = value if isinstance(value, list) else str(value).split(",")
            return [_as_read(part, argument["items"]) for part in parts]
        case "integer" if isinstance(value, str) and value.isdecimal():
            return int(value)
    return value


@cache
def _routes() -> dict[str, Any]:
    routes: dict[str, Any] = json.loads(ROUTES.read_text())["routes"]
    return routes


# ---------------------------------------------------------------- Mastodon: an OpenAPI document
def mastodon(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
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
    if (body := _json(request)) is not None:
        # The document asks for exactly one of its kinds, but a text with media is two of them at once.
        kind = "MediaStatus" if "media_ids" in body else "TextStatus"
        schema = {"$ref": f"#/components/schemas/{kind}", "components": _openapi()["components"]}
        yield from _wrong(schema, body, path)


@cache
def _openapi() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(OPENAPI.read_text())
    return document


# ---------------------------------------------------------------- Bluesky: lexicons
def bluesky(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
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
        name: request.url.params.get_list(name)
        if parameters["properties"][name]["type"] == "array"
        else value
        for name, value in request.url.params.items()
        if name in parameters["properties"]
    }
    yield from _wrong(_object(parameters, method), asked, f"{method} parameters")
    body = _json(request)
    if body is not None:
        yield from _wrong(_schema(main["input"]["schema"], method), body, f"{method} input")
    if body and "record" in body:
        record = _lexicon(body["record"]["$type"])["record"]
        yield from _wrong(_object(record, body["record"]["$type"]), body["record"], "record")
    if answer.is_success:
        yield from _wrong(_schema(main["output"]["schema"], method), answer.json(), f"{method} output")


@cache
def _lexicon(name: str) -> dict[str, Any]:
    """Read the definition of a name, `app.bsky.feed.post` or `app.bsky.feed.post#replyRef`."""
    document, _, part = name.partition("#")
    file = LEXICONS.joinpath(*document.split(".")).with_suffix(".json")
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
    if name in {"app.bsky.feed.defs#postView", "com.atproto.repo.defs#commitMeta"}:
        return {"type": "object", "required": _lexicon(name)["required"]}
    return _schema(_lexicon(name), name)


CHECKS: Mapping[str, Check] = {"wordpress": wordpress, "mastodon": mastodon, "bluesky": bluesky}
READS: Mapping[str, Path] = {"wordpress": ROUTES, "mastodon": OPENAPI, "bluesky": LEXICONS}
