"""Checks of the brand's voice: words it never uses, names it spells its own way, tu or vous."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from parution.plan.appearances import Appearance
from parution.plan.model import Plan, Voice
from parution.plan.problems import Problem, problem

_ADDRESS = re.compile(r"https?://\S+")
# `ton` is left out, a noun too, and so is `vous` in rendez-vous.
_TU = re.compile(r"(?<!\w)(?:[Tt](?:u|oi|es|a|e)(?!\w)|[Tt]['\u2019](?=\w))")
_VOUS = re.compile(r"(?<!\w)(?<!endez-)(?:[Vv]ous|[Vv]otre|[Vv]os|[Vv]ôtres?)(?!\w)")


def voice_problems(plan: Plan, shown: Iterable[Appearance]) -> Iterator[Problem]:
    """Find where posts do not speak as the brand does."""
    voice, is_french = plan.brand.voice, plan.brand.locale.startswith("fr")
    forbidden = _any_of(voice.forbidden)
    names = [(_any_of([wrong]), right) for wrong, right in voice.spelling.items()]
    for pointer, text in _texts(shown):
        yield from _forbidden(pointer, text, forbidden)
        for wrong, right in names:
            yield from _misspelt(pointer, text, wrong, right)
        if is_french:
            yield from _addressed(pointer, text, voice)


def _texts(shown: Iterable[Appearance]) -> Iterator[tuple[str, str]]:
    """Give each text once, without its addresses, with its place."""
    texts = {
        one.pointer(field): text for one in shown for field, text in (("text", one.text), *one.later_texts())
    }
    for pointer, text in texts.items():
        yield pointer, _ADDRESS.sub(" ", text) if "://" in text else text


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Match any of these words, whole, however they are capitalised and spaced."""
    forms = [r"\s+".join(map(re.escape, unicodedata.normalize("NFC", word).split())) for word in words]
    wanted = "|".join(filter(None, forms))
    return re.compile(rf"(?<!\w)(?:{wanted})(?!\w)", re.IGNORECASE) if wanted else None


def _forbidden(pointer: str, text: str, words: re.Pattern[str] | None) -> Iterator[Problem]:
    for found in words.finditer(text) if words else ():
        yield problem("E521", pointer, f"the brand never says '{found[0]}'", "say it another way")


def _misspelt(pointer: str, text: str, wrong: re.Pattern[str] | None, right: str) -> Iterator[Problem]:
    if wrong is None or not (found := wrong.search(text)):
        return
    # What is right may hold what is wrong: `martin` in `Boulangerie Martin`.
    for found in wrong.finditer(text.replace(right, " " * len(right))):
        yield problem("E522", pointer, f"'{found[0]}' is not how the brand spells it", f"write '{right}'")


def _addressed(pointer: str, text: str, voice: Voice) -> Iterator[Problem]:
    tu, vous = _TU.search(text), _VOUS.search(text)
    if voice.address == "vous" and tu:
        said = f"'{tu[0]}' says tu to readers; the brand says vous"
        yield problem("W523", pointer, said, "write it with vous, or change brand.voice.address")
    elif voice.address == "tu" and vous:
        said = f"'{vous[0]}' says vous to readers; the brand says tu"
        yield problem("W523", pointer, said, "write it with tu, or change brand.voice.address")
    elif voice.address is None and tu and vous:
        said = f"'{tu[0]}' and '{vous[0]}' stand in one text"
        yield problem("W523", pointer, said, "keep to tu or to vous; brand.voice.address says which")
