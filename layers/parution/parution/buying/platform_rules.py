"""What advertising platforms ask of a day's amount: least amounts, and how far it may move.

The table is platform_rules.json, dated, each row with its source; a plan's own figures override it.
"""

from functools import cache
from importlib.resources import files

from pydantic import Field

from parution.money import decimals
from parution.records import Record


class LeastAmount(Record):
    """The least that these networks' platform takes a day, in major units."""

    networks: tuple[str, ...]
    daily: int = Field(gt=0)
    source: str = Field(min_length=10)


class LearningRule(Record):
    """While a line has had fewer than ``results`` in ``days``, its amount moves by ``move`` at most.

    It is over as well when so many days have passed: a platform that has not learned by then does not
    learn from so few results. After it the amount moves by ``move_after``, every ``rest_days``.
    """

    networks: tuple[str, ...]
    results: int
    days: int
    move: float
    move_after: float | None = None
    rest_days: int = 0
    source: str = Field(min_length=10)


class PlatformRules(Record):
    """The table, and the day on which it was put together."""

    as_of: str
    about: str
    currencies: frozenset[str]
    minimums: tuple[LeastAmount, ...]
    learning: tuple[LearningRule, ...]


@cache
def published() -> PlatformRules:
    return PlatformRules.model_validate_json(
        files("parution.buying").joinpath("platform_rules.json").read_text("utf-8")
    )


def least_daily(network: str, currency: str) -> int:
    """Give the least amount of a day in minor units; 0 where none is known."""
    rules = published()
    found = (row.daily for row in rules.minimums if network in row.networks)
    return next(found, 0) * 10 ** decimals(currency) if currency in rules.currencies else 0


def learning_rule(network: str) -> LearningRule | None:
    return next((row for row in published().learning if network in row.networks), None)
