"""What one text delivery consumes, counted from the calls that the deployed code makes; not its history."""

import math
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from moto import mock_aws

from bench.measure import Aim, Measure
from parution.aws.posts_table import PostsTable
from parution.aws.rate_table import RateTable
from parution.publishing.content import Content
from parution.publishing.deliveries import Change, planned
from parution.publishing.desk import PublishingDesk
from parution.publishing.rates import Rates
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from tests.publishing.doubles import NoMedia, ObedientClock, OneNetwork, ScriptedNetwork
from tests.tables import create_table

_NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
_CONTENT = Content(text="La bûche praliné est de retour. " * 14, language="fr-FR")  # a long status


class Meter:
    """A DynamoDB client that counts request units as AWS bills them.

    A write costs one unit per KB of the larger of the two items, and as much for each entry of an index
    that is added, removed or changed; a consistent read one per 4 KB and at least one, another half of it.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """

    _INDEXED = ("due_minute", "wake_at", "version", "network")

    def __init__(self, client: Any) -> None:
        self._client, self.wru, self.rru = client, 0.0, 0.0
        self._items: dict[tuple[str, str], Mapping[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        answer = self._client.put_item(**request)
        new = request["Item"]
        key = (new["pk"]["S"], new["sk"]["S"])
        old = self._items.get(key, {})
        self.wru += _units(max(_size(old), _size(new)), 1024)
        self.wru += self._index_units(old, new)
        self._items[key] = new
        return answer

    def _index_units(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
        before, after = (self._entry(item) for item in (old, new))
        if before == after:
            return 0
        moved = before and after and before[:2] != after[:2]
        return 2 if moved else 1

    def _entry(self, item: Mapping[str, Any]) -> tuple[Any, ...] | None:
        return tuple(item.get(name) for name in self._INDEXED) if "due_minute" in item else None

    def get_item(self, **request: Any) -> Any:
        answer = self._client.get_item(**request)
        self._count_read(_size(answer.get("Item", {})), consistent=request["ConsistentRead"])
        return answer

    def get_paginator(self, name: str) -> "Meter":
        assert name == "query"
        return self

    def paginate(self, **request: Any) -> Iterator[Any]:
        for page in self._client.get_paginator("query").paginate(**request):
            size = sum(map(_size, page["Items"]))
            self._count_read(size, consistent=request.get("ConsistentRead", False))
            yield page

    def _count_read(self, size: int, *, consistent: bool) -> None:
        self.rru += _units(size, 4096) * (1 if consistent else 0.5)


def _units(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))


def _size(item: Mapping[str, Any]) -> int:
    """Add up an item as AWS does: the names, and the values in UTF-8; numbers are smaller than their text."""
    return sum(len(name) + len(str(*value.values()).encode()) for name, value in item.items())


def measures() -> list[Measure]:
    meter = _one_delivery()
    return [
        Measure("write units of a text delivery, from plan to published", meter.wru, "WRU", Aim("<=", 6)),
        Measure("its read units", meter.rru, "RRU", Aim("<=", 3)),
    ]


def _one_delivery() -> Meter:
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    with mock_aws():
        meter = Meter(boto3.client("dynamodb", region_name="eu-west-3"))
        posts = PostsTable(meter, create_table(meter, "PostsTable", "posts"))  # type: ignore[arg-type]  # it passes all on
        clock = ObedientClock(_NOON - timedelta(seconds=2))
        change = Change(actor="import_plan", cause="plans/bakery/plan.json", at=_NOON - timedelta(days=3))
        delivery = planned(
            brand="boulangerie-martin",
            post="buche-2026",
            channel="masto",
            network="mastodon",
            account="masto-martin",
            due_at=_NOON,
            local_at="2026-12-03T13:00 Europe/Paris",
            max_late=timedelta(hours=1),
            content=_CONTENT.hash,
            change=change,
        )
        posts.keep_content(delivery.brand, delivery.post, _CONTENT)
        posts.create(delivery)
        desk = PublishingDesk(
            deliveries=posts,
            holds=posts,
            networks=OneNetwork(ScriptedNetwork(clock)),
            media=NoMedia(),
            rates=Rates(RateTable(meter, "posts")),  # type: ignore[arg-type]  # the same
            queue=MemoryDeliveryQueue(clock),
            clock=clock,
            lease=timedelta(seconds=120),
            wake_early=timedelta(seconds=2),
        )
        delivered = desk.deliver(delivery.ticket)
        assert delivered.metric == "PostPublished"
    return meter
