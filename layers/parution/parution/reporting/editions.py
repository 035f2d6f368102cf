"""The editions of a report: one page for each audience and language that the plan's readers name."""

from collections.abc import Iterable
from typing import NamedTuple

from parution.plan.model import Audience, Reader
from parution.reporting.contract import Report
from parution.reporting.figures import ReportInputs, report_of
from parution.reporting.page import page
from parution.reporting.words import Words

type EditionKey = tuple[Audience, str | None]  # and the locale, None for the brand's own


class Edition(NamedTuple):
    """The report in one language, and its page for one audience."""

    audience: Audience
    report: Report
    page: bytes

    @property
    def file_name(self) -> str:
        tag = Words(self.report.brand.locale, self.report.brand.timezone).tag
        return f"report.{self.audience}.{tag}.html"


def editions(inputs: ReportInputs, readers: Iterable[Reader]) -> dict[EditionKey, Edition]:
    """Give the edition of every audience and language that a reader asks for."""
    wanted = dict.fromkeys((reader.audience, reader.locale) for reader in readers)
    reports = {locale: report_of(_in(inputs, locale)) for locale in dict.fromkeys(one for _, one in wanted)}
    return {
        (audience, locale): Edition(audience, reports[locale], page(reports[locale], audience))
        for audience, locale in wanted
    }


def _in(inputs: ReportInputs, locale: str | None) -> ReportInputs:
    plan = inputs.row.plan
    brand = plan.brand.model_copy(update={"locale": locale or plan.brand.locale})
    row = inputs.row.model_copy(update={"plan": plan.model_copy(update={"brand": brand})})
    return inputs.model_copy(update={"row": row})
