"""The report as a page: one HTML file, no script, nothing fetched, light, dark, phone and paper."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from parution.money import decimals
from parution.reporting.charts import NARROW, WIDE, lines_chart, lines_text, pacing_chart, pacing_text
from parution.reporting.contract import (
    AllocationFigures,
    CampaignFigures,
    Figure,
    Note,
    PostRow,
    Report,
)
from parution.reporting.verdict import PACE_TOLERANCE, TARGET_TOLERANCE
from parution.reporting.words import NO_BREAK, Words, network_name

# More would make the page heavier than the 150 KB that a mail or a phone takes well; all are in the files.
MOST_CAMPAIGNS = 4
MOST_POSTS = 60

UNKNOWN = "—"
GOOD, OVER, UNDER, ATTENTION = "✓", "▲", "▼", "!"


class Card(NamedTuple):
    """One of the four figures: what it is, the number, what it is measured by, and how it stands."""

    label: str
    number: str
    of: str
    glyph: str = ""
    mark: str = ""
    tone: str = "none"


def page(report: Report) -> bytes:
    """Write the report as HTML."""
    words = Words(report.brand.locale, report.brand.timezone)
    detailed = report.campaigns[:MOST_CAMPAIGNS]
    style = _style()
    text = _template().render(
        report=report,
        words=words,
        say=words.say,
        show=_Shown(words),
        style=Markup(style),  # noqa: S704 (our own style sheet)
        policy=_policy(style),
        cards=cards(report, words),
        campaigns=[_Detail(one, words, f"c{n}") for n, one in enumerate(detailed)],
        campaigns_more=len(report.campaigns) - len(detailed),
        posts=_chosen(report.posts),
        network_name=network_name,
        notes=[_note(note, words) for note in report.notes],
        terms=[(words.say(f"term.{term}"), words.say(f"term.{term}.is")) for term in report.terms],
        one_unit=one_unit,
    )
    return text.encode()


def cards(report: Report, words: Words) -> list[Card]:
    """Give the four figures: money, result, its cost, and the posts."""
    if not report.campaigns:
        none = Card(words.say("card.spent"), UNKNOWN, words.say("card.spent.none"))
        return [none, _posts_card(report, words)]
    # Amounts of several campaigns may not be added: the one that the desk puts first is shown.
    first = report.campaigns[0]
    of_campaign = (_spent_card(first, words), _results_card(first, words), _cost_card(first, words))
    return [*of_campaign, _posts_card(report, words)]


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
    over = pace > 1
    text = words.say("mark.over" if over else "mark.under", share=words.percent(abs(pace - 1)))
    return (OVER if over else UNDER), text, "act"


def _results_card(campaign: CampaignFigures, words: Words) -> Card:
    objective, results = campaign.objective, campaign.results.value
    if objective is None:
        return _pace_card(campaign, words)
    number = words.count(results) if results is not None else UNKNOWN
    of = words.say("card.results.of", target=words.count(objective.target.value or 0))
    label = words.say("card.results", unit=objective.unit)
    return Card(label, number, of, *_target_mark(campaign, objective.target.value or 0, words))


def _target_mark(campaign: CampaignFigures, target: float, words: Words) -> tuple[str, str, str]:
    results, projected = campaign.results.value, campaign.projected_results.value
    if results is not None and results >= target:
        return GOOD, words.say("mark.target.reached"), "good"
    if campaign.state == "over" and results is not None:
        return UNDER, words.say("mark.target.missed"), "act"
    if projected is None or campaign.state != "running":
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

    def __init__(self, figures: CampaignFigures, words: Words, name: str) -> None:
        self.figures, self.name = figures, name
        self.wide = _inline(pacing_chart(figures, words, WIDE, f"{name}-wide"))
        self.narrow = _inline(pacing_chart(figures, words, NARROW, f"{name}-narrow"))
        self.has_spend = any(line.spent.value is not None for line in figures.lines)
        self.bars = _inline(lines_chart(figures, words, f"{name}-bars")) if self.has_spend else ""
        self.pacing_text, self.lines_text = pacing_text(figures, words), lines_text(figures, words)
        self.unit = figures.objective.unit if figures.objective else words.say("unit.results")
        self.columns = (
            words.say("col.spent"),
            self.unit[:1].upper() + self.unit[1:],
            words.say("col.cost"),
            words.say("col.clicks"),
            words.say("col.impressions"),
        )
        self.state = words.say(f"campaign.state.{figures.state}", n=_whole_days(figures))
        self.proof = _proof(figures.allocation, self.unit, words) if figures.allocation else ""


def _whole_days(figures: CampaignFigures) -> int:
    # The present day counts among those that are left.
    return int(-(-float(figures.days_left.value or 0) // 1))


def _proof(split: AllocationFigures, unit: str, words: Words) -> str:
    if split.status != "optimal":
        return words.say("split.proof.none", status=split.status)
    if split.next_cent is None or split.last_cent is None:
        return words.say("split.proof.bound")
    if not split.certified:
        return words.say("split.proof.gap", gap=words.percent(float(split.gap.value or 0), 6))
    limited = [share.line for share in split.shares if share.limit]
    proof = words.say(
        "split.proof",
        next=f"{_per_unit(split.next_cent.gain, split, words)}{NO_BREAK}{unit}",
        last=f"{_per_unit(split.last_cent.gain, split, words)}{NO_BREAK}{unit}",
        next_line=split.next_cent.line,
        last_line=split.last_cent.line,
        money=one_unit(split, words),
    )
    return (
        f"{proof} {words.say('split.limits', n=len(limited), lines=', '.join(limited))}" if limited else proof
    )


def one_unit(allocation: AllocationFigures, words: Words) -> str:
    currency = allocation.budget.currency or ""
    return words.round_money(10 ** decimals(currency), currency)


def _per_unit(figure: Figure, split: AllocationFigures, words: Words) -> str:
    times = 10 ** decimals(split.budget.currency or "")
    return words.decimal(float(figure.value or 0) * times, _places(split, times))


def _places(split: AllocationFigures, times: int) -> int:
    """Give the decimals at which the next cent and the last one are seen to differ: four, ten at most."""
    cents = [split.next_cent, split.last_cent]
    gains = {float(cent.gain.value or 0) * times for cent in cents if cent}
    apart = (places for places in range(4, 10) if len({round(gain, places) for gain in gains}) == len(gains))
    return next(apart, 10)


class _Shown:
    """How the template writes figures; a figure that nobody gave is a dash with its meaning."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def __call__(self, figure: Figure) -> Markup:
        if figure.value is None:
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

    def per_unit(self, figure: Figure, allocation: AllocationFigures) -> Markup:
        if figure.value is None:
            return self.unknown()
        return Markup.escape(_per_unit(figure, allocation, self._words))

    def index(self, spent: Figure, planned: Figure) -> Markup:
        if spent.value is None or not planned.value:
            return self.unknown()
        return Markup.escape(self._words.percent(spent.value / planned.value))

    def price(self, allocation: AllocationFigures) -> str:
        """Say what one more result would cost; nothing where no price is known."""
        per_minor = allocation.shadow_price.value
        if not per_minor:
            return ""
        price = self._words.money(round(1 / per_minor), allocation.budget.currency or "")
        return self._words.say("split.price", price=price)

    def leftover(self, split: AllocationFigures) -> str:
        """Say what of the day's money was left, and why; nothing where all of it was given."""
        if not split.leftover.value:
            return ""
        amount = self._words.money(int(split.leftover.value), split.budget.currency or "")
        because = (split.leftover_because or "caps").replace(" ", "_")
        return self._words.say(f"split.left.{because}", amount=amount)

    def limit(self, constraint: str | None) -> str:
        known = {"cap", "floor", "minimum_if_funded", "step"}
        key = constraint if constraint in known else "other"
        return self._words.say(f"limit.{key}", constraint=constraint) if constraint else ""


def _chosen(posts: Sequence[PostRow]) -> list[PostRow]:
    # What went wrong is always shown; of the others the latest.
    wrong = [post for post in posts if post.on_time is False][:MOST_POSTS]
    others = [post for post in posts if post.on_time is not False]
    room = MOST_POSTS - len(wrong)
    chosen = wrong + (others[-room:] if room else [])
    return sorted(chosen, key=lambda post: (post.due_at, post.post, post.channel))


def _note(note: Note, words: Words) -> str:
    values = dict(note.values)
    if "amount" in values:
        values["amount"] = words.money(int(values["amount"]), str(values["currency"]))
    if "read_at" in values:
        values["read_at"] = words.instant_text(str(values["read_at"]))
    return words.say(f"note.{note.code}", **values)


def _inline(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 (written by the XML serialiser, which escapes every text)


def _policy(style: str) -> str:
    # Only this very style sheet; no script, image, font, frame or request of any kind.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _style() -> str:
    return (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
