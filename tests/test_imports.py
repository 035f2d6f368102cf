"""What a function loads when it starts: modules, not milliseconds, for these do not depend on the machine."""

import json
import os
import subprocess
import sys

import pytest

from tests.tables import TEMPLATE
from tests.template.stack import environment, functions

FOLDERS = {
    "AllocateBudgetFunction": "allocate_budget",
    "ApplyBudgetFunction": "apply_budget",
    "CollectInsightsFunction": "collect_insights",
    "DeliverPostFunction": "deliver_post",
    "DispatchDueFunction": "dispatch_due",
    "ImportPlanFunction": "import_plan",
    "RecordHistoryFunction": "record_history",
    "WriteReportFunction": "write_report",
}
# Not in any function: what only the command and tests use, what is slow, what is not in the layers. (Not
# rich, which httpx takes along for its own command wherever it is installed; in the layers it is not.)
NOWHERE = {
    "aws_xray_sdk",
    "flask",
    "moto",
    "numpy",
    "parution.cli",
    "parution.rehearsing",
    "parution.sandbox",
    "pydantic_settings",
    "requests",
    "typer",
    "yaml",
}
REPORTING = {"babel", "jinja2", "vl_convert", "parution.reporting"}
BUYING = {"parution.buying.allocator", "parution.buying.desk", "parution.ad_platforms"}
CONNECTORS = {"parution.networks.mastodon", "parution.networks.webhook"}
IMPORTING = {"parution.plan.desk", "parution.aws.schedules"}
PUBLISHING = {"parution.publishing.desk"}

FORBIDDEN = {
    "AllocateBudgetFunction": REPORTING | CONNECTORS | IMPORTING | PUBLISHING,
    "ApplyBudgetFunction": REPORTING | CONNECTORS | IMPORTING | PUBLISHING,
    "CollectInsightsFunction": REPORTING | CONNECTORS | IMPORTING | PUBLISHING,
    # One network's connector is loaded when its first post is delivered; of the others, none.
    "DeliverPostFunction": REPORTING | CONNECTORS | IMPORTING | BUYING,
    "DispatchDueFunction": REPORTING | CONNECTORS | IMPORTING | BUYING | {"httpx", "parution.networks"},
    "ImportPlanFunction": REPORTING | CONNECTORS | BUYING | PUBLISHING,
    "RecordHistoryFunction": REPORTING | CONNECTORS | IMPORTING | BUYING | PUBLISHING | {"httpx"},
    "WriteReportFunction": CONNECTORS | IMPORTING | PUBLISHING | {"httpx"},
}


def loaded_by(function: str) -> set[str]:
    script = f"import functions.{FOLDERS[function]}.app, json, sys; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=TEMPLATE.parent,
        env=os.environ | environment(function),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize("function", sorted(functions()))
def test_a_function_loads_only_what_its_own_work_needs(function: str) -> None:
    loaded = loaded_by(function)

    assert loaded & (NOWHERE | FORBIDDEN[function]) == set()
    assert {"parution.wiring", "boto3", "aws_lambda_powertools"} <= loaded
