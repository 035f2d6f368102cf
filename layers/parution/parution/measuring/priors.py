"""What a click costs elsewhere: published figures by network and format, with sources and wide spreads.

The table is priors.json, dated. It only compares networks and formats: what a result of this brand costs
follows from what a person states and from the brand's own days.
"""

from functools import cache
from importlib.resources import files

from pydantic import Field

from parution.records import Record


class PublishedCost(Record):
    """One row: ``sd`` is the standard deviation of the cost's logarithm; an empty name stands for any."""

    network: str
    format: str
    cost: float = Field(gt=0)
    sd: float = Field(gt=0, le=3)
    source: str = Field(min_length=10)


class PriorTable(Record):
    """The table, and the day on which it was put together."""

    as_of: str
    currency: str
    about: str
    rows: tuple[PublishedCost, ...]


@cache
def published() -> PriorTable:
    return PriorTable.model_validate_json(
        files("parution.measuring").joinpath("priors.json").read_text("utf-8")
    )


def usual(network: str, format_: str) -> PublishedCost:
    """Give the row of a network's format, else of the network, else of any."""
    rows = {(row.network, row.format): row for row in published().rows}
    of_network = rows.get((network, ""), rows["", ""])
    return rows.get((network, format_), of_network)
