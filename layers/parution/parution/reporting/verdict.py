"""The verdict: one sentence with the state, where it leads, and one action with its effect in money."""

from collections.abc import Sequence
from typing import NamedTuple

from parution.money import decimals
from parution.reporting.contract import (
    Alert,
    CampaignFigures,
    Figure,
    PostsSummary,
    Report,
    Total,
    Verdict,
    money,
)
from parution.reporting.situations import (
    SITUATIONS,
    Action,
    Case,
    Situation,
    Tone,
    cases_of,
    dearest_rule,
    number,
    situation_of,
)
from parution.reporting.words import Words, printable

# From so many units of money on, what lies ahead is told without its cents.
_ROUND_FROM = 100
TONES: tuple[Tone, ...] = ("act", "watch", "good", "none")

NONE_YET = Verdict(
    situation="nothing",
    tone="none",
    campaign=None,
    action="none",
    effect=money(None, "XXX", "derived"),
    language="en",
    text="",
)


class _Judged(NamedTuple):
    """A campaign with its situation, and what to do about it."""

    case: Case
    situation: Situation
    action: Action

    @property
    def tone(self) -> Tone:
        return self.action.tone or self.situation.tone

    @property
    def calmness(self) -> tuple[int, int, float]:
        return TONES.index(self.tone), SITUATIONS.index(self.situation), -number(self.case.campaign.budget)


def verdict(report: Report, words: Words) -> Verdict:
    """Judge the campaign that most needs somebody, or the posts where no campaign does."""
    cases = cases_of(report.campaigns, report.restated)
    judged = [_Judged(case, found := situation_of(case), found.action(case)) for case in cases]
    said = _of_campaign(min(judged, key=lambda one: one.calmness), report, words) if judged else None
    return (said or _of_posts(report, words)).model_copy(update={"totals": _totals(report, words)})


def _of_campaign(judged: _Judged, report: Report, words: Words) -> Verdict:
    campaign, situation, action = judged.case.campaign, judged.situation, judged.action
    tone, n = judged.tone, 0
    if tone != "act" and (posts := _posts_action(report.posts_summary)):
        tone, (action, n) = "act", posts
    told = _told(judged.case, words) | {"effect": words.money(action.effect, campaign.currency)}
    clauses = (
        words.say(f"state.{situation.name}", n=_days_of(situation.name, judged.case), **told),
        _projection(situation.name, judged.case, words, told),
        words.say(f"action.{action.name}", n=n, **told),
    )
    return Verdict(
        situation=situation.name,
        tone=tone,
        campaign=campaign.id,
        action=action.name,
        effect=money(action.effect, campaign.currency, "derived"),
        language=words.language,
        text=_sentence(clauses, words),
    )


def _posts_action(posts: PostsSummary) -> tuple[Action, int] | None:
    """Give what posts ask for: those that are not out first, then those that wait for a yes."""
    if not_out := number(posts.not_out):
        return Action("check_posts"), not_out
    if waiting := number(posts.waiting):
        return Action("approve_posts"), waiting
    return None


def _sentence(clauses: Sequence[str], words: Words) -> str:
    # A clause may end with an abbreviated month, whose point ends the sentence too.
    return words.say("verdict.join").join(clause for clause in clauses if clause).removesuffix(".") + "."


# ---------------------------------------------------------------- posts alone
def _of_posts(report: Report, words: Words) -> Verdict:
    posts, stop = report.posts_summary, _standing_stop(report.alerts)
    name, tone, n = _post_situation(posts)
    if stop:
        name, tone, n = "posts_stopped", "act", number(posts.held)
    asked = _posts_action(posts)
    action, waiting = (Action("resume_posts"), n) if stop else asked or (Action("none"), 0)
    state = words.say(
        f"state.{name}",
        n=n,
        month=words.month(report.period.first),
        on_time=words.count(number(posts.on_time)),
        expected=words.count(number(posts.expected)),
        since=words.instant(stop.at) if stop else "",
        reason=printable(stop.reason).removesuffix(".") if stop else "",
    )
    return Verdict(
        situation=name,
        tone="act" if asked and tone != "act" else tone,
        campaign=None,
        action=action.name,
        effect=money(0, report.brand.currency, "derived"),
        language=words.language,
        text=_sentence((state, words.say(f"action.{action.name}", n=waiting)), words),
    )


def _standing_stop(alerts: Sequence[Alert]) -> Alert | None:
    return next((alert for alert in alerts if alert.code == "stop" and alert.until is None), None)


def _post_situation(posts: PostsSummary) -> tuple[str, Tone, int]:
    planned, expected = number(posts.planned), number(posts.expected)
    if not planned:
        return "nothing", "none", 0
    if not expected:
        return "posts_ahead", "good", planned
    if number(posts.on_time) == expected:
        return "posts_on_time", "good", expected
    return "posts_late", ("act" if number(posts.not_out) else "watch"), expected


# ---------------------------------------------------------------- where it leads
_NO_PROJECTION = frozenset({"no_results", "paused", "overspent", "spent_out", "unspendable", "no_figures"})


def _projection(name: str, case: Case, words: Words, told: dict[str, str]) -> str:
    campaign = case.campaign
    if not case.is_running or name in _NO_PROJECTION:
        return ""
    if name == "too_early":
        return words.say("projection.early")
    if name == "over_pace":
        early = (campaign.last - campaign.exhausted_on).days if campaign.exhausted_on else 0
        return words.say("projection.exhausted", n=early, **told)
    if not case.has_pace:
        return ""
    both = campaign.objective is not None and campaign.projected_results.value is not None
    if name == "target_reached" or case.shares_objective:
        return words.say("projection.beyond" if both else "projection.spend", **told)
    kind = "left" if name == "under_pace" else "spend"
    return words.say(f"projection.{kind}_and_results" if both else f"projection.{kind}", **told)


class _Bounds(NamedTuple):
    low: float
    high: float


def _money_between(bounds: _Bounds, currency: str, words: Words) -> str:
    low, high = (_rounded(round(value), currency, words) for value in bounds)
    return low if low == high else words.say("between", low=low, high=high)


def _rounded(minor: int, currency: str, words: Words) -> str:
    whole = 10 ** decimals(currency)
    if minor < _ROUND_FROM * whole:
        return words.money(minor, currency)
    return words.round_money(round(minor / whole) * whole, currency)


def _results_between(bounds: _Bounds, unit: str, words: Words) -> str:
    low, high = round(bounds.low), round(bounds.high)
    if low == high:
        return words.of_unit(low, unit)
    return words.say("between", low=words.count(low), high=words.of_unit(high, unit))


def _bounds(low: Figure | None, mid: Figure, high: Figure | None) -> _Bounds:
    middle = mid.value or 0
    first, last = (figure.value if figure else None for figure in (low, high))
    return _Bounds(middle if first is None else first, middle if last is None else last)


# ---------------------------------------------------------------- what sentences tell
def _told(case: Case, words: Words) -> dict[str, str]:
    campaign = case.campaign

    def amount(figure: Figure | None) -> str:
        return words.money(number(figure), campaign.currency)

    unit = campaign.objective.unit if campaign.objective else words.say("unit.results")
    spend = _bounds(campaign.projected_low, campaign.projected, campaign.projected_high)
    results = _bounds(
        campaign.projected_results_low, campaign.projected_results, campaign.projected_results_high
    )
    budget = number(campaign.budget)
    left = _Bounds(budget - spend.high, budget - spend.low)
    target = campaign.objective.target.value if campaign.objective else None
    return {
        "campaign": campaign.id,
        "first": words.day(campaign.first),
        "last": words.day(campaign.last),
        "budget": amount(campaign.budget),
        "spent": amount(campaign.spent),
        "planned": amount(campaign.planned),
        "gap": words.money(abs(number(campaign.planned) - number(campaign.spent)), campaign.currency),
        "daily": amount(campaign.daily),
        "needed": amount(campaign.needed_daily),
        "projected": _money_between(spend, campaign.currency, words),
        "unspent": _money_between(left, campaign.currency, words),
        "exhausted_on": words.day(campaign.exhausted_on) if campaign.exhausted_on else "",
        "cost": amount(campaign.recent_cost),
        "target_cost": amount(campaign.target_cost),
        "results": words.of_unit(number(campaign.results), unit),
        "projected_results": _results_between(results, unit, words),
        "target": words.count(target) if target else "",
        **_told_of_stop(campaign, words),
        **_told_of_split(case, unit, words),
        **_told_of_corrections(case, unit, words),
    }


def _told_of_stop(campaign: CampaignFigures, words: Words) -> dict[str, str]:
    pause = next((one for one in campaign.pauses if one.last is None), None)
    reason = printable(pause.reason).removesuffix(".") if pause else ""
    return {
        "since": words.instant(pause.first) if pause else "",
        "why": words.say("verdict.why", reason=reason) if reason else "",
    }


def _told_of_split(case: Case, unit: str, words: Words) -> dict[str, str]:
    split, currency = case.split, case.campaign.currency
    if split is None:
        return dict.fromkeys(("day_amount", "left", "left_because", "because", "gain", "forgone", "rule"), "")
    rule = dearest_rule(split)
    because = (split.leftover_because or "caps").replace(" ", "_")
    gain = sum(float(one.gain.value or 0) for one in split.proposed)
    forgone = float(split.forgone.value or 0) if split.forgone else 0.0
    return {
        "day_amount": words.money(number(split.budget), currency),
        "left": words.money(number(split.leftover), currency),
        "left_because": words.say(f"left.{because}"),
        "because": words.say("because.join").join(words.because(one, currency) for one in split.lowered),
        "gain": f"{words.result(gain)}\u00a0{unit}",
        "forgone": f"{words.result(forgone)}\u00a0{unit}",
        "rule": words.say(f"rule.{rule.rule.replace(' ', '_')}") if rule else "",
    }


def _told_of_corrections(case: Case, unit: str, words: Words) -> dict[str, str]:
    spent, results = round(case.corrected("spent")), case.corrected("results")
    told = [_signed(words.money(abs(spent), case.campaign.currency), spent)] if spent else []
    if results:
        told.append(f"{words.exact(results, signed=True)}\u00a0{unit}")
    return {"corrections": words.say("and").join(told)}


def _signed(text: str, value: float) -> str:
    return f"+{text}" if value > 0 else f"\u2212{text}" if value < 0 else text


def _days_of(name: str, case: Case) -> int:
    """Give the number that a state's plural follows."""
    campaign = case.campaign
    if name == "too_early":
        # The present day is not over: what lies ahead is told of it.
        full = [day for day in campaign.days if day.spent.value is not None and day.ahead is None]
        return len(full) if campaign.daily.value is not None else 0
    return number(campaign.days_left)


# ---------------------------------------------------------------- all campaigns
def _totals(report: Report, words: Words) -> str:
    """Say what several campaigns come to, one sentence for each currency; nothing of a single one."""
    if len(report.campaigns) < 2:  # noqa: PLR2004 (one needs no total)
        return ""
    said = [_total(total, words) for total in report.totals]
    if len(said) > 1:
        said.append(words.say("totals.apart"))
    return " ".join(said)


def _total(total: Total, words: Words) -> str:
    told = {
        "currency": total.currency,
        "spent": words.money(number(total.spent), total.currency),
        "budget": words.money(number(total.budget), total.currency),
    }
    if total.spent.value is None or total.projected.value is None:
        return words.say("totals.unknown", n=total.campaigns, **told)
    bounds = _bounds(total.projected_low, total.projected, total.projected_high)
    ahead = _money_between(bounds, total.currency, words)
    key = "totals.planned" if bounds.low == bounds.high else "totals.all"
    return words.say(key, n=total.campaigns, ahead=ahead, **told)
