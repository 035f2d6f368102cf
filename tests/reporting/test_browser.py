"""The page in a real browser: nothing runs over, nothing is too small, whatever the screen.

Needs Chromium (`apt-get install chromium`); without it these are skipped. `python -m tests.reporting.pictures`
takes the pictures under docs/pictures with the same browser.
"""

import json
import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.reporting.golden import MONTHS
from tests.reporting.months import MID_FLIGHT
from tests.reporting.pictures import CHROMIUM, run
from tests.reporting.test_page import hostile_month

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

# The page itself runs no script: a frame around it measures it, once for each width.
FRAMES = """<!doctype html><body style="margin:0">{frames}<pre id="found"></pre><script>
function measure(frame) {{
  const page = frame.contentDocument, root = page.documentElement;
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
  return {{
    wide: root.scrollWidth - root.clientWidth,
    over: over.map(e => e.tagName + "." + e.className),
    smallest: Math.min(99, ...sizes),
    broken: broken.map(e => e.textContent),
  }};
}}
onload = () => {{
  const found = [...document.querySelectorAll("iframe")].map(measure);
  document.getElementById("found").textContent = JSON.stringify(found);
}};
</script>"""
FRAME = '<iframe src="report.html" style="border:0;width:{width}px;height:2000px"></iframe>'


def measured(page: bytes, widths: Sequence[int], folder: Path) -> list[dict[str, Any]]:
    (folder / "report.html").write_bytes(page)
    frames = "".join(FRAME.format(width=width) for width in widths)
    (folder / "frames.html").write_text(FRAMES.format(frames=frames))
    shown = run(
        f"--window-size={max(widths)},2000",
        "--allow-file-access-from-files",
        "--dump-dom",
        folder / "frames.html",
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', shown, re.DOTALL)
    assert found, shown[:500]
    reports: list[dict[str, Any]] = json.loads(unescape(found[1]))
    return reports


@pytest.mark.parametrize("name", ["bakery", "bought", "studio"])
def test_nothing_runs_over_and_nothing_is_too_small(name: str, tmp_path: Path) -> None:
    month, now = MONTHS[name]()

    for found in measured(month.written(now)["report.html"], [360, 390, 768, 1600], tmp_path):
        assert (found["wide"], found["over"], found["broken"]) == (0, [], [])
        assert found["smallest"] >= 11


def test_hostile_texts_do_not_widen_the_page(tmp_path: Path) -> None:
    (found,) = measured(hostile_month().written(MID_FLIGHT)["report.html"], [390], tmp_path)

    assert found["wide"] == 0
