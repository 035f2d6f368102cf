"""The plan: the JSON document that a person writes for one brand."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from parution.money import Currency, Minor
from parution.records import Id, Record

# The networks that are gone: known by name, so that a plan that still names them loads with a warning.
RETIRED = {"viadeo": "linkedin", "google_plus": "youtube"}

SecretRef = Annotated[str, Field(pattern=r"^secret:[A-Za-z0-9_.-]{1,100}$")]


class Voice(Record):
    address: Literal["tu", "vous"] | None = None
    forbidden: tuple[str, ...] = ()
    spelling: dict[str, str] = {}


class Brand(Record):
    id: Id
    name: str
    locale: str
    timezone: str
    currency: Currency
    promise: str | None = None
    voice: Voice = Voice()


class Means(Record):
    hours_per_week: Annotated[float, Field(gt=0)] | None = None
    media_per_month: Minor | None = None
    fees_per_month: Minor | None = None


class Objective(Record):
    id: Id
    family: Literal["notoriety", "engagement", "leads", "sales", "jobs", "care"]
    kpi: str
    unit: str
    target: Annotated[float, Field(gt=0)]
    period: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    weight: Annotated[float, Field(gt=0, le=1)] = 1.0
    truth: str | None = None


class Channel(Record):
    id: Id
    network: str
    account: SecretRef | None = None
    objectives: tuple[Id, ...] = ()


class AdAccount(Record):
    """An advertising account; a line is bought on the account whose platform sells its network."""

    id: Id
    platform: str
    account: SecretRef


class Pillar(Record):
    id: Id
    share: Annotated[float, Field(gt=0, le=1)]


class Link(Record):
    url: Annotated[str, Field(pattern=r"^https?://")]
    utm: dict[str, str] = {}


class MediaFile(Record):
    src: Annotated[str, Field(pattern=r"^s3://media/[^\s]+$")]
    alt: str | None = None


class Variant(Record):
    """What differs on one channel; what it leaves out is the post's own."""

    text: str | None = None
    format: str | None = None
    at_offset: timedelta | None = None
    link: Link | None = None
    media: tuple[MediaFile, ...] | None = None


class Post(Record):
    id: Id
    at: str  # wall-clock in the brand's zone: 2026-12-03T08:00
    fold: Literal[0, 1] | None = None  # which of two equal times in autumn
    channels: Annotated[tuple[Id, ...], Field(min_length=1)]
    text: str = ""
    link: Link | None = None
    media: tuple[MediaFile, ...] = ()
    variants: dict[Id, Variant] = {}
    tags: tuple[str, ...] = ()
    pillar: Id | None = None
    max_late: timedelta = timedelta(hours=1)


class Prior(Record):
    """What the buyer believes before any result: the cost of one, and how unsure that is."""

    cost_per_result: Annotated[int, Field(strict=True, gt=0)]
    sd: Annotated[float, Field(gt=0, le=3)] = 0.5  # of the cost's logarithm


class Line(Record):
    """Network x format inside a campaign: what money is allocated to. Amounts are for the whole flight."""

    id: Id
    network: str
    format: str
    ad_account: Id | None = None
    min: Minor = 0
    max: Minor | None = None
    max_share: Annotated[float, Field(gt=0, le=1)] | None = None
    prior: Prior | None = None


class Guardrails(Record):
    max_daily: Minor | None = None
    overdelivery: Annotated[float, Field(ge=1, le=4)] | None = None


class Campaign(Record):
    id: Id
    objective: Id | None = None
    budget: Annotated[int, Field(strict=True, gt=0)]
    currency: Currency
    flight: tuple[date, date]
    pacing: Annotated[str, Field(pattern=r"^(even|(ahead|behind):\d+(\.\d+)?@\d{4}-\d{2}-\d{2})$")] = "even"
    lines: Annotated[tuple[Line, ...], Field(alias="formats", min_length=1)]
    guardrails: Guardrails = Guardrails()


class Schedules(Record):
    """EventBridge's own syntax, in the brand's zone; what is left out does not run."""

    allocate: str | None = None
    insights: str | None = None
    report: str | None = None


class Plan(Record):
    schema_: Annotated[str | None, Field(alias="$schema")] = None
    version: Literal[1]
    brand: Brand
    means: Means = Means()
    objectives: tuple[Objective, ...] = ()
    channels: tuple[Channel, ...] = ()
    ad_accounts: tuple[AdAccount, ...] = ()
    pillars: tuple[Pillar, ...] = ()
    posts: tuple[Post, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    schedules: Schedules = Schedules()
