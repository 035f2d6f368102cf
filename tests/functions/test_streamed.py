from collections.abc import Callable, Iterable

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.record_history import app as record_history
from parution.errors import NotAccepted
from parution.publishing.deliveries import State
from parution.publishing.history import Edge
from parution.sandbox.memory_history import MemoryHistory
from tests.builders import NOON
from tests.functions.events import event


def test_each_edge_of_the_stream_is_recorded_and_counted(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Callable[[], dict[str, float]]
) -> None:
    history = MemoryHistory()
    monkeypatch.setattr(record_history, "history", history)

    record_history.handler(event("posts_changed"), context)

    planned, sending = history.of("boulangerie-martin/buche-2026/masto")
    assert (planned.state, planned.actor, planned.attempt) == (State.PLANNED, "import_plan", None)
    assert (sending.state, sending.fence, sending.at) == (State.SENDING, 1, NOON)
    assert sending.attempt is not None
    assert (sending.attempt.number, sending.attempt.request) == (1, "60303ae22b998861")
    assert counted() == {"EdgesRecorded": 2.0}


class Throttled:
    def append(self, edges: Iterable[Edge]) -> None:
        raise NotAccepted("2 edges")


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_edges_that_the_table_does_not_take_come_again(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext
) -> None:
    monkeypatch.setattr(record_history, "history", Throttled())

    with pytest.raises(NotAccepted):
        record_history.handler(event("posts_changed"), context)
