"""The desk: which files, in which order, and what a second run does."""

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parution.plan.model import Plan
from parution.reporting.figures import month_of
from parution.sandbox.memory_reports import MemoryReports
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, Month, bakery, in_paris
from tests.reporting.undrawn import undrawn  # noqa: F401 (for the whole module)

FOLDER = "reports/brand=boulangerie-martin/period=month/dt=2026-12/run=20261210T114000Z"
LATEST = "reports/brand=boulangerie-martin/latest.json"


class DiesBefore(MemoryReports):
    """Files on a machine that stops before writing a key."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def write(self, key: str, body: bytes, content_type: str) -> None:
        if key.endswith(self._key):
            raise ConnectionError(key)
        super().write(key, body, content_type)


def test_a_run_writes_its_files_then_the_manifest_then_the_pointer() -> None:
    month = bakery()

    month.desk().write("boulangerie-martin", MID_FLIGHT)

    keys = list(month.files.files)
    names = ("report.json", "report.html", "report.csv", "report.fr.csv")
    assert keys[:4] == [f"{FOLDER}/{name}" for name in names]
    assert all(key.startswith("lake/") for key in keys[4:-2])
    assert keys[-2:] == [f"{FOLDER}/manifest.json", LATEST]


@pytest.mark.parametrize("dies_before", ["report.html", "part-0.jsonl.gz", "manifest.json", "latest.json"])
def test_a_run_that_dies_leaves_the_earlier_report_as_the_latest(dies_before: str) -> None:
    month = bakery()
    month.desk().write("boulangerie-martin", MID_FLIGHT - timedelta(hours=1))
    kept, month.files = month.files, DiesBefore(dies_before)
    month.files.files = kept.files

    with pytest.raises(ConnectionError):
        month.desk().write("boulangerie-martin", MID_FLIGHT)

    latest = json.loads(month.files.files[LATEST][0])
    assert latest["run"] == "20261210T104000Z"
    assert json.loads(month.files.files[latest["manifest"]][0])["complete"]


def test_the_manifest_names_each_file_with_its_size_and_sum() -> None:
    files = bakery().written(MID_FLIGHT)

    manifest = json.loads(files["manifest.json"])

    assert manifest["files"] == {
        name: {"bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
        for name in ("report.json", "report.html", "report.csv", "report.fr.csv")
    }
    rows = files["report.csv"].count(b"\r\n") - 1
    assert manifest["rows"] == {"campaigns": 1, "posts": 9, "report.csv": rows, "report.fr.csv": rows}
    assert manifest["run"] == "20261210T114000Z"


def test_a_second_run_at_the_same_instant_gives_the_same_bytes() -> None:
    month = bakery()
    first = month.written(MID_FLIGHT)

    assert month.written(MID_FLIGHT + timedelta(microseconds=7)) == first


def test_report_and_lake_are_made_of_one_reading() -> None:
    month, read = bakery(), Counter[str]()

    def counted(of: object, *names: str) -> None:
        for name in names:
            method = getattr(of, name)
            setattr(
                of, name, lambda *asked, _name=name, _read=method: (read.update([_name]), _read(*asked))[1]
            )

    counted(month.posts, "of_brand")
    counted(month.insights, "newest_posts", "newest_lines")
    counted(month.budgets, "line_days", "allocations")
    month.desk().write(month.brand, MID_FLIGHT)

    assert set(read.values()) == {1}
    assert len(read) == 5


def test_an_older_run_that_comes_late_does_not_become_the_latest() -> None:
    month = bakery()
    month.desk().write("boulangerie-martin", MID_FLIGHT)

    done = month.desk().write("boulangerie-martin", MID_FLIGHT - timedelta(hours=1))

    assert done is not None
    assert not done.latest
    assert json.loads(month.files.files[LATEST][0])["folder"] == FOLDER


def test_a_brand_that_is_not_there_has_no_report() -> None:
    month = Month(MARTIN)

    assert month.desk().write("hotel-cimes", MID_FLIGHT) is None
    assert month.files.files == {}


def test_the_month_is_the_one_on_the_brands_own_clock() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert month_of(new_year, "Europe/Paris").first.isoformat() == "2027-01-01"
    assert month_of(new_year, "America/Toronto").last.isoformat() == "2026-12-31"


def test_posts_belong_to_the_month_of_their_own_local_day() -> None:
    month = Month(MARTIN)
    for post, at in (("veille", in_paris(1, 0, 0) - timedelta(seconds=1)), ("premier", in_paris(1, 0, 0))):
        month.publish(post, "fil", "mastodon", at, "Bonjour")

    report = json.loads(month.written(MID_FLIGHT)["report.json"])

    assert [post["post"] for post in report["posts"]] == ["premier"]


@pytest.mark.parametrize(
    ("flight", "shown"),
    [
        (("2026-11-20", "2026-12-01"), True),
        (("2026-12-31", "2027-01-20"), True),
        (("2026-11-20", "2026-11-30"), False),
        (("2027-01-01", "2027-01-02"), False),
    ],
)
def test_a_campaign_is_shown_whole_when_it_touches_the_month(flight: tuple[str, str], shown: bool) -> None:  # noqa: FBT001 (a parametrised fact)
    facts = {**NOEL.model_dump(by_alias=True), "flight": flight}
    plan = Plan.model_validate({**MARTIN.model_dump(by_alias=True), "campaigns": [facts]})

    report = json.loads(Month(plan).written(MID_FLIGHT)["report.json"])

    assert [(one["first"], one["last"]) for one in report["campaigns"]] == ([flight] if shown else [])


def test_the_allocation_is_that_of_the_brands_own_day() -> None:
    month = bakery()
    late = datetime(2026, 12, 10, 23, 30, tzinfo=ZoneInfo("Europe/Paris"))
    after_midnight = datetime(2026, 12, 11, 0, 30, tzinfo=ZoneInfo("Europe/Paris"))

    shown = [
        json.loads(month.written(now)["report.json"])["campaigns"][0]["allocation"]
        for now in (late, after_midnight)
    ]

    assert shown[0]["day"] == "2026-12-10"
    assert shown[1] is None
