"""Read a brand's figures back from its networks and ad platforms."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring

logger, metrics = Logger(), Metrics()
clock = wiring.clock()
desk = wiring.insights_desk(settings.CollectInsights.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    brand: str = event["brand"]
    done = desk.collect(brand, clock.now())
    metrics.add_metric("InsightsRead", MetricUnit.Count, done.read)
    metrics.add_metric("InsightsFailed", MetricUnit.Count, len(done.failures))
    for booking in done.bookings:
        metrics.add_metric(booking.metric, MetricUnit.Count, 1)
    logger.info("InsightsRead", brand=brand, **done.model_dump(mode="json"))
