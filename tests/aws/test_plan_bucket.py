"""What the bucket of plans and media does when a body breaks off."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast

import pytest
from botocore.exceptions import IncompleteReadError
from mypy_boto3_s3 import S3Client

from parution.aws.plan_bucket import PlanBucket
from parution.publishing.content import MediaRef

PICTURE = MediaRef(key="media/buche.png", etag="e1", kind="image/png")


class Broken(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise IncompleteReadError(actual_bytes=1, expected_bytes=3)


class Client:
    """S3 whose first bodies break off."""

    def __init__(self, broken: int) -> None:
        self.bodies: list[BytesIO] = [
            *(Broken() for _ in range(broken)),
            *(BytesIO(b"abc") for _ in range(3)),
        ]

    def get_object(self, **_: Any) -> dict[str, Any]:
        body = self.bodies.pop(0)
        return {"Body": body, "ContentLength": 3, "ETag": '"e1"', "LastModified": datetime.now(UTC)}


def a_bucket(broken: int) -> PlanBucket:
    return PlanBucket(cast("S3Client", Client(broken)), "plans")


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_a_file_whose_body_breaks_off_is_read_again(broken: int) -> None:
    assert a_bucket(broken).read(PICTURE) == b"abc"

    plan = a_bucket(broken).plan_file("plans/martin.json", 10)
    assert plan is not None
    assert plan.body == b"abc"


def test_a_body_that_keeps_breaking_off_is_an_error() -> None:
    with pytest.raises(IncompleteReadError):
        a_bucket(3).read(PICTURE)
