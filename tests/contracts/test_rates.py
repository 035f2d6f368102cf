"""The rows of rates and their double in memory answer alike."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from parution.aws.rate_table import RateTable
from parution.publishing.rates import Bucket, Holder, Place, Window
from parution.sandbox.memory_rates import MemoryRates
from tests import clients
from tests.builders import NOON
from tests.tables import create_table

type Buckets = RateTable | MemoryRates

ACCOUNT, APP = Holder("x", "secret:x-martin"), Holder("x")
PAUSE = Window(name="account: pause", after=0, left=0, resets_at=NOON)
COUNTED = Window(
    name="account: 100 in 0:15:00",
    after=0,
    left=100,
    resets_at=NOON + timedelta(seconds=900, microseconds=7),
    limit=100,
    per=timedelta(minutes=15),
    ours=True,
)
BEGUN = Bucket(windows=(PAUSE, COUNTED))


@pytest.fixture(params=["memory", "table"])
def buckets(request: pytest.FixtureRequest) -> Iterator[Buckets]:
    if request.param == "memory":
        yield MemoryRates()
        return
    request.getfixturevalue("moto_aws")
    client = clients.client("dynamodb")
    yield RateTable(client, create_table(client, "PostsTable", "posts"))


def test_where_nothing_is_scarce_nothing_stands(buckets: Buckets) -> None:
    assert buckets.read(ACCOUNT) is None


def test_nobody_draws_where_nothing_stands(buckets: Buckets) -> None:
    assert buckets.draw(ACCOUNT) is None
    assert buckets.read(ACCOUNT) is None


def test_a_bucket_is_read_as_it_was_written(buckets: Buckets) -> None:
    written = buckets.swap(ACCOUNT, None, BEGUN)

    assert written == Bucket(serial=1, taken=0, windows=(PAUSE, COUNTED))
    assert buckets.read(ACCOUNT) == written


def test_an_account_and_its_app_have_a_bucket_each(buckets: Buckets) -> None:
    buckets.swap(ACCOUNT, None, BEGUN)

    assert buckets.read(APP) is None
    assert buckets.read(Holder("linkedin", "secret:x-martin")) is None


def test_each_draw_gives_the_next_number_and_the_bucket_as_it_stands(buckets: Buckets) -> None:
    begun = buckets.swap(ACCOUNT, None, BEGUN)

    drawn = [buckets.draw(ACCOUNT) for _ in range(2)]

    assert drawn == [begun.model_copy(update={"taken": number}) for number in (1, 2)]


def test_of_two_that_begin_a_bucket_the_first_wins(buckets: Buckets) -> None:
    first = buckets.swap(ACCOUNT, None, BEGUN)

    assert buckets.swap(ACCOUNT, None, Bucket(windows=(PAUSE,))) == first
    assert buckets.read(ACCOUNT) == first


def test_of_two_that_change_what_they_read_the_first_wins(buckets: Buckets) -> None:
    read = buckets.swap(ACCOUNT, None, BEGUN)
    first = buckets.swap(ACCOUNT, read, read.model_copy(update={"windows": (PAUSE,)}))

    second = buckets.swap(ACCOUNT, read, read.model_copy(update={"windows": ()}))

    assert first == Bucket(serial=2, taken=0, windows=(PAUSE,))
    assert second == first


def test_a_change_that_knows_nothing_of_a_draw_is_not_made(buckets: Buckets) -> None:
    read = buckets.swap(ACCOUNT, None, BEGUN)
    drawn = buckets.draw(ACCOUNT)

    assert buckets.swap(ACCOUNT, read, read.model_copy(update={"windows": (PAUSE,)})) == drawn


def test_a_change_keeps_the_numbers(buckets: Buckets) -> None:
    buckets.swap(ACCOUNT, None, BEGUN)
    drawn = buckets.draw(ACCOUNT)
    assert drawn is not None

    changed = buckets.swap(ACCOUNT, drawn, drawn.model_copy(update={"windows": (PAUSE,)}))

    assert changed == Bucket(serial=2, taken=1, windows=(PAUSE,))


def test_the_last_number_can_be_given_back_once(buckets: Buckets) -> None:
    buckets.swap(ACCOUNT, None, BEGUN)
    buckets.draw(ACCOUNT)
    place = Place(counted="account", number=1, serial=1)
    buckets.give_back(ACCOUNT, place)
    buckets.draw(ACCOUNT)  # by somebody else

    buckets.give_back(ACCOUNT, place)

    assert buckets.read(ACCOUNT) == Bucket(serial=2, taken=1, windows=(PAUSE, COUNTED))


def test_a_number_that_others_came_after_is_wasted(buckets: Buckets) -> None:
    buckets.swap(ACCOUNT, None, BEGUN)
    buckets.draw(ACCOUNT)
    later = buckets.draw(ACCOUNT)

    buckets.give_back(ACCOUNT, Place(counted="account", number=1, serial=1))

    assert buckets.read(ACCOUNT) == later


def test_where_no_bucket_stands_there_is_nothing_to_give_back(buckets: Buckets) -> None:
    buckets.give_back(ACCOUNT, Place(counted="account", number=1, serial=1))

    assert buckets.read(ACCOUNT) is None


@pytest.mark.usefixtures("moto_aws")
def test_a_row_with_several_windows_fits_the_kilobyte_of_one_write_unit() -> None:
    client = clients.client("dynamodb")
    buckets = RateTable(client, create_table(client, "PostsTable", "posts"))

    buckets.swap(ACCOUNT, None, Bucket(windows=(PAUSE, COUNTED, COUNTED, COUNTED)))

    row = client.scan(TableName="posts")["Items"][0]
    assert (row["pk"]["S"], row["sk"]["S"]) == ("rates#x#secret:x-martin", "account")
    assert len(str(row)) < 1024
