"""What a plan may hold that this version does not act on: harmless, or a reason to refuse.

Refused is what would publish or spend against the author's word (E701) or leave out content (E702).
Everything else is kept and told (W701).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from parution.plan.model import Plan, Post, Variant
from parution.plan.problems import Problem, pointer_to, problem

_SECTIONS = ("audience", "on_call", "watch")
_DETAILS = ("job", "event")
_KEPT = "leave it in, or remove it: nothing depends on it yet"


def not_yet(plan: Plan) -> Iterator[Problem]:
    """Find everything that is read and has no effect yet."""
    yield from (_idle((section,)) for section in _SECTIONS if getattr(plan, section))
    for index, objective in enumerate(plan.objectives):
        if objective.truth is not None:
            yield _idle(("objectives", index, "truth"))
    if plan.schedules.watch is not None:
        yield _idle(("schedules", "watch"))
    if plan.approvals:
        # Without them a post would go out that nobody said yes to.
        yield _against(("approvals",), "posts would be published without the yes that they ask for")
    if plan.crisis:
        yield _crisis(plan.crisis)
    for index, post in enumerate(plan.posts):
        yield from _post(("posts", index), post)


def _crisis(crisis: Mapping[str, Any]) -> Problem:
    levels = crisis.get("levels")
    for name, level in levels.items() if isinstance(levels, dict) else ():
        if isinstance(level, dict) and (level.get("hold_posts") or level.get("pause_ads")):
            # Whoever relies on an automatic stop must know that there is none.
            said = "no crisis would be noticed, and posts and spending would go on"
            return _against(("crisis", "levels", str(name)), said)
    return _idle(("crisis",))


def _post(path: tuple[str | int, ...], post: Post) -> Iterator[Problem]:
    for detail in _DETAILS:
        if getattr(post, detail) is not None:
            yield _left_out(
                (*path, detail), "these details would not be published", "write them into the text"
            )
    if post.contest is not None:
        yield _idle((*path, "contest"))
    if post.kind != "post" and getattr(post, post.kind) is None:
        yield _idle((*path, "kind"))
    if post.boost is not None:
        yield _idle((*path, "boost"))
    yield from _content(path, post)
    for channel, variant in post.variants.items():
        yield from _content((*path, "variants", channel), variant)


def _content(path: tuple[str | int, ...], content: Post | Variant) -> Iterator[Problem]:
    for index, file in enumerate(content.media or ()):
        if file.captions is not None:
            said = "the film would be published without its subtitles"
            place = (*path, "media", index, "captions")
            yield _left_out(place, said, "show them in the picture, and remove this")


def _idle(path: tuple[str | int, ...]) -> Problem:
    return problem(
        "W701", pointer_to(path), f"'{_name(path)}' is read but has no effect in this version", _KEPT
    )


def _against(path: tuple[str | int, ...], consequence: str) -> Problem:
    said = f"'{_name(path)}' has no effect in this version: {consequence}"
    return problem(
        "E701", pointer_to(path), said, "remove it if you accept that, or wait for the version that has it"
    )


def _left_out(path: tuple[str | int, ...], consequence: str, instead: str) -> Problem:
    said = f"'{_name(path)}' has no effect in this version: {consequence}"
    return problem("E702", pointer_to(path), said, instead)


def _name(path: tuple[str | int, ...]) -> str:
    return str(path[-1])
