"""Every interleaving of workers that want the same account's token, with a fault at every step.

Workers are greenlets that stop before each step which touches the world; a schedule says who goes on next
and what befalls that step. All schedules are run: the search takes the first choice everywhere, then the
next one at the last place that has one, and leaves out what leads to where it was before. Whatever happens:
one live refresh at a time (I7), no pair used that is not stored, no loop, and at the end a token that opens
the account, or a person is asked, and then only because the grant is dead.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

import greenlet  # type: ignore[import-untyped]  # it publishes no types
import pytest
from pydantic import SecretStr

from parution.publishing.ports import Refused, Unknown
from parution.publishing.tokens import Access, Account, Connection, Later, Refreshed, TokenKeeper
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.oauth import OAuthError, TokenServer
from tests.builders import NOON

LEASE = timedelta(seconds=120)
GRACE = timedelta(minutes=20)  # longer than two leases: even crashes are forgiven
NOBODY = -1
ROUNDS = 30  # visits in which every account must have come to rest

READ_FAULTS = ("dies before", "error before")
WRITE_FAULTS = ("dies before", "dies after", "error before", "error after")
FAULTS: dict[str, tuple[str, ...]] = {
    "start": (),
    "read": READ_FAULTS,
    "create": WRITE_FAULTS,
    "move": WRITE_FAULTS,
    "ask": ("dies before", "never arrives", "late effect", "busy"),
    "answer": ("dies before", "lost"),
}


# How long ago the token was renewed, which lives for two hours: it has ended, is to be renewed ahead of its
# end, or is still young when the network withdraws it. New: only the secret's refresh token is there.
BEGINNINGS = {
    "ended": timedelta(hours=3),
    "ending": timedelta(minutes=100),
    "withdrawn": timedelta(minutes=30),
}


class WorkerDied(BaseException):
    """A crash: nothing of ours may catch it."""


class LostAnswer(Exception):
    """What an SDK raises when it gave up."""


class World:
    """An account, its token server, and the one seam through which all I/O goes."""

    def __init__(self, begins: str, **server: Any) -> None:
        self.now = NOON
        self.fate: Callable[[str], str] = lambda _: ""
        self.server = TokenServer(clock=lambda: self.now, **server)
        self.server.grant("martin", refresh="seed-token")
        self.table, self.stored = MemoryTokens(), set[str]()
        self.live, self.most_live = 0, 0
        self.served: list[str] = []
        self.late: list[str] = []
        if begins in BEGINNINGS:
            self._begin(BEGINNINGS[begins])
        if begins == "withdrawn":
            self.server._accesses.clear()
        self.asked = 0

    def _begin(self, ago: timedelta) -> None:
        self.asked, self.now = 0, NOON - ago
        assert visit(self, self.keeper("first")) == "opened"
        self.now = NOON

    def keeper(self, worker: str) -> TokenKeeper:
        connection = Connection("x-martin", "x", self, SecretStr("seed-token"))
        return TokenKeeper(connection, self, LEASE, new_id=lambda: worker)

    @property
    def row_as_it_stands(self) -> object:
        row = self.table.read("x-martin")
        return row and (row.fence, row.changed.cause, row.lease and row.lease.holder, row.tries)

    @property
    def is_at_rest(self) -> bool:
        row = self.table.read("x-martin")
        return row is not None and (row.reconnect is not None or not row.is_due(self.now))

    @property
    def has_asked_a_person(self) -> bool:
        row = self.table.read("x-martin")
        return row is not None and row.reconnect is not None

    # ------------------------------------------------------------ the vault
    def read(self, name: str) -> Account | None:
        return self._through("read", lambda: self.table.read(name))

    def create(self, account: Account) -> None:
        self._through("create", lambda: self.table.create(account))

    def move(self, before: Account, after: Account) -> None:
        def act() -> None:
            self.table.move(before, after)
            self.stored.add(after.tokens.access.get_secret_value())

        self._through("move", act)

    def _through[Answer](self, step: str, act: Callable[[], Answer]) -> Answer:
        fate = self.fate(step)
        if fate == "dies before":
            raise WorkerDied
        if fate == "error before":
            raise LostAnswer
        answer = act()
        if fate == "dies after":
            raise WorkerDied
        if fate == "error after":
            raise LostAnswer
        return answer

    # ------------------------------------------------------------ the refresher
    def refresh(self, refresh_token: SecretStr) -> Refreshed | Refused | Later | Unknown:
        self.asked, self.live = self.asked + 1, self.live + 1
        self.most_live = max(self.most_live, self.live)
        try:
            return self._refresh(refresh_token.get_secret_value())
        finally:
            self.live -= 1

    def _refresh(self, token: str) -> Refreshed | Refused | Later | Unknown:
        match self.fate("ask"):
            case "dies before":
                raise WorkerDied
            case "never arrives":
                return Unknown(reason="the connection broke")
            case "late effect":
                self.late.append(token)
                return Unknown(reason="no answer in time")
            case "busy":
                return Later(reason="too many requests", retry_after=timedelta(seconds=30))
        answer = self._served(token)
        fate = self.fate("answer")
        if fate == "dies before":
            raise WorkerDied
        return Unknown(reason="the connection broke") if fate == "lost" else answer

    def _served(self, token: str) -> Refreshed | Refused:
        self.served.append(token)
        try:
            issued = self.server.refresh("sandbox-client", token)
        except OAuthError as error:
            return Refused(reason=error.code)
        refresh = SecretStr(issued.refresh) if issued.refresh else None
        return Refreshed(access=SecretStr(issued.access), refresh=refresh, lifetime=issued.lifetime)

    def land_late(self) -> None:
        while self.late:
            self._served(self.late.pop())


class Ran(NamedTuple):
    world: World
    told: list[str]  # what became of each worker
    faults: list[str]


# -------------------------------------------------------------------- one schedule
class Schedule:
    """Choices by number, as many as were made so far; beyond them always the first."""

    def __init__(self, taken: list[int]) -> None:
        self.taken, self.widths = taken, list[int]()

    def choose[Option](self, options: list[Option]) -> Option:
        place = len(self.widths)
        self.widths.append(len(options))
        if place == len(self.taken):
            self.taken.append(0)
        return options[self.taken[place]]

    @property
    def is_new(self) -> bool:
        return len(self.widths) == len(self.taken)

    def following(self) -> list[int] | None:
        """Give the choices that come next in order, or None when all were tried."""
        for place in reversed(range(len(self.taken))):
            if self.taken[place] + 1 < self.widths[place]:
                return [*self.taken[:place], self.taken[place] + 1]
        return None


class BeenThere(Exception):
    """From here on everything was tried already."""


class Race:
    """Workers in one world; what has befallen them, and where each of them stands."""

    def __init__(self, begins: str, workers: int, *, expiring: bool, **server: Any) -> None:
        self.world, self.told = World(begins, **server), [""] * workers
        self.expiring = expiring
        self.faults: list[str] = []
        self.seen: list[list[object]] = [[] for _ in range(workers)]  # all that a worker can know
        main = greenlet.getcurrent()
        self.world.fate = lambda step: str(main.switch(step))
        self._workers = [greenlet.greenlet(self._work) for _ in range(workers)]
        self.steps = {number: one.switch(number) for number, one in enumerate(self._workers)}

    def _work(self, number: int) -> None:
        if self.expiring:
            self.world.fate("start")  # it may come when the lease of another has run out
        self.told[number] = visit(self.world, self.world.keeper(str(number)), ahead=number != 1)

    def place(self) -> object:
        """Name where the race stands: what comes of it depends on nothing else."""
        world = self.world
        seen = tuple(map(tuple, self.seen))
        return tuple(self.told), seen, len(self.faults), tuple(world.served), tuple(world.late), world.now

    def faults_now(self) -> list[tuple[int, str]]:
        if self.expiring:
            return [(NOBODY, "the lease runs out")] if self.world.live else []
        return [(number, fate) for number, step in self.steps.items() for fate in FAULTS[step]]

    def go_on(self, number: int, fate: str) -> None:
        self.faults += [f"{number}: {fate}"] if fate else []
        if number == NOBODY:
            self.world.now += LEASE
            return
        step = self.steps.pop(number)
        following = self._workers[number].switch(fate)
        self.seen[number] += [step, fate, self.world.row_as_it_stands, len(self.world.served), self.world.now]
        if not self._workers[number].dead:
            self.steps[number] = following


def run(
    schedule: Schedule,
    been: set[object],
    *,
    begins: str,
    workers: int,
    faults: int,
    expiring: bool,
    **server: Any,
) -> Ran:
    race = Race(begins, workers, expiring=expiring, **server)
    while race.steps:
        options = [(number, "") for number in race.steps]
        if len(race.faults) < faults:
            options += race.faults_now()
        if schedule.is_new:
            place = race.place()
            if place in been:
                raise BeenThere
            been.add(place)
        race.go_on(*schedule.choose(options))
    settle(race.world, lambda _: "")
    return Ran(race.world, race.told, race.faults)


def run_in_turn(schedule: Schedule, *, begins: str, faults: int, **server: Any) -> Ran:
    """Let one worker come after the other, each time that the last one was told or died; faults anywhere."""
    world, befallen = World(begins, **server), list[str]()

    def fate(step: str) -> str:
        chosen = schedule.choose(["", *FAULTS[step]]) if len(befallen) < faults else ""
        befallen.extend([f"{step}: {chosen}"] if chosen else [])
        return chosen

    return Ran(world, settle(world, fate), befallen)


def visit(world: World, keeper: TokenKeeper, *, ahead: bool = True) -> str:
    """Ask for a token as a delivery's worker does, and try it; say what came of it."""
    try:
        answer = keeper.token(world.now, ahead=ahead)
        if isinstance(answer, Access):
            token = answer.token.get_secret_value()
            assert token in world.stored, "used before it was stored"
            if world.server.account(token):
                return "opened"
            return f"refused: {type(keeper.refused(answer, world.now)).__name__}"
    except WorkerDied:
        return "died"
    except LostAnswer:
        return "failed"
    return f"waits {answer.retry_after.total_seconds():.0f}"


def settle(world: World, fate: Callable[[str], str]) -> list[str]:
    """Let workers come one after another until the account has come to rest; say what each was told."""
    world.fate, told = fate, list[str]()
    for number in range(ROUNDS):
        world.land_late()
        told.append(visit(world, world.keeper(f"later {number}")))
        if world.is_at_rest and (told[-1] == "opened" or world.has_asked_a_person):
            return told
        world.now += wait_after(told[-1])
    raise AssertionError(f"no rest after {told}: {world.table.read('x-martin')}")


def wait_after(told: str) -> timedelta:
    """Say when somebody comes again: when told to, never at once; after a failure when SQS shows it again."""
    if told.startswith("waits "):
        wait = float(told.removeprefix("waits "))
        assert wait >= 1
        return timedelta(seconds=wait)
    return timedelta(seconds=1) if told.startswith("refused") else timedelta(minutes=1)


def runs(**how: Any) -> Iterator[Ran]:
    been = set[object]()
    yield from every(lambda schedule: run(schedule, been, **how))


def every(run: Callable[[Schedule], Ran]) -> Iterator[Ran]:
    taken: list[int] | None = []
    while taken is not None:
        schedule = Schedule(taken)
        with suppress(BeenThere):
            yield run(schedule)
        taken = schedule.following()


def judge(ran: Ran, *, one_at_a_time: bool = True) -> None:
    world = ran.world
    assert world.most_live == 1 or not one_at_a_time, ran
    assert world.asked <= 2 + 2 * len(ran.faults), ran
    if world.has_asked_a_person:
        row = world.table.read("x-martin")
        assert row is not None
        assert ran.faults, ran
        assert all(is_dead(world, pair.refresh) for pair in (row.tokens, row.previous) if pair), ran


def is_dead(world: World, token: SecretStr) -> bool:
    known = world.server._refreshes.get(token.get_secret_value())
    return known is None or not world.server._serves(known, world.now)


SERVERS: dict[str, dict[str, Any]] = {
    "reuse revokes": {},
    "reuse is refused": {"detects_reuse": False},
    "grace": {"grace": GRACE},
    "does not rotate": {"rotates": False},
    "ends older access": {"keeps_access": False, "grace": GRACE},
}


FORGIVING = {"grace", "does not rotate", "ends older access"}


def counted(tried: Iterator[Ran], least: int) -> Iterator[Ran]:
    """Count what was tried and how it ended; a search that stopped early would prove nothing."""
    ends = Counter[str]()
    for ran in tried:
        ends["a person is asked" if ran.world.has_asked_a_person else "opened"] += 1
        yield ran
    print(f"{ends.total()} schedules: {dict(ends)}")  # noqa: T201 (the figures are the result)
    assert ends.total() >= least


# -------------------------------------------------------------------- the proofs
@pytest.mark.parametrize("begins", ["ended", "ending"])
def test_of_three_workers_one_renews_whatever_their_order(begins: str) -> None:
    for ran in counted(runs(begins=begins, workers=3, faults=0, expiring=False), least=80):
        judge(ran)
        assert ran.world.asked == 1, ran
        assert not ran.world.has_asked_a_person, ran
        # Nobody waits while the old token still works.
        assert begins == "ended" or set(ran.told) == {"opened"}, ran


@pytest.mark.parametrize(
    ("begins", "least"), [("new", 700), ("ended", 200), ("ending", 60), ("withdrawn", 800)]
)
def test_no_fault_beside_another_worker_costs_an_account_its_living_grant(begins: str, least: int) -> None:
    for ran in counted(runs(begins=begins, workers=2, faults=1, expiring=False), least):
        judge(ran)


@pytest.mark.parametrize(
    ("begins", "server"), [("withdrawn", "reuse revokes"), *(("ended", server) for server in SERVERS)]
)
def test_no_two_faults_in_turn_make_a_loop_or_cost_a_living_grant(begins: str, server: str) -> None:
    tried = every(lambda it: run_in_turn(it, begins=begins, faults=2, **SERVERS[server]))
    for ran in counted(tried, least=280):
        judge(ran)
        if server in FORGIVING:
            assert not ran.world.has_asked_a_person, ran


@pytest.mark.parametrize("server", ["reuse is refused", "grace"])
def test_a_lease_that_runs_out_on_a_living_worker_costs_no_account(server: str) -> None:
    # Not to happen: a lease is longer than a worker lives. If it does, the newest pair is stored all the same.
    most_live = 0
    tried = runs(begins="ended", workers=2, faults=1, expiring=True, **SERVERS[server])
    for ran in counted(tried, least=100):
        judge(ran, one_at_a_time=False)
        most_live = max(most_live, ran.world.most_live)
        assert not ran.world.has_asked_a_person, ran
    assert most_live == 2


def test_a_fault_can_end_a_grant_and_then_a_person_is_asked() -> None:
    # The search must reach what it is to find: without grace, a crash between the answer and its storing.
    tried = list(runs(begins="ended", workers=1, faults=1, expiring=False))

    lost = {fault for ran in tried if ran.world.has_asked_a_person for fault in ran.faults}
    assert {"0: dies before", "0: lost", "0: late effect"} <= lost


# -------------------------------------------------------------------- with threads
def test_fifty_workers_on_an_ended_token_make_one_refresh() -> None:
    world, others_are_told = World("ended"), threading.Semaphore(0)
    together, told = threading.Barrier(50), list[str]()

    def slowly(step: str) -> str:
        if step == "ask":
            assert all(others_are_told.acquire(timeout=10) for _ in range(49))
        return ""

    def work(number: int) -> None:
        keeper = world.keeper(str(number))
        together.wait(10)
        told.append(visit(world, keeper))
        others_are_told.release()

    world.fate = slowly
    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert world.asked == 1
    assert Counter(told) == {"waits 2": 49, "opened": 1}
