"""`parution import-csv --fetch-media`: pictures that lie on the web come into media/, or nothing does."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from parution.cli import csv_import
from parution.fetching import Fetched, NotFetched
from tests.cli.stack import parution
from tests.plan.plans import a_plan, as_bytes

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0"
TABLE = """id,date,time,channels,text,media,alt
{rows}
"""


class Web:
    """What lies at which address; martin.example answers with pictures, and nobody else."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str, kinds: Sequence[str], most: int) -> Fetched | NotFetched:
        self.asked.append(url)
        if url.startswith("https://martin.example/page"):
            return Fetched(url, "image/png", b"<html>")
        if url.startswith("https://martin.example/"):
            return Fetched(url, "image/png", PNG)
        return NotFetched("its host is not on the public internet")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    web = Web()
    monkeypatch.setattr(csv_import, "Fetcher", lambda: web)
    return web


def imported(folder: Path, rows: str, *words: str) -> tuple[int, Any]:
    if not (folder / "plan.json").exists():
        plan = a_plan(posts=[], campaigns=[])
        (folder / "plan.json").write_bytes(as_bytes(plan))
    (folder / "posts.csv").write_text(TABLE.format(rows=rows))
    table, plan_file = str(folder / "posts.csv"), str(folder / "plan.json")
    result = parution("import-csv", table, "--plan", plan_file, "--format", "json", *words)
    return result.exit_code, json.loads(result.stdout)


def test_a_picture_on_the_web_comes_into_media_once_and_under_the_name_of_its_bytes(
    tmp_path: Path, web: Web
) -> None:
    url = "https://martin.example/img/B%C3%BBche%20de%20No%C3%ABl.JPG?v=1,2;3"
    rows = f'a,2099-01-06,08:00,fil,La bûche.,"{url}",Une bûche\nb,2099-03-10,08:00,fil,Encore.,"{url}",Une bûche'

    exit_code, told = imported(tmp_path, rows, "--fetch-media")

    assert (exit_code, told["flaws"]) == (0, [])
    posts = json.loads((tmp_path / "plan.json").read_text())["posts"]
    (name,) = {post["media"][0]["src"].removeprefix("s3://") for post in posts}
    assert name == "media/fetched/buche-de-noel-e506e2cf.png"
    assert (tmp_path / name).read_bytes() == PNG
    assert web.asked == [url]


def test_several_addresses_stand_between_blanks_commas_or_bars(tmp_path: Path, web: Web) -> None:
    media = "https://martin.example/1.png, https://martin.example/2.png|https://martin.example/3.png"

    exit_code, _ = imported(
        tmp_path, f'a,2099-01-06,08:00,fil,Trois.,"{media}",un|deux|trois', "--fetch-media"
    )

    assert exit_code == 0
    assert web.asked == [f"https://martin.example/{number}.png" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://169.254.169.254/latest", "its host is not on the public internet"),
        ("http://localhost:9001/", "its host is not on the public internet"),
        ("ftp://elsewhere.example/a.png", "its host is not on the public internet"),
        ("https://martin.example/page.png", "it is no picture, whatever its server calls it"),
    ],
)
def test_what_cannot_be_fetched_is_told_by_its_cell_and_nothing_is_written(
    tmp_path: Path, web: Web, url: str, why: str
) -> None:
    good = "a,2099-01-06,08:00,fil,La bûche.,https://martin.example/a.png,Une bûche"

    exit_code, told = imported(tmp_path, f"{good}\nb,2099-01-07,08:00,fil,Encore.,{url},Une", "--fetch-media")

    (flaw,) = told["flaws"]
    assert exit_code == 1
    assert (flaw["line"], flaw["code"], flaw["what"]) == (
        3,
        "S016",
        f"row 3, column F: '{url}' was not fetched: {why}",
    )
    assert json.loads((tmp_path / "plan.json").read_text())["posts"] == []
    assert not (tmp_path / "media").exists()


def test_nobody_follows_an_address_unless_asked_to(tmp_path: Path, web: Web) -> None:
    exit_code, told = imported(
        tmp_path, "a,2099-01-06,08:00,fil,La bûche.,https://martin.example/a.png,Une bûche"
    )

    assert exit_code == 1
    assert [(flaw["code"], flaw["instead"]) for flaw in told["flaws"]] == [
        ("S010", "add --fetch-media, or put the file under media/ and write its name")
    ]
    assert web.asked == []
