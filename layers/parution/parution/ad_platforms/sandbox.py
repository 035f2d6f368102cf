"""The sandbox ad platform, over its HTTP interface."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import httpx
from pydantic import BaseModel

from parution.buying.ports import Spending
from parution.credentials import Credentials
from parution.errors import PlatformBusy, PlatformRefused, PlatformUnknown
from parution.transport import Answer, Lost, Unsent, exchange, parsed, wait_asked

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_SOON = timedelta(seconds=30)

# Statuses with which it refuses before it does anything.
_REFUSALS = frozenset({400, 401, 403, 404, 409, 410, 422})
_TOO_MANY = 429


class _Problem(BaseModel):
    code: str
    message: str


class _Error(BaseModel):
    error: _Problem


class _AdObject(BaseModel):
    id: str


class _AdObjects(BaseModel):
    ad_objects: list[_AdObject]


class _Budget(BaseModel):
    amount: int


class _Report(BaseModel):
    days: list[Spending]


def connect(name: str, values: Mapping[str, str], client: httpx.Client) -> "SandboxAdAccount":
    """Open an ad account with `{"base_url", "token"}`. Raises NoSuchSecret."""
    secret = Credentials(name, values, required=("base_url", "token"))
    return SandboxAdAccount(client, secret.base_url("base_url"), secret.token("token"))


class SandboxAdAccount:
    """One ad account. Every method may raise PlatformRefused, PlatformBusy or PlatformUnknown."""

    overdelivery = 1.75  # as Meta has it: up to 75 % more than a day's amount on that day

    def __init__(self, client: httpx.Client, base_url: str, token: str) -> None:
        self._client, self._base_url, self._token = client, base_url, token

    def ensure(self, name: str, network: str, format: str, currency: str) -> str:  # noqa: A002 (the trade's word)
        """Give the id of the ad object of this name; names are unique there, so that none is made twice."""
        body = {"name": name, "network": network, "format": format, "currency": currency}
        return self._change("POST", "/ad_objects", _AdObject, json=body).id

    def find(self, name: str) -> str | None:
        found = self._read("/ad_objects", _AdObjects, params={"name": name}).ad_objects
        return found[0].id if found else None

    def set_amount(self, ad_object: str, day: date, amount: int) -> None:
        self._change("PUT", f"/ad_objects/{ad_object}/budgets/{day}", _Budget, json={"amount": amount})

    def read_amount(self, ad_object: str, day: date) -> int:
        return self._read(f"/ad_objects/{ad_object}/budgets/{day}", _Budget).amount

    def spending(self, ad_object: str, since: date) -> list[Spending]:
        query = {"since": since.isoformat()}
        return self._read(f"/ad_objects/{ad_object}/spending", _Report, params=query).days

    def _change[Model: BaseModel](self, method: str, path: str, model: type[Model], **parts: Any) -> Model:
        reply = self._send(method, path, **parts)
        made = self._taken(reply, model)
        if made is None:
            status = f" with {reply.status}" if isinstance(reply, Answer) else ""
            raise PlatformUnknown(f"the sandbox ad platform answered{status}, which proves nothing")
        return made

    def _read[Model: BaseModel](self, path: str, model: type[Model], **parts: Any) -> Model:
        reply = self._send("GET", path, **parts)
        if isinstance(reply, Lost):  # reading changes nothing, so that nothing is in doubt
            raise PlatformBusy(reply.reason, _SOON)
        read = self._taken(reply, model)
        if read is None:
            raise PlatformBusy("the sandbox ad platform gave no figures", _SOON)
        return read

    def _taken[Model: BaseModel](self, reply: Answer | Unsent | Lost, model: type[Model]) -> Model | None:
        """Read a success as this model. None: an answer that proves nothing."""
        match reply:
            case Unsent():
                raise PlatformBusy(reply.reason, _SOON)
            case Lost():
                raise PlatformUnknown(reply.reason)
            case Answer(status) if status == _TOO_MANY:
                raise PlatformBusy("the sandbox ad platform asks for a pause", wait_asked(reply, _SOON))
            case Answer(status) if status in _REFUSALS and (refused := parsed(_Error, reply)):
                raise PlatformRefused(f"{refused.error.code}: {self._quoted(refused.error.message)}")
            case Answer(status) if httpx.codes.is_success(status):
                return parsed(model, reply)
            case _:
                return None

    def _send(self, method: str, path: str, **parts: Any) -> Answer | Unsent | Lost:
        credentials = {"Authorization": f"Bearer {self._token}"}
        request = self._client.build_request(
            method, self._base_url + path, headers=credentials, timeout=_TIMEOUT, **parts
        )
        return exchange(self._client, request)

    def _quoted(self, text: str) -> str:
        return text.replace(self._token, "…")[:200]
