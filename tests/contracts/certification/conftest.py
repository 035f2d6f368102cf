from collections.abc import Generator, Iterator

import pytest

from parution.sandbox.servers import Server, running
from tests.contracts.certification.record import Record, asked
from tests.contracts.certification.rows import ROWS
from tests.contracts.certification.rows.row import Row
from tests.contracts.certification.stages import Stage


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test for each connector, and what asks for a kind for each kind that the connector claims.

    A test of what only some networks offer is run for those.
    """
    if "stage" not in metafunc.fixturenames:
        return
    offer = getattr(metafunc.function, "offer", None)
    rows = [row for row in ROWS if offer is None or offer in row.offers]
    if "kind" in metafunc.fixturenames:
        claims = [(row, kind) for row in rows for kind in row.kinds]
        names = [f"{row.name}-{kind}" for row, kind in claims]
        metafunc.parametrize(("sandbox", "kind"), claims, indirect=["sandbox"], ids=names, scope="module")
    else:
        metafunc.parametrize("sandbox", rows, indirect=True, ids=lambda row: row.name, scope="module")


_RECORD = Record()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    row = params.get("sandbox") or params.get("row")
    if isinstance(row, Row):
        _RECORD.note(item, row, report)
    return report


def pytest_sessionfinish() -> None:
    if asked():
        _RECORD.write()


@pytest.fixture(scope="module")
def sandbox(request: pytest.FixtureRequest) -> Iterator[tuple[Row, Server]]:
    with running(request.param.network, **request.param.options) as server:
        yield request.param, server


@pytest.fixture
def stage(sandbox: tuple[Row, Server]) -> Stage:
    return Stage.on(*sandbox)
