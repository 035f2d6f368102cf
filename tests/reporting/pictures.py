"""Pictures of the report for docs/pictures: `python -m tests.reporting.pictures` (needs Chromium)."""

import sys
import tempfile
from pathlib import Path

from tests.reporting.browser import CHROMIUM, DARK, run
from tests.reporting.golden import MONTHS

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
# name -> month, width and height in CSS pixels, dark or light
VIEWS = {
    "report-light": ("bakery", 1040, 1150, ""),
    "report-dark": ("studio", 1040, 1150, DARK),
    "report-phone": ("bakery", 390, 1240, ""),
    "report-split": ("bought", 1040, 1060, ""),
}
# How far down the page a picture begins.
TOPS = {"report-split": 1520}
FRAME = (
    '<body style="margin:0;overflow:hidden">'
    '<iframe src="report.html" style="border:0;width:{width}px;height:{height}px;margin-top:-{top}px">'
)


def take() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, (month_name, width, height, theme) in VIEWS.items():
            month, now = MONTHS[month_name]()
            page, frame = Path(folder) / "report.html", Path(folder) / "frame.html"
            page.write_bytes(month.written(now)["report.html"])
            # A window is never narrower than 500 pixels: a frame is.
            frame.write_text(
                FRAME.format(width=width, height=height + TOPS.get(name, 0), top=TOPS.get(name, 0))
            )
            window = f"--window-size={width},{height}"
            run(*filter(None, (window, theme, f"--screenshot={PICTURES / name}.png")), frame)


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("no Chromium on this machine")
    take()
