"""The posts table: brands, contents, deliveries, holds and the dispatcher's marks.

pk                 sk                                   what
brand#<brand>      delivery#<post>#<channel>[#<part>]   one delivery; in the index `due` while it waits
brand#<brand>      content#<post>#<hash>                a content that the post has or had; never changed
holds#<copy>       standing                             all holds of the stack, in 16 equal copies
brands             <brand>                              the brand as imported last
plans              <key>                                the brand that a plan file holds
marks              <name>                               a high-water mark of the dispatcher
marks              shards                               over how many shards the due index is read
"""

from __future__ import annotations

import gzip
import random
import time
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parution.aws.items import code_of, condition_failed, from_item, to_item
from parution.errors import NotAsRead
from parution.guarding.holds import Standing
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, Ticket
from parution.publishing.ports import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

# Items of one minute are spread over so many index partitions; 4 carry 4,000 writes a second. Never less
# are read, so that only a stack that writes to more has to note it.
SHARDS = 4
# The holds are read before every effect, and one partition answers 3,000 consistent readings a second.
COPIES = 16
_KEYS = ("pk", "sk", "due_minute")
_ABSENT = "attribute_not_exists(pk)"
_SHARDS_KNOWN_FOR = 30.0  # seconds, less than from one tick to the next
# What a condition looks at is always written, the rest only where it says something.
_WRITTEN = {"state", "version", "fence"}


class PostsTable:
    """Deliveries, Holds and Brands on DynamoDB; each change is one conditional write."""

    def __init__(self, client: DynamoDBClient, table: str, shards: int = SHARDS) -> None:
        self._client, self._table, self._shards = client, table, shards
        self._noted = shards <= SHARDS
        self._read: tuple[int, float] | None = None

    # ---------------------------------------------------------------- deliveries
    def read(self, ticket: Ticket, *, consistent: bool) -> Delivery | None:
        item = self._get(_brand_key(ticket.brand), _sort_key(ticket), consistent=consistent)
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
        for shard in range(self._shards_to_read()):
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

    # ---------------------------------------------------------------- shards
    def _shards_to_read(self) -> int:
        """Say over how many shards anybody ever wrote; it may only grow while deliveries wait."""
        now = time.monotonic()
        if self._read is None or now - self._read[1] > _SHARDS_KNOWN_FOR:
            item = self._get("marks", "shards")
            self._read = (max(int(item["read"]) if item else 0, self._shards, SHARDS), now)
        return self._read[0]

    def _note_shards(self) -> None:
        """Tell the readers, before anything is written where they would not look."""
        if not self._noted:
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=to_item({"pk": "marks", "sk": "shards"}),
                    UpdateExpression="SET #read = :shards",
                    ConditionExpression="attribute_not_exists(#read) OR #read < :shards",
                    ExpressionAttributeNames={"#read": "read"},
                    ExpressionAttributeValues=to_item({":shards": self._shards}),
                )
            except ClientError as error:
                if not condition_failed(error):
                    raise
            self._noted = True

    # ---------------------------------------------------------------- holds
    def standing(self) -> Standing:
        item = self._get(f"holds#{random.randrange(COPIES)}", "standing")  # noqa: S311 (to spread the load)
        return Standing.model_validate_json(item["body"]) if item else Standing()

    def change(self, before: Standing, after: Standing) -> None:
        """Write every copy, or none: a reader sees the hold whichever one it reads."""
        body = {"epoch": after.epoch, "body": after.model_dump_json()}
        puts = [{"pk": f"holds#{copy}", "sk": "standing", **body} for copy in range(COPIES)]
        condition = {"ConditionExpression": _ABSENT}
        if before.epoch:
            condition = {"ConditionExpression": "epoch = :epoch"}
        values = {":epoch": before.epoch}
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {
                        "Put": {
                            "TableName": self._table,
                            "Item": to_item(item),
                            **condition,  # type: ignore[typeddict-item]  # a condition and its values
                            **({"ExpressionAttributeValues": to_item(values)} if before.epoch else {}),
                        }
                    }
                    for item in puts
                ]
            )
        except ClientError as error:
            if code_of(error) not in {"TransactionCanceledException", "TransactionInProgressException"}:
                raise
            if self.standing() != after:  # ours, should an answer have been lost
                raise NotAsRead("holds") from error

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
        facts = delivery.model_dump(mode="json", exclude_defaults=True)
        always = delivery.model_dump(mode="json", include=_WRITTEN)
        key = {"pk": _brand_key(delivery.brand), "sk": _sort_key(delivery.ticket)}
        item: dict[str, Any] = {**key, **facts, **always}
        if delivery.wake_at:
            self._note_shards()
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


def _sort_key(ticket: Ticket) -> str:
    part = f"#{ticket.part}" if ticket.part else ""
    return f"delivery#{ticket.post}#{ticket.channel}{part}"


def _minute(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def _delivery(item: Mapping[str, Any]) -> Delivery:
    return Delivery.model_validate({name: value for name, value in item.items() if name not in _KEYS})


def _waiting(item: Mapping[str, Any]) -> Waiting:
    _, post, channel, *part = item["sk"].split("#")
    ticket = Ticket(
        brand=item["pk"].removeprefix("brand#"),
        post=post,
        channel=channel,
        part=int(part[0]) if part else 0,
        version=item["version"],
    )
    return Waiting(ticket, item["network"], datetime.fromisoformat(item["wake_at"]))


def _brand_row(item: Mapping[str, Any]) -> BrandRow:
    return BrandRow.model_validate_json(gzip.decompress(item["body"].value))
