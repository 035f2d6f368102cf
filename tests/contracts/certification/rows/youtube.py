"""YouTube in the suite."""

import json
from datetime import timedelta

import httpx

from parution.publishing.ports import NotSent
from tests.contracts.certification.rows.row import Row, Said


def _publishes(request: httpx.Request) -> bool:
    match request.method, request.url.path:
        case "PUT", "/youtube/v3/videos":
            return True
        case "POST", "/youtube/v3/commentThreads" | "/youtube/v3/comments":
            return True
    return False


def error(code: int, reason: str, message: str = "No.") -> str:
    """Write an error as Google does."""
    one = {"message": message, "domain": "youtube.video", "reason": reason}
    return json.dumps({"error": {"code": code, "message": message, "errors": [one]}})


ROWS = (
    Row(
        "youtube",
        is_commit=_publishes,
        effect="post",
        refusal=Said(403, error(403, "forbidden", "Access forbidden.")),
        # Its quotas end at midnight in California, which is 8 o'clock in winter.
        throttled=Said(403, error(403, "quotaExceeded"), {"Date": "Thu, 03 Dec 2026 07:15:00 GMT"}),
        waits=timedelta(minutes=45),
        expired=Said(401, error(401, "authError", "Invalid Credentials")),
        then=NotSent,
        secret={
            "client_id": "1234.apps.googleusercontent.example",
            "client_secret": "s",
            "refresh_token": "r",
        },
        canary=lambda token: {"grants": {token: "martin"}},
        plain="film",
        prepares_anew=True,
    ),
)
