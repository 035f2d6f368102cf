"""Pinterest in the suite."""

from datetime import timedelta

from parution.publishing.ports import Refused
from tests.contracts.certification.rows.row import Row, Said, posts_to

ROWS = (
    Row(
        "pinterest",
        is_commit=posts_to("/v5/pins"),
        effect="pin",
        refusal=Said(403, '{"code": 7, "message": "Not authorized to access board or Pin."}'),
        throttled=Said(
            429,
            '{"code": 8, "message": "You have exceeded your rate limit. Try again later."}',
            {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "Retry-After": "37"},
        ),
        waits=timedelta(seconds=37),
        expired=Said(401, '{"code": 2, "message": "Authentication failed."}'),
        then=Refused,
        secret={"board_id": "1022106146619699845", "access_token": "pina_ABC"},
        canary=lambda token: {"accounts": {token: "martin"}},
        plain="picture",
        uploads=("film",),
    ),
)
