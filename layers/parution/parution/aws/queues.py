"""The delivery and apply queues; their messages carry ids and a version, nothing else."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

from parution.errors import NotAccepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

    from parution.buying.ports import Order
    from parution.publishing.deliveries import Ticket
    from parution.records import Record

_BATCH = 10  # messages in one call, by SQS's own limit
_LONGEST_DELAY = 900  # seconds, by SQS's own limit


class SqsDeliveryQueue:
    def __init__(self, client: SQSClient, url: str) -> None:
        self._client, self._url = client, url

    def send(self, waiting: Sequence[tuple[Ticket, timedelta]]) -> None:
        # One account's burst must not delay the others': the group makes a standard queue fair.
        _send(
            self._client,
            self._url,
            (
                (ticket, f"{ticket.brand}.{ticket.channel}", delay.total_seconds())
                for ticket, delay in waiting
            ),
        )


class SqsApplyQueue:
    def __init__(self, client: SQSClient, url: str) -> None:
        self._client, self._url = client, url

    def send(self, orders: list[Order]) -> None:
        _send(self._client, self._url, ((order, f"{order.brand}.{order.campaign}", 0) for order in orders))


def _send(client: SQSClient, url: str, messages: Iterable[tuple[Record, str, float]]) -> None:
    for batch in batched(messages, _BATCH, strict=False):
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "MessageBody": body.model_dump_json(),
                "MessageGroupId": group,
                "DelaySeconds": int(min(max(delay, 0), _LONGEST_DELAY)),
            }
            for number, (body, group, delay) in enumerate(batch)
        ]
        answer = client.send_message_batch(QueueUrl=url, Entries=entries)
        if answer.get("Failed"):
            raise NotAccepted(", ".join(failure["Code"] for failure in answer["Failed"]))
