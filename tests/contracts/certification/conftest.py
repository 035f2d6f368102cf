from collections.abc import Iterator

import pytest

from parution.sandbox.servers import Server, running
from tests.contracts.certification.stages import ROWS, Row, Stage


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: row.name)
def sandbox(request: pytest.FixtureRequest) -> Iterator[tuple[Row, Server]]:
    with running(request.param.network, **request.param.options) as server:
        yield request.param, server


@pytest.fixture
def stage(sandbox: tuple[Row, Server]) -> Stage:
    return Stage.on(*sandbox)
