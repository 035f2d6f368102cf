from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.apply_budget import app as apply_budget
from functions.deliver_post import app as deliver_post
from parution.buying.desk import Outcome
from parution.buying.ports import Order
from parution.errors import PlatformUnknown
from parution.publishing.deliveries import State, Ticket
from parution.publishing.desk import Delivered
from tests.builders import NOON, a_delivery
from tests.functions.events import NoonClock, event, messages
from tests.publishing.newsroom import Newsroom


class PublishingDouble:
    """Publishes all posts but those it was told to stumble over."""

    def __init__(self, stumbles: frozenset[str] = frozenset()) -> None:
        self._stumbles = stumbles

    def deliver(self, ticket: Ticket) -> Delivered:
        if ticket.post in self._stumbles:
            raise ConnectionError(ticket.post)
        return Delivered(
            id=f"{ticket.brand}/{ticket.post}/{ticket.channel}",
            metric="PostPublished",
            state=State.PUBLISHED,
            late_by=timedelta(milliseconds=250),
        )


def test_each_ticket_is_delivered_and_counted(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Callable[[], dict[str, float]]
) -> None:
    monkeypatch.setattr(deliver_post, "desk", PublishingDouble())

    answer = deliver_post.handler(event("delivery_messages"), context)

    assert answer == {"batchItemFailures": []}
    assert counted() == {"PostPublished": 2.0, "PostLateness": 0.5, "MessagesReturned": 0.0}


def test_a_ticket_that_fails_goes_back_alone(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Callable[[], dict[str, float]]
) -> None:
    monkeypatch.setattr(deliver_post, "desk", PublishingDouble(stumbles=frozenset({"galette-2027"})))

    answer = deliver_post.handler(event("delivery_messages"), context)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2e1424d4-f796-459a-8184-9c92662be6da"}]}
    assert counted() == {"PostPublished": 1.0, "PostLateness": 0.25, "MessagesReturned": 1.0}


def test_all_that_fails_goes_back_without_ending_the_run_in_an_error(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext
) -> None:
    both = frozenset({"buche-2026", "galette-2027"})
    monkeypatch.setattr(deliver_post, "desk", PublishingDouble(stumbles=both))

    answer = deliver_post.handler(event("delivery_messages"), context)

    assert len(answer["batchItemFailures"]) == 2


def test_a_message_that_is_no_ticket_goes_back(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext
) -> None:
    monkeypatch.setattr(deliver_post, "desk", PublishingDouble())
    messages = event("delivery_messages")
    messages["Records"][0]["body"] = '{"brand": "boulangerie-martin"}'

    answer = deliver_post.handler(messages, context)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "059f36b4-87a3-44ab-83d2-661975830a7d"}]}


class Together:
    """Publishes a post only while so many others are being published, and stumbles over some then."""

    def __init__(self, count: int, stumbles: frozenset[str] = frozenset()) -> None:
        self._all, self._desk = Barrier(count, timeout=10), PublishingDouble(stumbles)

    def deliver(self, ticket: Ticket) -> Delivered:
        self._all.wait()
        return self._desk.deliver(ticket)


TEN = [a_delivery(post=f"post-{number}").ticket for number in range(10)]


def test_the_posts_of_a_batch_are_held_and_published_side_by_side(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Callable[[], dict[str, float]]
) -> None:
    monkeypatch.setattr(deliver_post, "desk", Together(10))

    answer = deliver_post.handler(messages(*TEN), context)

    assert answer == {"batchItemFailures": []}
    assert counted() == {"PostPublished": 10.0, "PostLateness": 2.5, "MessagesReturned": 0.0}


def test_of_posts_side_by_side_those_that_fail_go_back_and_no_other(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Callable[[], dict[str, float]]
) -> None:
    monkeypatch.setattr(deliver_post, "desk", Together(10, stumbles=frozenset({"post-3", "post-7"})))

    answer = deliver_post.handler(messages(*TEN), context)

    assert sorted(each["itemIdentifier"] for each in answer["batchItemFailures"]) == ["3", "7"]
    assert counted() == {"PostPublished": 8.0, "PostLateness": 2.0, "MessagesReturned": 2.0}


def test_a_run_answers_for_its_own_messages_alone(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext
) -> None:
    monkeypatch.setattr(deliver_post, "desk", PublishingDouble(stumbles=frozenset({"post-0"})))

    first, second = (deliver_post.handler(messages(ticket), context) for ticket in TEN[:2])

    assert first == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert second == {"batchItemFailures": []}


def test_a_ticket_that_comes_twice_in_one_batch_is_published_once(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Callable[[], dict[str, float]]
) -> None:
    newsroom = Newsroom()
    newsroom.network.before_commit = Barrier(2, timeout=10).wait  # type: ignore[assignment]  # its place is no matter
    monkeypatch.setattr(deliver_post, "desk", newsroom.desk)
    ticket = newsroom.delivery.ticket

    answer = deliver_post.handler(messages(ticket, ticket), context)

    assert answer == {"batchItemFailures": []}
    assert len(newsroom.network.timeline) == 1
    assert newsroom.row.state is State.PUBLISHED
    assert counted()["PostPublished"] == 1.0


class BuyingDouble:
    """Sets every amount but those of the lines whose platform does not answer."""

    def __init__(self, silent: frozenset[str] = frozenset()) -> None:
        self._silent = silent
        self.applied_at: set[datetime] = set()

    def apply(self, order: Order, now: datetime) -> Outcome:
        self.applied_at.add(now)
        if order.line in self._silent:
            raise PlatformUnknown(order.line)
        return Outcome(subject=f"{order.brand}/{order.campaign}/{order.line}", metric="AmountSet")


def test_each_order_is_applied_and_counted(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Callable[[], dict[str, float]]
) -> None:
    desk = BuyingDouble()
    monkeypatch.setattr(apply_budget, "desk", desk)
    monkeypatch.setattr(apply_budget, "clock", NoonClock())

    answer = apply_budget.handler(event("apply_messages"), context)

    assert answer == {"batchItemFailures": []}
    assert desk.applied_at == {NOON}
    assert counted() == {"AmountSet": 2.0, "MessagesReturned": 0.0}


def test_an_order_of_a_silent_platform_goes_back_alone(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Callable[[], dict[str, float]]
) -> None:
    monkeypatch.setattr(apply_budget, "desk", BuyingDouble(silent=frozenset({"ig-story"})))

    answer = apply_budget.handler(event("apply_messages"), context)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2e1424d4-f796-459a-8184-9c92662be6da"}]}
    assert counted() == {"AmountSet": 1.0, "MessagesReturned": 1.0}
