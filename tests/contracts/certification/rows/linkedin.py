"""LinkedIn in the suite: a page, whose posts can be read back, and a person, whose cannot."""

from datetime import timedelta

from parution.networks.terms import Offer
from parution.publishing.ports import Refused
from tests.contracts.certification.rows.row import Row, Said, posts_to

_PAGE, _PERSON = "urn:li:organization:2414183", "urn:li:person:782bbtaQ"

_OF_A_PAGE = Row(
    "linkedin page",
    is_commit=posts_to("/rest/posts", "/comments"),
    effect="post",
    refusal=Said(
        422, '{"message": "ERROR :: /commentary :: field is required but not found", "status": 422}'
    ),
    throttled=Said(
        429,
        '{"serviceErrorCode": 101, "status": 429, "message": "Resource level throttle APPLICATION DAY limit'
        ' for calls to this resource is reached."}',
        {"Date": "Thu, 03 Dec 2026 12:00:00 GMT"},
    ),
    waits=timedelta(hours=12),
    expired=Said(
        401,
        '{"serviceErrorCode": 65601, "code": "EXPIRED_ACCESS_TOKEN", "status": 401, "message": "The token used'
        ' in the request has expired"}',
    ),
    then=Refused,
    secret={"author": _PAGE, "access_token": "t"},
    canary=lambda token: {"token": token},
    repeats=False,
)
ROWS = (
    _OF_A_PAGE,
    _OF_A_PAGE._replace(
        name="linkedin person",
        secret={"author": _PERSON, "access_token": "t"},
        options={"author": _PERSON},
        finds=False,
        lacks=frozenset({Offer.COMMENTS}),
    ),
)
