"""Who reads what: the sections of the page, in their order, and those that each audience is shown."""

from collections.abc import Iterable
from typing import NamedTuple

from parution.plan.model import Audience
from parution.reporting.contract import Report


class Section(NamedTuple):
    """A part of the page; ``id`` is what links name, and stays. ``of_campaigns``: one block for each."""

    id: str
    template: str
    of_campaigns: bool = False


SECTIONS = (
    Section("verdict", "01-verdict"),
    Section("cards", "02-cards"),
    Section("pacing", "03-pacing", of_campaigns=True),
    Section("spend", "04-spend", of_campaigns=True),
    Section("split", "05-split", of_campaigns=True),
    Section("objectives", "06-objectives"),
    Section("both", "07-both"),
    Section("posts", "08-posts"),
    Section("timing", "09-timing"),
    Section("community", "10-community"),
    Section("alerts", "11-alerts"),
    Section("notes", "12-notes"),
    Section("terms", "13-terms"),
)

# What is left out: the one who decides sees no tables, the buyer no posts, the community no money by line.
_LEFT_OUT: dict[Audience, frozenset[str]] = {
    "executive": frozenset({"spend", "split", "both", "posts", "timing", "community"}),
    "buyer": frozenset({"posts", "timing", "community"}),
    "community": frozenset({"pacing", "spend", "split"}),
}


# Words that stand in these sections alone; the others also stand in the verdict or on the cards.
_STAND_IN = {
    "line": {"spend", "split"},
    "marginal": {"split"},
    "next_result": {"spend"},
    "click_rate": {"spend", "both"},
    "reaction": {"both", "posts", "timing"},
    "view": {"both", "posts"},
    "regularity": {"timing"},
}


def terms_of(report: Report, sections: Iterable[Section]) -> list[str]:
    """Give the words that a page with these sections uses."""
    shown = {section.id for section in sections}
    return [term for term in report.terms if _STAND_IN.get(term, shown) & shown]


def sections_of(report: Report, audience: Audience | None) -> list[Section]:
    """Give what a page shows: to no audience in particular everything that has something to show."""
    has = {
        "pacing": report.campaigns,
        "spend": report.campaigns,
        "split": report.campaigns,
        "objectives": report.objectives,
        "both": report.both and report.both.networks,
        "timing": report.timing and report.timing.hours,
        "terms": report.terms,
    }
    empty = {name for name, found in has.items() if not found}
    left_out = _LEFT_OUT[audience] if audience else frozenset()
    return [section for section in SECTIONS if section.id not in left_out | empty]
