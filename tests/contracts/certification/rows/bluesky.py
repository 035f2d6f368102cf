"""Bluesky in the suite."""

from datetime import timedelta

from parution.publishing.ports import NotSent
from tests.contracts.certification.rows.row import Row, Said, posts_to

ROWS = (
    Row(
        "bluesky",
        is_commit=posts_to("/xrpc/com.atproto.repo.putRecord"),
        effect="record",
        refusal=Said(400, '{"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record"}'),
        throttled=Said(
            429,
            '{"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}',
            {
                "RateLimit-Limit": "5000",
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": "300",
                "Retry-After": "300",
            },
        ),
        waits=timedelta(minutes=5),
        expired=Said(400, '{"error": "ExpiredToken", "message": "Token has expired"}'),
        then=NotSent,
        secret={
            "base_url": "https://pds.example",
            "identifier": "martin.example",
            "app_password": "abcd-efgh",
        },
        canary=lambda password: {"passwords": {password: "martin.example"}},
    ),
)
