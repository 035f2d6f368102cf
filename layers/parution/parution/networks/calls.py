"""The calls of one account: what is asked, what an answer proves, and the words for it.

A connector names the errors that it understands (``Told``); everything else proves nothing. What an error
comes to depends on the call that met with it: before the instant whatever is not a refusal may be done
again, at the instant it may be published already, afterwards one asks again later.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import httpx
from pydantic import BaseModel

from parution.networks.rate_headers import left
from parution.publishing.fence import Fence
from parution.publishing.ports import NotFound, NotSent, Refused, Unknown
from parution.publishing.rates import Left
from parution.publishing.tokens import Access, TokenSource
from parution.transport import Answer, Lost, Unsent, exchange, parsed, wait_asked

_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=5)
_TOO_MANY, _TOO_LARGE, _SERVERS_FAULT = 429, 413, 500
_QUOTED = 200  # characters of a network's own words


class Means(StrEnum):
    """What an error, in the network's own words, proves."""

    REFUSED = "refused"  # nothing was done, nor will be
    LATER = "later"  # nothing was done; it may be tried again
    TOKEN = "token"  # noqa: S105 (no password): nothing was done, the access token is not accepted
    MISSING = "missing"  # what was asked for is not there
    DUPLICATE = "duplicate"  # the network has this already, from us or from somebody: nothing was done now


class Told(NamedTuple):
    """An error that is on the connector's allow-list, with a fixture in its tests."""

    means: Means
    words: str  # what a community manager can act on
    said: str = ""  # the network's own words; never quoted where they hold the token
    wait: timedelta | None = None  # LATER: where the network says it otherwise than by headers
    left: tuple[Left, ...] = ()  # filled in from the headers


class Patience(NamedTuple):
    """How long a network may take, each with its reason in the connector."""

    commit: httpx.Timeout
    read: httpx.Timeout = httpx.Timeout(15.0, connect=5.0)
    upload: httpx.Timeout = httpx.Timeout(30.0, connect=5.0)


class Calls:
    """Everything that one account asks of its network, through one client."""

    def __init__(
        self,
        network: str,
        client: httpx.Client,
        base_url: str,
        tokens: TokenSource,
        *,
        told: Callable[[Answer], Told | None],
        patience: Patience,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """``network`` is its name as people write it; ``told`` reads errors, in successes too."""
        self.network, self._client, self._base_url = network, client, base_url
        self._tokens, self._told, self._patience = tokens, told, patience
        self._headers = dict(headers or {})

    # ---------------------------------------------------------------- before the instant
    def make[Model: BaseModel](
        self, model: type[Model], method: str, path: str, **parts: Any
    ) -> Model | Refused | NotSent:
        """Ask for something that nobody sees: whatever is not a refusal may simply be done again."""
        answer = self.made(method, path, **parts)
        if not isinstance(answer, Answer):
            return answer
        return parsed(model, answer) or self._unreadable(answer)

    def made(self, method: str, path: str, **parts: Any) -> Answer | Refused | NotSent:
        """Do as ``make`` does, for answers that are told by their headers or have no body."""
        done = self._asked(method, path, "upload", **parts)
        match done:
            case Told(means=Means.MISSING):
                return Refused(reason=done.words)
            case Told():
                return self._put_off(done, _SOON)
        return done

    # ---------------------------------------------------------------- the one call that publishes
    def commit(
        self, method: str, path: str, fence: Fence, marker: str, **parts: Any
    ) -> Answer | Told | Refused | NotSent | Unknown:
        """Cross the fence with the request, then send it once. No retries, no redirects.

        ``binds``, bytes: what the request itself does not hold of the content, such as the content's hash.
        Told is given back only where the connector must decide: what is MISSING, and what a DUPLICATE is.
        """
        access = self._tokens.token(_now(), ahead=False)
        if isinstance(access, NotSent):
            return access
        binds = parts.pop("binds", b"")
        request = self._request(method, path, access, "commit", **parts)
        fence.cross(binds + request.method.encode() + str(request.url).encode() + request.read(), marker)
        reply = exchange(self._client, request)
        match reply:
            case Unsent():
                return NotSent(reason=reply.reason, retry_after=_SOON)
            case Lost():
                return Unknown(reason=reply.reason)
            case Answer():
                return self._committed(reply, access)

    def _committed(self, answer: Answer, access: Access) -> Answer | Told | Refused | NotSent | Unknown:
        told = self._read(answer, access)
        match told:
            case Told(means=Means.MISSING | Means.DUPLICATE):
                return told
            case Told():
                return self._put_off(told, _SOON)
            case Refused() | NotSent():
                return told
        if answer.status == _TOO_MANY:
            return self._wait(answer)
        return answer if httpx.codes.is_success(answer.status) else self.unclear(answer)

    def unclear(self, answer: Answer) -> Unknown:
        """Say that an answer tells nothing about the post."""
        return Unknown(
            reason=f"{self.network} answered {answer.status} without saying what became of the post"
        )

    # ---------------------------------------------------------------- afterwards
    def look[Model: BaseModel](
        self, model: type[Model], method: str, path: str, **parts: Any
    ) -> Model | NotFound | NotSent:
        """Read something; what cannot be read now is asked again later, whatever the reason."""
        done = self._asked(method, path, "read", **parts)
        match done:
            case Answer():
                found = parsed(model, done)
                return found if found is not None else self._unreadable(done)
            case Told(means=Means.MISSING):
                return NotFound()
            case Told():
                done = self._put_off(done, _LATER)
            case _:
                pass
        return NotSent(reason=done.reason, retry_after=_LATER) if isinstance(done, Refused) else done

    def do(self, method: str, path: str, **parts: Any) -> Answer | NotFound | Refused | NotSent:
        """Do something that may be done twice, such as hiding and deleting."""
        done = self._asked(method, path, "read", **parts)
        match done:
            case Told(means=Means.MISSING):
                return NotFound()
            case Told():
                return self._put_off(done, _SOON)
        return done

    # ---------------------------------------------------------------- what every call shares
    def left(self, answer: Answer, *, each: int = 1) -> tuple[Left, ...]:
        """Read what the headers say is left, in posts; one costs ``each`` of the network's units."""
        return left(answer, _now(), each=each)

    def _asked(self, method: str, path: str, kind: str, **parts: Any) -> Answer | Told | Refused | NotSent:
        access = self._tokens.token(_now())
        if isinstance(access, NotSent):
            return access
        reply = exchange(self._client, self._request(method, path, access, kind, **parts))
        if not isinstance(reply, Answer):
            return NotSent(reason=reply.reason, retry_after=_SOON)
        told = self._read(reply, access)
        if told is not None:
            return told
        return reply if _went_well(reply) else self._refused_by_size(reply) or self._wait(reply)

    def _request(self, method: str, path: str, access: Access, kind: str, **parts: Any) -> httpx.Request:
        """Make a request; ``bearer=False`` for addresses that carry their own right, such as signed ones."""
        mine = {"Authorization": f"Bearer {access.token.get_secret_value()}"} | self._headers
        headers = (mine if parts.pop("bearer", True) else {}) | dict(parts.pop("headers", None) or {})
        url = path if "://" in path else f"{self._base_url}/{path.lstrip('/')}"
        timeout = parts.pop("timeout", getattr(self._patience, kind))
        return self._client.build_request(method, url, headers=headers, timeout=timeout, **parts)

    def _read(self, answer: Answer, access: Access) -> Told | Refused | NotSent | None:
        """Give what an error proves: a token that is not accepted is renewed, or a person is asked."""
        # Whatever a server says while it fails, it may have done what it was asked before.
        told = self._told(answer) if answer.status < _SERVERS_FAULT else None
        if told is None:
            return None
        if told.means is Means.TOKEN:
            return self._tokens.refused(access, _now())
        if told.means is Means.LATER:
            wait = told.wait or wait_asked(answer, otherwise=_SOON)
            told = told._replace(wait=wait, left=self.left(answer))
        hides = not told.said or access.token.get_secret_value() in told.said
        return told if hides else told._replace(words=f"{told.words} ({told.said[:_QUOTED]})")

    def _put_off(self, told: Told, otherwise: timedelta) -> Refused | NotSent:
        if told.means is not Means.LATER:
            return Refused(reason=told.words)
        return NotSent(reason=told.words, retry_after=told.wait or otherwise, left=told.left)

    def _refused_by_size(self, answer: Answer) -> Refused | None:
        # Said by the web server in front of an API, too, before anything is done.
        words = f"{self.network} takes no file as large as this one"
        return Refused(reason=words) if answer.status == _TOO_LARGE else None

    def _wait(self, answer: Answer) -> NotSent:
        asked = answer.status == _TOO_MANY
        said = "asks for a pause: too many requests" if asked else f"answered {answer.status}"
        wait = wait_asked(answer, otherwise=_LATER if asked else _SOON)
        return NotSent(reason=f"{self.network} {said}", retry_after=wait, left=self.left(answer))

    def _unreadable(self, answer: Answer) -> NotSent:
        reason = f"{self.network} answered {answer.status}, and not what was asked for"
        return NotSent(reason=reason, retry_after=_SOON)


def _went_well(answer: Answer) -> bool:
    # 308 is how an upload in parts says that it wants the next one.
    return httpx.codes.is_success(answer.status) or answer.status == httpx.codes.PERMANENT_REDIRECT


def _now() -> datetime:
    return datetime.now(UTC)
