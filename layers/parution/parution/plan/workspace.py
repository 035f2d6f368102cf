"""The workspace: the JSON document of an agency, that names its brands and says what they share."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from parution.money import Currency, Minor
from parution.plan.model import MailAddress, Section, Turns
from parution.records import Id, Record

WORKSPACE_SCHEMA_ID = "https://parution.invalid/schema/workspace-1.json"


# Some sections of a plan, or some keys of them; what they hold is checked in the plan that comes of it.
PartOfPlan = Annotated[Section, Field(json_schema_extra={"title": "PartOfPlan"})]


class Exchange(Record):
    """Rates that a person looked up on one day; reports over several brands convert with them."""

    source: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Where the rates come from; it is printed beside what they convert.",
        examples=["European Central Bank"],
    )
    as_of: date = Field(description="The day that they are of.", examples=["2026-11-20"])
    rates: dict[Currency, Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]] = Field(
        description="What one unit of each currency is worth in the currency of reports; amounts in a "
        "currency without a rate stay apart.",
        examples=[{"CHF": 1.0672, "CAD": 0.6214}],
    )


class Agency(Record):
    """Who works here."""

    id: Id = Field(description="The workspace's stable name.", examples=["agence-lac"])
    name: str | None = Field(None, description="The agency as people know it.", examples=["Agence du Lac"])
    locale: str | None = Field(None, description="Language and country (BCP 47).", examples=["fr-FR"])
    timezone: str | None = Field(
        None, description="The IANA zone of the agency itself.", examples=["Europe/Paris"]
    )
    report_currency: Currency | None = Field(
        None, description="The currency of reports over several brands.", examples=["EUR"]
    )
    fx: Exchange | None = Field(
        None,
        description="Exchange rates into the currency of reports.",
        examples=[{"source": "European Central Bank", "as_of": "2026-11-20", "rates": {"CHF": 1.0672}}],
    )


class PortfolioReader(Record):
    """Who reads the report over all brands."""

    audience: Literal["portfolio"] = Field(
        description="All brands side by side, made from the newest report of each.", examples=["portfolio"]
    )
    every: Turns | None = Field(
        None,
        description="It is mailed once all brands have a report after each of these times, or a day later.",
        examples=["month:1@08:00"],
    )
    to: Annotated[tuple[MailAddress, ...], Field(max_length=50)] = Field(
        (), description="Who is mailed.", examples=[["direction@agence.example"]]
    )


class PoolShare(Record):
    """What a brand gets of the pool, come what may, and at most."""

    min: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0,
        description="At least this share of the pool, as far as its campaigns can take it.",
        examples=[0.1],
    )
    max: Annotated[float, Field(ge=0, le=1)] = Field(
        1.0, description="At most this share of the pool.", examples=[0.3]
    )
    fixed: Minor | None = Field(
        None, description="Exactly this much instead, in minor units (cents).", examples=[200000]
    )
    worth: Annotated[float, Field(gt=0, le=1000)] = Field(
        1.0, description="What one result of this brand counts beside those of the others.", examples=[2.5]
    )


class BudgetPool(Record):
    """Money that several brands' campaigns share."""

    id: Id = Field(description="The pool's stable name.", examples=["pool-q1"])
    currency: Currency = Field(
        description="Campaigns in another currency take no part: money is never converted.", examples=["EUR"]
    )
    total: Annotated[int, Field(strict=True, gt=0)] = Field(
        description="All that the campaigns may cost together, in minor units (cents).", examples=[900000]
    )
    flight: tuple[date, date] = Field(
        description="First and last day, both included; campaigns that fly within it take part.",
        examples=[["2027-01-01", "2027-03-31"]],
    )
    shares: Annotated[dict[Id, PoolShare], Field(min_length=1)] = Field(
        description="The brands that take part, and their limits.",
        examples=[{"boulangerie-martin": {"min": 0.1, "max": 0.3}, "hotel-cimes": {"min": 0.3}}],
    )


class Member(Record):
    """A brand of the workspace: its own file, and what the workspace says otherwise."""

    include: str = Field(
        description="The brand's plan, relative to this file.", examples=["brands/hotel-cimes.json"]
    )
    override: PartOfPlan = Field(
        {},
        description="What is laid over the brand's own plan: objects key by key, lists and values whole.",
        examples=[{"brand": {"currency": "CHF", "timezone": "Europe/Zurich"}}],
    )


class Workspace(Record):
    """Brands that are planned together: one file per agency."""

    schema_: Annotated[str | None, Field(alias="$schema")] = Field(
        None, description="The schema that editors complete and check with.", examples=[WORKSPACE_SCHEMA_ID]
    )
    version: Literal[1] = Field(description="The version of this format.", examples=[1])
    workspace: Agency = Field(description="The agency.", examples=[{"id": "agence-lac"}])
    people: tuple[Section, ...] = Field(
        (),
        description="Who works for which brand.",
        examples=[[{"id": "karim", "email": "karim@agence.example", "roles": {"*": "author"}}]],
    )
    defaults: PartOfPlan = Field(
        {},
        description="What a brand's plan holds where it says nothing itself; "
        '`{"include": "FILE"}` takes a value from a file.',
        examples=[{"schedules": {"insights": "rate(1 hour)"}}],
    )
    brands: Annotated[tuple[Member, ...], Field(min_length=1)] = Field(
        description="The brands, each with a file of its own.",
        examples=[[{"include": "brands/hotel-cimes.json"}]],
    )
    budget_pool: BudgetPool | None = Field(
        None,
        description="Money that the brands share; `parution pool` shares it out.",
        examples=[
            {
                "id": "pool-q1",
                "currency": "EUR",
                "total": 900000,
                "flight": ["2027-01-01", "2027-03-31"],
                "shares": {"boulangerie-martin": {"max": 0.3}, "hotel-cimes": {"min": 0.3}},
            }
        ],
    )
    on_call: Section = Field({}, description="Who is called.", examples=[{"coverage": "24x7"}])
    reports: tuple[PortfolioReader, ...] = Field(
        (),
        description="Who reads the portfolio; `parution portfolio --keep` lets it be written.",
        examples=[[{"audience": "portfolio", "every": "month:1@08:00"}]],
    )


def is_workspace(document: Any) -> bool:
    return isinstance(document, dict) and ("workspace" in document or "brands" in document)
