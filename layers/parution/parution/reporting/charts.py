"""Charts: Vega-Lite specifications kept as data files, filled with figures and drawn as inline SVG.

A specification names colours as the page's own tokens (``var(--s1)``), so that light, dark and print
are the style sheet's business. It sets every place and writes every label itself: nothing depends on
the fonts of the machine that draws, and the same figures give the same bytes.
"""

import json
import re
from fractions import Fraction
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import vl_convert

from parution.money import decimals
from parution.reporting.contract import CampaignFigures
from parution.reporting.words import Words, network_name

# The newest that the locked vl-convert draws; a change of it changes every golden report.
VEGA_LITE = "6.4"
_SVG = "http://www.w3.org/2000/svg"
_NOISE = frozenset({"class", "role", "pointer-events", "font-family", "stroke-miterlimit", "opacity"})
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}(e-?\d+)?")
_LINE_HEIGHT, _BAR = 44, 10


class Size(NamedTuple):
    width: int
    height: int


WIDE, NARROW = Size(720, 230), Size(344, 210)
BARS_WIDTH = 300


def pacing_chart(figures: CampaignFigures, words: Words, size: Size, name: str) -> str:
    """Draw cumulative spend against the plan; ``name`` makes the ids in the page unique."""
    days, over = campaign_days(figures), float(figures.elapsed.value or 0)
    spent, projected = figures.spent.value, figures.projected.value
    top = max(int(figures.budget.value or 0), int(spent or 0), int(projected or 0))
    running = figures.state == "running"
    here = [{"x": over, "y": spent, "label": words.say("pacing.now"), "amount": _amount(figures, words)}]
    data = {
        "planned": _planned_points(figures),
        "spent": _spent_points(figures, running=running),
        "projected": _projected_points(figures) if running else [],
        "now": here if running else [],
        "days_marked": _days_marked(figures, words, 6 if size == WIDE else 4),
        "amounts_marked": _amounts_marked(top, figures.currency, words),
    }
    params = {
        "days": days,
        "top": top * 1.04,
        "flipped": over > days * 0.62,
        # In a flight's first days the labels would stand on those of the axes.
        "early": over < days * 0.15,
        "low": (spent or 0) < top * 0.15,
    }
    return _drawn("pacing", size, params, data, name, words.say("pacing.title"), pacing_text(figures, words))


def lines_chart(figures: CampaignFigures, words: Words, name: str) -> str:
    """Draw what each line has spent."""
    known = [line for line in figures.lines if line.spent.value is not None]
    data = [
        {
            "label": " · ".join(filter(None, (line.id, network_name(line.network), line.format))),
            "amount": words.money(int(line.spent.value or 0), figures.currency),
            "value": line.spent.value,
            "upper": (row + 1) * _LINE_HEIGHT - _BAR - 8,
            "lower": (row + 1) * _LINE_HEIGHT - 8,
        }
        for row, line in enumerate(known)
    ]
    height = len(known) * _LINE_HEIGHT
    params = {
        "top": max((int(line.spent.value or 0) for line in known), default=0) or 1,
        "height_of_all": height,
    }
    title, text = words.say("lines.title"), lines_text(figures, words)
    return _drawn("lines", Size(BARS_WIDTH, height), params, {"lines": data}, name, title, text)


def pacing_text(figures: CampaignFigures, words: Words) -> str:
    """Say what the pacing chart shows, with its numbers."""
    if figures.state == "ahead":
        budget = words.money(int(figures.budget.value or 0), figures.currency)
        first, last = words.long_day(figures.first), words.long_day(figures.last)
        return words.say("pacing.ahead", budget=budget, first=first, last=last)
    if figures.spent.value is None:
        return words.say("pacing.none")
    told = {
        name: words.money(int(figure.value or 0), figures.currency)
        for name, figure in (
            ("spent", figures.spent),
            ("planned", figures.planned),
            ("budget", figures.budget),
            ("projected", figures.projected),
        )
    }
    day = figures.last
    if figures.state == "running" and figures.planned.read_at:
        day = figures.planned.read_at.astimezone(words.zone).date()
    text = words.say("pacing.desc", day=words.long_day(day), **told)
    if figures.state != "running" or figures.projected.value is None:
        return text
    return f"{text} {words.say('pacing.desc.projected', last=words.long_day(figures.last), **told)}"


def lines_text(figures: CampaignFigures, words: Words) -> str:
    """Say what the bars show, with their numbers."""
    amounts = [
        f"{line.id} {words.money(int(line.spent.value), figures.currency)}"
        for line in figures.lines
        if line.spent.value is not None
    ]
    return words.say("lines.desc", amounts=", ".join(amounts)) if amounts else words.say("lines.none")


def campaign_days(figures: CampaignFigures) -> int:
    return (figures.last - figures.first).days + 1


def _amount(figures: CampaignFigures, words: Words) -> str:
    return words.money(int(figures.spent.value or 0), figures.currency)


def _planned_points(figures: CampaignFigures) -> list[dict[str, Any]]:
    days = [day for day in figures.days if figures.first <= day.day <= figures.last]
    points = [{"x": n, "y": day.planned_total.value} for n, day in enumerate(days, start=1)]
    return [{"x": 0, "y": 0}, *points]


def _spent_points(figures: CampaignFigures, *, running: bool) -> list[dict[str, Any]]:
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


def _projected_points(figures: CampaignFigures) -> list[dict[str, Any]]:
    if figures.projected.value is None or figures.spent.value is None:
        return []
    end = campaign_days(figures)
    if figures.exhausted_on:
        end = (figures.exhausted_on - figures.first).days + 1
    return [
        {"x": figures.elapsed.value, "y": figures.spent.value},
        {"x": end, "y": figures.projected.value},
    ]


def _days_marked(figures: CampaignFigures, words: Words, most: int) -> list[dict[str, Any]]:
    days = campaign_days(figures)
    step = next(step for step in (1, 2, 3, 7, 14, 28, 56, 91, 182, 365, 3650) if days / step <= most)
    shown = [day for day in figures.days if figures.first <= day.day <= figures.last][::step]
    return [{"x": (day.day - figures.first).days, "y": 0, "label": words.day(day.day)} for day in shown]


def _amounts_marked(top: int, currency: str, words: Words) -> list[dict[str, Any]]:
    """Mark round amounts, three to five of them above zero."""
    unit = 10 ** decimals(currency)
    rough = Fraction(top, 4 * unit)
    steps = (Fraction(m) * Fraction(10) ** e for e in count(-4) for m in (1, 2, 5))
    step = next(step for step in steps if step >= rough) * unit
    marks = [int(step * k) for k in range(1, 6) if step * k <= top]
    return [{"y": y, "label": words.round_money(y, currency)} for y in marks]


@cache
def _specification(chart: str) -> str:
    return (Path(__file__).parent / "charts" / f"{chart}.vl.json").read_text(encoding="utf-8")


def _drawn(  # noqa: PLR0917 (each is a different thing, given once)
    chart: str,
    size: Size,
    params: dict[str, Any],
    data: dict[str, list[dict[str, Any]]],
    name: str,
    title: str,
    text: str,
) -> str:
    specification = json.loads(_specification(chart))
    specification |= {"width": size.width, "height": size.height, "datasets": data}
    specification["params"] = [{"name": key, "value": value} for key, value in params.items()]
    svg = vl_convert.vegalite_to_svg(specification, vl_version=VEGA_LITE)
    return _dressed(svg, name, title, text)


def _dressed(svg: str, name: str, title: str, text: str) -> str:
    """Leave only what is seen, and give the image its name and description."""
    root = ET.fromstring(svg)  # noqa: S314 (our own renderer wrote it, a moment ago)
    _thin_out(root)
    for attribute in ("width", "height", "version", "fill"):
        root.attrib.pop(attribute, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-desc"}
    for place, (tag, words) in enumerate((("title", title), ("desc", text))):
        element = ET.Element(tag, {"id": f"{name}-{tag}"})
        element.text = words
        root.insert(place, element)
    return ET.tostring(root, encoding="unicode")


def _thin_out(element: ET.Element) -> None:
    element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    for child in list(element):
        _thin_out(child)
        if _is_empty(child):
            element.remove(child)
    kept = {name: value for name, value in element.attrib.items() if not _is_noise(name, value)}
    element.attrib.clear()
    element.attrib |= {name: _LONG_NUMBER.sub(_shortened, value) for name, value in kept.items()}


def _is_empty(element: ET.Element) -> bool:
    # Groups without content, and the frames that Vega draws around groups and axes without ink.
    frame = element.tag == "path" and not {"stroke", "fill"} & set(element.attrib)
    return frame or (element.tag == "g" and len(element) == 0)


def _is_noise(name: str, value: str) -> bool:
    return name in _NOISE or name.startswith("aria-") or value == "translate(0,0)"


def _shortened(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
