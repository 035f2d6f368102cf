"""The delivery and apply queues; their messages carry ids and a version, nothing else."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from time import monotonic
from typing import TYPE_CHECKING

from parution.errors import NotAccepted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

    from parution.buying.ports import Order
    from parution.publishing.deliveries import Ticket
    from parution.publishing.ports import Outgoing
    from parution.records import Record

    type _Message = tuple[Record, str, float]  # its body, the group in which it is sent, seconds of delay

_BATCH = 10  # messages in one call, by SQS's own limit
_AT_ONCE = 10  # calls; each takes some 10 ms, and ten thousand tickets of one minute are a thousand
_LONGEST_DELAY = 900  # seconds, by SQS's own limit


class SqsDeliveryQueue:
    """The lanes of deliveries: each network's, and within these each post's by its hash.

    ``lanes`` holds the queues' URLs by networks, "instagram,tiktok", and "*" for all others. A post's
    channels share a lane, so that one worker waits for them all. The lane changes with the number of lanes,
    which harms nothing: a ticket is worked off wherever it lies, and what lay in a queue that is gone is
    found by the sweep.
    """

    def __init__(
        self,
        client: SQSClient,
        lanes: Mapping[str, Sequence[str]],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._client, self._others, self._clock = client, lanes["*"], clock
        self._own = {network: urls for names, urls in lanes.items() for network in names.split(",")}

    def send(self, waiting: Sequence[Outgoing]) -> None:
        began = self._clock()
        lanes: dict[str, list[_Message]] = {}
        for ticket, network, delay in waiting:
            # One account's burst must not delay the others': the group makes a standard queue fair.
            message = (ticket, f"{ticket.brand}.{ticket.channel}", delay.total_seconds())
            lanes.setdefault(self._lane(ticket, network), []).append(message)
        # A message's delay counts from now, whatever time the calls before its own have taken.
        _send(self._client, lanes, lambda: self._clock() - began)

    def _lane(self, ticket: Ticket, network: str) -> str:
        urls = self._own.get(network, self._others)
        return urls[zlib.crc32(f"{ticket.brand}/{ticket.post}".encode()) % len(urls)]


class SqsApplyQueue:
    def __init__(self, client: SQSClient, url: str) -> None:
        self._client, self._url = client, url

    def send(self, orders: list[Order]) -> None:
        messages = [(order, f"{order.brand}.{order.campaign}", 0.0) for order in orders]
        _send(self._client, {self._url: messages}, lambda: 0.0)


def _send(client: SQSClient, queues: Mapping[str, Sequence[_Message]], passed: Callable[[], float]) -> None:
    """Send every batch, also after one that was refused. Raises NotAccepted at the end."""
    calls = [
        (url, batch) for url, messages in queues.items() for batch in batched(messages, _BATCH, strict=False)
    ]
    if len(calls) == 1:
        _send_batch(client, *calls[0], passed)
        return
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        sent = [threads.submit(_send_batch, client, *call, passed) for call in calls]
    for future in sent:
        future.result()


def _send_batch(client: SQSClient, url: str, batch: Sequence[_Message], passed: Callable[[], float]) -> None:
    entries: list[SendMessageBatchRequestEntryTypeDef] = [
        {
            "Id": str(number),
            "MessageBody": body.model_dump_json(),
            "MessageGroupId": group,
            "DelaySeconds": int(min(max(delay - passed(), 0), _LONGEST_DELAY)),
        }
        for number, (body, group, delay) in enumerate(batch)
    ]
    answer = client.send_message_batch(QueueUrl=url, Entries=entries)
    if answer.get("Failed"):
        raise NotAccepted(", ".join(failure["Code"] for failure in answer["Failed"]))
