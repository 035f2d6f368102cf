"""What a connector offers whatever the account: each connector's module states it as TERMS."""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from parution.publishing.ports import Guarantee
from parution.publishing.rates import Limit


class Offer(StrEnum):
    """What a network lets a program do beside publishing."""

    COMMENTS = "comments"  # what stands below a post can be read (Conversing)
    ANSWERS = "answers"  # a piece may stand below a post or a comment (Piece.reply_to)
    HIDES = "hides"  # a comment can be hidden (Hiding)
    DELETES = "deletes"  # a post can be taken away (Deleting)


class Version(NamedTuple):
    """The version of a network's API that a connector speaks, where versions end on a day that is known."""

    name: str
    ends_on: date
    source: str


class Terms(NamedTuple):
    """A network's terms against doubles; several guarantees: the account's secret says which.

    ``kinds`` are names of CONTENTS in the certification suite: what the connector claims to publish.
    """

    guarantees: tuple[Guarantee, ...]
    settling: timedelta
    key_lives: timedelta | None  # for accounts that are KEYED
    limits: tuple[Limit, ...]
    kinds: tuple[str, ...] = ("text", "link", "picture", "pictures")
    offers: frozenset[Offer] = frozenset()
    version: Version | None = None
