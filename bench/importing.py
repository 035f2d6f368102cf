"""Importing plans of growing size into the emulator's tables: what a post costs, and which calls are made."""

from collections import Counter
from datetime import timedelta
from time import perf_counter
from typing import Any

import boto3
from botocore.config import Config

from bench.measure import Aim, Measure
from bench.validation import NOW, a_plan, as_bytes
from parution.aws.posts_table import PostsTable
from parution.cli import local
from parution.plan.desk import ImportDesk, ImportResult
from parution.publishing.ports import Clock
from parution.sandbox.memory_plans import MemoryPlanBucket, MemorySchedules, MemorySecrets
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from tests.publishing.doubles import ObedientClock
from tests.tables import create_table

SMALL, LARGE = 250, 2_000  # posts, each on two channels


def measures() -> list[Measure]:
    with local.run() as run:
        here = local.start(run.mark)
        client = boto3.client(
            "dynamodb",
            endpoint_url=here.endpoint,
            region_name=local.REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 (the emulator's)
            config=Config(max_pool_connections=16),
        )
        calls = _counted(client)
        _imported(client, "warm-up", 50)
        small, _ = _imported(client, "small", SMALL)
        large, again = _imported(client, "large", LARGE)
    return [
        Measure("import a post, in a plan of 2,000", large / LARGE * 1000, "ms"),
        Measure("the same against a plan of 250", (large / LARGE) / (small / SMALL), "ratio", Aim("<=", 1.3)),
        Measure("scans while importing", calls["Scan"], "calls", Aim("==", 0)),
        Measure("deliveries written by importing the same file again", again, "rows", Aim("==", 0)),
    ]


def _counted(client: Any) -> Counter[str]:
    calls: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        calls[model.name] += 1

    client.meta.events.register("before-call.dynamodb", count)
    return calls


def _imported(client: Any, name: str, posts: int) -> tuple[float, int]:
    """Import a plan of so many posts into a table of its own, twice; give the first's seconds."""
    table = PostsTable(client, create_table(client, "PostsTable", name))
    files, clock = MemoryPlanBucket(), ObedientClock(NOW)
    for number in range(100):
        files.upload(f"media/{number}.png", b"picture")
    plan = a_plan()
    plan["posts"] = plan["posts"][:posts]
    files.upload("plans/plan.json", as_bytes(plan), NOW)
    began = perf_counter()
    first = _take(table, files, clock)
    seconds = perf_counter() - began
    assert first.changes["counts"]["create"] == 2 * posts, first.problems[:3]
    again = _take(table, files, clock)
    return seconds, sum(again.changes["counts"][kind] for kind in ("create", "change", "cancel"))


def _take(table: PostsTable, files: MemoryPlanBucket, clock: Clock) -> ImportResult:
    desk = ImportDesk(
        files=files,
        brands=table,
        deliveries=table,
        secrets=MemorySecrets({"fil": {}, "site": {}}),
        schedules=MemorySchedules(),
        queue=MemoryDeliveryQueue(clock),
        wake_early=timedelta(seconds=2),
    )
    return desk.take("plans/plan.json", clock.now())
