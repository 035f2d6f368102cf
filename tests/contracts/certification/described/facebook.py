"""Facebook pages: Meta's node specifications.

The upload server of reels is in none of them: video-api/guides/reels-publishing names its headers. So is what
a list of stories holds: page-stories-api.
"""

import re
from collections.abc import Iterator

import httpx

from tests.contracts.certification.described import graph
from tests.contracts.certification.described.graph import said_in

NAMED = "Meta's node specifications of v25.0 (facebook-business-sdk-codegen), answers too"
READS = graph.READS

_PAGE = "61550000000001"
_OF_LISTS = {"published_posts": "PagePost", "comments": "Comment"}
_OF_STORIES = {"post_id", "status", "creation_time", "media_type", "media_id", "url"}


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request against its node, and an answer against the fields that were asked for."""
    if request.url.path.startswith("/video-upload/v25.0/1220"):
        yield from _upload(request)
        return
    parts = re.fullmatch(r"/v25\.0/([\d_]+)(?:/(\w+))?", request.url.path)
    if parts is None:
        yield f"no node is {request.url.path}"
        return
    number, edge = parts[1], parts[2] or ""
    if edge == "stories":
        asked = set(said_in(request).get("fields", "").split(","))
        yield from (f"a story has no {name}" for name in asked - _OF_STORIES)
        return
    yield from _called(request, answer, _kind(number), edge)


def _kind(number: str) -> str:
    """Tell a node's kind by the number that the double gave it."""
    before, _, after = number.rpartition("_")
    if after.startswith("1240"):
        return "Comment"
    if before == _PAGE:
        return "PagePost"
    return {_PAGE: "Page"}.get(number) or {"1220": "AdVideo", "1210": "Photo"}.get(number[:4], "")


def _called(request: httpx.Request, answer: httpx.Response, name: str, edge: str) -> Iterator[str]:
    spec, given, where = graph.node(name) if name else {}, said_in(request), f"{request.method} {name}/{edge}"
    called = graph.call(spec, request.method, edge)
    if called is None:
        yield f"no call is {where}"
        return
    yield from graph.wrong_parameters(called, given, where)
    of = graph.node(_OF_LISTS[edge]) if edge in _OF_LISTS else spec
    if edge != "insights":
        yield from graph.wrong_fields(of, given, where)
    if answer.is_success and request.method == "GET":
        yield from graph.wrong_answer(of, answer.json(), where)


def _upload(request: httpx.Request) -> Iterator[str]:
    headers = request.headers
    if request.method != "POST" or not headers.get("authorization", "").startswith("OAuth "):
        yield "the upload server takes POST, and the token as OAuth"
    if not all(headers.get(name, "").isdecimal() for name in ("offset", "file_size")):
        yield "the upload server needs offset and file_size"
    elif int(headers["offset"]) + len(request.content) > int(headers["file_size"]):
        yield "more bytes than the file has"
