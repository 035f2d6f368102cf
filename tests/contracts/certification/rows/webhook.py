"""Webhooks in the suite, by what their receivers promise."""

from datetime import timedelta

import httpx

from parution.publishing.ports import Refused
from tests.contracts.certification.rows.row import Row, Said


def _delivers(request: httpx.Request) -> bool:
    return request.method == "POST" and b'"type":"post.publish"' in request.content


_SIGNING = {
    "url": "https://site.example/parution",
    "signing_key": "whsec_" + "c2VjcmV0LW9mLXNvbWUtbGVuZ3RoLTI0",
}
_KEYED = Row(
    "webhook keyed",
    is_commit=_delivers,
    effect="post",
    refusal=Said(422, '{"error": "no"}'),
    throttled=Said(429, "", {"Retry-After": "7"}),
    waits=timedelta(seconds=7),
    expired=Said(401, '{"error": "no signature matches"}'),
    then=Refused,
    options={"deduplicates": True},
    leaves_out=("lookup_url",),
    finds=False,
    reads_bodies=False,
    secret=_SIGNING | {"deduplicates": "true"},
    canary=lambda key: {"signing_key": key},
)
ROWS = (
    _KEYED,
    _KEYED._replace(
        name="webhook readable",
        options={},
        leaves_out=(),
        finds=True,
        secret=_SIGNING | {"lookup_url": "https://site.example/{id}"},
    ),
    _KEYED._replace(name="webhook blind", options={}, secret=_SIGNING),
)
