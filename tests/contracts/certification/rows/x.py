"""X in the suite."""

from datetime import timedelta

from parution.publishing.ports import NotSent
from tests.contracts.certification.rows.row import Row, Said, posts_to

ROWS = (
    Row(
        "x",
        is_commit=posts_to("/2/tweets"),
        effect="post",
        refusal=Said(
            403,
            '{"detail": "You are not permitted to perform this action.", "type": "about:blank",'
            ' "title": "Forbidden", "status": 403}',
        ),
        throttled=Said(
            429,
            '{"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank",'
            ' "status": 429}',
            {
                "x-rate-limit-limit": "100",
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": "1796299800",
                "Date": "Thu, 03 Dec 2026 12:00:00 GMT",
            },
        ),
        waits=timedelta(minutes=10),
        expired=Said(
            401, '{"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}'
        ),
        then=NotSent,
        secret={"client_id": "app", "refresh_token": "t"},
        canary=lambda token: {"grants": {token: "martin"}},
        options={"rotates": False},
        repeats=False,
    ),
)
