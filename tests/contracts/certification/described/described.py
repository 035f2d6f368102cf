"""What the checks of all networks share."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

# The networks' own descriptions are not part of the project; where they are absent, tests say so.
SPECIFICATIONS = Path(__file__).parents[4].parent / "shared" / "specs"

Check = Callable[[httpx.Request, httpx.Response], Iterator[str]]


def wrong(schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
    for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value):
        yield f"{where} {error.json_path}: {error.message}"


def body_of(request: httpx.Request) -> Any:
    is_json = request.headers.get("content-type", "").startswith("application/json")
    return json.loads(request.content) if is_json else None
