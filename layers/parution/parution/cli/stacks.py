"""A deployed stack as the command sees it: its outputs, and clients to what they name."""

import json
from datetime import timedelta
from functools import cached_property
from typing import Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from parution.aws.budgets_table import BudgetsTable
from parution.aws.clock import SystemClock
from parution.aws.history import HistoryTable
from parution.aws.insights_table import InsightsTable
from parution.aws.plan_bucket import PlanBucket
from parution.aws.posts_table import PostsTable
from parution.aws.queues import SqsApplyQueue, SqsDeliveryQueue
from parution.aws.report_bucket import ReportBucket
from parution.aws.schedules import BrandSchedules
from parution.aws.secrets import SsmSecrets
from parution.aws.token_vault import TokenVault
from parution.buying.brakes import Brake, Directory
from parution.buying.ports import ApplyQueue, Budgets
from parution.cli.output import fail
from parution.errors import ParutionError
from parution.guarding.holds import Holds
from parution.measuring.ports import Insights
from parution.networks import SecretNetworks
from parution.plan.ports import Brands
from parution.publishing.history import History
from parution.publishing.ports import Clock, Deliveries, DeliveryQueue, Networks
from parution.publishing.tokens import Connection, TokenKeeper
from parution.reporting.ports import ReportFiles

_CONFIG = Config(connect_timeout=5, read_timeout=65, retries={"mode": "standard", "max_attempts": 4})
_LEASE = timedelta(seconds=120)  # to renew tokens: longer than a command waits for one answer


class Posts(Directory, Brands, Deliveries, Holds, Protocol):
    """What the posts table answers."""


class Deployed(Protocol):
    """A deployed stack, as far as what people do to deliveries asks it."""

    @property
    def name(self) -> str: ...

    @property
    def posts(self) -> Posts: ...

    @property
    def delivery_queue(self) -> DeliveryQueue: ...

    @property
    def budgets(self) -> Budgets: ...

    @property
    def insights(self) -> Insights: ...

    @property
    def apply_queue(self) -> ApplyQueue: ...

    @property
    def brake(self) -> Brake: ...

    @property
    def history(self) -> History: ...

    @property
    def reports(self) -> ReportFiles: ...

    @property
    def networks(self) -> Networks: ...

    @property
    def clock(self) -> Clock: ...


class NoSuchStack(ParutionError):
    """No stack of this name answers with the credentials and region at hand."""


class Stack:
    """The outputs of one deployed stack. Raises NoSuchStack when there is none."""

    def __init__(self, name: str, session: boto3.Session | None = None) -> None:
        self.name = name
        self.session = session or boto3.Session()
        self.outputs = _outputs(self.session, name)
        self.clock = SystemClock()

    @cached_property
    def posts(self) -> PostsTable:
        return PostsTable(self.session.client("dynamodb", config=_CONFIG), self.outputs["PostsTable"])

    @cached_property
    def secrets(self) -> SsmSecrets:
        return SsmSecrets(self.session.client("ssm", config=_CONFIG), self.outputs["SecretsPrefix"])

    @cached_property
    def networks(self) -> SecretNetworks:
        """The accounts behind the stack's secrets, with the tokens that the stack keeps."""
        return SecretNetworks(self.secrets, tokens=self._kept if "TokenKey" in self.outputs else None)

    def _kept(self, connection: Connection) -> TokenKeeper:
        dynamodb, kms = (
            self.session.client("dynamodb", config=_CONFIG),
            self.session.client("kms", config=_CONFIG),
        )
        vault = TokenVault(dynamodb, kms, self.outputs["PostsTable"], self.outputs["TokenKey"])
        return TokenKeeper(connection, vault, _LEASE, "command")

    @cached_property
    def files(self) -> PlanBucket:
        return PlanBucket(self.session.client("s3", config=_CONFIG), self.outputs["PlansBucket"])

    @cached_property
    def schedules(self) -> BrandSchedules:
        """The brands' schedules, to be read: what they call is known to the stack's own import alone."""
        return BrandSchedules(
            self.session.client("scheduler", config=_CONFIG),
            group=self.outputs["BrandSchedules"],
            role_arn="",
            targets=dict.fromkeys(("insights", "allocate", "report"), ""),
            dead_letters_arn="",
        )

    @cached_property
    def budgets(self) -> BudgetsTable:
        return BudgetsTable(self.session.client("dynamodb", config=_CONFIG), self.outputs["BudgetsTable"])

    @cached_property
    def insights(self) -> InsightsTable:
        return InsightsTable(self.session.client("dynamodb", config=_CONFIG), self.outputs["InsightsTable"])

    @cached_property
    def apply_queue(self) -> SqsApplyQueue:
        return SqsApplyQueue(self.session.client("sqs", config=_CONFIG), self.outputs["ApplyQueueUrl"])

    @cached_property
    def brake(self) -> Brake:
        return Brake(self.posts, self.budgets, self.apply_queue)

    @cached_property
    def history(self) -> HistoryTable:
        return HistoryTable(self.session.client("dynamodb", config=_CONFIG), self.outputs["InsightsTable"])

    @cached_property
    def reports(self) -> ReportBucket:
        return ReportBucket(self.session.client("s3", config=_CONFIG), self.outputs["ReportsBucket"])

    @cached_property
    def delivery_queue(self) -> DeliveryQueue:
        """The lanes of the delivery queue. Raises Exit when the stack does not name them."""
        if "DeliveryLanes" not in self.outputs:
            raise fail(f"stack '{self.name}' is older than this command", "deploy this version of it first")
        client = self.session.client("sqs", config=_CONFIG)
        return SqsDeliveryQueue(client, json.loads(self.outputs["DeliveryLanes"]))


def opened(name: str) -> Stack:
    """Find the stack, or say what to check. Raises Exit."""
    try:
        return Stack(name)
    except NoSuchStack as error:
        raise fail(str(error), "name the stack with --stack, and check AWS_PROFILE and the region") from None


def _outputs(session: boto3.Session, name: str) -> dict[str, str]:
    try:
        client = session.client("cloudformation", config=_CONFIG)
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        reason = f"stack '{name}' does not answer: {error}"
        raise NoSuchStack(reason) from error
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
