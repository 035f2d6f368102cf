"""An insight: figures read back about a delivery or a line, with the instant they were read."""

from datetime import date
from typing import Annotated

from pydantic import Field

from parution.records import Id, Instant, Record

Count = Annotated[int, Field(ge=0)]


class PostInsight(Record):
    """What a network counted about one delivery when it was read; a figure it does not give is None."""

    brand: Id
    post: Id
    channel: Id
    network: str
    read_at: Instant
    likes: Count | None = None
    shares: Count | None = None
    replies: Count | None = None
    views: Count | None = None  # how often it was shown or played, as the network counts it


class LineInsight(Record):
    """What an ad platform reported about one line on one day (of the ad account's zone) when it was read.

    ``spend`` is in minor units of the campaign's currency. Platforms revise: a later read replaces.
    """

    brand: Id
    campaign: Id
    line: Id
    day: date
    read_at: Instant
    spend: int = Field(ge=0)
    results: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    impressions: Count | None = None
    clicks: Count | None = None


def confirms[Insight: (PostInsight, LineInsight)](later: Insight, kept: Insight) -> bool:
    """Say whether a read found the very figures that are kept; only the instant may differ."""
    return later.model_copy(update={"read_at": kept.read_at}) == kept
