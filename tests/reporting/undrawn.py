"""Reports whose pages nobody looks at: half a second of drawing for each is left out."""

from collections.abc import Iterator

import pytest

from parution.plan.model import Audience
from parution.reporting import desk, editions
from parution.reporting.contract import Report


def blank(report: Report, audience: Audience | None = None) -> bytes:
    return f'<html lang="{report.brand.locale}"><p>{report.verdict.text} ({audience})</p>'.encode()


@pytest.fixture(scope="module", autouse=True)
def undrawn() -> Iterator[None]:
    """Write blank pages in every module that imports this."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (desk, editions):
            patch.setattr(module, "page", blank)
        yield
