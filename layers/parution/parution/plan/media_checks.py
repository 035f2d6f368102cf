"""Checks of what a post shows on a channel: kinds, numbers, sizes, and words beside pictures and films."""

from collections.abc import Iterator, Mapping, Sequence

from parution.plan.appearances import Appearance
from parution.plan.facts import Facts
from parution.plan.limits import Limits
from parution.plan.media import (
    KINDS,
    PICTURES_AND_FILMS,
    is_document,
    is_film,
    kind_of,
    media_key,
    media_name,
)
from parution.plan.model import MediaFile
from parution.plan.ports import StoredFile
from parution.plan.problems import Problem, nearest, problem

_MB = 1_000_000
_ROUNDED = 1.01  # pixels are whole
_A_FRAME = 0.05  # seconds: films end with a whole one


def media_problems(one: Appearance, limits: Limits, facts: Facts) -> Iterator[Problem]:
    """Find what is wrong with the files of a post, and what this network or this format lacks."""
    yield from _together(one, limits)
    pointer = one.pointer("media") if one.media else ""
    for index, file in enumerate(one.media):
        where = f"{pointer}/{index}"
        yield from _file(where, file, facts)
        yield from _on_the_network(where, file, one.channel.network, limits)
        yield from _too_heavy(where, file, one.channel.network, limits, facts.media or {})
        yield from _misshapen(where, file, one.channel.network, limits, facts.media or {})
        yield from _too_long_or_short(where, file, one.channel.network, limits, facts.media or {})


# ---------------------------------------------------------------------- all of them
def _together(one: Appearance, limits: Limits) -> Iterator[Problem]:
    network, count = one.channel.network, len(one.media)
    films = sum(is_film(file.src) for file in one.media)
    most = 1 if any(is_document(file.src) for file in one.media) else limits.most
    if most is not None and count > most:
        said = f"{network} takes {most} files in a post, here are {count}"
        yield problem("E506", one.pointer("media"), said, "take some out")
    elif limits.most_films is not None and films > limits.most_films:
        said = f"{network} takes {limits.most_films} films in a post, here are {films}"
        yield problem("E506", one.pointer("media"), said, "take some out")
    elif limits.films_alone and 0 < films < count:
        said = f"{network} takes pictures or a film, not both in one post"
        yield problem("E511", one.pointer("media"), said, "take one or the other out")
    yield from _lacking(one, limits, films)


def _lacking(one: Appearance, limits: Limits, films: int) -> Iterator[Problem]:
    what = (
        f"{one.channel.network}, format '{one.variant.format}'" if one.variant.format else one.channel.network
    )
    if limits.needs == "film" and not films:
        said = f"{what}: a post is a film, and here is none"
        yield problem("E507", one.pointer("media"), said, f"add one, or take '{one.channel.id}' out")
    elif limits.needs == "media" and not one.media and one.text.strip():
        said = f"{what}: a post shows something, and here is only text"
        yield problem("E507", one.pointer("media"), said, f"add a picture, or take '{one.channel.id}' out")


# ---------------------------------------------------------------------- each
def _file(where: str, file: MediaFile, facts: Facts) -> Iterator[Problem]:
    name = media_name(file.src)
    if kind_of(file.src) is None:
        said = f"'{name}' is of a kind that networks do not take"
        yield problem("E504", f"{where}/src", said, f"convert it to one of: {' '.join(KINDS)}")
    elif facts.media is not None:
        stored = facts.media.get(media_key(file.src))
        if stored is None or stored.size == 0:
            yield _not_stored(f"{where}/src", file.src, facts.media)
    if file.alt is None:
        said = f"'{name}' has no description for those who cannot see it"
        hint = 'write "alt": what it shows, or "alt": "" where it is decorative'
        yield problem("W501", where, said, hint)
    if is_film(file.src) and file.captions is None and not file.silent_ok:
        said = f"'{name}' says nothing to those who watch without sound"
        hint = 'show its words in the picture, and write "silent_ok": true'
        yield problem("W502", where, said, hint)


def _not_stored(pointer: str, src: str, there: Mapping[str, StoredFile]) -> Problem:
    key = media_key(src)
    if key in there:
        return problem("E505", pointer, f"{key} is empty", "upload it again")
    near = nearest(key, there)
    hint = f"did you mean 's3://{near}'?" if near else f"upload it as {key}"
    return problem("E503", pointer, f"{key} is not there", hint)


def _on_the_network(where: str, file: MediaFile, network: str, limits: Limits) -> Iterator[Problem]:
    kind = kind_of(file.src)
    taken = limits.kinds if limits.kinds is not None else PICTURES_AND_FILMS
    if kind is not None and kind not in taken:
        said = f"{network} does not take '{media_name(file.src)}'"
        yield problem("E508", f"{where}/src", said, f"convert it to one of: {' '.join(_endings(taken))}")
    if limits.alt is not None and file.alt and len(file.alt) > limits.alt:
        said = f"{network} takes descriptions of {limits.alt} characters, this one has {len(file.alt)}"
        yield problem("E512", f"{where}/alt", said, f"shorten it by {len(file.alt) - limits.alt}")


def _endings(kinds: frozenset[str]) -> Sequence[str]:
    return [ending for ending, kind in KINDS.items() if kind in kinds]


def _misshapen(
    where: str, file: MediaFile, network: str, limits: Limits, there: Mapping[str, StoredFile]
) -> Iterator[Problem]:
    stored = there.get(media_key(file.src))
    if limits.ratios is None or stored is None or stored.ratio is None:
        return
    low, high = limits.ratios
    if not low / _ROUNDED <= stored.ratio <= high * _ROUNDED:
        name = media_name(file.src)
        said = f"'{name}' is {stored.ratio:.2f} times as wide as high; {network} takes {low:g} to {high:g}"
        yield problem("E510", f"{where}/src", said, "crop it, or give this channel another one in a variant")


def _too_long_or_short(
    where: str, file: MediaFile, network: str, limits: Limits, there: Mapping[str, StoredFile]
) -> Iterator[Problem]:
    stored = there.get(media_key(file.src))
    if limits.seconds is None or stored is None or stored.seconds is None:
        return
    least, most = limits.seconds
    if not least - _A_FRAME <= stored.seconds <= most + _A_FRAME:
        name = media_name(file.src)
        said = f"'{name}' lasts {stored.seconds:.1f} s; {network} takes {least:g} to {most:g} s"
        yield problem("E513", f"{where}/src", said, "cut it, or give this channel another one in a variant")


def _too_heavy(
    where: str, file: MediaFile, network: str, limits: Limits, there: Mapping[str, StoredFile]
) -> Iterator[Problem]:
    most = _heaviest(file, limits)
    stored = there.get(media_key(file.src))
    if most is not None and stored is not None and stored.size > most * _MB:
        said = f"'{media_name(file.src)}' has {stored.size / _MB:.1f} MB; {network} takes {most:g}"
        yield problem("E509", f"{where}/src", said, "make it smaller")


def _heaviest(file: MediaFile, limits: Limits) -> float | None:
    if is_document(file.src):
        return limits.document_mb
    return limits.film_mb if is_film(file.src) else limits.image_mb
