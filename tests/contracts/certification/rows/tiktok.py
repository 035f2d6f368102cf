"""TikTok in the suite."""

import json
from datetime import timedelta

import httpx

from parution.publishing.ports import NotSent
from tests.contracts.certification.rows.row import Row, Said


def _is_last_part(request: httpx.Request) -> bool:
    place = request.headers.get("Content-Range", "-/").rpartition("-")[2].split("/")
    return request.method == "PUT" and place[0].isdecimal() and int(place[0]) + 1 == int(place[1])


def error(code: str, message: str = "No.") -> str:
    """Write an error as TikTok does."""
    return json.dumps({"data": {}, "error": {"code": code, "message": message, "log_id": "2026"}})


ROWS = (
    Row(
        "tiktok",
        is_commit=_is_last_part,
        effect="post",
        refusal=Said(403, error("spam_risk_user_banned_from_posting")),
        throttled=Said(429, error("rate_limit_exceeded")),
        waits=timedelta(minutes=1),  # there are no headers: a minute that rolls on
        expired=Said(401, error("access_token_invalid")),
        then=NotSent,
        secret={"client_key": "awk", "client_secret": "s", "refresh_token": "rft.r"},
        canary=lambda token: {"grants": {token: "martin"}},
        plain="film",
        options={"rotates": False},
        prepares_anew=True,
    ),
)
