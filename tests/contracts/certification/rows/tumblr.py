"""Tumblr in the suite."""

from datetime import timedelta

import httpx

from parution.publishing.ports import Refused
from tests.contracts.certification.rows.row import Row, Said


def _publishes(request: httpx.Request) -> bool:
    return request.method == "PUT"


ROWS = (
    Row(
        "tumblr",
        is_commit=_publishes,
        effect="post",
        refusal=Said(
            400, '{"meta": {"status": 400, "msg": "Bad Request"}, "errors": [{"title": "no", "code": 8001}]}'
        ),
        throttled=Said(
            429,
            '{"meta": {"status": 429, "msg": "Limit Exceeded"}, "response": []}',
            {
                "X-Ratelimit-Perhour-Limit": "1000",
                "X-Ratelimit-Perhour-Remaining": "0",
                "X-Ratelimit-Perhour-Reset": "1200",
            },
        ),
        waits=timedelta(minutes=5),
        expired=Said(401, '{"meta": {"status": 401, "msg": "Unauthorized"}, "errors": [{"title": "no"}]}'),
        then=Refused,
        secret={"blog": "boulangerie-martin", "access_token": "t"},
        canary=lambda token: {"accounts": {token: "martin"}},
        prepares_anew=True,
    ),
)
