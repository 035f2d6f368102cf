"""Everything that can be wrong with a plan whose shape is right; each finding names its place."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import eq
from typing import Any

from parution.plan.balance import objective_problems
from parution.plan.cadence import rhythm_problems
from parution.plan.campaign_checks import campaign_problems
from parution.plan.facts import NOTHING_KNOWN, Facts
from parution.plan.following import following_problems
from parution.plan.model import CONNECTED, NETWORKS, RETIRED, Channel, Plan, Post
from parution.plan.not_yet import not_yet
from parution.plan.positions import located
from parution.plan.post_checks import post_problems
from parution.plan.problems import Problem, in_document_order, instead, nearest, parts_of, pointer_to, problem
from parution.plan.reading import Reading, read
from parution.plan.schedule_syntax import NotASchedule, check_expression
from parution.plan.standards import COUNTRIES, CURRENCIES, LANGUAGES
from parution.plan.times import zones
from parution.plan.timetable import Timetable, settled

_WIDELY_USED = frozenset({"EUR", "USD", "GBP", "CHF", "CAD", "JPY", "AUD"})
_LARGEST_ROW = 350_000  # bytes, of the 400 KB that DynamoDB keeps in one item

# What a list lost to another error cannot be told from what was never in it.
_REFERENCES = {
    "E202": "channels",
    "E203": "objectives",
    "E204": "pillars",
    "E205": "ad_accounts",
    "E212": "campaigns",
    "E220": "posts",
    "E314": "cadence",
}


# What only the whole of a plan can tell.
_OF_THE_WHOLE = frozenset({"W215", "W216", "W321", "W322"})


def examine(
    raw: bytes, facts_of: Callable[[Plan], Facts], now: datetime, size: int | None = None
) -> tuple[Plan | None, list[Problem]]:
    """Read a plan file and check all of it; gives the plan, its open times settled, where there is no error.

    ``facts_of`` looks up what is known beside the plan, and is asked even where the shape is wrong, for
    all that is right: whoever mends a plan wants every error at once.
    """
    reading = read(raw, size)
    if reading.rest is None:
        return None, located(reading.text, reading.problems)
    facts = facts_of(reading.rest)
    timetable = settled(reading.rest, facts.deliveries or {}, now)
    found = _found(reading.rest, timetable, facts, now)
    # What is wrong for each of a post's channels in the same way is told once.
    problems = list(dict.fromkeys([*reading.problems, *_in_the_document(reading, found)]))
    sound = not any(one.severity == "error" for one in problems)
    in_order = in_document_order(reading.document, problems)
    return timetable.plan if sound else None, located(reading.text, in_order)


def _in_the_document(reading: Reading, found: Iterable[Problem]) -> Iterator[Problem]:
    for one in found:
        if _REFERENCES.get(one.code) in reading.kept or (reading.plan is None and one.code in _OF_THE_WHOLE):
            continue
        section, *inner = parts_of(one.pointer) or [""]
        if section in reading.kept and inner:
            place = reading.kept[section][int(inner[0])]
            yield one.model_copy(update={"pointer": pointer_to((section, place, *inner[1:]))})
        else:
            yield one


def check(plan: Plan, facts: Facts = NOTHING_KNOWN, now: datetime | None = None) -> list[Problem]:
    """Check a plan whose shape is right. Without ``now`` nothing is in the past."""
    return _found(plan, settled(plan, facts.deliveries or {}, now), facts, now)


def _found(plan: Plan, timetable: Timetable, facts: Facts, now: datetime | None) -> list[Problem]:
    return [
        *_brand(plan, facts),
        *_size(plan),
        *_twice(plan),
        *_channels(plan, facts),
        *_ad_account_secrets(plan, facts),
        *_references(plan),
        *objective_problems(plan),
        *rhythm_problems(plan),
        *following_problems(plan),
        *not_yet(plan),
        *post_problems(plan, timetable, facts, now),
        *campaign_problems(plan, facts, now),
        *_schedules(plan),
    ]


# ---------------------------------------------------------------------- brand
def _brand(plan: Plan, facts: Facts) -> Iterator[Problem]:
    brand = plan.brand
    if facts.owner is not None and facts.owner != brand.id:
        said = f"this file held the brand '{facts.owner}' before, and '{brand.id}' now"
        yield problem("E210", "/brand/id", said, f"write '{facts.owner}', or use another file for this brand")
    if facts.held_by is not None and facts.held_by != facts.key:
        said = f"the brand '{brand.id}' is held by {facts.held_by}"
        yield problem("E211", "/brand/id", said, f"write into {facts.held_by}, or give this brand another id")
    if brand.timezone not in zones():
        said = f"'{brand.timezone}' is not a time zone"
        yield problem("E114", "/brand/timezone", said, _zone_hint(brand.timezone))
    if not _is_locale(brand.locale):
        yield problem(
            "E115", "/brand/locale", f"'{brand.locale}' is not a locale", _locale_hint(brand.locale)
        )
    yield from _currencies(plan)


def _zone_hint(wrong: str) -> str:
    near = nearest(wrong, zones())
    return f"did you mean '{near}'?" if near else "write a zone of the IANA database, such as Europe/Paris"


def _is_locale(text: str) -> bool:
    parts = re.fullmatch(r"([a-z]{2,3})(-[A-Z][a-z]{3})?-([A-Z]{2})", text)
    return parts is not None and parts[1] in LANGUAGES and parts[3] in COUNTRIES


def _locale_hint(wrong: str) -> str:
    language, _, country = wrong.replace("_", "-").split(".")[0].partition("-")
    mended = f"{language.lower()}-{(country or language).upper()}"
    return f"did you mean '{mended}'?" if _is_locale(mended) else "write a language and a country: fr-FR"


def _currencies(plan: Plan) -> Iterator[Problem]:
    written: list[tuple[tuple[str | int, ...], str | None]] = [
        (("brand", "currency"), plan.brand.currency),
        *((("campaigns", i, "currency"), each.currency) for i, each in enumerate(plan.campaigns)),
        *((("ad_accounts", i, "currency"), each.currency) for i, each in enumerate(plan.ad_accounts)),
    ]
    for path, currency in written:
        if currency is not None and currency not in CURRENCIES:
            said = f"'{currency}' is not a currency"
            yield problem("E116", pointer_to(path), said, _currency_hint(currency))


def _currency_hint(wrong: str) -> str:
    # Two letters of three in their places; among equals, one that many use.
    alike = [code for code in CURRENCIES if sum(map(eq, code, wrong)) >= 2]  # noqa: PLR2004 (of three)
    near = min(alike, key=lambda code: (code not in _WIDELY_USED, code), default=None)
    return f"did you mean '{near}'?" if near else "write a code of ISO 4217, such as EUR"


def _size(plan: Plan) -> Iterator[Problem]:
    size = len(plan.model_copy(update={"posts": ()}).model_dump_json(by_alias=True).encode())
    if size > _LARGEST_ROW:
        said = f"the plan without its posts has {size:,} bytes; {_LARGEST_ROW:,} can be kept"
        yield problem("E009", "", said, "shorten its free-form sections")


# ---------------------------------------------------------------------- names
def _twice(plan: Plan) -> Iterator[Problem]:
    sections: list[tuple[tuple[str | int, ...], Sequence[Any]]] = [
        (("objectives",), plan.objectives),
        (("channels",), plan.channels),
        (("ad_accounts",), plan.ad_accounts),
        (("pillars",), plan.pillars),
        (("posts",), plan.posts),
        (("campaigns",), plan.campaigns),
        *((("campaigns", i, "formats"), each.lines) for i, each in enumerate(plan.campaigns)),
    ]
    for path, elements in sections:
        first: dict[str, int] = {}
        for index, element in enumerate(elements):
            if (before := first.setdefault(element.id, index)) != index:
                said = f"the name '{element.id}' stands at {pointer_to((*path, before, 'id'))} already"
                yield problem("E201", pointer_to((*path, index, "id")), said, "rename the newer one")


def _channels(plan: Plan, facts: Facts) -> Iterator[Problem]:
    for index, channel in enumerate(plan.channels):
        yield from _network(("channels", index), channel)
        if channel.network in NETWORKS:
            yield from _account(("channels", index, "account"), channel.account, facts)


def _network(path: tuple[str | int, ...], channel: Channel) -> Iterator[Problem]:
    pointer, name = pointer_to((*path, "network")), channel.network
    if name in RETIRED:
        hint = f"move to {RETIRED[name]}; its posts are kept and skipped"
        yield problem("W201", pointer, f"{name} is gone", hint)
    elif name not in NETWORKS:
        yield problem("E104", pointer, f"'{name}' is not a network", instead(name, NETWORKS))
    elif name not in CONNECTED:
        hint = f"connected are: {', '.join(sorted(CONNECTED))}; a webhook reaches anything else"
        yield problem("E209", pointer, f"{name} is not connected in this version", hint)


def _account(path: tuple[str | int, ...], reference: str | None, facts: Facts) -> Iterator[Problem]:
    pointer = pointer_to(path)
    if reference is None:
        hint = 'add "account": "secret:NAME" and store it with `parution secret set NAME`'
        yield problem("E207", pointer, "nothing opens this channel", hint)
        return
    name = reference.removeprefix("secret:")
    if facts.secrets is not None and name not in facts.secrets:
        yield problem(
            "E208", pointer, f"no secret '{name}' is stored", f"store it: parution secret set {name}"
        )


def _ad_account_secrets(plan: Plan, facts: Facts) -> Iterator[Problem]:
    for index, account in enumerate(plan.ad_accounts):
        yield from _account(("ad_accounts", index, "account"), account.account, facts)


# ---------------------------------------------------------------------- references
def _references(plan: Plan) -> Iterator[Problem]:
    objectives = {each.id for each in plan.objectives}
    for index, channel in enumerate(plan.channels):
        for place, name in enumerate(channel.objectives):
            yield from _known("E203", ("channels", index, "objectives", place), "objective", name, objectives)
    for index, campaign in enumerate(plan.campaigns):
        yield from _known(
            "E203", ("campaigns", index, "objective"), "objective", campaign.objective, objectives
        )
    for index, post in enumerate(plan.posts):
        yield from _post_references(("posts", index), post, plan)


def _known(
    code: str, path: tuple[str | int, ...], what: str, name: str | None, valid: Iterable[str]
) -> Iterator[Problem]:
    names = list(valid)
    if name is not None and name not in names:
        yield problem(code, pointer_to(path), f"'{name}' is no {what} of this plan", instead(name, names))


def _post_references(path: tuple[str | int, ...], post: Post, plan: Plan) -> Iterator[Problem]:
    channels = [each.id for each in plan.channels]
    for index, name in enumerate(post.channels):
        yield from _known("E202", (*path, "channels", index), "channel", name, channels)
        if name in post.channels[:index]:
            said = f"'{name}' is named twice"
            yield problem("E214", pointer_to((*path, "channels", index)), said, "remove the second")
    for name in post.variants:
        if name not in post.channels:
            said = f"the post is not on '{name}', so that this variant would never be used"
            yield problem("E206", pointer_to((*path, "variants", name)), said, instead(name, post.channels))
    yield from _known("E204", (*path, "pillar"), "pillar", post.pillar, [each.id for each in plan.pillars])
    if post.boost is not None:
        campaigns = [each.id for each in plan.campaigns]
        yield from _known("E212", (*path, "boost", "campaign"), "campaign", post.boost.campaign, campaigns)


# ---------------------------------------------------------------------- schedules
def _schedules(plan: Plan) -> Iterator[Problem]:
    for job, expression in plan.schedules.model_dump(exclude_none=True).items():
        try:
            check_expression(expression)
        except NotASchedule as error:
            yield problem("E601", pointer_to(("schedules", job)), error.wrong, error.instead)
    for index, reader in enumerate(plan.reports):
        if reader.to and plan.schedules.report is None:
            said = "nobody is mailed: no schedule writes this report"
            hint = "write schedules.report, such as cron(0 6 * * ? *)"
            yield problem("W601", pointer_to(("reports", index, "to")), said, hint)
