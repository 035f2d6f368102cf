"""What importing a plan needs from the world."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from pydantic import Field

from parution.plan.model import Plan
from parution.records import Instant, Record


class BrandRow(Record):
    """The brand as imported: its plan without the posts, its file, and which writing of it this is."""

    plan: Plan
    key: str  # of the plan file
    digest: str  # SHA-256 of the file's bytes
    version: int = Field(ge=1)
    imported_at: datetime
    boosted_days: dict[str, tuple[date, ...]] = {}  # by campaign; the posts themselves are not in its plan


class Brands(Protocol):
    """The directory of brands: one row each, in the posts table, the plan's file as its own."""

    def brand(self, brand: str) -> BrandRow | None:
        """Read a brand's row consistently."""

    def brands(self) -> list[str]:
        """Give the ids of all brands, sorted."""

    def owner(self, key: str) -> str | None:
        """Give the brand that the plan file of this key holds, if it was ever imported."""

    def claim_key(self, key: str, brand: str) -> None:
        """Bind a plan file to its brand. Raises NotAsRead when another brand holds it."""

    def keep_brand(self, row: BrandRow, before: BrandRow | None) -> None:
        """Store the brand's row, last of an import. Raises NotAsRead when another import came between."""


class StoredFile(Record):
    etag: str
    size: int
    ratio: float | None = None  # width / height of a picture, where somebody looked inside
    seconds: float | None = None  # of a film, where somebody looked inside


class PlanFile(Record):
    """A plan file as it stands: its beginning, its whole size, and when it was uploaded."""

    body: bytes
    size: int
    etag: str
    uploaded_at: Instant


class PlanFiles(Protocol):
    """The bucket of plans, media and results."""

    def plan_file(self, key: str, limit: int) -> PlanFile | None:
        """Read a plan file, at most ``limit`` bytes of it; None when it is gone."""

    def stored(self, key: str) -> StoredFile | None:
        """Tell what stands under a key, of a plan or of media, or None."""

    def write_result(self, key: str, document: Mapping[str, Any]) -> None:
        """Write a result as JSON."""


class Secrets(Protocol):
    def known(self, names: frozenset[str]) -> frozenset[str]:
        """Give those of the names (without ``secret:``) that a secret is stored for; reads no value."""

    def value(self, name: str) -> Mapping[str, str]:
        """Read a secret. Raises NoSuchSecret."""

    def store(self, name: str, value: Mapping[str, str]) -> None:
        """Store a secret, replacing what stood there."""


class Schedules(Protocol):
    """The stack's schedule group."""

    def of_brand(self, brand: str) -> dict[str, tuple[str, str]]:
        """Give what is scheduled for a brand: job -> (expression, zone)."""

    def put(self, brand: str, job: str, expression: str, zone: str) -> None:
        """Create or change a schedule so that it stands as given."""

    def remove(self, brand: str, job: str) -> None:
        """Remove a schedule; one that is gone already is fine."""
