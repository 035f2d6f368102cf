"""The page in a real browser: nothing runs over, nothing is too small, nobody is shut out, whatever the screen.

Needs Chromium (`apt-get install chromium`); without it these are skipped. `python -m tests.reporting.pictures`
takes the pictures under docs/pictures with the same browser.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.reporting.browser import CHROMIUM, DARK, looked_at, with_axe
from tests.reporting.golden import MONTHS
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
    "light": (1040, ("studio", "bought", "after-a-crisis", "empty"), ()),
    "dark": (390, ("bought",), (DARK,)),
}


def measured(page: bytes, widths: list[int], folder: Path) -> list[dict[str, Any]]:
    (folder / "report.html").write_bytes(page)
    return looked_at(folder, [("report.html", width) for width in widths], MEASURE)


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    made = {name: make() for name, make in MONTHS.items()}
    return {name: month.written(now)["report.html"] for name, (month, now) in made.items()}


def test_nothing_runs_over_and_nothing_is_too_small(pages: dict[str, bytes], tmp_path: Path) -> None:
    for name, page in pages.items():
        (tmp_path / f"{name}.html").write_bytes(page)
    views = [(f"{name}.html", width) for name in pages for width in (360, 390, 768, 1600)]

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
    page = (
        b'<html><body><h1 style="color:#999;background:#fff">Faible</h1><svg role="img"></svg></body></html>'
    )
    (tmp_path / "bad.html").write_bytes(with_axe(page))

    (found,) = looked_at(tmp_path, [("bad.html", 1040)], AXE)

    told = {violation.split(":")[0] for violation in found["violations"]}
    assert {"color-contrast", "html-has-lang", "document-title", "svg-img-alt"} <= told


def test_hostile_texts_do_not_widen_the_page(tmp_path: Path) -> None:
    (found,) = measured(hostile_month().written(MID_FLIGHT)["report.html"], [390], tmp_path)

    assert found["wide"] == 0
