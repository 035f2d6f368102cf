"""What the publishing desk needs from the world."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Delivery, Ticket
from parution.records import Instant, Record


class Published(Record):
    """The network has it and said so."""

    remote_id: str
    url: str | None = None
    proof: str  # how we know: "answer", "own feed"
    at: Instant | None = None  # when the network says that it appeared


class Refused(Record):
    """The network refused for good; the reason is for the person who planned the post."""

    reason: str


class NotSent(Record):
    """Proven that nothing was published; it may be tried again after a while."""

    reason: str
    retry_after: timedelta


class Unknown(Record):
    """The request left and no usable answer came: it may be published, now or in a moment."""

    reason: str


class NotFound(Record):
    """The network was asked and does not show it (so far)."""


Outcome = Published | Refused | NotSent | Unknown


class Guarantee(StrEnum):
    """What a network offers against doubles."""

    KEYED = "keyed"  # it honours an idempotency key
    STEPWISE = "stepwise"  # container or session ids
    READABLE = "readable"  # its own feed can be searched
    BLIND = "blind"  # neither: after a lost answer a person decides


class Prepared(Record):
    """What was uploaded ahead and is not public: references that the commit call names."""

    content: Content
    media_ids: tuple[str, ...] = ()


class PostFigures(Record):
    """What a network counts about a post; a figure that it does not give is None, never 0."""

    likes: int | None = None
    shares: int | None = None
    replies: int | None = None


class Media(Protocol):
    def read(self, ref: MediaRef) -> bytes:
        """Give the file's bytes. Raises MediaChanged when it is gone or no longer the one planned."""


class Network(Protocol):
    """One account on one social network."""

    guarantee: Guarantee
    # How long after a lost answer the post may still appear, and be missing from a search.
    settling: timedelta
    # For how long after the first attempt a second one under the same key is harmless; None: never.
    key_lives: timedelta | None

    def prepare(self, content: Content, media: Media) -> Prepared | Refused | NotSent:
        """Do everything that is not public yet (uploads, containers). Raises MediaChanged."""

    def commit(self, prepared: Prepared, key: str) -> Outcome:
        """Make the one call that publishes. No retries, no redirects, never twice in an attempt."""

    def find(self, content: Content, key: str, since: datetime) -> Published | NotFound | NotSent:
        """Look for an earlier attempt's effect. NotSent: it could not be looked up; ask again later."""

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read what the network counts about a published post."""


class Networks(Protocol):
    def open(self, network: str, account: str) -> Network:
        """Give the account behind a `secret:` name. Raises NoSuchSecret."""


class Waiting(NamedTuple):
    """An entry of the due index: it only finds, the claim decides."""

    ticket: Ticket
    wake_at: datetime


class Deliveries(Protocol):
    """The posts table as publishing sees it."""

    def read(self, ticket: Ticket, *, consistent: bool) -> Delivery | None:
        """Read a delivery's row; None when there is none.

        Not consistent costs half, and may give the row as it was a moment ago, or miss a new one.
        """

    def create(self, delivery: Delivery) -> None:
        """Store a new delivery. Raises NotAsRead when another row stands there."""

    def move(self, before: Delivery, after: Delivery) -> None:
        """Store ``after`` if the row still is ``before`` (state, version, fence).

        Raises NotAsRead otherwise, except when the row already is ``after``: an answer was lost, and
        the write that won was our own.
        """

    def content(self, brand: str, post: str, content: str) -> Content:
        """Read the content of a post by its hash, whoever planned it meanwhile."""

    def keep_content(self, brand: str, post: str, content: Content) -> None:
        """Store a content under its hash; storing it twice changes nothing."""

    def of_brand(self, brand: str) -> Iterator[Delivery]:
        """Give all deliveries of a brand, in the order of their ids."""

    def due(self, minute: datetime) -> Iterator[Waiting]:
        """Give what waits for this UTC minute, from the sparse index (eventually consistent)."""

    def mark(self, name: str) -> datetime | None:
        """Read a high-water mark: every minute up to it was taken."""

    def advance(self, name: str, before: datetime | None, after: datetime) -> None:
        """Move a mark forward. Raises NotAsRead when another run moved it."""


class Holds(Protocol):
    def standing(self, brand: str, channel: str) -> str | None:
        """Give the reason of a hold on everything, this brand or this channel, read consistently."""


class DeliveryQueue(Protocol):
    def send(self, waiting: Sequence[tuple[Ticket, timedelta]]) -> None:
        """Send each ticket with its delay (0 to 900 s). A ticket may arrive twice."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Give the present instant in UTC."""

    def wait_until(self, instant: datetime) -> None:
        """Return no earlier than ``instant``."""
