"""Waiting for a fact, never for a time."""

import time
from collections.abc import Callable


def until[Fact](fact: Callable[[], Fact | None], within: float = 10.0) -> Fact:
    """Give what ``fact`` gives as soon as it is something."""
    deadline = time.monotonic() + within
    while not (given := fact()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)
    return given
