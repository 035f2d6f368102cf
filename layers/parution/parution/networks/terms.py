"""What a connector offers whatever the account: each connector's module states it as TERMS."""

from datetime import timedelta
from typing import NamedTuple

from parution.publishing.ports import Guarantee
from parution.publishing.rates import Limit


class Terms(NamedTuple):
    """A network's terms against doubles; several guarantees: the account's secret says which."""

    guarantees: tuple[Guarantee, ...]
    settling: timedelta
    key_lives: timedelta | None  # for accounts that are KEYED
    limits: tuple[Limit, ...]
