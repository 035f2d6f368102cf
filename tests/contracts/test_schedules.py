"""The stack's schedule group, and its double in memory."""

import json

import pytest

from parution.aws.schedules import BrandSchedules
from parution.plan.ports import Schedules
from parution.sandbox.memory_plans import MemorySchedules
from tests import clients

ROLE = "arn:aws:iam::123456789012:role/schedules"
DEAD_LETTERS = "arn:aws:sqs:eu-west-3:123456789012:dead-letters"
TARGETS = {
    job: f"arn:aws:lambda:eu-west-3:123456789012:function:{job}" for job in ("allocate", "insights", "report")
}


def on_aws() -> BrandSchedules:
    client = clients.client("scheduler")
    client.create_schedule_group(Name="brands")
    return BrandSchedules(
        client, group="brands", role_arn=ROLE, targets=TARGETS, dead_letters_arn=DEAD_LETTERS
    )


@pytest.fixture(params=["memory", "scheduler"])
def schedules(request: pytest.FixtureRequest) -> Schedules:
    if request.param == "memory":
        return MemorySchedules()
    request.getfixturevalue("moto_aws")
    return on_aws()


def test_a_brand_begins_without_schedules(schedules: Schedules) -> None:
    assert schedules.of_brand("hotel-cimes") == {}


def test_what_is_put_stands_in_the_brands_zone(schedules: Schedules) -> None:
    schedules.put("hotel-cimes", "allocate", "cron(0 5 * * ? *)", "Europe/Zurich")
    schedules.put("hotel-cimes", "insights", "rate(1 hour)", "Europe/Zurich")

    assert schedules.of_brand("hotel-cimes") == {
        "allocate": ("cron(0 5 * * ? *)", "Europe/Zurich"),
        "insights": ("rate(1 hour)", "Europe/Zurich"),
    }


def test_putting_again_changes_what_stands(schedules: Schedules) -> None:
    schedules.put("hotel-cimes", "report", "rate(1 hour)", "Europe/Zurich")
    schedules.put("hotel-cimes", "report", "rate(1 day)", "America/Toronto")

    assert schedules.of_brand("hotel-cimes") == {"report": ("rate(1 day)", "America/Toronto")}


def test_what_is_removed_is_gone_and_may_be_removed_again(schedules: Schedules) -> None:
    schedules.put("hotel-cimes", "report", "rate(1 hour)", "Europe/Zurich")

    schedules.remove("hotel-cimes", "report")
    schedules.remove("hotel-cimes", "report")

    assert schedules.of_brand("hotel-cimes") == {}


def test_brands_whose_names_begin_alike_keep_apart(schedules: Schedules) -> None:
    schedules.put("hotel", "report", "rate(1 hour)", "Europe/Zurich")
    schedules.put("hotel-cimes", "report", "rate(2 hours)", "Europe/Zurich")

    schedules.remove("hotel", "report")

    assert schedules.of_brand("hotel") == {}
    assert schedules.of_brand("hotel-cimes") == {"report": ("rate(2 hours)", "Europe/Zurich")}


def test_a_schedule_calls_its_jobs_function_with_the_brand_and_has_dead_letters(moto_aws: None) -> None:
    on_aws().put("hotel-cimes", "report", "cron(0 7 1 * ? *)", "Europe/Zurich")

    found = clients.client("scheduler").get_schedule(GroupName="brands", Name="hotel-cimes.report")
    target = found["Target"]
    assert (target["Arn"], target["RoleArn"]) == (TARGETS["report"], ROLE)
    assert json.loads(target["Input"]) == {"brand": "hotel-cimes"}
    assert target["DeadLetterConfig"]["Arn"] == DEAD_LETTERS
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}
    assert found["FlexibleTimeWindow"] == {"Mode": "OFF"}
