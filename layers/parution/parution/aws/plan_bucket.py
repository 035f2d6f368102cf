"""The bucket of plans, media and results."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError, IncompleteReadError, ResponseStreamingError

from parution.aws.items import code_of
from parution.errors import MediaChanged, NotAsRead
from parution.plan.ports import PlanFile, StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_s3 import S3Client

    from parution.publishing.content import MediaRef

_TRIES = 3
_ADDRESS_LIVES = 3_600  # seconds: networks fetch at once, or after their own queue
_GONE = frozenset({"NoSuchKey", "404", "NotFound"})
_CHANGED = frozenset({"PreconditionFailed", "412"})
_AT_ONCE = frozenset({"ConditionalRequestConflict"})  # two conditional writes met
_JSON = "application/json; charset=utf-8"


class PlanBucket:
    """PlanFiles, and Media for those who publish."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def plan_file(self, key: str, limit: int) -> PlanFile | None:
        return _again(lambda: self._plan_file(key, limit))

    def _plan_file(self, key: str, limit: int) -> PlanFile | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) in _GONE:
                return None
            raise
        # Closed without reading the rest: what lies beyond the limit never crosses the network.
        with answer["Body"] as body:
            start = body.read(limit)
        return PlanFile(
            body=start,
            size=answer["ContentLength"],
            etag=answer["ETag"].strip('"'),
            uploaded_at=answer["LastModified"],
        )

    def stored(self, key: str) -> StoredFile | None:
        try:
            answer = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) in _GONE:
                return None
            raise
        return StoredFile(etag=answer["ETag"].strip('"'), size=answer["ContentLength"])

    def write_result(self, key: str, document: Mapping[str, Any]) -> None:
        body = json.dumps(document, ensure_ascii=False, indent=2).encode()
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=_JSON)

    def upload(self, key: str, body: bytes | BinaryIO, kind: str) -> None:
        """Put a file, in one piece: its etag is the MD5 of its bytes."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=kind)

    def replace(self, key: str, body: bytes, over: str | None) -> None:
        """Put a plan, if under its key still lies what has this etag; None: nothing.

        Raises NotAsRead where another file came between.
        """
        condition: dict[str, Any] = {"IfMatch": f'"{over}"'} if over else {"IfNoneMatch": "*"}
        put = {"Bucket": self._bucket, "Key": key, "Body": body, "ContentType": _JSON, **condition}
        try:
            self._client.put_object(**put)
        except ClientError as error:
            if code_of(error) not in _GONE | _CHANGED | _AT_ONCE:
                raise
            # After a lost answer the SDK asks again, and meets its own file.
            stored = self.stored(key)
            if stored is None or stored.etag != hashlib.md5(body, usedforsecurity=False).hexdigest():
                raise NotAsRead(key) from error

    def read(self, ref: MediaRef) -> bytes:
        """Give a file's bytes, if it still is the one planned. Raises MediaChanged."""
        return _again(lambda: self._bytes(ref))

    def _bytes(self, ref: MediaRef, **some: str) -> bytes:
        wanted: dict[str, Any] = {"Bucket": self._bucket, "Key": ref.key, "IfMatch": f'"{ref.etag}"', **some}
        try:
            answer = self._client.get_object(**wanted)
        except ClientError as error:
            if code_of(error) in _GONE | _CHANGED:
                raise MediaChanged(ref.key) from error
            raise
        return answer["Body"].read()

    def size(self, ref: MediaRef) -> int:
        """Give a file's length, if it still is the one planned. Raises MediaChanged."""
        stored = self.stored(ref.key)
        if stored is None or stored.etag != ref.etag:
            raise MediaChanged(ref.key)
        return stored.size

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        """Give some of a file's bytes, if it still is the one planned. Raises MediaChanged."""
        return _again(lambda: self._bytes(ref, Range=f"bytes={start}-{start + length - 1}"))

    def address(self, ref: MediaRef) -> str:
        """Sign an address for an hour; it ends with the function's own credentials at the latest.

        Raises MediaChanged. What a network fetches later is not bound to the etag: a file is replaced
        under another name by whoever wants another picture.
        """
        self.size(ref)
        asked = {"Bucket": self._bucket, "Key": ref.key}
        return self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=_ADDRESS_LIVES)


def _again[T](read: Callable[[], T]) -> T:
    """Read once more where a body ended too early: the SDK repeats requests, and not what comes after."""
    for _ in range(_TRIES - 1):
        try:
            return read()
        except (ResponseStreamingError, IncompleteReadError):
            continue
    return read()
