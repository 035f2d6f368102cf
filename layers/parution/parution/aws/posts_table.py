"""The posts table: brands, contents, deliveries, holds and the dispatcher's marks.

pk                 sk                          what
brand#<brand>      delivery#<post>#<channel>   one delivery; in the index `due` while it waits
brand#<brand>      content#<post>#<hash>       a content that the post has or had; never changed
brand#<brand>      hold#[<channel>]            a stop on the brand, or on one channel
holds              everything                  a stop on everything
brands             <brand>                     the brand as imported last
plans              <key>                       the brand that a plan file holds
marks              <name>                      a high-water mark of the dispatcher
"""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parution.aws.items import condition_failed, from_item, to_item
from parution.errors import NotAsRead
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, Ticket
from parution.publishing.ports import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

# Items of one minute are spread over so many index partitions; 4 carry 4,000 writes a second.
SHARDS = 4
_KEYS = ("pk", "sk", "due_minute")
_ABSENT = "attribute_not_exists(pk)"


class PostsTable:
    """Deliveries, Holds and Brands on DynamoDB; each change is one conditional write."""

    def __init__(self, client: DynamoDBClient, table: str, shards: int = SHARDS) -> None:
        self._client, self._table, self._shards = client, table, shards

    # ---------------------------------------------------------------- deliveries
    def read(self, ticket: Ticket, *, consistent: bool) -> Delivery | None:
        sk = f"delivery#{ticket.post}#{ticket.channel}"
        item = self._get(_brand_key(ticket.brand), sk, consistent=consistent)
        return _delivery(item) if item else None

    def create(self, delivery: Delivery) -> None:
        self._put(self._item(delivery), _ABSENT, {}, delivery.id)

    def move(self, before: Delivery, after: Delivery) -> None:
        condition = "#state = :state AND version = :version AND fence = :fence"
        values = {":state": before.state, ":version": before.version, ":fence": before.fence}
        self._put(self._item(after), condition, values, before.id, names={"#state": "state"})

    def content(self, brand: str, post: str, content: str) -> Content:
        pk, sk = _brand_key(brand), f"content#{post}#{content}"
        # It never changes: whatever copy is there is the one, and half the price.
        item = self._get(pk, sk, consistent=False) or self._get(pk, sk)
        if item is None:
            raise KeyError(content)
        return Content.model_validate_json(item["body"])

    def keep_content(self, brand: str, post: str, content: Content) -> None:
        # Named by its hash, so that writing it again writes the same.
        item = {
            "pk": _brand_key(brand),
            "sk": f"content#{post}#{content.hash}",
            "body": content.model_dump_json(),
        }
        self._client.put_item(TableName=self._table, Item=to_item(item))

    def of_brand(self, brand: str) -> Iterator[Delivery]:
        for item in self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=to_item({":pk": _brand_key(brand), ":prefix": "delivery#"}),
            ConsistentRead=True,
        ):
            yield _delivery(item)

    def due(self, minute: datetime) -> Iterator[Waiting]:
        for shard in range(self._shards):
            for item in self._query(
                IndexName="due",
                KeyConditionExpression="due_minute = :minute",
                ExpressionAttributeValues=to_item({":minute": f"{_minute(minute)}#{shard}"}),
            ):
                yield _waiting(item)

    def mark(self, name: str) -> datetime | None:
        item = self._get("marks", name)
        return datetime.fromisoformat(item["at"]) if item else None

    def advance(self, name: str, before: datetime | None, after: datetime) -> None:
        item = {"pk": "marks", "sk": name, "at": after.isoformat()}
        if before is None:
            self._put(item, _ABSENT, {}, name)
        else:
            self._put(item, "#at = :before", {":before": before.isoformat()}, name, names={"#at": "at"})

    # ---------------------------------------------------------------- holds
    def standing(self, brand: str, channel: str) -> str | None:
        everything = self._get("holds", "everything")
        if everything:
            return str(everything["reason"])
        scopes = {"hold#", f"hold#{channel}"}
        for item in self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=to_item({":pk": _brand_key(brand), ":prefix": "hold#"}),
            ConsistentRead=True,
        ):
            if item["sk"] in scopes:
                return str(item["reason"])
        return None

    def place_hold(self, brand: str | None, channel: str | None, reason: str) -> None:
        self._client.put_item(
            TableName=self._table, Item=to_item({**_hold_key(brand, channel), "reason": reason})
        )

    def lift_hold(self, brand: str | None, channel: str | None) -> None:
        self._client.delete_item(TableName=self._table, Key=to_item(_hold_key(brand, channel)))

    # ---------------------------------------------------------------- brands
    def brand(self, brand: str) -> BrandRow | None:
        item = self._get("brands", brand)
        return _brand_row(item) if item else None

    def brands(self) -> list[str]:
        found = self._query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_item({":pk": "brands"}),
            ProjectionExpression="sk",
        )
        return [item["sk"] for item in found]

    def owner(self, key: str) -> str | None:
        item = self._get("plans", key)
        return item["brand"] if item else None

    def claim_key(self, key: str, brand: str) -> None:
        item = {"pk": "plans", "sk": key, "brand": brand}
        self._put(item, f"{_ABSENT} OR brand = :brand", {":brand": brand}, key)

    def keep_brand(self, row: BrandRow, before: BrandRow | None) -> None:
        brand = row.plan.brand.id
        body = gzip.compress(row.model_dump_json(by_alias=True).encode(), mtime=0)
        item = {"pk": "brands", "sk": brand, "version": row.version, "digest": row.digest, "body": body}
        if before is None:
            self._put(item, _ABSENT, {}, brand)
        else:
            condition = "version = :version AND digest = :digest"
            self._put(item, condition, {":version": before.version, ":digest": before.digest}, brand)

    # ---------------------------------------------------------------- the table itself
    def _item(self, delivery: Delivery) -> dict[str, Any]:
        item: dict[str, Any] = {
            "pk": _brand_key(delivery.brand),
            "sk": f"delivery#{delivery.post}#{delivery.channel}",
            **delivery.model_dump(mode="json", exclude_none=True),
        }
        if delivery.wake_at:
            shard = zlib.crc32(delivery.id.encode()) % self._shards
            item["due_minute"] = f"{_minute(delivery.wake_at)}#{shard}"
        return item

    def _get(self, pk: str, sk: str, *, consistent: bool = True) -> dict[str, Any] | None:
        answer = self._client.get_item(
            TableName=self._table, Key=to_item({"pk": pk, "sk": sk}), ConsistentRead=consistent
        )
        return from_item(answer["Item"]) if "Item" in answer else None

    def _query(self, **question: Any) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator("query").paginate(TableName=self._table, **question):
            yield from map(from_item, page["Items"])

    def _put(
        self,
        item: Mapping[str, Any],
        condition: str,
        values: Mapping[str, Any],
        what: str,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Put under a condition; a failed one is our own win when exactly this item stands there.

        An SDK that retried after a lost answer sees its first, successful write as somebody else's.
        """
        wanted = to_item(item)
        optional: dict[str, Any] = {}
        if values:
            optional["ExpressionAttributeValues"] = to_item(values)
        if names:
            optional["ExpressionAttributeNames"] = names
        try:
            self._client.put_item(
                TableName=self._table,
                Item=wanted,
                ConditionExpression=condition,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **optional,
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            if error.response.get("Item") != wanted:
                raise NotAsRead(what) from error


def _brand_key(brand: str) -> str:
    return f"brand#{brand}"


def _hold_key(brand: str | None, channel: str | None) -> dict[str, str]:
    if brand is None:
        return {"pk": "holds", "sk": "everything"}
    return {"pk": _brand_key(brand), "sk": f"hold#{channel or ''}"}


def _minute(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def _delivery(item: Mapping[str, Any]) -> Delivery:
    return Delivery.model_validate({name: value for name, value in item.items() if name not in _KEYS})


def _waiting(item: Mapping[str, Any]) -> Waiting:
    _, post, channel = item["sk"].split("#")
    brand = item["pk"].removeprefix("brand#")
    ticket = Ticket(brand=brand, post=post, channel=channel, version=item["version"])
    return Waiting(ticket, datetime.fromisoformat(item["wake_at"]))


def _brand_row(item: Mapping[str, Any]) -> BrandRow:
    return BrandRow.model_validate_json(gzip.decompress(item["body"].value))
