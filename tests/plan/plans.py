"""Plans to spoil: the smallest one that has everything, and what checking it says."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

from parution.plan.checks import examine
from parution.plan.facts import NOTHING_KNOWN, Facts
from parution.plan.model import Plan
from parution.plan.problems import Problem

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

_PLAN: dict[str, Any] = {
    "version": 1,
    "brand": {
        "id": "boulangerie-martin",
        "name": "Boulangerie Martin",
        "locale": "fr-FR",
        "timezone": "Europe/Paris",
        "currency": "EUR",
    },
    "objectives": [
        {
            "id": "commandes",
            "family": "sales",
            "kpi": "orders",
            "unit": "commandes",
            "target": 320,
            "period": "2026-12",
        }
    ],
    "channels": [
        {"id": "fil", "network": "mastodon", "account": "secret:masto-martin"},
        {"id": "site", "network": "webhook", "account": "secret:site-martin"},
    ],
    "ad_accounts": [{"id": "regie", "platform": "sandbox", "account": "secret:ads-martin"}],
    "pillars": [{"id": "produit", "share": 0.5}],
    "posts": [
        {
            "id": "buche",
            "at": "2026-12-03T08:00",
            "channels": ["fil", "site"],
            "text": "La bûche est de retour.",
            "media": [{"src": "s3://media/buche.png", "alt": "Une bûche"}],
            "variants": {"site": {"text": "Bûche 2026"}},
        }
    ],
    "campaigns": [
        {
            "id": "noel",
            "objective": "commandes",
            "budget": 150000,
            "currency": "EUR",
            "flight": ["2026-12-01", "2026-12-24"],
            "formats": [
                {"id": "fb-video", "network": "facebook", "format": "video", "min": 20000, "max": 80000},
                {"id": "ig-reel", "network": "instagram", "format": "reel"},
            ],
        }
    ],
    "schedules": {"allocate": "cron(0 5 * * ? *)", "insights": "rate(1 hour)"},
}

REMOVED = object()


def a_plan(**values: Any) -> dict[str, Any]:
    """Give the plan with other values at places: `posts__0__at="…"`; REMOVED takes a key out."""
    made = copy.deepcopy(_PLAN)
    for place, value in values.items():
        *path, last = place.split("__")
        node: Any = made
        for part in path:
            node = node[int(part) if isinstance(node, list) else part]
        if value is REMOVED:
            del node[last]
        else:
            node[int(last) if isinstance(node, list) else last] = value
    return made


def as_bytes(plan: Any) -> bytes:
    return json.dumps(plan, ensure_ascii=False).encode()


def judged(plan: Any, facts: Facts = NOTHING_KNOWN, now: datetime = NOW) -> tuple[Plan | None, list[Problem]]:
    raw = plan if isinstance(plan, bytes) else as_bytes(plan)
    return examine(raw, lambda _: facts, now)


def told(plan: Any, facts: Facts = NOTHING_KNOWN, now: datetime = NOW) -> list[tuple[str, str]]:
    """Give code and place of everything that is found."""
    return [(one.code, one.pointer) for one in judged(plan, facts, now)[1]]


def only(plan: Any, facts: Facts = NOTHING_KNOWN, now: datetime = NOW) -> Problem:
    """Give the one thing that is found."""
    (found,) = judged(plan, facts, now)[1]
    return found


def parsed(plan: Any) -> Plan:
    """Give a plan that must be free of errors."""
    made, problems = judged(plan)
    assert made is not None, problems
    return made
