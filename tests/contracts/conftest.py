"""AWS as moto fakes it, for the adapters' side of the contracts (single calls only, never races)."""

from collections.abc import Iterator

import pytest
from moto import mock_aws


@pytest.fixture
def moto_aws() -> Iterator[None]:
    with mock_aws():
        yield
