from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.networks.rate_headers import left
from parution.publishing.rates import Left
from parution.transport import Answer
from tests.builders import NOON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IN_TEN_MINUTES = NOON + 10 * MINUTE
EPOCH = str(int(IN_TEN_MINUTES.timestamp()))


def an_answer(headers: dict[str, str], status: int = 200) -> Answer:
    return Answer(status, httpx.Headers(headers), b"")


def account(
    remaining: int, limit: int | None, resets_at: datetime = IN_TEN_MINUTES, per: timedelta | None = None
) -> Left:
    return Left(counted="account", remaining=remaining, limit=limit, per=per, resets_at=resets_at)


X = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "3", "x-rate-limit-reset": EPOCH}
X_APP = {
    "x-app-limit-24hour-limit": "10000",
    "x-app-limit-24hour-remaining": "9997",
    "x-app-limit-24hour-reset": EPOCH,
}
X_USER = {name.replace("app", "user"): text for name, text in X_APP.items()}
MASTODON = {
    "X-RateLimit-Limit": "300",
    "X-RateLimit-Remaining": "12",
    "X-RateLimit-Reset": "2026-12-03T12:10:00.000000Z",
}
BLUESKY = {
    "ratelimit-limit": "3000",
    "ratelimit-remaining": "2997",
    "ratelimit-reset": EPOCH,
    "ratelimit-policy": "3000;w=300",
}
TUMBLR = {
    "X-Ratelimit-Perday-Limit": "5000",
    "X-Ratelimit-Perday-Remaining": "4999",
    "X-Ratelimit-Perday-Reset": "600",
}


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (X, [account(3, 100, per=15 * MINUTE)]),
        (X_USER, [account(9997, 10_000, per=DAY)]),
        (X | X_APP, [account(3, 100, per=15 * MINUTE), account(9997, 10_000, per=DAY).model_copy(update={"counted": "app"})]),
        (MASTODON, [account(12, 300)]),
        (BLUESKY, [account(2997, 3000, per=5 * MINUTE)]),
        (TUMBLR, [account(4999, 5000, per=DAY).model_copy(update={"counted": "app"})]),
        # The IETF's drafts, oldest first.
        ({"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "4", "RateLimit-Reset": "600"}, [account(4, 100)]),
        ({"RateLimit-Limit": "9", "RateLimit-Remaining": "4", "RateLimit-Reset": "600", "RateLimit-Policy": "50;w=1, 9;w=60"}, [account(4, 9, per=MINUTE)]),
        ({"RateLimit": "limit=100, remaining=4, reset=600", "RateLimit-Policy": "100;w=3600"}, [account(4, 100, per=HOUR)]),
        ({"RateLimit": '"default";r=4;t=600'}, [account(4, None)]),
        (
            {
                "RateLimit": '"burst";r=8;t=1, "daily";r=4;t=600',
                "RateLimit-Policy": '"burst";q=10;w=10, "daily";q=5000;w=86400;pk=:user:',
            },
            [account(8, 10, NOON + timedelta(seconds=1), timedelta(seconds=10)), account(4, 5000, per=DAY)],
        ),
        ({"RateLimit": '"resolvers";r=0', "RateLimit-Policy": '"fixed window";"resolvers";q=3000;w=600'}, [account(0, 3000, per=10 * MINUTE)]),
    ],
    ids=["x", "x-user", "x-app", "mastodon", "bluesky", "tumblr", "draft-03", "draft-06", "draft-07", "draft-10", "draft-10-policies", "structured"],
)  # fmt: skip
def test_what_a_network_says_is_read_by_its_shape(headers: dict[str, str], told: list[Left]) -> None:
    assert list(left(an_answer(headers), NOON)) == told


@pytest.mark.parametrize(
    ("header", "value", "told"),
    [
        (
            "X-App-Usage",
            '{"call_count":28,"total_time":91,"total_cputime":25}',
            Left(counted="app", remaining=9, limit=100, resets_at=NOON + 5 * MINUTE),
        ),
        ("X-App-Usage", '{"call_volume":120,"cpu_time":0}', Left(counted="app", remaining=0, limit=100, resets_at=NOON + 5 * MINUTE)),
        ("X-Page-Usage", '{"call_count":1,"total_time":0,"total_cputime":0}', account(99, 100, NOON + 5 * MINUTE)),
        (
            "X-Business-Use-Case-Usage",
            '{"66782684":[{"type":"instagram","call_count":95,"total_cputime":20,"total_time":20,"estimated_time_to_regain_access":0}]}',
            account(5, 100, NOON + 5 * MINUTE),
        ),
        (
            "X-Business-Use-Case-Usage",
            '{"66782684":[{"type":"pages","call_count":101,"total_cputime":20,"total_time":20,"estimated_time_to_regain_access":19}]}',
            account(0, None, NOON + 19 * MINUTE),
        ),
    ],
)  # fmt: skip
def test_a_percentage_counts_as_so_many_hundredths(header: str, value: str, told: Left) -> None:
    assert left(an_answer({header: value}), NOON) == (told,)


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"Retry-After": "120"}, NOON + 2 * MINUTE),
        ({"Retry-After": "Thu, 03 Dec 2026 12:02:00 GMT", "Date": "Thu, 03 Dec 2026 12:00:00 GMT"}, NOON + 2 * MINUTE),
        ({}, NOON + MINUTE),
    ],
)  # fmt: skip
def test_a_429_is_a_pause_for_the_account(headers: dict[str, str], until: datetime) -> None:
    assert left(an_answer(headers, 429), NOON) == (account(0, None, until),)


def test_a_429_whose_headers_say_what_is_used_up_pauses_nothing_else() -> None:
    used_up = X_APP | {"x-app-limit-24hour-remaining": "0"}

    told = left(an_answer(used_up, 429), NOON)

    assert [(one.counted, one.remaining) for one in told] == [("app", 0)]


def test_retry_after_with_another_status_says_nothing_about_limits() -> None:
    assert left(an_answer({"Retry-After": "120"}, 503), NOON) == ()


def test_an_instant_is_compared_with_the_servers_own_clock() -> None:
    slow = {"Date": "Thu, 03 Dec 2026 11:50:00 GMT"}

    (told,) = left(an_answer(X | slow), NOON)

    assert told.resets_at == NOON + 20 * MINUTE


@pytest.mark.parametrize("reset", ["0", str(int(NOON.timestamp())), "2026-12-03T12:00:00Z"])
def test_a_window_that_is_over_says_nothing(reset: str) -> None:
    assert left(an_answer(X | {"x-rate-limit-reset": reset}), NOON) == ()


def test_no_window_keeps_anybody_for_more_than_a_day() -> None:
    (told,) = left(an_answer(X | {"x-rate-limit-reset": "9999999999"}), NOON)

    assert told.resets_at == NOON + DAY


def test_what_is_counted_in_points_is_told_in_posts() -> None:
    (told,) = left(an_answer(BLUESKY | {"ratelimit-remaining": "8"}), NOON, each=3)

    assert (told.remaining, told.limit) == (2, 1000)


def test_milliseconds_are_told_from_seconds() -> None:
    assert left(an_answer(X | {"x-rate-limit-reset": EPOCH + "000"}), NOON)[0].resets_at == IN_TEN_MINUTES


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-rate-limit-remaining": "3"},
        {"x-rate-limit-reset": EPOCH},
        X | {"x-rate-limit-remaining": "many"},
        X | {"x-rate-limit-remaining": "3.7"},
        X | {"x-rate-limit-reset": "soon"},
        X | {"x-rate-limit-reset": "9" * 40},
        {"RateLimit": '"default";r=4'},
        {"X-App-Usage": "[1, 2]"},
        {"X-App-Usage": '{"call_count": NaN}'},
        {"X-Business-Use-Case-Usage": '{"66782684": [' * 500},
    ],
)
def test_what_cannot_be_read_says_nothing(headers: dict[str, str]) -> None:
    assert left(an_answer(headers), NOON) == ()


NAMES = st.sampled_from(
    [
        "Date", "Retry-After", "RateLimit", "RateLimit-Policy", "X-App-Usage", "X-Business-Use-Case-Usage",
        *(f"{family}-{part}" for family in ("x-rate-limit", "X-RateLimit", "RateLimit") for part in ("Limit", "Remaining", "Reset")),
    ]
)  # fmt: skip
VALUES = (
    st.text(max_size=40)
    | st.integers().map(str)
    | st.floats().map(str)
    | st.datetimes(timezones=st.timezones() | st.none()).map(datetime.isoformat)
    | st.from_regex(r'"[a-z]*";r=[0-9]{1,20};t=[0-9]{1,20}(, [0-9]{1,20};w=[0-9]{1,20})?', fullmatch=True)
    | st.from_regex(r'\{"(call_count|estimated_time_to_regain_access)":-?[0-9]{1,3}(e[0-9]{1,3})?\}')
    | st.from_regex(r"(Mon|Thu), [0-9]{2} (Dec|Foo) [0-9]{1,6} [0-9]{2}:00:00 ([+-][0-9]{4}|GMT)")
)


@given(st.dictionaries(NAMES, VALUES, max_size=6), st.sampled_from([200, 429]), st.integers(1, 5))
def test_nothing_that_a_server_sends_brings_it_down(headers: dict[str, str], status: int, each: int) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    told = left(Answer(status, httpx.Headers(raw), b""), NOON, each=each)

    assert all(one.remaining >= 0 and NOON < one.resets_at <= NOON + DAY for one in told)
    assert all(one.limit is None or one.limit > 0 for one in told)
    assert all(one.resets_at.tzinfo is UTC for one in told)
