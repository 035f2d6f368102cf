"""The reporting desk: gathers what is known of a brand's month, and keeps the report's files."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from parution.buying.ports import Budgets
from parution.guarding.holds import Holds
from parution.measuring.ports import Insights
from parution.plan.ports import BrandRow, Brands
from parution.publishing.history import History
from parution.publishing.ports import Deliveries
from parution.records import Record
from parution.reporting.contract import Period, Report
from parution.reporting.editions import Edition, EditionKey, editions
from parution.reporting.figures import report_of
from parution.reporting.gathering import Gathering, Readings, campaigns_of, folder_of, home_of, run_of
from parution.reporting.lake import CampaignDays, LakeFile, LakeInputs, lake_files, lake_since
from parution.reporting.letters import Letter, Whole, front, letter
from parution.reporting.mail_desk import MailDesk, Mailing, Posted
from parution.reporting.manifests import CSV, HTML, JSON, File, as_json, lake_keys, manifest
from parution.reporting.page import page
from parution.reporting.portfolio_desk import PortfolioDesk
from parution.reporting.ports import ReportFiles
from parution.reporting.sheet import french_sheet, sheet
from parution.reporting.words import Words

GZIP = "application/gzip"
# Files of the lake that are written side by side; a client of S3 has ten connections.
_AT_ONCE = 10
# Larger pages than this are linked: programs for mail cut or refuse what is heavy.
MOST_ATTACHED = 2_000_000
# A link lives no longer than the credentials that sign it, and a function's last for hours.
_LINK_LIVES = timedelta(hours=6)


class Written(Record):
    """One run's files: the folder, the manifest, whether ``latest.json`` names them, and what was mailed."""

    folder: str
    manifest: str
    latest: bool
    posted: Posted = Posted()


class ReportingDesk:
    """Writes a brand's report; a second time at the same instant, with the same facts, the same bytes."""

    def __init__(
        self,
        *,
        brands: Brands,
        deliveries: Deliveries,
        insights: Insights,
        budgets: Budgets,
        files: ReportFiles,
        holds: Holds,
        history: History,
        mail: MailDesk | None = None,
    ) -> None:
        self._brands, self._files = brands, files
        self._mail = mail or MailDesk(files, None, "")
        self._portfolios = PortfolioDesk(files, self._mail)
        self._gathering = Gathering(
            deliveries=deliveries,
            insights=insights,
            budgets=budgets,
            files=files,
            holds=holds,
            history=history,
        )

    def write(self, brand: str, now: datetime) -> Written | None:
        """Write the report of the brand's month; None when there is no such brand."""
        row, now = self._brands.brand(brand), _to_the_second(now)
        if row is None:
            return None
        readings = self._gathering.readings(brand)
        inputs = self._gathering.inputs(row, readings, now)
        report, found = report_of(inputs), editions(inputs, row.plan.reports)
        lake = lake_inputs(row, readings, report.period, now)
        written = self._keep(report, list(found.values()), lake, now)
        # Last of all: whatever becomes of a mail, the report is there.
        posted = self._send(row, found, written.folder, now)
        for made in self._portfolios.renew(brand, now):
            posted += made.posted
        return written.model_copy(update={"posted": posted})

    def report(self, brand: str, now: datetime) -> Report | None:
        """Give the report that would be written; None when there is no such brand."""
        row = self._brands.brand(brand)
        if row is None:
            return None
        return report_of(self._gathering.inputs(row, self._gathering.readings(brand), _to_the_second(now)))

    # ---------------------------------------------------------------- keeping
    def _keep(self, report: Report, found: Sequence[Edition], lake: LakeInputs, now: datetime) -> Written:
        """Write the report, the lake, the manifest that says that both are whole, the pointer to it."""
        run, home = run_of(now), home_of(report.brand.id)
        folder = folder_of(report.brand.id, report.period, now)
        files = files_of(report) | {one.file_name: File(one.page, HTML) for one in found}
        for name, file in files.items():
            self._files.write(f"{folder}/{name}", file.body, file.content_type)
        days = lake_files(lake, lake_keys(self._standing_manifest(home)))
        self._write_days(days)
        key = f"{folder}/manifest.json"
        self._files.write(
            key, manifest(report, run, files, days, _counted(lake), mails=self._mail.sends), JSON
        )
        pointer = as_json({"run": run, "folder": folder, "manifest": key})
        latest = self._files.point(f"{home}/latest.json", run, pointer)
        return Written(folder=folder, manifest=key, latest=latest)

    def _send(self, row: BrandRow, found: Mapping[EditionKey, Edition], folder: str, now: datetime) -> Posted:
        brand, mailings = row.plan.brand, []
        for reader in row.plan.reports:
            edition = found[reader.audience, reader.locale]
            mailings.append(
                Mailing(reader.audience, reader.every, reader.to, partial(self._letter, edition, folder))
            )
        return self._mail.send(f"brand={brand.id}", brand.timezone, mailings, now)

    def _letter(self, edition: Edition, folder: str) -> Letter:
        report, audience = edition.report, edition.audience
        words, link = Words(report.brand.locale, report.brand.timezone), None
        if len(edition.page) > MOST_ATTACHED:
            link = self._files.link(f"{folder}/{edition.file_name}", _LINK_LIVES)
        return letter(front(report, words, audience), words, audience, Whole(edition.page, link))

    def _standing_manifest(self, home: str) -> bytes | None:
        pointer = self._files.read(f"{home}/latest.json")
        return self._files.read(json.loads(pointer)["manifest"]) if pointer else None

    def _write_days(self, files: Mapping[str, LakeFile]) -> None:
        def write(item: tuple[str, LakeFile]) -> None:
            self._files.write(item[0], item[1].body, GZIP)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(write, files.items()))


def lake_inputs(row: BrandRow, readings: Readings, period: Period, now: datetime) -> LakeInputs:
    """Give all days that the lake writes again: the month's, and those before it that still move."""
    brand = row.plan.brand
    since = period.model_copy(update={"first": lake_since(period.first)})
    objectives = {objective.id: objective for objective in row.plan.objectives}
    return LakeInputs(
        brand=brand.id,
        timezone=brand.timezone,
        first=since.first,
        last=since.last,
        now=now,
        campaigns=tuple(
            CampaignDays(
                campaign=one,
                objective=objectives.get(one.objective or ""),
                line_days=readings.line_days(one.id),
                insights=readings.line_insights(one.id),
                allocations=readings.allocations(one.id),
            )
            for one in campaigns_of(row.plan, since, now)
        ),
        deliveries=readings.deliveries,
        post_insights=readings.post_insights,
    )


def files_of(report: Report) -> dict[str, File]:
    """Give the report's files by name, the contract first; a French brand has the sheet of its Excel too."""
    table, rows = sheet(report)
    document = as_json(report.model_dump(mode="json", by_alias=True))
    files = {
        "report.json": File(document, JSON),
        "report.html": File(page(report), HTML),
        "report.csv": File(table, CSV, rows),
    }
    if report.brand.locale.startswith("fr"):
        files["report.fr.csv"] = File(*_typed(french_sheet(report)))
    return files


def _to_the_second(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)


def _typed(written: tuple[bytes, int]) -> tuple[bytes, str, int]:
    return written[0], CSV, written[1]


def _counted(lake: LakeInputs) -> dict[str, Any]:
    """Say what a run was made from: rows by kind, and when a figure was last read."""
    lines = [row for known in lake.campaigns for row in known.insights]
    read = [*(row.read_at for row in lines), *(row.read_at for row in lake.post_insights)]
    return {
        "campaigns": len(lake.campaigns),
        "line_days": sum(len(known.line_days) for known in lake.campaigns),
        "line_insights": len(lines),
        "allocations": sum(len(known.allocations) for known in lake.campaigns),
        "deliveries": len(lake.deliveries),
        "post_insights": len(lake.post_insights),
        "read_at": max(read).isoformat() if read else None,
    }
