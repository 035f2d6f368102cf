"""What the publishing desk needs from the world."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Delivery, Prepared, Ticket
from parution.publishing.fence import Fence
from parution.publishing.rates import Left, Limit
from parution.records import Instant, Record


class Piece(Record):
    """What goes to the network: a content, under which key, below which post, with what was made ahead."""

    content: Content
    key: str
    due_at: Instant  # the same for every attempt, so that what is dated stays the same request
    reply_to: str | None = None  # the remote id of the post that it answers
    refs: tuple[str, ...] = ()


class Published(Record):
    """The network has it and said so."""

    remote_id: str
    url: str | None = None
    proof: str  # how we know: "answer", "own feed"
    at: Instant | None = None  # when the network says that it appeared
    left: tuple[Left, ...] = ()


class Refused(Record):
    """The network refused for good; the reason is for the person who planned the post."""

    reason: str
    left: tuple[Left, ...] = ()


class NotSent(Record):
    """Proven that nothing was published; it may be tried again after a while."""

    reason: str
    retry_after: timedelta
    left: tuple[Left, ...] = ()


class Unknown(Record):
    """The request left and no usable answer came: it may be published, now or in a moment."""

    reason: str


class NotFound(Record):
    """The network was asked and does not show it (so far)."""


class Preparing(Record):
    """The network is still at work on what was sent ahead: ask again, with these references."""

    refs: tuple[str, ...]
    reason: str
    retry_after: timedelta


Outcome = Published | Refused | NotSent | Unknown


class Guarantee(StrEnum):
    """What a network offers against doubles."""

    KEYED = "keyed"  # it honours an idempotency key
    STEPWISE = "stepwise"  # container or session ids
    READABLE = "readable"  # its own feed can be searched
    BLIND = "blind"  # neither: after a lost answer a person decides


class PostFigures(Record):
    """What a network counts about a post; a figure that it does not give is None, never 0.

    ``views``: how often it was shown or played, as the network counts it; two networks count differently.
    """

    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    views: int | None = None


class Comment(Record):
    """What somebody wrote below a post."""

    remote_id: str  # what an answer stands below, and what is hidden or deleted
    text: str
    author: str | None = None
    at: Instant | None = None
    hidden: bool = False


class Comments(Record):
    """A page of comments, in the network's own order."""

    found: tuple[Comment, ...] = ()
    more: str | None = None  # asks for the next page; None: this was the last


class Done(Record):
    """The network did what it was asked, or it was so already."""


class Media(Protocol):
    """The files of a post. Each method raises MediaChanged when one is gone or no longer the one planned."""

    def read(self, ref: MediaRef) -> bytes:
        """Give the file's bytes."""

    def size(self, ref: MediaRef) -> int:
        """Give the file's length in bytes."""

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        """Give at most ``length`` bytes from ``start`` on: films are never read whole."""

    def address(self, ref: MediaRef) -> str:
        """Give an address under which a network may fetch the file during the next hour."""


class Network(Protocol):
    """One account on one social network. Used by several threads at once."""

    guarantee: Guarantee
    # How long after a lost answer the post may still appear, and be missing from a search.
    settling: timedelta
    # KEYED: for how long after the first attempt a second one under the same key is harmless.
    key_lives: timedelta | None
    # What is so scarce that it must be counted before a network complains.
    limits: tuple[Limit, ...]

    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Do everything that is not public yet (uploads, containers). Raises MediaChanged.

        ``piece.refs`` holds what an earlier call left unfinished.
        """

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Cross the fence, then make the one call that publishes. No retries, no redirects."""

    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Look for an earlier attempt's effect. NotSent: it could not be looked up; ask again later."""

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read what the network counts about a published post."""


class Conversing(Protocol):
    """A connector whose Terms offer COMMENTS."""

    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Read what stands below a post; ``after`` is what the page before gave as ``more``."""


class Hiding(Protocol):
    """A connector whose Terms offer HIDES."""

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Take a comment out of sight of others. Asked twice, it is hidden."""


class Deleting(Protocol):
    """A connector whose Terms offer DELETES."""

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Take a published post away for good. NotFound: it is not there (any more)."""


class Networks(Protocol):
    def open(self, network: str, account: str) -> Network:
        """Give the account behind a `secret:` name. Raises NoSuchSecret."""


class Waiting(NamedTuple):
    """An entry of the due index: it only finds, the claim decides."""

    ticket: Ticket
    network: str
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


class Outgoing(NamedTuple):
    """A ticket on its way to the queue; the network chooses its lane."""

    ticket: Ticket
    network: str
    delay: timedelta


class DeliveryQueue(Protocol):
    def send(self, waiting: Sequence[Outgoing]) -> None:
        """Send each ticket with its delay (0 to 900 s). A ticket may arrive twice."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Give the present instant in UTC."""

    def wait_until(self, instant: datetime) -> None:
        """Return no earlier than ``instant``."""
