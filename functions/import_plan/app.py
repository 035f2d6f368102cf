"""Import a plan that was uploaded."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring

logger, metrics = Logger(), Metrics()
clock = wiring.clock()
desk = wiring.import_desk(settings.ImportPlan.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    key: str = event["detail"]["object"]["key"]
    result = desk.take(key, clock.now())
    metrics.add_metric(result.metric, MetricUnit.Count, 1)
    logger.info(result.metric, key=key, brand=result.brand, problems=len(result.problems))
