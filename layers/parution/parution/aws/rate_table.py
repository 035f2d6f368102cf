"""The buckets of rates, in the posts table; a row stands only where a network's limit is, or was, scarce.

pk                           sk        what
rates#<network>              app       what all accounts on the network share
rates#<network>#<account>    account   what one account has

`taken` is the last number that was handed out, `windows` say when numbers may go, and `serial` rises with
every change but the taking of a number. Each call is one request: a reading 0.5 RRU, any other 1 WRU (a
row has a few hundred bytes; values that an update returns cost nothing). One row takes 1,000 numbers a
second, the limit of a partition.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from parution.aws.items import condition_failed, from_item, to_item
from parution.publishing.rates import Bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from parution.publishing.rates import Holder, Place

_NAMES = {"#taken": "taken", "#serial": "serial", "#windows": "windows"}


class RateTable:
    """Buckets on DynamoDB; each change is one conditional write."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def read(self, holder: Holder) -> Bucket | None:
        try:
            answer = self._client.get_item(TableName=self._table, Key=_key(holder), ConsistentRead=False)
        except (ClientError, BotoCoreError):
            return None  # advice that cannot be had keeps no post back: the network would complain itself
        return _bucket(answer["Item"]) if "Item" in answer else None

    def draw(self, holder: Holder) -> Bucket | None:
        return self._update(holder, "ADD #taken :one", "attribute_exists(pk)", {":one": 1})

    def swap(self, holder: Holder, before: Bucket | None, after: Bucket) -> Bucket:
        windows = [window.model_dump(mode="json", exclude_none=True) for window in after.windows]
        values = {":windows": windows, ":next": after.serial + 1, ":taken": after.taken}
        condition = "attribute_not_exists(pk)"
        if before:
            condition = "#serial = :seen AND #taken = :taken"
            values[":seen"] = before.serial
        change = "SET #windows = :windows, #serial = :next, #taken = :taken"
        return self._update(holder, change, condition, values) or after

    def give_back(self, holder: Holder, place: Place) -> None:
        # The serial rises, so that an SDK that repeats this after a lost answer takes no second number back.
        change = "SET #taken = #taken - :one, #serial = #serial + :one"
        condition = "#taken = :number AND #serial = :seen"
        values = {":one": 1, ":number": place.number, ":seen": place.serial}
        self._update(holder, change, condition, values)

    def _update(
        self, holder: Holder, change: str, condition: str, values: Mapping[str, Any]
    ) -> Bucket | None:
        """Update under a condition; whether or not it held, give the bucket as it stands then."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(holder),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames={
                    name: attribute for name, attribute in _NAMES.items() if name in change + condition
                },
                ExpressionAttributeValues=to_item(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            standing: Any = error.response.get("Item")
            return _bucket(standing) if standing else None
        return _bucket(answer["Attributes"])


def _key(holder: Holder) -> dict[str, Any]:
    if holder.account is None:
        return to_item({"pk": f"rates#{holder.network}", "sk": "app"})
    return to_item({"pk": f"rates#{holder.network}#{holder.account}", "sk": "account"})


def _bucket(item: Mapping[str, Any]) -> Bucket:
    facts = from_item(item)
    return Bucket.model_validate({name: facts[name] for name in ("serial", "taken", "windows")})
