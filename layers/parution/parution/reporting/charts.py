"""Charts of a campaign: how its money went against the plan, in all and line by line; the same in words."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import count
from typing import Any

from parution.money import decimals
from parution.reporting.contract import (
    CampaignFigures,
    Figure,
    LineFigures,
)
from parution.reporting.drawing import Rows, Size, Told, drawn, fitting, width_of
from parution.reporting.words import Words, network_name

WIDE, NARROW = Size(800, 240), Size(344, 210)
BARS_WIDTH = 300
_LANE = 18  # a row of labels above the plot
_LEFT_OF_GRID, _LABEL_HEIGHT, _APART, _LETTING = 60, 22, 10, 4
_LINE_HEIGHT, _BAR = 44, 10


# ---------------------------------------------------------------- pacing
def pacing_chart(figures: CampaignFigures, words: Words, size: Size, name: str) -> str:
    """Draw cumulative spend against the plan, where it leads, and what stopped or changed it."""
    days, over = campaign_days(figures), float(figures.elapsed.value or 0)
    high = figures.projected_high
    reached = (figures.budget, figures.spent, figures.projected, high)
    top = max(int(figure.value or 0) for figure in reached if figure) or 1
    running, spent = figures.state == "running", int(figures.spent.value or 0)
    notes = _not_touching([*_pause_notes(figures, words), *_change_notes(figures, words)], days, size.width)
    data = {
        "pauses": _pauses(figures, words),
        "changes": [{"x": _moment(figures, change.at, words)} for change in figures.budget_changes],
        "notes": notes,
        "planned": _planned_points(figures),
        "spent": _spent_points(figures, running=running),
        "projected": _projected_points(figures) if running else [],
        "band": _band(figures) if running else [],
        "ends": _end(figures, words, top, size) if running else [],
        "now": [_now(figures, words)] if running else [],
        "days_marked": _days_marked(figures, words, size),
        "amounts_marked": _amounts_marked(top, figures.currency, words),
    }
    here, height = over / days * size.width, spent / (top * 1.04) * size.height
    params = {
        "days": days,
        "top": top * 1.04,
        "flipped": over > days * 0.62,
        # In a flight's first days the labels would stand on those of the axes.
        "after": max(-2, _LEFT_OF_GRID - here),
        "below": 16 if height > _LABEL_HEIGHT else -24,
        "padding_top": 16 + (_LANE if notes else 0),
    }
    told = Told(name, words.say("pacing.title"), pacing_text(figures, words))
    return drawn("pacing", size, params, data, told)


def pacing_text(figures: CampaignFigures, words: Words) -> str:
    """Say what the pacing chart shows, with its numbers."""
    if figures.state == "ahead":
        budget = _amount(figures.budget, words)
        first, last = words.long_day(figures.first), words.long_day(figures.last)
        return words.say("pacing.ahead", budget=budget, first=first, last=last)
    if figures.spent.value is None:
        return words.say("pacing.none")
    told = {
        "spent": _amount(figures.spent, words),
        "planned": _amount(figures.planned, words),
        "budget": _amount(figures.budget, words),
    }
    day = figures.last
    if figures.state == "running" and figures.planned.read_at:
        day = figures.planned.read_at.astimezone(words.zone).date()
    sentences = [words.say("pacing.desc", day=words.long_day(day), **told), *_projection_text(figures, words)]
    return " ".join([*sentences, *_pauses_text(figures, words), *_changes_text(figures, words)])


def _projection_text(figures: CampaignFigures, words: Words) -> Iterable[str]:
    if figures.state != "running" or figures.projected.value is None:
        return
    low, high = figures.projected_low, figures.projected_high
    told = {"projected": _amount(figures.projected, words), "last": words.long_day(figures.last)}
    if low and high and None not in {low.value, high.value}:
        bounds = {"low": _amount(low, words), "high": _amount(high, words)}
        yield words.say("chart.pacing.between", **told, **bounds)
    else:
        yield words.say("pacing.desc.projected", **told)


def _pauses_text(figures: CampaignFigures, words: Words) -> Iterable[str]:
    for pause in figures.pauses:
        first = words.instant(pause.first)
        if pause.last:
            yield words.say("chart.pacing.paused", first=first, last=words.instant(pause.last))
        else:
            yield words.say("chart.pacing.paused.still", first=first)


def _changes_text(figures: CampaignFigures, words: Words) -> Iterable[str]:
    for change in figures.budget_changes:
        told = {"before": _amount(change.before, words), "after": _amount(change.after, words)}
        day = words.day(change.at.astimezone(words.zone).date())
        yield words.say("chart.pacing.changed", day=day, **told)


def campaign_days(figures: CampaignFigures) -> int:
    return (figures.last - figures.first).days + 1


def _now(figures: CampaignFigures, words: Words) -> dict[str, Any]:
    amount, label = _amount(figures.spent, words), words.say("pacing.now")
    return {"x": figures.elapsed.value, "y": figures.spent.value, "label": label, "amount": amount}


def _planned_points(figures: CampaignFigures) -> Rows:
    days = [day for day in figures.days if figures.first <= day.day <= figures.last]
    points = [{"x": n, "y": day.planned_total.value} for n, day in enumerate(days, start=1)]
    return [{"x": 0, "y": 0}, *points]


def _spent_points(figures: CampaignFigures, *, running: bool) -> Rows:
    over = float(figures.elapsed.value or 0)
    points = [
        {"x": (day.day - figures.first).days + 1, "y": day.spent_total.value}
        for day in figures.days
        if figures.first <= day.day <= figures.last and day.spent_total.value is not None
    ]
    # The present day is not over: its point stands at the present moment, not at the day's end.
    points = [point for point in points if not running or point["x"] <= over]
    if running and figures.spent.value is not None:
        points.append({"x": over, "y": figures.spent.value})
    return [{"x": 0, "y": 0}, *points] if points else []


def _projected_points(figures: CampaignFigures) -> Rows:
    if figures.projected.value is None or figures.spent.value is None:
        return []
    here = {"x": figures.elapsed.value, "y": figures.spent.value}
    ahead = [
        {"x": (day.day - figures.first).days + 1, "y": day.ahead.value}
        for day in figures.days
        if day.ahead and day.ahead.value is not None and day.day <= figures.last
    ]
    end = (figures.exhausted_on or figures.last) - figures.first
    return [here, *(ahead or [{"x": end.days + 1, "y": figures.projected.value}])]


def _band(figures: CampaignFigures) -> Rows:
    points = [
        {"x": (day.day - figures.first).days + 1, "y": day.ahead_low.value, "y2": day.ahead_high.value}
        for day in figures.days
        if day.ahead_low and day.ahead_high and day.day <= figures.last
    ]
    here = {"x": figures.elapsed.value, "y": figures.spent.value, "y2": figures.spent.value}
    return [here, *points] if points else []


def _end(figures: CampaignFigures, words: Words, top: int, size: Size) -> Rows:
    """Write where it leads at the end, on the side of its line that is free."""
    projected, spent = figures.projected.value, int(figures.spent.value or 0)
    if projected is None or figures.exhausted_on:
        return []
    label, days = _amount(figures.projected, words), campaign_days(figures)
    left = max(days - float(figures.elapsed.value or 0), 0.5)
    # How far the line falls over the label's length, in pixels: a label below must stay below that.
    fall = (projected - spent) / top * size.height * width_of(label) / (left / days * size.width)
    # Too little room on the right of the present moment, where the amount of today stands.
    if width_of(label) * 2 > left / days * size.width:
        return []
    under = projected < (figures.budget.value or 0) * 0.99
    return [{"x": days, "y": projected, "label": label, "dy": 14 + min(fall, 40) if under else -8}]


def _pauses(figures: CampaignFigures, words: Words) -> Rows:
    spans = (
        (_moment(figures, pause.first, words), _moment(figures, pause.last, words))
        for pause in figures.pauses
    )
    return [{"x": first, "x2": last} for first, last in spans if last > first]


def _pause_notes(figures: CampaignFigures, words: Words) -> Rows:
    return [{"x": pause["x"], "label": words.say("chart.pacing.pause")} for pause in _pauses(figures, words)]


def _change_notes(figures: CampaignFigures, words: Words) -> Rows:
    return [
        {
            "x": _moment(figures, change.at, words),
            "label": words.say("chart.pacing.budget", budget=_amount(change.after, words)),
        }
        for change in figures.budget_changes
    ]


def _moment(figures: CampaignFigures, at: datetime | None, words: Words) -> float:
    """Give a moment as days since the flight began, within it; no moment is the present one."""
    if at is None:
        return float(figures.elapsed.value or 0)
    here = at.astimezone(words.zone)
    part = (here.hour * 60 + here.minute) / 1440
    return min(max((here.date() - figures.first).days + part, 0), campaign_days(figures))


def _not_touching(notes: Rows, days: int, width: int) -> Rows:
    """Leave out the labels that have no room behind the one before; the text tells them all."""
    kept, free_from = [], 0.0
    for note in sorted(notes, key=lambda note: float(note["x"])):
        left, room = note["x"] / days * width, width_of(note["label"])
        flipped = left + room > width
        if (left - room if flipped else left) >= free_from:
            kept.append({**note, "align": "right" if flipped else "left"})
            free_from = (left if flipped else left + room) + _APART
    return kept


def _days_marked(figures: CampaignFigures, words: Words, size: Size) -> Rows:
    shown = [day.day for day in figures.days if figures.first <= day.day <= figures.last]
    return [
        {"x": n, "y": 0, "label": day_label(day, n / len(shown), size, words)}
        for n, day in every(shown, 6 if size == WIDE else 4)
    ]


def day_label(day: date, part: float, size: Size, words: Words) -> str:
    """Write a day below its place on an axis, the part of its length; nothing where there is no room left."""
    label = words.day(day)
    return label if part * size.width + width_of(label) <= size.width + _LETTING else ""


def every(days: Sequence[date], most: int) -> list[tuple[int, date]]:
    """Number days, and choose some at equal steps that people count in, and no more than so many."""
    step = next(step for step in (1, 2, 3, 7, 14, 28, 56, 91, 182, 365, 3650) if len(days) / step <= most)
    return list(enumerate(days))[::step]


def _amounts_marked(top: int, currency: str, words: Words) -> Rows:
    """Mark round amounts, three to five of them above zero."""
    unit = 10 ** decimals(currency)
    rough = Fraction(top, 4 * unit)
    steps = (Fraction(m) * Fraction(10) ** e for e in count(-4) for m in (1, 2, 5))
    step = next(step for step in steps if step >= rough) * unit
    marks = [int(step * k) for k in range(1, 6) if step * k <= top]
    return [{"y": y, "label": words.round_money(y, currency)} for y in marks]


# ---------------------------------------------------------------- lines
def lines_chart(figures: CampaignFigures, words: Words, name: str) -> str:
    """Draw what each line has spent, beside what its platform was told."""
    known = [line for line in figures.lines if line.spent.value is not None]
    size = Size(BARS_WIDTH, len(known) * _LINE_HEIGHT)
    most = max((max(int(line.spent.value or 0), _told(line)) for line in known), default=0) or 1
    rows = [(line, (row + 1) * _LINE_HEIGHT - 8) for row, line in enumerate(known)]
    # Of the mark's thickness one half lies on either side of its place.
    scale = (size.width - 2) / most
    data: dict[str, Rows] = {
        "tracks": [{"x": 0, "x2": size.width, "y": y - _BAR, "y2": y} for _, y in rows],
        "spent": [
            {"x": 0, "x2": int(line.spent.value or 0) * scale, "y": y - _BAR, "y2": y} for line, y in rows
        ],
        "told": [
            {"x": _told(line) * scale, "x2": _told(line) * scale, "y": y - _BAR - 3, "y2": y + 3}
            for line, y in rows
            if _told(line)
        ],
        "names": [{"x": 0, "y": y - _BAR - 7, "label": _line_name(line, words)} for line, y in rows],
        "amounts": [
            {"x": size.width, "y": y - _BAR - 7, "label": _amount(line.spent, words)} for line, y in rows
        ],
    }
    return drawn("lines", size, {}, data, Told(name, words.say("lines.title"), lines_text(figures, words)))


def lines_text(figures: CampaignFigures, words: Words) -> str:
    """Say what the bars show, with their numbers."""
    known = [line for line in figures.lines if line.spent.value is not None]
    if not known:
        return words.say("lines.none")
    amounts = [
        words.say("chart.lines.of", line=line.id, spent=_amount(line.spent, words), told=_amount(told, words))
        if (told := line.allocated) and told.value is not None
        else f"{line.id} {_amount(line.spent, words)}"
        for line in known
    ]
    return words.say("lines.desc", amounts=", ".join(amounts))


def _told(line: LineFigures) -> int:
    return int((line.allocated.value if line.allocated else None) or 0)


def _line_name(line: LineFigures, words: Words) -> str:
    name = " · ".join(filter(None, (line.id, network_name(line.network), line.format)))
    return fitting(name, BARS_WIDTH - width_of(_amount(line.spent, words)) - 12)


def _amount(figure: Figure, words: Words) -> str:
    return words.money(int(figure.value or 0), figure.currency or "")
