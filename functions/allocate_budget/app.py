"""Allocate today's money of a brand's campaigns."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring

logger, metrics = Logger(), Metrics()
clock = wiring.clock()
desk = wiring.buying_desk(settings.AllocateBudget.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    brand: str = event["brand"]
    outcomes = desk.allocate(brand, clock.now())
    metrics.add_metric("CampaignsSeen", MetricUnit.Count, len(outcomes))
    for outcome in outcomes:
        metrics.add_metric(outcome.metric, MetricUnit.Count, 1)
        logger.info(outcome.metric, subject=outcome.subject, reason=outcome.reason)
