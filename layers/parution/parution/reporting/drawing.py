"""Drawing: Vega-Lite specifications kept as data files, filled with data and drawn as inline SVG.

A specification names colours as the page's own tokens (``var(--s1)``), so that light, dark and print
are the style sheet's business. It sets every place and writes every label itself: nothing depends on
the fonts of the machine that draws, and the same data give the same bytes.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

import vl_convert

# The newest that the locked vl-convert draws; a change of it changes every golden report.
VEGA_LITE = "6.4"
_SVG = "http://www.w3.org/2000/svg"
_NOISE = frozenset({"class", "role", "pointer-events", "font-family", "stroke-miterlimit", "opacity"})
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}(e-?\d+)?")
# Of a letter at the size of the labels, on the wide side: labels that might touch are not both written.
_LETTER, _WIDE_LETTER = 7.2, 14

type Rows = list[dict[str, Any]]
type Data = Mapping[str, Rows]


class Size(NamedTuple):
    width: int
    height: int


class Told(NamedTuple):
    """What is said of a drawing to those who do not see it; ``name`` makes its ids in the page unique."""

    name: str
    title: str
    text: str


def drawn(chart: str, size: Size, params: Mapping[str, Any], data: Data, told: Told) -> str:
    """Draw a chart's data at a size, in its own units, as SVG with its name and description."""
    specification = json.loads(_specification(chart))
    params = dict(params)
    if "padding_top" in params:
        specification["padding"]["top"] = params.pop("padding_top")
    specification |= {"width": size.width, "height": size.height, "datasets": data}
    specification["params"] = [{"name": key, "value": value} for key, value in params.items()]
    return _dressed(vl_convert.vegalite_to_svg(specification, vl_version=VEGA_LITE), told)


def width_of(text: str) -> float:
    """Give the room a label may need."""
    return sum(_WIDE_LETTER if east_asian_width(letter) in "WF" else _LETTER for letter in text)


def fitting(text: str, room: float) -> str:
    """Give a label that has room; a longer one loses its end."""
    if width_of(text) <= room:
        return text
    widths = accumulate(width_of(letter) for letter in text)
    return text[: bisect_right(list(widths), room - _WIDE_LETTER)].rstrip() + "…"


@cache
def _specification(chart: str) -> str:
    return (Path(__file__).parent / "charts" / f"{chart}.vl.json").read_text(encoding="utf-8")


def _dressed(svg: str, told: Told) -> str:
    """Leave only what is seen, and give the image its name and description."""
    root = ET.fromstring(svg)  # noqa: S314 (our own renderer wrote it, a moment ago)
    _thin_out(root)
    for attribute in ("width", "height", "version", "fill"):
        root.attrib.pop(attribute, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{told.name}-title {told.name}-desc"}
    for place, (tag, words) in enumerate((("title", told.title), ("desc", told.text))):
        element = ET.Element(tag, {"id": f"{told.name}-{tag}"})
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
