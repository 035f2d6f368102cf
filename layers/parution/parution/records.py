"""What every model of this system is: frozen, and strict about unknown keys."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A frozen value; a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


# An instant: aware, and always kept in UTC, so that two equal instants are also written alike.
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]

# Ids are stable and become keys, file names and schedule names (which allow 64 characters in all).
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
