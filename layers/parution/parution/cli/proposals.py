"""Plan files of this machine held against a deployed stack: what importing them would change there."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from pydantic import TypeAdapter, ValidationError

from parution.buying.campaigns import Account
from parution.cli.workspaces import resolved
from parution.plan.changes import Changes, changes, emptied
from parution.plan.foresight import AT_ONCE, Foreseen, Foresight, Intent, each_of
from parution.plan.ports import BrandRow, Brands, PlanFile, PlanFiles, Schedules, Secrets, StoredFile
from parution.plan.problems import Problem, errors_in, problem
from parution.plan.reading import LIMIT, parsed
from parution.plan.resolution import BrandPlan, located
from parution.plan.workspace import is_workspace
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery
from parution.publishing.ports import Clock, Deliveries
from parution.records import Id

_ID: TypeAdapter[str] = TypeAdapter(Id)
_PART = 1024 * 1024  # S3 counts the parts of an upload in whole MiB


class Posts(Brands, Deliveries, Protocol):
    """What the posts table answers."""


class Bucket(PlanFiles, Protocol):
    """The plan bucket, as people fill it."""

    def upload(self, key: str, body: bytes | BinaryIO, kind: str) -> None:
        """Put a file; ``kind`` is its MIME type."""

    def replace(self, key: str, body: bytes, over: str | None) -> None:
        """Put a plan where nothing (None) or the file with this etag lies. Raises NotAsRead."""


class Balances(Protocol):
    def account(self, brand: str, campaign: str) -> Account | None:
        """Read a campaign's balances."""


class Deployed(Protocol):
    """A deployed stack, as far as planning asks it."""

    @property
    def posts(self) -> Posts: ...

    @property
    def secrets(self) -> Secrets: ...

    @property
    def schedules(self) -> Schedules: ...

    @property
    def files(self) -> Bucket: ...

    @property
    def budgets(self) -> Balances: ...

    @property
    def clock(self) -> Clock: ...


class Proposal(NamedTuple):
    """One brand's plan, ready to be put under a key; ``changes`` is None where it has an error."""

    brand: str
    key: str
    body: bytes
    media: Mapping[str, Path]  # to upload first, by key
    changes: Changes | None
    over: str | None  # the etag of the plan that lies under the key
    removes: bool = False  # the brand is taken out


class Proposed(NamedTuple):
    """What a file asks of the stack; with one error nothing of it may be applied."""

    proposals: list[Proposal]
    problems: list[Problem]

    @property
    def is_sound(self) -> bool:
        return not errors_in(self.problems)

    @property
    def to_do(self) -> list[Proposal]:
        return [
            one for one in self.proposals if one.changes and (one.media or not one.changes.changes_nothing)
        ]

    @property
    def hash(self) -> str:
        """Bind all that was shown: of one brand its own hash, of several the hash of theirs."""
        hashes = [one.changes.hash for one in self.proposals if one.changes]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:12]


class LocalFirst:
    """The bucket as it will be once this folder's media are uploaded, and the plan is. Writes nothing."""

    def __init__(self, bucket: PlanFiles, key: str, plan: PlanFile, folder: Path) -> None:
        self._bucket, self._key, self._plan, self._folder = bucket, key, plan, folder
        self.to_upload: dict[str, Path] = {}

    def plan_file(self, key: str, limit: int) -> PlanFile | None:
        return self._plan if key == self._key else self._bucket.plan_file(key, limit)

    def stored(self, key: str) -> StoredFile | None:
        there, here = self._bucket.stored(key), self._folder / key
        if not here.is_file():
            return there
        etag, size = etag_like(here, there), here.stat().st_size
        if there is None or there.etag != etag:
            self.to_upload[key] = here
        return StoredFile(etag=etag, size=size)

    def write_result(self, key: str, document: Mapping[str, Any]) -> None:
        raise NotImplementedError(f"{key}: only the stack imports ({len(document)} keys)")


def etag_like(file: Path, there: StoredFile | None) -> str:
    """Give the etag of a file here, in one piece or in parts as the one that is stored was uploaded.

    An object's etag is the MD5 of its bytes, or of its parts' MD5s with their number; the parts' size is
    not told, so that the sizes that make this number are tried.
    """
    number = there.etag.rpartition("-")[2] if there and "-" in there.etag else ""
    length = file.stat().st_size
    if there and number.isdecimal() and int(number) and there.size == length:
        for size in _part_sizes(length, int(number)):
            if _in_parts(file, size) == there.etag:
                return there.etag
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "md5").hexdigest()


def _part_sizes(length: int, number: int) -> Iterator[int]:
    smallest = max(1, ceil(length / number / _PART))
    return (
        size * _PART for size in range(smallest, smallest + 64) if ceil(length / (size * _PART)) == number
    )


def _in_parts(file: Path, size: int) -> str:
    """Hash a file part by part: a film is never in memory whole."""
    sums = []
    with file.open("rb") as opened:
        while part := opened.read(size):
            sums.append(hashlib.md5(part, usedforsecurity=False).digest())
    return f"{hashlib.md5(b''.join(sums), usedforsecurity=False).hexdigest()}-{len(sums)}"


# ---------------------------------------------------------------------- reading
def proposed(file: Path, here: Deployed, key: str | None, now: datetime) -> Proposed:
    """Hold a plan, or a workspace, against the stack; ``key`` is the plan's where the default is not."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        said = f"the file cannot be read: {error.strerror}"
        return Proposed([], [_in_file(problem("E004", "", said, "check its name and your rights"), file)])
    document = parsed(raw)[0]
    if is_workspace(document):
        return _of_workspace(file, document, here, now)
    brand = _brand_of(document)
    place = key or _key_of(brand, here, f"plans/{brand or file.stem}/plan.json")
    proposal, found = _proposal(brand, place, raw, folder=file.parent, here=here, now=now)
    return Proposed([proposal], [_in_file(one, file) for one in found])


def removal(row: BrandRow, here: Deployed, now: datetime) -> tuple[Proposal, list[Problem]]:
    """Propose a brand's end: what waits is cancelled, its schedules go, its rows stay."""
    brand = row.plan.brand.id
    proposal, found = _proposal(brand, row.key, emptied(row.plan), folder=Path(), here=here, now=now)
    return proposal._replace(removes=True), found


def _of_workspace(file: Path, document: Any, here: Deployed, now: datetime) -> Proposed:
    resolution = resolved(file)
    folder = f"plans/{_agency(document) or file.stem}/"
    proposals, problems = [], list(resolution.problems)
    for each in resolution.brands:
        body = json.dumps(each.document, ensure_ascii=False, indent=1).encode()
        key = _key_of(each.brand, here, f"{folder}{each.brand}.json")
        proposal, found = _proposal(each.brand, key, body, folder=file.parent, here=here, now=now)
        proposals.append(proposal)
        problems += [each.at_its_source(one) for one in found]
    if not errors_in(problems):
        proposals += _removals(folder, resolution.brands, here, now)
    return Proposed(proposals, [_below(one, file) for one in located(problems, resolution.texts)])


def _removals(folder: str, brands: Iterable[BrandPlan], here: Deployed, now: datetime) -> Iterator[Proposal]:
    """Propose the end of the brands that the workspace brought once, and names no longer."""
    named = {each.brand for each in brands}
    for brand in here.posts.brands():
        row = here.posts.brand(brand) if brand not in named else None
        # A brand whose file lies elsewhere may be anybody's.
        if row is not None and row.key == f"{folder}{brand}.json":
            yield removal(row, here, now)[0]


def _proposal(
    brand: str | None, key: str, body: bytes, *, folder: Path, here: Deployed, now: datetime
) -> tuple[Proposal, list[Problem]]:
    # Before anything else is read: whoever puts a plan after this is noticed when ours is put.
    lies = here.files.stored(key)
    plan = PlanFile(body=body[:LIMIT], size=len(body), etag="", uploaded_at=now)
    files = LocalFirst(here.files, key, plan, folder)
    foresight = Foresight(
        files=files,
        brands=here.posts,
        deliveries=here.posts,
        secrets=here.secrets,
        schedules=here.schedules,
        actor="plan",
    )
    foreseen = foresight.of(key, plan, now)
    name = foreseen.brand or brand or ""
    changed = _changes(foreseen, key, here)
    return Proposal(name, key, body, files.to_upload, changed, lies.etag if lies else None), foreseen.problems


def _changes(foreseen: Foreseen, key: str, here: Deployed) -> Changes | None:
    if foreseen.intent is None or foreseen.digest is None:
        return None
    contents = _contents(here, foreseen.intent)
    bound = _bound(here, foreseen.brand or "")
    return changes(foreseen.intent, key, foreseen.digest, lambda row: contents[row.id], bound)


def _contents(here: Deployed, intent: Intent) -> dict[str, Content]:
    """Read what the deliveries show whose content changes, by their ids."""
    rows = [each.before for each in intent.found.change if each.before.content != each.after.content]

    def read(row: Delivery) -> tuple[str, Content]:
        return row.id, here.posts.content(row.brand, row.post, row.content)

    return dict(each_of(read, rows, AT_ONCE))


def _bound(here: Deployed, brand: str) -> Callable[[str], int]:
    def bound(campaign: str) -> int:
        account = here.budgets.account(brand, campaign)
        return account.spent + account.reserved if account else 0

    return bound


def _key_of(brand: str | None, here: Deployed, otherwise: str) -> str:
    row = here.posts.brand(brand) if brand else None
    return row.key if row else otherwise


def _brand_of(document: Any) -> str | None:
    return _id_in(document, "brand")


def _agency(document: Any) -> str | None:
    return _id_in(document, "workspace")


def _id_in(document: Any, section: str) -> str | None:
    """Give the id that a section has; None where it is none, and an error tells so."""
    found = document.get(section) if isinstance(document, dict) else None
    try:
        return _ID.validate_python(found.get("id") if isinstance(found, dict) else None, strict=True)
    except ValidationError:
        return None


def _in_file(found: Problem, file: Path) -> Problem:
    return found.model_copy(update={"file": str(file)})


def _below(found: Problem, file: Path) -> Problem:
    return found.model_copy(update={"file": str(file.parent / (found.file or file.name))})
