"""The page in a real browser: nothing runs over, nothing is too small, whatever the screen.

Needs Chromium (`apt-get install chromium`); without it these are skipped. `python -m tests.reporting.pictures`
takes the pictures under docs/pictures with the same browser.
"""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.reporting.golden import MONTHS
from tests.reporting.months import MID_FLIGHT
from tests.reporting.pictures import CHROMIUM, run
from tests.reporting.test_page import hostile_month

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

# The page itself runs no script: a frame around it measures it.
FRAME = """<!doctype html><body style="margin:0"><iframe id="page" src="report.html"
 style="border:0;width:{width}px;height:2000px"></iframe><pre id="found"></pre><script>
onload = () => {{
  const page = document.getElementById("page").contentDocument, root = page.documentElement;
  const seen = [...page.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".unseen,.skip"));
  const over = seen.filter(e => !e.closest(".scroll") && e.getBoundingClientRect().right > root.clientWidth + 1);
  const sizes = [...page.querySelectorAll("svg text")].filter(e => e.checkVisibility())
    .map(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a);
  const broken = [...page.querySelectorAll("td.n, .number")].filter(e => e.checkVisibility())
    .filter(e => {{
      const range = page.createRange(); range.selectNodeContents(e);
      return new Set([...range.getClientRects()].filter(r => r.width > 2).map(r => Math.round(r.bottom / 8))).size > 1
        && !e.matches(".stack td");
    }});
  document.getElementById("found").textContent = JSON.stringify({{
    wide: root.scrollWidth - root.clientWidth,
    over: over.map(e => e.tagName + "." + e.className),
    smallest: Math.min(99, ...sizes),
    broken: broken.map(e => e.textContent),
    height: root.scrollHeight,
  }});
}};
</script>"""


def measured(page: bytes, width: int, folder: Path) -> dict[str, Any]:
    (folder / "report.html").write_bytes(page)
    (folder / "frame.html").write_text(FRAME.format(width=width))
    shown = run(
        f"--window-size={max(width, 500)},2000",
        "--allow-file-access-from-files",
        "--dump-dom",
        folder / "frame.html",
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', shown, re.DOTALL)
    assert found, shown[:500]
    report: dict[str, Any] = json.loads(unescape(found[1]))
    return report


@pytest.mark.parametrize("width", [360, 390, 768, 1600])
@pytest.mark.parametrize("name", ["bakery", "studio"])
def test_nothing_runs_over_and_nothing_is_too_small(name: str, width: int, tmp_path: Path) -> None:
    month, now = MONTHS[name]()

    found = measured(month.written(now)["report.html"], width, tmp_path)

    assert (found["wide"], found["over"], found["broken"]) == (0, [], [])
    assert found["smallest"] >= 11


def test_hostile_texts_do_not_widen_the_page(tmp_path: Path) -> None:
    found = measured(hostile_month().written(MID_FLIGHT)["report.html"], 390, tmp_path)

    assert found["wide"] == 0
