import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from parution import settings, wiring
from parution.aws.mail import SesMailer
from parution.aws.posts_table import PostsTable
from parution.buying.ports import Order
from parution.guarding.holds import Scope
from parution.publishing.deliveries import Ticket
from parution.publishing.history import edge_of
from parution.reporting.letters import Letter, Whole
from parution.reporting.mail_desk import MailDesk, Mailing
from parution.sandbox.memory_reports import MemoryReports
from parution.sandbox.servers import Server, running
from tests.tables import create_table
from tests.template.guard import Guard, Need
from tests.template.stack import (
    ACCOUNT,
    NAME,
    REGION,
    as_list,
    declared,
    environment,
    functions,
    physical,
    stack,
    statements,
)

PARIS = ZoneInfo("Europe/Paris")
FUNCTIONS = sorted(functions())
TABLES = sorted(declared("AWS::DynamoDB::Table"))
LANES = stack().inner("Lanes").outputs["Arns"].split(",")
APPLY_QUEUE = stack().inner("ApplyQueue").outputs["Arn"]
STREAM = stack().value({"Fn::GetAtt": ["PostsTable", "StreamArn"]})
SECRETS = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{NAME}/secrets"


class Day:
    """A bakery's day on moto, each function's part done by its own desk under its own role."""

    def __init__(self, mastodon: Server, ads: Server) -> None:
        self.now = datetime.now(PARIS).replace(microsecond=0)
        self.guards = {name: Guard(name) for name in FUNCTIONS}
        self._mastodon = mastodon
        self._secrets = {"masto": _first(mastodon), "ads": ads.secrets()["EUR"]}

    # ---------------------------------------------------------------- what the stack and people make
    def open(self) -> None:
        for table in TABLES:
            create_table(boto3.client("dynamodb"), table, physical(table))
        for queue in (*LANES, APPLY_QUEUE):
            boto3.client("sqs").create_queue(QueueName=queue.rsplit(":", 1)[-1])
        for bucket in ("PlansBucket", "ReportsBucket"):
            where: Any = {"LocationConstraint": REGION}
            boto3.client("s3").create_bucket(Bucket=physical(bucket), CreateBucketConfiguration=where)
        boto3.client("scheduler").create_schedule_group(Name=physical("BrandSchedules"))
        for name, secret in self._secrets.items():
            boto3.client("ssm").put_parameter(
                Name=f"/{NAME}/secrets/{name}", Value=json.dumps(secret), Type="SecureString"
            )

    def upload(self, budget: int, **schedules: str) -> None:
        for key, body in {
            "plans/martin.json": json.dumps(self._plan(budget, schedules)).encode(),
            "media/buche.png": _PNG,
        }.items():
            boto3.client("s3").put_object(Bucket=physical("PlansBucket"), Key=key, Body=body)

    def _plan(self, budget: int, schedules: dict[str, str]) -> dict[str, Any]:
        today = self.now.date()
        return {
            "version": 1,
            "brand": {
                "id": "boulangerie-martin",
                "name": "Boulangerie Martin",
                "locale": "fr-FR",
                "timezone": "Europe/Paris",
                "currency": "EUR",
            },
            "channels": [{"id": "masto", "network": "mastodon", "account": "secret:masto"}],
            "posts": [
                {
                    "id": post,
                    "at": due_at.strftime("%Y-%m-%dT%H:%M:%S"),
                    "channels": ["masto"],
                    "text": f"La bûche praliné est de retour, {post}.",
                    "media": [{"src": "s3://media/buche.png", "alt": "une bûche"}],
                }
                # The tick takes the minute that runs; the other is for a worker that is too early.
                for post, due_at in {
                    "buche": self.now.replace(second=0),
                    "galette": self.now.replace(second=0),
                    "buche-bis": self.now + timedelta(minutes=4),
                }.items()
            ],
            "ad_accounts": [{"id": "regie", "platform": "sandbox", "account": "secret:ads"}],
            "campaigns": [
                {
                    "id": "noel",
                    "budget": budget,
                    "currency": "EUR",
                    "flight": [today.isoformat(), (today + timedelta(days=9)).isoformat()],
                    "formats": [{"id": "fb-video", "network": "facebook", "format": "video"}],
                }
            ],
            "schedules": schedules,
        }

    # ---------------------------------------------------------------- what the functions do
    @contextmanager
    def role(self, function: str) -> Iterator[dict[str, str]]:
        """Give the function's environment; clients made inside are held to its policies."""
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION is not None
        boto3.DEFAULT_SESSION.events.register("before-parameter-build", self.guards[function])
        # More shards than usual must be noted in the table, and that must be allowed.
        yield environment(function) | {"DUE_SHARDS": "8"}
        boto3.setup_default_session()

    def import_plan(self, at: datetime) -> str:
        with self.role("ImportPlanFunction") as told:
            return wiring.import_desk(settings.ImportPlan.read(told)).take("plans/martin.json", at).status

    def dispatch_due(self) -> int:
        with self.role("DispatchDueFunction") as told:
            done = wiring.dispatch_desk(settings.DispatchDue.read(told)).dispatch(self.now)
            return done.sent + done.swept

    def deliver_post(self, ticket: Ticket) -> str:
        with self.role("DeliverPostFunction") as told:
            return wiring.publishing_desk(settings.DeliverPost.read(told)).deliver(ticket).metric

    def deliver_to_a_busy_network(self, ticket: Ticket) -> str:
        self._mastodon.fault("rate_limit", method="POST", path="/api/v1/statuses")
        return self.deliver_post(ticket)

    def record_history(self) -> int:
        deliveries = PostsTable(boto3.client("dynamodb"), physical("PostsTable")).of_brand(
            "boulangerie-martin"
        )
        edges = [edge_of(delivery) for delivery in deliveries]
        with self.role("RecordHistoryFunction") as told:
            wiring.history(settings.RecordHistory.read(told)).append(edges)
        return len(edges)

    def allocate_budget(self, at: datetime) -> list[str]:
        with self.role("AllocateBudgetFunction") as told:
            desk = wiring.buying_desk(settings.AllocateBudget.read(told))
            return [outcome.metric for outcome in desk.allocate("boulangerie-martin", at)]

    def apply_budget(self) -> str:
        order = Order.model_validate_json(_message(APPLY_QUEUE))
        with self.role("ApplyBudgetFunction") as told:
            return wiring.buying_desk(settings.ApplyBudget.read(told)).apply(order, self.now).metric

    def collect_insights(self) -> tuple[int, tuple[Any, ...]]:
        with self.role("CollectInsightsFunction") as told:
            desk = wiring.insights_desk(settings.CollectInsights.read(told))
            done = desk.collect("boulangerie-martin", self.now + timedelta(hours=2))
            return done.changed, done.failures

    def collect_under_a_hold(self) -> str:
        """Say which line is lowered when figures are read under a hold that nobody has acted on yet."""
        posts = PostsTable(boto3.client("dynamodb"), physical("PostsTable"))
        standing = posts.standing()
        held = standing.with_hold(Scope(), "une rumeur", "claire", self.now)
        posts.change(standing, held)
        with self.role("CollectInsightsFunction") as told:
            wiring.insights_desk(settings.CollectInsights.read(told)).collect("boulangerie-martin", self.now)
        posts.change(held, held.without(Scope()))
        return Order.model_validate_json(_message(APPLY_QUEUE)).line

    def write_report(self) -> bool:
        with self.role("WriteReportFunction") as told:
            desk = wiring.reporting_desk(settings.WriteReport.read(told))
            written = desk.write("boulangerie-martin", self.now + timedelta(hours=2))
            return written is not None and written.latest


_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def _first(server: Server) -> dict[str, str]:
    return next(iter(server.secrets().values()))


def _message(*queues: str) -> str:
    """Take a message as Lambda's own poller does, from whichever of these queues has one."""
    sqs = boto3.client("sqs")
    urls = [sqs.get_queue_url(QueueName=queue.rsplit(":", 1)[-1])["QueueUrl"] for queue in queues]
    (message, *_) = [m for url in urls for m in sqs.receive_message(QueueUrl=url).get("Messages", [])]
    return message["Body"]


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    with running("mastodon") as mastodon, running("ads") as ads, mock_aws():
        day = Day(mastodon, ads)
        day.open()
        yield day


@pytest.fixture(scope="module")
def done(day: Day) -> dict[str, Any]:
    """Every function's part of the day; nothing is refused on the way, or it would be raised here."""
    before, later = day.now - timedelta(minutes=1), day.now + timedelta(minutes=5)
    day.upload(30_000, insights="rate(1 hour)", report="rate(7 days)")
    done: dict[str, Any] = {"imported": day.import_plan(before), "sent": day.dispatch_due()}
    ticket = Ticket.model_validate_json(_message(*LANES)).model_copy(update={"post": "buche"})
    done["delivered"] = day.deliver_post(ticket)
    done["too many"] = day.deliver_to_a_busy_network(ticket.model_copy(update={"post": "galette"}))
    done["too early"] = day.deliver_post(ticket.model_copy(update={"post": "buche-bis"}))
    done |= {"recorded": day.record_history()}
    done |= {"allocated": day.allocate_budget(day.now), "applied": day.apply_budget()}
    done |= {"collected": day.collect_insights(), "reported": day.write_report()}
    done["lowered"] = day.collect_under_a_hold()
    day.upload(60_000, insights="rate(2 hours)")  # a cap is raised, one schedule changes, one goes
    return done | {"imported again": day.import_plan(before), "allocated again": day.allocate_budget(later)}


def test_each_role_allows_what_its_function_does_on_a_day(done: dict[str, Any]) -> None:
    assert done == {
        "imported": "imported",
        "sent": 3,
        "delivered": "PostPublished",
        "too many": "PostDelayed",
        "too early": "PostDelayed",
        "recorded": 3,
        "allocated": ["BudgetAllocated"],
        "applied": "AmountSet",
        "collected": (2, ()),
        "reported": True,
        "lowered": "fb-video",
        "imported again": "imported",
        "allocated again": ["BudgetAllocated"],
    }


# What is granted for those who act in the function's name: Lambda's poller, and Lambda when a run failed.
BY_LAMBDA = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} | {
    f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
}
LETTERS = {
    stack().inner(name).outputs["Arn"]
    for name in ("HistoryDeadLetters", "ImportDeadLetters", "ScheduleDeadLetters")
}


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_is_granted_that_the_day_does_not_use(function: str, day: Day) -> None:
    granted = {
        (action, resource)
        for statement in statements(f"{function}Role")
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    unused = {need for need in granted if not _is_used(need, day.guards[function].used)}

    assert {need for need in unused if need[0] not in BY_LAMBDA and need[1] not in LETTERS} == set()


def _is_used(granted: Need, used: set[Need]) -> bool:
    action, resource = granted
    stem = resource.removesuffix("*")
    # A day's few posts do not lie in every lane; who uses one of them uses all.
    alike = LANES if resource in LANES else [resource]
    return any(
        one == action and (arn in alike or (stem != resource and arn.startswith(stem))) for one, arn in used
    )


# ------------------------------------------------------------------ what nobody may
REACH = {
    "AllocateBudgetFunction": {"PostsTable", "BudgetsTable", "InsightsTable", "ApplyQueue", "secrets"},
    "ApplyBudgetFunction": {"PostsTable", "BudgetsTable", "ApplyQueue", "secrets"},
    "CollectInsightsFunction": {"PostsTable", "BudgetsTable", "InsightsTable", "ApplyQueue", "secrets"},
    "DeliverPostFunction": {"PostsTable", "PlansBucket", *LANES, "secrets"},
    "DispatchDueFunction": {"PostsTable", *LANES},
    "ImportPlanFunction": {"PostsTable", "PlansBucket", *LANES, "secrets"},
    "RecordHistoryFunction": {"InsightsTable", "PostsStream"},
    "WriteReportFunction": {"PostsTable", "BudgetsTable", "InsightsTable", "ReportsBucket"},
}
THINGS = {
    **{table: f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{physical(table)}" for table in TABLES},
    "ApplyQueue": APPLY_QUEUE,
    **{lane: lane for lane in LANES},
    "PostsStream": STREAM,
    "PlansBucket": f"arn:aws:s3:::{physical('PlansBucket')}/media/buche.png",
    "ReportsBucket": f"arn:aws:s3:::{physical('ReportsBucket')}/boulangerie-martin/latest.json",
    "secrets": f"{SECRETS}/masto",
}
ACTIONS = {
    "dynamodb": ("GetItem", "PutItem", "UpdateItem", "Query", "BatchWriteItem", "GetRecords"),
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage"),
    "s3": ("GetObject", "PutObject"),
    "ssm": ("GetParameters",),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_reaches_its_own_tables_queues_and_secrets_and_no_others(function: str) -> None:
    guard = Guard(function)
    reached = {
        thing
        for thing, arn in THINGS.items()
        if any(guard.allows(f"{arn.split(':')[2]}:{action}", arn) for action in ACTIONS[arn.split(":")[2]])
    }

    assert reached == REACH[function]


NEVER = [
    *[
        (f"dynamodb:{action}", THINGS[table])
        for table in TABLES
        for action in ("DeleteItem", "Scan", "DeleteTable")
    ],
    ("s3:DeleteObject", THINGS["PlansBucket"]),
    ("s3:DeleteObject", THINGS["ReportsBucket"]),
    ("s3:PutObject", f"arn:aws:s3:::{physical('PlansBucket')}/plans/martin.json"),
    ("s3:PutObject", f"arn:aws:s3:::{physical('PlansBucket')}/media/buche.png"),
    ("s3:GetObject", "arn:aws:s3:::somebody-elses/plans/martin.json"),
    ("ssm:PutParameter", f"{SECRETS}/masto"),
    ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{NAME}-prod/secrets/masto"),
    ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/elsewhere"),
    ("scheduler:CreateSchedule", f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/tick"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/administrator"),
    (
        "lambda:InvokeFunction",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical('DeliverPostFunction')}",
    ),
]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("action", "resource"), NEVER)
def test_no_function_may_destroy_spy_or_grow(function: str, action: str, resource: str) -> None:
    assert not Guard(function).allows(action, resource)


def test_only_the_import_writes_results_and_schedules() -> None:
    result = f"arn:aws:s3:::{physical('PlansBucket')}/results/martin.json"
    schedule = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{physical('BrandSchedules')}/martin.report"

    for need in [("s3:PutObject", result), ("scheduler:DeleteSchedule", schedule)]:
        assert [name for name in FUNCTIONS if Guard(name).allows(*need)] == ["ImportPlanFunction"]


@mock_aws
@pytest.mark.parametrize(("identity", "is_mailed"), [("agence.example", True), ("elsewhere.example", False)])
def test_a_report_is_mailed_as_the_identity_that_the_stack_was_told_and_as_no_other(
    identity: str,
    is_mailed: bool,  # noqa: FBT001 (a parametrised fact)
) -> None:
    client = boto3.client("sesv2")
    client.create_email_identity(EmailIdentity="agence.example")
    arn = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{identity}"
    client.meta.events.register("before-parameter-build", Guard("WriteReportFunction", ReportIdentityArn=arn))
    desk = MailDesk(MemoryReports(), SesMailer(client), "rapports@agence.example")
    letter = Letter("Rapport", "Tout va bien.", "<p>Tout va bien.</p>", Whole(b"<p>"), "rapport.html")
    mailing = Mailing("executive", None, ("claire@martin.example",), lambda: letter)

    posted = desk.send("brand=martin", "Europe/Paris", [mailing], datetime.now(PARIS))

    assert posted.mailed == int(is_mailed)


@mock_aws
def test_a_call_that_no_policy_allows_is_refused() -> None:
    client = boto3.client("dynamodb")
    client.meta.events.register("before-parameter-build", Guard("DispatchDueFunction"))

    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_item(TableName=physical("BudgetsTable"), Key={"pk": {"S": "1"}, "sk": {"S": "1"}})
