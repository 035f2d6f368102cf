"""An agency's brands side by side: what is added, what stays apart, and when it is made anew."""

import csv
import io
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest

from parution.plan.model import Plan
from parution.reporting.letters import Whole, letter
from parution.reporting.mail_desk import MailDesk, Posted
from parution.reporting.portfolio import Order, Portfolio, Subscription
from parution.reporting.portfolio_desk import PortfolioDesk, portfolio_files
from parution.reporting.portfolio_page import portfolio_front, portfolio_page
from parution.reporting.rates import Rates
from parution.reporting.words import Words
from parution.sandbox.memory_mail import MemoryMail
from tests.reporting.browser import CHROMIUM, looked_at, with_axe
from tests.reporting.months import MARTIN, MID_FLIGHT, STUDIO_NOW, Month, bakery, studio
from tests.reporting.test_browser import AXE
from tests.reporting.test_markup import faults
from tests.reporting.undrawn import undrawn  # noqa: F401 (for the whole module)

BOTH = ("boulangerie-martin", "studio-montreal")
NOON = MID_FLIGHT + timedelta(days=3)
AT_RATES = Rates(
    into="EUR",
    as_of=date(2026, 11, 20),
    source="European Central Bank",
    rates={"CAD": 0.6214, "USD": 0.862},
)


def an_order(**facts: Any) -> Order:
    return Order.model_validate(
        {
            "id": "agence-du-lac",
            "name": "Agence du Lac",
            "locale": "fr-FR",
            "timezone": "Europe/Paris",
            "brands": BOTH,
            "rates": AT_RATES,
            **facts,
        }
    )


class Agency:
    """Two brands' reports in one bucket, and the desk that puts them side by side."""

    def __init__(self) -> None:
        self.martin, self.studio, self.mail = bakery(), studio(), MemoryMail()
        self.studio.files = self.files = self.martin.files
        self.desk = PortfolioDesk(self.files, MailDesk(self.files, self.mail, "rapports@agence.example"))

    def report(self, *, martin: datetime = MID_FLIGHT, studio: datetime = STUDIO_NOW) -> None:
        self.martin.desk().write("boulangerie-martin", martin)
        self.studio.desk().write("studio-montreal", studio)

    def made(self, **facts: Any) -> Portfolio:
        found = self.desk.made_of(an_order(**facts))
        assert found is not None
        return found


@pytest.fixture(scope="module")
def agency() -> Agency:
    agency = Agency()
    agency.report()
    return agency


def brand(portfolio: Portfolio, name: str) -> Any:
    (line,) = [line for line in portfolio.brands if line.brand == name]
    return line


# ---------------------------------------------------------------- rates
@pytest.mark.parametrize(
    ("minor", "currency", "into", "rate", "converted"),
    [
        (150_000, "EUR", "EUR", {}, 150_000),
        (480_000, "CAD", "EUR", {"CAD": 0.6214}, 298_272),
        (1, "CAD", "EUR", {"CAD": 0.5}, 0),
        (3, "CAD", "EUR", {"CAD": 0.5}, 2),
        (1_000, "JPY", "EUR", {"JPY": 0.0061}, 610),
        (1_234, "TND", "EUR", {"TND": 0.3}, 37),
        (100, "EUR", "JPY", {"EUR": 163.4}, 163),
    ],
)
def test_an_amount_is_converted_exactly_and_rounded_half_to_even(
    minor: int, currency: str, into: str, rate: dict[str, float], converted: int
) -> None:
    assert Rates(into=into, rates=rate).convert(minor, currency) == converted


# ---------------------------------------------------------------- what is added
def test_the_total_is_the_sum_of_the_brands_in_one_currency(agency: Agency) -> None:
    made = agency.made()

    lines = [brand(made, name).converted for name in BOTH]
    assert made.total.currency == "EUR"
    assert made.total.spent.value == sum(line.spent.value for line in lines)
    assert made.total.budget.value == sum(line.budget.value for line in lines)
    assert made.apart == ()


def test_a_brand_keeps_its_own_money_beside_what_it_is_converted_to(agency: Agency) -> None:
    line = brand(agency.made(), "studio-montreal")

    own = {amount.currency: amount.spent.value for amount in line.money}
    assert own == {"CAD": 236116, "USD": 0}
    assert line.converted.spent.value == 146722


@pytest.mark.parametrize(
    ("rates", "apart"), [({}, ["CAD", "USD"]), ({"CAD": 0.6214}, ["USD"]), ({"CHF": 1.06}, ["CAD", "USD"])]
)
def test_amounts_without_a_rate_stay_apart_and_are_never_guessed(
    agency: Agency, rates: dict[str, float], apart: list[str]
) -> None:
    made = agency.made(rates=AT_RATES.model_copy(update={"rates": rates}))

    assert [amount.currency for amount in made.apart] == apart
    assert brand(made, "studio-montreal").converted is None
    assert brand(made, "boulangerie-martin").converted.spent.value == 58822
    in_total = 58822 + (146722 if "CAD" in rates else 0)
    assert made.total.spent.value == in_total


def test_a_campaign_that_no_figure_has_come_back_for_is_not_zero(agency: Agency) -> None:
    silent = Agency()
    silent.martin = Month(MARTIN)
    silent.martin.files = silent.studio.files = silent.files
    silent.report()

    line = brand(silent.made(), "boulangerie-martin")

    assert line.converted.spent.value is None
    assert line.converted.unread == ("noel",)
    assert line.converted.budget.value == 150_000


def test_a_brand_without_a_report_is_named_and_counts_nothing(agency: Agency) -> None:
    made = agency.made(brands=(*BOTH, "hotel-cimes"))

    assert made.missing == ("hotel-cimes",)
    assert [line.brand for line in made.brands] == ["studio-montreal", "boulangerie-martin"]


def test_a_report_that_is_no_longer_kept_counts_nothing_and_is_named() -> None:
    agency = Agency()
    agency.report()
    del agency.files.files[brand(agency.made(), "boulangerie-martin").report]

    assert agency.made().missing == ("boulangerie-martin",)


def test_a_report_of_another_version_is_read_as_far_as_it_says_the_same() -> None:
    agency = Agency()
    agency.report()
    key = brand(agency.made(), "boulangerie-martin").report
    report = json.loads(agency.files.files[key][0])
    report |= {"schema": "parution.report/7", "mood": "serene"}
    agency.files.write(key, json.dumps(report).encode(), "application/json")

    assert brand(agency.made(), "boulangerie-martin").converted.spent.value == 58822


def test_an_agency_without_any_report_has_no_portfolio() -> None:
    assert Agency().desk.made_of(an_order()) is None


# ---------------------------------------------------------------- page and sheets
def test_the_page_runs_nothing_and_fetches_nothing(agency: Agency) -> None:
    page = portfolio_page(agency.made()).decode()

    assert html5lib.HTMLParser(strict=True).parse(page) is not None
    assert "default-src &#39;none&#39;" in page
    assert not any(word in page for word in ("<script", "<img", "src=", "url(", "@import"))
    assert len(page) < 40_000


def test_the_page_is_valid_html_whatever_it_holds(agency: Agency) -> None:
    assert faults(portfolio_page(agency.made()).decode()) == []
    assert faults(portfolio_page(agency.made(rates=Rates(into="EUR"))).decode()) == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_axe_finds_nothing_on_the_page_or_in_the_letter(agency: Agency, tmp_path: Path) -> None:
    made, words = agency.made(), Words("fr-FR", "Europe/Paris")
    mail = letter(portfolio_front(made, words), words, "portfolio", Whole(b""))
    (tmp_path / "page.html").write_bytes(with_axe(portfolio_page(made)))
    (tmp_path / "mail.html").write_bytes(with_axe(mail.html.encode()))

    found = looked_at(tmp_path, [("page.html", 1400), ("page.html", 360), ("mail.html", 600)], AXE)

    assert [one["violations"] + one["undecided"] for one in found] == [[], [], []]


def test_the_page_tells_the_rates_with_their_day_and_source(agency: Agency) -> None:
    page = portfolio_page(agency.made()).decode().replace("\u00a0", " ")

    assert "Converti aux taux du 20 novembre 2026 (European Central Bank)" in page
    assert "1 CAD = 0,6214 EUR" in page


def test_the_page_says_what_stays_apart(agency: Agency) -> None:
    page = portfolio_page(agency.made(rates=Rates(into="EUR"))).decode().replace("\u00a0", " ")

    assert "Pour CAD, USD, le fichier de l’agence ne donne pas de taux" in page  # noqa: RUF001 (as it is written)
    assert "Converti" not in page


def test_each_verdict_is_told_in_its_own_language(agency: Agency) -> None:
    page = portfolio_page(agency.made(locale="en-GB")).decode()

    assert '<html lang="en-GB">' in page
    assert '<tr role="row" class="says"><td role="cell" colspan="7" lang="fr">' in page


def test_names_of_others_stay_texts() -> None:
    hostile = Agency()
    name = '</script><script>alert(1)</script>=HYPERLINK("x")'
    facts = MARTIN.model_dump(by_alias=True)
    facts["brand"]["name"] = name
    hostile.martin = Month(Plan.model_validate(facts))
    hostile.martin.files = hostile.studio.files = hostile.files
    hostile.report()
    files = portfolio_files(hostile.made(name=f"={name}"))

    parsed = html5lib.HTMLParser(namespaceHTMLElements=False).parse(files["portfolio.html"].body.decode())

    assert parsed.find(".//script") is None
    cells = [cell for row in csv.reader(io.StringIO(files["portfolio.csv"].body.decode())) for cell in row]
    assert not any(cell.startswith("=") for cell in cells)


def test_the_sheet_has_a_row_for_each_brand_and_currency(agency: Agency) -> None:
    files = portfolio_files(agency.made())

    rows = list(csv.DictReader(io.StringIO(files["portfolio.csv"].body.decode(), newline="")))
    assert [
        (row["brand"], row["currency"], row["spent"], row["rate"], row["converted_spent"]) for row in rows
    ] == [
        ("studio-montreal", "CAD", "2361.16", "0.6214", "1467.22"),
        ("studio-montreal", "USD", "0.00", "0.862", "0.00"),
        ("boulangerie-martin", "EUR", "588.22", "1", "588.22"),
    ]
    french = files["portfolio.fr.csv"].body.decode("utf-8-sig")
    assert french.startswith("marque;nom;rapport;")
    assert ";2361,16;" in french
    assert ";12/12/2026 16:00:00;01/12/2026;31/12/2026;" in french


# ---------------------------------------------------------------- kept up to date
def test_a_new_report_of_any_brand_renews_the_portfolio_that_is_kept() -> None:
    agency = Agency()
    agency.desk.keep(an_order())

    agency.martin.desk().write("boulangerie-martin", MID_FLIGHT)
    first = json.loads(agency.files.files["reports/portfolio=agence-du-lac/latest.json"][0])
    agency.studio.desk().write("studio-montreal", STUDIO_NOW)
    second = json.loads(agency.files.files["reports/portfolio=agence-du-lac/latest.json"][0])

    made = json.loads(agency.files.files[f"{second['folder']}/portfolio.json"][0])
    assert second["run"] > first["run"]
    assert [line["brand"] for line in made["brands"]] == ["studio-montreal", "boulangerie-martin"]
    manifest = json.loads(agency.files.files[second["manifest"]][0])
    assert manifest["complete"]
    assert set(manifest["files"]) == {"portfolio.json", "portfolio.html", "portfolio.csv", "portfolio.fr.csv"}


def test_the_same_reports_give_the_same_bytes_under_the_same_key(agency: Agency) -> None:
    agency.desk.write(an_order(), NOON)
    before = dict(agency.files.files)

    agency.desk.write(an_order(), NOON + timedelta(hours=5))

    assert agency.files.files == before


def test_a_brand_that_left_the_workspace_renews_nothing(agency: Agency) -> None:
    agency.desk.keep(an_order())
    agency.desk.keep(an_order(brands=("studio-montreal",)))

    assert agency.desk.renew("boulangerie-martin", NOON) == []
    assert len(agency.desk.renew("studio-montreal", NOON)) == 1


# ---------------------------------------------------------------- mail
READS = Subscription(every="day@08:00", to=("direction@agence.example",))


@pytest.mark.parametrize(
    ("martin", "now", "mailed"),
    [
        # 8 o'clock has come; the bakery's report is older than that, the studio's newer.
        (MID_FLIGHT, STUDIO_NOW, 0),
        (STUDIO_NOW, STUDIO_NOW, 1),
    ],
)
def test_the_portfolio_is_mailed_once_every_brand_has_a_report_after_the_turn(
    martin: datetime, now: datetime, mailed: int
) -> None:
    agency = Agency()
    agency.report(martin=martin)

    made = agency.desk.write(an_order(subscriptions=[READS]), now)

    assert made is not None
    assert made.posted == Posted(mailed=mailed)


def test_a_brand_without_a_new_report_keeps_nobody_waiting_longer_than_a_day() -> None:
    agency = Agency()
    agency.report()
    weekly = Subscription(every="week:mon@08:00", to=READS.to)

    made = agency.desk.write(an_order(subscriptions=[weekly]), STUDIO_NOW)

    assert made is not None
    assert made.posted == Posted(mailed=1)
    (sent,) = agency.mail.sent
    assert sent.message["Subject"].replace("\u00a0", " ") == "Agence du Lac · portefeuille · 12 décembre 2026"
    (attached,) = sent.message.iter_attachments()
    assert attached.get_filename() == "agence-du-lac-2026-12-12.html"
