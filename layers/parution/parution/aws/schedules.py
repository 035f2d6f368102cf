"""The brands' schedules in the stack's schedule group: `<brand>.<job>`, in the brand's own zone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from parution.aws.items import code_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef, GetScheduleOutputTypeDef


class BrandSchedules:
    """Schedules. ``targets`` gives, for each job, the function that runs it."""

    def __init__(
        self,
        client: EventBridgeSchedulerClient,
        *,
        group: str,
        role_arn: str,
        targets: Mapping[str, str],
        dead_letters_arn: str,
    ) -> None:
        self._client, self._group, self._role_arn = client, group, role_arn
        self._targets, self._dead_letters_arn = dict(targets), dead_letters_arn

    def of_brand(self, brand: str) -> dict[str, tuple[str, str]]:
        # One read per job: a list would tell the names alone, and only after a while.
        found = ((job, self._get(brand, job)) for job in self._targets)
        return {
            job: (each["ScheduleExpression"], each["ScheduleExpressionTimezone"])
            for job, each in found
            if each is not None
        }

    def put(self, brand: str, job: str, expression: str, zone: str) -> None:
        wanted = self._wanted(brand, job, expression, zone)
        try:
            self._client.create_schedule(**wanted)
        except ClientError as error:
            if code_of(error) != "ConflictException":
                raise
            self._client.update_schedule(**wanted)

    def remove(self, brand: str, job: str) -> None:
        try:
            self._client.delete_schedule(GroupName=self._group, Name=_name(brand, job))
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise

    def _get(self, brand: str, job: str) -> GetScheduleOutputTypeDef | None:
        try:
            return self._client.get_schedule(GroupName=self._group, Name=_name(brand, job))
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise

    def _wanted(self, brand: str, job: str, expression: str, zone: str) -> CreateScheduleInputTypeDef:
        return {
            "GroupName": self._group,
            "Name": _name(brand, job),
            "ScheduleExpression": expression,
            "ScheduleExpressionTimezone": zone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": self._targets[job],
                "RoleArn": self._role_arn,
                "Input": json.dumps({"brand": brand}),
                # What was missed for an hour is done by the next run.
                "RetryPolicy": {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600},
                "DeadLetterConfig": {"Arn": self._dead_letters_arn},
            },
        }


def _name(brand: str, job: str) -> str:
    return f"{brand}.{job}"
