"""Meta's Graph API: what Facebook, Instagram and Threads share."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
from pydantic import BaseModel, Field, SecretStr

from parution.credentials import Credentials
from parution.networks.calls import Calls, Means, Patience, Told
from parution.networks.rate_headers import left
from parution.publishing.ports import Comment, Comments, Done, NotFound, NotSent, Refused, Unknown
from parution.publishing.tokens import Access, Later, Refreshed, TokenSource
from parution.transport import Answer, exchange, parsed

# The version that the node specifications of our tests describe (18 February 2026). Each lives two years;
# then its calls are served by the oldest one that is left (docs/graph-api/guides/versioning).
VERSION = "v25.0"

# Publishing is one transaction, but of a slow kind; with a hold of 45 s it stays below a function's 90 s.
PATIENCE = Patience(commit=httpx.Timeout(35.0, connect=5.0))
ASIDE = httpx.Timeout(5.0, connect=5.0)  # for a look that the outcome does not wait for
SKEW = timedelta(seconds=60)  # the network's clock against ours
# Lists lag behind what they list; Meta tells no figure. An attempt ends within a minute.
SETTLING = timedelta(minutes=2)

_HOLDS = timedelta(minutes=5)  # of a rolling hour, after a pause that no header measures
_REFRESH = httpx.Timeout(20.0, connect=5.0)
_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=5)
# A token cannot be renewed in its first 24 hours, and may be used meanwhile.
_TOO_YOUNG = timedelta(hours=25)

_PERMISSION = (
    "{network} does not let this app do that for this account: connect it again, and allow all that is asked"
)
_VERSION = "{network} does not know this version of its API: change `version` in the account's secret"
_PAUSE = "{network} asks for a pause: too many calls"

# Errors by code and subcode (docs/graph-api/guides/error-handling; /overview/rate-limiting for the pauses).
Table = Mapping[tuple[int | None, int | None], tuple[Means, str]]
_COMMON: Table = {
    (3, None): (Means.REFUSED, "{network} does not let this app do that: see its permissions at Meta"),
    (10, None): (Means.REFUSED, _PERMISSION),
    (100, 33): (Means.MISSING, "{network} does not find what this post refers to: somebody deleted it"),
    (100, None): (Means.REFUSED, "{network} does not take this post: change it"),
    (102, None): (Means.TOKEN, ""),
    (190, None): (Means.TOKEN, ""),
    (368, None): (
        Means.REFUSED,
        "{network} has blocked this account, or this content, for a while: read its notices there",
    ),
    (2635, None): (Means.REFUSED, _VERSION),
    **{(code, None): (Means.REFUSED, _PERMISSION) for code in range(200, 300)},
    **{(code, None): (Means.LATER, _PAUSE) for code in (4, 17, 32, 341, 613, *range(80_000, 80_015))},
}
_NO_SUCH_PATH = 2500
_ENDED = {
    458: "somebody removed the app from the account's settings",
    459: "log in there first, it wants to check something",
    460: "the password was changed",
    463: "the access has ended",
    464: "log in there first, it wants to check something",
    467: "the access was withdrawn",
    492: "who connected it no longer works for it",
}


class Error(BaseModel):
    """An error as every Graph API tells one, whatever the status."""

    code: int
    message: str = ""
    error_subcode: int | None = None
    error_user_msg: str | None = None


class _Envelope(BaseModel):
    error: Error


class Made(BaseModel):
    """What was made, by its id."""

    id: str


class Succeeded(BaseModel):
    """What is said where nothing new was made."""

    success: bool
    post_id: str | None = None


class _Cursors(BaseModel):
    after: str | None = None


class _Paging(BaseModel):
    cursors: _Cursors = _Cursors()
    next: str | None = None


class Page[Model: BaseModel](BaseModel):
    """One page of a list."""

    data: list[Model]
    paging: _Paging = _Paging()

    @property
    def more(self) -> str | None:
        return self.paging.cursors.after if self.paging.next else None


class Graph(Calls):
    """The calls of one account; with the app's secret each proves that it comes from the app.

    https://developers.facebook.com/docs/graph-api/guides/secure-requests
    """

    def __init__(
        self,
        network: str,
        client: httpx.Client,
        base_url: str,
        tokens: TokenSource,
        *,
        own: Table,
        asks: str | None = None,
        app_secret: SecretStr | None = None,
    ) -> None:
        """``asks``: what a person is asked for where the token cannot be renewed."""
        super().__init__(
            network, client, base_url, tokens, told=reading(network, own, asks), patience=PATIENCE
        )
        self._app_secret = app_secret

    def _request(self, method: str, path: str, access: Access, kind: str, **parts: Any) -> httpx.Request:
        if parts.pop("oauth", False):  # how the upload servers want it
            token = access.token.get_secret_value()
            parts["headers"] = {"Authorization": f"OAuth {token}", **parts.get("headers", {})}
        elif self._app_secret:
            proof = {"appsecret_proof": _proof(access.token, self._app_secret)}
            parts["params"] = {**parts.get("params", {}), **proof}
        return super()._request(method, path, access, kind, **parts)

    def comments[Model: BaseModel](
        self,
        edge: str,
        model: type[Model],
        fields: str,
        told: Callable[[Model], Comment],
        after: str | None,
        *,
        limit: int | None = 50,
    ) -> Comments | NotFound | NotSent:
        """Read a page of what stands below something."""
        paging = {"limit": str(limit) if limit else None, "after": after}
        asked = {"fields": fields, **{name: value for name, value in paging.items() if value}}
        page = self.look(Page[model], "GET", edge, params=asked)  # type: ignore[valid-type]
        if not isinstance(page, Page):
            return page
        return Comments(found=tuple(told(one) for one in page.data), more=page.more)

    def done(self, method: str, path: str, **parts: Any) -> Done | NotFound | Refused | NotSent:
        """Do something that may be done twice, and say whether it was done."""
        answer = self.do(method, path, **parts)
        if not isinstance(answer, Answer):
            return answer
        told = parsed(Succeeded, answer)
        if told and told.success:
            return Done()
        return NotSent(reason=f"{self.network} did not say that it did it", retry_after=_SOON)


def reading(network: str, own: Table, asks: str | None = None) -> Callable[[Answer], Told | None]:
    """Make what reads errors: a network's own table comes before what all share."""

    def told(answer: Answer) -> Told | None:
        envelope = parsed(_Envelope, answer)
        return _told(network, envelope.error, own, asks, answer) if envelope else None

    return told


def _told(network: str, error: Error, own: Table, asks: str | None, answer: Answer) -> Told | None:
    said = error.error_user_msg or error.message
    if error.code == _NO_SUCH_PATH and error.message.startswith("Unknown path components"):
        return Told(Means.REFUSED, _VERSION.format(network=network), said)
    means, words = entry(error.code, error.error_subcode, own) or (None, "")
    if means is None:
        return None
    if means is Means.TOKEN and asks:
        why = _ENDED.get(error.error_subcode or 0, "it no longer accepts this access token")
        return Told(Means.REFUSED, f"{network} asks you to {asks}: {why}")
    wait = _pause(answer) if means is Means.LATER else None
    return Told(means, words.format(network=network), said, wait)


def entry(code: int, subcode: int | None, own: Table) -> tuple[Means, str] | None:
    """Find an error, by both of its numbers first; some are known by their subcode alone."""
    keys = ((code, subcode), (None, subcode), (code, None))
    return next((table[key] for table in (own, _COMMON) for key in keys if key in table), None)


def _pause(answer: Answer) -> timedelta:
    """Say how long to stay away: the headers tell minutes until calls are allowed again."""
    now = datetime.now(UTC)
    ends = [one.resets_at - now for one in left(answer, now) if not one.remaining]
    return max(ends, default=_HOLDS)


def _proof(token: SecretStr, app_secret: SecretStr) -> str:
    key = app_secret.get_secret_value().encode()
    return hmac.new(key, token.get_secret_value().encode(), hashlib.sha256).hexdigest()


# ---------------------------------------------------------------- the secret
def version(secret: Credentials, values: Mapping[str, str], otherwise: str = VERSION) -> str:
    """Give the API's version. Raises NoSuchSecret."""
    written = values.get("version", otherwise)
    if not re.fullmatch(r"v\d{1,3}\.\d", written):
        raise secret.wrong("version", f'must be written as "{otherwise}"')
    return written


def number(secret: Credentials, values: Mapping[str, str], key: str) -> str:
    """Give an id, which is a number. Raises NoSuchSecret."""
    written = values[key].strip()
    if not re.fullmatch(r"[0-9]{1,30}", written):
        raise secret.wrong(key, "must be a number: the id, not the name")
    return written


def host(secret: Credentials, values: Mapping[str, str], otherwise: str) -> str:
    """Give the API's address without its version. Raises NoSuchSecret."""
    return secret.base_url("base_url") if "base_url" in values else otherwise


def app_secret_in(secret: Credentials, values: Mapping[str, str]) -> SecretStr | None:
    """Give the app's secret where one is kept with the account. Raises NoSuchSecret."""
    return SecretStr(secret.token("app_secret")) if values.get("app_secret") else None


# ---------------------------------------------------------------- tokens of sixty days
class _Renewed(BaseModel):
    access_token: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~+/=|:-]+$")]
    expires_in: Annotated[int, Field(gt=0, le=365 * 86_400)]  # seconds


class LongLived:
    """Renews a token of sixty days with itself; a Refresher. Nothing is used up by it.

    https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token and
    https://developers.facebook.com/docs/threads/get-started/long-lived-tokens
    """

    def __init__(self, client: httpx.Client, network: str, base_url: str, grant: str) -> None:
        self._client, self._network, self._base_url, self._grant = client, network, base_url, grant

    def refresh(self, refresh_token: SecretStr) -> Refreshed | Refused | Later | Unknown:
        token = refresh_token.get_secret_value()
        asked = {"grant_type": self._grant, "access_token": token}
        reply = self._ask("refresh_access_token", params=asked)
        if not isinstance(reply, Answer):
            return reply
        renewed = parsed(_Renewed, reply) if httpx.codes.is_success(reply.status) else None
        if renewed is None:
            return self._as_it_is(refresh_token)
        new, life = SecretStr(renewed.access_token), timedelta(seconds=renewed.expires_in)
        return Refreshed(access=new, refresh=new, lifetime=life)

    def _as_it_is(self, token: SecretStr) -> Refreshed | Refused | Later:
        """Go on with a token that still opens the account, such as one that is too young to be renewed."""
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        reply = self._ask("me", params={"fields": "id"}, headers=headers)
        if not isinstance(reply, Answer):
            return reply
        if httpx.codes.is_success(reply.status) and parsed(Made, reply):
            return Refreshed(access=token, refresh=token, lifetime=_TOO_YOUNG)
        told = reading(self._network, {})(reply) if reply.status < httpx.codes.INTERNAL_SERVER_ERROR else None
        if told and told.means is Means.TOKEN:
            return Refused(reason=f"{self._network} no longer accepts this access token")
        wait = told.wait if told and told.wait else _LATER
        return Later(reason=f"{self._network} answered {reply.status} without a token", retry_after=wait)

    def _ask(self, path: str, **parts: Any) -> Answer | Later:
        request = self._client.build_request("GET", f"{self._base_url}/{path}", timeout=_REFRESH, **parts)
        reply = exchange(self._client, request)
        return reply if isinstance(reply, Answer) else Later(reason=reply.reason, retry_after=_SOON)


# ---------------------------------------------------------------- own posts
def comparable(text: str | None) -> str:
    """Bring a planned and a shown text to what both must share: networks trim and compose texts."""
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def is_of(shown_at: datetime, since: datetime, *, ever: bool = False) -> bool:
    """Say whether a post may be of an attempt that began then: the same words next morning are another's.

    ``ever``: of any attempt since then.
    """
    return since - SKEW <= shown_at and (ever or shown_at <= since + SETTLING + 2 * SKEW)
