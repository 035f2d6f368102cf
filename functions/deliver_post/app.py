"""Deliver queued posts to their networks."""

from logging import getLogger
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring
from parution.publishing.deliveries import Ticket

logger, metrics = Logger(), Metrics()
processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False, logger=getLogger(logger.name))
desk = wiring.publishing_desk(settings.DeliverPost.read())


def deliver(record: SQSRecord) -> None:
    outcome = desk.deliver(Ticket.model_validate_json(record.body))
    metrics.add_metric(outcome.metric, MetricUnit.Count, 1)
    if outcome.late_by is not None:
        metrics.add_metric("PostLateness", MetricUnit.Seconds, outcome.late_by.total_seconds())
    logger.info(outcome.metric, **outcome.model_dump(mode="json", exclude={"metric"}, exclude_none=True))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    answer = process_partial_response(event, deliver, processor, context)
    metrics.add_metric("MessagesReturned", MetricUnit.Count, len(answer["batchItemFailures"]))
    return answer
