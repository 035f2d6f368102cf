"""Everything that this system raises on purpose.

ParutionError
├── NotAsRead            a row is no longer what was read: somebody else moved it
├── NotAccepted          a queue took a batch but not each of its messages
├── NoSuchSecret         a `secret:` reference that nothing serves
├── MediaChanged         a file under media/ is no longer the one that was planned
├── NoSuchDelivery       no delivery has this name
├── NothingToDecide      how a delivery or a campaign stands leaves a person nothing to decide in this way
├── TooManyHolds         more holds than can be read before every effect
├── IllegalEdge          a delivery was about to move where its state machine has no edge
├── FenceError           about the fence before the one public call of an attempt
│   ├── FenceClosed          a hold stands, or the clock was early: nothing may be sent
│   ├── FenceBypassed        an adapter came back without having crossed it
│   └── CrossedTwice         an adapter was about to make a second public call
├── ProblemRefused       an allocation problem that is malformed, or that this version can't solve exactly
├── CapReached           a reservation would lift exposure above the campaign's cap
├── MailError            a report was not handed to the mail service
│   ├── MailRefused          it was certainly not taken
│   └── MailUnknown          nobody knows whether it was taken
├── NotMailed            a report is written, and not every reader has it
└── PlatformError        an advertising platform did not do what was asked
    ├── PlatformRefused      it said no, and will say no again
    ├── PlatformBusy         it says later; nothing was changed
    └── PlatformUnknown      nobody knows whether it was done
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple


class ParutionError(Exception):
    """Raised only through its children."""


class NotAsRead(ParutionError):
    """The row is no longer what was read; nothing was written."""


class NotAccepted(ParutionError):
    """A queue took a batch but not each of its messages; sending them again is harmless."""


class MailError(ParutionError):
    """A message was not handed to the mail service; the text names no address."""


class MailRefused(MailError):
    """The service did not take the message, so that it may be sent again."""


class MailUnknown(MailError):
    """The answer was lost: the message may be on its way, and is never sent again."""


class NotMailed(ParutionError):
    """The report is written, and so many of its readers were refused their mail: another run tries again."""


class NoSuchSecret(ParutionError):
    """No secret of this name is stored; `parution secret set NAME` stores one."""


class MediaChanged(ParutionError):
    """The file is no longer the one that was planned; importing the plan again takes the new one."""


class NoSuchDelivery(ParutionError):
    """No delivery has this name; `parution status` prints those that there are."""


class NothingToDecide(ParutionError):
    """How it stands leaves a person nothing to decide in this way; ``instead`` says what to do."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.instead = instead


class TooManyHolds(ParutionError):
    """So many holds stand that another one must take the place of some; everything can always be held."""


class IllegalEdge(ParutionError):
    """The state machine has no such edge; nothing was written. A defect of ours."""


class FenceError(ParutionError):
    """About the fence before the one public call of an attempt."""


class FenceClosed(FenceError):
    """The call must not be made: a hold stands, or the clock was early. Nothing was sent."""


class FenceBypassed(FenceError):
    """An adapter came back without having crossed the fence, so that nobody knows what it did."""


class CrossedTwice(FenceError):
    """An adapter was about to make a second public call in one attempt; it was not made."""


class Fault(NamedTuple):
    """What is wrong at one place of a document; the place as a JSON Pointer (RFC 6901)."""

    pointer: str
    message: str


class ProblemRefused(ParutionError):
    """The allocation problem can't be taken as it is; ``faults`` names every place and what to write."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.pointer} {fault.message}".strip() for fault in faults))
        self.faults = tuple(faults)


class CapReached(ParutionError):
    """Reserving this much would lift the campaign's exposure above its cap; nothing was reserved."""


class PlatformError(ParutionError):
    """An advertising platform did not do what was asked."""


class PlatformRefused(PlatformError):
    """The platform refused for good; its reason is the message."""


class PlatformBusy(PlatformError):
    """The platform asks to come back later; nothing was changed."""

    def __init__(self, reason: str, retry_after: timedelta) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class PlatformUnknown(PlatformError):
    """The answer was lost: the change may or may not have been made."""
