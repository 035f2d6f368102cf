"""A clock that obeys, and a network whose every answer is scripted and whose timeline is the judge."""

from collections.abc import Callable
from datetime import datetime, timedelta

from parution.publishing.content import MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Guarantee,
    Media,
    Network,
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
from parution.publishing.rates import Left, Limit

SETTLING = timedelta(seconds=30)
_WITHOUT_EFFECT: dict[str, Outcome] = {
    "nothing": Unknown(reason="the connection was cut"),
    "refused": Refused(reason="the text is too long"),
    "busy": NotSent(reason="too many requests", retry_after=timedelta(seconds=20)),
}


class ObedientClock:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def wait_until(self, instant: datetime) -> None:
        self._now = max(self._now, instant)

    def pass_(self, time: timedelta) -> None:
        self._now += time


class WorkerDied(BaseException):
    """A crash: nothing of ours may catch it."""


class ScriptedNetwork:
    """Answers commits from a script; ``timeline`` is what the public sees, with the instants."""

    limits: tuple[Limit, ...] = ()

    def __init__(
        self,
        clock: ObedientClock,
        *,
        key_lives: timedelta | None = None,
        guarantee: Guarantee = Guarantee.READABLE,
    ) -> None:
        self._clock = clock
        self.guarantee = Guarantee.KEYED if key_lives else guarantee
        self.settling = SETTLING
        self.key_lives = key_lives
        self.timeline: list[datetime] = []
        self._by_key: dict[str, datetime] = {}
        self._late: list[tuple[datetime, str]] = []
        self.script: list[str] = []
        self.searches: list[NotSent] = []
        self.before_commit: Callable[[], None] = lambda: None  # on this side of the fence
        self.while_preparing: Callable[[], object] = lambda: None
        self.in_flight: Callable[[], None] = lambda: None  # beyond it
        self.preparation: Prepared | Preparing | Refused | NotSent = Prepared()
        self.left: tuple[Left, ...] = ()
        self.prepared: list[Piece] = []
        self.pieces: list[Piece] = []

    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        self.prepared.append(piece)
        self.while_preparing()
        return self.preparation

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        self.before_commit()
        fence.cross(piece.model_dump_json().encode(), marker="own feed")
        self.pieces.append(piece)
        self.in_flight()
        key = piece.key if self.guarantee is not Guarantee.STEPWISE else piece.refs[0]
        asked = self.script.pop(0) if self.script else "published"
        if asked in _WITHOUT_EFFECT:
            return _WITHOUT_EFFECT[asked]
        match asked:
            case "published":
                return self._appear(key)
            case "lost answer":
                self._appear(key)
                return Unknown(reason="the answer was lost")
            case "late effect":
                self._late.append((self._clock.now() + SETTLING / 2, key))
                return Unknown(reason="timed out")
            case "paused" | "paused for an hour":
                return self._asks_for_a_pause(timedelta(seconds=20 if asked == "paused" else 3600))
            case "died before":
                raise WorkerDied
            case "died after":
                self._appear(key)
                raise WorkerDied
            case other:
                raise AssertionError(other)

    def _asks_for_a_pause(self, wait: timedelta) -> NotSent:
        nothing = Left(counted="account", remaining=0, resets_at=self._clock.now() + wait)
        return NotSent(reason="too many requests", retry_after=wait, left=(nothing,))

    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        if self.searches:
            return self.searches.pop(0)
        self.land_late()
        if not self.timeline:
            return NotFound()
        return Published(remote_id="1", url="https://masto.example/1", proof="own feed", at=self.timeline[0])

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        return PostFigures()

    def land_late(self) -> None:
        """Let every late effect happen whose time has come.

        Its key was looked for when the request came in, not when it takes effect, as on Mastodon: a second
        request in between doubles it.
        """
        for at, key in [late for late in self._late if late[0] <= self._clock.now()]:
            self._late.remove((at, key))
            self._by_key[key] = at
            self.timeline.append(at)

    def _appear(self, key: str) -> Published:
        self.land_late()
        forgets = self.guarantee in {Guarantee.READABLE, Guarantee.BLIND}
        if forgets or key not in self._by_key:
            self._by_key[key] = self._clock.now()
            self.timeline.append(self._clock.now())
        return Published(remote_id="1", url="https://masto.example/1", proof="answer", left=self.left)


class OneNetwork:
    """Networks with one account, or none."""

    def __init__(self, network: Network, missing: list[Exception] | None = None) -> None:
        self._network, self._missing = network, missing or []

    def open(self, network: str, account: str) -> Network:
        if self._missing:
            raise self._missing.pop(0)
        return self._network


class NoMedia:
    def read(self, ref: MediaRef) -> bytes:
        raise AssertionError(ref)

    def size(self, ref: MediaRef) -> int:
        raise AssertionError(ref)

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        raise AssertionError(ref, start, length)

    def address(self, ref: MediaRef) -> str:
        raise AssertionError(ref)
