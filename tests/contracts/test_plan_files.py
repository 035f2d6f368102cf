"""The bucket of plans, media and results, and its double in memory."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from parution.aws.plan_bucket import PlanBucket
from parution.errors import MediaChanged, NotAsRead
from parution.plan.ports import StoredFile
from parution.publishing.content import MediaRef
from parution.sandbox.memory_plans import MemoryPlanBucket
from parution.wiring import SIGNING
from tests import clients

KEY = "plans/boulangerie-martin.json"


class InMemory:
    def __init__(self) -> None:
        self.bucket = MemoryPlanBucket()

    def upload(self, key: str, body: bytes) -> None:
        self.bucket.upload(key, body, at=datetime.now(UTC))

    def remove(self, key: str) -> None:
        self.bucket.remove(key)

    def result(self, key: str) -> Mapping[str, Any]:
        return self.bucket.results[key]


class OnS3:
    def __init__(self) -> None:
        self.client = clients.client("s3", "us-east-1")
        self.client.create_bucket(Bucket="plans")
        self.bucket = PlanBucket(self.client, "plans")

    def upload(self, key: str, body: bytes) -> None:
        self.client.put_object(Bucket="plans", Key=key, Body=body)

    def remove(self, key: str) -> None:
        self.client.delete_object(Bucket="plans", Key=key)

    def result(self, key: str) -> Mapping[str, Any]:
        document: Mapping[str, Any] = json.loads(
            self.client.get_object(Bucket="plans", Key=key)["Body"].read()
        )
        return document


@pytest.fixture(params=["memory", "s3"])
def side(request: pytest.FixtureRequest) -> InMemory | OnS3:
    if request.param == "memory":
        return InMemory()
    request.getfixturevalue("moto_aws")
    return OnS3()


def test_a_plan_is_read_with_its_size_and_its_hour(side: InMemory | OnS3) -> None:
    side.upload(KEY, b'{"version": 1}')

    file = side.bucket.plan_file(KEY, 100)

    assert file is not None
    assert (file.body, file.size) == (b'{"version": 1}', 14)
    assert abs(file.uploaded_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_of_a_large_file_only_the_beginning_is_read_and_the_whole_size_told(side: InMemory | OnS3) -> None:
    side.upload(KEY, b"x" * 10_000)

    file = side.bucket.plan_file(KEY, 4)

    assert file is not None
    assert (file.body, file.size) == (b"xxxx", 10_000)


def test_a_film_is_read_in_ranges_as_long_as_it_is_the_one_planned(side: InMemory | OnS3) -> None:
    side.upload("media/four.mp4", b"0123456789")
    stored = side.bucket.stored("media/four.mp4")
    assert stored is not None
    planned = MediaRef(key="media/four.mp4", etag=stored.etag, kind="video/mp4")
    replaced = planned.model_copy(update={"etag": "another"})

    parts = [side.bucket.part(planned, *which) for which in ((0, 4), (4, 4), (8, 4))]

    assert parts == [b"0123", b"4567", b"89"]
    assert side.bucket.size(planned) == 10
    for read in (side.bucket.size, side.bucket.address, lambda ref: side.bucket.part(ref, 0, 4)):
        with pytest.raises(MediaChanged):
            read(replaced)


def test_an_address_is_one_that_the_bucket_itself_answers(side: InMemory | OnS3) -> None:
    side.upload("media/four.mp4", b"0123456789")
    stored = side.bucket.stored("media/four.mp4")
    assert stored is not None

    bucket = side.bucket
    if isinstance(side, OnS3):
        bucket = PlanBucket(boto3.client("s3", region_name="us-east-1", config=SIGNING), "plans")
    address = bucket.address(MediaRef(key="media/four.mp4", etag=stored.etag, kind="video/mp4"))

    parts = urlsplit(address)
    assert (parts.scheme, parts.path.endswith("media/four.mp4")) == ("https", True)
    if isinstance(side, OnS3):
        signed = parse_qs(parts.query)
        assert signed["X-Amz-Expires"] == ["3600"]
        assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


def test_a_file_that_is_gone_is_none(side: InMemory | OnS3) -> None:
    assert side.bucket.plan_file(KEY, 100) is None
    assert side.bucket.stored("media/absente.png") is None


def test_what_is_stored_has_an_etag_that_changes_with_its_bytes(side: InMemory | OnS3) -> None:
    side.upload("media/buche.png", b"one")
    first = side.bucket.stored("media/buche.png")
    side.upload("media/buche.png", b"two!")
    second = side.bucket.stored("media/buche.png")

    assert first is not None
    assert first == StoredFile(etag="f97c5d29941bfb1b2fdab0874906ab82", size=3)
    assert second is not None
    assert (second.size, second.etag == first.etag) == (4, False)


def test_a_plan_and_a_look_at_it_give_the_same_etag(side: InMemory | OnS3) -> None:
    side.upload(KEY, b"{}")

    file, stored = side.bucket.plan_file(KEY, 100), side.bucket.stored(KEY)

    assert file is not None
    assert stored is not None
    assert file.etag == stored.etag


def test_a_plan_is_replaced_only_as_it_was_read(side: InMemory | OnS3) -> None:
    side.bucket.replace(KEY, b"{}", None)
    side.bucket.replace(KEY, b"{}", None)  # again, after a lost answer: it is there already
    first = side.bucket.stored(KEY)
    assert first is not None

    with pytest.raises(NotAsRead):
        side.bucket.replace(KEY, b'{"mine": 1}', None)
    side.bucket.replace(KEY, b'{"theirs": 1}', first.etag)
    with pytest.raises(NotAsRead):
        side.bucket.replace(KEY, b'{"mine": 1}', first.etag)

    file = side.bucket.plan_file(KEY, 100)
    assert file is not None
    assert file.body == b'{"theirs": 1}'


def test_media_are_read_as_they_were_planned(side: InMemory | OnS3) -> None:
    side.upload("media/buche.png", b"picture")
    stored = side.bucket.stored("media/buche.png")
    assert stored is not None

    assert side.bucket.read(MediaRef(key="media/buche.png", etag=stored.etag, kind="image/png")) == b"picture"


def test_media_that_are_no_longer_the_ones_planned_are_refused(side: InMemory | OnS3) -> None:
    side.upload("media/buche.png", b"picture")
    stored = side.bucket.stored("media/buche.png")
    assert stored is not None
    ref = MediaRef(key="media/buche.png", etag=stored.etag, kind="image/png")

    side.upload("media/buche.png", b"another")
    with pytest.raises(MediaChanged):
        side.bucket.read(ref)

    side.remove("media/buche.png")
    with pytest.raises(MediaChanged):
        side.bucket.read(ref)


def test_a_result_is_readable_json_and_replaces_the_one_before(side: InMemory | OnS3) -> None:
    side.bucket.write_result("results/a.json", {"status": "refused"})
    side.bucket.write_result("results/a.json", {"status": "imported", "brand": "pâtisserie"})

    assert side.result("results/a.json") == {"status": "imported", "brand": "pâtisserie"}
