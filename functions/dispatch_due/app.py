"""Send what is due to the delivery queue, every minute."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring
from parution.errors import NotAsRead
from parution.publishing.tick import Dispatched

logger, metrics = Logger(), Metrics()
clock = wiring.clock()
desk = wiring.dispatch_desk(settings.DispatchDue.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    try:
        done = desk.dispatch(clock.now())
    except NotAsRead:  # Scheduler may tick twice; the other run takes the same minutes
        done = Dispatched(sent=0, swept=0)
    metrics.add_metric("TicketsSent", MetricUnit.Count, done.sent)
    metrics.add_metric("TicketsSwept", MetricUnit.Count, done.swept)
    logger.info("TicketsSent", sent=done.sent, swept=done.swept)
