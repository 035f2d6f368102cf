"""The verdict: one sentence with the state, where it leads, and one action with its effect in money."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from parution.reporting.contract import CampaignFigures, Figure, PostsSummary, Verdict, money
from parution.reporting.words import Words

# Platforms spend up to a quarter more or less on a day; summed over days a tenth is out of the ordinary.
PACE_TOLERANCE = 0.10
# A forecast this close to the objective is not called short of it.
TARGET_TOLERANCE = 0.05
# So many results' worth of money without one result is no chance any more (e^-5 < 1 %).
SILENT_RESULTS = 5
SPENT_OUT = 0.995

type Tone = Literal["good", "watch", "act", "none"]


class _Situation(NamedTuple):
    name: str
    tone: Tone
    holds: Callable[[CampaignFigures], bool]


def verdict(
    campaigns: Sequence[CampaignFigures], posts: PostsSummary, words: Words, *, month: date, currency: str
) -> Verdict:
    """Judge the campaign that most needs somebody, or the posts where no campaign does."""
    judged = [(_situation(campaign), campaign) for campaign in campaigns]
    not_out = _number(posts.not_out)
    if not judged:
        return _of_posts(posts, words, month, currency)
    situation, campaign = min(judged, key=lambda pair: _calmness(*pair))
    action, effect = _ACTIONS[situation.name](campaign)
    if not_out and situation.tone != "act":
        situation, action, effect = situation._replace(tone="act"), "check_posts", 0
    told = _told(campaign, words) | {"effect": words.money(effect, campaign.currency)}
    clauses = (
        words.say(f"state.{situation.name}", n=_days_left(campaign), **told),
        _projection(situation.name, campaign, words, told),
        words.say(f"action.{action}", n=not_out, **told),
    )
    return Verdict(
        situation=situation.name,
        tone=situation.tone,
        campaign=campaign.id,
        action=action,
        effect=money(effect, campaign.currency, "derived"),
        language=words.language,
        text=_sentence(clauses, words),
    )


def _of_posts(posts: PostsSummary, words: Words, month: date, currency: str) -> Verdict:
    expected, not_out = _number(posts.expected), _number(posts.not_out)
    name, tone, n = _post_situation(posts)
    state = words.say(
        f"state.{name}",
        n=n,
        month=words.month(month),
        on_time=words.count(_number(posts.on_time)),
        expected=words.count(expected),
    )
    action = "check_posts" if not_out else "none"
    return Verdict(
        situation=name,
        tone=tone,
        campaign=None,
        action=action,
        effect=money(0, currency, "derived"),
        language=words.language,
        text=_sentence((state, words.say(f"action.{action}", n=not_out)), words),
    )


def _sentence(clauses: Sequence[str], words: Words) -> str:
    # A clause may end with an abbreviated month, whose point ends the sentence too.
    return words.say("verdict.join").join(clause for clause in clauses if clause).removesuffix(".") + "."


def _post_situation(posts: PostsSummary) -> tuple[str, Tone, int]:
    planned, expected = _number(posts.planned), _number(posts.expected)
    if not planned:
        return "nothing", "none", 0
    if not expected:
        return "posts_ahead", "good", planned
    if _number(posts.on_time) == expected:
        return "posts_on_time", "good", expected
    return "posts_late", ("act" if _number(posts.not_out) else "watch"), expected


# ---------------------------------------------------------------- situations, the most pressing first
def _no_results(campaign: CampaignFigures) -> bool:
    spent, target_cost = _value(campaign.spent), _value(campaign.target_cost)
    return (
        campaign.state == "running"
        and campaign.results.value == 0
        and spent is not None
        and target_cost is not None
        and spent >= SILENT_RESULTS * target_cost
    )


def _over_pace(campaign: CampaignFigures) -> bool:
    return campaign.exhausted_on is not None and (_value(campaign.pace) or 0) > 1 + PACE_TOLERANCE


def _under_pace(campaign: CampaignFigures) -> bool:
    projected = _value(campaign.projected)
    behind = projected is not None and projected < _number(campaign.budget) * (1 - PACE_TOLERANCE)
    pace = _value(campaign.pace)
    return campaign.state == "running" and behind and pace is not None and pace < 1 - PACE_TOLERANCE


def _target_short(campaign: CampaignFigures) -> bool:
    expected = _value(campaign.projected_results)
    if campaign.objective is None or expected is None or campaign.state != "running":
        return False
    return expected < (1 - TARGET_TOLERANCE) * _number(campaign.objective.target)


def _no_figures(campaign: CampaignFigures) -> bool:
    return campaign.state == "running" and campaign.spent.value is None


def _spent_out(campaign: CampaignFigures) -> bool:
    spent = _value(campaign.spent)
    return campaign.state == "running" and (spent or 0) >= SPENT_OUT * _number(campaign.budget)


def _reached(campaign: CampaignFigures) -> bool:
    results = _value(campaign.results)
    return campaign.objective is not None and (results or 0) >= _number(campaign.objective.target)


def _over(campaign: CampaignFigures) -> bool:
    return campaign.state == "over"


SITUATIONS = (
    _Situation("no_results", "act", _no_results),
    _Situation("target_reached", "good", lambda one: one.state == "running" and _reached(one)),
    _Situation("spent_out", "act", _spent_out),
    _Situation("over_pace", "act", _over_pace),
    _Situation("under_pace", "act", _under_pace),
    _Situation("target_short", "watch", _target_short),
    _Situation("no_figures", "watch", _no_figures),
    _Situation("on_pace", "good", lambda one: one.state == "running"),
    _Situation("ended_unknown", "watch", lambda one: _over(one) and one.spent.value is None),
    _Situation("ended_reached", "good", lambda one: _over(one) and _reached(one)),
    _Situation(
        "ended_short",
        "watch",
        lambda one: _over(one) and one.objective is not None and one.results.value is not None,
    ),
    _Situation("ended", "none", _over),
    _Situation("ahead", "none", lambda one: one.state == "ahead"),
)


def _calmness(situation: _Situation, campaign: CampaignFigures) -> tuple[int, int, float]:
    tones = ("act", "watch", "good", "none")
    return tones.index(situation.tone), SITUATIONS.index(situation), -_number(campaign.budget)


def _situation(campaign: CampaignFigures) -> _Situation:
    return next(situation for situation in SITUATIONS if situation.holds(campaign))


# ---------------------------------------------------------------- actions, each with its effect in money
def _keep(campaign: CampaignFigures) -> tuple[str, int]:
    allocation = campaign.allocation
    return ("keep", _money(allocation.spent)) if allocation else ("none", 0)


def _raise(campaign: CampaignFigures) -> tuple[str, int]:
    return "raise", _money(campaign.budget) - _money(campaign.projected)


def _lower(campaign: CampaignFigures) -> tuple[str, int]:
    return "lower", max(0, _money(campaign.daily) - _money(campaign.needed_daily))


def _add(campaign: CampaignFigures) -> tuple[str, int]:
    return "add", _price_of(campaign, campaign.projected_results, campaign.recent_cost)


def _save(campaign: CampaignFigures) -> tuple[str, int]:
    return "save", _rest(campaign)


def _check_tracking(campaign: CampaignFigures) -> tuple[str, int]:
    return "check_tracking", _rest(campaign)


def _wait(campaign: CampaignFigures) -> tuple[str, int]:
    reserved = _money(campaign.reserved)
    return ("wait", reserved) if reserved else ("wait_for_split", 0)


def _refill(campaign: CampaignFigures) -> tuple[str, int]:
    return "refill", round(_money(campaign.daily) * _number(campaign.days_left))


def _start(campaign: CampaignFigures) -> tuple[str, int]:
    return "start", _money(campaign.days[0].planned)


def _settle(campaign: CampaignFigures) -> tuple[str, int]:
    return "settle", _money(campaign.budget)


def _learn(campaign: CampaignFigures) -> tuple[str, int]:
    if _rest(campaign) > 0:
        return "unspent", _rest(campaign)
    return ("cost", _money(campaign.cost_per_result)) if campaign.cost_per_result.value else ("none", 0)


def _fall_short(campaign: CampaignFigures) -> tuple[str, int]:
    missing = _price_of(campaign, campaign.results, campaign.cost_per_result)
    return ("fell_short", missing) if missing else _learn(campaign)


_ACTIONS: dict[str, Callable[[CampaignFigures], tuple[str, int]]] = {
    "no_results": _check_tracking,
    "target_reached": _save,
    "spent_out": _refill,
    "over_pace": _lower,
    "under_pace": _raise,
    "target_short": _add,
    "no_figures": _wait,
    "on_pace": _keep,
    "ended_unknown": _settle,
    "ended_reached": _learn,
    "ended_short": _fall_short,
    "ended": _learn,
    "ahead": _start,
}


def _price_of(campaign: CampaignFigures, results: Figure, cost: Figure) -> int:
    if campaign.objective is None or results.value is None:
        return 0
    missing = _number(campaign.objective.target) - _number(results)
    return round(max(0.0, missing) * _money(cost))


def _rest(campaign: CampaignFigures) -> int:
    return max(0, _money(campaign.budget) - _money(campaign.spent))


# ---------------------------------------------------------------- words
def _projection(name: str, campaign: CampaignFigures, words: Words, told: dict[str, str]) -> str:
    key = _projection_key(name, campaign)
    return words.say(key, n=_days_early(campaign), **told) if key else ""


def _projection_key(name: str, campaign: CampaignFigures) -> str | None:
    if campaign.state != "running" or campaign.projected.value is None or name in {"no_results", "spent_out"}:
        return None
    if name == "over_pace":
        return "projection.exhausted"
    both = campaign.objective is not None and campaign.projected_results.value is not None
    if name == "target_reached":
        return "projection.beyond" if both else "projection.spend"
    kind = "left" if name == "under_pace" else "spend"
    return f"projection.{kind}_and_results" if both else f"projection.{kind}"


def _told(campaign: CampaignFigures, words: Words) -> dict[str, str]:
    def amount(minor: int) -> str:
        return words.money(minor, campaign.currency)

    unit = campaign.objective.unit if campaign.objective else words.say("unit.results")
    target = campaign.objective.target if campaign.objective else None
    return {
        "campaign": campaign.id,
        "first": words.day(campaign.first),
        "last": words.day(campaign.last),
        "budget": amount(_money(campaign.budget)),
        "spent": amount(_money(campaign.spent)),
        "planned": amount(_money(campaign.planned)),
        "gap": amount(abs(_money(campaign.planned) - _money(campaign.spent))),
        "daily": amount(_money(campaign.daily)),
        "needed": amount(_money(campaign.needed_daily)),
        "projected": amount(_money(campaign.projected)),
        "unspent": amount(_money(campaign.budget) - _money(campaign.projected)),
        "exhausted_on": words.day(campaign.exhausted_on) if campaign.exhausted_on else "",
        "cost": amount(_money(campaign.recent_cost)),
        "target_cost": amount(_money(campaign.target_cost)),
        "results": words.of_unit(_number(campaign.results), unit),
        "projected_results": words.of_unit(_number(campaign.projected_results), unit),
        "target": words.count(_number(target)) if target else "",
    }


def _days_left(campaign: CampaignFigures) -> int:
    return int(_number(campaign.days_left))


def _days_early(campaign: CampaignFigures) -> int:
    return (campaign.last - campaign.exhausted_on).days if campaign.exhausted_on else 0


def _value(figure: Figure) -> float | None:
    return figure.value


def _number(figure: Figure) -> int:
    return int(figure.value or 0)


def _money(figure: Figure) -> int:
    return int(figure.value or 0)
