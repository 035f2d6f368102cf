"""Findings in the reader's language: a catalogue beside the English that the checks speak.

A check writes its sentence once, in English. The catalogue of another language holds that sentence with
`{names}` where values stand, and its translation with the same names; `{name:t}` is itself translated. Of
two sentences that fit, the one with more words of its own is taken.
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


class Language(StrEnum):
    EN = "en"
    FR = "fr"


class _Text(NamedTuple):
    """A sentence to recognise, and what to say instead."""

    mark: str  # its longest piece without values: what lacks it is another sentence
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
    message, hint = translated(language, found.message), translated(language, found.hint)
    return found.model_copy(update={"message": message or found.message, "hint": hint or found.hint})


def translated(language: Language, sentence: str) -> str | None:
    """Give a sentence of a check in another language; None where its catalogue does not know it."""
    for text in _texts(language):
        if text.mark in sentence and (found := text.form.fullmatch(sentence)):
            values = found.groupdict()
            inner = {name: translated(language, values[name]) or values[name] for name in text.inner}
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
def _texts(language: Language) -> tuple[_Text, ...]:
    written = catalogue(language)["texts"]
    return tuple(_text(form, written[form]) for form in sorted(written, key=_own_words, reverse=True))


def _own_words(form: str) -> int:
    return sum(len(before) for before, *_ in Formatter().parse(form))


def _text(form: str, said: str) -> _Text:
    parts, inner, plain = [], set(), [""]
    for before, name, rule, _ in Formatter().parse(form):
        parts.append(re.escape(before))
        plain.append(before)
        if name:
            parts.append(f"(?P<{name}>.*?)")
            inner |= {name} if rule == "t" else set()
    return _Text(max(plain, key=len), re.compile("".join(parts), re.DOTALL), frozenset(inner), said)
