"""Threads in the suite."""

from datetime import timedelta

from parution.publishing.ports import NotSent
from tests.contracts.certification.rows.row import Row, Said, posts_to

_USER = "26000000000000001"

ROWS = (
    Row(
        "threads",
        is_commit=posts_to("/threads_publish"),
        effect="post",
        refusal=Said(
            400,
            '{"error": {"message": "(#10) Application does not have permission for this action", "type":'
            ' "THApiException", "code": 10, "is_transient": false, "fbtrace_id": "AbC"}}',
        ),
        throttled=Said(
            400,
            '{"error": {"message": "(#4) Application request limit reached", "type": "THApiException",'
            ' "code": 4, "is_transient": true, "fbtrace_id": "AbC"}}',
            {"X-App-Usage": '{"call_count": 100, "total_time": 12, "total_cputime": 9}'},
        ),
        waits=timedelta(minutes=5),
        expired=Said(
            400,
            '{"error": {"message": "Error validating access token: Session has expired", "type":'
            ' "THApiException", "code": 190, "error_subcode": 463, "fbtrace_id": "AbC"}}',
        ),
        then=NotSent,
        secret={"user_id": _USER, "access_token": "t"},
        canary=lambda token: {"accounts": {token: _USER}},
        prepares_anew=True,
    ),
)
