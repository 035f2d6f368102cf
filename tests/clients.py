"""Clients made once: each costs a fifteenth of a second, and moto takes over those made before it too."""

from functools import cache
from typing import Any

import boto3
import moto  # noqa: F401 (moto reaches the clients that are made after its import)


@cache
def client(service: str, region: str | None = None) -> Any:
    return boto3.client(service, region_name=region)  # type: ignore[call-overload]  # by name, for any service
