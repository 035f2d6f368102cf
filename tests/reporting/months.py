"""Two brands' months as the tables hold them: a bakery at Christmas, in French, and a studio in Montreal."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from parution.buying import ledger
from parution.buying.campaigns import Account, Allocation
from parution.buying.ledger import Note
from parution.measuring.insights import LineInsight, PostInsight
from parution.plan.model import Campaign, Plan
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import State
from parution.reporting.contract import Report
from parution.reporting.desk import ReportingDesk
from parution.sandbox.memory_budgets import MemoryBudgets
from parution.sandbox.memory_history import MemoryHistory
from parution.sandbox.memory_insights import MemoryInsights
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_reports import MemoryReports
from tests.builders import a_delivery

# What a line brings on an ordinary day: results per euro, clicks and impressions per result, and how
# spend strays from the plan from day to day.
YIELD = {"fb-video": 0.262, "ig-reel": 0.241, "ig-story": 0.171}
WEAVE = (1.04, 0.93, 1.07, 0.98, 1.02, 0.9, 1.06)


@dataclass
class Month:
    """Tables in memory, and the desk that reports on them."""

    plan: Plan
    posts: MemoryPosts = field(default_factory=MemoryPosts)
    insights: MemoryInsights = field(default_factory=MemoryInsights)
    budgets: MemoryBudgets = field(default_factory=MemoryBudgets)
    files: MemoryReports = field(default_factory=MemoryReports)
    history: MemoryHistory = field(default_factory=MemoryHistory)

    def __post_init__(self) -> None:
        row = BrandRow(
            plan=self.plan,
            key=f"plans/{self.brand}.json",
            digest="7f3a9c1e" * 8,
            version=4,
            imported_at=datetime(2026, 11, 21, 18, 5, tzinfo=UTC),
        )
        self.posts.keep_brand(row, None)

    @property
    def brand(self) -> str:
        return self.plan.brand.id

    def desk(self) -> ReportingDesk:
        return ReportingDesk(
            brands=self.posts,
            deliveries=self.posts,
            insights=self.insights,
            budgets=self.budgets,
            files=self.files,
            holds=self.posts,
            history=self.history,
        )

    def written(self, now: datetime) -> dict[str, bytes]:
        """Write the report and give its files by name."""
        done = self.desk().write(self.brand, now)
        assert done is not None
        files = self.files.files.items()
        return {key.rpartition("/")[2]: body for key, (body, _) in files if key.startswith(f"{done.folder}/")}

    def report(self, now: datetime) -> Report:
        """Give the report as a record: no page is drawn."""
        found = self.desk().report(self.brand, now)
        assert found is not None
        return found

    # ---------------------------------------------------------------- posts
    def publish(self, post: str, channel: str, network: str, at: datetime, text: str, **facts: Any) -> None:
        media = facts.pop("media", ())
        content = Content(text=text, language=self.plan.brand.locale, media=media)
        self.posts.keep_content(self.brand, post, content)
        late = facts.pop("late", timedelta(seconds=0.4))
        facts.setdefault("state", State.PUBLISHED)
        if facts["state"] is State.PUBLISHED:
            facts |= {
                "published_at": at + late,
                "remote_id": post,
                "url": f"https://{network}.example/p/{post}",
            }
        self.posts.create(
            a_delivery(
                brand=self.brand,
                post=post,
                channel=channel,
                network=network,
                due_at=at,
                content=content.hash,
                wake_at=None,
                **facts,
            )
        )

    def count(self, post: str, channel: str, network: str, read_at: datetime, **figures: int | None) -> None:
        self.insights.append_post(
            PostInsight.model_validate(
                {
                    "brand": self.brand,
                    "post": post,
                    "channel": channel,
                    "network": network,
                    "read_at": read_at,
                    **figures,
                }
            )
        )

    # ---------------------------------------------------------------- money
    def open_account(self, campaign: Campaign) -> None:
        self.budgets.open_account(
            Account(brand=self.brand, campaign=campaign.id, currency=campaign.currency, cap=campaign.budget)
        )

    def tell(self, campaign: Campaign, line: str, day: date, amount: int) -> None:
        """Set a line's amount for a day, as the platform confirmed it."""
        note = Note("test", "as allocated", datetime.combine(day, datetime.min.time(), UTC))
        row = self.budgets.line_day(self.brand, campaign.id, line, day)
        asked = ledger.asked(row, amount, 1.0, note)
        self.budgets.record(row, asked.after, asked.entries)
        confirmed = ledger.confirmed(asked.after, amount, 0, note)
        self.budgets.record(asked.after, confirmed.after, confirmed.entries)

    def spend(self, campaign: Campaign, line: str, day: date, read_at: datetime, **figures: Any) -> None:
        """Read a day of a line back, and book it."""
        self.insights.append_line(
            LineInsight.model_validate(
                {
                    "brand": self.brand,
                    "campaign": campaign.id,
                    "line": line,
                    "day": day,
                    "read_at": read_at,
                    **figures,
                }
            )
        )
        row = self.budgets.line_day(self.brand, campaign.id, line, day)
        change = ledger.booked(row, figures["spend"], "test", read_at)
        if change:
            self.budgets.record(row, change.after, change.entries)

    def close(self, campaign: Campaign, line: str, day: date, at: datetime) -> None:
        row = self.budgets.line_day(self.brand, campaign.id, line, day)
        change = ledger.closed(row, Note("test", "settled", at))
        self.budgets.record(row, change.after, change.entries)

    def allocate(self, campaign: Campaign, day: date, split: str, at: datetime) -> None:
        """Keep the day's allocation, problem and answer as the allocator once gave them."""
        documents = json.loads((Path(__file__).parent / "splits.json").read_text())[split]
        self.budgets.keep_allocation(
            Allocation(
                brand=self.brand,
                campaign=campaign.id,
                day=day,
                version=1,
                currency=campaign.currency,
                budget=documents["problem"]["budget"],
                amounts=documents["answer"]["allocations"],
                problem=documents["problem"],
                answer=documents["answer"],
                at=at,
            )
        )


# ---------------------------------------------------------------- the bakery
PARIS = ZoneInfo("Europe/Paris")
MARTIN = Plan.model_validate(
    {
        "version": 1,
        "brand": {
            "id": "boulangerie-martin",
            "name": "Boulangerie Martin",
            "locale": "fr-FR",
            "timezone": "Europe/Paris",
            "currency": "EUR",
            "promise": "Du pain au levain, chaque matin",
        },
        "objectives": [
            {
                "id": "commandes",
                "family": "sales",
                "kpi": "orders",
                "unit": "commandes",
                "target": 320,
                "period": "2026-12",
            }
        ],
        "channels": [
            {"id": "fb", "network": "facebook", "account": "secret:fb-martin"},
            {"id": "ig", "network": "instagram", "account": "secret:ig-martin"},
            {"id": "fil", "network": "mastodon", "account": "secret:masto-martin"},
        ],
        "ad_accounts": [{"id": "regie", "platform": "sandbox", "account": "secret:ads-martin"}],
        "campaigns": [
            {
                "id": "noel",
                "objective": "commandes",
                "budget": 150000,
                "currency": "EUR",
                "flight": ["2026-12-01", "2026-12-24"],
                "formats": [
                    {"id": "fb-video", "network": "facebook", "format": "video", "min": 20000, "max": 80000},
                    {"id": "ig-reel", "network": "instagram", "format": "reel", "max": 90000},
                    {"id": "ig-story", "network": "instagram", "format": "story", "max_share": 0.2},
                ],
            }
        ],
    }
)
NOEL = MARTIN.campaigns[0]
# A Thursday at lunch, the tenth day of twenty-four.
MID_FLIGHT = datetime(2026, 12, 10, 11, 40, tzinfo=UTC)
SHARES = {"fb-video": 0.46, "ig-reel": 0.36, "ig-story": 0.18}

POSTS = (
    ("avent", "fil", "mastodon", (1, 8, 0), "Le calendrier de l'avent commence : une recette chaque matin."),
    (
        "buche-2026",
        "fb",
        "facebook",
        (3, 8, 0),
        "La bûche praliné est de retour. Réservez avant le 20 décembre 🎄",
    ),
    ("buche-2026", "ig", "instagram", (3, 12, 0), "Bûche praliné 🎄 #Annecy #boulangerie"),
    (
        "levain",
        "fb",
        "facebook",
        (5, 8, 0),
        "Pourquoi notre levain a onze ans : l'histoire d'un pot de verre, d'un four à bois et de deux générations.",
    ),
    (
        "apprenti-2027",
        "fb",
        "facebook",
        (8, 12, 15),
        "On recrute ! Apprentissage de boulanger à Annecy, dès février.",
    ),
    ("marche", "fil", "mastodon", (9, 7, 30), "Ce matin au marché de la vieille ville, jusqu'à midi."),
    ("four", "ig", "instagram", (10, 8, 0), "Quatre heures, le four est chaud."),
    ("galette-teaser", "fb", "facebook", (17, 8, 0), "Quelque chose se prépare pour janvier…"),
    (
        "horaires-noel",
        "fil",
        "mastodon",
        (22, 9, 0),
        "Nos horaires de Noël : ouvert le 24 jusqu'à 17 h, fermé le 25.",
    ),
)


def in_paris(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def bakery(
    pace: float = 1.0,
    until: datetime = MID_FLIGHT,
    yields: float = 1.0,
    plan: Plan = MARTIN,
    *,
    posts: bool = True,
    without: frozenset[date] = frozenset(),
) -> Month:
    """The bakery's December up to an instant; ``pace`` is of spend, ``yields`` of results.

    On the days ``without`` nothing was bought.
    """
    month, noel = Month(plan), plan.campaigns[0]
    month.open_account(noel)
    today = until.astimezone(PARIS).date()
    for line, day, share in _lines_and_days(until):
        if day in without:
            continue
        weave = WEAVE[day.day % 7] * (1.0 if day < today else 0.42)
        account = month.budgets.account(month.brand, noel.id)
        amount = min(round(6250 * share * 1.25), account.available if account else 0)
        spend = min(round(6250 * share * pace * weave), amount)
        results = round(spend / 100 * YIELD[line] * yields)
        figures = {"results": results, "clicks": results * 9 + 4, "impressions": spend * 2}
        month.tell(noel, line, day, amount)
        month.spend(noel, line, day, until, spend=spend, **figures)
        if day < today - timedelta(days=2):
            month.close(noel, line, day, until)
    if posts:
        _bakery_posts(month, until)
    if today <= noel.flight[1]:
        month.allocate(noel, today, "bakery", until.replace(hour=4, minute=0))
    return month


def _lines_and_days(until: datetime) -> Iterator[tuple[str, date, float]]:
    today = until.astimezone(PARIS).date()
    for line, share in SHARES.items():
        for step in range((min(today, NOEL.flight[1]) - NOEL.flight[0]).days + 1):
            yield line, NOEL.flight[0] + timedelta(days=step), share


def _bakery_posts(month: Month, until: datetime) -> None:
    for number, (post, channel, network, at, text) in enumerate(POSTS):
        due_at = in_paris(*at)
        if due_at > until:
            month.publish(post, channel, network, due_at, text, state=State.PLANNED)
        elif post == "apprenti-2027":
            reason = (
                "Facebook refuse l'image : 12 Mo, 8 Mo au plus. Remplacez le fichier et importez de nouveau."
            )
            month.publish(post, channel, network, due_at, text, state=State.FAILED, reason=reason)
        else:
            month.publish(post, channel, network, due_at, text, late=timedelta(seconds=0.3 + number * 0.1))
            replies = None if network == "instagram" else 2 + number
            views = None if network == "mastodon" else 903 + 211 * number
            figures = {"likes": 37 + 11 * number, "shares": 3 + number, "replies": replies, "views": views}
            month.count(post, channel, network, until, **figures)


# ---------------------------------------------------------------- the agency's studio
TORONTO = ZoneInfo("America/Toronto")
STUDIO = Plan.model_validate(
    {
        "version": 1,
        "brand": {
            "id": "studio-montreal",
            "name": "Studio Montreal",
            "locale": "en-CA",
            "timezone": "America/Toronto",
            "currency": "CAD",
        },
        "objectives": [
            {
                "id": "bookings",
                "family": "leads",
                "kpi": "bookings",
                "unit": "bookings",
                "target": 90,
                "period": "2026-12",
            }
        ],
        "channels": [
            {"id": "li", "network": "linkedin", "account": "secret:li-studio"},
            {"id": "yt", "network": "youtube", "account": "secret:yt-studio"},
        ],
        "ad_accounts": [{"id": "ads", "platform": "sandbox", "account": "secret:ads-studio"}],
        "campaigns": [
            {
                "id": "winter",
                "objective": "bookings",
                "budget": 480000,
                "currency": "CAD",
                "flight": ["2026-11-23", "2026-12-20"],
                "pacing": "ahead:1.2@2026-12-06",
                "formats": [
                    {"id": "yt-film", "network": "youtube", "format": "film"},
                    {"id": "li-lead", "network": "linkedin", "format": "lead form"},
                ],
            },
            {
                "id": "open-day",
                "budget": 60000,
                "currency": "USD",
                "flight": ["2026-12-21", "2027-01-09"],
                "formats": [{"id": "li-event", "network": "linkedin", "format": "event"}],
            },
        ],
    }
)
WINTER = STUDIO.campaigns[0]
STUDIO_NOW = datetime(2026, 12, 12, 15, 0, tzinfo=UTC)


def studio() -> Month:
    """The studio's December: slow spend, one post that nobody could confirm, a second campaign to come."""
    month, today = Month(STUDIO), STUDIO_NOW.astimezone(TORONTO).date()
    month.open_account(WINTER)
    for line, share in (("yt-film", 0.6), ("li-lead", 0.4)):
        for step in range((today - WINTER.flight[0]).days + 1):
            day = WINTER.flight[0] + timedelta(days=step)
            spend = round(17142 * share * 0.71 * WEAVE[step % 7] * (1 if day < today else 0.4))
            month.tell(WINTER, line, day, round(17142 * share * 1.3))
            results = round(spend / 6900 * (1.1 if line == "yt-film" else 0.8))
            month.spend(
                WINTER,
                line,
                day,
                STUDIO_NOW,
                spend=spend,
                results=results,
                clicks=results * 14 + 6,
                impressions=spend,
            )
    month.allocate(WINTER, today, "studio", STUDIO_NOW.replace(hour=10))
    posts = (
        ("reel-2026", "yt", "youtube", 2, State.PUBLISHED, "Our year in ninety seconds."),
        ("craft", "li", "linkedin", 9, State.PUBLISHED, "How a 40-second film gets made, week by week."),
        ("hiring", "li", "linkedin", 11, State.UNCONFIRMED, "We are hiring a colourist in Montréal."),
        ("open-day", "li", "linkedin", 18, State.PLANNED, "Come and see the studio on January 9."),
    )
    for post, channel, network, day_of_month, state, text in posts:
        due_at = datetime(2026, 12, day_of_month, 9, 0, tzinfo=TORONTO).astimezone(UTC)
        month.publish(post, channel, network, due_at, text, state=state)
    month.count("reel-2026", "yt", "youtube", STUDIO_NOW, likes=412, shares=38, replies=21, views=18_240)
    month.count("craft", "li", "linkedin", STUDIO_NOW, likes=1204, shares=None, replies=64)
    return month
