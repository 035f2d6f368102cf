"""A studio's four days in December, on networks with a connector and on others that have none."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from parution.plan import checks, model
from parution.rehearsing import excerpt, stage
from parution.rehearsing.contract import FaultLevel, Rehearsal, Showing
from parution.rehearsing.excerpt import Asked, Wanted
from parution.rehearsing.rehearsal import Rehearsed, rehearse

NOVEMBER = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAYS = Asked(date(2026, 12, 1), date(2026, 12, 4))
PICTURE = b"a picture, as far as a sandbox looks"
MEDIA = {"media/atelier.jpg": PICTURE, "media/four.jpg": b"another one"}
LONG = "Quatre heures du matin, le four est chaud. " * 12
HOSTILE = (
    '</script><script>alert(1)</script> "><img src=x onerror=alert(1)> \u202egnirts =HYPERLINK("x") {{ 7*7 }}'
)

PLAN: dict[str, Any] = {
    "version": 1,
    "brand": {
        "id": "studio-du-lac",
        "name": "Studio du Lac",
        "locale": "fr-FR",
        "timezone": "Europe/Paris",
        "currency": "EUR",
    },
    "channels": [
        {"id": "fil", "network": "mastodon", "account": "secret:masto"},
        {"id": "site", "network": "webhook", "account": "secret:site"},
        {"id": "insta", "network": "instagram", "account": "secret:insta"},
        {"id": "pro", "network": "linkedin", "account": "secret:pro"},
        {"id": "x", "network": "x", "account": "secret:x"},
        {"id": "vieux", "network": "viadeo"},
    ],
    "ad_accounts": [{"id": "regie", "platform": "sandbox", "account": "secret:ads"}],
    "posts": [
        {
            "id": "atelier",
            "at": "2026-12-01T08:00",
            "channels": ["fil", "site", "insta", "pro", "x"],
            "text": LONG.strip(),
            "variants": {"fil": {"text": "L'atelier ouvre."}, "x": {"text": "L'atelier ouvre."}},
            "link": {"url": "https://lac.example/atelier", "utm": {"campaign": "Atelier"}},
            "media": [
                {"src": "s3://media/atelier.jpg", "alt": "Un atelier clair"},
                {"src": "s3://media/four.jpg"},
            ],
        },
        {
            "id": "recette",
            "at": "2026-12-02T12:00",
            "channels": ["fil", "vieux"],
            "text": "La recette, en trois fois.",
            "thread": ["Pétrir.", "Attendre."],
            "first_comment": "Et vous ?",
            "boost": {"campaign": "hiver"},
        },
        {"id": "malin", "at": "2026-12-03T09:30", "channels": ["fil", "pro"], "text": HOSTILE},
        {"id": "passe", "at": "2026-11-30T09:30", "channels": ["fil"], "text": "Avant le mois."},
        {"id": "apres", "at": "2026-12-20T09:30", "channels": ["fil"], "text": "Après ces jours."},
    ],
    "campaigns": [
        {
            "id": "hiver",
            "budget": 40000,
            "currency": "EUR",
            "flight": ["2026-12-01", "2026-12-08"],
            "formats": [
                {"id": "fb-video", "network": "facebook", "format": "video"},
                {"id": "ig-reel", "network": "instagram", "format": "reel"},
            ],
        },
        {
            "id": "automne",
            "budget": 1000,
            "currency": "EUR",
            "flight": ["2026-10-01", "2026-10-08"],
            "formats": [{"id": "fb", "network": "facebook", "format": "video"}],
        },
    ],
    "schedules": {"allocate": "cron(0 5 * * ? *)", "insights": "rate(6 hours)"},
}


def written(plan: Mapping[str, Any]) -> bytes:
    return json.dumps(plan, ensure_ascii=False).encode()


def a_rehearsal(
    plan: Mapping[str, Any] = PLAN,
    *,
    days: Asked = DAYS,
    seed: int = 0,
    level: FaultLevel = FaultLevel.NONE,
    language: str | None = None,
) -> Rehearsed:
    with some_unconnected():
        return rehearse(written(plan), MEDIA, Wanted(days, seed, level, language), NOVEMBER)


@contextmanager
def some_unconnected() -> Iterator[None]:
    """Be in a world in which two networks of the studio have no connector yet."""
    connected = model.CONNECTED - {"instagram", "linkedin"}
    with pytest.MonkeyPatch.context() as patch:
        for module in (excerpt, stage, checks):
            patch.setattr(module, "CONNECTED", connected)
        yield


def shown(found: Rehearsal, name: str) -> Showing:
    """Give what a delivery came to, by `post/channel` and its part."""
    return next(one for one in found.showings if one.id == f"studio-du-lac/{name}")
