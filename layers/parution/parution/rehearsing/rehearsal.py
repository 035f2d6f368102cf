"""A rehearsal from a plan's bytes to the files that show what it came to."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from parution.plan.ports import StoredFile
from parution.rehearsing.calendar_page import CalendarWords, calendar_page
from parution.rehearsing.contract import Rehearsal
from parution.rehearsing.excerpt import Wanted, excerpt
from parution.rehearsing.findings import findings
from parution.rehearsing.month import Month
from parution.sandbox.memory_plans import etag_of

# A sandbox looks at no picture, and a film may be larger than it takes where its network takes it.
_PLAYED = 1_000_000
_REPORTS = ("/report.html", "/report.json", "/report.csv")
# What is written where the brand's own locale is of another language.
_LOCALES = {"fr": "fr-FR", "en": "en-GB"}


class Rehearsed(NamedTuple):
    """What was found, and the files that hold it, by their names in one folder."""

    found: Rehearsal
    files: dict[str, bytes]


def rehearse(raw: bytes, media: Mapping[str, bytes], wanted: Wanted, now: datetime) -> Rehearsed:
    """Rehearse a plan; the same arguments give the same files, to the byte.

    ``media`` holds the files beside the plan by key (`media/NAME`); ``now`` only chooses the month where no
    days are asked for. Raises PlanRefused.
    """
    stored = {key: StoredFile(etag=etag_of(body), size=len(body)) for key, body in media.items()}
    given = excerpt(raw, stored, wanted.days, now)
    brand = given.plan.brand
    words = CalendarWords(_locale(brand.locale, wanted.language), brand.timezone)
    month = Month(given, wanted.seed, wanted.level)
    # Its report must never be taken for the true one.
    name = words.say("report.brand", brand=brand.name)
    played = {key: body[:_PLAYED] for key, body in media.items()}
    month.play(played, brand.model_copy(update={"name": name, "locale": words.tag}))
    found = findings(month)
    return Rehearsed(found, {**_pages(found, words.tag), **_reports(month), **_shown(found, media)})


def _locale(brands: str, language: str | None) -> str:
    return brands if language in {None, brands.partition("-")[0]} else _LOCALES[language or ""]


def _pages(found: Rehearsal, locale: str) -> dict[str, bytes]:
    document = found.model_dump_json(by_alias=True, indent=2) + "\n"
    return {"calendar.html": calendar_page(found, locale), "rehearsal.json": document.encode()}


def _reports(month: Month) -> dict[str, bytes]:
    """Give the files of the one report, written as the period ended."""
    files = month.stage.reports.files
    return {key.rpartition("/")[2]: body for key, (body, _) in files.items() if key.endswith(_REPORTS)}


def _shown(found: Rehearsal, media: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        picture.src: media[picture.src]
        for showing in found.showings
        for picture in showing.pictures
        if picture.src in media
    }
