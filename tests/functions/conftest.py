"""Functions as Lambda runs them: told what the template tells them, given events as AWS sends them."""

import json
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.template.stack import environment, functions

# Modules are wired when they are imported, so this stands before any test imports one.
for _function in functions():
    os.environ |= environment(_function)


@pytest.fixture
def context() -> LambdaContext:
    told = {
        "function_name": "parution-function",
        "memory_limit_in_mb": 512,
        "invoked_function_arn": "arn:aws:lambda:eu-west-3:123456789012:function:parution-function",
        "aws_request_id": "52fdfc07-2182-454f-963f-5f0f9a621d72",
        "get_remaining_time_in_millis": lambda: 60_000,
    }
    context: Any = SimpleNamespace(**told)
    return context  # type: ignore[no-any-return]  # (Lambda's own is a plain object too)


@pytest.fixture
def counted(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, float]]:
    """Give the sums of the metrics written so far, in CloudWatch's embedded format."""

    def sums() -> dict[str, float]:
        found: dict[str, float] = {}
        for line in capsys.readouterr().out.splitlines():
            document = json.loads(line)
            for group in document.get("_aws", {}).get("CloudWatchMetrics", []):
                for metric in group["Metrics"]:
                    found[metric["Name"]] = sum(document[metric["Name"]])
        return found

    return sums
