"""The page in a real browser: nothing runs over, nothing is too small, nobody is shut out, whatever the screen.

Needs Chromium (`apt-get install chromium`); without it these are skipped. `python -m tests.reporting.pictures`
takes the pictures under docs/pictures with the same browser.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from parution.reporting.contract import Report
from parution.reporting.page import page
from tests.reporting.browser import CHROMIUM, DARK, looked_at, run, with_axe
from tests.reporting.golden import FOLDER, MONTHS
from tests.reporting.months import MID_FLIGHT
from tests.reporting.test_page import hostile_month

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

MEASURE = """function look(frame) {
  const page = frame.contentDocument, root = page.documentElement;
  const seen = [...page.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".unseen,.skip"));
  const over = seen.filter(e => !e.closest(".scroll") && e.getBoundingClientRect().right > root.clientWidth + 1);
  const sizes = [...page.querySelectorAll("svg text")].filter(e => e.checkVisibility())
    .map(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a);
  const broken = [...page.querySelectorAll("td.n, .number")].filter(e => e.checkVisibility())
    .filter(e => {
      const range = page.createRange(); range.selectNodeContents(e);
      return new Set([...range.getClientRects()].filter(r => r.width > 2).map(r => Math.round(r.bottom / 8))).size > 1
        && !e.matches(".stack td, .heat td") && !e.querySelector(".unseen");
    });
  return {
    wide: root.scrollWidth - root.clientWidth,
    over: over.map(e => e.tagName + "." + e.className),
    smallest: Math.min(99, ...sizes),
    broken: broken.map(e => e.textContent),
  };
}"""
# What axe leaves undecided is the contrast of text in a drawing and of a single sign: test_page computes
# that of every token.
AXE = """async function look(frame) {
  const found = await frame.contentWindow.axe.run();
  const told = (rules, wanted) => rules.flatMap(rule => rule.nodes.filter(wanted)
    .map(node => `${rule.id}: ${node.html.slice(0, 200)}`));
  const isSign = node => /^<span aria-hidden="true">.<\\/span>$/u.test(node.html);
  return {
    violations: told(found.violations, () => true),
    undecided: told(found.incomplete, node => !isSign(node) && !node.html.startsWith("<text ")),
    passes: found.passes.length,
  };
}"""
# Between them these months show all that a page can hold; in the dark the colours alone are others.
THEMES = {
    "light": (1040, ("studio", "after-a-crisis", "empty"), ()),
    "dark": (390, ("bought",), (DARK,)),
}


# The order in which a reader of the source meets what can be reached by keyboard, and the sections.
ORDER = """function look(frame) {
  const page = frame.contentDocument, tops = [...page.querySelectorAll("section")].map(e => e.getBoundingClientRect().top);
  const stops = [...page.querySelectorAll("a[href], summary, [tabindex]")].filter(e => e.checkVisibility());
  const places = stops.filter(e => !e.matches(".skip")).map(e => Math.round(e.getBoundingClientRect().top));
  stops[0].focus();
  const skip = stops[0].getBoundingClientRect();
  return {
    first: stops[0].getAttribute("href"),
    shown: skip.left >= 0 && skip.top >= 0,
    jumps: [...page.querySelectorAll("[tabindex]")].filter(e => e.tabIndex > 0).length,
    sections: tops.every((top, n) => n === 0 || top >= tops[n - 1]),
    upwards: places.filter((top, n) => n > 0 && top < places[n - 1] - 4).length,
  };
}"""


def measured(html: bytes, widths: list[int], folder: Path) -> list[dict[str, Any]]:
    (folder / "report.html").write_bytes(html)
    return looked_at(folder, [("report.html", width) for width in widths], MEASURE)


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return {name: (FOLDER / name / "report.html").read_bytes() for name in MONTHS}


def test_nothing_runs_over_and_nothing_is_too_small(pages: dict[str, bytes], tmp_path: Path) -> None:
    for name, html in pages.items():
        (tmp_path / f"{name}.html").write_bytes(html)
    views = [(f"{name}.html", width) for name in pages for width in (360, 1600)]
    views += [(f"{name}.html", width) for name in ("studio", "bought") for width in (390, 736, 768, 1040)]

    found = dict(zip(views, looked_at(tmp_path, views, MEASURE), strict=True))

    assert {view: one for view, one in found.items() if one["wide"] or one["over"] or one["broken"]} == {}
    assert {view: one for view, one in found.items() if one["smallest"] < 11} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(pages: dict[str, bytes], theme: str, tmp_path: Path) -> None:
    width, names, flags = THEMES[theme]
    for name in names:
        (tmp_path / f"{name}.html").write_bytes(with_axe(pages[name]))

    views = [(f"{name}.html", width) for name in names]
    found = dict(zip(names, looked_at(tmp_path, views, AXE, *flags), strict=True))

    assert {name: one for name, one in found.items() if one["violations"] or one["undecided"]} == {}
    assert all(one["passes"] > 20 for one in found.values())


def test_axe_finds_what_is_wrong(tmp_path: Path) -> None:
    html = (
        b'<html><body><h1 style="color:#999;background:#fff">Faible</h1><svg role="img"></svg></body></html>'
    )
    (tmp_path / "bad.html").write_bytes(with_axe(html))

    (found,) = looked_at(tmp_path, [("bad.html", 1040)], AXE)

    told = {violation.split(":")[0] for violation in found["violations"]}
    assert {"color-contrast", "html-has-lang", "document-title", "svg-img-alt"} <= told


def test_hostile_texts_do_not_widen_the_page(tmp_path: Path) -> None:
    for found in measured(hostile_month().written(MID_FLIGHT)["report.html"], [360, 1040], tmp_path):
        assert (found["wide"], found["over"]) == (0, [])


def test_what_is_reached_first_stands_first(pages: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "bought.html").write_bytes(pages["bought"])

    found = looked_at(tmp_path, [("bought.html", 390), ("bought.html", 1040)], ORDER)

    wanted = {"first": "#verdict", "shown": True, "jumps": 0, "sections": True, "upwards": 0}
    assert found == [wanted, wanted]


def test_one_who_decides_gets_two_pages_of_a4(tmp_path: Path) -> None:
    # Of two campaigns, the longest of the golden months.
    report = Report.model_validate_json((FOLDER / "studio" / "report.json").read_bytes())
    (tmp_path / "report.html").write_bytes(page(report, "executive"))

    run("--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'report.pdf'}", tmp_path / "report.html")

    paper = (tmp_path / "report.pdf").read_bytes()
    sizes = {tuple(map(float, box)) for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)}
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2
    assert [(round(width), round(height)) for width, height in sizes] == [(595, 842)]
