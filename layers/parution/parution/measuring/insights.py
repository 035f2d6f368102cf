"""An insight: figures read back about a delivery or a line, with the instant they were read."""

from datetime import date

from pydantic import Field

from parution.records import Id, Instant, Record


class PostInsight(Record):
    """What a network counted about one delivery when it was read; a figure it does not give is None."""

    brand: Id
    post: Id
    channel: Id
    network: str
    read_at: Instant
    likes: int | None = None
    shares: int | None = None
    replies: int | None = None


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
    results: float | None = None
    impressions: int | None = None
    clicks: int | None = None
