"""Posts that are made as containers ahead, and published by their ids: Instagram and Threads."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pydantic import AliasChoices, AwareDatetime, BaseModel, Field

from parution.networks.calls import Told
from parution.networks.graph import ASIDE, Graph, Made, Page, comparable, is_of
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    NotFound,
    NotSent,
    Outcome,
    Piece,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.rates import Left
from parution.transport import Answer, parsed

# A container that is not published within 24 hours has expired (instagram-graph-api/reference/ig-container,
# threads/troubleshooting); nobody prepares for as long as the difference.
_LIVES = timedelta(hours=20)
_WORKS = timedelta(seconds=20)  # between two looks at a container; a film takes minutes
_SOON, _LATER, _IN_AN_HOUR = timedelta(seconds=10), timedelta(minutes=5), timedelta(hours=1)
_ITEM = "item "  # before the id of a container that is one of several

Said = Mapping[str, str]


class Names(NamedTuple):
    """How one network names what both have."""

    make: str  # edges of the account
    publish: str
    limit: str
    status: str  # a container's fields: how it stands, and why it failed
    why: str
    text: str  # a post's words
    failed: Callable[[str], Refused | None]  # reads why; None where another container may do better


class Where(NamedTuple):
    """Where a post is listed once it is out, and with which words; None: it shows none."""

    edge: str
    words: str | None
    counts: str = ""  # what its count of the day is called before `quota_usage`


class _Container(BaseModel):
    id: str
    status: str = Field(validation_alias=AliasChoices("status_code", "status"))
    why: str = Field("", validation_alias=AliasChoices("error_message", "status"))


class _Post(BaseModel):
    id: str
    words: str | None = Field(None, validation_alias=AliasChoices("caption", "text"))
    timestamp: AwareDatetime
    permalink: str | None = None


class _Quota(BaseModel):
    quota_total: int


class _Usage(BaseModel):
    used: int = Field(validation_alias=AliasChoices("quota_usage", "reply_quota_usage"))
    config: _Quota = Field(validation_alias=AliasChoices("config", "reply_config"))


class Containers:
    """The containers of one account."""

    def __init__(self, calls: Graph, account: str, names: Names) -> None:
        self._calls, self._account, self._names = calls, account, names
        self._again = f"{calls.network} could not fetch the files, or failed with them"
        self._unlisted = f"{calls.network} says that it is published, and does not list it yet"

    # ---------------------------------------------------------------- before the instant
    def prepare(
        self, refs: tuple[str, ...], files: Callable[[], list[Said]], together: Said, where: Where
    ) -> Prepared | Preparing | Refused | NotSent:
        """Make the container, and wait until the network has fetched the files from their addresses.

        ``files`` gives what is said of each, only where it must be said (again); ``together`` what is said of
        several.
        """
        return self._standing(refs, together) or self._full(where) or self._begun(files(), together)

    def _standing(
        self, refs: tuple[str, ...], together: Said
    ) -> Prepared | Preparing | Refused | NotSent | None:
        """Go on with what an earlier call made; None where it must be made anew."""
        items = [ref.removeprefix(_ITEM) for ref in refs if ref.startswith(_ITEM)]
        if items:
            return self._items_ready(items, together)
        return self._ready(refs[0], anew=True) if refs else None

    def _begun(self, files: list[Said], together: Said) -> Prepared | Preparing | Refused | NotSent:
        if len(files) == 1:
            return self._made(files[0])
        items: list[str] = []
        for said in files:
            made = self._container(said)
            if not isinstance(made, Made):
                return made
            items.append(made.id)
        return self._items_ready(items, together) or self._failed_with()

    def _items_ready(
        self, items: list[str], together: Said
    ) -> Prepared | Preparing | Refused | NotSent | None:
        """Put the items together as soon as each is ready."""
        for item in items:
            ready = self._ready(item, anew=True)
            if isinstance(ready, Preparing):
                return ready.model_copy(update={"refs": tuple(f"{_ITEM}{one}" for one in items)})
            if not isinstance(ready, Prepared):
                return ready
        return self._made({"media_type": "CAROUSEL", "children": ",".join(items), **together})

    def _made(self, said: Said) -> Prepared | Preparing | Refused | NotSent:
        made = self._container(said)
        return (self._ready(made.id) or self._failed_with()) if isinstance(made, Made) else made

    def _container(self, said: Said) -> Made | Refused | NotSent:
        return self._calls.make(Made, "POST", f"{self._account}/{self._names.make}", data=dict(said))

    def _failed_with(self) -> NotSent:
        return NotSent(reason=self._again, retry_after=_LATER)

    def _full(self, where: Where) -> NotSent | None:
        """Read how many posts of the day are left: its own pages differ about how many there are."""
        edge = f"{self._account}/{self._names.limit}"
        asked = {"fields": f"{where.counts}quota_usage,{where.counts}config"}
        page = self._calls.make(Page[_Usage], "GET", edge, params=asked)
        if isinstance(page, NotSent):
            return page
        if isinstance(page, Refused) or not page.data:
            return None  # who may not read it is told by publishing itself
        total = page.data[0].config.quota_total
        if page.data[0].used < total:
            return None
        in_an_hour = datetime.now(UTC) + _IN_AN_HOUR
        told = Left(counted="account", remaining=0, limit=total, resets_at=in_an_hour)
        reason = f"{self._calls.network} takes no more posts for now: {total} in 24 hours are used up"
        return NotSent(reason=reason, retry_after=_IN_AN_HOUR, left=(told,))

    def _look(self, container: str) -> _Container | NotFound | NotSent:
        asked = {"fields": f"{self._names.status},{self._names.why}"}
        return self._calls.look(_Container, "GET", container, params=asked)

    def _ready(
        self, container: str, *, anew: bool = False
    ) -> Prepared | Preparing | Refused | NotSent | None:
        """Say whether a container is ready; None where another one must be made."""
        read = self._look(container)
        if isinstance(read, NotSent):
            return read
        if isinstance(read, NotFound):  # one that was just made may not be shown yet
            return None if anew else self._at_work(container)
        match read.status:
            case "FINISHED" | "PUBLISHED":
                return Prepared(refs=(container,), good_until=datetime.now(UTC) + _LIVES)
            case "IN_PROGRESS":
                return self._at_work(container)
            case "ERROR":
                return self._names.failed(read.why)
        return None

    def _at_work(self, container: str) -> Preparing:
        reason = f"{self._calls.network} is still fetching the files"
        return Preparing(refs=(container,), reason=reason, retry_after=_WORKS)

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence, where: Where) -> Outcome:
        """Publish the container by its id."""
        if not piece.refs:
            return NotSent(reason="its container is not made yet", retry_after=_SOON)
        container = piece.refs[0]
        done = self._calls.commit(
            "POST",
            f"{self._account}/{self._names.publish}",
            fence,
            f"container: {container}",
            data={"creation_id": container},
            binds=piece.content.hash.encode(),
        )
        match done:
            case Answer():
                made = parsed(Made, done)
                return self._published(made.id, done) if made else self._calls.unclear(done)
            case Told():
                return self._looked_into(piece, container, done, where)
            case _:
                return done

    def _published(self, post: str, answer: Answer) -> Published:
        asked = {"fields": "permalink,timestamp"}
        shown = self._calls.look(_Post, "GET", post, params=asked, timeout=ASIDE)
        at, url = (shown.timestamp, shown.permalink) if isinstance(shown, _Post) else (None, None)
        return Published(remote_id=post, url=url, proof="answer", at=at, left=self._calls.left(answer))

    def _looked_into(self, piece: Piece, container: str, told: Told, where: Where) -> Outcome:
        """Say what became of a container that the network does not publish (any more)."""
        match self._look(container):
            case _Container(status="PUBLISHED"):
                found = self._found(where, min(piece.due_at, datetime.now(UTC)))
                return found if isinstance(found, Published) else Unknown(reason=self._unlisted)
            case _Container(status="FINISHED" | "IN_PROGRESS"):
                return NotSent(reason=told.words, retry_after=_SOON)
            case _Container(status="EXPIRED"):
                return Refused(reason="what was prepared has expired: plan the post again")
            case _Container(status="ERROR", why=why):
                return self._names.failed(why) or Refused(reason=told.words)
        return Unknown(reason=f"{told.words}, and does not say what became of it")

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime, where: Where) -> Published | NotFound | NotSent:
        """Ask the container whether it was published, then look for the post that it became."""
        if not piece.refs:
            return NotFound()
        read = self._look(piece.refs[0])
        match read:
            case NotSent():
                return read
            case NotFound():
                return self._found(where, since)
            case _Container(status="PUBLISHED"):
                found = self._found(where, since)
                is_unlisted = isinstance(found, NotFound)
                return NotSent(reason=self._unlisted, retry_after=_SOON) if is_unlisted else found
            case _Container(status="IN_PROGRESS"):
                return NotSent(reason=f"{self._calls.network} is still at work on it", retry_after=_SOON)
        # Only a container that says so was published: the same words may be another post's.
        return NotFound()

    def _found(self, where: Where, since: datetime) -> Published | NotFound | NotSent:
        """Look for the post among the account's newest; of several the oldest is the nearest.

        It may be of a later attempt: one container serves them all.
        """
        asked = {"fields": f"id,{self._names.text},timestamp,permalink", "limit": "50"}
        page = self._calls.look(Page[_Post], "GET", f"{self._account}/{where.edge}", params=asked)
        if not isinstance(page, Page):
            return page
        wanted = None if where.words is None else comparable(where.words)
        same = (
            one
            for one in reversed(page.data)  # the newest come first, to the second
            if is_of(one.timestamp, since, ever=True) and (wanted is None or comparable(one.words) == wanted)
        )
        found = min(same, key=lambda one: one.timestamp, default=None)
        if found is None:
            return NotFound()
        return Published(remote_id=found.id, url=found.permalink, proof="own feed", at=found.timestamp)
