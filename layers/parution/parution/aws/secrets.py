"""Secrets as SSM SecureStrings under the stack's path; each holds a JSON object of texts."""

from __future__ import annotations

import json
import time
from itertools import batched
from threading import Lock
from typing import TYPE_CHECKING

from parution.errors import NoSuchSecret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ssm import SSMClient

_BATCH = 10  # names in one GetParameters call, by SSM's own limit
# SSM answers 40 calls a second in all; ten deliveries that begin at once make one call, not ten.
# https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm
_GATHER = 0.01  # seconds
_KEPT_FOR = 300  # seconds: a secret that was replaced is used no longer than this


class SsmSecrets:
    """Secrets; values are kept in memory for five minutes, since each call costs money and time."""

    def __init__(
        self, client: SSMClient, prefix: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._prefix, self._monotonic = client, prefix.rstrip("/"), monotonic
        self._values: dict[str, tuple[Mapping[str, str], float]] = {}
        self._wanted: set[str] = set()
        self._reading = Lock()

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
        """Give a secret's values. Threads that ask at the same moment share one call. Raises NoSuchSecret."""
        kept = self._kept(name)
        if kept is None:
            self._wanted.add(name)
            with self._reading:
                kept = self._kept(name) or self._read(name)
        return kept

    def _kept(self, name: str) -> Mapping[str, str] | None:
        value, read_at = self._values.get(name, (None, 0.0))
        return value if self._monotonic() - read_at <= _KEPT_FOR else None

    def store(self, name: str, value: Mapping[str, str]) -> None:
        self._client.put_parameter(
            Name=self._path(name), Value=json.dumps(dict(value)), Type="SecureString", Overwrite=True
        )
        self._values.pop(name, None)

    def _path(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def _read(self, name: str) -> Mapping[str, str]:
        """Read this secret, and with it what other threads wait for."""
        if len(self._wanted) == 1:
            time.sleep(_GATHER)  # a batch's other threads are about to ask
        names = [name, *(self._wanted.copy() - {name})][:_BATCH]
        self._wanted.difference_update(names)
        found = self._client.get_parameters(Names=[self._path(one) for one in names], WithDecryption=True)
        for parameter in found["Parameters"]:
            value: dict[str, str] = json.loads(parameter["Value"])
            self._values[parameter["Name"].removeprefix(f"{self._prefix}/")] = (value, self._monotonic())
        if (kept := self._kept(name)) is None:
            raise NoSuchSecret(name)
        return kept
