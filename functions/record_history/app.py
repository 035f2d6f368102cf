"""Append each edge of a delivery to its history, from the posts table's stream."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring
from parution.aws.history import edges_in

logger, metrics = Logger(), Metrics()
history = wiring.history(settings.RecordHistory.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    edges = edges_in(event["Records"])
    history.append(edges)
    metrics.add_metric("EdgesRecorded", MetricUnit.Count, len(edges))
    logger.info("EdgesRecorded", edges=len(edges))
