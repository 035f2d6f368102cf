"""What the suite knows of one connector, and the marks by which a row tells its requests apart."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import httpx

from parution.networks import terms_of
from parution.networks.terms import Offer, Terms
from parution.publishing.ports import NotSent, Refused


class Said(NamedTuple):
    """What a network says instead of doing anything."""

    status: int
    body: str
    headers: Mapping[str, str] = {}


class Row(NamedTuple):
    """One connector as the suite sees it; what it claims to publish and to offer stands in its TERMS."""

    name: str  # of the network, and what its secret makes of it
    is_commit: Callable[[httpx.Request], bool]
    effect: (
        str  # what the sandbox's ground truth calls a public post; facts {"hidden": true}: a comment hidden
    )
    refusal: Said
    throttled: Said
    waits: timedelta  # what the throttling says
    expired: Said
    then: type[Refused | NotSent]  # what an expired token comes to: NotSent where it can be renewed
    secret: Mapping[str, str]  # one that opens an account, with nobody's values
    canary: Callable[[str], Mapping[str, Any]]  # options of a sandbox whose account has this token
    plain: str = "text"  # the kind to try where any will do
    options: Mapping[str, Any] = {}  # of the sandbox
    leaves_out: tuple[str, ...] = ()  # of the secret
    finds: bool = True
    counts: bool = True  # figures can be read where the suite runs
    reads_bodies: bool = True  # webhook: a status is all the answer there is
    repeats: bool = True  # takes the same words twice
    uploads: tuple[str, ...] = ("picture", "film")  # kinds of which something is sent ahead
    lacks: frozenset[Offer] = frozenset()  # what the network offers, and not to an account with this secret
    terms: Terms | None = None  # of a connector that is not part of the product
    prepares_anew: bool = False  # preparing twice makes two containers; the second is the one that counts

    @property
    def network(self) -> str:
        return self.name.split(" ", 1)[0]

    @property
    def kinds(self) -> tuple[str, ...]:
        return self._terms.kinds

    @property
    def with_a_file(self) -> str:
        """A kind that uploads something, where there is one."""
        return next((kind for kind in self.uploads if kind in self.kinds), self.plain)

    @property
    def offers(self) -> frozenset[Offer]:
        return self._terms.offers - self.lacks

    @property
    def _terms(self) -> Terms:
        terms = self.terms or terms_of(self.network)
        assert terms is not None
        return terms


def posts_to(*endings: str) -> Callable[[httpx.Request], bool]:
    return lambda request: request.method == "POST" and request.url.path.endswith(endings)


def is_json(request: httpx.Request) -> bool:
    return "application/json" in request.headers.get("content-type", "")


def said_in(request: httpx.Request) -> Any:
    """Give the body of a request in JSON; None where it is anything else."""
    return json.loads(request.content) if request.method != "GET" and is_json(request) else None
