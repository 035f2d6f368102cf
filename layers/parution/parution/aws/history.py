"""The history of deliveries in the insights table, kept from the stream of the posts table.

pk                    sk          what
history#<delivery>    <fence>     one edge of a delivery, by the name that people see; its fence in 8 digits

Every edge raises the row's fence by one, so that a record that the stream brings twice is the same row.
"""

from __future__ import annotations

import time
from itertools import batched
from typing import TYPE_CHECKING, Any

from parution.aws.items import from_item, to_item
from parution.errors import NotAccepted
from parution.publishing.deliveries import Delivery
from parution.publishing.history import Edge, edge_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestUnionTypeDef

_BATCH = 25  # rows in one BatchWriteItem call, by DynamoDB's own limit
# Seconds before what a throttled table left over is sent again; afterwards Lambda brings the whole batch.
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)


class HistoryTable:
    """History on DynamoDB: appended by one function, read by whoever asks what happened."""

    def __init__(
        self, client: DynamoDBClient, table: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._client, self._table, self._pause = client, table, pause

    def append(self, edges: Iterable[Edge]) -> None:
        """Keep each edge. Raises NotAccepted when the table did not take them all in three seconds."""
        rows = {(edge.delivery, edge.fence): edge for edge in edges}  # a call may name a key only once
        for batch in batched(rows.values(), _BATCH, strict=False):
            self._write([{"PutRequest": {"Item": to_item(_row(edge))}} for edge in batch])

    def of(self, delivery: str) -> list[Edge]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_item({":pk": _key(delivery)}),
        )
        return [_edge(from_item(item), delivery) for page in pages for item in page["Items"]]

    def _write(self, waiting: Sequence[WriteRequestUnionTypeDef]) -> None:
        for pause in (*_PAUSES, None):
            left = self._client.batch_write_item(RequestItems={self._table: waiting})["UnprocessedItems"]
            waiting = left.get(self._table, [])
            if not waiting:
                return
            if pause:
                self._pause(pause)
        raise NotAccepted(f"{len(waiting)} edges")


def edges_in(records: Iterable[Mapping[str, Any]]) -> list[Edge]:
    """Read the edges from records of the posts table's stream, each with a delivery's row as it stands."""
    return [edge_of(_delivery(record["dynamodb"]["NewImage"])) for record in records]


def _delivery(image: Mapping[str, Any]) -> Delivery:
    # Only what this version knows: a record may be older, or newer after going back to an older version.
    facts = from_item(image)
    return Delivery.model_validate(
        {name: facts[name] for name in Delivery.model_fields.keys() & facts.keys()}
    )


def _row(edge: Edge) -> dict[str, Any]:
    facts = edge.model_dump(mode="json", exclude={"delivery"}, exclude_none=True)
    return {"pk": _key(edge.delivery), "sk": f"{edge.fence:08d}", **facts}


def _edge(row: Mapping[str, Any], delivery: str) -> Edge:
    facts = {name: value for name, value in row.items() if name not in {"pk", "sk"}}
    return Edge.model_validate({**facts, "delivery": delivery})


def _key(delivery: str) -> str:
    return f"history#{delivery}"
