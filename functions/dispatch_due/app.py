"""Send what is due to the delivery queue, every minute."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring

logger, metrics = Logger(), Metrics()
clock = wiring.clock()
desk = wiring.dispatch_desk(settings.DispatchDue.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    done = desk.dispatch(clock.now())
    metrics.add_metric(name="TicketsSent", unit=MetricUnit.Count, value=done.sent)
    metrics.add_metric(name="TicketsSwept", unit=MetricUnit.Count, value=done.swept)
    logger.info("TicketsSent", sent=done.sent, swept=done.swept)
