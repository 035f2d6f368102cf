"""Networks that lie, and the public timeline, which is the judge.

A commit may take effect and lose its answer, take effect later, or not at all while the client waits; it may
be refused, put off or answered slowly; a feed shows what appeared some seconds ago. Nothing here knows what
the desk believes.
"""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from bench.simulator import facts
from bench.simulator.functions import Environment
from bench.simulator.table import Throttled
from bench.simulator.world import SECOND, Spread, World
from parution.errors import NoSuchSecret
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Guarantee,
    Media,
    NotFound,
    NotSent,
    Outcome,
    Piece,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.rates import Limit

SETTLING = timedelta(seconds=60)
_KEY_LIVES = timedelta(minutes=50)
_TIMEOUT = 30.0  # after which the client gives up

# A: half of a round trip, and of a TLS handshake's, to a host on another continent at worst.
_WAY = Spread(0.040, 0.150)
# A: how long the network works on a post until it shows it.
_PROCESSING = Spread(0.250, 1.500)
_SLOW = Spread(12.0, 25.0, most=28.0)
_LOOK = Spread(0.200, 1.0)
# A: how far a feed is behind.
_FEED_LAG = Spread(0.5, 5.0, most=20.0)


class Lies(NamedTuple):
    """The chance of each lie, for one commit call (``unreadable``: for one search)."""

    lost_answer: float = 0.003
    late_effect: float = 0.002
    silence: float = 0.002  # no effect, and no answer
    error: float = 0.002  # 5xx without effect
    error_after: float = 0.001  # 5xx after the effect
    busy: float = 0.003  # 429
    slow: float = 0.001
    refused: float = 0.001
    unreadable: float = 0.01


HONEST = Lies(*([0.0] * len(Lies._fields)))


class Effect(NamedTuple):
    """A post on a public timeline."""

    at: int
    arrived: int  # the request, at the network's door
    called: int  # the request, when it left


class Timelines:
    """What the public sees: by account and post, everything that appeared."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.posts: dict[str, list[Effect]] = {}
        self.on_their_way: Counter[str] = Counter()
        self.keys: dict[str, int] = {}  # idempotency keys and container ids, and when they were first used
        self.lies: Counter[str] = Counter()
        self.calls = 0

    def appear(self, post: str, effect: Effect, key: str | None) -> None:
        if key is not None and key in self.keys:
            return  # the network knows the key: it shows the first one
        if key is not None:
            self.keys[key] = effect.at
        self.posts.setdefault(post, []).append(effect)


class Account:
    """One account as one environment opened it: a Network."""

    limits: tuple[Limit, ...] = ()
    settling = SETTLING

    def __init__(
        self, timelines: Timelines, environment: Environment, lies: Lies, guarantee: Guarantee, name: str
    ) -> None:
        self._timelines, self._environment, self._lies = timelines, environment, lies
        self._chance, self._name = environment.chance, name
        self.guarantee = guarantee
        self.key_lives = _KEY_LIVES if guarantee is Guarantee.KEYED else None

    # ------------------------------------------------------------------ before
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:  # noqa: ARG002 (texts)
        if self.guarantee is not Guarantee.STEPWISE:
            return Prepared()
        if piece.refs:
            return Prepared(refs=piece.refs)
        self._environment.pause(facts.CPU_COMMIT, _LOOK)
        return Prepared(refs=(f"container-{piece.key}-{self._chance.getrandbits(32)}",))

    # ------------------------------------------------------------------ the call
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        fence.cross(piece.key.encode())
        called = self._environment.world.now
        self._timelines.calls += 1
        self._environment.pause(facts.CPU_COMMIT, _WAY)
        return self._answered(piece, called, self._lie())

    def _lie(self) -> str:
        drawn = self._chance.random()
        for name, share in zip(Lies._fields, self._lies, strict=True):
            if name == "unreadable":
                break
            if drawn < share:
                self._timelines.lies[name] += 1
                return name
            drawn -= share
        return "honest"

    def _answered(self, piece: Piece, called: int, lie: str) -> Outcome:
        if lie in {"busy", "refused", "error"}:
            self._back()
            return self._without_effect(lie)
        if lie in {"silence", "late_effect"}:
            if lie == "late_effect":
                # Within the settling time, which counts from the moment when the client gave up.
                late = _TIMEOUT + self._chance.random() * 0.9 * SETTLING.total_seconds()
                self._take_effect(piece, called, round(late * SECOND))
            self._environment.rest(round(_TIMEOUT * SECOND))
            return Unknown(reason="no answer came")
        works = (_SLOW if lie == "slow" else _PROCESSING).draw(self._chance)
        self._take_effect(piece, called, works)
        self._environment.rest(works)
        self._back()
        if lie in {"lost_answer", "error_after"}:
            return Unknown(reason="the connection was reset" if lie == "lost_answer" else "500")
        return Published(remote_id="1", proof="answer")

    def _without_effect(self, lie: str) -> Outcome:
        match lie:
            case "busy":
                return NotSent(reason="429", retry_after=timedelta(seconds=self._chance.randint(2, 30)))
            case "refused":
                return Refused(reason="the text is not liked here")
            case _:
                return Unknown(reason="502")

    def _take_effect(self, piece: Piece, called: int, after: int) -> None:
        """Let it appear by itself: whoever sent the request may be dead by then."""
        timelines, post = self._timelines, f"{self._name} {piece.content.text}"
        world = timelines.world
        arrived = world.now
        key = self._key(piece)
        if key is not None and key in timelines.keys:
            return
        # Its key was looked for as the request came in; a second one meanwhile would double a late effect.
        unseen = None if after > _TIMEOUT * SECOND else key
        timelines.on_their_way[post] += 1

        def appear() -> None:
            timelines.on_their_way[post] -= 1
            timelines.appear(post, Effect(world.now, arrived, called), unseen)
            if key is not None:
                timelines.keys.setdefault(key, world.now)

        world.at(world.now + after, appear)

    def _key(self, piece: Piece) -> str | None:
        if self.guarantee is Guarantee.KEYED:
            return piece.key
        return piece.refs[0] if self.guarantee is Guarantee.STEPWISE and piece.refs else None

    def _back(self) -> None:
        self._environment.pause(0, _WAY)

    # ------------------------------------------------------------------ after
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        self._environment.pause(facts.CPU_COMMIT, _LOOK)
        if self._chance.random() < self._lies.unreadable:
            self._timelines.lies["unreadable"] += 1
            return NotSent(reason="503", retry_after=timedelta(seconds=20))
        if self.guarantee is Guarantee.BLIND:
            return NotFound()
        shown_until = self._environment.world.now - _FEED_LAG.draw(self._chance)
        asked_since = self._environment.world.since_beginning(since) - 60 * SECOND
        for effect in self._timelines.posts.get(f"{self._name} {piece.content.text}", ()):
            if asked_since <= effect.at <= shown_until:
                at = self._environment.world.instant(effect.at)
                return Published(remote_id="1", proof="own feed", at=at)
        return NotFound()

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        raise NotImplementedError(remote_id)  # the desk does not ask


class Secrets:
    """The quota that all environments share when they ask for an account's secret."""

    def __init__(self, world: World, a_second: float) -> None:
        self._world, self._a_second = world, a_second
        self._left, self._at = a_second, 0
        self.reads = self.throttled = 0

    def take(self) -> bool:
        now = self._world.now
        passed = (now - self._at) * self._a_second / SECOND
        self._left, self._at = min(self._left + passed, self._a_second), now
        if self._left < 1:
            self.throttled += 1
            return False
        self._left -= 1
        self.reads += 1
        return True


_KEPT = 300 * SECOND  # how long an environment keeps a secret
_JOINED = 10  # names in one call


class Opening:
    """Networks: opens accounts, each behind a secret, for one environment."""

    def __init__(
        self,
        timelines: Timelines,
        secrets: Secrets,
        environment: Environment,
        lies: Lies,
    ) -> None:
        self._timelines, self._secrets = timelines, secrets
        self._environment, self._lies = environment, lies
        self._chance: Random = environment.chance
        self._asked: list[str] = []

    def open(self, network: str, account: str) -> Account:
        if not account:
            raise NoSuchSecret(network)
        kept, now = self._environment.kept, self._environment.world.now
        if kept.get(account, -1) < now:
            self._asked.append(account)
            self._environment.rest(round(0.2 * SECOND))  # for the batch's others to join
            while kept.get(account, -1) < now:
                self._read_some()
        return Account(self._timelines, self._environment, self._lies, Guarantee(network), account)

    def _read_some(self) -> None:
        names, self._asked = self._asked[:_JOINED], self._asked[_JOINED:]
        if names:
            self._read(names)
        else:  # another thread is at it
            self._environment.rest(round(0.01 * SECOND))

    def _read(self, names: list[str]) -> None:
        for attempt in range(facts.TRIES):
            self._environment.pause(facts.CPU_READ, facts.SECRET)
            if self._secrets.take():
                until = self._environment.world.now + _KEPT
                self._environment.kept.update(dict.fromkeys(names, until))
                return
            self._environment.rest(round(self._chance.random() * 2**attempt * SECOND))
        self._asked += names
        raise Throttled
