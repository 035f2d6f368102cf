"""Commands that find a stack in memory where they would look for a deployed one."""

import pytest

from parution.cli import stacks
from tests.cli.stack import StackInMemory


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> StackInMemory:
    """Let commands open one stack in memory, whatever its name."""
    found = StackInMemory()

    def find(name: str) -> StackInMemory:
        found.name = name
        return found

    monkeypatch.setattr(stacks, "Stack", find)
    return found
