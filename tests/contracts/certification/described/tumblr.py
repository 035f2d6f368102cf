"""Tumblr: what its api.md and npf-spec.md state, since neither can be read by a program.

Of tumblr/docs at 708be10 (October 2024): paths, methods, parameters, blocks and their limits.
"""

import json
import re
from collections.abc import Iterator, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import httpx

from tests.contracts.certification.described.described import wrong

NAMED = "what tumblr/docs of October 2024 states, written as checks"
READS = Path(__file__)


class _Endpoint(NamedTuple):
    """One of the API's methods: what its query and its body may hold, and what it answers."""

    answers: Mapping[int, dict[str, Any]]
    query: Mapping[str, dict[str, Any]] = {}
    body: dict[str, Any] | None = None


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return _object(required, **properties) | {"additionalProperties": False}


_TEXT, _NUMBER, _COUNT = {"type": "string"}, {"type": "string", "pattern": r"^\d+$"}, {"type": "integer"}
_URL = {"type": "string", "pattern": r"^https?://\S+$"}
_MEDIUM = _closed([], url=_URL, type=_TEXT, identifier=_TEXT, width=_COUNT, height=_COUNT) | {
    "oneOf": [{"required": ["url"]}, {"required": ["identifier"]}]
}
_RANGE = _closed(["start", "end", "type", "url"], start=_COUNT, end=_COUNT, type={"const": "link"}, url=_URL)
_LONG = {"type": "string", "maxLength": 4096}
_BLOCKS = {
    "text": _closed(
        ["type", "text"],
        type=_TEXT,
        text=_LONG,
        formatting={"type": "array", "items": _RANGE, "maxItems": 100},
    ),
    "image": _closed(
        ["type", "media"],
        type=_TEXT,
        media={"type": "array", "items": _MEDIUM, "minItems": 1},
        alt_text=_LONG,
    ),
    "video": _closed(["type", "media"], type=_TEXT, media=_MEDIUM),
    "link": _closed(["type", "url"], type=_TEXT, url=_URL),
}
_MOST = {"text": 1000, "image": 30, "video": 1, "link": 10}
_POST = _closed(
    ["content"],
    content={"type": "array", "minItems": 1, "maxItems": 1000},
    layout={"type": "array"},
    state={"enum": ["published", "queue", "draft", "private", "unapproved"]},
    tags=_TEXT,
    slug=_TEXT,
    source_url=_URL,
)
_MADE = _object(["id"], id=_NUMBER)
_SHOWN = _object(
    ["id", "id_string", "post_url", "timestamp", "state"],
    id=_COUNT,
    id_string=_NUMBER,
    genesis_post_id=_NUMBER,
    post_url=_URL,
    timestamp=_COUNT,
    state={"enum": ["published", "queued", "draft", "private"]},
    tags={"type": "array", "items": _TEXT},
)
_NOTE = _object(["type", "timestamp", "blog_name"], type=_TEXT, timestamp={"type": "number"}, blog_name=_TEXT)
_ENDPOINTS = {
    ("POST", "/v2/blog/{blog}/posts"): _Endpoint({201: _MADE}, body=_POST),
    ("PUT", "/v2/blog/{blog}/posts/{id}"): _Endpoint({200: _MADE, 404: {}}, body=_POST),
    ("GET", "/v2/blog/{blog}/posts/{id}"): _Endpoint(
        {200: _object(["id", "type", "content"], id=_NUMBER, content={"type": "array"})},
        query={"post_format": {"enum": ["npf", "legacy"]}},
    ),
    ("GET", "/v2/blog/{blog}/posts"): _Endpoint(
        {200: _object(["blog", "posts"], posts={"type": "array", "items": _SHOWN})},
        query={
            "limit": {"type": "string", "pattern": "^([1-9]|1[0-9]|20)$"},
            "offset": _NUMBER,
            "npf": {"enum": ["true", "false"]},
            "id": _NUMBER,
        },
    ),
    ("GET", "/v2/blog/{blog}/notes"): _Endpoint(
        {200: _object(["notes"], notes={"type": "array", "items": _NOTE}, total_likes=_COUNT)},
        query={
            "id": _NUMBER,
            "mode": {"enum": ["all", "likes", "conversation", "rollup", "reblogs_with_tags"]},
            "before_timestamp": _NUMBER,
        },
    ),
    ("POST", "/v2/blog/{blog}/post/delete"): _Endpoint({200: {}}, body=_closed(["id"], id=_NUMBER)),
}


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request and its answer against what is stated of its path."""
    if request.url.path == "/v2/oauth2/token":
        yield from _renews(request)
        return
    path = re.sub(r"(?<=/posts/)\d+$", "{id}", re.sub(r"(?<=^/v2/blog/)[^/]+", "{blog}", request.url.path))
    endpoint = _ENDPOINTS.get((request.method, path))
    if endpoint is None:
        yield f"nothing is stated of {request.method} {path}"
        return
    if request.headers.get("User-Agent") != "parution/0.1":
        yield "every request must tell the same User-Agent"
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        yield f"{path} needs a token"
    yield from (f"{path} takes no {name}" for name in request.url.params if name not in endpoint.query)
    for name, value in request.url.params.items():
        yield from wrong(endpoint.query.get(name, {}), value, f"{path} {name}")
    yield from _body(request, endpoint, path)
    yield from _answered(answer, endpoint, path)


def _body(request: httpx.Request, endpoint: _Endpoint, path: str) -> Iterator[str]:
    said, files = _said(request)
    if (endpoint.body is None) is not (said is None):
        yield f"{path} takes {'a' if endpoint.body else 'no'} body"
        return
    if endpoint.body is None or said is None:
        return
    yield from wrong(endpoint.body, said, path)
    blocks = said.get("content", []) if isinstance(said, dict) else []
    for block in blocks:
        yield from wrong(_BLOCKS.get(block.get("type"), {"not": {}}), block, f"{path} block")
        yield from _places(block)
    for kind, most in _MOST.items():
        if sum(block.get("type") == kind for block in blocks) > most:
            yield f"{path}: more than {most} {kind} blocks"
    named = re.findall(r'"identifier": "([^"]+)"', json.dumps(blocks))
    if named != files:
        yield f"{path} names {named} and sends {files}"


def _places(block: Mapping[str, Any]) -> Iterator[str]:
    for one in block.get("formatting", []):
        if block["text"][one["start"] : one["end"]] != one["url"]:
            yield f"a link lies beside its words: {one}"


def _said(request: httpx.Request) -> tuple[Any, list[str]]:
    """Give the JSON of a request, and the names of the files beside it, which must come after it."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return json.loads(request.content), []
    if not kind.startswith("multipart/form-data"):
        return None, []
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.content)
    first, *files = message.iter_parts()
    names = [str(part.get_param("name", header="content-disposition")) for part in (first, *files)]
    if names[0] != "json" or first.get_content_type() != "application/json":
        return None, names
    return json.loads(first.get_content()), names[1:]


def _answered(answer: httpx.Response, endpoint: _Endpoint, path: str) -> Iterator[str]:
    schema = endpoint.answers.get(answer.status_code)
    if schema is None:
        yield f"{path} does not answer {answer.status_code}"
        return
    told = answer.json()
    yield from wrong(
        _object(["meta"], meta=_object(["status", "msg"], status=_COUNT)), told, f"{path} answer"
    )
    if answer.is_success:
        yield from wrong(schema, told["response"], f"{path} answer")


def _renews(request: httpx.Request) -> Iterator[str]:
    form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
    required = ["grant_type", "client_id", "client_secret", "refresh_token"]
    known = dict.fromkeys(required, _TEXT) | {"grant_type": {"const": "refresh_token"}}
    yield from wrong(_closed(required, **known), form, "/v2/oauth2/token")
