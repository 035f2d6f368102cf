"""What the connector sends, and what the sandbox answers, against the published OpenAPI of Mastodon."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from parution.networks.mastodon import Mastodon
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import Published
from parution.sandbox.servers import running
from parution.transport import open_client
from tests.builders import a_piece, open_fence
from tests.networks.accounts import BUCHE, LONG_AGO, VITRINE, MediaInMemory, now

SPECIFICATION = Path(__file__).parents[2].parent / "shared" / "specs" / "mastodon" / "openapi.json"
OPERATIONS = {
    "/api/v1/statuses",
    "/api/v1/statuses/{id}",
    "/api/v1/statuses/{id}/context",
    "/api/v1/accounts/{id}/statuses",
    "/api/v1/accounts/verify_credentials",
    "/api/v2/media",
    "/api/v1/media/{id}",
}

pytestmark = pytest.mark.skipif(
    not SPECIFICATION.exists(),
    reason="the specification (GFDL) is not part of the project: see docs/networks.md",
)


class Exchanged(NamedTuple):
    operation: str
    request: httpx.Request
    response: httpx.Response
    body: bytes


class Recording(httpx.BaseTransport):
    """Sends for real, and keeps what was said."""

    def __init__(self) -> None:
        self._wire, self.said = httpx.HTTPTransport(), list[Exchanged]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answer = self._wire.handle_request(request)
        body = answer.read()
        answer.close()
        self.said.append(Exchanged(operation(request.url.path), request, answer, body))
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)


@cache
def specification() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SPECIFICATION.read_text())
    return document


def operation(path: str) -> str:
    """Name the path as the specification does: ids become {id}."""
    return "/".join("{id}" if part.isdecimal() else part for part in path.split("/"))


def check(value: Any, *where: str) -> None:
    """Validate against the schema that stands at this place of the specification."""
    pointer = "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in where)
    schema = {"$ref": pointer, "paths": specification()["paths"], "components": specification()["components"]}
    wrong = Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value)
    assert [f"{error.json_path}: {error.message}" for error in wrong] == []


def described(said: Exchanged) -> dict[str, Any]:
    facts: dict[str, Any] = specification()["paths"][said.operation][said.request.method.lower()]
    return facts


@pytest.fixture
def said() -> Iterator[list[Exchanged]]:
    """Everything that one post with a picture, and one without, say from the upload to the figures."""
    transport = Recording()
    with running("mastodon") as server, open_client(transport) as client:
        network = Mastodon(client, server.url, "sandbox-token")
        for content, key in ((VITRINE, "key-1"), (BUCHE, "key-2")):
            prepared = network.prepare(a_piece(content), MediaInMemory())
            assert isinstance(prepared, Prepared)
            made = network.commit(a_piece(content, key, refs=prepared.refs), open_fence())
            assert isinstance(made, Published)
            network.find(a_piece(content, key), now() - LONG_AGO)
            network.figures(made.remote_id)
            server.comment(made.remote_id, "Encore !")
            network.comments(made.remote_id)
            network.delete(made.remote_id)
        if media := next((one for one in transport.said if one.operation == "/api/v2/media"), None):
            client.get(
                f"{server.url}/api/v1/media/{json.loads(media.body)['id']}",
                headers={"Authorization": "Bearer sandbox-token"},
            )
        yield transport.said


def test_each_call_is_one_that_the_specification_knows(said: list[Exchanged]) -> None:
    assert {one.operation for one in said} == OPERATIONS
    for one in said:
        assert str(one.response.status_code) in described(one)["responses"]


def test_each_json_body_sent_is_one_that_the_specification_allows(said: list[Exchanged]) -> None:
    posted = [one for one in said if one.request.headers.get("content-type") == "application/json"]

    assert len(posted) == 2
    for one in posted:
        status = json.loads(one.request.content)
        # The specification asks for exactly one of its kinds, but a text with media is two of them at once.
        kind = "MediaStatus" if "media_ids" in status else "TextStatus"
        check(status, "components", "schemas", kind)


def test_each_query_and_header_sent_is_one_that_the_specification_names(said: list[Exchanged]) -> None:
    for one in said:
        named = {(fact["in"], fact["name"]) for fact in described(one).get("parameters") or []}
        assert {("query", name) for name in one.request.url.params} <= named
        assert ("Idempotency-Key" not in one.request.headers) or ("header", "Idempotency-Key") in named


def test_the_upload_names_only_fields_that_the_specification_knows(said: list[Exchanged]) -> None:
    (upload,) = [one for one in said if one.operation == "/api/v2/media"]
    known = described(upload)["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]

    sent = {
        part.split(b'"')[1].decode() for part in upload.request.content.split(b"name=")[1:] if b'"' in part
    }

    assert {"file", "description"} <= sent
    assert {name for name in sent if name != "vitrine.png"} <= known.keys()


def test_each_answer_of_the_sandbox_is_one_that_the_specification_allows(said: list[Exchanged]) -> None:
    for one in said:
        status = str(one.response.status_code)
        content = described(one)["responses"][status].get("content")
        if content:
            where = ("paths", one.operation, one.request.method.lower(), "responses", status)
            check(json.loads(one.body), *where, "content", "application/json", "schema")
        assert one.response.headers["X-RateLimit-Limit"] == "300"
        check(
            one.response.headers["X-RateLimit-Reset"], "components", "headers", "X-RateLimit-Reset", "schema"
        )
