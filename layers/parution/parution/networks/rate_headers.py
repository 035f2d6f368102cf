"""What networks say in their headers about what is left, by the headers' shape; nonsense says nothing.

| headers | who sends them | counted per |
| --- | --- | --- |
| x-rate-limit-*, x-user-limit-24hour-* | X: end as seconds since 1970 | account |
| x-app-limit-24hour-* | X | app |
| X-RateLimit-* | Mastodon (end in ISO 8601), Pinterest | account |
| X-RateLimit-PerHour-*, -PerDay-* | Tumblr: seconds to the end | app |
| RateLimit-*, RateLimit-Policy | Bluesky (end since 1970), the IETF drafts to 06 (seconds) | account |
| RateLimit, RateLimit-Policy | the IETF drafts from 07 | account |
| X-App-Usage | Meta: percent of what a rolling hour allows | app |
| X-Page-Usage, X-Business-Use-Case-Usage | Meta: percent, and minutes until it is allowed again | account |
| Retry-After, with status 429 | anybody | account |

Sources: docs.x.com/fundamentals/rate-limits; mastodon/mastodon rate_limit_headers.rb;
bluesky-social/atproto rate-limiter.ts; draft-ietf-httpapi-ratelimit-headers-03, -07 and -10;
developers.facebook.com/docs/graph-api/overview/rate-limiting; restfb/restfb#1571 (Instagram's own names);
cran/Rtumblr utils.R.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, NamedTuple

import httpx
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from parution.publishing.rates import Counted, Left
from parution.transport import Answer, wait_asked

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_A_WHILE = timedelta(minutes=1)  # after a 429 that says nothing more
# Meta counts over a time that rolls on, so that some is free again all the time: its word holds so long.
_HOLDS = timedelta(minutes=5)

# The numbers' greatest lengths: seconds since 1970 have ten digits, milliseconds thirteen.
_COUNT = re.compile(r"\s*(-?\d{1,15})(?![\d.])", re.ASCII)
_NUMBER = re.compile(r"\s*(\d{1,13}(?:\.\d{1,9})?)\s*", re.ASCII)
_SINCE_1970, _MILLISECONDS = 1e9, 1e12

_POLICY = re.compile(r"(\d{1,15})\s*;\s*w\s*=\s*(\d{1,9})(?!\d)", re.ASCII)  # 100;w=60
_NAMED = re.compile(
    r'"([^"\\]{0,200})"((?:\s*;\s*[a-z]{1,20}\s*=\s*[^;,\s]{1,200})+)', re.ASCII
)  # "a";r=5;t=9
_PARAMETER = re.compile(r";\s*([a-z]{1,20})\s*=\s*(\d{1,15})(?!\d)", re.ASCII)
_PAIR = re.compile(r"(limit|remaining|reset)\s*=\s*(\d{1,15})(?!\d)", re.ASCII)  # limit=100, remaining=5


class _Family(NamedTuple):
    """Three headers that end in limit, remaining and reset."""

    begins: str
    counted: Counted
    per: timedelta | None


_FAMILIES = (
    _Family("x-rate-limit-", "account", timedelta(minutes=15)),
    _Family("x-user-limit-24hour-", "account", _DAY),
    _Family("x-app-limit-24hour-", "app", _DAY),
    _Family("x-ratelimit-", "account", None),
    _Family("x-ratelimit-perhour-", "app", _HOUR),
    _Family("x-ratelimit-perday-", "app", _DAY),
    _Family("ratelimit-", "account", None),
)


def left(answer: Answer, now: datetime, *, each: int = 1) -> tuple[Left, ...]:
    """Read all that an answer says about limits, in posts: one costs ``each`` of the network's units."""
    clock = _Clock(now, _http_date(answer.headers.get("Date", "")) or now)
    found = [
        *(told for family in _FAMILIES for told in _family(family, answer.headers, clock)),
        *_standard(answer.headers, clock),
        *_usages(answer.headers, now),
    ]
    posts = tuple(_in_posts(one, each) for one in found)
    return (*posts, *_asked(answer, now, posts))


class _Clock(NamedTuple):
    now: datetime
    server: datetime  # instants are compared with its own clock, so that neither's error counts

    def ahead(self, instant: datetime) -> datetime | None:
        wait = instant - self.server
        return self.after(wait) if wait > timedelta(0) else None

    def after(self, wait: timedelta) -> datetime:
        return self.now + min(wait, _DAY)


def _in_posts(one: Left, each: int) -> Left:
    limit = max(1, one.limit // each) if one.limit else None
    return one.model_copy(update={"remaining": one.remaining // each, "limit": limit})


def _asked(answer: Answer, now: datetime, told: tuple[Left, ...]) -> Iterator[Left]:
    if answer.status != httpx.codes.TOO_MANY_REQUESTS:
        return
    if "Retry-After" in answer.headers or all(one.remaining for one in told):
        wait = wait_asked(answer, otherwise=_A_WHILE)
        yield Left(counted="account", remaining=0, resets_at=now + wait)


# ---------------------------------------------------------------- three headers: limit, remaining, reset
def _family(family: _Family, headers: Mapping[str, str], clock: _Clock) -> Iterator[Left]:
    limit, remaining = (_count(headers.get(family.begins + each, "")) for each in ("limit", "remaining"))
    resets_at = _end(headers.get(f"{family.begins}reset", ""), clock)
    if remaining is None or resets_at is None:
        return
    per = family.per or _window(headers.get("ratelimit-policy", ""), limit)
    yield Left(counted=family.counted, remaining=remaining, limit=limit or None, per=per, resets_at=resets_at)


def _count(text: str) -> int | None:
    found = _COUNT.match(text)
    return max(0, int(found[1])) if found else None


def _end(text: str, clock: _Clock) -> datetime | None:
    """Read the end of a window: an instant in ISO 8601, seconds since 1970, or seconds from now."""
    if number := _NUMBER.fullmatch(text):
        return _end_in_numbers(float(number[1]), clock)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return clock.ahead(instant if instant.tzinfo else instant.replace(tzinfo=UTC))


def _end_in_numbers(number: float, clock: _Clock) -> datetime | None:
    if number < _SINCE_1970:
        return clock.after(timedelta(seconds=number)) if number else None
    try:
        return clock.ahead(
            datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS else number, tz=UTC)
        )
    except (OverflowError, ValueError, OSError):  # the machine's own calendar ends before such a year
        return None


def _http_date(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _window(policy: str, limit: int | None) -> timedelta | None:
    """Find the window of this limit among `100;w=60, 1000;w=3600`."""
    windows = {int(quota): int(seconds) for quota, seconds in _POLICY.findall(policy)}
    return _seconds(windows.get(limit)) if limit else None


def _seconds(number: int | None) -> timedelta | None:
    return timedelta(seconds=number) if number else None


# ---------------------------------------------------------------- the IETF's RateLimit
def _standard(headers: Mapping[str, str], clock: _Clock) -> Iterator[Left]:
    text, policy = headers.get("ratelimit", ""), headers.get("ratelimit-policy", "")
    policies = {name: _parameters(of) for name, of in _NAMED.findall(policy)}
    for name, of in _NAMED.findall(text):
        stated = policies.get(name, {})
        yield from _item(_parameters(of) | {"q": stated.get("q"), "w": stated.get("w")}, clock)
    pairs = {key: int(value) for key, value in _PAIR.findall(text)}
    window = _window(policy, pairs.get("limit"))
    seconds = int(window.total_seconds()) if window else None
    yield from _item(
        {"r": pairs.get("remaining"), "t": pairs.get("reset"), "q": pairs.get("limit"), "w": seconds}, clock
    )


def _parameters(text: str) -> dict[str, int | None]:
    return {key: int(value) for key, value in _PARAMETER.findall(text)}


def _item(of: Mapping[str, int | None], clock: _Clock) -> Iterator[Left]:
    """Read r(emaining), t(ime to the end), q(uota) and w(indow); without t its end is a window away."""
    remaining, wait = of.get("r"), of.get("t") or of.get("w")
    if remaining is not None and wait:
        resets_at = clock.after(timedelta(seconds=min(wait, _DAY.total_seconds())))
        per = _seconds(min(of.get("w") or 0, 31 * 86_400))
        yield Left(
            counted="account", remaining=remaining, limit=of.get("q") or None, per=per, resets_at=resets_at
        )


# ---------------------------------------------------------------- Meta's percentages
_Percent = Annotated[float, Field(allow_inf_nan=False)]


class _Usage(BaseModel):
    call_count: _Percent = 0
    total_cputime: _Percent = 0
    total_time: _Percent = 0
    call_volume: _Percent = 0  # as Instagram's own host names them
    cpu_time: _Percent = 0
    estimated_time_to_regain_access: _Percent = 0  # minutes

    @property
    def worst(self) -> float:
        return max(self.call_count, self.total_cputime, self.total_time, self.call_volume, self.cpu_time)


_ONE = TypeAdapter(_Usage)
_BY_BUSINESS = TypeAdapter(dict[str, list[_Usage]])


def _usages(headers: Mapping[str, str], now: datetime) -> Iterator[Left]:
    yield from _usage("app", _parsed(_ONE, headers.get("x-app-usage")), now)
    yield from _usage("account", _parsed(_ONE, headers.get("x-page-usage")), now)
    for of_business in (_parsed(_BY_BUSINESS, headers.get("x-business-use-case-usage")) or {}).values():
        for one in of_business:
            yield from _usage("account", one, now)


def _parsed[T](shape: TypeAdapter[T], text: str | None) -> T | None:
    try:
        return shape.validate_json(text) if text else None
    except ValidationError:
        return None


def _usage(counted: Counted, usage: _Usage | None, now: datetime) -> Iterator[Left]:
    if usage is None:
        return
    if usage.estimated_time_to_regain_access > 0:
        minutes = min(usage.estimated_time_to_regain_access, _DAY / timedelta(minutes=1))
        yield Left(counted=counted, remaining=0, resets_at=now + timedelta(minutes=minutes))
    else:
        # The smallest limit is 200 calls an hour, so that a hundredth of any is a call at least.
        remaining = int(100 - min(max(usage.worst, 0), 100))
        yield Left(counted=counted, remaining=remaining, limit=100, resets_at=now + _HOLDS)
