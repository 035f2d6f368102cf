"""A network as the public sees it, with or without protection against doubles, and its connector.

The site is the judge: it keeps every effect with its instant, whatever anybody was told.
"""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from parution.publishing.content import MediaRef
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
from parution.publishing.rates import Left, Limit
from tests.simulation.seam import Fates, calling, dies, sleep, then, through

SETTLING = timedelta(seconds=30)
LATE = timedelta(seconds=29)  # a late effect comes just before the settling time is over
PATIENCE = timedelta(seconds=30)  # after which a connector gives up waiting
LAG = timedelta(minutes=3)  # a feed that lags shows for so long what it showed before
KEY_LIVES, KEY_KEPT = timedelta(minutes=55), timedelta(hours=1)
SOON = timedelta(seconds=10)
BUSY, AN_HOUR = timedelta(seconds=20), timedelta(hours=1)


class Effect(NamedTuple):
    """Something that the public saw; ``wrong`` says what should have kept it from appearing."""

    at: datetime
    id: str
    text: str
    reply_to: str | None = None
    wrong: tuple[str, ...] = ()


class Call(NamedTuple):
    """What a publishing request carries, and for which attempt it was made."""

    text: str
    reply_to: str | None
    key: str | None
    container: str | None = None
    attempt: tuple[str, int] | None = None
    saw_hold: bool = False
    refs: tuple[str, ...] = ()
    body: bytes = b""  # as it was sent, where the site reads it


class Site:
    """One account on one network."""

    def __init__(self, guarantee: Guarantee, *, refs_live: timedelta = timedelta(days=1)) -> None:
        self.guarantee, self.refs_live = guarantee, refs_live
        self.effects: tuple[Effect, ...] = ()
        self.keys: dict[str, tuple[datetime, str]] = {}
        self.refs: dict[str, datetime] = {}  # what was made ahead, and until when it can be used
        self.out: dict[str, str] = {}  # containers that were published, and as what
        self.late: tuple[tuple[datetime, Call], ...] = ()
        self.hidden_until: datetime | None = None  # the feed lags
        self.misused = False  # something was named in a call that it had forgotten by then

    def copy(self) -> "Site":
        new = Site(self.guarantee, refs_live=self.refs_live)
        new.effects, new.late, new.misused = self.effects, self.late, self.misused
        new.hidden_until = self.hidden_until
        new.keys, new.refs, new.out = dict(self.keys), dict(self.refs), dict(self.out)
        return new

    def likeness(self) -> Hashable:
        kept = (tuple(each.items()) for each in (self.keys, self.refs, self.out))
        return self.effects, self.late, self.misused, self.hidden_until, *kept

    # ---------------------------------------------------------------- what it does
    def make_ref(self, now: datetime) -> str:
        ref = f"ref-{len(self.refs) + 1}"
        self.refs[ref] = now + self.refs_live
        return ref

    def takes(self, call: Call, now: datetime) -> str | None:
        """Look the request over as it comes in; give what an earlier one under its key has made.

        The key is looked for now, not when the effect comes: a second request in between doubles it.
        """
        if call.key and call.key in self.keys:
            kept_since, made = self.keys[call.key]
            return made if now < kept_since + KEY_KEPT else None
        return None

    def publish(self, call: Call, now: datetime, wrong: tuple[str, ...]) -> str | None:
        """Let it appear and give its id; None for a container that is out already or was forgotten."""
        if call.container in self.out:
            return None
        made = str(len(self.effects) + 1)
        self.effects = (*self.effects, Effect(now, made, call.text, call.reply_to, wrong))
        if call.key:
            self.keys[call.key] = (now, made)
        if call.container is not None:
            self.out[call.container] = made
        return made

    def lags(self, now: datetime) -> bool:
        return self.hidden_until is not None and now < self.hidden_until

    def shown(self, text: str, reply_to: str | None, since: datetime) -> Effect | None:
        """Give the oldest post with these words in this place, as the account's own feed shows it."""
        return next(
            (one for one in self.effects if (one.text, one.reply_to) == (text, reply_to) and one.at >= since),
            None,
        )


class Surroundings(Protocol):
    """What a connector needs of the world that it is in."""

    now: datetime
    site: Site

    def wrongs(self, call: Call) -> tuple[str, ...]: ...

    def call_of(self, piece: Piece, container: str | None) -> Call: ...


class SiteNetwork:
    """The connector of a site: honest about what it knows, as every connector must be."""

    limits: tuple[Limit, ...] = ()
    settling = SETTLING

    def __init__(self, world: Surroundings) -> None:
        self._world = world
        self.guarantee = world.site.guarantee
        self.key_lives = KEY_LIVES if self.guarantee is Guarantee.KEYED else None

    @property
    def _site(self) -> Site:
        return self._world.site

    def _now(self) -> datetime:
        return self._world.now

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        if piece.refs and all(ref in self._site.refs for ref in piece.refs) and not self._worn(piece.refs):
            return self._processed(piece.refs)
        wanted: list[MediaRef | None] = [*piece.content.media]
        if self.guarantee is Guarantee.STEPWISE:
            wanted.append(None)  # the container, which holds the others
        refs: list[str] = []
        for ref in wanted:
            if ref is not None:
                media.read(ref)
            made = self._upload()
            if not isinstance(made, str):
                return made
            refs.append(made)
        ready = self.guarantee is not Guarantee.STEPWISE
        return self._ready(tuple(refs)) if ready else self._processed(tuple(refs))

    def _upload(self) -> str | NotSent | Refused | Preparing:
        def make() -> str | NotSent | Refused:
            return self._site.make_ref(self._now())

        busy = NotSent(reason="the network is busy", retry_after=SOON)
        cut = NotSent(reason="the connection was cut", retry_after=SOON)

        def lost() -> NotSent:
            make()
            return cut

        fates: Fates[str | NotSent | Refused] = {
            **calling(make),
            "cut before": lambda: cut,
            "cut after": lost,
            "busy": lambda: busy,
            "refused": lambda: Refused(reason="the picture is too large"),
        }
        return through("http: upload", make, fates, self._now, alone=True)

    def _processed(self, refs: tuple[str, ...]) -> Prepared | Preparing | NotSent:
        work = Preparing(refs=refs, reason="the network is still at work on it", retry_after=SOON)
        cut = NotSent(reason="the connection was cut", retry_after=SOON)

        def ask() -> Prepared | Preparing | NotSent:
            return self._ready(refs)

        fates: Fates[Prepared | Preparing | NotSent] = {
            "dies": dies,
            "still at work": lambda: work,
            "cut": lambda: cut,
        }
        return through("http: is it ready", ask, fates, self._now, alone=True)

    def _ready(self, refs: tuple[str, ...]) -> Prepared:
        return Prepared(refs=refs, good_until=min((self._site.refs[ref] for ref in refs), default=None))

    def _worn(self, refs: tuple[str, ...]) -> bool:
        return any(self._site.refs[ref] <= self._now() for ref in refs)

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        fence.cross(piece.model_dump_json().encode(), marker="own feed")
        return self.publish(self._world.call_of(piece, self._container(piece)))

    def _container(self, piece: Piece) -> str | None:
        return piece.refs[-1] if self.guarantee is Guarantee.STEPWISE else None

    def publish(self, call: Call) -> Outcome:
        """Make the public call; every way is here in which a network has been seen to fail."""
        world, site = self._world, self._site

        def appear() -> Outcome:
            if any(site.refs[ref] <= world.now for ref in call.refs):
                site.misused = True
                return Refused(reason="the picture is gone")
            made = site.takes(call, world.now) or site.publish(call, world.now, world.wrongs(call))
            if made is None:
                return Unknown(reason="the answer was of no use")  # it says that the container is out already
            url = f"https://site.example/{made}"
            return Published(remote_id=made, url=url, proof="answer", at=world.now)

        def later() -> None:
            if site.takes(call, world.now) is None:
                site.late = (*site.late, (world.now + LATE, call))

        cut, lost = Unknown(reason="the connection was cut"), Unknown(reason="no answer in time")

        def times_out() -> Outcome:
            sleep(world.now + PATIENCE)
            return lost

        def answers_slowly() -> Outcome:
            appear()
            sleep(world.now + PATIENCE)
            return lost

        def busy(wait: timedelta) -> Outcome:
            pause = Left(counted="account", remaining=0, resets_at=world.now + wait)
            return NotSent(reason="too many requests", retry_after=wait, left=(pause,))

        fates: Fates[Outcome] = {
            **calling(appear),
            "dies, late effect": lambda: then(later, dies),
            "cut before": lambda: cut,
            "cut after": lambda: then(appear, lambda: cut),
            "late effect": lambda: then(later, lambda: cut),
            "times out": times_out,
            "times out after": answers_slowly,
            "refused": lambda: Refused(reason="the text is too long"),
            "busy": lambda: busy(BUSY),
            "busy for an hour": lambda: busy(AN_HOUR),
            "unreachable": lambda: NotSent(reason="could not be reached", retry_after=SOON),
        }
        return through("http: publish", appear, fates, self._now)

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        if self.guarantee is Guarantee.BLIND:
            return NotFound()
        container = self._container(piece) if piece.refs else None

        site, cut = self._site, NotSent(reason="the connection was cut", retry_after=SOON)

        def look() -> Published | NotFound | NotSent:
            if container is not None:
                out = site.out.get(container)
                seen = next((one for one in site.effects if one.id == out), None)
            else:
                seen = site.shown(piece.content.body, piece.reply_to, since)
            return _seen(seen) if seen and not site.lags(self._now()) else NotFound()

        def lag() -> NotFound:
            site.hidden_until = self._now() + LAG
            return NotFound()

        fates: dict[str, Callable[[], Published | NotFound | NotSent]] = {"dies": dies, "cut": lambda: cut}
        if site.effects:
            fates["shows nothing"] = lag
        return through("http: find", look, fates, self._now)

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        return PostFigures()


def _seen(effect: Effect) -> Published:
    url = f"https://site.example/{effect.id}"
    return Published(remote_id=effect.id, url=url, proof="own feed", at=effect.at)
