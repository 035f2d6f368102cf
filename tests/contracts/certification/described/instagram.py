"""Instagram: Meta's node specifications, one set for each login.

Two calls are documented and in no specification: a container's status, and the renewal of a token
(instagram-platform/instagram-graph-api/reference/ig-container, instagram-platform/reference/refresh_access_token).
"""

import re
from collections.abc import Iterator

import httpx

from tests.contracts.certification.described import graph
from tests.contracts.certification.described.graph import said_in

NAMED = "Meta's node specifications of v25.0 (facebook-business-sdk-codegen), answers too"
READS = graph.READS

# The double numbers what it makes so that its kind can be told; comments have one specification alone.
_NODES = {"17841": ("IGUser", "IGUserForIGOnlyAPI"), "1790": ("IGMedia", "IGMediaForIGOnlyAPI")}
_NODES["1785"] = ("IGComment", "IGComment")
_OF_LISTS = {
    "media": "IGMedia",
    "stories": "IGMedia",
    "comments": "IGComment",
    "replies": "IGComment",
    "content_publishing_limit": "ContentPublishingLimitResponse",
}
# So is the edge called in the second set; the documentation has the same path for both logins.
_AS_WRITTEN = {("IGUserForIGOnlyAPI", "media_publish"): "mediapublish"}
_DOCUMENTED = {"/refresh_access_token": {"grant_type", "access_token"}, "/me": {"fields"}}


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request against its node, and an answer against the fields that were asked for."""
    path, given = request.url.path, said_in(request)
    if path in _DOCUMENTED:
        yield from (f"{path} takes no {name}" for name in given.keys() - _DOCUMENTED[path])
        return
    parts = re.fullmatch(r"/v25\.0/(\d+)(?:/(\w+))?", path)
    if parts is None:
        yield f"no node is {path}"
        return
    number, edge = parts[1], parts[2] or ""
    if number.startswith("1789") and not edge:
        yield from _container(request, given)
        return
    yield from _called(request, answer, number, edge)


def _container(request: httpx.Request, given: dict[str, str]) -> Iterator[str]:
    asked = set(given.pop("fields", "").split(","))
    if request.method != "GET" or not asked <= {"id", "status", "status_code", "copyright_check_status"}:
        yield f"a container has no {request.method} of {sorted(asked)}"
    yield from (f"a container takes no {name}" for name in given.keys() - {"appsecret_proof"})


def _called(request: httpx.Request, answer: httpx.Response, number: str, edge: str) -> Iterator[str]:
    # With the app's secret it is the login of a page, as the row has it.
    alone = "appsecret_proof" not in request.url.params
    name = next((both[alone] for begins, both in _NODES.items() if number.startswith(begins)), "")
    spec, given = graph.node(name) if name else {}, said_in(request)
    called = graph.call(spec, request.method, _AS_WRITTEN.get((name, edge), edge))
    where = f"{request.method} {name}/{edge}"
    if called is None:
        yield f"no call is {where}"
        return
    yield from graph.wrong_parameters(called, given, where)
    of = graph.node(_OF_LISTS[edge]) if edge in _OF_LISTS else spec
    if edge != "insights":
        yield from graph.wrong_fields(of, given, where)
    if answer.is_success and request.method == "GET":
        yield from graph.wrong_answer(of, answer.json(), where)
