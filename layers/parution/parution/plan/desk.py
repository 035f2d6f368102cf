"""The import desk: a plan file in, the tables and schedules as the plan says, a result out."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from parution.errors import NotAsRead
from parution.plan.checks import examine
from parution.plan.diff import Diff, diff
from parution.plan.facts import Facts
from parution.plan.model import Plan
from parution.plan.ports import BrandRow, Brands, PlanFile, PlanFiles, Schedules, Secrets, StoredFile
from parution.plan.problems import Problem, problem
from parution.plan.reading import LIMIT
from parution.plan.timetable import chosen_times
from parution.plan.wishes import files_of, secrets_of, wishes
from parution.publishing.deliveries import Change, Delivery, State
from parution.publishing.dispatch import delay, is_soon
from parution.publishing.ports import Deliveries, DeliveryQueue, Outgoing
from parution.records import Instant, Record

# Rows are independent: so many are written at once, below the ten connections that boto3 keeps by default.
_AT_ONCE = 8

Status = Literal["imported", "unchanged", "refused"]
_METRICS: Mapping[Status, str] = {
    "imported": "PlanImported",
    "unchanged": "PlanUnchanged",
    "refused": "PlanRefused",
}


class ImportResult(Record):
    """What became of a plan file; its JSON is `results/<the file's key>`."""

    plan: str  # the file's key
    brand: str | None
    digest: str | None  # SHA-256 of the file's bytes; None when it is gone or too large to read
    at: Instant
    status: Status
    problems: tuple[Problem, ...]
    changes: dict[str, Any] = {}

    @property
    def metric(self) -> str:
        return _METRICS[self.status]


class _Known(NamedTuple):
    row: BrandRow | None
    facts: Facts


class ImportDesk:
    """Converges to a plan: conditional, resumable writes, the brand's row last.

    A crash half-way is finished by taking the same file again. An import that races another of the same
    brand raises NotAsRead, and is taken again too.
    """

    def __init__(
        self,
        *,
        files: PlanFiles,
        brands: Brands,
        deliveries: Deliveries,
        secrets: Secrets,
        schedules: Schedules,
        queue: DeliveryQueue,
        wake_early: timedelta,
        at_once: int = _AT_ONCE,
    ) -> None:
        self._files, self._brands, self._deliveries = files, brands, deliveries
        self._secrets, self._schedules, self._queue = secrets, schedules, queue
        self._wake_early, self._at_once = wake_early, at_once

    def take(self, key: str, now: datetime) -> ImportResult:
        """Import the file that stands under this key, whatever event told of it; write its result.

        Raises NotAsRead when another import, a publication or a newer file came between.
        """
        file = self._files.plan_file(key, LIMIT)
        result = self._import(key, file, now) if file else _gone(key, now)
        self._still_stands(key, file)
        self._files.write_result(result_key(key), result.model_dump(mode="json"))
        return result

    def _import(self, key: str, file: PlanFile, now: datetime) -> ImportResult:
        known: dict[str, _Known] = {}

        def facts_of(plan: Plan) -> Facts:
            known[plan.brand.id] = self._known(key, plan)
            return known[plan.brand.id].facts

        # The past is judged from when the author spoke: a retry that comes later must not refuse the
        # half that a crash left over.
        plan, problems = examine(file.body, facts_of, min(file.uploaded_at, now), file.size)
        result = ImportResult(
            plan=key,
            brand=next(iter(known), None),
            digest=hashlib.sha256(file.body).hexdigest() if file.size == len(file.body) else None,
            at=now,
            status="refused",
            problems=tuple(one.model_copy(update={"file": key}) for one in problems),
        )
        return self._converged(plan, known[plan.brand.id], result) if plan else result

    # ------------------------------------------------------------------ reading
    def _still_stands(self, key: str, file: PlanFile | None) -> None:
        """Make sure that the file is the newest: its own import may have ended while this one wrote."""
        stored = self._files.stored(key)
        if (stored and stored.etag) != (file and file.etag):
            raise NotAsRead(key)

    def _known(self, key: str, plan: Plan) -> _Known:
        # The brand's row first: an import that ends after this reading is noticed when the row is written.
        row = self._brands.brand(plan.brand.id)
        keys = sorted(files_of(plan))
        facts = Facts(
            key=key,
            owner=self._brands.owner(key),
            held_by=row.key if row else None,
            secrets=self._secrets.known(secrets_of(plan)),
            media={name: file for name, file in self._each(self._file, keys) if file is not None},
            deliveries={each.id: each for each in self._deliveries.of_brand(plan.brand.id)},
            campaigns={each.id: each for each in row.plan.campaigns} if row else {},
        )
        return _Known(row, facts)

    def _file(self, key: str) -> tuple[str, StoredFile | None]:
        return key, self._files.stored(key)

    # ------------------------------------------------------------------ writing
    def _converged(self, plan: Plan, known: _Known, result: ImportResult) -> ImportResult:
        change = Change(actor="import_plan", cause=result.plan, at=result.at)
        wished = wishes(plan, known.facts.media or {}, change)
        found = diff(wished, known.facts.deliveries or {}, change)
        put, removed = self._schedule_changes(plan)
        changes = {**found.summary(), "schedules": {"put": sorted(put), "remove": sorted(removed)}}
        if times := chosen_times(plan):
            changes["times"] = times
        was_whole = known.row is not None and known.row.digest == result.digest
        if was_whole and found.changes_nothing and not put and not removed:
            return result.model_copy(update={"status": "unchanged", "changes": changes})
        row = known.row or self._begun(plan, result)
        if known.facts.owner is None:
            self._brands.claim_key(result.plan, plan.brand.id)
        self._write(found)
        self._send([*found.written, *(() if was_whole else found.same)], result.at)
        self._reschedule(plan, put, removed)
        self._brands.keep_brand(_row(plan, result, row.version + 1), row)
        return result.model_copy(update={"status": "imported", "changes": changes})

    def _begun(self, plan: Plan, result: ImportResult) -> BrandRow:
        """Take a new brand for this file, so that of two files with one brand only one writes a post."""
        row = _row(plan, result, 1).model_copy(update={"digest": ""})
        self._brands.keep_brand(row, None)
        return row

    def _write(self, found: Diff) -> None:
        """Contents first: a delivery never names one that is not there."""
        fresh = {(each.brand, each.post, content.hash): content for each, content in found.contents}
        self._each(lambda item: self._deliveries.keep_content(*item[0][:2], item[1]), fresh.items())
        self._each(self._deliveries.create, [each.delivery for each in found.create])
        self._each(
            lambda moved: self._deliveries.move(moved.before, moved.after), [*found.change, *found.cancel]
        )

    def _send(self, deliveries: Iterable[Delivery], now: datetime) -> None:
        """Send at once what the dispatcher may have passed already."""
        soon = [
            Outgoing(each.ticket, each.network, delay(each.wake_at, now, self._wake_early))
            for each in deliveries
            if each.state is State.PLANNED and each.wake_at is not None and is_soon(each.wake_at, now)
        ]
        if soon:
            self._queue.send(soon)

    def _schedule_changes(self, plan: Plan) -> tuple[dict[str, str], set[str]]:
        wanted = plan.schedules.model_dump(exclude={"watch"}, exclude_none=True)
        standing = self._schedules.of_brand(plan.brand.id)
        zone = plan.brand.timezone
        put = {job: text for job, text in wanted.items() if standing.get(job) != (text, zone)}
        return put, standing.keys() - wanted.keys()

    def _reschedule(self, plan: Plan, put: Mapping[str, str], removed: Iterable[str]) -> None:
        for job, expression in put.items():
            self._schedules.put(plan.brand.id, job, expression, plan.brand.timezone)
        for job in removed:
            self._schedules.remove(plan.brand.id, job)

    def _each[T, R](self, act: Callable[[T], R], on: Iterable[T]) -> list[R]:
        """Act on each, several at once; the first failure ends it, and what had begun is finished."""
        with ThreadPoolExecutor(self._at_once) as pool:
            try:
                return list(pool.map(act, on))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def result_key(key: str) -> str:
    """Give where the result of a plan file stands: `plans/a/b.json` has `results/a/b.json`."""
    return f"results/{key.removeprefix('plans/')}"


def _row(plan: Plan, result: ImportResult, version: int) -> BrandRow:
    """Keep all but the posts, which have rows of their own."""
    kept = plan.model_copy(update={"posts": ()})
    return BrandRow(
        plan=kept, key=result.plan, digest=result.digest or "", version=version, imported_at=result.at
    )


def _gone(key: str, now: datetime) -> ImportResult:
    gone = problem("E004", "", f"{key} is no longer there", "upload it again")
    return ImportResult(plan=key, brand=None, digest=None, at=now, status="refused", problems=(gone,))
