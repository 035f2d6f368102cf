"""Tables of posts: what spreadsheets and people write, what it means, and what nobody can know."""

import csv
import json
from datetime import date, time
from io import StringIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parution.plan.cell_times import Order, clock_of, moment
from parution.plan.cells import Cell, Flaw, Unreadable
from parution.plan.sheet_writing import sheet_of
from parution.plan.spreadsheet import Sheet, merged, read_sheet

CHANNELS = {"fil": "mastodon", "site": "webhook"}
HEADER = "date;heure;réseaux;texte\n"


def read(text: str | bytes, order: Order | None = None, channels: dict[str, str] | None = None) -> Sheet:
    raw = text if isinstance(text, bytes) else text.encode()
    return read_sheet(raw, CHANNELS if channels is None else channels, order)


def post(text: str | bytes) -> dict[str, Any]:
    """Give the one post of a table without flaws."""
    sheet = read(text)
    assert sheet.flaws == []
    (row,) = sheet.rows
    return row.post


def flaw(text: str | bytes, order: Order | None = None) -> Flaw:
    (found,) = read(text, order).flaws
    return found


def a_cell(text: str) -> Cell:
    return Cell(text, row=2, letter="A", line=2, column=1)


@pytest.mark.parametrize(
    "text",
    [
        "date,time,channels,text\n2026-12-03,08:00,fil,La bûche.\n",
        "Date;Heure;Réseaux;Texte\r\n2026-12-03;8h00;Mastodon;La bûche.\r\n",
        "\ufeffDATE\tHEURE\tRESEAUX\tMESSAGE\n2026-12-03\t8 h\tfil\tLa bûche.\n",
        "sep=;\ndate;heure;canal;texte\n2026-12-03;08:00;fil;La bûche.\n",
        "Planning décembre;;;\n;;;\njour;horaire;plateforme;publication\n46359;0,333333333333;MASTODON;La bûche.\n",
        "date,channels,text\n2026-12-03 08:00,fil,La bûche.\n",
        "date;réseaux;texte\n46359,333333;fil;La bu\u0302che.\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_table_reads_alike_whoever_saved_it(text: str, encoding: str) -> None:
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("Windows-1252 has no such sign")

    found = post(raw)

    assert found == {
        "id": "2026-12-03-la-buche",
        "at": "2026-12-03T08:00",
        "channels": ["fil"],
        "text": "La bûche.",
    }


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-12-03", date(2026, 12, 3)),
        ("46359", date(2026, 12, 3)),
        ("25/12/2026", date(2026, 12, 25)),
        ("12/25/2026", date(2026, 12, 25)),
        ("25.12.26", date(2026, 12, 25)),
        ("12/12/2026", date(2026, 12, 12)),
        ("3 décembre 2026", date(2026, 12, 3)),
        ("jeudi 3 décembre 2026", date(2026, 12, 3)),
        ("1er déc. 2026", date(2026, 12, 1)),
        ("03-déc-26", date(2026, 12, 3)),
        ("3 juil. 2027", date(2027, 7, 3)),
        ("December 3, 2026", date(2026, 12, 3)),
        ("Thursday, December 3rd, 2026", date(2026, 12, 3)),
        ("3 août 2027", date(2027, 8, 3)),
    ],
)
def test_a_day_that_has_one_meaning_is_read(written: str, day: date) -> None:
    assert moment(a_cell(written), None) == (day, None)


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("08:00", time(8)),
        ("8h", time(8)),
        ("8h30", time(8, 30)),
        ("8 h 30", time(8, 30)),
        ("08:00:00", time(8)),
        ("8:30 PM", time(20, 30)),
        ("12 am", time(0)),
        ("12:15 p.m.", time(12, 15)),
        ("20.15", time(20, 15)),
        ("midi", time(12)),
        ("0,75", time(18)),
        ("0.354166666666667", time(8, 30)),
        ("46359,75", time(18)),
    ],
)
def test_a_time_is_read_as_people_and_spreadsheets_write_it(written: str, clock: time) -> None:
    assert clock_of(a_cell(written)) == clock


@pytest.mark.parametrize("written", ["8", "25:00", "8h60", "13 pm", "demain", "1,5", "²", "0,99999999"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(Unreadable, match="S011"):
        clock_of(a_cell(written))


@pytest.mark.parametrize(
    "written", ["2026-13-01", "30/02/2026", "12345", "bientôt", "3 ma 2026", "99/99/2026"]
)
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(Unreadable, match="S009"):
        moment(a_cell(written), None)


def test_a_date_of_two_meanings_is_refused_with_its_row_and_both_readings() -> None:
    found = flaw(HEADER + "2026-12-03;08:00;fil;Un\n01/12/2026;08:00;fil;Deux\n")

    assert (found.line, found.column, found.code) == (3, 1, "S002")
    assert found.what == "row 3, column A: '01/12/2026' may be 1 December 2026 or 12 January 2026"
    assert found.instead == "add --dates dmy or --dates mdy, or write 2026-12-01 or 2026-01-12"


@pytest.mark.parametrize(("order", "at"), [("dmy", "2026-12-01T08:00"), ("mdy", "2026-01-12T08:00")])
def test_whoever_says_the_order_is_believed(order: Order, at: str) -> None:
    (row,) = read(HEADER + "01/12/2026;08:00;fil;Un\n", order).rows

    assert row.post["at"] == at


def test_a_date_against_the_stated_order_is_refused() -> None:
    assert flaw(HEADER + "25/12/2026;08:00;fil;Un\n", "mdy").code == "S009"


def test_every_flaw_of_every_row_is_told_at_its_place() -> None:
    text = HEADER + "\n01/12/2026;8h60;fil;Un\n2026-12-03;08:00;fill;Deux\n;08:00;fil;#REF!\n"

    sheet = read(text)

    assert sheet.rows == []
    assert [(one.line, one.column, one.code) for one in sorted(sheet.flaws)] == [
        (3, 1, "S002"),
        (4, 18, "S008"),
        (5, 1, "S009"),
        (5, 12, "S007"),
    ]
    assert "did you mean 'fil'?" in [one.instead for one in sheet.flaws]


def test_places_are_right_behind_cells_of_several_lines() -> None:
    text = HEADER + '2026-12-03;08:00;fil;"Un;\ndeux ""trois"""\n2026-12-04;x;fil;Quatre\n'

    sheet = read(text)

    assert sheet.rows[0].post["text"] == 'Un;\ndeux "trois"'
    assert [(one.line, one.column) for one in sheet.flaws] == [(4, 12)]
    assert sheet.flaws[0].what.startswith("row 3, column B")


def test_channels_are_named_by_id_or_by_network_several_in_a_cell() -> None:
    found = post("date;heure;canaux;texte\n2026-12-03;08:00;Mastodon + site;Un\n")

    assert found["channels"] == ["fil", "site"]


def test_texts_of_channels_become_variants() -> None:
    text = "date;heure;canaux;texte;texte_mastodon;Text (site)\n2026-12-03;08:00;fil,site;Un;Deux;\n"

    assert post(text)["variants"] == {"fil": {"text": "Deux"}}


def test_media_tags_links_and_alt_texts_are_read() -> None:
    text = (
        "date;heure;canaux;texte;images;alt;hashtags;lien;thème;premier commentaire\n"
        "2026-12-03;08:00;fil;Un;a.png, media/b.png;Un | Deux;#Noël #Annecy;https://m.example;Équipe;Merci\n"
    )

    found = post(text)

    assert found["media"] == [
        {"src": "s3://media/a.png", "alt": "Un"},
        {"src": "s3://media/b.png", "alt": "Deux"},
    ]
    assert (found["tags"], found["link"]) == (["Noël", "Annecy"], {"url": "https://m.example"})
    assert (found["pillar"], found["first_comment"]) == ("equipe", "Merci")


def test_drafts_and_what_is_out_are_left_out_whatever_else_they_hold() -> None:
    text = "date;heure;canaux;texte;statut\n;;;Idée;Brouillon\n2026-01-01;08:00;fil;Vieux;publié\n2026-12-03;08:00;fil;Un;Prêt\n"

    sheet = read(text)

    assert ([row.post["text"] for row in sheet.rows], sheet.left_out, sheet.flaws) == (["Un"], 2, [])


def test_an_unknown_column_is_a_warning_with_the_nearest_name() -> None:
    found = flaw("date;heure;canaux;texte;hastags\n2026-12-03;08:00;fil;Un;x\n")

    assert (found.code, found.is_error, found.instead) == ("S006", False, "did you mean 'hashtags'?")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"PK\x03\x04rest", "S001"),
        (b"date;heure\x81;canaux\n", "S001"),
        (b"", "S003"),
        (b"une;deux;trois\n1;2;3\n", "S003"),
        (b"date;heure;texte\n2026-12-03;08:00;Un\n", "S004"),
        (b"date;jour;canaux;texte\n", "S005"),
    ],
)
def test_what_is_no_table_of_posts_says_why(raw: bytes, code: str) -> None:
    assert flaw(raw).code == code


def test_ids_are_kept_made_and_told_apart_always_in_the_same_way() -> None:
    rows = "id;date;heure;canaux;texte\n;2026-12-03;08:00;fil;Un\n;2026-12-03;09:00;fil;Un\nMon Id;slot;;fil;Deux\n;slot;;fil;Deux\n"

    names = [row.post["id"] for row in read(rows).rows]

    assert names == ["2026-12-03-un", "2026-12-03-un-2", "mon-id", "deux"]
    assert [row.post["id"] for row in read(rows).rows] == names


def test_an_id_that_stands_twice_is_refused_with_the_row_of_the_first() -> None:
    found = flaw("id;date;heure;canaux;texte\na;2026-12-03;08:00;fil;Un\na;2026-12-04;08:00;fil;Deux\n")

    assert (found.code, found.line) == ("S013", 3)
    assert "row 2 already" in found.what


def test_merging_replaces_what_the_table_has_columns_for_and_nothing_else() -> None:
    standing: list[dict[str, Any]] = [
        {"id": "autre", "at": "slot", "channels": ["fil"], "text": "Reste."},
        {
            "id": "un",
            "at": "2026-12-01T08:00",
            "channels": ["fil"],
            "text": "Avant.",
            "tags": ["vieux"],
            "max_late": "PT2H",
            "link": {"url": "https://a.example", "utm": {"campaign": "noel"}},
        },
    ]
    table = "id;date;heure;canaux;texte;tags;lien\nun;2026-12-03;08:00;fil;Après.;;https://b.example\ndeux;slot;;fil;Neuf.;;\n"

    merge = merged(standing, read(table))

    assert (merge.new, merge.changed, merge.same) == (1, 1, 0)
    assert merge.posts[0] == standing[0]
    assert merge.posts[1] == {
        "id": "un",
        "at": "2026-12-03T08:00",
        "channels": ["fil"],
        "text": "Après.",
        "max_late": "PT2H",
        "link": {"url": "https://b.example", "utm": {"campaign": "noel"}},
    }
    assert merge.posts[2]["id"] == "deux"
    assert merged(merge.posts, read(table)).same == 2


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (HEADER + text).encode()))
def test_no_file_whatever_is_a_traceback(raw: bytes) -> None:
    sheet = read(raw, "dmy")

    assert all(one.line >= 1 and one.column >= 1 for one in sheet.flaws)
    assert all(row.post["id"] for row in sheet.rows)


@pytest.mark.parametrize(
    "example", ["bakery/plan.json", "agency/brands/hotel-cimes.json", "agency/brands/studio-montreal.json"]
)
def test_what_is_written_as_a_table_reads_back_as_the_same_posts(example: str) -> None:
    document = json.loads((Path(__file__).parents[2] / "examples" / example).read_text())
    channels = {each["id"]: each["network"] for each in document["channels"]}

    merge = merged(document["posts"], read(sheet_of(document["posts"]), channels=channels))

    assert merge.posts == document["posts"]
    assert merge.same == len(document["posts"])


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=30
)
_NAUGHTY = st.sampled_from(
    ["=HYPERLINK(1)", "+33", "-1", "@tous", "'=x", "Un;deux", 'dit "oui"', "1\n2", "été,"]
)


@given(
    text=(_TEXT | _NAUGHTY).map(lambda text: normalize("NFC", text)),
    tags=st.lists(st.sampled_from(["noel", "deux mots", "été"]), unique=True),
    alt=st.sampled_from(["Une bûche", "une | deux"]),
    at=st.sampled_from(["2026-12-03T08:00", "2026-12-03T08:00:30", "slot"]),
)
def test_whatever_a_text_holds_comes_back(text: str, tags: list[str], alt: str, at: str) -> None:
    assume(not text.startswith("#"))  # the spreadsheet's own errors begin so
    post = {
        "id": "un",
        "at": at,
        "channels": ["fil", "site"],
        "text": text,
        "variants": {"site": {"text": text, "at_offset": "PT1H"}},
        "link": {"url": "https://a.example", "utm": {"campaign": "noel"}},
        "media": [{"src": "s3://media/a.png", "alt": alt, "captions": "s3://media/a.srt"}],
        **({"tags": tags} if tags else {}),
    }

    table = sheet_of([post])

    assert merged([post], read(table)).posts == [post]
    assert all(
        cell[:1] not in set("=+-@") for row in csv.reader(StringIO(table), delimiter=";") for cell in row
    )
