"""Deliver queued posts to their networks, those of one batch side by side."""

from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from logging import getLogger
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import batch
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring
from parution.publishing.deliveries import Ticket

logger, metrics, threads = Logger(), Metrics(), ThreadPoolExecutor(10)  # one for each message of a batch
processor = batch.AsyncBatchProcessor(
    batch.EventType.SQS, raise_on_entire_batch_failure=False, logger=getLogger(logger.name)
)
desk = wiring.publishing_desk(settings.DeliverPost.read())


async def deliver(record: SQSRecord) -> None:
    ticket = Ticket.model_validate_json(record.body)
    outcome = await get_running_loop().run_in_executor(threads, desk.deliver, ticket)
    metrics.add_metric(outcome.metric, MetricUnit.Count, 1)  # in the loop's one thread, as Metrics needs it
    if outcome.late_by is not None:
        metrics.add_metric("PostLateness", MetricUnit.Seconds, outcome.late_by.total_seconds())
    logger.info(outcome.metric, **outcome.model_dump(mode="json", exclude={"metric"}, exclude_none=True))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> batch.types.PartialItemFailureResponse:
    answer = batch.async_process_partial_response(event, deliver, processor, context)
    metrics.add_metric("MessagesReturned", MetricUnit.Count, len(answer["batchItemFailures"]))
    return answer
