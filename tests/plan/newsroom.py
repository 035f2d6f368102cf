"""The import desk among its doubles, and a world that dies at any write."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from parution.plan.desk import ImportDesk, ImportResult
from parution.publishing.deliveries import State
from parution.publishing.ports import Outgoing
from parution.sandbox.memory_plans import MemoryPlanBucket, MemorySchedules, MemorySecrets
from parution.sandbox.memory_posts import MemoryPosts
from tests.plan.plans import NOW, as_bytes

KEY = "plans/bakery/plan.json"
RESULT = "results/bakery/plan.json"
BRAND = "boulangerie-martin"
SECRETS = {name: {"token": "t"} for name in ("masto-martin", "site-martin", "ads-martin")}
WRITES = frozenset(
    {"create", "move", "keep_content", "claim_key", "keep_brand", "put", "remove", "send", "write_result"}
)


class SentTickets:
    """A queue that only remembers."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def send(self, waiting: Sequence[Outgoing]) -> None:
        self.sent += waiting


class Crash(BaseException):
    """The process is gone: nobody catches this."""


class Watched:
    """A port whose writes are seen, one by one, before and after they are done."""

    def __init__(self, port: Any, seen: Callable[[str], None]) -> None:
        self._port, self._seen = port, seen

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._port, name)
        if name not in WRITES:
            return act

        def watched(*args: Any) -> Any:
            self._seen(f"before {name}")
            answer = act(*args)
            self._seen(f"after {name}")
            return answer

        return watched


class Newsroom:
    """Everything that importing touches, in memory."""

    def __init__(self) -> None:
        self.files, self.posts, self.secrets = MemoryPlanBucket(), MemoryPosts(), MemorySecrets(SECRETS)
        self.schedules, self.queue = MemorySchedules(), SentTickets()
        self.files.upload("media/buche.png", b"picture")
        self.moments: list[str] = []

    def upload(self, plan: Any, key: str = KEY, at: datetime = NOW) -> None:
        self.files.upload(key, plan if isinstance(plan, bytes) else as_bytes(plan), at)

    def take(
        self, key: str = KEY, now: datetime = NOW, seen: Callable[[str], None] | None = None
    ) -> ImportResult:
        self.moments = []

        def note(moment: str) -> None:
            self.moments.append(moment)
            if seen:
                seen(moment)

        def watched(port: Any) -> Any:
            return Watched(port, note)

        desk = ImportDesk(
            files=watched(self.files),
            brands=watched(self.posts),
            deliveries=watched(self.posts),
            secrets=self.secrets,
            schedules=watched(self.schedules),
            queue=watched(self.queue),
            wake_early=timedelta(seconds=2),
            at_once=1,
        )
        return desk.take(key, now)

    def imported(self, plan: Any, key: str = KEY, now: datetime = NOW) -> ImportResult:
        self.upload(plan, key, now)
        return self.take(key, now)

    @property
    def writes(self) -> list[str]:
        """Name the writes of the last import, in their order, its result's own left out."""
        done = [moment.removeprefix("after ") for moment in self.moments if moment.startswith("after ")]
        return [name for name in done if name != "write_result"]

    def standing(self) -> dict[str, Any]:
        """Give all that an import leaves, in plain values, but what was cancelled and older contents."""
        row = self.posts.brand(BRAND)
        alive = [each for each in self.posts.of_brand(BRAND) if each.state is not State.CANCELLED]
        return {
            "deliveries": {
                each.id: (
                    each.state,
                    each.due_at,
                    each.account,
                    self.posts.content(BRAND, each.post, each.content),
                )
                for each in alive
            },
            "row": row and (row.plan, row.key, row.digest),
            "schedules": self.schedules.of_brand(BRAND),
        }


def dying_at(moment: int) -> Callable[[str], None]:
    """Crash at the n-th moment seen, and at every later one: a dead process writes nothing."""
    left = iter(range(moment))

    def seen(_: str) -> None:
        if next(left, None) is None:
            raise Crash

    return seen


def at_moment(moment: int, act: Callable[[], None]) -> Callable[[str], None]:
    """Let something come between, once, at the n-th moment seen."""
    number = count()

    def seen(_: str) -> None:
        if next(number) == moment:
            act()

    return seen
