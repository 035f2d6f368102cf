"""Posts in every lane, and each edge of their deliveries in the history, through the posts table's stream."""

import json
import zlib
from functools import partial

from parution.aws.history import HistoryTable
from parution.publishing.deliveries import Delivery, State
from parution.publishing.history import Edge, edge_of
from tests.emulator.newsroom import Newsroom, a_plan, a_post, soon, until

POSTS = [f"told-{number}" for number in range(6)]


def test_every_lane_publishes_and_each_edge_is_told_in_the_history(newsroom: Newsroom) -> None:
    newsroom.store_secret("masto-told", "mastodon")
    at = soon(14)
    plan = a_plan("told", posts=[a_post(post, at) for post in POSTS])
    assert newsroom.upload("told", plan)["status"] == "imported"

    rows = until(partial(_published, newsroom), within=90)

    lanes = json.loads(newsroom.stack.outputs["DeliveryLanes"])["*"]
    assert len(lanes) > 1
    assert {zlib.crc32(f"told/{row.post}".encode()) % len(lanes) for row in rows} == set(range(len(lanes)))
    for row in rows:
        planned, sending, published = until(partial(_history_of, newsroom, row), within=30)
        assert (planned.state, planned.actor) == (State.PLANNED, "import_plan")
        assert (sending.state, sending.actor) == (State.SENDING, "deliver_post")
        assert published == edge_of(row)


def _published(newsroom: Newsroom) -> list[Delivery] | None:
    rows = list(newsroom.stack.posts.of_brand("told"))
    return rows if all(row.state is State.PUBLISHED for row in rows) else None


def _history_of(newsroom: Newsroom, row: Delivery) -> list[Edge] | None:
    """Every edge of a delivery, once the last of them is there."""
    client, table = newsroom.stack.session.client("dynamodb"), newsroom.stack.outputs["InsightsTable"]
    edges = HistoryTable(client, table).of(row.id)
    return edges if edges and edges[-1].fence == row.fence else None
