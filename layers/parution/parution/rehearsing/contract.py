"""What a rehearsal found: rehearsal.json is this, and the calendar and the summary are views of it."""

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from parution.money import Currency
from parution.plan.problems import Problem
from parution.publishing.deliveries import State
from parution.records import Instant, Record
from parution.rehearsing.looks import Look

SCHEMA = "parution.rehearsal/1"

# A delivery's own state, or that its network has no connector: then nothing was tried.
Standing = Literal["not_connected"] | State


class FaultLevel(StrEnum):
    """How hostile the networks are."""

    NONE = "none"
    SOME = "some"
    MANY = "many"

    @property
    def share(self) -> float:
        """The share of calls to which something happens."""
        return {FaultLevel.NONE: 0.0, FaultLevel.SOME: 0.05, FaultLevel.MANY: 0.25}[self]


class Picture(Record):
    """A file of a post; ``src`` is its place beside the calendar."""

    src: str
    alt: str | None
    film: bool
    document: bool = False


class Step(Record):
    """One edge of a delivery's way."""

    at: Instant
    state: str
    cause: str


class Showing(Record):
    """One post on one channel, as the network would show it, and what became of it.

    ``text`` is what the feed shows, ``behind`` what stands behind its "… more". ``late`` is in seconds.
    """

    id: str
    post: str
    channel: str
    network: str
    format: str | None
    part: int  # 0: the post; others follow it
    due_at: Instant
    state: Standing
    published_at: Instant | None = None
    late: float | None = None
    text: str
    behind: str
    look: Look
    pictures: tuple[Picture, ...] = ()
    pillar: str | None = None
    chosen: str | None = None  # why this time, where the plan left it open
    reason: str | None = None
    url: str | None = None
    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    steps: tuple[Step, ...] = ()


class LineOfDay(Record):
    line: str
    amount: int
    spent: int
    results: float | None


class DayOfMoney(Record):
    """One day of a campaign, in minor units; ``why`` is the desk's own word on the day's amount."""

    day: date
    amount: int
    spent: int
    results: float | None
    why: str
    lines: tuple[LineOfDay, ...]


class CampaignOfMoney(Record):
    """A campaign over the rehearsed period, bought on the sandbox, whose curves follow from the seed."""

    id: str
    currency: Currency
    budget: int
    spent: int
    results: float | None
    unit: str | None
    days: tuple[DayOfMoney, ...]


class Quota(Record):
    """How much of a network's daily cap a channel uses on its fullest day; a later part counts apart."""

    channel: str
    network: str
    posts: int
    most_in_a_day: int
    cap: int | None


class Cost(Record):
    """An estimate in USD, at list price."""

    what: Literal["aws_brand", "aws_at_rest", "network"]
    network: str | None = None
    usd: float
    posts: int | None = None


class Period(Record):
    first: date
    last: date
    timezone: str


class Brand(Record):
    id: str
    name: str
    locale: str
    currency: Currency


class Rehearsal(Record):
    """All of it."""

    schema_: str = Field(SCHEMA, alias="schema")
    brand: Brand
    period: Period
    seed: int
    faults: FaultLevel
    calls: int  # to networks and ad platforms
    troubles: int  # of them, those that the seed broke
    effects: int  # posts that became public on the sandboxes, by their own count
    problems: tuple[Problem, ...]
    showings: tuple[Showing, ...]
    campaigns: tuple[CampaignOfMoney, ...]
    quotas: tuple[Quota, ...]
    costs: tuple[Cost, ...]
    runs: dict[str, int]
    left_undone: dict[str, int]  # what failed and is tried again, by its reason

    def count(self, *states: str) -> int:
        return sum(showing.state in states for showing in self.showings)

    @property
    def latest(self) -> float | None:
        """The greatest lateness, in seconds."""
        return max((one.late for one in self.showings if one.late is not None), default=None)
