"""docs/plan.md is right: its pieces, put together in its order, are a sound plan at every step."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from parution.plan.appearances import address
from parution.plan.codes import CODES
from parution.plan.model import Link, Plan
from tests.plan.plans import judged

PAGE = (Path(__file__).parents[2] / "docs/plan.md").read_text()
PIECES: list[dict[str, Any]] = [
    json.loads(piece) for piece in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
]


@pytest.mark.parametrize("count", range(1, len(PIECES) + 1))
def test_the_pieces_make_a_sound_plan(count: int) -> None:
    plan: dict[str, Any] = {}
    for piece in PIECES[:count]:
        plan |= piece

    _, problems = judged(plan)

    assert {one.code for one in problems} <= {"W701"}


def test_what_has_no_effect_is_named_on_the_page() -> None:
    plan: dict[str, Any] = {}
    for piece in PIECES:
        plan |= piece

    assert [one.pointer for one in judged(plan)[1]] == ["/watch"]


def test_the_page_speaks_of_every_section_of_a_plan() -> None:
    keys = {field.alias or name for name, field in Plan.model_fields.items()}

    # `means` only says what there is; nothing depends on how it is written.
    assert {key for key in keys - {"means"} if f"`{key}`" not in PAGE and f'"{key}"' not in PAGE} == set()


def test_the_page_names_only_codes_that_exist() -> None:
    assert set(re.findall(r"\b[EW]\d{3}\b", PAGE)) <= set(CODES)


def test_the_address_that_the_page_shows_is_the_one_that_is_made() -> None:
    link = Link.model_validate(PIECES[2]["posts"][0]["link"])

    assert address(link).partition("?")[2] in PAGE
