"""What pydantic found wrong, in the words of whoever writes plans."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from parution.money import decimals, plain
from parution.plan.problems import Problem, instead, pointer_to, problem
from parution.plan.schema import schema_at

_LINE = 60  # characters of a value that a message shows
_MONEY_TO_FIFTEEN_DIGITS = Decimal(10) ** 15


class _Found(NamedTuple):
    path: tuple[str | int, ...]
    value: Any
    context: Mapping[str, Any]
    rule: Mapping[str, Any]  # what the schema says of the place
    document: Any
    around: Mapping[str, Any]  # what it says of the object or list around it

    @property
    def pointer(self) -> str:
        return pointer_to(self.path)

    @property
    def key(self) -> str:
        return str(self.path[-1]) if self.path else ""

    @property
    def example(self) -> str:
        return shown(self.rule["examples"][0]) if self.rule.get("examples") else "..."


def worded(detail: ErrorDetails, document: Any, schema: Mapping[str, Any] | None = None) -> Problem:
    """Turn one of pydantic's errors into a finding with the nearest thing that would be right.

    ``schema`` is that of the document; a plan's unless another one is given.
    """
    path = tuple(part for part in detail["loc"] if part != "[key]")
    rule, around = schema_at(path, schema), schema_at(path[:-1], schema)
    found = _Found(path, _written(document, path), detail.get("ctx", {}), rule, document, around)
    is_key = "[key]" in detail["loc"] and detail["type"] == "literal_error"
    return _unknown_key(found) if is_key else _WORDS.get(detail["type"], _wrong_kind)(found)


def _written(document: Any, path: tuple[str | int, ...]) -> Any:
    """Give what stands at a place of the document; None where nothing does."""
    for part in path:
        try:
            document = document[part]
        except (LookupError, TypeError):
            return None
    return document


def kind_of(value: Any) -> str:
    """Name the JSON kind of a value."""
    if isinstance(value, bool):
        return "true or false"
    names = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def shown(value: Any) -> str:
    """Write a value as JSON, cut where it grows long."""
    text = json.dumps(value, ensure_ascii=False)
    return f"{text[: _LINE - 3]}..." if len(text) > _LINE else text


def as_name(text: str) -> str:
    """Write a text in the alphabet of names; empty when nothing of it remains."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters)[:40].strip("-")


# ---------------------------------------------------------------------- keys and kinds
def _unknown_key(found: _Found) -> Problem:
    valid = found.around.get("properties") or found.around.get("propertyNames", {}).get("enum", ())
    return problem("E101", found.pointer, f"unknown key '{found.key}'", instead(found.key, valid))


def _missing(found: _Found) -> Problem:
    if isinstance(found.path[-1], int):
        said = f"the list has only {found.path[-1]} elements"
        return problem("E109", pointer_to(found.path[:-1]), said, f"write at least {found.path[-1] + 1}")
    return problem("E102", found.pointer, f"'{found.key}' is missing", f'add "{found.key}": {found.example}')


def _wrong_kind(found: _Found) -> Problem:
    kinds = {"string": "a text", "number": "a number", "integer": "a whole number", "object": "an object"}
    wanted = {**kinds, "array": "a list"}.get(str(found.rule.get("type")), "another value")
    said = f"{shown(found.value)} is {kind_of(found.value)}"
    return problem("E103", found.pointer, said, f"write {wanted}, such as {found.example}")


def _choice(found: _Found) -> Problem:
    if found.pointer == "/version":
        said = f"{shown(found.value)} is not a version that this program reads"
        return problem("E117", found.pointer, said, 'write "version": 1')
    only = [found.rule["const"]] if "const" in found.rule else []
    valid = [str(choice) for choice in found.rule.get("enum", only)]
    said = f"{shown(found.value)} is not one of the values allowed"
    return problem("E105", found.pointer, said, instead(str(found.value), valid))


# ---------------------------------------------------------------------- forms
def _form(found: _Found) -> Problem:
    if not isinstance(found.value, str) and (examples := found.around.get("examples")):
        # It is the key that has not the form: the value is whatever stands there.
        said = f"{shown(found.key)} has not the form that is wanted here"
        return problem("E108", found.pointer, said, f"write it like {shown(next(iter(examples[0])))}")
    if not str(found.rule.get("pattern", "^[a-z0-9]")).startswith("^[a-z0-9]"):
        said = f"{shown(found.value)} has not the form that is wanted here"
        return problem("E108", found.pointer, said, f"write it like {found.example}")
    name = as_name(str(found.value))
    hint = f"write '{name}'" if name else "write small letters, digits and hyphens"
    return problem("E106", found.pointer, f"{shown(found.value)} is not a name", hint)


def _date(found: _Found) -> Problem:
    return problem("E111", found.pointer, f"{shown(found.value)} is not a date", "write it like 2026-12-24")


def _duration(found: _Found) -> Problem:
    hint = "write PT30M for thirty minutes, PT4H for four hours, P1D for a day"
    return problem("E112", found.pointer, f"{shown(found.value)} is not a duration", hint)


def _too_short(found: _Found) -> Problem:
    said = f"the list has {found.context.get('actual_length')} elements"
    return problem("E109", found.pointer, said, f"write at least {found.context.get('min_length')}")


def _too_long(found: _Found) -> Problem:
    said = f"the list has more than {found.context.get('max_length')} elements"
    return problem("E109", found.pointer, said, f"write at most {found.context.get('max_length')}")


def _text_too_long(found: _Found) -> Problem:
    said = f"the text has {len(str(found.value)):,} characters"
    return problem("E109", found.pointer, said, f"write at most {found.context.get('max_length'):,}")


def _range(bound: str) -> Callable[[_Found], Problem]:
    def out_of_range(found: _Found) -> Problem:
        said = f"{shown(found.value)} is out of range"
        return problem("E107", found.pointer, said, f"write {bound} {_limit(found.context)}")

    return out_of_range


def _limit(context: Mapping[str, Any]) -> str:
    value = next(iter(context.values()), "")
    return f"{value:g}" if isinstance(value, float) else str(value)


# ---------------------------------------------------------------------- money
def _money(found: _Found) -> Problem:
    """Say which whole number was meant: the only integers of a plan are amounts."""
    currency = _currency_of(found)
    said = f"{shown(found.value)} is not a whole number of the smallest unit of {currency}"
    hints = [f"{minor} for {plain(minor, currency)}" for minor in _meant(found.value, currency)]
    hint = " or ".join(hints) or f"a whole number: 150000 is {plain(150000, currency)}"
    return problem("E113", found.pointer, said, f"write {hint}")


def _meant(value: Any, currency: str) -> list[int]:
    meant = _as_decimal(value)
    if meant is None:
        return []
    minor = int(meant.scaleb(decimals(currency)).to_integral_value())
    # 1500 may be euros or cents: whoever wrote it knows. 1500.00 in quotes can only be euros.
    unsure = meant == int(meant) and not re.search(r"[.,]\d\d\D*$", str(value))
    return list(dict.fromkeys([minor, int(meant)] if unsure else [minor]))


def _currency_of(found: _Found) -> str:
    """Give the campaign's currency, otherwise the brand's, as far as they can be read."""
    currency = _currency_at(found.document.get("brand"), "EUR")
    node = found.document
    for part in found.path[:-1]:
        node = node[part]
        currency = _currency_at(node, currency)
    return currency


def _currency_at(node: Any, otherwise: str) -> str:
    written = node.get("currency") if isinstance(node, dict) else None
    return written if isinstance(written, str) and re.fullmatch("[A-Z]{3}", written) else otherwise


def _as_decimal(value: Any) -> Decimal | None:
    """Read what a person may have meant: 1500.0, "1500.00", "1 500,00 €"."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = re.sub(r"[^0-9.,-]", "", value) if isinstance(value, str) else repr(value)
    if re.search(r",\d{1,2}$", text):
        text = text.replace(".", "").replace(",", ".")
    try:
        meant = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return meant if meant.is_finite() and 0 <= meant < _MONEY_TO_FIFTEEN_DIGITS else None


_WORDS: Mapping[str, Callable[[_Found], Problem]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "literal_error": _choice,
    "int_type": _money,
    "date_type": _date,
    "date_parsing": _date,
    "date_from_datetime_parsing": _date,
    "date_from_datetime_inexact": _date,
    "time_delta_type": _duration,
    "time_delta_parsing": _duration,
    "string_pattern_mismatch": _form,
    "too_short": _too_short,
    "too_long": _too_long,
    "string_too_long": _text_too_long,
    "greater_than": _range("more than"),
    "greater_than_equal": _range("at least"),
    "less_than": _range("less than"),
    "less_than_equal": _range("at most"),
}
