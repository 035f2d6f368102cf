"""What is spent now: --current, as `id=amount,...` or a JSON file of amounts by id."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from parution.buying.curves import Money
from parution.buying.problems import Name, Problem
from parution.cli.output import fail
from parution.plan.problems import instead

_AMOUNTS = TypeAdapter(dict[Name, Money])
_WRITE = "write id=amount,id=amount in whole minor units, or name a JSON file of amounts by id"


def read(text: str, problem: Problem) -> dict[str, int]:
    """Read amounts by id. Raises Exit where they are none, or not this problem's."""
    found = _of_file(Path(text)) if "=" not in text else _of_text(text)
    try:
        amounts = _AMOUNTS.validate_python(found)
    except ValidationError as error:
        wrong = error.errors()[0]
        place = "".join(f" {key}" for key in wrong["loc"])
        raise fail(f"--current{place}: {wrong['input']!r} is not money", _WRITE) from error
    known = {line.id for line in problem.lines}
    for name in amounts.keys() - known:
        raise fail(f"--current: there is no line {name!r}", instead(name, known))
    return amounts


def _of_text(text: str) -> dict[str, Any]:
    amounts: dict[str, Any] = {}
    for part in text.split(","):
        # An id may hold the sign, an amount never.
        name, _, amount = part.strip().rpartition("=")
        if name in amounts:
            raise fail(f"--current: {name!r} is written twice", "write each line once")
        amounts[name] = int(amount) if amount.strip().isdecimal() else amount
    return amounts


def _of_file(file: Path) -> Any:
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise fail(f"--current: {file} can't be read: {error.strerror}", _WRITE) from error
    except ValueError as error:
        raise fail(f"--current: {file} is not JSON: {error}", _WRITE) from error
    # What the command itself answered holds them as one of its fields.
    return document["allocations"] if isinstance(document, dict) and "allocations" in document else document
