"""The insights table: every figure read, and the newest of each subject.

pk                             sk                          what
read#<brand>#post              <post>#<channel>#<instant>  what a network counted at that instant
read#<brand>#line#<campaign>   <line>#<day>#<instant>      what an ad platform reported at that instant
newest#<brand>#post            <post>#<channel>            the same, as last found
newest#<brand>#line#<campaign> <line>#<day>                the same, as last found

The newest figures stand in rows of their own, so that a report reads one row for each subject however
often it was read. First the read is kept, then the newest row follows it, only forward in time: two
plain writes cost half of a transaction, and a crash between them is made good by the next read, which
still differs from the newest row. Reads of one subject at the same instant are the same row.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parution.aws.items import condition_failed, from_item, to_item
from parution.measuring.insights import LineInsight, PostInsight, confirms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef

_FORWARD = "attribute_not_exists(pk) OR read_at < :read_at"


class InsightsTable:
    """Insights on DynamoDB; no scan, and no query that grows with the number of reads."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def append_post(self, insight: PostInsight) -> bool:
        return self._append(_of_posts(insight.brand), f"{insight.post}#{insight.channel}", insight)

    def append_line(self, insight: LineInsight) -> bool:
        shelf = _of_lines(insight.brand, insight.campaign)
        return self._append(shelf, f"{insight.line}#{insight.day}", insight)

    def newest_posts(self, brand: str) -> Iterator[PostInsight]:
        for item in self._query(f"newest#{_of_posts(brand)}"):
            yield PostInsight.model_validate(_facts(item))

    def newest_lines(self, brand: str, campaign: str) -> Iterator[LineInsight]:
        for item in self._query(f"newest#{_of_lines(brand, campaign)}"):
            yield LineInsight.model_validate(_facts(item))

    def read_of_post(self, brand: str, post: str, channel: str) -> Iterator[PostInsight]:
        for item in self._query(f"read#{_of_posts(brand)}", f"{post}#{channel}#"):
            yield PostInsight.model_validate(_facts(item))

    def read_of_line(self, brand: str, campaign: str, line: str) -> Iterator[LineInsight]:
        for item in self._query(f"read#{_of_lines(brand, campaign)}", f"{line}#"):
            yield LineInsight.model_validate(_facts(item))

    def _append[Insight: (PostInsight, LineInsight)](
        self, shelf: str, subject: str, insight: Insight
    ) -> bool:
        newest = self._newest(shelf, subject, type(insight))
        appended = False
        if newest is None or not confirms(insight, newest):
            read = f"{subject}#{_written(insight.read_at)}"
            appended = self._put(f"read#{shelf}", read, insight, "attribute_not_exists(pk)")
        # Refused when a later read stands there already: this one is kept, but it is not the newest.
        self._put(f"newest#{shelf}", subject, insight, _FORWARD, {":read_at": _written(insight.read_at)})
        return appended

    def _newest[Insight: (PostInsight, LineInsight)](
        self, shelf: str, subject: str, model: type[Insight]
    ) -> Insight | None:
        key = to_item({"pk": f"newest#{shelf}", "sk": subject})
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return model.model_validate(_facts(item)) if item else None

    def _put(
        self,
        pk: str,
        sk: str,
        insight: PostInsight | LineInsight,
        condition: str,
        values: dict[str, Any] | None = None,
    ) -> bool:
        item = {"pk": pk, "sk": sk, **_numbers(insight), "read_at": _written(insight.read_at)}
        request: PutItemInputTypeDef = {
            "TableName": self._table,
            "Item": to_item(item),
            "ConditionExpression": condition,
        }
        if values:
            request["ExpressionAttributeValues"] = to_item(values)
        try:
            self._client.put_item(**request)
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

    def _query(self, pk: str, prefix: str = "") -> Iterator[dict[str, Any]]:
        names = {":pk": pk, ":prefix": prefix} if prefix else {":pk": pk}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else ""),
            ExpressionAttributeValues=to_item(names),
        )
        for page in pages:
            yield from page["Items"]


def _of_posts(brand: str) -> str:
    return f"{brand}#post"


def _of_lines(brand: str, campaign: str) -> str:
    return f"{brand}#line#{campaign}"


def _written(instant: datetime) -> str:
    # All with six digits of a second, so that the order of the texts is the order of the instants.
    return instant.isoformat(timespec="microseconds")


def _numbers(insight: PostInsight | LineInsight) -> dict[str, Any]:
    # DynamoDB's numbers are decimals; the shortest text of a float is read back as that float.
    values = insight.model_dump(mode="json")
    return {
        name: Decimal(repr(value)) if isinstance(value, float) else value for name, value in values.items()
    }


def _facts(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in from_item(item).items() if name not in {"pk", "sk"}}
