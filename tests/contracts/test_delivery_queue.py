"""The delivery lanes and their double in memory: what is sent comes, not before its delay."""

import json
from collections.abc import Iterable
from datetime import timedelta

import pytest

from parution.aws.queues import SqsApplyQueue, SqsDeliveryQueue
from parution.buying.ports import Order
from parution.errors import NotAccepted
from parution.publishing.deliveries import Ticket
from parution.publishing.ports import Outgoing
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from tests import clients
from tests.builders import NOON, a_delivery
from tests.publishing.doubles import ObedientClock

LANES = {"*": ["one", "two", "three", "four"], "instagram,tiktok": ["slow"]}


def a_ticket(network: str = "mastodon", delay: timedelta = timedelta(0), **facts: str | int) -> Outgoing:
    return Outgoing(a_delivery(**facts).ticket, network, delay)


class InMemory:
    def __init__(self) -> None:
        self.clock = ObedientClock(NOON)
        self.queue = MemoryDeliveryQueue(self.clock)

    def received(self) -> list[Ticket]:
        return self.queue.receive()


class OnSqs:
    def __init__(self) -> None:
        self.client = clients.client("sqs")
        names = [name for names in LANES.values() for name in names]
        self.urls = {name: self.client.create_queue(QueueName=name)["QueueUrl"] for name in names}
        lanes = {networks: [self.urls[name] for name in names] for networks, names in LANES.items()}
        self.queue = SqsDeliveryQueue(self.client, lanes)

    def received(self) -> list[Ticket]:
        return [ticket for name in self.urls for ticket in self.in_lane(name)]

    def in_lane(self, name: str) -> list[Ticket]:
        got = []
        while messages := self.client.receive_message(
            QueueUrl=self.urls[name], MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages", []):
            got += [Ticket.model_validate_json(message["Body"]) for message in messages]
        return got


@pytest.fixture(params=["memory", "sqs"])
def side(request: pytest.FixtureRequest) -> InMemory | OnSqs:
    if request.param == "memory":
        return InMemory()
    request.getfixturevalue("moto_aws")
    return OnSqs()


def posts(tickets: Iterable[Ticket]) -> list[str]:
    return sorted(ticket.post for ticket in tickets)


def test_every_ticket_arrives_beyond_a_batch_of_ten(side: InMemory | OnSqs) -> None:
    tickets = [a_ticket(post=f"post-{number}", channel=f"masto-{number % 3}") for number in range(43)]

    side.queue.send(tickets)

    assert posts(side.received()) == posts(one.ticket for one in tickets)


def test_a_delayed_ticket_is_kept_back(side: InMemory | OnSqs) -> None:
    side.queue.send([a_ticket(delay=timedelta(minutes=5))])

    assert side.received() == []


def test_sending_nothing_is_fine(side: InMemory | OnSqs) -> None:
    side.queue.send([])

    assert side.received() == []


# ------------------------------------------------------------------ lanes
@pytest.mark.usefixtures("moto_aws")
def test_all_channels_of_a_post_lie_in_one_lane_so_that_one_worker_waits_for_them() -> None:
    sqs = OnSqs()

    sqs.queue.send([a_ticket(post="buche-2026", channel=f"masto-{number}") for number in range(25)])

    assert sorted(len(sqs.in_lane(name)) for name in sqs.urls) == [0, 0, 0, 0, 25]


@pytest.mark.usefixtures("moto_aws")
def test_posts_are_spread_over_the_lanes_by_a_hash_that_never_changes() -> None:
    sqs = OnSqs()

    sqs.queue.send([a_ticket(post=f"post-{number}") for number in range(8)])

    assert {name: posts(sqs.in_lane(name)) for name in LANES["*"]} == {
        "one": ["post-4", "post-6"],
        "two": ["post-0", "post-2"],
        "three": ["post-5", "post-7"],
        "four": ["post-1", "post-3"],
    }


@pytest.mark.usefixtures("moto_aws")
def test_a_slow_network_has_its_own_lane_and_no_other_comes_into_it() -> None:
    sqs = OnSqs()

    sqs.queue.send(
        [
            a_ticket("instagram", post="on-instagram", channel="insta"),
            a_ticket("mastodon", post="on-mastodon", channel="insta"),
            a_ticket("tiktok", post="on-tiktok", channel="tik"),
        ]
    )

    assert posts(sqs.in_lane("slow")) == ["on-instagram", "on-tiktok"]
    assert posts(sqs.received()) == ["on-mastodon"]


@pytest.mark.usefixtures("moto_aws")
def test_a_message_carries_ids_and_a_version_and_is_grouped_by_its_account() -> None:
    client = clients.client("sqs")
    url = client.create_queue(QueueName="only")["QueueUrl"]

    SqsDeliveryQueue(client, {"*": [url]}).send([a_ticket(part=2)])

    (message,) = client.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == {
        "brand": "boulangerie-martin",
        "post": "buche-2026",
        "channel": "masto",
        "part": 2,
        "version": 1,
    }
    assert message["Attributes"]["MessageGroupId"] == "boulangerie-martin.masto"


class Slow:
    """An SQS whose every call takes a second, and its clock."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.delays: list[int] = []

    def now(self) -> float:
        return self.seconds

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, int]]) -> dict[str, object]:  # noqa: N803 (SQS's names)
        self.delays += [entry["DelaySeconds"] for entry in Entries]
        self.seconds += 1
        return {}


def test_a_delay_counts_from_when_it_was_asked_for_whatever_calls_came_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("parution.aws.queues._AT_ONCE", 1)
    sqs = Slow()
    tickets = [a_ticket(post="buche-2026", delay=timedelta(seconds=2.5)) for _ in range(31)]

    SqsDeliveryQueue(sqs, LANES, sqs.now).send(tickets)  # type: ignore[arg-type]  # of a client, one method

    assert sqs.delays == [2] * 10 + [1] * 10 + [0] * 11


class Reluctant:
    """An SQS that refuses one queue's batches."""

    def __init__(self, refused: str) -> None:
        self._refused = refused
        self.taken: list[str] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[object]) -> dict[str, object]:  # noqa: N803 (SQS's names)
        if QueueUrl == self._refused:
            return {"Failed": [{"Code": "InternalError"} for _ in Entries]}
        self.taken.append(QueueUrl)
        return {}


def test_a_lane_that_refuses_is_no_reason_to_keep_the_others_waiting() -> None:
    sqs = Reluctant("one")
    tickets = [a_ticket(post=f"post-{number}", channel=f"masto-{number}") for number in range(8)]

    with pytest.raises(NotAccepted, match="InternalError"):
        SqsDeliveryQueue(sqs, LANES).send(tickets)  # type: ignore[arg-type]  # of a client, one method

    assert sorted(sqs.taken) == ["four", "three", "two"]


def test_orders_reach_the_apply_queue(moto_aws: None) -> None:
    client = clients.client("sqs")
    url = client.create_queue(QueueName="apply")["QueueUrl"]
    order = Order(brand="b", campaign="noel", line="fb-video", day=NOON.date(), version=3)

    SqsApplyQueue(client, url).send([order])

    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    assert Order.model_validate_json(message["Body"]) == order
