"""Pictures of the report for docs/pictures: `python -m tests.reporting.pictures` (needs Chromium).

The pages on paper need pdftoppm too (`apt-get install poppler-utils`).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from parution.reporting.contract import Report
from parution.reporting.page import page
from tests.reporting.browser import CHROMIUM, DARK, run
from tests.reporting.golden import FOLDER

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


class View(NamedTuple):
    """A golden month's page from one of its sections on, at a size in CSS pixels."""

    month: str
    width: int
    height: int
    section: str = ""
    flags: tuple[str, ...] = ()


VIEWS = {
    "report-light": View("after-a-crisis", 1040, 1500),
    "report-dark": View("studio", 1040, 1180, flags=(DARK,)),
    "report-phone": View("bakery", 360, 1400),
    "report-split": View("bought", 1040, 1240, "split"),
    "report-hours": View("after-a-crisis", 1040, 1120, "objectives"),
}
FRAME = (
    '<body style="margin:0;overflow:hidden">'
    '<iframe src="report.html#{view.section}" style="border:0;width:{view.width}px;height:{view.height}px">'
)


def take() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, view in VIEWS.items():
            html, frame = Path(folder) / "report.html", Path(folder) / "frame.html"
            html.write_bytes((FOLDER / view.month / "report.html").read_bytes())
            # A window is never narrower than 500 pixels: a frame is.
            frame.write_text(FRAME.format(view=view))
            window = f"--window-size={view.width},{view.height}"
            run(window, *view.flags, f"--screenshot={PICTURES / name}.png", frame)


def print_out() -> None:
    """Keep the two pages of A4 that the one who decides is sent."""
    with tempfile.TemporaryDirectory() as folder:
        html, paper = Path(folder) / "report.html", Path(folder) / "report.pdf"
        report = Report.model_validate_json((FOLDER / "after-a-crisis" / "report.json").read_bytes())
        html.write_bytes(page(report, "executive"))
        run("--no-pdf-header-footer", f"--print-to-pdf={paper}", html)
        subprocess.run(["pdftoppm", "-r", "80", "-png", paper, PICTURES / "report-a4"], check=True)


if __name__ == "__main__":
    if CHROMIUM is None or not shutil.which("pdftoppm"):
        sys.exit("no Chromium, or no pdftoppm, on this machine")
    take()
    print_out()
