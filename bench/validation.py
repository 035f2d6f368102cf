"""Validating 10,000 posts, as one plan and as fifty brands, beside check-jsonschema on the same file."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import jsonschema

from bench.measure import Aim, Measure
from parution.cli.workspaces import resolved
from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.ports import StoredFile
from parution.plan.resolution import examine_brands
from parution.plan.schema import plan_schema

POSTS, BRANDS = 10_000, 50
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
    with TemporaryDirectory() as folder:
        alone, agency = written(Path(folder), sound), a_workspace(Path(folder))
        command = seconds(lambda: run("parution.cli", "validate", alone), 3)
        checker = seconds(lambda: run("check_jsonschema", "--schemafile", folder + "/schema.json", alone), 3)
        brands = seconds(lambda: examined(agency))
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
        Measure(
            "the command on it, from its start",
            command,
            "s",
            None,
            {"check-jsonschema, the shape alone": checker},
        ),
        Measure(f"validate {POSTS:,} posts of {BRANDS} brands in a workspace", brands, "s", Aim("<=", 2)),
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


def written(folder: Path, plan: bytes) -> str:
    """Lay down the plan, its pictures and the schema; give the plan's file."""
    (folder / "schema.json").write_text(json.dumps(plan_schema()))
    (folder / "plan.json").write_bytes(plan)
    (folder / "media").mkdir()
    for number in range(POSTS):
        (folder / f"media/{number}.png").write_bytes(b"picture")
    return str(folder / "plan.json")


def a_workspace(folder: Path) -> str:
    """Part the posts among fifty brands of one workspace; give its file."""
    share = POSTS // BRANDS
    for brand in range(BRANDS):
        plan = a_plan()
        plan["brand"]["id"] = f"marque-{brand}"
        plan["posts"] = plan["posts"][brand * share : (brand + 1) * share]
        (folder / f"marque-{brand}.json").write_bytes(as_bytes(plan))
    members = [{"include": f"marque-{brand}.json"} for brand in range(BRANDS)]
    workspace = {"version": 1, "workspace": {"id": "agence"}, "brands": members}
    (folder / "workspace.json").write_bytes(as_bytes(workspace))
    return str(folder / "workspace.json")


def examined(workspace: str) -> None:
    sound, problems = examine_brands(resolved(Path(workspace)), lambda _: PICTURES, NOW)
    assert (len(sound), problems) == (BRANDS, [])


def run(module: str, *arguments: str) -> None:
    """Run a command of this environment; raises CalledProcessError where it refuses the file."""
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (our own words)


def as_bytes(plan: dict[str, Any]) -> bytes:
    return json.dumps(plan, ensure_ascii=False).encode()


def schema_errors(raw: bytes) -> int:
    return sum(1 for _ in jsonschema.Draft202012Validator(plan_schema()).iter_errors(json.loads(raw)))


def seconds(act: Any, runs: int = RUNS) -> float:
    """Time the middle one of several runs."""

    def once() -> float:
        start = perf_counter()
        act()
        return perf_counter() - start

    return median(once() for _ in range(runs))
