"""Write a brand's report."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from parution import settings, wiring
from parution.reporting.mail_desk import Posted

logger, metrics = Logger(), Metrics()
clock = wiring.clock()
desk = wiring.reporting_desk(settings.WriteReport.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    brand: str = event["brand"]
    written = desk.write(brand, clock.now())
    metrics.add_metric("ReportWritten", MetricUnit.Count, 1 if written else 0)
    posted = written.posted if written else Posted()
    metrics.add_metric("ReportMailed", MetricUnit.Count, posted.mailed)
    metrics.add_metric("ReportNotMailed", MetricUnit.Count, posted.refused + posted.unknown)
    logger.info("ReportWritten", brand=brand, manifest=written and written.manifest, mail=posted.model_dump())
    posted.check()
