"""Validating a plan of 10,000 posts: reading, every check, and what is wished for."""

import json
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import jsonschema

from bench.measure import Aim, Measure
from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.ports import StoredFile
from parution.plan.schema import plan_schema

POSTS = 10_000
RUNS = 5
FIRST = datetime(2027, 1, 1, 8, 0)  # noqa: DTZ001 (wall-clock times are naive)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PICTURES = Facts(
    media={f"media/{number}.png": StoredFile(etag=f"e{number}", size=9) for number in range(POSTS)}
)


def measures() -> list[Measure]:
    """Measure the aim of section 9 of the design, beside a schema validator on the same file."""
    sound, broken = as_bytes(a_plan()), as_bytes(spoilt(a_plan()))
    assert len(examine(sound, lambda _: PICTURES, NOW)[1]) == 0
    assert len(examine(broken, lambda _: PICTURES, NOW)[1]) == POSTS
    shape_only = seconds(lambda: schema_errors(sound))
    return [
        Measure(
            "validate a plan of 10,000 posts",
            seconds(lambda: examine(sound, lambda _: PICTURES, NOW)),
            "s",
            Aim("<=", 2),
            {"jsonschema, the shape alone": shape_only},
        ),
        Measure(
            "validate it with an error in every post",
            seconds(lambda: examine(broken, lambda _: PICTURES, NOW)),
            "s",
            Aim("<=", 2),
        ),
        Measure("its size", len(sound) / 1024 / 1024, "MiB", Aim("<=", 4)),
    ]


def a_plan() -> dict[str, Any]:
    """Give a year of an agency's largest brand: a post every 50 minutes, on two channels in turn."""
    return {
        "version": 1,
        "brand": {
            "id": "grande-marque",
            "name": "Grande Marque",
            "locale": "fr-FR",
            "timezone": "Europe/Paris",
            "currency": "EUR",
        },
        "channels": [
            {"id": "fil", "network": "mastodon", "account": "secret:fil"},
            {"id": "site", "network": "webhook", "account": "secret:site"},
        ],
        "posts": [a_post(number) for number in range(POSTS)],
    }


def a_post(number: int) -> dict[str, Any]:
    # Every 47 hours and a bit, hours kept clear of the night on which the clocks jump.
    at = (FIRST + timedelta(days=number // 20, minutes=number % 20 * 40)).isoformat(timespec="minutes")
    return {
        "id": f"post-{number}",
        "at": at,
        "channels": ["fil", "site"],
        "text": f"Nouveauté n° {number} : à découvrir en boutique, à Annecy et en ligne 🎄",
        "link": {"url": f"https://marque.example/{number}", "utm": {"campaign": "Été"}},
        "media": [{"src": f"s3://media/{number}.png", "alt": "Une nouveauté"}],
        "variants": {"site": {"text": f"Nouveauté n° {number}", "at_offset": "PT15M"}},
    }


def spoilt(plan: dict[str, Any]) -> dict[str, Any]:
    """Give the plan with a wrong time, an unknown channel or an unknown key in each post."""
    for number, post in enumerate(plan["posts"]):
        if number % 3 == 0:
            post["at"] = "01/12/2026"
        elif number % 3 == 1:
            post["channels"] = ["fil", "sites", "site"]
        else:
            post["chanels"] = []
    return plan


def as_bytes(plan: dict[str, Any]) -> bytes:
    return json.dumps(plan, ensure_ascii=False).encode()


def schema_errors(raw: bytes) -> int:
    return sum(1 for _ in jsonschema.Draft202012Validator(plan_schema()).iter_errors(json.loads(raw)))


def seconds(act: Any) -> float:
    """Time the middle one of several runs."""

    def once() -> float:
        start = perf_counter()
        act()
        return perf_counter() - start

    return median(once() for _ in range(RUNS))
