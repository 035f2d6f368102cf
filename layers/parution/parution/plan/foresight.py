"""What importing a plan file would change: the import reads it before it writes, people before they apply."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple

from parution.plan.checks import examine
from parution.plan.diff import Diff, diff
from parution.plan.facts import Facts
from parution.plan.model import Plan
from parution.plan.ports import BrandRow, Brands, PlanFile, PlanFiles, Schedules, Secrets, StoredFile
from parution.plan.problems import Problem
from parution.plan.timetable import chosen_times
from parution.plan.wishes import files_of, secrets_of, wishes
from parution.publishing.deliveries import Change
from parution.publishing.ports import Deliveries

# Rows are independent: so many are read or written at once, below the ten connections that boto3 keeps.
AT_ONCE = 8


class Intent(NamedTuple):
    """What an import of a plan without errors writes; nothing of it is written yet."""

    plan: Plan  # its open times settled
    row: BrandRow | None  # the brand as it stands
    found: Diff
    standing: dict[str, tuple[str, str]]  # schedules: job -> (expression, zone)
    put: dict[str, str]  # job -> expression
    removed: frozenset[str]  # jobs
    was_whole: bool  # an import of this very file has ended
    owns_file: bool  # the file is bound to the brand already

    @property
    def changes_nothing(self) -> bool:
        return self.was_whole and self.found.changes_nothing and not self.put and not self.removed

    def summary(self) -> dict[str, Any]:
        """Give the changes as a result writes them."""
        schedules = {"put": sorted(self.put), "remove": sorted(self.removed)}
        times = {"times": told} if (told := chosen_times(self.plan)) else {}
        return {**self.found.summary(), "schedules": schedules, **times}


class Foreseen(NamedTuple):
    """What becomes of a plan file; ``intent`` is None where it has an error."""

    brand: str | None
    digest: str | None  # SHA-256 of the file's bytes; None where only their beginning was read
    problems: list[Problem]
    intent: Intent | None
    locale: str = ""  # of the brand, as far as it could be read


class Foresight:
    """Reads, and writes nothing. ``actor`` is who the deliveries will say changed them."""

    def __init__(
        self,
        *,
        files: PlanFiles,
        brands: Brands,
        deliveries: Deliveries,
        secrets: Secrets,
        schedules: Schedules,
        actor: str,
        at_once: int = AT_ONCE,
    ) -> None:
        self._files, self._brands, self._deliveries = files, brands, deliveries
        self._secrets, self._schedules = secrets, schedules
        self._actor, self._at_once = actor, at_once

    def of(self, key: str, file: PlanFile, now: datetime) -> Foreseen:
        """Foresee the import of what a file holds, under this key."""
        known: dict[str, _Known] = {}
        locales: list[str] = []

        def facts_of(plan: Plan) -> Facts:
            locales.append(plan.brand.locale)
            known[plan.brand.id] = self._known(key, plan)
            return known[plan.brand.id].facts

        # The past is judged from when the author spoke: a retry that comes later must not refuse the
        # half that a crash left over.
        plan, problems = examine(file.body, facts_of, min(file.uploaded_at, now), file.size)
        digest = hashlib.sha256(file.body).hexdigest() if file.size == len(file.body) else None
        change = Change(actor=self._actor, cause=key, at=now)
        intent = self._intent(plan, known[plan.brand.id], digest, change) if plan else None
        return Foreseen(next(iter(known), None), digest, problems, intent, "".join(locales))

    def _intent(self, plan: Plan, known: "_Known", digest: str | None, change: Change) -> Intent:
        wished = wishes(plan, known.facts.media or {}, change)
        standing = self._schedules.of_brand(plan.brand.id)
        wanted = plan.schedules.model_dump(exclude={"watch"}, exclude_none=True)
        zone = plan.brand.timezone
        return Intent(
            plan=plan,
            row=known.row,
            found=diff(wished, known.facts.deliveries or {}, change),
            standing=standing,
            put={job: text for job, text in wanted.items() if standing.get(job) != (text, zone)},
            removed=frozenset(standing.keys() - wanted.keys()),
            was_whole=known.row is not None and known.row.digest == digest,
            owns_file=known.facts.owner is not None,
        )

    def _known(self, key: str, plan: Plan) -> "_Known":
        # The brand's row first: an import that ends after this reading is noticed when the row is written.
        row = self._brands.brand(plan.brand.id)
        media = each_of(self._file, sorted(files_of(plan)), self._at_once)
        facts = Facts(
            key=key,
            owner=self._brands.owner(key),
            held_by=row.key if row else None,
            secrets=self._secrets.known(secrets_of(plan)),
            media={name: file for name, file in media if file is not None},
            deliveries={each.id: each for each in self._deliveries.of_brand(plan.brand.id)},
            campaigns={each.id: each for each in row.plan.campaigns} if row else {},
        )
        return _Known(row, facts)

    def _file(self, key: str) -> tuple[str, StoredFile | None]:
        return key, self._files.stored(key)


class _Known(NamedTuple):
    row: BrandRow | None
    facts: Facts


def each_of[T, R](act: Callable[[T], R], on: Iterable[T], at_once: int) -> list[R]:
    """Act on each, several at once; the first failure ends it, and what had begun is finished."""
    with ThreadPoolExecutor(at_once) as pool:
        try:
            return list(pool.map(act, on))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
