"""YouTube: Google's discovery document."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import httpx

from tests.contracts.certification.described.described import SPECIFICATIONS, body_of, wrong

NAMED = "youtube.v3 discovery document of 4 November 2026, answers too"
READS = SPECIFICATIONS / "google" / "youtube.v3.json"


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request and its answer against the method: path, parameters, headers, body, response."""
    if request.url.path == "/oauth/token":  # RFC 6749, and no part of this document
        return
    path, is_session = request.url.path, "upload_id" in request.url.params
    found = _methods().get(("POST" if is_session else request.method, path))
    if found is None:
        yield f"no method is {request.method} {path}"
        return
    name, method = found
    if is_session:
        yield from _part(request, answer)
    else:
        yield from _parameters(request, method, name)
        yield from _media(request, method, name)
        yield from _body(request, method, name)
    if answer.is_success:
        yield from _answered(answer, method, name, begins="Location" in answer.headers)


def _parameters(request: httpx.Request, method: Mapping[str, Any], name: str) -> Iterator[str]:
    known = method.get("parameters", {}) | (_document()["parameters"] if _is_upload(request) else {})
    given = request.url.params
    yield from (f"{name} takes no {each}" for each in given if each not in known)
    yield from (
        f"{name} asks for {each}" for each, of in known.items() if of.get("required") and each not in given
    )
    for each, value in given.items():
        of = known.get(each, {})
        read = int(value) if of.get("type") == "integer" and value.isdecimal() else value
        yield from wrong(_schema({key: of[key] for key in of if key != "required"}), read, f"{name} {each}")
    parts = _document()["schemas"][method["response"]["$ref"]] if "response" in method else {}
    of_list = parts.get("properties", {}).get("items", {}).get("items", {}).get("$ref")
    properties = (_document()["schemas"][of_list] if of_list else parts).get("properties", {})
    yield from (
        f"{name} has no part {part}"
        for part in given.get("part", "").split(",")
        if part and part not in properties
    )


def _is_upload(request: httpx.Request) -> bool:
    return request.url.path.startswith("/upload/")


def _media(request: httpx.Request, method: Mapping[str, Any], name: str) -> Iterator[str]:
    """Hold the announced or the sent file against what the method accepts."""
    if not _is_upload(request):
        return
    upload, headers = method["mediaUpload"], request.headers
    is_resumable = request.url.params.get("uploadType") == "resumable"
    kind = headers.get("X-Upload-Content-Type" if is_resumable else "Content-Type", "")
    size = headers.get("X-Upload-Content-Length" if is_resumable else "Content-Length", "")
    patterns = [each.replace("*", "[a-z0-9.+-]+") for each in upload["accept"]]
    if not any(re.fullmatch(pattern, kind) for pattern in patterns):
        yield f"{name} accepts no {kind}"
    if not size.isdecimal() or int(size) > int(upload["maxSize"]):
        yield f"{name} takes no file of {size}"


def _part(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a part of an upload against the guide of resumable uploads."""
    place = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)", request.headers.get("Content-Range", ""))
    if request.method != "PUT" or place is None:
        yield "a part is PUT with its Content-Range"
    elif place[1] and int(place[2]) - int(place[1]) + 1 != len(request.content):
        yield "a part is as long as its Content-Range says"
    if answer.status_code not in {200, 201, 308}:
        yield f"a part is not answered by {answer.status_code}"


def _body(request: httpx.Request, method: Mapping[str, Any], name: str) -> Iterator[str]:
    body = body_of(request)
    if body is None:
        if "request" in method and not (
            _is_upload(request) and "X-Upload-Content-Type" not in request.headers
        ):
            yield f"{name} asks for a body"
        return
    if "request" not in method:
        yield f"{name} takes no body"
        return
    schema = method["request"]["$ref"]
    yield from wrong(_ref(schema), body, f"{name} body")
    if isinstance(body, dict):
        parts = {*request.url.params.get("part", "").split(",")}
        yield from (f"{name}: {key} is not in part" for key in body if key not in parts | {"id", "kind"})
        yield from _asked_for(f"youtube.{name}", schema, body)


def _asked_for(method: str, schema: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Say which properties a method cannot do without, as their annotations tell."""
    for key, of in _document()["schemas"][schema]["properties"].items():
        if method in of.get("annotations", {}).get("required", []) and not body.get(key):
            yield f"{method} asks for {schema}.{key}"
        if "$ref" in of and isinstance(body.get(key), dict):
            yield from _asked_for(method, of["$ref"], body[key])


def _answered(answer: httpx.Response, method: Mapping[str, Any], name: str, *, begins: bool) -> Iterator[str]:
    if begins:
        return
    if "response" not in method:
        if answer.content:
            yield f"{name} answers nothing"
        return
    yield from wrong(_ref(method["response"]["$ref"]), answer.json(), f"{name} answer")


# ---------------------------------------------------------------- the document
@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(READS.read_text())
    return document


@cache
def _methods() -> dict[tuple[str, str], tuple[str, dict[str, Any]]]:
    """Give the methods by how they are asked, those with a file also by where files go."""
    found = {}
    for resource, of in _document()["resources"].items():
        for name, method in of.get("methods", {}).items():
            named = (f"{resource}.{name}", method)
            found[method["httpMethod"], f"/{method['path']}"] = named
            if "mediaUpload" in method:
                found[method["httpMethod"], method["mediaUpload"]["protocols"]["simple"]["path"]] = named
    return found


@cache
def _ref(name: str) -> dict[str, Any]:
    """Give one of the document's schemas as JSON Schema: the names of its properties are all that may be."""
    return _schema(_document()["schemas"][name])


def _schema(of: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in of:
        return _ref(of["$ref"])
    made = {key: of[key] for key in ("type", "enum") if key in of and of[key] != "any"}
    match of.get("type"):
        case "object" if "properties" in of:
            made["properties"] = {key: _schema(one) for key, one in of["properties"].items()}
            made["additionalProperties"] = False
        case "object" if "additionalProperties" in of:
            made["additionalProperties"] = _schema(of["additionalProperties"])
        case "array":
            made["items"] = _schema(of["items"])
        case "string":
            made |= _form(of.get("format", ""))
    return made


def _form(name: str) -> dict[str, str]:
    forms = {"date-time": {"format": "date-time"}, "uint64": {"pattern": "^[0-9]{1,20}$"}}
    return forms.get(name, {"pattern": "^-?[0-9]{1,19}$"} if name == "int64" else {})
