"""Reports as they were looked at and found good; `python -m tests.reporting.golden` writes them anew."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from tests.reporting.buying import bought_once
from tests.reporting.months import MARTIN, MID_FLIGHT, STUDIO_NOW, Month, bakery, studio
from tests.reporting.situations import SITUATIONS, in_language
from tests.reporting.unusual import after_a_crisis, corrected, empty

FOLDER = Path(__file__).parent / "golden"
# A manifest holds their sums, and those of the lake: its own tests hold it to them.
FILES = ("report.json", "report.html", "report.csv")
MONTHS: dict[str, Callable[[], tuple[Month, datetime]]] = {
    "bakery": lambda: (bakery(), MID_FLIGHT),
    "studio": lambda: (studio(), STUDIO_NOW),
    "before-any-insight": lambda: (Month(MARTIN), MID_FLIGHT),
    "bought": bought_once,
    "empty": lambda: (empty(), MID_FLIGHT),
    "after-a-crisis": lambda: (after_a_crisis(), MID_FLIGHT),
    "corrected": lambda: (corrected(by=412), MID_FLIGHT + timedelta(minutes=5)),
}


def reports() -> dict[str, bytes]:
    """Give the files of every golden month: ``bakery/report.html`` and so on."""
    files: dict[str, bytes] = {}
    for name, make in MONTHS.items():
        month, now = make()
        written = month.written(now)
        files |= {f"{name}/{file}": written[file] for file in FILES}
    return files


def verdicts() -> dict[str, dict[str, str]]:
    """Give each situation's sentence in both languages."""
    sentences: dict[str, dict[str, str]] = {}
    for name, (make, now) in SITUATIONS.items():
        for language, locale in (("fr", "fr-FR"), ("en", "en-GB")):
            said = in_language(make(), locale).report(now).verdict
            sentences.setdefault(name, {})[language] = " ".join(filter(None, (said.text, said.totals)))
    return sentences


def write() -> None:
    for name, body in reports().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    text = json.dumps(verdicts(), ensure_ascii=False, indent=2)
    (FOLDER / "verdicts.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    write()
