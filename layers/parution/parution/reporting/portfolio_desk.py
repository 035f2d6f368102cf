"""The portfolio desk: an agency's brands side by side, made anew whenever one of them has a new report."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from parution.records import Record
from parution.reporting.letters import Whole, letter
from parution.reporting.mail_desk import MailDesk, Mailing, Posted
from parution.reporting.manifests import CSV, HTML, JSON, File, as_json, sums
from parution.reporting.portfolio import Order, Portfolio, Reported, portfolio_of
from parution.reporting.portfolio_page import portfolio_front, portfolio_page
from parution.reporting.portfolio_sheet import french_portfolio_sheet, portfolio_sheet
from parution.reporting.ports import ReportFiles
from parution.reporting.turns import latest_turn
from parution.reporting.words import Words

AUDIENCE = "portfolio"
# A brand that has no report of its own after a turn keeps the agency waiting no longer than this.
_LONGEST_WAIT = timedelta(days=1)


class Made(Record):
    """One portfolio as it was written."""

    folder: str
    latest: bool
    posted: Posted = Posted()


class PortfolioDesk:
    """Keeps portfolios up to date: the same reports give the same bytes under the same key."""

    def __init__(self, files: ReportFiles, mail: MailDesk) -> None:
        self._files, self._mail = files, mail

    def keep(self, order: Order) -> None:
        """Let every new report of these brands renew the portfolio, from now on."""
        self._files.write(_order_key(order.id), order.model_dump_json(indent=2).encode(), JSON)
        for brand in order.brands:
            named = sorted({*self._named(brand), order.id})
            self._files.write(_names_key(brand), as_json({"portfolios": named}), JSON)

    def renew(self, brand: str, now: datetime) -> list[Made]:
        """Make each portfolio anew that this brand is in."""
        orders = (self._order(name) for name in self._named(brand))
        made = (self.write(order, now) for order in orders if order and brand in order.brands)
        return [one for one in made if one]

    def made_of(self, order: Order) -> Portfolio | None:
        """Put the newest reports side by side; None while no brand has one."""
        reports = list(self._reports(order.brands))
        return portfolio_of(order, reports) if reports else None

    def write(self, order: Order, now: datetime) -> Made | None:
        """Write the portfolio and mail it to whose turn has come; None while no brand has a report."""
        portfolio = self.made_of(order)
        if portfolio is None:
            return None
        home, run = f"reports/portfolio={order.id}", _run(portfolio)
        folder, files = f"{home}/run={run}", portfolio_files(portfolio)
        for name, file in files.items():
            self._files.write(f"{folder}/{name}", file.body, file.content_type)
        manifest = {
            "schema": portfolio.schema_,
            "run": run,
            "made_of": [line.report for line in portfolio.brands],
            "files": {name: sums(file.body) for name, file in files.items()},
            "complete": True,
        }
        self._files.write(f"{folder}/manifest.json", as_json(manifest), JSON)
        pointer = {"run": run, "folder": folder, "manifest": f"{folder}/manifest.json"}
        latest = self._files.point(f"{home}/latest.json", run, as_json(pointer))
        return Made(folder=folder, latest=latest, posted=self._send(order, portfolio, now))

    # ---------------------------------------------------------------- mail
    def _send(self, order: Order, portfolio: Portfolio, now: datetime) -> Posted:
        words = Words(order.locale, order.timezone)
        shown = portfolio_front(portfolio, words)
        write = partial(letter, shown, words, AUDIENCE, Whole(portfolio_page(portfolio)))
        mailings = [
            Mailing(AUDIENCE, one.every, one.to, write)
            for one in order.subscriptions
            if _is_ready(portfolio, latest_turn(one.every, order.timezone, now), now)
        ]
        return self._mail.send(f"portfolio={order.id}", order.timezone, mailings, now)

    # ---------------------------------------------------------------- reading
    def _reports(self, brands: Sequence[str]) -> Iterator[tuple[str, Reported]]:
        for brand in brands:
            pointer = self._files.read(f"reports/brand={brand}/latest.json")
            if pointer:
                key = f"{json.loads(pointer)['folder']}/report.json"
                body = self._files.read(key)
                if body:
                    yield key, Reported.model_validate_json(body)

    def _named(self, brand: str) -> list[str]:
        standing = self._files.read(_names_key(brand))
        return list(json.loads(standing)["portfolios"]) if standing else []

    def _order(self, name: str) -> Order | None:
        standing = self._files.read(_order_key(name))
        return Order.model_validate_json(standing) if standing else None


def portfolio_files(portfolio: Portfolio) -> dict[str, File]:
    """Give the portfolio's files by name, the contract first."""
    table, rows = portfolio_sheet(portfolio)
    files = {
        "portfolio.json": File(as_json(portfolio.model_dump(mode="json", by_alias=True)), JSON),
        "portfolio.html": File(portfolio_page(portfolio), HTML),
        "portfolio.csv": File(table, CSV, rows),
    }
    if portfolio.locale.startswith("fr"):
        body, rows = french_portfolio_sheet(portfolio)
        files["portfolio.fr.csv"] = File(body, CSV, rows)
    return files


def _is_ready(portfolio: Portfolio, turn: datetime, now: datetime) -> bool:
    oldest = min(line.generated_at for line in portfolio.brands)
    return oldest >= turn or now - turn >= _LONGEST_WAIT


def _run(portfolio: Portfolio) -> str:
    """Name the run by its reports: a newer report of any brand makes a later name, the same ones the same."""
    seconds = sum(int(line.generated_at.timestamp()) for line in portfolio.brands)
    return f"{portfolio.generated_at:%Y%m%dT%H%M%SZ}-{seconds:014d}"


def _order_key(portfolio: str) -> str:
    # Not under reports/, where files may be forgotten after so many days.
    return f"portfolios/portfolio={portfolio}.json"


def _names_key(brand: str) -> str:
    return f"portfolios/brand={brand}.json"
