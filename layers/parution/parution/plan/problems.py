"""What is wrong with a plan: where, which rule, and what to write instead."""

from typing import Literal

from parution.records import Record


class Problem(Record):
    """One finding. ``line`` and ``column`` are None until the document's positions are known."""

    code: str  # stable: E101, W201, …
    severity: Literal["error", "warning"]
    pointer: str  # JSON Pointer into the plan: /posts/3/at
    message: str
    hint: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
