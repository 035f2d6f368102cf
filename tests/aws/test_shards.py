"""The number of shards of the due index may change while deliveries wait; none is overlooked."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from moto import mock_aws

from parution.aws.posts_table import PostsTable
from tests import clients
from tests.builders import NOON, a_delivery
from tests.tables import create_table


@pytest.fixture
def table() -> Iterator[str]:
    with mock_aws():
        yield create_table(clients.client("dynamodb"), "PostsTable", "posts")


def a_table(name: str, shards: int) -> PostsTable:
    return PostsTable(clients.client("dynamodb"), name, shards)


def plan(posts: PostsTable, *names: str) -> None:
    for name in names:
        posts.create(a_delivery(post=name))


def found(posts: PostsTable) -> set[str]:
    return {waiting.ticket.post for waiting in posts.due(NOON)}


MANY = tuple(f"post-{number}" for number in range(40))


def test_a_dispatcher_that_was_told_of_fewer_shards_finds_what_was_written_to_more(table: str) -> None:
    plan(a_table(table, 16), *MANY)

    assert found(a_table(table, 4)) == set(MANY)


def test_what_was_written_to_many_shards_is_found_after_they_are_made_fewer(table: str) -> None:
    plan(a_table(table, 16), *MANY[:20])

    fewer = a_table(table, 4)
    plan(fewer, *MANY[20:])

    assert found(fewer) == set(MANY)


def test_a_dispatcher_that_already_runs_learns_of_more_shards_before_its_next_tick(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    running = a_table(table, 4)
    found(running)

    plan(a_table(table, 16), *MANY)
    now[0] += 60

    assert found(running) == set(MANY)


def test_with_the_usual_number_of_shards_nobody_notes_or_asks_anything(table: str) -> None:
    a_table(table, 4).create(a_delivery(due_at=NOON + timedelta(hours=1)))

    items = clients.client("dynamodb").scan(TableName=table)["Items"]
    assert [item["pk"]["S"] for item in items] == ["brand#boulangerie-martin"]
