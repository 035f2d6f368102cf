"""What a report needs to be kept, and to reach its readers."""

from datetime import timedelta
from typing import Protocol


class ReportFiles(Protocol):
    """The bucket of reports."""

    def write(self, key: str, body: bytes, content_type: str) -> None:
        """Keep a file; writing the same again changes nothing that a reader sees."""

    def read(self, key: str) -> bytes | None:
        """Give a file's bytes, or None."""

    def point(self, key: str, run: str, body: bytes) -> bool:
        """Let a JSON pointer name this run, unless it names a later one already (then False).

        Runs are compared as texts; ``body`` is a JSON object whose ``run`` is this run.
        """

    def claim(self, key: str, body: bytes) -> bool:
        """Keep a JSON file where none stands; of all who try exactly one gets True."""

    def link(self, key: str, lifetime: timedelta) -> str:
        """Give an address under which anybody reads the file for so long, at most."""


class Mailer(Protocol):
    """The mail service."""

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        """Hand one whole message (RFC 5322) to the service, once; give the service's id for it.

        Raises MailRefused when it was certainly not taken, MailUnknown when nobody knows.
        """
