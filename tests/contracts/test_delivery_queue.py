"""The delivery queue and its double in memory: what is sent comes, not before its delay."""

import json
from datetime import timedelta

import pytest

from parution.aws.queues import SqsApplyQueue, SqsDeliveryQueue
from parution.buying.ports import Order
from parution.publishing.deliveries import Ticket
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from tests import clients
from tests.builders import NOON, a_delivery
from tests.publishing.doubles import ObedientClock

TICKET = a_delivery().ticket


class InMemory:
    def __init__(self) -> None:
        self.clock = ObedientClock(NOON)
        self.queue = MemoryDeliveryQueue(self.clock)

    def received(self) -> list[Ticket]:
        return self.queue.receive()


class OnSqs:
    def __init__(self) -> None:
        self.client = clients.client("sqs")
        self.url = self.client.create_queue(QueueName="deliveries")["QueueUrl"]
        self.queue = SqsDeliveryQueue(self.client, self.url)

    def received(self) -> list[Ticket]:
        got = []
        while messages := self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            got += [Ticket.model_validate_json(message["Body"]) for message in messages]
        return got


@pytest.fixture(params=["memory", "sqs"])
def side(request: pytest.FixtureRequest) -> InMemory | OnSqs:
    if request.param == "memory":
        return InMemory()
    request.getfixturevalue("moto_aws")
    return OnSqs()


def test_every_ticket_arrives_beyond_a_batch_of_ten(side: InMemory | OnSqs) -> None:
    tickets = [a_delivery(post=f"post-{number}").ticket for number in range(23)]

    side.queue.send([(ticket, timedelta(0)) for ticket in tickets])

    assert sorted(side.received(), key=lambda ticket: ticket.post) == sorted(
        tickets, key=lambda ticket: ticket.post
    )


def test_a_delayed_ticket_is_kept_back(side: InMemory | OnSqs) -> None:
    side.queue.send([(TICKET, timedelta(minutes=5))])

    assert side.received() == []


def test_sending_nothing_is_fine(side: InMemory | OnSqs) -> None:
    side.queue.send([])

    assert side.received() == []


def test_a_message_carries_ids_and_a_version_and_nothing_else(moto_aws: None) -> None:
    sqs = OnSqs()

    sqs.queue.send([(TICKET, timedelta(0))])

    body = sqs.client.receive_message(QueueUrl=sqs.url)["Messages"][0]["Body"]
    assert json.loads(body) == {
        "brand": "boulangerie-martin",
        "post": "buche-2026",
        "channel": "masto",
        "version": 1,
    }


def test_orders_reach_the_apply_queue(moto_aws: None) -> None:
    client = clients.client("sqs")
    url = client.create_queue(QueueName="apply")["QueueUrl"]
    order = Order(brand="b", campaign="noel", line="fb-video", day=NOON.date(), version=3)

    SqsApplyQueue(client, url).send([order])

    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    assert Order.model_validate_json(message["Body"]) == order
