"""The lake: one whole file for each table, network and day, and the tables that Athena sees in them."""

import gzip
import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from parution.plan.model import NETWORKS, RETIRED
from parution.publishing.deliveries import State
from parution.reporting.lake import NO_NETWORK, TABLES, lake_since
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, Month, bakery, in_paris
from tests.reporting.undrawn import undrawn  # noqa: F401 (for the whole module)
from tests.template.stack import nested

ROOT = Path(__file__).parents[2]
QUERIES = sorted((ROOT / "docs/queries").glob("*.sql"))
RESOURCES = nested("lake")["Resources"]
GLUE = {
    each["Properties"]["TableInput"]["Name"]: each["Properties"]["TableInput"]
    for each in RESOURCES.values()
    if each["Type"] == "AWS::Glue::Table"
}
_TYPES = {"string": str, "bigint": int, "double": float, "boolean": bool}


def lake_of(month: Month) -> dict[str, list[dict[str, Any]]]:
    return {
        key: [json.loads(line) for line in gzip.decompress(body).decode().splitlines()]
        for key, (body, _) in month.files.files.items()
        if key.startswith("lake/")
    }


def written(month: Month, now: Any = MID_FLIGHT) -> dict[str, list[dict[str, Any]]]:
    month.desk().write(month.brand, now)
    return lake_of(month)


# ---------------------------------------------------------------- files
def test_a_day_of_a_network_is_one_file_under_its_partitions() -> None:
    lake = written(bakery())

    rows = lake[
        "lake/spend_daily/v=1/brand=boulangerie-martin/network=instagram/dt=2026-12-03/part-0.jsonl.gz"
    ]
    assert [row["line"] for row in rows] == ["ig-reel", "ig-story"]
    assert {key.split("/")[1] for key in lake} == {
        "spend_daily",
        "post_metrics",
        "objectives_daily",
        "alerts",
        "allocations",
    }


def test_the_lakes_spend_is_the_reports_to_the_cent() -> None:
    month = bakery()

    rows = [row for key, rows in written(month).items() if "/spend_daily/" in key for row in rows]

    report = json.loads(month.written(MID_FLIGHT)["report.json"])
    assert sum(row["spent"] for row in rows) == report["campaigns"][0]["spent"]["value"]
    assert all(row["currency"] == "EUR" for row in rows)


def test_a_figure_that_nobody_gave_is_null() -> None:
    month = bakery()
    month.tell(NOEL, "ig-reel", date(2026, 12, 11), 700)

    lake = written(month)

    (row,) = lake[
        "lake/spend_daily/v=1/brand=boulangerie-martin/network=instagram/dt=2026-12-11/part-0.jsonl.gz"
    ]
    assert (row["told"], row["spent"], row["results"], row["read_at"]) == (700, None, None, None)


def test_the_same_facts_give_the_same_bytes() -> None:
    month = bakery()
    month.desk().write(month.brand, MID_FLIGHT)
    first = dict(month.files.files)

    month.desk().write(month.brand, MID_FLIGHT)

    assert month.files.files == first


def test_a_day_whose_rows_are_gone_is_written_empty() -> None:
    month = bakery()
    month.publish("passage", "fil", "mastodon", in_paris(6, 8, 0), "Bonjour", state=State.PLANNED)
    month.desk().write(month.brand, MID_FLIGHT)
    (before,) = [one for one in month.posts.of_brand(month.brand) if one.post == "passage"]
    month.posts.move(
        before, before.model_copy(update={"due_at": in_paris(20, 8, 0), "fence": before.fence + 1})
    )

    lake = written(month, MID_FLIGHT + timedelta(hours=1))

    partition = (
        "lake/post_metrics/v=1/brand=boulangerie-martin/network=mastodon/dt=2026-12-{}/part-0.jsonl.gz"
    )
    assert lake[partition.format("06")] == []
    assert [row["post"] for row in lake[partition.format("20")]] == ["passage"]


def test_what_was_spent_is_not_emptied_when_its_campaign_leaves_the_plan() -> None:
    month = bakery()
    before = written(month)
    left = Month(MARTIN.model_copy(update={"campaigns": ()}), files=month.files)

    lake = written(left, MID_FLIGHT + timedelta(hours=1))

    assert {key: rows for key, rows in lake.items() if "/spend_daily/" in key} == {
        key: rows for key, rows in before.items() if "/spend_daily/" in key
    }


def test_days_from_before_the_month_are_written_while_their_figures_may_move() -> None:
    assert lake_since(date(2026, 12, 1)) == date(2026, 11, 1)
    month = bakery()

    lake = written(month, MID_FLIGHT + timedelta(days=31))

    assert any("dt=2026-12-03" in key for key in lake)
    assert not any("dt=2026-12" in key for key in written(bakery(), MID_FLIGHT + timedelta(days=70)))


def test_a_post_that_did_not_appear_is_an_alert_of_its_day() -> None:
    month = bakery()
    month.publish(
        "four-froid", "fil", "mastodon", in_paris(9, 8, 0), "…", state=State.FAILED, reason="refused"
    )
    month.publish("plus-tard", "fil", "mastodon", in_paris(23, 8, 0), "…", state=State.PLANNED)
    month.publish("annule", "fil", "mastodon", in_paris(9, 9, 0), "…", state=State.CANCELLED)

    alerts = [row for key, rows in written(month).items() if "/alerts/" in key for row in rows]

    found = {row["post"]: (row["kind"], row["reason"]) for row in alerts}
    assert found["four-froid"] == ("failed", "refused")
    assert not {"plus-tard", "annule"} & found.keys()


def test_the_manifest_names_each_file_of_the_lake_with_its_rows_and_its_sum() -> None:
    month = bakery()
    manifest = json.loads(month.written(MID_FLIGHT)["manifest.json"])

    lake = lake_of(month)

    assert {key: each["rows"] for key, each in manifest["lake"].items()} == {
        key: len(rows) for key, rows in lake.items()
    }
    assert manifest["inputs"]["read_at"] == "2026-12-10T11:40:00+00:00"


# ---------------------------------------------------------------- the tables that Athena sees
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.table)
def test_a_glue_table_has_the_columns_of_the_rows_in_their_order(table: Any) -> None:
    columns = [
        (one["Name"], _TYPES[one["Type"]]) for one in GLUE[table.table]["StorageDescriptor"]["Columns"]
    ]

    assert columns == [(name, _python(field.annotation)) for name, field in table.model_fields.items()]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.table)
def test_a_glue_table_finds_the_files_where_they_are_written(table: Any) -> None:
    told = GLUE[table.table]
    place = told["Parameters"]["storage.location.template"]["Fn::Sub"]
    pattern = place.replace("s3://${ReportsBucket}/", "")
    for name, value in {"brand": "boulangerie-martin", "network": r"\w+", "dt": r"[\d-]{10}"}.items():
        pattern = pattern.replace(f"${{!{name}}}", value)
    keys = [key for key in written(bakery()) if key.startswith(f"lake/{table.table}/")]

    assert keys
    assert all(re.fullmatch(f"{pattern}part-0.jsonl.gz", key) for key in keys)
    partitions = [one["Name"] for one in told["PartitionKeys"]]
    assert all(f"projection.{name}.type" in told["Parameters"] for name in partitions)
    assert partitions == re.findall(r"\$\{!(\w+)\}", place)


def test_every_network_that_a_file_may_name_is_projected() -> None:
    values = nested("lake")["Mappings"]["Projection"]["Networks"]["Values"].split(",")

    assert values == [*NETWORKS, *RETIRED, NO_NETWORK]


def _python(annotation: Any) -> type:
    (kind, *_) = [one for one in get_args(annotation) or (annotation,) if one in _TYPES.values()]
    found: type = kind
    return found


# ---------------------------------------------------------------- the example queries
@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The bakery's lake, each table with the very columns and types of the Glue table, as views of it."""
    month = bakery()
    # The platform spent a few cents more than the split gave.
    month.spend(NOEL, "ig-story", date(2026, 12, 10), MID_FLIGHT, spend=704, results=1)
    return queried(month, tmp_path_factory.mktemp("lake"))


def queried(month: Month, folder: Path) -> list[str]:
    month.desk().write(month.brand, MID_FLIGHT)
    for key, (body, _) in month.files.files.items():
        if key.startswith("lake/"):
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            (folder / key).write_bytes(body)
    views = []
    for name, told in GLUE.items():
        columns = {
            one["Name"]: one["Type"].replace("string", "varchar")
            for one in told["StorageDescriptor"]["Columns"]
        }
        partitions = {one["Name"]: "varchar" for one in told["PartitionKeys"]}
        views.append(
            f"CREATE VIEW {name} AS SELECT * FROM read_json('{folder}/lake/{name}/**/*.jsonl.gz', "  # noqa: S608 (our own)
            f"format='newline_delimited', columns={columns}, hive_partitioning=true, hive_types={partitions})"
        )
    return views


# In a process of its own: when one ends, DuckDB tells everybody of what Python has not let go.
_ASKED = """
import json, sys, duckdb
*views, query = json.load(sys.stdin)
connection = duckdb.connect()
for view in views:
    connection.execute(view)
print(json.dumps(connection.execute(query).fetchall(), default=float))
"""


def answer(database: list[str], query: str) -> list[tuple[Any, ...]]:
    asked = json.dumps([*database, (ROOT / f"docs/queries/{query}.sql").read_text()])
    done = subprocess.run(
        [sys.executable, "-c", _ASKED], input=asked, capture_output=True, text=True, check=True
    )
    return [tuple(row) for row in json.loads(done.stdout)]


def test_each_example_query_is_run_here() -> None:
    assert [path.stem for path in QUERIES] == ["cost-by-line", "lateness-by-network", "told-and-spent"]


def test_what_each_line_spent_adds_up_to_the_reports_total(tmp_path: Path) -> None:
    month = bakery()

    rows = answer(queried(month, tmp_path), "cost-by-line")

    report = json.loads(month.written(MID_FLIGHT)["report.json"])["campaigns"][0]
    assert [row[:3] for row in rows] == [
        ("noel", "fb-video", "facebook"),
        ("noel", "ig-reel", "instagram"),
        ("noel", "ig-story", "instagram"),
    ]
    assert round(sum(row[4] for row in rows) * 100) == report["spent"]["value"]
    assert sum(row[5] for row in rows) == report["results"]["value"]


def test_how_late_posts_appeared_is_told_by_network(database: list[str]) -> None:
    rows = answer(database, "lateness-by-network")

    assert [row[0] for row in rows] == ["facebook", "instagram", "mastodon"]
    assert all(due >= published for _, due, published, *_ in rows)


def test_a_day_on_which_more_was_spent_than_given_is_found(database: list[str]) -> None:
    assert answer(database, "told-and-spent") == [("2026-12-10", "ig-story", 700, 704, 4)]
