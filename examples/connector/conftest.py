"""Carillon's double, and the stage on which its connector passes the suite of all connectors."""

import json
from datetime import timedelta

import httpx
import pytest

from examples.connector import carillon
from parution.publishing.ports import Refused
from tests.contracts.certification.rows.row import Row, Said, posts_to
from tests.contracts.certification.stages import Stage

LONGEST = 140
SECRET = {"base_url": "https://carillon.example", "token": "t"}
ROW = Row(
    "carillon",
    is_commit=posts_to("/chimes"),
    effect="chime",
    refusal=Said(422, '{"error": "too_long"}'),
    throttled=Said(429, "", {"Retry-After": "30"}),
    waits=timedelta(seconds=30),
    expired=Said(401, '{"error": "bad_token"}'),
    then=Refused,
    secret=SECRET,
    canary=lambda token: {"token": token},
    terms=carillon.TERMS,
)


class Double(httpx.BaseTransport):
    """Carillon as its manual describes it: the same key is the same chime."""

    def __init__(self) -> None:
        self.chimes: dict[str, dict[str, object]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            said = json.loads(request.read())
            if len(said["text"]) > LONGEST:
                return httpx.Response(422, json={"error": "too_long"})
            return httpx.Response(201, json=self.chimes.setdefault(said["key"], self._chime()))
        wanted = request.url.params.get("key")
        known = (
            [*self.chimes.values()]
            if wanted is None
            else [self.chimes[wanted]]
            if wanted in self.chimes
            else []
        )
        found = [one for one in known if wanted or request.url.path.endswith(f"/{one['id']}")]
        return (
            httpx.Response(200, json=found[0])
            if found
            else httpx.Response(404, json={"error": "no_such_chime"})
        )

    def _chime(self) -> dict[str, object]:
        return {"id": f"chime-{len(self.chimes)}", "rung": 0}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", ROW.kinds)


@pytest.fixture
def stage() -> Stage:
    double = Double()
    return Stage(
        ROW,
        SECRET,
        lambda: list(double.chimes),
        opened=lambda values, client: carillon.connect("carillon", values, client),
        onward=double,
    )
