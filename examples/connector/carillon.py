"""A connector for Carillon, a network that nobody has: what it takes to add one."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx
from pydantic import BaseModel, SecretStr

from parution.credentials import Credentials
from parution.networks.calls import Calls, Means, Patience, Told
from parution.networks.terms import Terms
from parution.publishing import ports
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import NotFound, NotSent, Piece, Published, Refused
from parution.publishing.rates import Limit
from parution.publishing.tokens import StaticToken
from parution.transport import Answer, parsed


class _Error(BaseModel):
    error: str


class _Chime(BaseModel):
    id: str
    rung: int = 0


_WORDS = {
    "too_long": Told(Means.REFUSED, "Carillon takes 140 characters: shorten the text"),
    "bad_token": Told(Means.TOKEN, ""),
    "no_such_chime": Told(Means.MISSING, "Carillon no longer has this post"),
}


def told(answer: Answer) -> Told | None:
    """Read Carillon's own errors; a firewall's page is none of them."""
    error = parsed(_Error, answer)
    return _WORDS.get(error.error) if error else None


class Carillon:
    guarantee = ports.Guarantee.KEYED  # it keeps the key of each request for a day
    settling = timedelta(seconds=60)
    key_lives: timedelta | None = timedelta(hours=23)
    limits: tuple[Limit, ...] = ()

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def prepare(self, piece: Piece, media: ports.Media) -> Prepared | Refused | NotSent:  # noqa: ARG002 (it shows none)
        return Refused(reason="Carillon shows no media") if piece.content.media else Prepared(refs=())

    def commit(self, piece: Piece, fence: Fence) -> ports.Outcome:
        said = {"text": piece.content.body, "key": piece.key}
        answer = self._calls.commit("POST", "chimes", fence, marker=piece.key, json=said)
        match answer:
            case Answer():
                made = parsed(_Chime, answer)
                return Published(remote_id=made.id, proof="answer") if made else self._calls.unclear(answer)
            case Told():
                return Refused(reason=answer.words)
        return answer

    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:  # noqa: ARG002 (it is asked by key)
        found = self._calls.look(_Chime, "GET", "chimes/by-key", params={"key": piece.key})
        return Published(remote_id=found.id, proof="its key") if isinstance(found, _Chime) else found

    def figures(self, remote_id: str) -> ports.PostFigures | NotFound | NotSent:
        found = self._calls.look(_Chime, "GET", f"chimes/{remote_id}")
        return ports.PostFigures(likes=found.rung) if isinstance(found, _Chime) else found


TERMS = Terms((Carillon.guarantee,), Carillon.settling, Carillon.key_lives, (), kinds=("text", "link"))


def connect(name: str, values: Mapping[str, str], client: httpx.Client) -> Carillon:
    secret = Credentials(name, values, required=("base_url", "token"))
    token, patience = SecretStr(secret.token("token")), Patience(commit=httpx.Timeout(20.0, connect=5.0))
    at, tokens = secret.base_url("base_url"), StaticToken("Carillon", token)
    return Carillon(Calls("Carillon", client, at, tokens, told=told, patience=patience))
