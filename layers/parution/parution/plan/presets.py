"""Plans to begin with: for one person, for a small company, for an agency; in French and English."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from parution.plan.model import SCHEMA_ID
from parution.plan.workspace import WORKSPACE_SCHEMA_ID

Preset = Literal["tpe", "pme", "agence"]
Document = dict[str, Any]

_INSIGHTS, _REPORT, _ALLOCATE = "rate(1 hour)", "cron(0 7 ? * MON *)", "cron(0 5 * * ? *)"


class Beginner(NamedTuple):
    """Whose plan it is."""

    brand: str  # id
    name: str
    timezone: str
    currency: str
    french: bool

    def say(self, french: str, english: str) -> str:
        return french if self.french else english

    @property
    def locale(self) -> str:
        return self.say("fr-FR", "en-GB")

    @property
    def feed(self) -> str:
        return self.say("fil", "feed")

    def named(self, brand: str, name: str) -> "Beginner":
        return self._replace(brand=brand, name=name)


def preset(which: Preset, who: Beginner, today: date) -> Mapping[str, Document]:
    """Give the files of a preset by their names; its posts begin the day after tomorrow."""
    match which:
        case "tpe":
            return {"plan.json": _tpe(who, today)}
        case "pme":
            return {"plan.json": _pme(who, today)}
        case "agence":
            return _agency(who, today)


def _begun(who: Beginner) -> Document:
    comment = who.say(
        "Un fichier par marque. « $comment » se place où l'on veut ; le programme ne lit pas ces lignes.",
        "One file per brand. $comment may stand anywhere; the program does not read these lines.",
    )
    brand = {"id": who.brand, "name": who.name, "locale": who.locale, "timezone": who.timezone}
    return {
        "$schema": SCHEMA_ID,
        "$comment": comment,
        "version": 1,
        "brand": {
            "$comment": who.say("L'id ne change plus jamais.", "The id never changes."),
            **brand,
            "currency": who.currency,
        },
    }


def _channel(who: Beginner, name: str, network: str) -> Document:
    return {"id": name, "network": network, "account": f"secret:{network}-{who.brand}"}


# ---------------------------------------------------------------------- for one person
def _tpe(who: Beginner, today: date) -> Document:
    first = today + timedelta(days=2)
    at = who.say(
        "« at » est l'heure de l'horloge, dans le fuseau de la marque.",
        "'at' is the time on the clock, in the brand's zone.",
    )
    bonjour = {
        "$comment": at,
        "id": who.say("bonjour", "hello"),
        "at": f"{first}T08:00",
        "channels": [who.feed],
        "text": who.say(
            "Bonjour ! Ici, nous racontons la vie de l'atelier, une fois par semaine.",
            "Hello! This is where we tell about our workshop, once a week.",
        ),
    }
    question = {
        "id": "question",
        "at": f"{first + timedelta(days=7)}T12:15",
        "channels": [who.feed],
        "text": who.say("Une question sur nos produits ? Répondez ici.", "A question? Just answer here."),
    }
    thanks = {
        "id": who.say("merci", "thanks"),
        "at": f"{first + timedelta(days=14)}T08:00",
        "channels": [who.feed],
        "text": who.say("Merci à celles et ceux qui sont passés.", "Thanks to all who came by."),
    }
    return {
        **_begun(who),
        "channels": [_channel(who, who.feed, "mastodon")],
        "posts": [bonjour, question, thanks],
        "schedules": {"insights": _INSIGHTS, "report": _REPORT},
    }


# ---------------------------------------------------------------------- for a small company
def _pme(who: Beginner, today: date) -> Document:
    return {
        **_begun(who),
        "objectives": [_objective(who, today)],
        "channels": [
            {**_channel(who, who.feed, "mastodon"), "objectives": [who.say("commandes", "orders")]},
            {**_channel(who, "site", "webhook"), "objectives": [who.say("commandes", "orders")]},
        ],
        "ad_accounts": [{"id": "regie", "platform": "sandbox", "account": f"secret:ads-{who.brand}"}],
        "cadence": [_cadence(who)],
        "pillars": [
            {"id": who.say("produit", "product"), "share": 0.6},
            {"id": who.say("equipe", "team"), "share": 0.4},
        ],
        "posts": _company_posts(who, today),
        "campaigns": [_campaign(who, today)],
        "schedules": {"allocate": _ALLOCATE, "insights": _INSIGHTS, "report": _REPORT},
    }


def _objective(who: Beginner, today: date) -> Document:
    return {
        "id": who.say("commandes", "orders"),
        "family": "sales",
        "kpi": "orders",
        "unit": who.say("commandes", "orders"),
        "target": 100,
        "period": f"{today + timedelta(days=16):%Y-%m}",
    }


def _cadence(who: Beginner) -> Document:
    comment = who.say(
        "Le rythme de la chaîne ; « slot » prend le prochain créneau libre.",
        "The channel's rhythm; 'slot' takes the next free slot.",
    )
    slots = [{"days": ["tue", "thu"], "at": "08:00"}, {"days": ["sat"], "at": "10:00"}]
    return {"$comment": comment, "channels": [who.feed], "min_gap": "PT20H", "slots": slots}


def _company_posts(who: Beginner, today: date) -> list[Document]:
    product, team = who.say("produit", "product"), who.say("equipe", "team")
    texts = (
        (
            product,
            who.say("La nouveauté de la semaine est en rayon.", "New this week, on the shelf."),
        ),
        (
            team,
            who.say("L'équipe vous attend, du mardi au samedi.", "We are here Tuesday to Saturday."),
        ),
        (product, who.say("Comment c'est fait ? En trois étapes.", "How is it made? In three steps.")),
        (product, who.say("Votre préféré de l'année, le voici.", "Your favourite of the year: here it is.")),
        (team, who.say("Un métier, une voix : deux minutes avec nous.", "One trade, one voice: meet us.")),
    )
    posts: list[Document] = [
        {"id": f"{pillar}-{number}", "pillar": pillar, "at": "slot", "channels": [who.feed], "text": text}
        for number, (pillar, text) in enumerate(texts, start=1)
    ]
    news = {
        "id": who.say("actualite", "news"),
        "pillar": product,
        "at": f"{today + timedelta(days=16)}T09:00",
        "channels": ["site"],
        "text": who.say("Les horaires du mois prochain.", "Next month's opening hours."),
    }
    return [*posts, news]


def _campaign(who: Beginner, today: date) -> Document:
    comment = who.say(
        "Les montants sont en centimes : 30000 = 300,00. Retirez cette partie pour ne rien dépenser.",
        "Amounts are in cents: 30000 is 300.00. Take this part out to spend nothing.",
    )
    first = today + timedelta(days=2)
    return {
        "$comment": comment,
        "id": who.say("notoriete", "awareness"),
        "objective": who.say("commandes", "orders"),
        "budget": 30000,
        "currency": who.currency,
        "flight": [str(first), str(first + timedelta(days=13))],
        "formats": [
            {"id": "fb-video", "network": "facebook", "format": "video"},
            {"id": "ig-story", "network": "instagram", "format": "story", "max_share": 0.4},
        ],
    }


# ---------------------------------------------------------------------- for an agency
def _agency(who: Beginner, today: date) -> dict[str, Document]:
    one = who.named("client-un" if who.french else "client-one", who.say("Client Un", "Client One"))
    two = who.named("client-deux" if who.french else "client-two", who.say("Client Deux", "Client Two"))
    comment = who.say(
        "« defaults » vaut pour toutes les marques ; « override » pour une seule.",
        "'defaults' is for all brands, 'override' for one.",
    )
    brands = [{"include": f"brands/{one.brand}.json"}, {"include": f"brands/{two.brand}.json"}]
    brands[1]["override"] = {"schedules": {"report": "cron(0 8 1 * ? *)"}}  # type: ignore[assignment]
    workspace = {
        "$schema": WORKSPACE_SCHEMA_ID,
        "$comment": comment,
        "version": 1,
        "workspace": {"id": who.brand, "name": who.name, "locale": who.locale, "timezone": who.timezone},
        "defaults": {"schedules": {"include": "packs/schedules.json"}},
        "brands": brands,
    }
    files = {f"brands/{each.brand}.json": _without_schedules(_tpe(each, today)) for each in (one, two)}
    pack = {"insights": _INSIGHTS, "report": _REPORT}
    return {"workspace.json": workspace, "packs/schedules.json": pack, **files}


def _without_schedules(plan: Document) -> Document:
    return {key: value for key, value in plan.items() if key != "schedules"}
