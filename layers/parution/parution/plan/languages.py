"""Findings in the reader's language: the catalogue of a language beside the English that the checks speak.

A check writes its sentence once, in English. A catalogue holds, under its code, the same sentence with
`{names}` where values stand, and the translation with the same names; `{name:t}` is itself translated.
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from parution.plan.codes import CODES, Code
from parution.plan.problems import Problem

EVERYWHERE = "*"  # of the catalogue's texts: those that several codes share


class Language(StrEnum):
    EN = "en"
    FR = "fr"


class _Text(NamedTuple):
    """A sentence to recognise, and what to say instead."""

    form: re.Pattern[str]
    inner: frozenset[str]  # of its values: those that are translated too
    said: str


def language_of(environment: Mapping[str, str]) -> Language:
    """Give the language that a POSIX environment asks for, as gettext does: LC_ALL, LC_MESSAGES, LANG."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return language_for(next(filter(None, names), ""))


def language_for(locale: str) -> Language:
    """Give the language of a locale, `fr-CH` or `fr_CH.UTF-8`; English where there is no catalogue."""
    wanted = re.split(r"[-_.]", locale)[0].lower()
    return Language(wanted) if wanted in set(Language) else Language.EN


def told_in(language: Language, found: Problem) -> Problem:
    """Give a finding in a language; a sentence that its catalogue does not know stays as it is."""
    if language is Language.EN:
        return found
    message, hint = (
        translated(language, found.code, found.message),
        translated(language, found.code, found.hint),
    )
    return found.model_copy(update={"message": message or found.message, "hint": hint or found.hint})


def translated(language: Language, code: str, sentence: str) -> str | None:
    """Give a sentence that was said under a code in another language; None where it is not known."""
    texts = _texts(language)
    for text in (*texts.get(code, ()), *texts[EVERYWHERE]):
        if found := text.form.fullmatch(sentence):
            values = found.groupdict()
            inner = {name: translated(language, code, values[name]) or values[name] for name in text.inner}
            return text.said.format_map({**values, **inner})
    return None


def entry_in(language: Language, code: str) -> Code:
    """Give what a code stands for in a language."""
    return CODES[code] if language is Language.EN else Code(**catalogue(language)["codes"][code])


def words(language: Language, key: str) -> str:
    """Give the command's own words, with `{names}` for values."""
    said: str = catalogue(language)["words"][key]
    return said


@cache
def catalogue(language: Language) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))
    return read


@cache
def _texts(language: Language) -> Mapping[str, tuple[_Text, ...]]:
    written = catalogue(language)["texts"]
    return {code: tuple(_text(form, said) for form, said in each.items()) for code, each in written.items()}


def _text(form: str, said: str) -> _Text:
    parts, inner = [], set()
    for before, name, rule, _ in Formatter().parse(form):
        parts.append(re.escape(before))
        if name:
            parts.append(f"(?P<{name}>.*?)")
            inner |= {name} if rule == "t" else set()
    return _Text(re.compile("".join(parts), re.DOTALL), frozenset(inner), said)
