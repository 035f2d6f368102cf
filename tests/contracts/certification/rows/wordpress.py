"""WordPress in the suite."""

from datetime import timedelta

import httpx

from parution.publishing.ports import Refused
from tests.contracts.certification.rows.row import Row, Said, said_in


def _publishes(request: httpx.Request) -> bool:
    return (said_in(request) or {}).get("status") in {"publish", "approved"}


ROWS = (
    Row(
        "wordpress",
        is_commit=_publishes,
        effect="post",
        refusal=Said(403, '{"code": "rest_cannot_publish", "message": "Sorry.", "data": {"status": 403}}'),
        throttled=Said(429, "<html>Too Many Requests</html>", {"Retry-After": "120"}),
        waits=timedelta(minutes=2),
        expired=Said(401, '{"code": "rest_cannot_edit", "message": "Sorry.", "data": {"status": 401}}'),
        then=Refused,
        secret={"base_url": "https://blog.example", "user": "martin", "application_password": "abcd EFGH"},
        canary=lambda password: {"users": {"martin": password}},
    ),
)
