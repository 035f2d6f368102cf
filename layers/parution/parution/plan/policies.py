"""Rules of law and of networks that posts must keep; a plan names the packs that bind its brand.

fr-influence-2023-451: law 2023-451 of 9 June 2023, article 5. fr-evin: code de la santé publique, L3323-4.
Contests: Meta's rules for promotions on pages, and a set of rules that readers can open.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from parution.plan.appearances import Appearance
from parution.plan.model import Plan
from parution.plan.problems import Problem, instead, pointer_to, problem

PACKS = frozenset({"fr-evin", "fr-influence-2023-451"})

_LABELS = ("Publicité", "Collaboration commerciale")
_HEALTH = "l'abus d'alcool est dangereux pour la santé"
_ALCOHOL = re.compile(
    r"(?<!\w)(?:alcools?|vins?|champagnes?|crémants?|proseccos?|bières?|cidres?|cocktails?|apéritifs?|spritz|"
    r"whiskys?|whiskies|rhums?|gins?|vodkas?|liqueurs?|digestifs?|eaux?-de-vie|cognacs?|armagnacs?|pastis|"
    r"génépis?|chartreuses?|sangrias?|kirs?)(?!\w)",
    re.IGNORECASE,
)
_META = frozenset({"facebook", "instagram"})
_FORCED = re.compile(
    r"(?<!\w)(?:partage[zr]?\b[^.!?\n]*\b(?:journal|mur|story|profil|publication)|(?:tague|identifie|mentionne)[zr]?\b"
    r"[^.!?\n]*\bamie?s?|share\b[^.!?\n]*\b(?:timeline|wall|story|profile|post)|tag\b[^.!?\n]*\bfriends?)(?!\w)",
    re.IGNORECASE,
)


def policy_problems(plan: Plan, shown: Iterable[Appearance]) -> Iterator[Problem]:
    """Find what the plan's policies, and contests wherever they are, ask of posts."""
    for index, name in enumerate(plan.policies):
        if name not in PACKS:
            said = f"'{name}' is no policy that this program knows"
            yield problem("E531", pointer_to(("policies", index)), said, instead(name, PACKS))
    for one in shown:
        if "fr-influence-2023-451" in plan.policies and one.post.paid_partnership:
            yield from _unlabelled(one)
        if "fr-evin" in plan.policies:
            yield from _without_health_line(one)
        if one.post.kind == "contest":
            yield from _contest(one)


def _unlabelled(one: Appearance) -> Iterator[Problem]:
    if not any(re.search(rf"(?<!\w){label}(?!\w)", one.text) for label in _LABELS):
        said = "a paid partnership that readers are not told of"
        hint = f"write {' or '.join(f"'{label}'" for label in _LABELS)} into the text"
        yield problem("E532", one.pointer("text"), said, hint)


def _without_health_line(one: Appearance) -> Iterator[Problem]:
    text = unicodedata.normalize("NFC", one.text).replace("\u2019", "'")
    named = _ALCOHOL.search(text)
    if named and _HEALTH not in text.casefold():
        said = f"'{named[0]}' without the line on health that the Évin law asks for"
        yield problem("E533", one.pointer("text"), said, "add: L'abus d'alcool est dangereux pour la santé.")


# ---------------------------------------------------------------------- contests
def _contest(one: Appearance) -> Iterator[Problem]:
    place = pointer_to(("posts", one.number, "contest"))
    details = one.post.contest or {}
    rules = details.get("rules")
    if not isinstance(rules, str) or not rules.startswith(("https://", "http://")):
        hint = '"rules": the address where they can be read'
        yield problem("E534", place, "a contest whose rules nobody can read", f"add {hint}")
    elif rules not in one.text and not (one.link and one.link.url.startswith(rules)):
        said = f"nothing on '{one.channel.id}' leads to the contest's rules"
        yield problem("E534", one.pointer("text"), said, f"write {rules} into the text, or link to it")
    if one.channel.network in _META:
        yield from _on_meta(one, place, details.get("platform_release") is True)


def _on_meta(one: Appearance, place: str, is_released: bool) -> Iterator[Problem]:  # noqa: FBT001 (one of two states)
    network = one.channel.network
    if not is_released:
        said = f"{network} must be released from any part in the contest"
        hint = 'say so in the rules, and write "platform_release": true'
        yield problem("E536", place, said, hint)
    if forced := _FORCED.search(one.text):
        said = f"'{forced[0]}': {network} forbids making people share or tag to take part"
        yield problem("E535", one.pointer("text"), said, "let them answer in a comment")
