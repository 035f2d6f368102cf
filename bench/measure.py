"""One measured figure, and what it is measured against."""

import operator
from typing import Literal, NamedTuple

_BETTER = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


class Aim(NamedTuple):
    """A figure to reach: at most, at least or exactly this."""

    comparison: Literal["<=", ">=", "=="]
    value: float

    def __str__(self) -> str:
        return f"{self.comparison} {self.value:g}"


class Measure(NamedTuple):
    """One row of the table; ``alternatives`` were measured in the same run, in the same unit."""

    measure: str
    value: float
    unit: str
    aim: Aim | None = None
    alternatives: dict[str, float] = {}

    @property
    def met(self) -> bool | None:
        return None if self.aim is None else bool(_BETTER[self.aim.comparison](self.value, self.aim.value))

    def document(self) -> dict[str, object]:
        """Give the row as out/bench.json holds it."""
        aim = None if self.aim is None else str(self.aim)
        return {
            "measure": self.measure,
            "value": self.value,
            "unit": self.unit,
            "aim": aim,
            "met": self.met,
            "alternatives": dict(self.alternatives),
        }
