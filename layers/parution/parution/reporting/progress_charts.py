"""Charts of progress: objectives, organic beside paid, and a card's figure day by day; the same in words."""

from collections.abc import Iterator, Sequence
from datetime import date

from parution.reporting.charts import NARROW, day_label, every
from parution.reporting.contract import Both, Figure, ObjectiveProgress
from parution.reporting.drawing import Rows, Size, Told, drawn, fitting, width_of
from parution.reporting.words import Words

SPARK = Size(140, 30)
_ROW, _DEEP = 46, 12  # of an objective, and its bar
_HALF = 84  # the height of either half of organic and paid
_TOP, _BETWEEN, _BELOW = 16, 42, 22  # the rows of text above, between and below them


# ---------------------------------------------------------------- objectives
def objectives_chart(objectives: Sequence[ObjectiveProgress], words: Words, size: Size, name: str) -> str:
    """Draw how far each objective has come: reached, due by now, the target, and where it leads."""
    bars = [_Bar(one, (n + 1) * _ROW - 12, size.width) for n, one in enumerate(objectives)]
    data: dict[str, Rows] = {
        "tracks": [{"x": 0, "x2": size.width, "y": bar.low - _DEEP, "y2": bar.low} for bar in bars],
        "bands": [row for bar in bars for row in bar.span(bar.of.forecast_low, bar.of.forecast_high, 3)],
        "actual": [row for bar in bars for row in bar.span(_NOTHING, bar.of.actual, -2)],
        "to_date": [row for bar in bars for row in bar.span(bar.of.to_date, bar.of.to_date, 5)],
        "targets": [row for bar in bars for row in bar.span(bar.of.target, bar.of.target, 5)],
        "forecast": [row for bar in bars for row in bar.span(bar.of.forecast, bar.of.forecast, -_DEEP // 2)],
        "names": [{"x": 0, "y": bar.low - _DEEP - 9, "label": bar.name(words)} for bar in bars],
        "amounts": [{"x": size.width, "y": bar.low - _DEEP - 9, "label": bar.amounts(words)} for bar in bars],
    }
    told = Told(name, words.say("chart.objectives.title"), objectives_text(objectives, words))
    return drawn("objectives", Size(size.width, len(bars) * _ROW), {}, data, told)


def objectives_text(objectives: Sequence[ObjectiveProgress], words: Words) -> str:
    """Say how far each objective has come, with its numbers."""
    return " ".join(sentence for one in objectives for sentence in _objective_text(one, words))


def _objective_text(one: ObjectiveProgress, words: Words) -> Iterator[str]:
    so_far = {"actual": one.actual, "target": one.target, "to_date": one.to_date}
    counted = {name: _counted(figure, words) for name, figure in so_far.items()}
    yield words.say("chart.objectives.line", unit=one.unit, **counted)
    ahead = {"forecast": one.forecast, "low": one.forecast_low, "high": one.forecast_high}
    if None not in {figure.value for figure in ahead.values()}:
        counted = {name: _counted(figure, words) for name, figure in ahead.items()}
        yield words.say("chart.objectives.ahead", **counted)


_NOTHING = Figure(value=0, unit="count", source="derived")


class _Bar:
    """One objective's bar, its own target near the right end."""

    def __init__(self, of: ObjectiveProgress, low: int, width: int) -> None:
        self.of, self.low, self._width = of, low, width
        figures = (of.target, of.actual, of.to_date, of.forecast, of.forecast_high)
        most = max((figure.value for figure in figures if figure.value is not None), default=0)
        # Half of a mark's thickness lies on its right.
        self._scale = (width - 2) / (most or 1)

    def span(self, first: Figure, last: Figure, over: int) -> Rows:
        """Give the rectangle between two figures; ``over`` is how far it reaches above and below the bar."""
        if first.value is None or last.value is None:
            return []
        left, right = first.value * self._scale, last.value * self._scale
        return [{"x": left, "x2": right, "y": self.low - _DEEP - over, "y2": self.low + over}]

    def name(self, words: Words) -> str:
        return fitting(self.of.unit, self._width - width_of(self.amounts(words)) - 12)

    def amounts(self, words: Words) -> str:
        return f"{_counted(self.of.actual, words)} / {_counted(self.of.target, words)}"


# ---------------------------------------------------------------- organic and paid
def both_chart(both: Both, words: Words, size: Size, name: str) -> str:
    """Draw day by day what the posts brought, and below what the ads did; each on its own scale."""
    grounds = (_TOP + _HALF, _TOP + _HALF + _BETWEEN + _HALF)
    organic, paid = [day.organic for day in both.days], [day.paid for day in both.days]
    halves = (
        (organic, words.say("chart.both.organic"), grounds[0]),
        (paid, words.say("chart.both.paid"), grounds[1]),
    )
    data: dict[str, Rows] = {
        "frames": [{"x": 0, "x2": size.width, "y": ground, "y2": ground} for ground in grounds],
        "organic": _columns(organic, grounds[0], size.width),
        "paid": _columns(paid, grounds[1], size.width),
        "names": [{"x": 0, "y": ground - _HALF, "label": half} for _, half, ground in halves],
        "notes": [
            {"x": size.width, "y": ground - _HALF, "label": _most_text(figures, words), "align": "right"}
            for figures, _, ground in halves
        ],
        **_days_below(both, words, size, grounds[1]),
    }
    told = Told(name, words.say("chart.both.title"), both_text(both, words))
    return drawn("both", Size(size.width, grounds[1] + _BELOW), {}, data, told)


def both_text(both: Both, words: Words) -> str:
    """Say what both halves brought in all, with the numbers."""
    first, last = words.day(both.days[0].day), words.day(both.days[-1].day)
    organic = _sum_text([day.organic for day in both.days], words)
    paid = _sum_text([day.paid for day in both.days], words)
    return words.say("chart.both.desc", first=first, last=last, organic=organic, paid=paid)


def _columns(figures: Sequence[Figure], ground: int, width: int) -> Rows:
    step = width / len(figures)
    most = _most(figures)
    return [
        {
            "x": (n + 0.12) * step,
            "x2": (n + 0.88) * step,
            "y": ground - figure.value / most * (_HALF - 12),
            "y2": ground,
        }
        for n, figure in enumerate(figures)
        if figure.value
    ]


def _days_below(both: Both, words: Words, size: Size, ground: int) -> dict[str, Rows]:
    step = size.width / len(both.days)
    shown = every([day.day for day in both.days], 4 if size.width == NARROW.width else 6)
    return {
        "ticks": [{"x": n * step, "x2": n * step, "y": ground, "y2": ground + 5} for n, _ in shown],
        "days_marked": [
            {
                "x": n * step,
                "y": ground + 19,
                "label": day_label(day, n / len(both.days), size, words),
                "align": "left",
            }
            for n, day in shown
        ],
    }


def _most(figures: Sequence[Figure]) -> float:
    return max((figure.value for figure in figures if figure.value is not None), default=0)


def _most_text(figures: Sequence[Figure], words: Words) -> str:
    most = _most(figures)
    return words.say("chart.both.most", number=words.count(most)) if most else words.say("chart.both.none")


def _sum_text(figures: Sequence[Figure], words: Words) -> str:
    known = [figure.value for figure in figures if figure.value is not None]
    return words.count(sum(known)) if known else words.say("unknown")


# ---------------------------------------------------------------- cards
def spark_chart(days: Sequence[tuple[date, float]], ends: tuple[str, str], words: Words, told: Told) -> str:
    """Draw a card's figure day by day; ``ends`` are the first and the newest number as words."""
    first, last = days[0][0], days[-1][0]
    points = [{"x": (day - first).days, "y": value} for day, value in days]
    params = {"days": max(1, (last - first).days), "top": max(value for _, value in days) or 1}
    text = words.say(
        "chart.spark.desc", first=words.day(first), was=ends[0], last=words.day(last), at=ends[1]
    )
    return drawn("spark", SPARK, params, {"days": points, "newest": points[-1:]}, told._replace(text=text))


def _counted(figure: Figure, words: Words) -> str:
    return words.count(figure.value) if figure.value is not None else words.say("unknown")
