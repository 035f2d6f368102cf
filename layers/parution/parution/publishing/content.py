"""What one delivery shows: text, link and media, resolved for its channel."""

import hashlib

from parution.records import Record

# What a text writes for the address of the post that it follows.
ADDRESS = "{url}"


class MediaRef(Record):
    """One file under ``media/`` of the plan bucket.

    ``etag`` is the object's own at import: another file under the same name is another content.
    """

    key: str
    etag: str
    kind: str  # a MIME type
    alt: str | None = None  # "" says: decorative


class Content(Record):
    """The content of a delivery, bound to its hash: what was planned is what is published."""

    text: str
    link: str | None = None
    media: tuple[MediaRef, ...] = ()
    format: str | None = None
    language: str  # BCP 47, such as fr-FR
    tags: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 over the canonical JSON, the first 32 hex digits (128 bits)."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]

    def with_address(self, url: str | None) -> "Content":
        """Give it with the address of the post that it follows where its text asks for that."""
        return self.model_copy(update={"text": self.text.replace(ADDRESS, url)}) if url else self

    @property
    def asks_for_address(self) -> bool:
        return ADDRESS in self.text

    @property
    def has_film(self) -> bool:
        return any(file.kind.startswith("video/") for file in self.media)

    @property
    def body(self) -> str:
        """The text as readers see it: the link stands on a line of its own."""
        return f"{self.text}\n\n{self.link}" if self.link else self.text
