import json
from pathlib import Path

import pytest

from parution.plan.model import NETWORKS
from parution.rehearsing import looks
from parution.rehearsing.looks import Look, folded, look_of

LOOKS = Path(looks.__file__).with_name("looks.json")


def test_every_network_of_a_plan_has_a_look() -> None:
    assert set(json.loads(LOOKS.read_text())["networks"]) == set(NETWORKS)


@pytest.mark.parametrize(
    ("text", "seen", "behind"),
    [
        ("court", "court", ""),
        ("dix signes.", "dix signes.", ""),
        ("le four est chaud", "le four est", "chaud"),
        ("anticonstitutionnel", "anticonstitu", "tionnel"),
    ],
)
def test_a_text_folds_between_words(text: str, seen: str, behind: str) -> None:
    assert folded(text, Look(fold=12)) == (seen, behind)


def test_no_sign_that_readers_see_as_one_is_cut() -> None:
    family = "👨\u200d👩\u200d👧"

    assert folded(family * 5, Look(fold=3)) == (family * 3, family * 2)


def test_lines_fold_too() -> None:
    assert folded("un\ndeux\ntrois\nquatre", Look(fold=100, lines=3)) == ("un\ndeux\ntrois", "quatre")


def test_nothing_is_lost_at_the_fold() -> None:
    text = "Quatre heures du matin, le four est chaud. " * 9

    seen, behind = folded(text, look_of("instagram"))

    assert f"{seen} {behind}" == text
    assert len(seen) <= 125


def test_a_reel_is_cropped_as_a_reel() -> None:
    assert look_of("instagram", "reel").tallest == 0.5625
    assert look_of("instagram").tallest == 0.8
