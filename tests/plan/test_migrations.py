"""Versions of the format: each step is taken once, in order, and none is guessed."""

from typing import Any

import pytest

from parution.plan.migrations import NEWEST, STEPS, NotMigrated, migrated
from parution.plan.model import Plan
from tests.plan.plans import a_plan


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    return {("posts" if key == "items" else key): value for key, value in document.items()}


def counted(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "count": len(document["posts"])}


def test_each_step_is_taken_in_order_and_keys_keep_theirs() -> None:
    steps = {1: renamed, 2: counted}

    done = migrated({"version": 1, "items": ["a"], "brand": {}}, steps, newest=3)

    assert done.versions == (1, 2, 3)
    assert list(done.document.items()) == [("version", 3), ("posts", ["a"]), ("brand", {}), ("count", 1)]


def test_the_newest_version_stays_as_it_is() -> None:
    plan = a_plan()

    done = migrated(plan)

    assert (done.document, done.versions, done.is_needed) == (plan, (1,), False)


@pytest.mark.parametrize(
    ("version", "told"),
    [
        (2, "version 2 is newer than this program"),
        (0, "there never was a version 0"),
        ("1", "'1'"),
        (True, "True"),
    ],
)
def test_what_no_step_leads_from_is_refused(version: Any, told: str) -> None:
    with pytest.raises(NotMigrated, match=told):
        migrated({"version": version})


def test_every_version_before_the_newest_has_its_step_and_the_model_reads_the_newest() -> None:
    assert set(STEPS) == set(range(1, NEWEST))
    assert Plan.model_fields["version"].annotation.__args__ == (NEWEST,)  # type: ignore[union-attr]
