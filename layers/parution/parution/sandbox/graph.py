"""What the doubles of Meta's networks share: tokens, errors, fields and lists as the Graph API has them."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, request

from parution.sandbox.faults import Faults, FaultyServer, Journal, control

VERSIONS = ("v24.0", "v25.0", "v26.0")

Thing = dict[str, Any]


class GraphError(Exception):
    """Answered as the Graph API does: 400, whatever the cause."""

    def __init__(
        self,
        code: int,
        message: str,
        subcode: int | None = None,
        kind: str = "OAuthException",
        said: str = "",
    ) -> None:
        super().__init__(message)
        self.shown: Thing = {"message": f"(#{code}) {message}" if code > 0 else message, "type": kind}
        self.shown |= {"code": code, "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW"}
        self.shown |= {"error_subcode": subcode} if subcode else {}
        self.shown |= (
            {"is_transient": False, "error_user_title": "Error", "error_user_msg": said} if said else {}
        )


def gone(number: str) -> GraphError:
    """Make the error for whatever does not exist, or is not shown to this token."""
    message = (
        f"Unsupported {request.method.lower()} request. Object with ID '{number}' does not exist, cannot be"
        " loaded due to missing permissions, or does not support this operation."
    )
    return GraphError(100, message, 33, "GraphMethodException")


def opened(
    name: str,
    journal: Journal,
    comment: Callable[[str, str, str], str],
    versions: Sequence[str] = VERSIONS,
) -> Flask:
    """Make an app that answers errors as the Graph API does, and knows these versions of it."""
    faults = Faults()
    app = Flask(f"parution-sandbox-{name}")
    app.register_blueprint(control(faults, journal, comment))

    @app.errorhandler(GraphError)
    def told(error: GraphError) -> tuple[Response, int]:
        return jsonify(error=error.shown), 400

    @app.errorhandler(404)
    @app.errorhandler(405)
    def nothing_there(error: Exception) -> tuple[Response, int]:  # noqa: ARG001 (the library's signature)
        path = request.path.partition("/v")[2].partition("/")[2] or request.path.lstrip("/")
        return jsonify(error=_no_path(path)), 400

    @app.before_request
    def versioned() -> None:
        first, _, rest = request.path.lstrip("/").partition("/")
        if re.fullmatch(r"v\d+\.\d", first) and first not in versions:
            error = GraphError(2500, "")
            error.shown = _no_path(rest)
            raise error

    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _no_path(path: str) -> Thing:
    message = f"Unknown path components: /{path}"
    return {"message": message, "type": "OAuthException", "code": 2500, "fbtrace_id": "AbCdEfGhIjKlMnOp"}


def caller(accounts: Mapping[str, str], app_secret: str | None = None) -> str:
    """Say whose token came: in the header, or as a parameter."""
    header = re.sub(r"^(Bearer|OAuth) ", "", request.headers.get("Authorization", ""))
    token = header or request.values.get("access_token", "")
    if token not in accounts:
        message = "Error validating access token: Session has expired on Thursday, 01-Oct-26 03:00:00 PDT."
        raise GraphError(190, message, 463)
    proof = request.args.get("appsecret_proof")
    if app_secret and proof != hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest():
        raise GraphError(100, "API calls from the server require an appsecret_proof argument")
    return accounts[token]


def said() -> dict[str, str]:
    """Give the parameters: of the address, of a form, or of JSON, which are all alike."""
    given: dict[str, str] = dict(request.values.items())
    if request.is_json:
        given |= {key: str(value) for key, value in request.get_json().items()}
    return given


def shown(thing: Thing, otherwise: str = "id") -> Thing:
    """Give what was asked for in `fields`; one that does not exist fails the whole call."""
    told = {"id": thing["id"]} if "id" in thing else {}
    for asked in request.args.get("fields", otherwise).split(","):
        name = re.split(r"[.({]", asked)[0]
        if name not in thing:
            raise GraphError(100, f"Tried accessing nonexisting field ({name})")
        told |= {name: thing[name]} if thing[name] is not None else {}
    return told


def listed(things: Sequence[Thing]) -> Thing:
    """Give one page of things, in their order, and cursors to the next."""
    limit, after = int(request.args.get("limit", 25)), int(request.args.get("after") or 0)
    page = things[after : after + limit]
    cursors = {"cursors": {"before": str(after), "after": str(after + len(page))}}
    rest = {"next": f"{request.base_url}?after={after + len(page)}"} if after + limit < len(things) else {}
    return {"data": [shown(one) for one in page], "paging": cursors | rest} if page else {"data": []}


def at(instant: datetime) -> str:
    """Write an instant as the Graph API does."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S+0000")


def insight(number: str, name: str, value: int) -> Thing:
    return {
        "id": f"{number}/insights/{name}/lifetime",
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": name,
        "description": "",
    }
