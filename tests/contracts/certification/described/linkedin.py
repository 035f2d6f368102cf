"""LinkedIn: OpenAPI documents that were made from its public Postman collections, with bodies as examples.

They hold few schemas and no answers: a request is held against its path, its method, the names of its
parameters, and the example of its body, whose fields it may leave out. What the documents do not hold is
written here, as learn.microsoft.com states it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import httpx
import yaml

from tests.contracts.certification.described.described import SPECIFICATIONS, body_of

NAMED = "its Postman collections (api-evangelist/linkedin, August 2026), and learn.microsoft.com for comments"
READS = SPECIFICATIONS / "linkedin" / "original"
_URN = r"urn:li:\w+:(?:[\w-]+|\(.+\))"


class _Rule(NamedTuple):
    """One operation: its path here, and where the documents have it; what they lack of it is added."""

    method: str
    path: str
    document: str = ""
    described: str = ""
    query: frozenset[str] = frozenset()
    body: Mapping[str, Any] = {}


_OWNER = {"initializeUploadRequest": {"owner": ""}}
_FILE = {"id": "", "altText": "", "title": ""}
_CONTENT = {
    "content": {
        "media": _FILE,
        "multiImage": {"images": [_FILE]},
        "article": {"source": "", "title": "", "description": "", "thumbnail": ""},
    }
}
_FINALIZED = {"finalizeUploadRequest": {"video": "", "uploadToken": "", "uploadedPartIds": [""]}}
_REMARK = {"actor": "", "object": "", "parentComment": "", "message": {"text": ""}}
_PAGING, _ACTOR = frozenset({"start", "count"}), frozenset({"actor"})
_BY_AUTHOR = frozenset({"q", "author", "sortBy"}) | _PAGING
_RULES = (
    _Rule("POST", "/rest/images", "content", "/images", body=_OWNER),
    _Rule("POST", "/rest/videos", "content", "/videos", body=_FINALIZED),
    _Rule("POST", "/rest/documents", "content", "/documents", body=_OWNER),
    _Rule("GET", rf"/rest/images/{_URN}", "content", "/rest/images/{image_urn}"),
    _Rule("GET", rf"/rest/documents/{_URN}", "content", "//documents/{document_asset_id}"),
    _Rule("GET", rf"/rest/videos/{_URN}"),
    _Rule("POST", "/rest/posts", "content", "/posts", body=_CONTENT),
    _Rule("GET", "/rest/posts", "content", "/rest/posts", query=_BY_AUTHOR),
    _Rule("GET", rf"/rest/posts/{_URN}", "content", "/posts/{encoded ugcPostUrn|shareUrn}"),
    _Rule("DELETE", rf"/rest/posts/{_URN}", "content", "/posts/{encoded ugcPostUrn|shareUrn}"),
    _Rule("GET", rf"/rest/socialActions/{_URN}"),
    _Rule("GET", rf"/rest/socialActions/{_URN}/comments", query=_PAGING),
    _Rule("POST", rf"/rest/socialActions/{_URN}/comments", body=_REMARK),
    _Rule("DELETE", rf"/rest/socialActions/{_URN}/comments/\d+", query=_ACTOR),
    _Rule(
        "GET",
        "/rest/organizationalEntityShareStatistics",
        "community",
        "/organizationalEntityShareStatistics",
        query=frozenset({"shares", "ugcPosts"}),
    ),
    _Rule(
        "GET",
        "/rest/memberCreatorPostAnalytics",
        query=frozenset({"q", "entity", "queryType", "aggregation"}),
    ),
    _Rule("PUT", rf"/dms-uploads/{_URN}/\d+"),
)


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request against its operation, its headers against what all of them need."""
    rule = next((rule for rule in _RULES if _fits(rule, request)), None)
    if rule is None or (rule.document and _operation(rule) is None):
        yield f"no operation is {request.method} {request.url.path}"
        return
    if rule.method != "PUT":
        yield from _headers(request)
    yield from (f"{rule.path} takes no {name}" for name in request.url.params if name not in _query(rule))
    if (body := body_of(request)) is not None:
        yield from _unknown(body, _body(rule), rule.path)
    if answer.status_code == httpx.codes.CREATED and rule.path == "/rest/posts":
        yield from _unless(
            re.fullmatch(_URN, answer.headers.get("x-restli-id", "")), "a post without its URN"
        )


def _fits(rule: _Rule, request: httpx.Request) -> bool:
    return rule.method == request.method and re.fullmatch(rule.path, request.url.path) is not None


def _headers(request: httpx.Request) -> Iterator[str]:
    version = re.fullmatch(r"20\d{4}", request.headers.get("LinkedIn-Version", ""))
    yield from _unless(version, "no LinkedIn-Version")
    protocol = request.headers.get("X-Restli-Protocol-Version") == "2.0.0"
    yield from _unless(protocol, "no X-Restli-Protocol-Version")
    raw = request.url.raw_path.decode()
    # Rest.li 2.0 reads colons and brackets as its own syntax: within a URN they are written as %3A and so on.
    yield from _unless("urn:li" not in raw, f"a URN that is not encoded: {raw}")


def _unless(fine: object, what: str) -> Iterator[str]:
    if not fine:
        yield what


def _query(rule: _Rule) -> frozenset[str]:
    described = _operation(rule) or {}
    named = {one["name"] for one in described.get("parameters", []) if one["in"] == "query"}
    return rule.query | named | ({"action"} if rule.path == "/rest/videos" else frozenset())


def _body(rule: _Rule) -> Mapping[str, Any]:
    """Give the example of the body, with what is added to it."""
    described = (_operation(rule) or {}).get("requestBody", {}).get("content", {})
    shape: Mapping[str, Any] = next((kind.get("schema", {}) for kind in described.values()), {})
    if "$ref" not in shape:
        return rule.body
    schemas = _document(rule.document)["components"]["schemas"]
    written = schemas[shape["$ref"].rsplit("/", 1)[-1]]["example"].strip('"')
    text = re.sub(r"//.*", "", written.encode().decode("unicode_escape"))
    example: dict[str, Any] = json.loads(text)
    return {**example, **rule.body}


def _unknown(said: Any, known: Any, where: str) -> Iterator[str]:
    """Name what the example does not hold, and what is of another kind there."""
    match said, known:
        case dict(), dict():
            for name, value in said.items():
                if name not in known:
                    yield f"{where} takes no {name}"
                else:
                    yield from _unknown(value, known[name], f"{where}/{name}")
        case list(), list():
            for value in said:
                yield from _unknown(value, known[0] if known else value, where)
        case _ if type(said) is not type(known):
            yield f"{where} is {said!r}, not such as {known!r}"


def _operation(rule: _Rule) -> Mapping[str, Any] | None:
    if not rule.document:
        return None
    found: Mapping[str, Any] | None = (
        _document(rule.document)["paths"].get(rule.described, {}).get(rule.method.lower())
    )
    return found


@cache
def _document(name: str) -> dict[str, Any]:
    # The C reader takes a fifth of the time.
    text = (READS / f"linkedin-marketing-{name}.yml").read_text()
    document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return document
