"""What the page shows drawn: each chart in the two sizes that screens need, its legend, and its text."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from markupsafe import Markup

from parution.buying.curves import LARGEST_MONEY
from parution.reporting.charts import NARROW, WIDE, lines_chart, lines_text, pacing_chart, pacing_text
from parution.reporting.contract import (
    AllocationFigures,
    Both,
    CampaignFigures,
    DayFigures,
    ObjectiveProgress,
)
from parution.reporting.curve_charts import curve_rows, curves_chart, curves_text, has_curves, other_amount
from parution.reporting.drawing import Size, Told
from parution.reporting.progress_charts import (
    both_chart,
    both_text,
    objectives_chart,
    objectives_text,
    spark_chart,
)
from parution.reporting.words import Words

# Fewer days than these make no line.
_LEAST_DAYS = 3


class Drawing(NamedTuple):
    """A chart: drawn wide and narrow, what its signs mean (class and words), and what it shows in words.

    Drawn in one size for all screens it has no ``narrow``.
    """

    wide: Markup
    narrow: Markup
    legend: tuple[tuple[str, str], ...]
    text: str


def pacing(figures: CampaignFigures, words: Words, name: str) -> Drawing:
    """Draw a campaign's spend against its plan."""
    runs = figures.state == "running"
    legend = [("planned", words.say("pacing.planned"))]
    if figures.spent.value is not None and figures.state != "ahead":
        legend.append(("spent", words.say("pacing.spent")))
    if runs and figures.projected.value is not None:
        legend.append(("ahead", words.say("pacing.projected")))
    if runs and any(day.ahead_low and day.ahead_low.value is not None for day in figures.days):
        legend.append(("band", words.say("chart.pacing.band")))

    def drawn(size: Size, named: str) -> str:
        return pacing_chart(figures, words, size, named)

    return _both_sizes(drawn, name, legend, pacing_text(figures, words))


def lines(figures: CampaignFigures, words: Words, name: str) -> Drawing | None:
    """Draw what each line has spent; nothing while that is unknown."""
    if not any(line.spent.value is not None for line in figures.lines):
        return None
    legend = [("bar", words.say("pacing.spent"))]
    if any(line.allocated and line.allocated.value for line in figures.lines):
        legend.append(("told", words.say("chart.lines.told")))
    svg = _inline(lines_chart(figures, words, name))
    return Drawing(svg, Markup(""), tuple(legend), lines_text(figures, words))


class Curves(NamedTuple):
    """The response curves drawn, and the same as a table: the amounts, and what each line brings at them."""

    drawing: Drawing
    amounts: list[str]
    rows: list[tuple[str, list[str | None]]]


def curves(split: AllocationFigures, words: Words, name: str, unit: str, most: int) -> Curves | None:
    """Draw the curves of a day's split, of ``most`` lines; nothing where none is known."""
    if not has_curves(split):
        return None
    legend = [("dot", words.day(split.day))]
    if split.before_day and any(share.before for share in split.shares):
        legend.insert(0, ("ring", words.day(split.before_day)))
    if split.proposed:
        legend.append(("diamond", words.say("chart.curves.proposed")))
    elif any(other_amount(split, share) for share in split.shares):
        legend.append(("diamond", words.say("chart.curves.best")))

    def drawn(size: Size, named: str) -> str:
        return curves_chart(split, words, size, named, unit, most)

    drawing = _both_sizes(drawn, name, legend, curves_text(split, words, unit, most))
    return Curves(drawing, *curve_rows(split, words, most))


def objectives(progress: Sequence[ObjectiveProgress], words: Words, name: str) -> Drawing | None:
    """Draw how far the objectives have come; nothing where there is none."""
    if not progress:
        return None
    legend = [
        ("bar", words.say("chart.objectives.actual")),
        ("due", words.say("chart.objectives.to_date")),
        ("target", words.say("chart.objectives.target")),
    ]
    if any(one.forecast.value is not None for one in progress):
        legend.append(("ring", words.say("chart.objectives.forecast")))

    def drawn(size: Size, named: str) -> str:
        return objectives_chart(progress, words, size, named)

    return _both_sizes(drawn, name, legend, objectives_text(progress, words))


def organic_and_paid(both: Both | None, words: Words, name: str) -> Drawing | None:
    """Draw both halves day by day; nothing while neither has a figure."""
    if both is None or all(None is day.organic.value is day.paid.value for day in both.days):
        return None

    def drawn(size: Size, named: str) -> str:
        return both_chart(both, words, size, named)

    return _both_sizes(drawn, name, (), both_text(both, words))


def sparks(figures: CampaignFigures, words: Words, today: date) -> dict[str, Markup]:
    """Draw the small lines of the cards: what was spent, what it brought, and its cost, day by day."""
    # The present day is not over: its figures would look like a fall.
    days = [day for day in figures.days if day.day < today]
    spent = [(day.day, float(day.spent.value)) for day in days if day.spent.value is not None]
    results = [(day.day, float(value)) for day in days if (value := _results(day)) is not None]
    costs = [(day.day, cost) for day in days if (cost := _cost(day)) is not None]

    def money(value: float) -> str:
        return words.money(round(value), figures.currency)

    series = {
        "spent": (words.say("card.spent"), spent, money),
        "results": (words.say("col.results"), results, words.count),
        "cost": (words.say("card.cost"), costs, money),
    }
    return {
        card: _spark(Told(f"spark-{card}", title, ""), days_and_values, written, words)
        for card, (title, days_and_values, written) in series.items()
        if len(days_and_values) >= _LEAST_DAYS
    }


def _spark(
    told: Told, days: Sequence[tuple[date, float]], written: Callable[[float], str], words: Words
) -> Markup:
    return _inline(spark_chart(days, (written(days[0][1]), written(days[-1][1])), words, told))


def _results(day: DayFigures) -> float | None:
    return day.results.value if day.results else None


def _cost(day: DayFigures) -> float | None:
    results = _results(day)
    cost = day.spent.value / results if day.spent.value is not None and results else None
    # Of a result that is next to nothing no cost can be told.
    return cost if cost is not None and cost <= LARGEST_MONEY else None


def _both_sizes(
    drawn: Callable[[Size, str], str], name: str, legend: Sequence[tuple[str, str]], text: str
) -> Drawing:
    wide, narrow = _inline(drawn(WIDE, f"{name}-wide")), _inline(drawn(NARROW, f"{name}-narrow"))
    return Drawing(wide, narrow, tuple(legend), text)


def _inline(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 (written by the XML serialiser, which escapes every text)
