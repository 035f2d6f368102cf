"""The whole stack, deployed once to the emulator beside the sandbox networks, as `make demo` does it.

Its functions reach the emulator through microburst, which passes everything on until a test orders a fault.
"""

from collections.abc import Iterator

import pytest

from parution.cli import local, processes
from parution.cli.local import Local
from parution.sandbox.servers import KINDS
from tests.emulator import microburst
from tests.emulator.microburst import Microburst
from tests.emulator.newsroom import Newsroom


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "emulator" in item.path.parts:
            item.add_marker(pytest.mark.emulator)


@pytest.fixture(scope="session")
def mark() -> Iterator[str]:
    with local.run() as run:
        yield run.mark
    assert processes.marked(run.mark) == []


@pytest.fixture(scope="session")
def emulator(mark: str) -> Local:
    return local.start(mark, KINDS)


@pytest.fixture(scope="session")
def between(emulator: Local, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Microburst]:
    started = microburst.start(emulator.mark, emulator.endpoint, tmp_path_factory.mktemp("microburst"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def here(emulator: Local, between: Microburst) -> Local:
    local.build(emulator.mark)
    local.deploy(emulator, EndpointUrl=between.url, KeepTokens="true")
    return emulator


@pytest.fixture(scope="session")
def newsroom(here: Local) -> Newsroom:
    return Newsroom(here, here.stack())
