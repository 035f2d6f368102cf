"""The mail desk: each reader gets each of their turns once, and never twice.

Who is to get a message is claimed before it is handed over. Of a claim that nobody answered for, it is not
known whether the message left: it is never sent again, for a report twice looks like a fault of the figures,
and one that is missing rings and lies in the bucket. A message that was certainly not taken is tried again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from parution.errors import MailRefused, MailUnknown, NotMailed
from parution.records import Record
from parution.reporting.letters import Letter, message
from parution.reporting.ports import Mailer, ReportFiles
from parution.reporting.turns import latest_turn

type Fate = Literal["mailed", "earlier", "refused", "unknown"]

# After this many refusals a turn is given up: its reader waits for the next one.
MOST_TRIES = 9
# A claim this old has no worker any more: write_report ends after two minutes.
_LOST_AFTER = timedelta(minutes=15)


class Posted(Record):
    """What became of the messages that were due; ``earlier`` ones were settled by another run."""

    mailed: int = 0
    earlier: int = 0
    refused: int = 0
    unknown: int = 0

    def __add__(self, other: "Posted") -> "Posted":
        names = type(self).model_fields
        return Posted(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def check(self) -> None:
        """Raise NotMailed where a reader was refused, so that the run is tried again, and rings at last."""
        if self.refused:
            raise NotMailed(f"{self.refused} of the report's readers were refused their mail")


class Mailing(NamedTuple):
    """One entry of the readers, and how its letter is written once somebody is due."""

    audience: str
    every: str | None
    to: tuple[str, ...]
    letter: Callable[[], Letter]


class MailDesk:
    """Sends what is due. Without a mailer or a sender it sends nothing."""

    def __init__(self, files: ReportFiles, mailer: Mailer | None, sender: str) -> None:
        self._files, self._mailer, self._sender = files, mailer, sender

    @property
    def sends(self) -> bool:
        return self._mailer is not None and bool(self._sender)

    def send(self, subject: str, timezone: str, mailings: Iterable[Mailing], now: datetime) -> Posted:
        """Mail the turns that have come; ``subject`` names what is reported on, as `brand=ID`."""
        if self._mailer is None or not self._sender:
            return Posted()
        fates: Counter[Fate] = Counter()
        for mailing in mailings:
            turn = latest_turn(mailing.every, timezone, now)
            for recipient in dict.fromkeys(mailing.to):
                key = _key(subject, turn, mailing.audience, recipient)
                fates[self._one(self._mailer, key, mailing, recipient, now)] += 1
        return Posted.model_validate(fates)

    def _one(self, mailer: Mailer, key: str, mailing: Mailing, recipient: str, now: datetime) -> Fate:
        for attempt in range(1, MOST_TRIES + 1):
            claim = f"{key}/{attempt}.claimed.json"
            if self._files.claim(claim, _fact(at=now.isoformat())):
                return self._hand_over(mailer, f"{key}/{attempt}", mailing, recipient)
            if self._files.read(f"{key}/{attempt}.refused.json") is None:
                return self._settled(f"{key}/{attempt}", claim, now)
        return "earlier"

    def _hand_over(self, mailer: Mailer, key: str, mailing: Mailing, recipient: str) -> Fate:
        try:
            number = mailer.send(message(mailing.letter(), self._sender, recipient), self._sender, recipient)
        except MailRefused as error:
            self._files.claim(f"{key}.refused.json", _fact(because=str(error)))
            return "refused"
        except MailUnknown as error:
            self._files.claim(f"{key}.unknown.json", _fact(because=str(error)))
            return "unknown"
        self._files.claim(f"{key}.mailed.json", _fact(number=number))
        return "mailed"

    def _settled(self, key: str, claim: str, now: datetime) -> Fate:
        """Tell of a claim by another run: a worker that died over it is told once."""
        if any(self._files.read(f"{key}.{fate}.json") for fate in ("mailed", "unknown")):
            return "earlier"
        claimed = json.loads(self._files.read(claim) or b"{}")
        is_lost = "at" in claimed and now - datetime.fromisoformat(claimed["at"]) > _LOST_AFTER
        if is_lost and self._files.claim(f"{key}.unknown.json", _fact(because="its worker ended")):
            return "unknown"
        return "earlier"


def _key(subject: str, turn: datetime, audience: str, recipient: str) -> str:
    # No address in a key: keys stand in logs and inventories.
    digest = hashlib.sha256(f"{subject}\n{recipient.lower()}".encode()).hexdigest()[:16]
    return f"mail/{subject}/turn={turn:%Y%m%dT%H%M%SZ}/{audience}-{digest}"


def _fact(**fact: str) -> bytes:
    return (json.dumps(fact) + "\n").encode()
