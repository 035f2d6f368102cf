"""Facebook pages in the suite."""

from datetime import timedelta

import httpx

from parution.publishing.ports import Refused
from tests.contracts.certification.rows.row import Row, Said

_PAGE = "61550000000001"


def _publishes(request: httpx.Request) -> bool:
    last = request.url.path.rpartition("/")[2]
    if request.method != "POST" or "video-upload" in request.url.path:
        return False
    if last in {"video_reels", "video_stories"}:
        return b"upload_phase=finish" in request.content
    return last in {"feed", "comments", "photo_stories"} or request.content == b"published=true"


ROWS = (
    Row(
        "facebook",
        is_commit=_publishes,
        effect="post",
        refusal=Said(
            400,
            '{"error": {"message": "(#368) The action attempted has been deemed abusive or is otherwise'
            ' disallowed", "type": "OAuthException", "code": 368, "error_subcode": 1390008000,'
            ' "is_transient": false, "fbtrace_id": "AbC"}}',
        ),
        throttled=Said(
            400,
            '{"error": {"message": "(#32) Page request limit reached", "type": "OAuthException",'
            ' "code": 32, "fbtrace_id": "AbC"}}',
            {
                "X-Business-Use-Case-Usage": '{"61550000000001": [{"type": "pages", "call_count": 100,'
                ' "total_cputime": 20, "total_time": 20, "estimated_time_to_regain_access": 9}]}'
            },
        ),
        waits=timedelta(minutes=9),
        expired=Said(
            400,
            '{"error": {"message": "Error validating access token: The session has been invalidated because'
            ' the user changed their password.", "type": "OAuthException", "code": 190,'
            ' "error_subcode": 460, "fbtrace_id": "AbC"}}',
        ),
        then=Refused,
        secret={"page_id": _PAGE, "access_token": "t"},
        canary=lambda token: {"accounts": {token: _PAGE}},
        options={"app_secret": "5a2b", "part": 16},
        repeats=False,
    ),
)
