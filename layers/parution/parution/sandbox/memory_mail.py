"""The mail service in memory, for tests and rehearsals."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import NamedTuple

from parution.errors import MailRefused, MailUnknown


class Sent(NamedTuple):
    sender: str
    recipient: str
    message: EmailMessage


class MemoryMail:
    """Mailer. For addresses in ``refuses`` it takes nothing, for those in ``loses`` its answer is lost."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.refuses: set[str] = set()
        self.loses: set[str] = set()

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        if recipient in self.refuses:
            raise MailRefused("MessageRejected")
        parsed = message_from_bytes(message, policy=policy.default)
        self.sent.append(Sent(sender, recipient, parsed))
        if recipient in self.loses:
            raise MailUnknown("ReadTimeoutError")
        return f"mail-{len(self.sent)}"
