"""The posts table and its double in memory answer alike."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from parution.aws.posts_table import PostsTable
from parution.errors import NotAsRead
from parution.guarding.holds import Scope, Standing
from parution.plan.model import Plan
from parution.plan.ports import BrandRow
from parution.publishing import deliveries
from parution.publishing.deliveries import Prepared
from parution.sandbox.memory_posts import MemoryPosts
from tests import clients
from tests.builders import BUCHE, NOON, a_change, a_delivery, an_attempt
from tests.tables import create_table

type Posts = PostsTable | MemoryPosts

PLAN = Plan.model_validate(
    {
        "version": 1,
        "brand": {
            "id": "boulangerie-martin",
            "name": "Boulangerie Martin",
            "locale": "fr-FR",
            "timezone": "Europe/Paris",
            "currency": "EUR",
        },
    }
)


@pytest.fixture(params=["memory", "table"])
def posts(request: pytest.FixtureRequest) -> Iterator[Posts]:
    if request.param == "memory":
        yield MemoryPosts()
        return
    request.getfixturevalue("moto_aws")
    client = clients.client("dynamodb")
    yield PostsTable(client, create_table(client, "PostsTable", "posts"))


def a_row(version: int, digest: str) -> BrandRow:
    return BrandRow(plan=PLAN, key="plans/martin.json", digest=digest, version=version, imported_at=NOON)


def test_a_delivery_is_read_as_it_was_created(posts: Posts) -> None:
    delivery = a_delivery()

    posts.create(delivery)

    assert posts.read(delivery.ticket, consistent=True) == delivery


def test_what_was_never_created_is_not_there(posts: Posts) -> None:
    assert posts.read(a_delivery().ticket, consistent=True) is None


def test_creating_the_same_delivery_again_changes_nothing(posts: Posts) -> None:
    posts.create(a_delivery())

    posts.create(a_delivery())

    assert list(posts.of_brand("boulangerie-martin")) == [a_delivery()]


def test_creating_over_another_delivery_is_refused(posts: Posts) -> None:
    posts.create(a_delivery())

    with pytest.raises(NotAsRead):
        posts.create(a_delivery(content="0" * 32))

    assert posts.read(a_delivery().ticket, consistent=True) == a_delivery()


def test_of_two_moves_from_the_same_reading_one_wins(posts: Posts) -> None:
    read = a_delivery()
    posts.create(read)
    first = deliveries.claimed(read, an_attempt("first"), Prepared(), a_change("due"))

    posts.move(read, first)

    with pytest.raises(NotAsRead):
        posts.move(read, deliveries.claimed(read, an_attempt("second"), Prepared(), a_change("due")))
    assert posts.read(read.ticket, consistent=True) == first


def test_a_move_repeated_after_a_lost_answer_is_our_own_win(posts: Posts) -> None:
    read = a_delivery()
    posts.create(read)
    claimed = deliveries.claimed(read, an_attempt("ours"), Prepared(), a_change("due"))
    posts.move(read, claimed)

    posts.move(read, claimed)

    assert posts.read(read.ticket, consistent=True) == claimed


def test_what_does_not_exist_cannot_be_moved(posts: Posts) -> None:
    with pytest.raises(NotAsRead):
        posts.move(a_delivery(), deliveries.claimed(a_delivery(), an_attempt("ours"), Prepared(), a_change()))


def test_the_due_index_finds_a_delivery_in_its_minute_only(posts: Posts) -> None:
    delivery = a_delivery(due_at=NOON + timedelta(seconds=42))
    posts.create(delivery)

    assert [(waiting.ticket, waiting.wake_at) for waiting in posts.due(NOON)] == [
        (delivery.ticket, NOON + timedelta(seconds=42))
    ]
    assert list(posts.due(NOON + timedelta(minutes=1))) == []


def test_a_delivery_that_nobody_must_look_at_leaves_the_due_index(posts: Posts) -> None:
    delivery = a_delivery()
    posts.create(delivery)

    posts.move(delivery, deliveries.cancelled(delivery, a_change("removed from the plan")))

    assert list(posts.due(NOON)) == []


def test_a_delivery_that_is_being_sent_stays_in_the_due_index_for_the_sweep(posts: Posts) -> None:
    delivery = a_delivery()
    posts.create(delivery)

    posts.move(delivery, deliveries.claimed(delivery, an_attempt("ours"), Prepared(), a_change("due")))

    assert [waiting.ticket for waiting in posts.due(NOON)] == [delivery.ticket]


def test_a_brands_deliveries_are_its_own_and_in_order(posts: Posts) -> None:
    for brand, post in (("b", "two"), ("b", "one"), ("other", "one")):
        posts.create(a_delivery(brand=brand, post=post))

    assert [delivery.id for delivery in posts.of_brand("b")] == ["b/one/masto", "b/two/masto"]


def test_a_content_is_read_by_its_hash(posts: Posts) -> None:
    posts.keep_content("b", "p", BUCHE)
    posts.keep_content("b", "p", BUCHE)

    assert posts.content("b", "p", BUCHE.hash) == BUCHE


def test_a_content_that_was_never_kept_is_an_error(posts: Posts) -> None:
    with pytest.raises(KeyError):
        posts.content("b", "p", "0" * 32)


def test_a_mark_moves_forward_once(posts: Posts) -> None:
    assert posts.mark("dispatch") is None

    posts.advance("dispatch", None, NOON)
    posts.advance("dispatch", NOON, NOON + timedelta(minutes=5))

    assert posts.mark("dispatch") == NOON + timedelta(minutes=5)


def test_a_mark_that_another_run_moved_is_not_moved(posts: Posts) -> None:
    posts.advance("dispatch", None, NOON)

    with pytest.raises(NotAsRead):
        posts.advance("dispatch", NOON - timedelta(minutes=1), NOON + timedelta(minutes=1))
    with pytest.raises(NotAsRead):
        posts.advance("dispatch", None, NOON + timedelta(minutes=1))

    assert posts.mark("dispatch") == NOON


def test_a_hold_stands_until_it_is_lifted(posts: Posts) -> None:
    nothing = posts.standing()
    held = nothing.with_hold(Scope(brand="boulangerie-martin"), "intoxication", "claire", NOON)

    posts.change(nothing, held)
    assert posts.standing() == held

    posts.change(held, held.without(Scope(brand="boulangerie-martin")))
    assert posts.standing().holds == ()


def test_of_two_changes_of_the_holds_from_one_reading_one_wins(posts: Posts) -> None:
    nothing = posts.standing()
    first = nothing.with_hold(Scope(brand="martin"), "intoxication", "claire", NOON)
    posts.change(nothing, first)

    with pytest.raises(NotAsRead):
        posts.change(nothing, nothing.with_hold(Scope(brand="cimes"), "avalanche", "karim", NOON))

    assert posts.standing() == first


def test_a_change_of_the_holds_repeated_after_a_lost_answer_is_our_own_win(posts: Posts) -> None:
    held = Standing().with_hold(Scope(), "intoxication", "claire", NOON)
    posts.change(Standing(), held)

    posts.change(Standing(), held)

    assert posts.standing() == held


def test_a_later_part_is_a_row_of_its_own_beside_the_first(posts: Posts) -> None:
    first, second = a_delivery(parts=2), a_delivery(part=1, parts=2, under=0, content="0" * 32)

    posts.create(first)
    posts.create(second)

    assert list(posts.of_brand("boulangerie-martin")) == [first, second]
    assert posts.read(second.ticket, consistent=True) == second
    assert {waiting.ticket for waiting in posts.due(NOON)} == {first.ticket, second.ticket}


def test_a_brand_is_read_as_it_was_kept(posts: Posts) -> None:
    assert posts.brand("boulangerie-martin") is None

    posts.keep_brand(a_row(1, "a"), None)

    assert posts.brand("boulangerie-martin") == a_row(1, "a")
    assert posts.brands() == ["boulangerie-martin"]


def test_of_two_imports_of_a_brand_one_is_told_to_begin_again(posts: Posts) -> None:
    posts.keep_brand(a_row(1, "a"), None)
    posts.keep_brand(a_row(2, "b"), a_row(1, "a"))

    with pytest.raises(NotAsRead):
        posts.keep_brand(a_row(2, "c"), a_row(1, "a"))
    with pytest.raises(NotAsRead):
        posts.keep_brand(a_row(1, "d"), None)


def test_a_plan_file_belongs_to_the_brand_that_it_held_first(posts: Posts) -> None:
    assert posts.owner("plans/martin.json") is None

    posts.claim_key("plans/martin.json", "boulangerie-martin")
    posts.claim_key("plans/martin.json", "boulangerie-martin")

    with pytest.raises(NotAsRead):
        posts.claim_key("plans/martin.json", "hotel-cimes")
    assert posts.owner("plans/martin.json") == "boulangerie-martin"


def test_instants_keep_their_microseconds(posts: Posts) -> None:
    delivery = a_delivery(due_at=datetime(2026, 12, 3, 12, 0, 0, 123456, tzinfo=UTC))

    posts.create(delivery)

    assert posts.read(delivery.ticket, consistent=True) == delivery
