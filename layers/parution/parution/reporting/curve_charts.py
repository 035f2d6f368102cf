"""Charts of response curves: what a day's money brings on each line, where it stands; the same in words."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from parution.reporting.contract import AllocationFigures, CurvePoint, Figure, Share
from parution.reporting.drawing import Rows, Size, Told, drawn, fitting
from parution.reporting.words import Words

_PANEL = Size(152, 104)  # at least, with two rows of text above and one below
_GAP, _ABOVE, _BELOW, _BETWEEN = 18, 40, 18, 14


def has_curves(split: AllocationFigures) -> bool:
    """Say whether there is anything to draw."""
    return any(share.curve for share in split.shares)


def curves_chart(  # noqa: PLR0917 (each is a different thing, given once)
    split: AllocationFigures, words: Words, size: Size, name: str, unit: str, most: int
) -> str:
    """Draw each line's response curve, all on the same axes, with the amounts that stand and stood on them.

    Of many lines the ``most`` with the most money. Equal slopes at the dots are equal last cents.
    """
    shares = _chosen(split, most)
    columns = max(1, (size.width + _GAP) // (_PANEL.width + _GAP))
    panel = Size((size.width - (columns - 1) * _GAP) // columns, _PANEL.height)
    deep = _ABOVE + panel.height + _BELOW + _BETWEEN
    reach = _Reach.of(shares)
    panels = [
        _Panel(share, n % columns * (panel.width + _GAP), n // columns * deep, panel, reach)
        for n, share in enumerate(shares)
    ]
    data: dict[str, Rows] = {
        "frames": [panel.frame() for panel in panels],
        "bands": [row for panel in panels for row in panel.band()],
        "curves": [row for panel in panels for row in panel.curve()],
        "before": [row for panel in panels for row in panel.at(panel.share.before)],
        "now": [row for panel in panels for row in panel.at(panel.share.amount)],
        "best": [row for panel in panels for row in panel.at(other_amount(split, panel.share))],
        "names": [panel.title() for panel in panels],
        "notes": [row for panel in panels for row in panel.notes(words, split.budget.currency or "")],
    }
    whole = Size(size.width, -(-len(shares) // columns) * deep - _BETWEEN)
    told = Told(name, words.say("chart.curves.title"), curves_text(split, words, unit, most))
    return drawn("curves", whole, {}, data, told)


def curves_text(split: AllocationFigures, words: Words, unit: str, most: int) -> str:
    """Say where each line stands on its curve, with its numbers."""
    lines = (
        words.say(
            "chart.curves.line",
            line=share.line,
            amount=_amount(share.amount, words),
            results=words.result(results_at(share.curve, share.amount.value or 0)),
        )
        for share in _chosen(split, most)
    )
    return words.say("chart.curves.desc", unit=unit, lines=words.say("verdict.join").join(lines))


def curve_rows(
    split: AllocationFigures, words: Words, most: int
) -> tuple[list[str], list[tuple[str, list[str | None]]]]:
    """Give the same as a table: amounts, and what each line brings at them, where its curve goes so far."""
    shares, currency = _chosen(split, most), split.budget.currency or ""
    steps = [round(_Reach.of(shares).spend * part / 4) for part in range(1, 5)]
    rows = [(share.line, [_read(share.curve, step, words) for step in steps]) for share in shares]
    return [words.round_money(step, currency) for step in steps], rows


def _read(curve: Sequence[CurvePoint], spend: int, words: Words) -> str | None:
    return words.result(results_at(curve, spend)) if spend <= curve[-1].spend else None


def results_at(curve: Sequence[CurvePoint], spend: float) -> float:
    """Read a curve between its points; beyond its last one it stays there."""
    for low, high in pairwise(curve):
        if low.spend <= spend < high.spend:
            part = (spend - low.spend) / (high.spend - low.spend)
            return low.results + part * (high.results - low.results)
    return curve[-1].results


def other_amount(split: AllocationFigures, share: Share) -> Figure | None:
    """Give what a line would get instead: with a yes where one is awaited, or else by the best split."""
    proposed = {one.line: one.amount for one in split.proposed}
    other = proposed.get(share.line, share.best)
    return other if other and other.value != share.amount.value else None


def _chosen(split: AllocationFigures, most: int) -> list[Share]:
    shares = [share for share in split.shares if share.curve]
    largest = sorted(shares, key=lambda share: -(share.amount.value or 0))[:most]
    return [share for share in shares if share in largest]


class _Reach:
    """The ends of the axes that all panels share."""

    def __init__(self, spend: float, results: float) -> None:
        self.spend, self.results = spend or 1, results or 1

    @classmethod
    def of(cls, shares: Sequence[Share]) -> "_Reach":
        points = [point for share in shares for point in share.curve]
        results = max(max(point.results, point.high or 0) for point in points)
        return cls(_rounded_up(max(point.spend for point in points)), results)


def _rounded_up(amount: int) -> int:
    """Give the next amount that has two digits and zeros."""
    step = int(10 ** max(0, len(str(amount)) - 2))
    return -(-amount // step) * step


class _Panel:
    """One curve's own small drawing, placed on the whole."""

    def __init__(self, share: Share, left: int, top: int, size: Size, reach: _Reach) -> None:
        self.share, self._left, self._top, self._size, self._reach = share, left, top, size, reach
        self._ground = top + _ABOVE + size.height

    def frame(self) -> dict[str, Any]:
        return {"x": self._left, "x2": self._left + self._size.width, "y": self._ground, "y2": self._ground}

    def title(self) -> dict[str, Any]:
        label = fitting(self.share.line, self._size.width)
        return {"x": self._left, "y": self._top + 13, "label": label}

    def notes(self, words: Words, currency: str) -> Rows:
        right, below = self._left + self._size.width, self._ground + 16
        to = words.round_money(int(self._reach.spend), currency)
        amount = int(self.share.amount.value or 0)
        brings = words.result(results_at(self.share.curve, amount))
        at = words.say("chart.curves.at", results=brings, amount=words.money(amount, currency))
        return [
            {"x": self._left, "y": self._top + 31, "label": at, "align": "left"},
            {"x": self._left, "y": below, "label": words.round_money(0, currency), "align": "left"},
            {"x": right, "y": below, "label": to, "align": "right"},
        ]

    def curve(self) -> Rows:
        line = {"line": self.share.line}
        return [{**self._place(point.spend, point.results), **line} for point in self.share.curve]

    def band(self) -> Rows:
        return [
            {
                **self._place(point.spend, point.low),
                "y2": self._place(point.spend, point.high)["y"],
                "line": self.share.line,
            }
            for point in self.share.curve
            if point.low is not None and point.high is not None
        ]

    def at(self, amount: Figure | None) -> Rows:
        if amount is None or amount.value is None:
            return []
        return [self._place(amount.value, results_at(self.share.curve, amount.value))]

    def _place(self, spend: float, results: float) -> dict[str, Any]:
        return {
            "x": self._left + min(spend / self._reach.spend, 1) * self._size.width,
            "y": self._ground - results / self._reach.results * self._size.height,
        }


def _amount(figure: Figure, words: Words) -> str:
    return words.money(int(figure.value or 0), figure.currency or "")
