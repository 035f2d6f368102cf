"""The report as a page: one HTML file, no script, nothing fetched, light, dark, phone and paper."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from parution.plan.model import Audience
from parution.reporting import illustrations
from parution.reporting.audiences import Section, sections_of, terms_of
from parution.reporting.contract import CampaignFigures, Figure, Note, PostRow, Report
from parution.reporting.shown import Shown
from parution.reporting.situations import PACE_TOLERANCE, TARGET_TOLERANCE, Case, situation_of
from parution.reporting.splits import Split
from parution.reporting.templates import template
from parution.reporting.words import Words, network_name

# What a mail or a phone takes well, in bytes.
HEAVIEST = 150_000
MOST_CAMPAIGNS = 4

UNKNOWN = "—"
GOOD, OVER, UNDER, ATTENTION = "✓", "▲", "▼", "!"


class Fit(NamedTuple):
    """How much is shown; all is in the files."""

    posts: int
    lines: int  # of a day's split; as many alerts
    campaigns: int = MOST_CAMPAIGNS


# The page is the first of these that is light enough.
FITS = (Fit(60, 12), Fit(40, 8), Fit(20, 4), Fit(20, 4, 2), Fit(12, 4, 1))


class Card(NamedTuple):
    """One of the four figures: what it is, the number, what it is measured by, and how it stands."""

    label: str
    number: str
    of: str
    glyph: str = ""
    mark: str = ""
    tone: str = "none"
    spark: Markup = Markup()


def page(report: Report, audience: Audience | None = None) -> bytes:
    """Write the report as HTML, whole or as an audience is shown it.

    Where it would be too heavy, it has fewer rows, and says so.
    """
    words = Words(report.brand.locale, report.brand.timezone)
    detailed = report.campaigns[:MOST_CAMPAIGNS]
    details = [_Detail(one, words, f"c{n}", report.brand.id) for n, one in enumerate(detailed)]
    sections = sections_of(report, audience)
    pages = (_written(report, words, details, fit, sections) for fit in FITS)
    text = b""
    for text in pages:
        if len(text) <= HEAVIEST:
            break
    return text


def _written(
    report: Report, words: Words, details: Sequence["_Detail"], fit: Fit, sections: Sequence[Section]
) -> bytes:
    style = style_sheet()
    text = template(
        Path(__file__).parent / "report.html.j2"
    ).render(
        report=report,
        words=words,
        say=words.say,
        show=_Shown(words),
        style=Markup(style),  # noqa: S704 (our own style sheet)
        policy=content_policy(style),
        cards=cards(report, words),
        campaigns=details[: fit.campaigns],
        sections=sections,
        shown=Shown(report, words),
        campaigns_more=len(report.campaigns) - len(details[: fit.campaigns]),
        most_lines=fit.lines,
        most_posts=fit.posts,
        posts=_chosen(report.posts, fit.posts),
        network_name=network_name,
        notes=[_note(note, words) for note in report.notes],
        terms=[
            (words.say(f"term.{term}"), words.say(f"term.{term}.is")) for term in terms_of(report, sections)
        ],
    )
    return text.encode()


def cards(report: Report, words: Words) -> list[Card]:
    """Give the four figures: money, result, its cost, and the posts."""
    if not report.campaigns:
        none = Card(words.say("card.spent"), UNKNOWN, words.say("card.spent.none"))
        return [none, _posts_card(report, words)]
    # Amounts of several campaigns may not be added: the one that the desk puts first is shown.
    first = report.campaigns[0]
    sparks = illustrations.sparks(first, words, report.generated_at.astimezone(words.zone).date())
    of_campaign = {
        "spent": _spent_card(first, words),
        "results": _results_card(first, report, words),
        "cost": _cost_card(first, words),
    }
    drawn = [card._replace(spark=sparks.get(name, Markup())) for name, card in of_campaign.items()]
    return [*drawn, _posts_card(report, words)]


def _spent_card(campaign: CampaignFigures, words: Words) -> Card:
    spent, budget = campaign.spent.value, int(campaign.budget.value or 0)
    label, of_budget = words.say("card.spent"), words.money(budget, campaign.currency)
    if spent is None:
        return Card(label, UNKNOWN, words.say("card.spent.budget", budget=of_budget))
    of = words.say("card.spent.of", budget=of_budget, share=words.percent(spent / budget))
    return Card(label, words.money(int(spent), campaign.currency), of, *_pace_mark(campaign, words))


def _pace_mark(campaign: CampaignFigures, words: Words) -> tuple[str, str, str]:
    pace = campaign.pace.value
    if pace is None or campaign.state != "running":
        return "", "", "none"
    if abs(pace - 1) <= PACE_TOLERANCE:
        return GOOD, words.say("mark.good"), "good"
    over, calm = pace > 1, situation_of(Case(campaign)).tone != "act"
    text = words.say("mark.over" if over else "mark.under", share=words.percent(abs(pace - 1)))
    return (OVER if over else UNDER), text, "watch" if calm else "act"


def _results_card(campaign: CampaignFigures, report: Report, words: Words) -> Card:
    objective = campaign.objective
    if objective is None:
        return _pace_card(campaign, words)
    # Of an objective that several campaigns serve, what they have brought together.
    together = next((one for one in report.objectives if one.id == objective.id), None)
    results, ahead = campaign.results.value, campaign.projected_results.value
    if together and len(together.campaigns) > 1:
        results, ahead = together.actual.value, together.forecast.value
    number = words.count(results) if results is not None else UNKNOWN
    target = objective.target.value or 0
    of = words.say("card.results.of", target=words.count(target))
    label = words.say("card.results", unit=objective.unit)
    return Card(label, number, of, *_target_mark(campaign.state, results, ahead, target, words))


def _target_mark(
    state: str, results: float | None, projected: float | None, target: float, words: Words
) -> tuple[str, str, str]:
    if results is not None and results >= target:
        return GOOD, words.say("mark.target.reached"), "good"
    if state == "over" and results is not None:
        return UNDER, words.say("mark.target.missed"), "act"
    if projected is None or state != "running":
        return "", "", "none"
    short = projected < target * (1 - TARGET_TOLERANCE)
    text = words.say(f"mark.target.{'short' if short else 'good'}", projected=words.count(projected))
    return (UNDER, text, "act") if short else (GOOD, text, "good")


def _pace_card(campaign: CampaignFigures, words: Words) -> Card:
    pace = campaign.pace.value
    told = {
        name: words.money(int(figure.value), campaign.currency) if figure.value is not None else UNKNOWN
        for name, figure in (("spent", campaign.spent), ("planned", campaign.planned))
    }
    number = words.percent(pace) if pace is not None else UNKNOWN
    return Card(words.say("card.pace"), number, words.say("card.pace.of", **told))


def _cost_card(campaign: CampaignFigures, words: Words) -> Card:
    cost, most, results = campaign.cost_per_result.value, campaign.target_cost.value, campaign.results.value
    label = words.say("card.cost")
    if cost is None:
        return Card(label, UNKNOWN, words.say("card.cost.none"))
    number = words.money(int(cost), campaign.currency)
    if most is None:
        unit = campaign.objective.unit if campaign.objective else words.say("unit.results")
        return Card(label, number, words.say("card.cost.plain", results=words.of_unit(results or 0, unit)))
    of = words.say("card.cost.target", target=words.money(int(most), campaign.currency))
    if cost <= most:
        return Card(label, number, of, GOOD, words.say("mark.cost.good"), "good")
    return Card(label, number, of, OVER, words.say("mark.cost.over"), "act")


def _posts_card(report: Report, words: Words) -> Card:
    counted, label = report.posts_summary, words.say("card.posts")
    expected, on_time, planned = (
        int(figure.value or 0) for figure in (counted.expected, counted.on_time, counted.planned)
    )
    if not expected:
        next_ones = words.say("card.posts.next", n=planned) if planned else words.say("card.posts.none")
        return Card(label, UNKNOWN, next_ones)
    number = words.say("card.posts.of", on_time=words.count(on_time), expected=words.count(expected))
    late = counted.median_late.value
    of = words.say("card.posts.late", late=words.duration(late)) if late is not None else ""
    return Card(label, number, of, *_posts_mark(expected, on_time, int(counted.not_out.value or 0), words))


def _posts_mark(expected: int, on_time: int, not_out: int, words: Words) -> tuple[str, str, str]:
    if not_out:
        return ATTENTION, words.say("mark.posts.out", n=not_out), "act"
    if on_time < expected:
        return ATTENTION, words.say("mark.posts.late", n=expected - on_time), "act"
    return GOOD, words.say("mark.posts.good"), "good"


class _Detail:
    """One campaign as the template shows it."""

    def __init__(self, figures: CampaignFigures, words: Words, name: str, brand: str) -> None:
        self.figures, self.name = figures, name
        self.pacing = illustrations.pacing(figures, words, f"{name}-pacing")
        self.bars = illustrations.lines(figures, words, f"{name}-lines")
        self.unit = figures.objective.unit if figures.objective else words.say("unit.results")
        self.columns = (
            words.say("col.spent"),
            self.unit[:1].upper() + self.unit[1:],
            words.say("col.cost"),
            words.say("col.next_result"),
            words.say("col.clicks"),
        )
        self.state = words.say(f"campaign.state.{figures.state}", n=_whole_days(figures))
        self._campaign, self._words = f"{brand}/{figures.id}", words

    def split(self, most_lines: int) -> Split | None:
        split = self.figures.allocation
        return Split(split, self._campaign, self.unit, self._words, most_lines) if split else None

    def curves(self, most_lines: int) -> illustrations.Curves | None:
        split = self.figures.allocation
        if split is None:
            return None
        return illustrations.curves(split, self._words, f"{self.name}-curves", self.unit, most_lines)


def _whole_days(figures: CampaignFigures) -> int:
    # The present day counts among those that are left.
    return int(-(-float(figures.days_left.value or 0) // 1))


class _Shown:
    """How the template writes figures; a figure that nobody gave is a dash with its meaning."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def __call__(self, figure: Figure | None) -> Markup:
        if figure is None or figure.value is None:
            return self.unknown()
        words, value = self._words, figure.value
        if figure.unit == "minor":
            return Markup.escape(words.money(int(value), figure.currency or ""))
        if figure.unit == "ratio":
            return Markup.escape(words.percent(value))
        if figure.unit == "seconds":
            return Markup.escape(words.duration(value))
        return Markup.escape(words.count(value))

    def unknown(self) -> Markup:
        return Markup('<span aria-hidden="true">—</span><span class="unseen">{}</span>').format(
            self._words.say("unknown")
        )

    def fine(self, ratio: Figure | None) -> Markup:
        """Write a rate to a tenth of a percent: most are a few."""
        if ratio is None or ratio.value is None:
            return self.unknown()
        return Markup.escape(self._words.percent(ratio.value, 1))

    def index(self, spent: Figure, planned: Figure) -> Markup:
        if spent.value is None or not planned.value:
            return self.unknown()
        return Markup.escape(self._words.percent(spent.value / planned.value))


def _chosen(posts: Sequence[PostRow], most: int) -> list[PostRow]:
    # What went wrong is always shown; of the others the latest.
    wrong = [post for post in posts if post.on_time is False][:most]
    others = [post for post in posts if post.on_time is not False]
    room = most - len(wrong)
    chosen = wrong + (others[-room:] if room else [])
    return sorted(chosen, key=lambda post: (post.due_at, post.post, post.channel))


def _note(note: Note, words: Words) -> str:
    values = dict(note.values)
    if "amount" in values:
        values["amount"] = words.money(int(values["amount"]), str(values["currency"]))
    if "read_at" in values:
        values["read_at"] = words.instant_text(str(values["read_at"]))
    said = words.say(f"note.{note.code}", **values)
    # "a.m." has its own point.
    return said[:-1] if said.endswith("..") else said


def content_policy(style: str) -> str:
    # Only this very style sheet; no script, image, font, frame or request of any kind.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def style_sheet() -> str:
    return (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
