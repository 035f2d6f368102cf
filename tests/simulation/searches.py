"""All searches, by what they are about: each tries every schedule from one beginning.

PARUTION_FAULTS=deep takes each as far as it is worth; without it, as far as a test suite has time for.
`make bench ONLY=faults` runs them all at their full depth.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from parution.publishing.deliveries import State
from parution.publishing.ports import Guarantee
from tests.builders import NOON
from tests.simulation import people, scenes
from tests.simulation.mastodon import MastodonSite
from tests.simulation.sites import Site
from tests.simulation.world import STALL, World

DEEP = os.environ.get("PARUTION_FAULTS") == "deep"

KEYED, STEPWISE, READABLE, BLIND = Guarantee.KEYED, Guarantee.STEPWISE, Guarantee.READABLE, Guarantee.BLIND

# Why a post may be left to a person although its network would refuse a double: it said no, or it was too
# late to try again. Elsewhere: it can be searched, and does not show it; or it cannot be.
_NO_MORE_TRIES = {"refused when sent again", "old news"}
_MAY_FLAG = {
    KEYED: frozenset(_NO_MORE_TRIES),
    STEPWISE: frozenset(_NO_MORE_TRIES),
    READABLE: frozenset({*_NO_MORE_TRIES, "the network does not show it"}),
    BLIND: frozenset({*_NO_MORE_TRIES, "blind"}),
}


class Search(NamedTuple):
    """A beginning, how many faults are tried from it, and why a post may be left to a person."""

    name: str
    start: Callable[[int], World]
    faults: int | None  # None: tried when deep alone
    deep: int
    may_flag: frozenset[str]
    may_be_live: bool = False  # of what is flagged: where nobody can look

    def world(self, *, deep: bool = DEEP) -> World:
        return self.start(self.deep if deep or self.faults is None else self.faults)


type _On = Guarantee | type[MastodonSite]
type _Scene = Callable[..., World]


def _search(name: str, scene: _Scene, on: _On, faults: int | None, deep: int, **cast: Any) -> Search:
    guarantee = on if isinstance(on, Guarantee) else KEYED
    what = on.value if isinstance(on, Guarantee) else "Mastodon"

    def start(faults: int) -> World:
        return scene(Site(on) if isinstance(on, Guarantee) else on(), faults, **cast)

    name = ", ".join(filter(None, (name, what)))
    return Search(name, start, faults, deep, _MAY_FLAG[guarantee], may_be_live=guarantee is BLIND)


# -------------------------------------------------------------------- one worker
def _one_worker() -> Iterator[Search]:
    for guarantee in Guarantee:
        yield _search("", scenes.one_post, guarantee, 2, 3)
    yield _search("", scenes.one_post, MastodonSite, 1, 2)


# Made ten minutes ahead: it lasts for long, just beyond the instant, or not even so long.
_LIVES = {
    "lasts a day": timedelta(days=1),
    "lasts a moment": timedelta(seconds=615),
    "expires before": timedelta(minutes=8),
}


def _pictures() -> Iterator[Search]:
    for lasting, lives in _LIVES.items():
        yield _search(lasting, scenes.a_post_with_picture, KEYED, 1, 2, refs_live=lives)
        container = _search(lasting, scenes.a_post_with_picture, STEPWISE, 1, 2, refs_live=lives)
        # A container that has expired cannot be published once more.
        yield container._replace(may_flag=_MAY_FLAG[READABLE]) if lasting == "lasts a moment" else container
    yield _search("", scenes.a_post_with_picture, MastodonSite, 1, 1)


def _sequences() -> Iterator[Search]:
    yield _search("", scenes.a_sequence, KEYED, 1, 2)
    yield _search("", scenes.a_sequence, READABLE, 1, 1)
    yield _search("", scenes.a_sequence, MastodonSite, 1, 1)


# -------------------------------------------------------------------- two workers
def _two_workers() -> Iterator[Search]:
    for on in (*Guarantee, MastodonSite):
        yield _search("", scenes.one_post, on, 0, 1, workers=2, copies=2)


def _outlived_leases() -> Iterator[Search]:
    for guarantee in Guarantee:
        faults = None if guarantee is STEPWISE else 1  # what is found there, a key finds faster
        yield _search("", scenes.one_post, guarantee, faults, 1, workers=2, stall=STALL, befalls=_stalls)


def _stalls(step: str, fate: str) -> bool:
    return fate.startswith("stalls")


# -------------------------------------------------------------------- the worst moments
_EDIT = people.importing(people.wished(scenes.MARRON))
_LATER = people.importing(people.wished(scenes.MARRON, due_at=NOON + timedelta(minutes=5)))
_ASKING = people.importing(people.wished(scenes.MARRON, asks_approval=True))
_CANCEL = people.importing()
_WAITS_FOR_A_YES = {
    "asks_approval": True,
    "state": State.AWAITING_APPROVAL,
    "wake_at": NOON + timedelta(minutes=10, seconds=1),
}

_MOMENTS: dict[str, dict[str, Any]] = {
    "edited": {"people": {"import": _EDIT}},
    "moved to a later time": {"people": {"import": _LATER}},
    "cancelled": {"people": {"import": _CANCEL}},
    "held": {"people": {"hold": people.hold}},
    "held and released": {
        "people": {"hold": people.hold, "release": people.release},
        "after": {"release": "hold"},
    },
    "cancelled and planned again": {
        "people": {"cancel": _CANCEL, "import": _EDIT},
        "after": {"import": "cancel"},
    },
    "edited and held": {"people": {"import": _EDIT, "hold": people.hold}},
    "approved and edited": {
        "people": {"approve": people.approve, "import": _ASKING},
        "row": _WAITS_FOR_A_YES,
    },
    "judged by a person": {"people": {"verdict": people.verdict}},
}


def _moments() -> Iterator[Search]:
    for guarantee in (KEYED, READABLE):
        for name, cast in _MOMENTS.items():
            two = len(cast["people"]) > 1
            faults, deep = (None if two and guarantee is READABLE else 0), (0 if two else 1)
            found = _search(name, scenes.one_post, guarantee, faults, deep, **cast)
            held = {"held before it could be sent again"} if "hold" in cast["people"] else set[str]()
            yield found._replace(may_flag=found.may_flag | held)
    yield _search("judged by a person", scenes.one_post, BLIND, 1, 1, **_MOMENTS["judged by a person"])


ALL = {
    "one worker": tuple(_one_worker()),
    "a picture sent ahead": tuple(_pictures()),
    "a thread with a comment": tuple(_sequences()),
    "a tick that fails": (_search("", scenes.a_post_that_the_tick_finds, READABLE, 1, 2),),
    "two workers": tuple(_two_workers()),
    "a lease outlived": tuple(_outlived_leases()),
    "a person at the worst moment": tuple(_moments()),
}
