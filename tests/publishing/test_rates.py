from bisect import bisect_left, bisect_right
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.publishing.rates import Bucket, Holder, Left, Limit, Place, Rates, Turn
from parution.sandbox.memory_rates import MemoryRates
from tests.builders import NOON

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
QUARTER = 15 * MINUTE
RESET = NOON + 10 * MINUTE
OPENS = RESET + SECOND  # a second later: networks cut the end of a window to a whole one
X_MARTIN = Holder("x", "secret:x-martin")


class Counting(MemoryRates):
    """Counts its requests: a reading costs half a read unit, any other a write unit."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: Counter[str] = Counter()

    def read(self, holder: Holder) -> Bucket | None:
        self.requests["read"] += 1
        return super().read(holder)

    def draw(self, holder: Holder) -> Bucket | None:
        self.requests["write"] += 1
        return super().draw(holder)

    def swap(self, holder: Holder, before: Bucket | None, after: Bucket) -> Bucket:
        self.requests["write"] += 1
        return super().swap(holder, before, after)

    def give_back(self, holder: Holder, place: Place) -> None:
        self.requests["write"] += 1
        super().give_back(holder, place)


class Slow(Counting):
    """Takes its time, as a request does, so that threads meet in it."""

    def read(self, holder: Holder) -> Bucket | None:
        sleep(0.005)
        return super().read(holder)

    def swap(self, holder: Holder, before: Bucket | None, after: Bucket) -> Bucket:
        sleep(0.005)
        return super().swap(holder, before, after)


class Account:
    """One account on X, asked for a turn each time at the same instant unless another is given."""

    def __init__(
        self, *limits: Limit, buckets: MemoryRates | None = None, name: str = "secret:x-martin"
    ) -> None:
        self.buckets = buckets or Counting()
        self.rates, self.limits, self.name = Rates(self.buckets), limits, name

    @property
    def requests(self) -> Counter[str]:
        assert isinstance(self.buckets, Counting)
        return self.buckets.requests

    def turn(
        self,
        now: datetime = NOON,
        *,
        at: datetime | None = None,
        latest: datetime | None = None,
        held: Turn | None = None,
    ) -> Turn:
        return self.rates.turn("x", self.name, self.limits, now, at=at, latest=latest, held=held)

    def turns(self, number: int, now: datetime = NOON) -> list[datetime]:
        return [self.turn(now).at for _ in range(number)]

    def is_told(self, remaining: int, limit: int | None = 100, now: datetime = NOON, **said: object) -> None:
        facts = {"counted": "account", "per": QUARTER, "resets_at": RESET, **said}
        left = Left.model_validate({"remaining": remaining, "limit": limit, **facts})
        self.rates.heed("x", self.name, [left], now)

    def pause(self, until: datetime, now: datetime = NOON) -> None:
        self.is_told(0, None, now, per=None, resets_at=until)


# ---------------------------------------------------------------- what it costs
def test_while_nothing_is_scarce_it_costs_two_readings_in_three_seconds() -> None:
    account = Account()

    turns = [account.turn(NOON + number * SECOND / 2) for number in range(6)]

    assert turns == [Turn(at=NOON + number * SECOND / 2) for number in range(6)]
    assert account.requests == {"read": 2}
    account.turn(NOON + 3 * SECOND)
    assert account.requests == {"read": 4}


def test_ten_threads_of_one_batch_share_a_reading() -> None:
    account, together = Account(buckets=Slow()), Barrier(10)

    def one_turn(_: int) -> datetime:
        together.wait()
        return account.turn().at

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(one_turn, range(10))) == {NOON}
    assert account.requests == {"read": 2}


def test_two_accounts_share_the_reading_of_their_network() -> None:
    martin = Account()
    martin.turn()
    lea = Account(buckets=martin.buckets, name="secret:x-lea")
    lea.rates = martin.rates

    lea.turn()

    assert martin.requests == {"read": 3}


@pytest.mark.parametrize(("remaining", "limit"), [(20, 100), (6, None), (6, 0)])
def test_to_hear_that_there_is_plenty_costs_nothing(remaining: int, limit: int | None) -> None:
    account = Account()

    account.is_told(remaining, limit)

    assert account.requests == {}


def test_to_hear_of_a_window_that_is_over_costs_nothing() -> None:
    account = Account()

    account.is_told(0, now=RESET)

    assert account.requests == {}


@pytest.mark.parametrize(("remaining", "limit"), [(19, 100), (5, None), (5, 0)])
def test_to_hear_that_little_is_left_costs_one_write(remaining: int, limit: int | None) -> None:
    account = Account()

    account.is_told(remaining, limit)

    assert account.requests == {"read": 1, "write": 1}


def test_a_number_costs_one_write() -> None:
    account = Account()
    account.is_told(19)
    account.requests.clear()

    account.turns(3)

    assert account.requests == {"read": 1, "write": 3}


def test_once_the_window_is_over_nobody_pays() -> None:
    account = Account()
    account.is_told(1)
    account.turns(2)
    account.requests.clear()

    account.turn(OPENS + SECOND)

    assert account.requests == {"read": 2}


def test_what_answers_say_that_come_in_another_order_is_not_written() -> None:
    account = Account()
    account.is_told(19)
    account.turns(3)
    account.requests.clear()

    for remaining in (16, 18, 17):
        account.is_told(remaining)

    assert account.requests == {}


# ---------------------------------------------------------------- whose turn it is
def test_what_is_left_goes_at_once_and_the_next_when_the_window_is_over() -> None:
    account = Account()
    account.is_told(2)

    assert account.turns(4) == [NOON, NOON, OPENS, OPENS + SECOND]


def test_those_that_wait_fill_no_later_window_beyond_its_limit() -> None:
    account = Account()
    account.is_told(0, 3)

    turns = account.turns(7)

    assert turns == [
        OPENS + window * QUARTER + place * SECOND for window, place in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0))
    ]  # fmt: skip


def test_a_network_that_takes_many_a_second_is_not_kept_waiting() -> None:
    account = Account()
    account.is_told(0, 3000, per=5 * MINUTE)

    assert account.turns(3) == [OPENS, OPENS + SECOND / 10, OPENS + SECOND / 5]


def test_who_comes_after_those_that_wait_goes_after_them() -> None:
    account = Account()
    account.is_told(0)
    account.turns(5)

    assert account.turn(OPENS + SECOND).at == OPENS + 5 * SECOND


def test_after_a_pause_they_come_one_after_the_other() -> None:
    account = Account()
    account.pause(NOON + MINUTE)

    assert account.turns(3) == [NOON + MINUTE + number * SECOND for number in (1, 2, 3)]


def test_a_longer_pause_moves_all_that_wait_in_their_order() -> None:
    account = Account()
    account.pause(NOON + MINUTE)
    first, second = account.turn(), account.turn()

    account.pause(NOON + 5 * MINUTE, NOON + 30 * SECOND)

    moved = [account.turn(held.at, held=held).at for held in (second, first)]
    assert moved == [NOON + 5 * MINUTE + 2 * SECOND, NOON + 5 * MINUTE + SECOND]


def test_a_shorter_pause_changes_nothing() -> None:
    account = Account()
    account.pause(NOON + 5 * MINUTE)
    account.requests.clear()

    account.pause(NOON + MINUTE)

    assert account.requests == {}


def test_a_network_that_counts_lower_than_we_do_is_believed() -> None:
    account = Account()
    account.is_told(19)

    account.is_told(2)

    assert account.turns(3) == [NOON, NOON, OPENS]


def test_the_word_of_an_earlier_window_is_not_heeded() -> None:
    account = Account()
    account.is_told(5)

    account.is_told(0, resets_at=RESET - MINUTE)

    assert account.turn().at == NOON


def test_the_word_of_a_later_window_takes_the_place_of_the_former() -> None:
    account = Account()
    account.is_told(0)
    later = OPENS + 100 * SECOND

    account.is_told(1, now=later, resets_at=RESET + QUARTER)

    assert account.turns(2, later) == [later, OPENS + QUARTER]


def test_a_call_waits_for_the_account_and_for_the_app() -> None:
    account = Account()
    account.is_told(0)
    account.is_told(0, counted="app", resets_at=NOON + MINUTE)

    turn = account.turn()

    assert turn.at == OPENS
    assert [place.counted for place in turn.places] == ["app", "account"]
    assert account.buckets.read(Holder("x")) is not None


def test_what_a_network_counts_for_all_holds_for_every_account() -> None:
    martin = Account()
    martin.is_told(0, counted="network")

    lea = Account(buckets=martin.buckets, name="secret:x-lea")

    assert lea.turn().at == OPENS
    assert lea.requests["write"] == 2


def test_another_account_goes_on() -> None:
    martin = Account()
    martin.is_told(0)

    lea = Account(buckets=martin.buckets, name="secret:x-lea")

    assert lea.turn() == Turn(at=NOON)


def test_a_call_that_is_meant_for_later_is_judged_by_its_own_instant() -> None:
    account = Account()
    account.is_told(0)

    assert account.turn(RESET - SECOND, at=OPENS) == Turn(at=OPENS)


def test_a_call_that_is_late_is_judged_by_the_present() -> None:
    account = Account()
    account.is_told(0)

    assert account.turn(OPENS, at=NOON) == Turn(at=NOON)


def test_a_call_that_is_late_waits_for_no_turn_that_has_come() -> None:
    account = Account()
    account.is_told(0)
    held = account.turn()
    account.turns(5)

    assert account.turn(OPENS + SECOND, at=NOON, held=held).at == NOON


def test_what_another_worker_wrote_is_seen_after_three_seconds() -> None:
    account = Account()
    account.turn()
    Account(buckets=account.buckets).pause(RESET)

    assert account.turn(NOON + 2 * SECOND).at == NOON + 2 * SECOND
    assert account.turn(NOON + 3 * SECOND).at == OPENS


# ---------------------------------------------------------------- numbers that are kept
def test_who_comes_back_at_its_turn_goes_and_takes_no_second_number() -> None:
    account = Account()
    account.is_told(0)
    held = account.turn()
    account.turns(3)
    account.requests.clear()

    back = account.turn(OPENS - SECOND, at=held.at, held=held)

    assert back == held
    assert account.requests == {"read": 2}


def test_who_comes_before_its_turn_is_told_it_again() -> None:
    account = Account()
    account.is_told(0)
    held = account.turn()

    assert account.turn(NOON + MINUTE, held=held) == held


@pytest.mark.parametrize(("late_by", "is_new"), [(MINUTE, False), (MINUTE + SECOND, True)])
def test_a_number_is_good_until_a_minute_after_its_turn(late_by: timedelta, *, is_new: bool) -> None:
    account = Account(Limit(counted="account", amount=1, per=QUARTER))
    account.turn()
    held = account.turn()

    back = account.turn(held.at + late_by, held=held)

    assert (back.places != held.places) is is_new


def test_a_number_from_before_the_windows_that_stand_now_counts_no_more() -> None:
    account = Account()
    account.is_told(0)
    held = account.turn()
    account.is_told(3, now=held.at + SECOND, resets_at=RESET + QUARTER)

    back = account.turn(held.at + 2 * SECOND, held=held)

    assert [place.number for place in back.places] == [2]


def test_who_would_be_too_late_is_told_so_and_keeps_no_number() -> None:
    account = Account()
    account.is_told(0)
    account.requests.clear()

    assert account.turn(latest=NOON + 5 * MINUTE) == Turn(at=OPENS)
    assert account.requests == {"read": 1}
    assert account.turn(latest=OPENS).at == OPENS


def test_who_learns_only_from_its_number_that_it_is_too_late_gives_it_back() -> None:
    account = Account()
    account.is_told(0)
    Account(buckets=account.buckets).turns(5)  # of which this worker has not read yet

    assert account.turn(latest=OPENS) == Turn(at=OPENS + 5 * SECOND)
    assert Account(buckets=account.buckets).turn().at == OPENS + 5 * SECOND


def test_a_number_that_was_not_used_goes_to_the_next() -> None:
    account = Account()
    account.is_told(1)

    account.rates.give_back("x", account.name, account.turn())

    assert account.turns(2) == [NOON, OPENS]


def test_a_number_that_others_came_after_is_wasted_and_never_given_twice() -> None:
    account = Account()
    account.is_told(2)
    first = account.turn()
    account.turn()

    account.rates.give_back("x", account.name, first)

    assert account.turn().at == OPENS


def test_a_number_that_was_kept_is_not_given_back_for_a_second_message_may_have_used_it() -> None:
    account = Account()
    account.is_told(0)
    held = account.turn()

    account.rates.give_back("x", account.name, account.turn(held.at, held=held), held=held)

    assert account.turn(held.at).at == held.at + SECOND


def test_a_number_that_was_kept_is_not_given_back_when_it_is_too_late() -> None:
    account = Account()
    account.is_told(0)
    held = account.turn()

    assert account.turn(held=held, latest=RESET) == Turn(at=held.at)
    assert account.turn().at == held.at + SECOND


# ---------------------------------------------------------------- limits that no header tells
def test_a_limit_that_no_header_tells_is_counted_from_the_first_call() -> None:
    account = Account(Limit(counted="account", amount=2, per=DAY))

    assert account.turns(4) == [NOON, NOON, NOON + DAY, NOON + DAY + SECOND]


def test_several_limits_all_hold() -> None:
    account = Account(
        Limit(counted="account", amount=2, per=MINUTE),
        Limit(counted="account", amount=3, per=DAY),
        Limit(counted="app", amount=4, per=MINUTE),
    )

    assert account.turns(5) == [NOON, NOON, NOON + MINUTE, NOON + DAY, NOON + DAY + SECOND]


def test_a_window_begins_with_the_first_call_after_the_last_one_is_over() -> None:
    account = Account(Limit(counted="account", amount=1, per=MINUTE))
    account.turn()

    assert account.turns(2, NOON + 10 * MINUTE) == [NOON + 10 * MINUTE, NOON + 11 * MINUTE]


def test_who_waited_counts_in_the_window_in_which_it_went() -> None:
    account = Account(Limit(counted="account", amount=3, per=MINUTE))
    account.turns(5)  # two of them wait for the next minute

    after_them = NOON + MINUTE + 30 * SECOND

    assert account.turns(2, after_them) == [after_them, NOON + 2 * MINUTE]


def test_a_pause_does_not_make_forget_what_was_counted() -> None:
    account = Account(Limit(counted="account", amount=2, per=DAY))
    account.turn()

    account.pause(NOON + MINUTE)

    after_it = NOON + 10 * MINUTE
    assert account.turns(2, after_it) == [after_it, NOON + DAY]


def test_windows_that_are_over_leave_the_row_with_the_next_word() -> None:
    account = Account()
    account.pause(NOON + MINUTE)

    account.is_told(1, now=NOON + 5 * MINUTE)

    bucket = account.buckets.read(X_MARTIN)
    assert bucket is not None
    assert [window.name for window in bucket.windows] == ["account: 0:15:00"]


def test_ten_threads_begin_a_window_with_one_write() -> None:
    account = Account(Limit(counted="account", amount=4, per=DAY), buckets=Slow())
    together = Barrier(10)

    def one_turn(_: int) -> datetime:
        together.wait()
        return account.turn().at

    with ThreadPoolExecutor(10) as pool:
        turns = sorted(pool.map(one_turn, range(10)))

    next_day = [NOON + DAY + number * SECOND for number in range(4)]
    assert turns == [NOON] * 4 + next_day + [NOON + 2 * DAY, NOON + 2 * DAY + SECOND]
    assert account.requests["write"] == 11


# ---------------------------------------------------------------- for any crowd
AMOUNTS = st.integers(1, 5)
PERIODS = st.sampled_from([10 * SECOND, MINUTE, QUARTER])
GAPS = st.lists(st.integers(0, 30).map(lambda seconds: seconds * SECOND), min_size=1, max_size=40)


def most_in_any(length: timedelta, uses: list[datetime]) -> int:
    ordered = sorted(uses)
    return max(bisect_left(ordered, at + length) - place for place, at in enumerate(ordered))


@given(AMOUNTS, PERIODS, GAPS)
def test_who_stays_within_a_limit_never_waits(amount: int, per: timedelta, gaps: list[timedelta]) -> None:
    account = Account(Limit(counted="account", amount=amount, per=per))
    now, uses = NOON, list[datetime]()
    for gap in gaps:
        now += gap
        if len(uses) - bisect_right(uses, now - per) < amount:
            assert account.turn(now).at == now
            uses.append(now)


@given(AMOUNTS, PERIODS, GAPS, st.lists(st.integers(0, 2), min_size=40, max_size=40), st.data())
def test_of_a_limit_that_is_counted_no_time_sees_more_than_twice_its_amount(
    amount: int, per: timedelta, gaps: list[timedelta], workers: list[int], data: st.DataObject
) -> None:
    skews = [data.draw(st.integers(-2, 2)) * SECOND for _ in range(3)]
    buckets = MemoryRates()
    accounts = [Account(Limit(counted="account", amount=amount, per=per), buckets=buckets) for _ in range(3)]
    now, uses, numbers = NOON, list[datetime](), list[int]()
    for gap, worker in zip(gaps, workers, strict=False):
        now += gap
        turn = accounts[worker].turn(now + skews[worker])
        (place,) = turn.places
        if data.draw(st.integers(0, 9)) == 0:
            accounts[worker].rates.give_back("x", "secret:x-martin", turn)
        else:
            uses.append(turn.at - skews[worker] if turn.at == now + skews[worker] else turn.at)
            numbers.append(place.number)

    assert len(set(numbers)) == len(numbers)
    assert not uses or most_in_any(per - 4 * SECOND, uses) <= 2 * amount


class FixedWindows:
    """A network that counts calls in windows of its own, and says what is left in each answer."""

    def __init__(self, limit: int, per: timedelta) -> None:
        self.limit, self.per = limit, per
        self.calls: Counter[int] = Counter()

    def call(self, now: datetime) -> Left | None:
        """Give what is left, or None: too many."""
        window = (now - NOON) // self.per
        if self.calls[window] == self.limit:
            return None
        self.calls[window] += 1
        resets_at = (NOON + (window + 1) * self.per).replace(microsecond=0)
        left = self.limit - self.calls[window]
        return Left(counted="account", remaining=left, limit=self.limit, per=self.per, resets_at=resets_at)


@given(st.integers(2, 12), st.sampled_from([MINUTE, QUARTER]), GAPS, st.integers(0, 3))
def test_who_heeds_each_answer_is_never_refused(
    limit: int, per: timedelta, gaps: list[timedelta], others: int
) -> None:
    network, account = FixedWindows(limit, per), Account()
    now, waiting = NOON, list[Turn]()
    for _ in range(min(others, limit - 1)):
        network.call(now)  # somebody else on the same account
    for gap in gaps:
        now += gap
        due = [held for held in waiting if held.at <= now]
        waiting = [held for held in waiting if held.at > now]
        for held in [*sorted(due, key=lambda turn: turn.at), None]:
            at = held.at if held else now
            turn = account.turn(at, held=held)
            if turn.at > at:
                waiting.append(turn)
                continue
            left = network.call(at)
            assert left is not None
            account.rates.heed("x", account.name, [left], at)


@given(
    st.lists(st.tuples(st.sampled_from(["draw", "pause", "told", "pass", "give back"]), st.integers(0, 120)), max_size=40)
)  # fmt: skip
def test_turns_keep_the_order_of_the_numbers_and_windows_begin_at_numbers_that_were_taken(
    steps: list[tuple[str, int]],
) -> None:
    account, now, last = Account(Limit(counted="account", amount=3, per=MINUTE)), NOON, Turn(at=NOON)
    for step, amount in steps:
        match step:
            case "draw":
                last = account.turn(now)
            case "pause":
                account.pause(now + amount * SECOND, now)
            case "told":
                account.is_told(amount % 5, 25, now, resets_at=now + amount * SECOND)
            case "pass":
                now += amount * SECOND
            case _:
                account.rates.give_back("x", account.name, last)
        if bucket := account.buckets.read(X_MARTIN):
            turns = [bucket.turn(number) for number in range(bucket.taken + 3)]
            assert turns == sorted(turns)
            assert bucket.served(now) == max(
                number for number in range(bucket.taken + 1) if bucket.turn(number) <= now
            )
            assert all(0 <= window.after <= bucket.taken for window in bucket.windows)
