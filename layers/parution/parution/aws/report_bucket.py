"""The bucket of reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from parution.aws.items import code_of
from parution.errors import NotAsRead

if TYPE_CHECKING:
    from datetime import timedelta

    from mypy_boto3_s3 import S3Client

# Two reports of one brand at the same moment are rare, three a fault.
_TRIES = 3


class ReportBucket:
    """ReportFiles on S3; the pointer moves by compare and swap on its ETag."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def write(self, key: str, body: bytes, content_type: str) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def read(self, key: str) -> bytes | None:
        found = self._standing(key)
        return found[0] if found else None

    def point(self, key: str, run: str, body: bytes) -> bool:
        for _ in range(_TRIES):
            found = self._standing(key)
            if found and json.loads(found[0])["run"] > run:
                return False
            if self._swap(key, body, found[1] if found else None):
                return True
        raise NotAsRead(key)

    def claim(self, key: str, body: bytes) -> bool:
        return self._swap(key, body, None)

    def link(self, key: str, lifetime: timedelta) -> str:
        # It ends with the credentials that signed it, which for a function's role may be sooner.
        return self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=int(lifetime.total_seconds()),
        )

    def _standing(self, key: str) -> tuple[bytes, str] | None:
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            return None
        return found["Body"].read(), found["ETag"]

    def _swap(self, key: str, body: bytes, etag: str | None) -> bool:
        json_type = "application/json"
        try:
            if etag is None:
                self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=body, ContentType=json_type, IfNoneMatch="*"
                )
            else:
                self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=body, ContentType=json_type, IfMatch=etag
                )
        except ClientError as error:
            # 409: another conditional write of this key is under way.
            if code_of(error) not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise
            return False
        return True
