"""What a table of past days is read as, and each flaw with its place."""

from datetime import date

import pytest

from parution.measuring.history import Row, read_history

MARCH = date(2026, 3, 1)


def rows(text: str, currency: str = "EUR") -> list[Row]:
    history = read_history(text.encode(), currency)
    assert history.flaws == ()
    return list(history.rows)


def flaws(text: str, currency: str = "EUR") -> list[str]:
    return [str(flaw) for flaw in read_history(text.encode(), currency).flaws]


@pytest.mark.parametrize(
    "text",
    [
        "day,line,network,format,spend,results\n2026-03-01,fb,facebook,video,1234.50,14\n",
        "\ufeffday,line,network,format,spend,results\r\n2026-03-01,fb,facebook,video,1234.50,14\r\n",
        "Jour;Ligne;Réseau;Format;Dépense;Résultats\n2026-03-01;fb;Facebook;video;1 234,50;14\n",
        "Jour;Ligne;Réseau;Format;Dépense;Résultats\n2026-03-01;fb;facebook;video;1\u202f234,50 €;14,0\n",
        'Date,Campaign,Network,Format,Cost,Conversions\n2026-03-01,fb,facebook,video,"1,234.50",14.00\n',
        (
            "Début des rapports;Nom de la campagne;Plateforme;Placement;Montant dépensé (EUR);Résultats\n"
            "2026-03-01;fb;facebook;video;1.234,50;14\n"
        ),
        (
            "Reporting starts,Campaign name,Platform,Placement,Amount spent (EUR),Results\n"
            "2026-03-01,fb,facebook,video,1234.5,14\n"
        ),
        (
            "Campaign report\nMarch 2026\nDay,Campaign,Network,Format,Cost,Clicks\n"
            '2026-03-01,fb,facebook,video,"1,234.5",14\n'
        ),
        "results,spend,format,network,line,day\n14,1234.5,video,facebook,fb,2026-03-01\n\n",
    ],
    ids=[
        "plain",
        "byte-order mark and CRLF",
        "French",
        "narrow spaces",
        "thousands",
        "Meta in French",
        "Meta",
        "Google Ads with titles",
        "any order",
    ],
)
def test_exports_are_read_as_they_come(text: str) -> None:
    assert rows(text) == [Row("fb", "facebook", "video", MARCH, 123_450, 14.0)]


@pytest.mark.parametrize(
    ("currency", "written", "minor"),
    [("EUR", "12.5", 1_250), ("JPY", "1250", 1_250), ("JPY", "1250.00", 1_250), ("TND", "1.234", 1_234)],
)
def test_amounts_become_the_currencys_own_minor_units(currency: str, written: str, minor: int) -> None:
    assert rows(f"day,line,spend,results\n2026-03-01,fb,{written},1\n", currency)[0].spend == minor


def test_a_lone_comma_is_a_decimal_comma_where_semicolons_part_the_cells() -> None:
    assert rows("day;line;spend;results\n2026-03-01;fb;1,234;1\n", "TND")[0].spend == 1_234


def test_a_day_without_a_figure_is_kept_as_unknown_and_not_as_zero() -> None:
    found = rows("day,line,spend,results\n2026-03-01,fb,10,--\n2026-03-02,fb,10,\n2026-03-03,fb,10,0\n")

    assert [row.results for row in found] == [None, None, 0.0]


def test_days_are_read_day_first_or_month_first_as_the_file_shows() -> None:
    french = rows("day;line;spend;results\n01/03/2026;fb;1;1\n31/03/2026;fb;1;1\n")
    american = rows("day,line,spend,results\n03/01/2026,fb,1,1\n03/31/2026,fb,1,1\n")

    assert [row.day for row in french] == [row.day for row in american] == [MARCH, date(2026, 3, 31)]


def test_every_flaw_is_named_at_once_with_its_place_and_its_mending() -> None:
    text = (
        "day,line,network,format,spend,results\n"
        "2026-02-30,fb,facebook,video,10,1\n"
        "2026-03-01,,facebook,video,10.005,one\n"
        "2026-03-02,fb,facebook,video,-3,1\n"
        "2026-03-03,fb,facebook,video,,1\n"
        "2026-03-04,fb,facebook,video,5,1\n"
        "2026-03-04,fb,facebook,story,5,1\n"
    )

    assert flaws(text) == [
        "2:1  H006 '2026-02-30' is no day - write days as 2026-03-31",
        "3:12  H005 the line has no name - write the line's name, or remove the row if it is a total",
        "3:28  H008 '10.005' is no amount of EUR - it has 2 decimals",
        "3:35  H007 'one' is no number - write one such as 14; 0 for none",
        "4:30  H007 '-3' is below 0 - write one such as 12.50",
        "5:30  H007 there is no number - write one such as 12.50; 0 for none",
        "7:12  H009 'fb' has 2026-03-04 on line 6 already - add the two up, or give the lines names of their own",
        (
            "7:12  H010 'fb' is facebook video above, and facebook story here"
            " - give each network and format a line of its own"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", "1:1  H002 no row names the columns"),
        ("a,b,c\n1,2,3\n", "1:1  H002 no row names the columns"),
        ("day,line,results\n", "1:1  H003 there is no column of spend - name it one of: spend, cost"),
        ("day,line,spend (USD),results\n", "1:10  H004 the amounts are in USD, not in EUR"),
        ("day,line,spend,results\n", "1:1  H011 there is no day in it"),
        ("day,line,spend,results\n03/04/2026,fb,1,1\n", "2:1  H006 '03/04/2026' may be two days"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, flaw: str) -> None:
    [found] = flaws(text)

    assert found.startswith(flaw)


def test_a_file_in_another_encoding_is_refused() -> None:
    history = read_history("Dépense".encode("latin-1"), "EUR")

    assert [flaw.code for flaw in history.flaws] == ["H001"]


def test_a_cell_that_holds_a_line_end_does_not_move_the_places_after_it() -> None:
    text = 'day,line,spend,results\n2026-03-01,"fb\nvideo",1,1\n2026-03-02,"a, b",x,1\n'

    assert flaws(text) == ["4:19  H007 'x' is no number - write one such as 12.50; 0 for none"]
