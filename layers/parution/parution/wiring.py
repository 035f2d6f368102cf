"""Which adapters each desk works with: the only module that knows both.

Each function imports only what its own desk needs, inside its factory: a worker that publishes loads no
scheduler, no report and no allocator. Clients are made here, in INIT, and call nothing until they are used.
"""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from parution import settings
from parution.aws.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from parution.buying.desk import BuyingDesk
    from parution.measuring.desk import InsightsDesk
    from parution.plan.desk import ImportDesk
    from parution.publishing.desk import PublishingDesk
    from parution.publishing.history import History
    from parution.publishing.ports import Clock
    from parution.publishing.tick import DispatchDesk
    from parution.publishing.tokens import Connection, TokenSource
    from parution.reporting.desk import ReportingDesk
    from parution.reporting.mail_desk import MailDesk
    from parution.reporting.ports import ReportFiles

# Against the default of a minute for each read: a call that hangs must not cost a post its instant. An
# answer lost and asked for again is safe here, for every write is conditional or repeatable. A client has a
# connection for each of the ten threads that share it.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=10,
)
# For what has no key of its own by which a second call is known to be the first one's.
_ONCE = Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 1})
# Addresses for networks and readers are signed as every region understands, and encrypted files ask for.
SIGNING = _CONFIG.merge(Config(signature_version="s3v4"))


def clock() -> "Clock":
    return SystemClock()


def import_desk(told: settings.ImportPlan) -> "ImportDesk":
    from parution.aws.plan_bucket import PlanBucket
    from parution.aws.posts_table import PostsTable
    from parution.aws.queues import SqsDeliveryQueue
    from parution.aws.schedules import BrandSchedules
    from parution.aws.secrets import SsmSecrets
    from parution.plan.desk import ImportDesk

    posts = PostsTable(boto3.client("dynamodb", config=_CONFIG), told.posts_table, told.due_shards)
    return ImportDesk(
        files=PlanBucket(boto3.client("s3", config=_CONFIG), told.plans_bucket),
        brands=posts,
        deliveries=posts,
        secrets=SsmSecrets(boto3.client("ssm", config=_CONFIG), told.secrets_prefix),
        schedules=BrandSchedules(
            boto3.client("scheduler", config=_CONFIG),
            group=told.schedule_group,
            role_arn=told.schedule_role_arn,
            targets={
                "insights": told.collect_insights_arn,
                "allocate": told.allocate_budget_arn,
                "report": told.write_report_arn,
            },
            dead_letters_arn=told.schedule_dead_letters_arn,
        ),
        queue=SqsDeliveryQueue(boto3.client("sqs", config=_CONFIG), told.delivery_lanes),
        wake_early=told.wake_early_seconds,
    )


def dispatch_desk(told: settings.DispatchDue) -> "DispatchDesk":
    from parution.aws.posts_table import PostsTable
    from parution.aws.queues import SqsDeliveryQueue
    from parution.publishing.tick import DispatchDesk

    return DispatchDesk(
        deliveries=PostsTable(boto3.client("dynamodb", config=_CONFIG), told.posts_table, told.due_shards),
        queue=SqsDeliveryQueue(boto3.client("sqs", config=_CONFIG), told.delivery_lanes),
        wake_early=told.wake_early_seconds,
        lanes=len(told.delivery_lanes["*"]),
    )


def publishing_desk(told: settings.DeliverPost) -> "PublishingDesk":
    from parution.aws.plan_bucket import PlanBucket
    from parution.aws.posts_table import PostsTable
    from parution.aws.queues import SqsDeliveryQueue
    from parution.aws.rate_table import RateTable
    from parution.aws.secrets import SsmSecrets
    from parution.fetching import Fetcher
    from parution.networks import SecretNetworks
    from parution.publishing.desk import PublishingDesk
    from parution.publishing.rates import Rates

    dynamodb = boto3.client("dynamodb", config=_CONFIG)
    posts = PostsTable(dynamodb, told.posts_table, told.due_shards)
    secrets = SsmSecrets(boto3.client("ssm", config=_CONFIG), told.secrets_prefix)
    media = PlanBucket(boto3.client("s3", config=SIGNING), told.plans_bucket)
    tokens = _tokens(told, "deliver_post")
    return PublishingDesk(
        deliveries=posts,
        holds=posts,
        networks=SecretNetworks(secrets, tokens=tokens, pages=Fetcher(), media=media),
        media=media,
        rates=Rates(RateTable(dynamodb, told.posts_table)),
        queue=SqsDeliveryQueue(boto3.client("sqs", config=_CONFIG), told.delivery_lanes),
        clock=clock(),
        lease=told.lease_seconds,
        wake_early=told.wake_early_seconds,
    )


def _tokens(
    told: settings.DeliverPost | settings.CollectInsights, actor: str
) -> "Callable[[Connection], TokenSource] | None":
    """Give what keeps the tokens of accounts whose tokens rotate; None where no key was deployed."""
    if not told.token_key:
        return None
    from parution.aws.token_vault import TokenVault
    from parution.publishing.tokens import TokenKeeper

    @cache
    def vault() -> TokenVault:
        clients = boto3.client("dynamodb", config=_CONFIG), boto3.client("kms", config=_CONFIG)
        return TokenVault(*clients, told.posts_table, told.token_key)

    return lambda connection: TokenKeeper(connection, vault(), told.lease_seconds, actor)


def history(told: settings.RecordHistory) -> "History":
    from parution.aws.history import HistoryTable

    return HistoryTable(boto3.client("dynamodb", config=_CONFIG), told.insights_table)


def insights_desk(told: settings.CollectInsights) -> "InsightsDesk":
    from parution.ad_platforms import SecretAdPlatforms
    from parution.aws.insights_table import InsightsTable
    from parution.aws.posts_table import PostsTable
    from parution.aws.secrets import SsmSecrets
    from parution.measuring.desk import InsightsDesk
    from parution.networks import SecretNetworks

    dynamodb = boto3.client("dynamodb", config=_CONFIG)
    posts = PostsTable(dynamodb, told.posts_table)
    secrets = SsmSecrets(boto3.client("ssm", config=_CONFIG), told.secrets_prefix)
    return InsightsDesk(
        brands=posts,
        deliveries=posts,
        insights=InsightsTable(dynamodb, told.insights_table),
        networks=SecretNetworks(secrets, tokens=_tokens(told, "collect_insights")),
        platforms=SecretAdPlatforms(secrets),
        books=buying_desk(told),
    )


def buying_desk(
    told: settings.CollectInsights | settings.AllocateBudget | settings.ApplyBudget,
) -> "BuyingDesk":
    from parution.ad_platforms import SecretAdPlatforms
    from parution.aws.budgets_table import BudgetsTable
    from parution.aws.insights_table import InsightsTable
    from parution.aws.posts_table import PostsTable
    from parution.aws.queues import SqsApplyQueue
    from parution.aws.secrets import SsmSecrets
    from parution.buying.desk import BuyingDesk

    dynamodb = boto3.client("dynamodb", config=_CONFIG)
    posts = PostsTable(dynamodb, told.posts_table)
    return BuyingDesk(
        brands=posts,
        holds=posts,
        budgets=BudgetsTable(dynamodb, told.budgets_table),
        insights=InsightsTable(dynamodb, told.insights_table),
        platforms=SecretAdPlatforms(SsmSecrets(boto3.client("ssm", config=_CONFIG), told.secrets_prefix)),
        queue=SqsApplyQueue(boto3.client("sqs", config=_CONFIG), told.apply_queue_url),
    )


def reporting_desk(told: settings.WriteReport) -> "ReportingDesk":
    from parution.aws.budgets_table import BudgetsTable
    from parution.aws.history import HistoryTable
    from parution.aws.insights_table import InsightsTable
    from parution.aws.posts_table import PostsTable
    from parution.aws.report_bucket import ReportBucket
    from parution.reporting.desk import ReportingDesk

    dynamodb = boto3.client("dynamodb", config=_CONFIG)
    posts = PostsTable(dynamodb, told.posts_table)
    files = ReportBucket(boto3.client("s3", config=SIGNING), told.reports_bucket)
    return ReportingDesk(
        brands=posts,
        deliveries=posts,
        insights=InsightsTable(dynamodb, told.insights_table),
        budgets=BudgetsTable(dynamodb, told.budgets_table),
        files=files,
        holds=posts,
        history=HistoryTable(dynamodb, told.insights_table),
        mail=_mail_desk(files, told.report_sender),
    )


def _mail_desk(files: "ReportFiles", sender: str) -> "MailDesk":
    from parution.reporting.mail_desk import MailDesk

    if not sender:
        return MailDesk(files, None, "")
    from parution.aws.mail import SesMailer

    return MailDesk(files, SesMailer(boto3.client("sesv2", config=_ONCE)), sender)
