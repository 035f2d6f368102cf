"""What the template tells each function through its environment."""

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field

from parution.records import Record

# The template writes a duration as a number of seconds.
Seconds = Annotated[
    timedelta, BeforeValidator(lambda text: timedelta(seconds=float(text))), Field(ge=timedelta())
]


def _for_every_network(lanes: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    if "*" not in lanes:
        raise ValueError('there must be lanes for all other networks, "*"')
    return lanes


# The queues' URLs by networks, "instagram,tiktok"; "*" for all those that have no lane of their own.
Lanes = Annotated[
    Mapping[str, Annotated[tuple[str, ...], Field(min_length=1)]],
    BeforeValidator(json.loads),
    AfterValidator(_for_every_network),
]


class Settings(Record):
    """Base of the functions' settings: each field is an environment variable in lower case."""

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Take the fields from the environment. Raises ValidationError naming what is missing."""
        return cls.model_validate(
            {name: environment[name.upper()] for name in cls.model_fields if name.upper() in environment}
        )


class ImportPlan(Settings):
    posts_table: str
    plans_bucket: str
    delivery_lanes: Lanes
    due_shards: Annotated[int, Field(strict=False, ge=1)]
    wake_early_seconds: Seconds
    secrets_prefix: str
    schedule_group: str
    schedule_role_arn: str
    schedule_dead_letters_arn: str
    collect_insights_arn: str
    allocate_budget_arn: str
    write_report_arn: str


class DispatchDue(Settings):
    posts_table: str
    delivery_lanes: Lanes
    due_shards: Annotated[int, Field(strict=False, ge=1)]
    wake_early_seconds: Seconds


class DeliverPost(Settings):
    posts_table: str
    plans_bucket: str
    delivery_lanes: Lanes
    due_shards: Annotated[int, Field(strict=False, ge=1)]
    wake_early_seconds: Seconds
    lease_seconds: Seconds
    secrets_prefix: str
    token_key: str  # empty: no rotating tokens are kept


class RecordHistory(Settings):
    insights_table: str


class CollectInsights(Settings):
    posts_table: str
    lease_seconds: Seconds
    token_key: str  # empty: no rotating tokens are kept
    budgets_table: str
    insights_table: str
    apply_queue_url: str
    secrets_prefix: str


class AllocateBudget(Settings):
    posts_table: str
    budgets_table: str
    insights_table: str
    apply_queue_url: str
    secrets_prefix: str


class ApplyBudget(Settings):
    posts_table: str
    budgets_table: str
    insights_table: str
    apply_queue_url: str
    secrets_prefix: str


class WriteReport(Settings):
    posts_table: str
    budgets_table: str
    insights_table: str
    reports_bucket: str
    report_sender: str  # empty: no report is mailed
