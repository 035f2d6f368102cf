"""What an intended import changes, in facts that people and machines can read, bound to a hash."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Literal

from parution.money import Currency
from parution.plan.diff import Moved
from parution.plan.foresight import Intent
from parution.plan.model import Campaign, Line, Plan
from parution.plan.times import written, zone
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Delivery, State
from parution.records import Id, Instant, Record

Kind = Literal["new", "change", "cancel", "locked"]

# Sections that have a part of their own here, or that only an editor reads.
_APART = frozenset({"posts", "campaigns", "schedules", "schema_", "version"})
_HASH_LENGTH = 12  # hex digits: 48 bits, for two states that one person compares
_WORDS = re.compile(r"\w+|\W")


class Edit(Record):
    """How many characters of a text go, and how many come; whole words count."""

    removed: int
    added: int


class PostChange(Record):
    """One delivery. ``at`` is wall-clock time; ``was_at`` stands where the time or the zone moves."""

    kind: Kind
    delivery: str
    post: Id
    channel: Id
    part: int
    network: str
    state: str  # as it stands now; of a new one, as it will
    at: str
    was_at: str | None = None
    published_at: Instant | None = None
    text: Edit | None = None
    media_added: tuple[str, ...] = ()
    media_removed: tuple[str, ...] = ()
    media_replaced: tuple[str, ...] = ()  # another file under the same name
    what: tuple[str, ...] = ()  # what else differs
    needs_yes: bool = False  # it waits for an approval


class LineChange(Record):
    """The most that a line may get over the whole flight, in minor units; None: it is not there."""

    line: Id
    before: int | None
    after: int | None


class CampaignChange(Record):
    """A campaign; amounts in minor units of its currency."""

    kind: Kind
    campaign: Id
    currency: Currency
    before: int | None  # the budget; None: it is new
    after: int | None  # None: it goes
    lines: tuple[LineChange, ...] = ()
    what: tuple[str, ...] = ()
    bound: int = 0  # spent or reserved already

    @property
    def is_below_bound(self) -> bool:
        """Say whether the new budget is less than what is gone: it then only buys nothing more."""
        return self.after is not None and self.after < self.bound


class ScheduleChange(Record):
    kind: Kind
    job: str
    before: str | None
    after: str | None


class Changes(Record):
    """All that an import of one plan changes, against one state of its brand."""

    brand: Id
    zone: str
    locale: str
    key: str  # of the plan file in the bucket
    digest: str
    version: int | None  # of the brand's row; None: the brand is new
    imported_at: Instant | None
    posts: tuple[PostChange, ...]
    same: int  # deliveries that stay as they are
    campaigns: tuple[CampaignChange, ...]
    schedules: tuple[ScheduleChange, ...]
    sections: tuple[str, ...]  # of the plan, that differ otherwise
    unfinished: bool  # an earlier import of this brand was cut off
    hash: str

    @property
    def changes_nothing(self) -> bool:
        """Say whether nothing but the file's own form would differ."""
        moved = any(each.kind != "locked" for each in self.posts)
        return not (moved or self.campaigns or self.schedules or self.sections or self.unfinished)

    @property
    def is_new(self) -> bool:
        return self.version is None

    @property
    def money(self) -> dict[str, int]:
        """Give by how much the campaigns' budgets grow together, per currency."""
        moved: dict[str, int] = {}
        for each in self.campaigns:
            moved[each.currency] = moved.get(each.currency, 0) + (each.after or 0) - (each.before or 0)
        return {currency: amount for currency, amount in moved.items() if amount}


def changes(
    intent: Intent,
    key: str,
    digest: str,
    content_of: Callable[[Delivery], Content],
    bound: Callable[[str], int],
) -> Changes:
    """Tell an intent. ``bound`` gives what a campaign has spent or reserved."""
    plan, row = intent.plan, intent.row
    before = row.plan if row else None
    said = Changes(
        brand=plan.brand.id,
        zone=plan.brand.timezone,
        locale=plan.brand.locale,
        key=key,
        digest=digest,
        version=row.version if row else None,
        imported_at=row.imported_at if row else None,
        posts=tuple(_posts(intent, content_of)),
        same=len(intent.found.same),
        campaigns=tuple(_campaigns(before, plan, bound)),
        schedules=tuple(_schedules(intent)),
        sections=tuple(_sections(before, plan)) if before else (),
        unfinished=row is not None and not row.digest,
        hash="",
    )
    return said.model_copy(update={"hash": _hash(said, intent)})


def _hash(said: Changes, intent: Intent) -> str:
    """Bind what was shown to the rows it was read from: what moves any of them makes another hash."""
    found = intent.found
    rows = [*(each.before for each in (*found.change, *found.cancel)), *found.locked]
    told = {
        "changes": said.model_dump(mode="json"),
        "standing": sorted([row.id, row.state, row.version, row.fence] for row in rows),
        "wished": [[row.id, row.content, row.due_at.isoformat()] for row in found.written],
        "row": intent.row.digest if intent.row else None,
    }
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:_HASH_LENGTH]


# ---------------------------------------------------------------------- posts
def _posts(intent: Intent, content_of: Callable[[Delivery], Content]) -> Iterator[PostChange]:
    found = intent.found
    for created in found.create:
        yield _told("new", created.delivery, created.delivery)
    for moved in found.change:
        yield _changed(moved, content_of)
    for moved in found.cancel:
        yield _told("cancel", moved.before, moved.before)
    for row in found.locked:
        yield _told("locked", row, row)


def _told(kind: Kind, before: Delivery, after: Delivery, **facts: Any) -> PostChange:
    return PostChange(
        kind=kind,
        delivery=after.id,
        post=after.post,
        channel=after.channel,
        part=after.part,
        network=after.network,
        state=before.state,
        at=_wall(after),
        published_at=before.published_at,
        needs_yes=kind in {"new", "change"} and not after.has_its_yes,
        **facts,
    )


def _changed(moved: Moved, content_of: Callable[[Delivery], Content]) -> PostChange:
    before, after = moved.before, moved.after
    facts: dict[str, Any] = {"what": tuple(_what(before, after))}
    if (_wall(before), before.due_at) != (_wall(after), after.due_at):
        facts["was_at"] = _wall(before)
    if moved.content is not None and before.content != after.content:
        facts |= _content(content_of(before), moved.content)
        facts["what"] = (*facts.pop("differs"), *facts["what"])
    return _told("change", before, after, **facts)


def _wall(row: Delivery) -> str:
    place = row.local_at.partition(" ")[2]
    return f"{written(row.due_at.astimezone(zone(place)))} {place}"


def _what(before: Delivery, after: Delivery) -> Iterator[str]:
    """Name what differs beside time and content, and why one that was over comes back."""
    if before.state is not after.state:
        yield f"{before.state} -> {after.state}"
    if after.state is State.HELD:
        yield "stays held"
    for name in ("network", "account", "campaign", "max_late", "parts"):
        if getattr(before, name) != getattr(after, name):
            yield name.replace("parts", "thread").replace("_", " ")


def _content(before: Content, after: Content) -> dict[str, Any]:
    old, new = _etags(before.media), _etags(after.media)
    alts = [file.alt for file in before.media] != [file.alt for file in after.media]
    differs = [name for name in ("link", "format", "language", "tags") if _differ(name, before, after)]
    return {
        "text": edit(before.text, after.text) if before.text != after.text else None,
        "media_added": tuple(name for name in new if name not in old),
        "media_removed": tuple(name for name in old if name not in new),
        "media_replaced": tuple(name for name, etag in new.items() if old.get(name, etag) != etag),
        "differs": [*differs, *(["alt text"] if alts and old.keys() == new.keys() else [])],
    }


def _differ(name: str, before: Content, after: Content) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _etags(media: Iterable[MediaRef]) -> dict[str, str]:
    return {file.key.removeprefix("media/"): file.etag for file in media}


def edit(before: str, after: str) -> Edit:
    """Count the characters of the words and signs that go and that come."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    removed = added = 0
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=len(old) > 2000).get_opcodes():  # noqa: PLR2004 (words; beyond, its exact way takes seconds)
        if tag != "equal":
            removed += sum(map(len, old[i:j]))
            added += sum(map(len, new[k:m]))
    return Edit(removed=removed, added=added)


# ---------------------------------------------------------------------- money
def _campaigns(before: Plan | None, after: Plan, bound: Callable[[str], int]) -> Iterator[CampaignChange]:
    old = {each.id: each for each in before.campaigns} if before else {}
    new = {each.id: each for each in after.campaigns}
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name):
            yield _campaign(old.get(name), new.get(name), bound(name))


def _campaign(old: Campaign | None, new: Campaign | None, bound: int) -> CampaignChange:
    one = new or old
    if one is None:
        raise ValueError("a campaign that neither was nor will be")
    return CampaignChange(
        kind="new" if old is None else "cancel" if new is None else "change",
        campaign=one.id,
        currency=one.currency,
        before=old.budget if old else None,
        after=new.budget if new else None,
        lines=tuple(_lines(old, new)) if old and new else (),
        what=tuple(_facts_that_differ(old, new)) if old and new else (),
        bound=bound,
    )


def _lines(old: Campaign, new: Campaign) -> Iterator[LineChange]:
    before, after = _caps(old), _caps(new)
    for line in [*after, *(line for line in before if line not in after)]:
        if before.get(line) != after.get(line):
            yield LineChange(line=line, before=before.get(line), after=after.get(line))


def _caps(campaign: Campaign) -> dict[str, int]:
    return {line.id: campaign.cap_of(line) for line in campaign.lines}


def _facts_that_differ(old: Campaign, new: Campaign) -> Iterator[str]:
    for name in Campaign.model_fields:
        if name not in {"id", "budget", "lines"} and getattr(old, name) != getattr(new, name):
            yield name
    before: Mapping[str, Line] = {line.id: line for line in old.lines}
    # What a line may get is told with its amounts; a floor or a step is only named.
    kept = {"max", "max_share"}
    for line in new.lines:
        if line.id in before and line.model_dump(exclude=kept) != before[line.id].model_dump(exclude=kept):
            yield f"formats/{line.id}"


# ---------------------------------------------------------------------- the rest
def _schedules(intent: Intent) -> Iterator[ScheduleChange]:
    for job, expression in sorted(intent.put.items()):
        old = intent.standing.get(job)
        before = f"{old[0]} {old[1]}" if old else None
        after = f"{expression} {intent.plan.brand.timezone}"
        yield ScheduleChange(kind="change" if old else "new", job=job, before=before, after=after)
    for job in sorted(intent.removed):
        yield ScheduleChange(kind="cancel", job=job, before=" ".join(intent.standing[job]), after=None)


def _sections(before: Plan, after: Plan) -> Iterator[str]:
    for name, field in Plan.model_fields.items():
        if name not in _APART and getattr(before, name) != getattr(after, name):
            yield field.alias or name


def emptied(plan: Plan) -> bytes:
    """Write the plan of a brand that is removed: who it was, and nothing that it publishes, buys or runs."""
    brand = plan.brand.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps({"version": 1, "brand": brand}, ensure_ascii=False, indent=2).encode() + b"\n"


def moment(at: datetime | None, place: str) -> str:
    """Write an instant as the clock of a zone shows it."""
    return written(at.astimezone(zone(place)).replace(second=0)) if at else "never"
