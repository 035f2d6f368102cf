"""Set the amounts that were allocated on the ad platforms."""

from logging import getLogger
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring
from parution.buying.ports import Order

logger, metrics = Logger(), Metrics()
processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False, logger=getLogger(logger.name))
clock = wiring.clock()
desk = wiring.buying_desk(settings.ApplyBudget.read())


def apply(record: SQSRecord) -> None:
    outcome = desk.apply(Order.model_validate_json(record.body), clock.now())
    metrics.add_metric(outcome.metric, MetricUnit.Count, 1)
    logger.info(outcome.metric, subject=outcome.subject, reason=outcome.reason)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    answer = process_partial_response(event, apply, processor, context)
    metrics.add_metric("MessagesReturned", MetricUnit.Count, len(answer["batchItemFailures"]))
    return answer
