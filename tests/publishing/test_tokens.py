"""When a pair is renewed, by whom, and what a failure costs; the orders of events are in simulation/."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from parution.publishing import tokens
from parution.publishing.deliveries import Change
from parution.publishing.ports import NotSent, Refused, Unknown
from parution.publishing.tokens import (
    Access,
    Account,
    Connection,
    Later,
    Lease,
    Refreshed,
    StaticToken,
    TokenKeeper,
    Tokens,
)
from parution.sandbox.memory_tokens import MemoryTokens
from tests.builders import NOON, a_change
from tests.publishing.doubles import WorkerDied

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE = timedelta(seconds=120)
BUSY = Later(reason="x.example asks for a pause (429)", retry_after=30 * SECOND)
LOST = Unknown(reason="x.example did not answer in time")
DENIED = Refused(reason="x.example no longer takes the refresh token")


def a_pair(number: int, life: timedelta | None = 2 * HOUR) -> Refreshed:
    return Refreshed(
        access=SecretStr(f"access-{number}"), refresh=SecretStr(f"refresh-{number}"), lifetime=life
    )


class Network:
    """The refresher and its vault: answers from a script, then with pairs numbered from two on."""

    def __init__(self, *script: Refreshed | Refused | Later | Unknown) -> None:
        self.script, self.asked_with, self.numbers = list(script), list[str](), itertools.count(2)
        self.table, self.reads, self.writes = MemoryTokens(), 0, 0
        self.while_asked: Callable[[], None] = lambda: None
        self.before_write: Callable[[], None] = lambda: None

    def refresh(self, refresh_token: SecretStr) -> Refreshed | Refused | Later | Unknown:
        self.asked_with.append(refresh_token.get_secret_value())
        self.while_asked()
        return self.script.pop(0) if self.script else a_pair(next(self.numbers))

    def read(self, name: str) -> Account | None:
        self.reads += 1
        return self.table.read(name)

    def create(self, account: Account) -> None:
        self.writes += 1
        self.table.create(account)

    def move(self, before: Account, after: Account) -> None:
        self.writes += 1
        self.before_write()
        self.table.move(before, after)

    def keeper(self, seed: str = "seed-token", network: str = "x") -> TokenKeeper:
        return TokenKeeper(Connection("x-martin", network, self, SecretStr(seed)), self, LEASE)

    @property
    def row(self) -> Account:
        row = self.table.read("x-martin")
        assert row is not None
        return row


def connected(*script: Refreshed | Refused | Later | Unknown, life: timedelta | None = 2 * HOUR) -> Network:
    """Give an account whose first pair was issued at noon."""
    network = Network(a_pair(1, life), *script)
    assert text(network.keeper().token(NOON)) == "access-1"
    network.asked_with.clear()
    network.reads = network.writes = 0
    return network


def overtaken(network: Network, answer: Refreshed | Later, seed: str = "seed-token") -> Callable[[], None]:
    """Let the lease run out while its holder waits for an answer, and another worker get this one."""

    def overtake() -> None:
        network.while_asked = lambda: None
        network.script.insert(0, answer)
        network.keeper(seed).token(NOON + 3 * HOUR + LEASE)

    return overtake


def text(answer: Access | NotSent | Refused) -> str:
    """Show an answer: the token, or for how long to stay away."""
    if isinstance(answer, NotSent):
        return f"after {answer.retry_after.total_seconds():.0f} s"
    return answer.token.get_secret_value() if isinstance(answer, Access) else "refused"


# -------------------------------------------------------------------- ahead of the end
@pytest.mark.parametrize(
    ("life", "ahead"),
    [
        (60 * DAY, 12 * DAY),
        (2 * HOUR, 24 * MINUTE),
        (HOUR, 12 * MINUTE),
        (42 * MINUTE, 10 * MINUTE),
        (15 * MINUTE, 7.5 * MINUTE),
        (2 * SECOND, SECOND),
    ],
)
def test_a_pair_is_renewed_with_a_fifth_of_its_life_left_or_ten_minutes(
    life: timedelta, ahead: timedelta
) -> None:
    pair = an_account(life=life).tokens

    assert pair.refresh_at == NOON + life - ahead


@given(life=st.timedeltas(min_value=SECOND, max_value=3650 * DAY))
def test_a_pair_still_works_when_it_is_renewed_and_is_never_renewed_before_half_its_life(
    life: timedelta,
) -> None:
    pair = an_account(life=life).tokens

    assert pair.refresh_at is not None
    assert pair.refresh_at >= NOON + life / 2
    assert pair.is_valid(pair.refresh_at)
    assert not pair.is_valid(NOON + life)


def test_a_young_token_costs_one_reading() -> None:
    network = connected()

    answer = network.keeper().token(NOON + 95 * MINUTE)

    assert text(answer) == "access-1"
    assert (network.reads, network.writes, network.asked_with) == (1, 0, [])


def test_an_older_one_is_renewed_while_it_still_works() -> None:
    network = connected()

    answer = network.keeper().token(NOON + 97 * MINUTE)

    assert text(answer) == "access-2"
    assert network.asked_with == ["refresh-1"]


def test_the_call_that_publishes_renews_nothing_that_still_works() -> None:
    network = connected()

    assert text(network.keeper().token(NOON + 118 * MINUTE, ahead=False)) == "access-1"
    assert network.asked_with == []
    assert text(network.keeper().token(NOON + 119 * MINUTE, ahead=False)) == "access-2"
    assert network.asked_with == ["refresh-1"]


def test_a_token_of_unknown_life_is_used_until_it_is_refused() -> None:
    network = connected(life=None)

    assert text(network.keeper().token(NOON + 3650 * DAY)) == "access-1"
    assert network.asked_with == []


@pytest.mark.parametrize("life", [timedelta(0), -SECOND])
def test_a_life_that_is_none_is_taken_as_unknown(life: timedelta) -> None:
    assert an_account(life=life).tokens.expires_at is None


def test_a_server_that_keeps_its_refresh_token_is_asked_with_the_same_again() -> None:
    network = connected(Refreshed(access=SecretStr("access-2"), lifetime=2 * HOUR))

    network.keeper().token(NOON + 2 * HOUR)
    network.keeper().token(NOON + 4 * HOUR)

    assert network.asked_with == ["refresh-1", "refresh-1"]


# -------------------------------------------------------------------- one at a time
def test_others_use_the_old_token_while_one_renews_it() -> None:
    network, told = connected(), list[str]()
    network.while_asked = lambda: told.append(text(network.keeper().token(NOON + 100 * MINUTE)))

    network.keeper().token(NOON + 100 * MINUTE)

    assert told == ["access-1"]
    assert network.asked_with == ["refresh-1"]


def test_others_come_back_shortly_when_the_old_token_has_ended() -> None:
    network, told = connected(), list[str]()
    network.while_asked = lambda: told.append(text(network.keeper().token(NOON + 3 * HOUR)))

    network.keeper().token(NOON + 3 * HOUR)

    assert told == ["after 2 s"]
    assert network.asked_with == ["refresh-1"]


@pytest.mark.parametrize(("age", "wait"), [(1, 2), (10, 10), (50, 30), (119, 30)])
def test_the_longer_a_lease_lasts_the_longer_the_others_wait(age: int, wait: int) -> None:
    network = connected()
    network.while_asked = die
    with pytest.raises(WorkerDied):
        network.keeper().token(NOON + 3 * HOUR)

    assert text(network.keeper().token(NOON + 3 * HOUR + age * SECOND)) == f"after {wait} s"
    assert network.asked_with == ["refresh-1"]


def die() -> None:
    raise WorkerDied


def test_a_pair_that_could_not_be_stored_is_not_used() -> None:
    network = connected()
    writes = iter([None, OSError("the table did not answer")])

    def before_write() -> None:
        if error := next(writes):
            raise error

    network.before_write = before_write

    with pytest.raises(OSError, match="table"):
        network.keeper().token(NOON + 3 * HOUR)
    assert network.row.tokens.access.get_secret_value() == "access-1"


# -------------------------------------------------------------------- what passes
def test_a_failure_that_passes_leaves_the_old_token_in_use() -> None:
    network = connected(BUSY)

    assert text(network.keeper().token(NOON + 100 * MINUTE)) == "access-1"
    assert text(network.keeper().token(NOON + 100 * MINUTE + 29 * SECOND)) == "access-1"
    assert network.asked_with == ["refresh-1"]

    network.keeper().token(NOON + 100 * MINUTE + 30 * SECOND)

    assert network.asked_with == ["refresh-1", "refresh-1"]


@pytest.mark.parametrize("failure", [BUSY, LOST])
def test_a_network_that_is_down_for_days_disconnects_nobody(failure: Later | Unknown) -> None:
    network = connected(*[failure] * 1_000)
    now = NOON + 3 * HOUR
    while now < NOON + 3 * DAY:
        answer = network.keeper().token(now)
        assert isinstance(answer, NotSent)
        now += answer.retry_after

    assert 200 < len(network.asked_with) < 300  # every quarter of an hour, after the first few
    assert network.row.reconnect is None
    network.script.clear()
    assert text(network.keeper().token(now)) == "access-2"


def test_who_lost_an_answer_asks_again_at_once_within_the_grace_that_servers_give() -> None:
    network = connected(LOST)

    assert text(network.keeper().token(NOON + 100 * MINUTE)) == "after 5 s"
    assert text(network.keeper().token(NOON + 100 * MINUTE + 4 * SECOND)) == "access-1"
    assert text(network.keeper().token(NOON + 100 * MINUTE + 5 * SECOND)) == "access-2"
    assert network.asked_with == ["refresh-1", "refresh-1"]


def test_after_two_lost_answers_the_old_token_is_used_as_long_as_it_works() -> None:
    network = connected(LOST, LOST, LOST)

    told = [text(network.keeper().token(NOON + 100 * MINUTE + wait * SECOND)) for wait in (0, 5, 15)]

    assert told == ["after 5 s", "after 10 s", "access-1"]


# -------------------------------------------------------------------- what does not pass
def test_one_refusal_is_heard_again_before_it_is_believed() -> None:
    network = connected(DENIED)

    assert text(network.keeper().token(NOON + 3 * HOUR)) == "after 60 s"
    assert network.row.reconnect is None
    assert text(network.keeper().token(NOON + 3 * HOUR + MINUTE)) == "access-2"


def test_a_grant_that_is_dead_asks_a_person_and_is_never_asked_for_again() -> None:
    network = connected(DENIED, DENIED, DENIED)

    network.keeper().token(NOON + 3 * HOUR)
    answer = network.keeper().token(NOON + 3 * HOUR + MINUTE)

    reason = "connect secret:x-martin to x again: x.example no longer takes the refresh token"
    assert answer == NotSent(reason=reason, retry_after=MINUTE)
    assert network.row.reconnect == reason
    asked = len(network.asked_with)
    for minute in range(2, 1_000):
        assert network.keeper().token(NOON + 3 * HOUR + minute * MINUTE) == answer
    assert len(network.asked_with) == asked


def test_a_dead_grants_last_access_token_is_used_to_its_end() -> None:
    network = connected(*[DENIED] * 3, life=60 * DAY)
    network.keeper().token(NOON + 50 * DAY)
    network.keeper().token(NOON + 51 * DAY)
    assert network.row.reconnect

    assert text(network.keeper().token(NOON + 59 * DAY)) == "access-1"
    assert text(network.keeper().token(NOON + 60 * DAY)) == "after 60 s"


def test_a_refusal_of_a_token_that_another_worker_has_renewed_counts_nothing() -> None:
    network = connected(DENIED)
    network.while_asked = overtaken(network, a_pair(7))

    assert text(network.keeper().token(NOON + 3 * HOUR)) == "access-7"
    assert network.row.refusals == 0


def test_of_two_new_pairs_the_first_that_was_stored_stays() -> None:
    network = connected(a_pair(8))
    network.while_asked = overtaken(network, a_pair(7))

    assert text(network.keeper().token(NOON + 3 * HOUR)) == "access-7"
    assert network.row.tokens.access.get_secret_value() == "access-7"


def test_a_new_pair_is_stored_even_when_the_lease_was_lost_meanwhile() -> None:
    network = connected(a_pair(8))
    network.while_asked = overtaken(network, BUSY)

    assert text(network.keeper().token(NOON + 3 * HOUR)) == "access-8"


def test_a_failure_does_not_end_the_lease_that_another_worker_holds() -> None:
    network = connected(BUSY)

    def take_the_lease() -> None:
        network.while_asked = die
        with pytest.raises(WorkerDied):
            network.keeper().token(NOON + 3 * HOUR + LEASE)

    network.while_asked = take_the_lease

    network.keeper().token(NOON + 3 * HOUR)

    assert network.row.is_leased(NOON + 3 * HOUR + LEASE + 119 * SECOND)


def test_an_answer_for_the_grant_before_does_not_touch_the_one_that_a_person_gave_meanwhile() -> None:
    network = connected(a_pair(8))
    network.while_asked = overtaken(network, a_pair(7), "another-seed")

    assert text(network.keeper().token(NOON + 3 * HOUR)) == "access-7"


def test_a_refusal_is_forgotten_when_a_refresh_works() -> None:
    network = connected(LOST, DENIED, a_pair(2), DENIED)
    for wait in (0, 5, 65):
        network.keeper().token(NOON + 3 * HOUR + wait * SECOND)
    assert (network.row.refusals, network.row.doubted_at) == (0, None)

    network.keeper().token(NOON + 6 * HOUR)

    assert network.row.reconnect is None


def test_a_refresh_token_that_does_not_rotate_is_not_tried_a_third_time() -> None:
    network = connected(Refreshed(access=SecretStr("access-2"), lifetime=HOUR), DENIED, DENIED)
    network.keeper().token(NOON + 2 * HOUR)
    network.keeper().token(NOON + 4 * HOUR)
    network.keeper().token(NOON + 5 * HOUR)

    assert network.row.reconnect is not None
    assert network.asked_with == ["refresh-1"] * 3


def test_a_crash_before_the_pair_is_stored_ends_with_a_person_and_not_in_a_loop() -> None:
    network = connected(a_pair(2), *[DENIED] * 3)  # without grace: the answer that was lost was the only one
    network.while_asked = lambda: setattr(network, "before_write", die)
    with pytest.raises(WorkerDied):
        network.keeper().token(NOON + 3 * HOUR)
    network.while_asked = network.before_write = lambda: None

    told = [text(network.keeper().token(NOON + 3 * HOUR + wait * SECOND)) for wait in (0, 60, 120, 180, 999)]

    assert told == ["after 2 s", "after 30 s", "after 60 s", "after 60 s", "after 60 s"]
    assert network.asked_with == ["refresh-1", "refresh-1", "refresh-1", "seed-token"]
    assert network.row.reconnect == (
        "connect secret:x-martin to x again: x.example no longer takes the refresh token;"
        " the answer to a renewal was lost at 2026-12-03 15:02 UTC"
    )


def test_a_server_that_lost_its_newest_writes_still_knows_the_pair_before() -> None:
    network = connected(a_pair(2), DENIED, DENIED, a_pair(9))
    network.keeper().token(NOON + 2 * HOUR)

    network.keeper().token(NOON + 4 * HOUR)
    answer = network.keeper().token(NOON + 4 * HOUR + MINUTE)

    assert text(answer) == "access-9"
    assert network.asked_with == ["refresh-1", "refresh-2", "refresh-2", "refresh-1"]


def test_the_pair_before_is_kept_until_a_refresh_with_the_new_one_worked() -> None:
    network = connected(a_pair(2), BUSY, a_pair(3))

    def kept() -> str:
        return network.row.previous.refresh.get_secret_value() if network.row.previous else ""

    network.keeper().token(NOON + 2 * HOUR)
    assert kept() == "refresh-1"
    network.keeper().token(NOON + 4 * HOUR)
    assert kept() == "refresh-1"
    network.keeper().token(NOON + 5 * HOUR)
    assert kept() == "refresh-2"


# -------------------------------------------------------------------- a token that the network refuses
def test_a_refused_token_is_renewed_once_and_the_call_comes_again() -> None:
    network = connected(a_pair(2))
    refused = network.keeper().token(NOON + HOUR)
    assert isinstance(refused, Access)

    answer = network.keeper().refused(refused, NOON + HOUR)

    assert answer == NotSent(reason="the access to x was renewed", retry_after=SECOND)
    assert text(network.keeper().token(NOON + HOUR)) == "access-2"
    assert network.asked_with == ["refresh-1"]


def test_a_network_that_refuses_the_new_token_too_is_believed() -> None:
    network = connected(a_pair(2))
    network.keeper().refused(Access(token=SecretStr("access-1"), generation=1), NOON + HOUR)

    new = Access(token=SecretStr("access-2"), generation=2)
    answer = network.keeper().refused(new, NOON + HOUR + 59 * MINUTE)

    assert isinstance(answer, Refused)
    assert "check the standing of the account behind secret:x-martin" in answer.reason
    assert network.asked_with == ["refresh-1"]
    assert isinstance(network.keeper().refused(new, NOON + 2 * HOUR), NotSent)
    assert network.asked_with == ["refresh-1", "refresh-2"]


def test_an_old_tokens_refusal_renews_nothing_where_a_newer_one_stands_ready() -> None:
    network = connected(a_pair(2))
    network.keeper().token(NOON + 2 * HOUR)

    answer = network.keeper().refused(Access(token=SecretStr("access-1"), generation=1), NOON + 2 * HOUR)

    assert text(answer) == "after 1 s"
    assert network.asked_with == ["refresh-1"]


def test_a_refused_token_is_handed_out_no_longer_even_if_it_cannot_be_renewed_yet() -> None:
    network = connected(BUSY)

    answer = network.keeper().refused(Access(token=SecretStr("access-1"), generation=1), NOON + HOUR)

    assert text(answer) == "after 30 s"
    assert text(network.keeper().token(NOON + HOUR)) == "after 30 s"


# -------------------------------------------------------------------- the secret behind it
def test_another_refresh_token_in_the_secret_begins_anew() -> None:
    network = connected(*[DENIED] * 3)
    network.keeper().token(NOON + 3 * HOUR)
    network.keeper().token(NOON + 3 * HOUR + MINUTE)
    assert network.row.reconnect

    answer = network.keeper("another-seed").token(NOON + 4 * HOUR)

    assert text(answer) == "access-2"
    assert network.asked_with[-1] == "another-seed"
    assert network.row.reconnect is None


def test_a_worker_that_still_holds_the_older_secret_does_not_begin_with_it_again() -> None:
    network = connected()
    network.keeper("another-seed").token(NOON + HOUR)

    network.keeper("seed-token").token(NOON + HOUR)

    assert network.asked_with == ["another-seed"]


def test_two_networks_behind_one_grant_share_its_pair() -> None:
    network = connected()

    assert text(network.keeper(network="instagram").token(NOON + HOUR)) == "access-1"
    assert network.asked_with == []


def test_a_static_token_reads_nothing_and_renews_nothing() -> None:
    source = StaticToken("mastodon", SecretStr("access-1"))

    access = source.token(NOON)

    assert access == Access(token=SecretStr("access-1"))
    assert isinstance(source.refused(Access(token=SecretStr("access-1")), NOON), Refused)


# -------------------------------------------------------------------- the edges, in any order
def an_account(life: timedelta | None = 2 * HOUR) -> Account:
    begun = tokens.seeded("x-martin", "x", SecretStr("canary-seed"), a_change("connected"))
    return tokens.renewed(begun, a_canary(life=life), a_change("renewed"))


def a_canary(life: timedelta | None = 2 * HOUR) -> Refreshed:
    return Refreshed(access=SecretStr("canary-access"), refresh=SecretStr("canary-refresh"), lifetime=life)


EDGES: dict[str, Callable[[Account, Change], Account]] = {
    "leased": lambda row, change: tokens.leased(row, Lease(holder="worker", until=change.at + LEASE), change),
    "renewed": lambda row, change: tokens.renewed(row, a_canary(), change),
    "put off": lambda row, change: tokens.put_off(row, SECOND, change),
    "doubted": tokens.doubted,
    "denied": tokens.denied,
    "disconnected": lambda row, change: tokens.disconnected(row, "dead", change),
    "mistrusted": tokens.mistrusted,
    "begun anew": lambda row, change: tokens.seeded(
        "x-martin", "x", SecretStr(f"canary-{change.at}"), change, row
    ),
}


@given(st.lists(st.sampled_from(sorted(EDGES)), max_size=20))
def test_whatever_happens_to_a_row_it_is_dated_ordered_and_silent(edges: list[str]) -> None:
    row = an_account()
    for minute, edge in enumerate(edges):
        change = a_change(edge, NOON + minute * MINUTE)
        after = EDGES[edge](row, change)

        assert after.fence == row.fence + 1
        assert after.changed == change
        assert after.tokens.generation - row.tokens.generation == (edge in {"renewed", "begun anew"})
        assert len(after.seeds) <= 8
        assert (after.reconnect is None) or edge == "disconnected" or row.reconnect == after.reconnect
        assert not (after.is_leased(change.at) and edge not in {"leased", "mistrusted"})
        assert "canary" not in f"{after!r} {after} {after.model_dump_json()} {after.model_dump()}"
        row = after


@given(tries=st.integers(1, 10_000), asked=st.timedeltas(timedelta(0), DAY))
def test_the_wait_after_a_failure_is_what_was_asked_or_longer_and_bounded(
    tries: int, asked: timedelta
) -> None:
    row = an_account().model_copy(update={"tries": tries})

    after = tokens.put_off(row, asked, a_change("failed"))

    assert after.not_before is not None
    assert max(asked, 5 * SECOND) <= after.not_before - NOON <= max(asked, 15 * MINUTE)


# -------------------------------------------------------------------- no text tells a token (I10)
def test_no_text_of_anything_tells_a_token() -> None:
    network = Network(a_canary())
    connection = Connection("x-martin", "x", network, SecretStr("canary-seed"))
    keeper = TokenKeeper(connection, network, LEASE)
    access = keeper.token(NOON)

    everything: list[object] = [connection, keeper, access, network.row, network.row.tokens, a_canary()]
    everything += [keeper.refused(access, NOON)] if isinstance(access, Access) else []
    assert len(everything) == 7
    assert not [one for one in everything if "canary" in f"{one!r} {one}"]


@pytest.mark.parametrize("model", [Tokens, Access, Refreshed, Account])
def test_an_error_about_a_malformed_row_tells_no_token(model: Any) -> None:
    with pytest.raises(ValidationError) as error:
        model.model_validate({"access": "canary", "token": "canary", "tokens": "canary", "refresh": 1})

    assert "canary" not in f"{error.value!r} {error.value}"


def test_a_fingerprint_is_another_one_for_another_account() -> None:
    seed = SecretStr("canary-seed")

    assert tokens.fingerprint("a", seed) != tokens.fingerprint("b", seed)
    assert "canary" not in tokens.fingerprint("a", seed)
