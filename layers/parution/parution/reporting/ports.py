"""What a report needs to be kept."""

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
