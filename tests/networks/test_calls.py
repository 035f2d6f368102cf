"""What an answer comes to depends on when it comes: before the instant, at it, or afterwards."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from parution.errors import FenceClosed
from parution.networks.calls import Calls, Means, Patience, Told
from parution.publishing.fence import Fence
from parution.publishing.ports import NotFound, NotSent, Refused, Unknown
from parution.publishing.tokens import Access, StaticToken
from parution.transport import Answer, open_client, parsed
from tests.builders import open_fence

TOKEN = "canary-token"
MINUTE = timedelta(minutes=1)


class Error(BaseModel):
    error: str
    message: str = ""


class Made(BaseModel):
    id: str


ON_THE_LIST = {
    "bad": Told(Means.REFUSED, "change the post"),
    "busy": Told(Means.LATER, "Reseau is busy", wait=MINUTE),
    "slow": Told(Means.LATER, "Reseau is slow"),
    "ended": Told(Means.TOKEN, ""),
    "gone": Told(Means.MISSING, "what it stands below is gone"),
    "twice": Told(Means.DUPLICATE, "said already"),
}


def told(answer: Answer) -> Told | None:
    error = parsed(Error, answer)
    found = ON_THE_LIST.get(error.error) if error else None
    return found._replace(said=error.message) if found and error else None


def calls(answer: httpx.Response | Exception, asked: list[httpx.Request] | None = None) -> Calls:
    def reply(request: httpx.Request) -> httpx.Response:
        request.read()
        if asked is not None:
            asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Calls(
        "Reseau",
        open_client(httpx.MockTransport(reply)),
        "https://reseau.example/v1",
        StaticToken("Reseau", SecretStr(TOKEN)),
        told=told,
        patience=Patience(commit=httpx.Timeout(30.0)),
        headers={"Reseau-Version": "7"},
    )


def says(code: str, status: int = 400, message: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": code, "message": message}, headers=headers)


def made(of: Calls) -> object:
    return of.make(Made, "POST", "files")


def committed(of: Calls) -> object:
    return of.commit("POST", "posts", open_fence(), "own feed", json={"text": "Bûche"})


def looked(of: Calls) -> object:
    return of.look(Made, "GET", "posts/7")


def done(of: Calls) -> object:
    return of.do("DELETE", "posts/7")


SOON, LATER = timedelta(seconds=10), timedelta(minutes=5)
RECONNECT = "Reseau no longer accepts this access token: connect the account again"


@pytest.mark.parametrize(
    ("code", "before", "at_it", "after", "doing"),
    [
        (
            "bad",
            Refused(reason="change the post"),
            Refused(reason="change the post"),
            NotSent(reason="change the post", retry_after=LATER),
            Refused(reason="change the post"),
        ),
        ("busy", *[NotSent(reason="Reseau is busy", retry_after=MINUTE)] * 4),
        ("slow", *[NotSent(reason="Reseau is slow", retry_after=SOON)] * 4),
        (
            "ended",
            Refused(reason=RECONNECT),
            Refused(reason=RECONNECT),
            NotSent(reason=RECONNECT, retry_after=LATER),
            Refused(reason=RECONNECT),
        ),
        (
            "gone",
            Refused(reason="what it stands below is gone"),
            ON_THE_LIST["gone"],
            NotFound(),
            NotFound(),
        ),
        (
            "twice",
            Refused(reason="said already"),
            ON_THE_LIST["twice"],
            NotSent(reason="said already", retry_after=LATER),
            Refused(reason="said already"),
        ),
        (
            "never heard of",
            NotSent(reason="Reseau answered 400", retry_after=SOON),
            Unknown(reason="Reseau answered 400 without saying what became of the post"),
            NotSent(reason="Reseau answered 400", retry_after=SOON),
            NotSent(reason="Reseau answered 400", retry_after=SOON),
        ),
    ],
)
def test_an_error_on_the_list_proves_what_it_says(
    code: str, before: object, at_it: object, after: object, doing: object
) -> None:
    assert made(calls(says(code))) == before
    assert committed(calls(says(code))) == at_it
    assert looked(calls(says(code))) == after
    assert done(calls(says(code))) == doing


@pytest.mark.parametrize("code", ON_THE_LIST)
def test_whatever_a_server_says_while_it_fails_it_may_have_published(code: str) -> None:
    assert isinstance(committed(calls(says(code, 500))), Unknown)
    assert isinstance(made(calls(says(code, 503))), NotSent)


def test_an_error_inside_a_success_is_an_error() -> None:
    assert committed(calls(says("bad", 200))) == Refused(reason="change the post")
    assert looked(calls(says("gone", 200))) == NotFound()


@pytest.mark.parametrize(
    ("failure", "at_it"),
    [
        (httpx.ConnectError("refused"), NotSent),
        (httpx.ReadTimeout("nothing"), Unknown),
        (httpx.ReadError("reset"), Unknown),
        (httpx.RemoteProtocolError("cut"), Unknown),
    ],
)
def test_only_what_never_left_was_certainly_not_sent(failure: Exception, at_it: type) -> None:
    assert isinstance(committed(calls(failure)), at_it)
    assert isinstance(made(calls(failure)), NotSent)
    assert isinstance(looked(calls(failure)), NotSent)


def test_a_pause_is_kept_as_long_as_the_headers_say_and_told_to_the_limits() -> None:
    for ask in (made, committed, looked, done):
        outcome = ask(calls(httpx.Response(429, headers={"Retry-After": "90"})))

        assert isinstance(outcome, NotSent)
        assert outcome.retry_after == timedelta(seconds=90)
        assert [one.remaining for one in outcome.left] == [0]


def test_a_file_that_is_too_large_is_refused_even_by_the_server_in_front() -> None:
    page = httpx.Response(413, content="<html>")

    assert made(calls(page)) == Refused(reason="Reseau takes no file as large as this one")
    assert isinstance(committed(calls(page)), Unknown)


@pytest.mark.parametrize("ask", [made, committed, looked, done])
def test_the_networks_own_words_are_quoted_unless_they_hold_the_token(ask: Callable[[Calls], object]) -> None:
    quoted = ask(calls(says("bad", message="Le texte est trop long " + "x" * 900)))
    kept = ask(calls(says("bad", message=f"you sent Bearer {TOKEN}")))

    assert "change the post (Le texte est trop long xxx" in repr(quoted)
    assert len(repr(quoted)) < 400
    assert "change the post" in repr(kept)
    assert TOKEN not in repr(kept)


@pytest.mark.parametrize("body", ["", "<html>", '{"id": ', '{"error": 7}', "[]"])
def test_a_success_that_says_nothing_is_asked_for_again(body: str) -> None:
    outcome = made(calls(httpx.Response(200, content=body)))

    assert outcome == NotSent(reason="Reseau answered 200, and not what was asked for", retry_after=SOON)


def test_each_request_carries_the_token_and_the_networks_headers_and_a_signed_address_neither() -> None:
    asked: list[httpx.Request] = []
    of = calls(httpx.Response(200, json={"id": "7"}), asked)

    of.make(Made, "POST", "/files", headers={"X": "1"})
    of.made("PUT", "https://upload.example/signed?a=1", content=b"film", bearer=False)

    to_us, elsewhere = asked
    assert str(to_us.url) == "https://reseau.example/v1/files"
    assert (to_us.headers["Authorization"], to_us.headers["Reseau-Version"]) == (f"Bearer {TOKEN}", "7")
    assert str(elsewhere.url) == "https://upload.example/signed?a=1"
    assert not {"Authorization", "Reseau-Version"} & elsewhere.headers.keys()


def test_the_fence_is_crossed_with_the_request_and_never_with_the_token() -> None:
    asked: list[httpx.Request] = []
    crossed: list[tuple[str, str | None]] = []

    def close(request: str, marker: str | None) -> None:
        raise FenceClosed("crise")

    of = calls(httpx.Response(200, json={"id": "7"}), asked)
    for text, binds in (("Bûche", b""), ("Bûche", b""), ("Galette", b""), ("Bûche", b"hash")):
        fence = Fence(lambda *told: crossed.append(told))
        of.commit("POST", "posts", fence, "own feed", json={"text": text}, binds=binds)
    with pytest.raises(FenceClosed):
        of.commit("POST", "posts", Fence(close), "own feed")

    first, same, other, bound = (request for request, _ in crossed)
    assert first == same
    assert len({first, other, bound}) == 3
    assert len(asked) == 4


class NoToken:
    """A source whose pair is being renewed."""

    def token(self, now: object, *, ahead: bool = True) -> NotSent:
        return NotSent(reason="being renewed", retry_after=SOON)

    def refused(self, access: Access, now: object) -> NotSent:
        raise AssertionError


def test_without_a_token_nothing_is_asked() -> None:
    asked: list[httpx.Request] = []
    of = calls(httpx.Response(200), asked)
    of._tokens = NoToken()

    outcomes = [ask(of) for ask in (made, committed, looked, done)]

    assert outcomes == [NotSent(reason="being renewed", retry_after=SOON)] * 4
    assert asked == []
