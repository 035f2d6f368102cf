"""The whole stack, deployed once to the emulator beside the sandbox networks, as `make demo` does it."""

import time
from collections.abc import Callable, Iterator

import pytest

from parution.cli import local, processes
from parution.cli.local import Local
from parution.cli.stacks import Stack


@pytest.fixture(scope="session")
def here() -> Iterator[Local]:
    mark = processes.new_mark()
    try:
        running = local.start(mark)
        local.build(mark)
        local.deploy(running)
        yield running
    finally:
        processes.stop(mark)
        left = processes.marked(mark)
        assert left == []


@pytest.fixture(scope="session")
def stack(here: Local) -> Stack:
    return here.stack()


def until[Fact](fact: Callable[[], Fact | None], within: float) -> Fact:
    """Wait for a fact, however long it takes up to a limit in seconds, and give it."""
    end = time.monotonic() + within
    while not (found := fact()):
        if time.monotonic() > end:
            pytest.fail(f"not within {within} s")
        time.sleep(0.2)
    return found
