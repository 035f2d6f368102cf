"""Problems written short."""

from typing import Any

from parution.buying.allocator import allocate
from parution.buying.problems import Answer, Problem


def a_hill(ceiling: float, half_spend: float, slope: float = 1.0) -> dict[str, Any]:
    return {"kind": "hill", "ceiling": ceiling, "half_spend": half_spend, "slope": slope}


def a_line(name: str, response: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"id": name, "response": response, **facts}


def a_problem(budget: int, *lines: dict[str, Any], groups: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"currency": "EUR", "budget": budget, "lines": list(lines), "groups": list(groups)}


def split(budget: int, *lines: dict[str, Any], groups: tuple[dict[str, Any], ...] = ()) -> Answer:
    return solved(a_problem(budget, *lines, groups=groups))


def solved(document: dict[str, Any]) -> Answer:
    return allocate(Problem.of(document))


def scaled(line: dict[str, Any], scale: float) -> dict[str, Any]:
    """Count a line's results in another unit."""
    curve = dict(line["response"])
    for key in ("ceiling", "scale"):
        if key in curve:
            curve[key] *= scale
    if "points" in curve:
        curve["points"] = [(spend, results * scale) for spend, results in curve["points"]]
    return {**line, "response": curve}
