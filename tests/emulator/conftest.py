"""The whole stack, deployed once to the emulator beside the sandbox networks, as `make demo` does it."""

from collections.abc import Iterator

import pytest

from parution.cli import local, processes
from parution.cli.local import Local
from tests.emulator.newsroom import Newsroom


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "emulator" in item.path.parts:
            item.add_marker(pytest.mark.emulator)


@pytest.fixture(scope="session")
def here() -> Iterator[Local]:
    with local.run() as run:
        running = local.start(run.mark)
        local.build(run.mark)
        local.deploy(running)
        yield running
    assert processes.marked(run.mark) == []


@pytest.fixture(scope="session")
def newsroom(here: Local) -> Newsroom:
    return Newsroom(here, here.stack())
