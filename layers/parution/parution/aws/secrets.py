"""Secrets as SSM SecureStrings under the stack's path; each holds a JSON object of texts."""

from __future__ import annotations

import json
import time
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from parution.aws.items import code_of
from parution.errors import NoSuchSecret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ssm import SSMClient

_BATCH = 10  # names in one GetParameters call, by SSM's own limit
_KEPT_FOR = 300  # seconds: a secret that was replaced is used no longer than this


class SsmSecrets:
    """Secrets; values are kept in memory for five minutes, since each call costs money and time."""

    def __init__(
        self, client: SSMClient, prefix: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._prefix, self._monotonic = client, prefix.rstrip("/"), monotonic
        self._values: dict[str, tuple[Mapping[str, str], float]] = {}

    def known(self, names: frozenset[str]) -> frozenset[str]:
        found = (
            parameter["Name"]
            for batch in batched(sorted(names), _BATCH, strict=False)
            for parameter in self._client.get_parameters(Names=[self._path(name) for name in batch])[
                "Parameters"
            ]
        )
        return frozenset(path.removeprefix(f"{self._prefix}/") for path in found)

    def value(self, name: str) -> Mapping[str, str]:
        kept = self._values.get(name)
        if kept is None or self._monotonic() - kept[1] > _KEPT_FOR:
            kept = self._values[name] = (self._read(name), self._monotonic())
        return kept[0]

    def store(self, name: str, value: Mapping[str, str]) -> None:
        self._client.put_parameter(
            Name=self._path(name), Value=json.dumps(dict(value)), Type="SecureString", Overwrite=True
        )
        self._values.pop(name, None)

    def _path(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def _read(self, name: str) -> Mapping[str, str]:
        try:
            answer = self._client.get_parameters(Names=[self._path(name)], WithDecryption=True)
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                raise NoSuchSecret(name) from error
            raise
        if not answer["Parameters"]:
            raise NoSuchSecret(name)
        value: dict[str, str] = json.loads(answer["Parameters"][0]["Value"])
        return value
