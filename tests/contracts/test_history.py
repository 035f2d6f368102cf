"""The history of deliveries and its double in memory answer alike."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from parution.aws.history import HistoryTable, edges_in
from parution.aws.items import to_item
from parution.aws.posts_table import PostsTable
from parution.errors import NotAccepted
from parution.publishing.deliveries import Attempt, State, cancelled, replanned
from parution.publishing.history import Edge, History, edge_of
from parution.sandbox.memory_history import MemoryHistory
from tests import clients
from tests.builders import NOON, a_change, a_delivery
from tests.tables import create_table

BUCHE = "boulangerie-martin/buche-2026/masto"


@pytest.fixture(params=["memory", "table"])
def history(request: pytest.FixtureRequest) -> Iterator[History]:
    if request.param == "memory":
        yield MemoryHistory()
        return
    request.getfixturevalue("moto_aws")
    client = clients.client("dynamodb")
    yield HistoryTable(client, create_table(client, "InsightsTable", "insights"))


def an_edge(fence: int = 0, **facts: Any) -> Edge:
    return Edge.model_validate(
        {
            "delivery": BUCHE,
            "state": State.PLANNED,
            "version": 1,
            "fence": fence,
            "actor": "import_plan",
            "cause": "as planned",
            "at": NOON - timedelta(days=1),
            **facts,
        }
    )


def test_an_edge_is_read_as_it_was_kept(history: History) -> None:
    attempt = Attempt(id="a1", number=2, at=NOON, request="9f86d081884c7d65", marker="7b3e")
    edge = an_edge(7, state=State.SENDING, attempt=attempt, url="https://masto.example/1", reason="due")

    history.append([edge])

    assert history.of(BUCHE) == [edge]


def test_edges_are_told_in_their_order_in_whatever_order_they_came(history: History) -> None:
    history.append([an_edge(fence) for fence in (10, 2, 0)])
    history.append([an_edge(1)])

    assert [edge.fence for edge in history.of(BUCHE)] == [0, 1, 2, 10]


def test_a_replay_changes_nothing(history: History) -> None:
    edges = [an_edge(0), an_edge(1, state=State.SENDING), an_edge(0)]

    history.append(edges)
    history.append(edges)

    assert history.of(BUCHE) == edges[:2]


def test_more_edges_than_one_call_takes_are_all_kept(history: History) -> None:
    history.append(an_edge(fence) for fence in range(60))

    assert [edge.fence for edge in history.of(BUCHE)] == list(range(60))


def test_each_delivery_has_its_own_history(history: History) -> None:
    later_part = an_edge(delivery=f"{BUCHE}/1")

    history.append([an_edge(), later_part])

    assert history.of(BUCHE) == [an_edge()]
    assert history.of(f"{BUCHE}/1") == [later_part]
    assert history.of("boulangerie-martin/galette/masto") == []


# ------------------------------------------------------------------ edges
def test_an_edge_tells_who_moved_the_delivery_where_and_why() -> None:
    attempt = Attempt(id="a1", number=1, at=NOON)
    delivery = a_delivery(state=State.CHECKING, fence=4, attempt=attempt, reason="timed out", part=1)
    delivery = delivery.model_copy(update={"changed": a_change("timed out", actor="deliver_post")})

    assert edge_of(delivery) == Edge(
        delivery=f"{BUCHE}/1",
        state=State.CHECKING,
        version=1,
        fence=4,
        actor="deliver_post",
        cause="timed out",
        at=NOON,
        attempt=attempt,
        reason="timed out",
    )


def test_what_the_stream_brings_is_what_the_table_wrote() -> None:
    written = _Listening()
    posts = PostsTable(written, "posts")  # type: ignore[arg-type]  # of a client, one method
    first = a_delivery()
    second = cancelled(first, a_change("removed from the plan"))
    third = replanned(second, a_delivery(changed=a_change("back in the plan")))

    for before, after in [(first, second), (second, third)]:
        posts.move(before, after)

    assert edges_in(written.records) == [edge_of(second), edge_of(third)]


def test_a_row_of_a_newer_version_is_read_as_far_as_this_one_knows_it() -> None:
    image = to_item({"pk": "x", "sk": "y", **a_delivery().model_dump(mode="json"), "colour": "red"})

    (edge,) = edges_in([{"dynamodb": {"NewImage": image}}])

    assert edge == edge_of(a_delivery())


class _Listening:
    """A table whose stream brings each row that is put."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def put_item(self, *, Item: dict[str, Any], **_: Any) -> None:  # noqa: N803 (DynamoDB's name)
        self.records.append({"eventName": "MODIFY", "dynamodb": {"NewImage": Item}})


# ------------------------------------------------------------------ a throttled table
class _Throttled:
    """A table that takes only so many rows of each call."""

    def __init__(self, takes: int) -> None:
        self._takes = takes
        self.kept: list[str] = []

    def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803 (DynamoDB's name)
        ((table, rows),) = RequestItems.items()
        self.kept += [row["PutRequest"]["Item"]["sk"]["S"] for row in rows[: self._takes]]
        left = rows[self._takes :]
        return {"UnprocessedItems": {table: left} if left else {}}


def _history(client: _Throttled, pause: Callable[[float], None]) -> HistoryTable:
    return HistoryTable(client, "insights", pause)  # type: ignore[arg-type]  # of a client, one method


def test_what_a_throttled_table_left_over_is_sent_again_after_a_pause() -> None:
    client, pauses = _Throttled(takes=10), list[float]()

    _history(client, pauses.append).append(an_edge(fence) for fence in range(25))

    assert client.kept == [f"{fence:08d}" for fence in range(25)]
    assert pauses == [0.1, 0.2]


def test_a_table_that_takes_nothing_is_given_up_so_that_the_stream_comes_again() -> None:
    pauses = list[float]()

    with pytest.raises(NotAccepted, match="1 edges"):
        _history(_Throttled(takes=0), pauses.append).append([an_edge()])

    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6]
