"""Instagram in the suite, by both of its logins."""

from datetime import timedelta

from parution.networks.terms import Offer
from parution.publishing.ports import NotSent, Refused
from tests.contracts.certification.rows.row import Row, Said, posts_to

_USER = "17841400000000001"
_BY_PAGE = Row(
    "instagram of a page",
    is_commit=posts_to("/media_publish", "/comments", "/replies"),
    effect="post",
    refusal=Said(
        400,
        '{"error": {"message": "(#25) The Instagram account is restricted.", "type": "OAuthException",'
        ' "code": 25, "error_subcode": 2207050, "is_transient": false, "error_user_title": "Restricted",'
        ' "error_user_msg": "The account is restricted.", "fbtrace_id": "AbC"}}',
    ),
    throttled=Said(
        400,
        '{"error": {"message": "(#80002) There have been too many calls to this Instagram account.",'
        ' "type": "OAuthException", "code": 80002, "error_subcode": 2446079, "fbtrace_id": "AbC"}}',
        {
            "X-Business-Use-Case-Usage": '{"17841400000000001": [{"type": "instagram", "call_count": 100,'
            ' "total_cputime": 20, "total_time": 20, "estimated_time_to_regain_access": 12}]}'
        },
    ),
    waits=timedelta(minutes=12),
    expired=Said(
        400,
        '{"error": {"message": "Error validating access token: Session has expired.", "type":'
        ' "OAuthException", "code": 190, "error_subcode": 463, "fbtrace_id": "AbC"}}',
    ),
    then=Refused,
    secret={"user_id": _USER, "access_token": "t", "host": "graph.facebook.com"},
    canary=lambda token: {"accounts": {token: _USER}},
    plain="picture",
    options={"host": "graph.facebook.com", "app_secret": "5a2b"},
    prepares_anew=True,
)
ROWS = (
    _BY_PAGE,
    _BY_PAGE._replace(
        name="instagram alone",
        then=NotSent,
        secret={"user_id": _USER, "access_token": "t"},
        options={},
        lacks=frozenset({Offer.DELETES}),
    ),
)
