"""Mastodon in the suite."""

from datetime import timedelta

from parution.publishing.ports import Refused
from tests.contracts.certification.rows.row import Row, Said, posts_to

ROWS = (
    Row(
        "mastodon",
        is_commit=posts_to("/api/v1/statuses"),
        effect="status",
        refusal=Said(422, '{"error": "Validation failed: Text character limit of 500 exceeded"}'),
        throttled=Said(
            429,
            '{"error": "Too many requests"}',
            {
                "X-RateLimit-Limit": "300",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "2026-12-03T12:05:00.000000Z",
                "Date": "Thu, 03 Dec 2026 12:00:00 GMT",
            },
        ),
        waits=timedelta(minutes=5),
        expired=Said(401, '{"error": "The access token is invalid"}'),
        then=Refused,
        secret={"base_url": "https://masto.example", "access_token": "t"},
        canary=lambda token: {"accounts": {token: "martin"}},
    ),
)
