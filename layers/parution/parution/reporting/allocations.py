"""The day's split and its proof: what the last cent of each line brings, and what the next one would."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from parution.buying.campaigns import Allocation
from parution.buying.curves import Response
from parution.measuring.learned import Learned, words
from parution.reporting.contract import AllocationFigures, Cent, Figure, Share, money

_RESPONSE: TypeAdapter[Response] = TypeAdapter(Response)
_SOURCE = "allocation"


def allocation_figures(allocation: Allocation) -> AllocationFigures:
    """Show an allocation with the marginal results of its own curves, one minor unit each way."""
    answer, currency = allocation.answer, allocation.currency
    following, last = _cent(answer.get("next_cent")), _cent(answer.get("last_cent"))
    return AllocationFigures(
        day=allocation.day,
        at=allocation.at,
        version=allocation.version,
        status=str(answer.get("status", "")),
        budget=money(allocation.budget, currency, _SOURCE),
        spent=money(sum(allocation.amounts.values()), currency, _SOURCE),
        shadow_price=_number(answer.get("shadow_price"), "per_minor"),
        gap=_number(answer.get("gap"), "ratio"),
        leftover=money(answer.get("leftover"), currency, _SOURCE),
        leftover_because=answer.get("leftover_because"),
        next_cent=following,
        last_cent=last,
        certified=_certified(following, last),
        shares=tuple(_shares(allocation)),
    )


def _shares(allocation: Allocation) -> Iterable[Share]:
    lines = {line["id"]: line for line in allocation.problem.get("lines", [])}
    limits = {
        binding["line"]: binding for binding in allocation.answer.get("binding", []) if "line" in binding
    }
    told = {
        one["line"]: words(Learned.model_validate(one), allocation.currency) for one in allocation.learned
    }
    for name, amount in allocation.amounts.items():
        limit = limits.get(name, {})
        last, following = _margins(lines.get(name), amount)
        yield Share(
            line=name,
            amount=money(amount, allocation.currency, _SOURCE),
            last=_number(last, "per_minor"),
            next=_number(following, "per_minor"),
            limit=limit.get("constraint"),
            limit_price=_number(limit.get("price"), "per_minor"),
            learned=told.get(name),
        )


def _margins(line: dict[str, Any] | None, amount: int) -> tuple[float | None, float | None]:
    if line is None:
        return None, None
    curve = _RESPONSE.validate_python(line["response"])
    return (curve.gain(amount - 1) if amount else None), curve.gain(amount)


def _certified(following: Cent | None, last: Cent | None) -> bool | None:
    # Checked here again, on the numbers that the reader sees.
    if following is None or last is None:
        return None
    return float(following.gain.value or 0) <= float(last.gain.value or 0)


def _cent(cent: dict[str, Any] | None) -> Cent | None:
    return Cent(line=cent["line"], gain=_number(cent["gain"], "per_minor")) if cent else None


def _number(value: float | None, unit: str) -> Figure:
    return Figure(value=value, unit=unit, source=_SOURCE)
