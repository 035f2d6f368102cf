"""WordPress: the routes as a site tells them; what one told is kept beside this file."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from tests.contracts.certification.described.described import body_of, wrong

NAMED = "routes that WordPress 6.1.9 tells of itself"
READS = Path(__file__).parent / "wordpress-routes.json"


def check(request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    """Hold a request against the route that takes it; an argument that is not named is passed over there."""
    path = re.sub(r"/\d+$", "/{id}", request.url.path.removeprefix("/wp-json"))
    arguments = _routes().get(path, {}).get(request.method)
    if arguments is None:
        yield f"no route takes {request.method} {path}"
        return
    body = body_of(request) or {}
    given = dict(request.url.params.items()) | body
    for name, value in given.items():
        if name not in {*arguments, "_fields"}:
            yield f"{path} takes no {name}"
        argument = arguments.get(name, {})
        yield from wrong(argument, _as_read(value, argument), f"{path} {name}")


def _as_read(value: Any, argument: Mapping[str, Any]) -> Any:
    """Give a value as WordPress reads it: numbers may come as text, and lists with commas (rest_sanitize)."""
    match argument.get("type"):
        case "array":
            parts = value if isinstance(value, list) else str(value).split(",")
            return [_as_read(part, argument["items"]) for part in parts]
        case "integer" if isinstance(value, str) and value.isdecimal():
            return int(value)
        case "boolean":
            return {"true": True, "1": True, "false": False, "0": False}.get(value, value)
    return value


@cache
def _routes() -> dict[str, Any]:
    routes: dict[str, Any] = json.loads(READS.read_text())["routes"]
    return routes
