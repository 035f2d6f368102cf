"""The locked requirements against what is asked for: without an index, so that it holds anywhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LAYERS = ("dependencies", "reporting")
LOCKS = (
    "requirements-dev.txt",
    "requirements-checkov.txt",
    *(f"layers/{name}/requirements.txt" for name in LAYERS),
)


def _project(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text())


def _asked_of_development() -> Iterator[Requirement]:
    parution = _project("layers/parution/pyproject.toml")["project"]
    extras = parution["optional-dependencies"]
    yield from map(Requirement, parution["dependencies"] + extras["reporting"] + extras["command"])
    yield from map(Requirement, _project("pyproject.toml")["dependency-groups"]["dev"])


def _asked_of_layer(name: str) -> Iterator[Requirement]:
    for line in (ROOT / "layers" / name / "requirements.in").read_text().splitlines():
        if line and not line.startswith("#"):
            yield Requirement(line)


def _asked(lock: str) -> Iterator[Requirement]:
    match Path(lock).parts:
        case ("requirements-dev.txt",):
            return _asked_of_development()
        case ("requirements-checkov.txt",):
            return map(Requirement, _project("pyproject.toml")["dependency-groups"]["checkov"])
        case (_, layer, _):
            return _asked_of_layer(layer)
    raise AssertionError(lock)


def _locked(lock: str) -> dict[str, str]:
    """Give the versions by name."""
    pins = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", (ROOT / lock).read_text(), re.MULTILINE
    )
    return {canonicalize_name(name): version for name, version in pins}


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_asked_for_is_locked_to_a_version_that_serves(lock: str) -> None:
    locked = _locked(lock)

    for asked in _asked(lock):
        assert asked.specifier.contains(locked.get(canonicalize_name(asked.name), "0"), prereleases=True), (
            asked
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_with_hashes(lock: str) -> None:
    blocks = re.split(r"^(?=\S)", (ROOT / lock).read_text(), flags=re.MULTILINE)
    packages = [block for block in blocks if "==" in block]

    assert len(packages) == len(_locked(lock))
    assert [block for block in packages if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_functions_run_the_versions_that_are_tested(layer: str) -> None:
    assert _locked(f"layers/{layer}/requirements.txt").items() <= _locked("requirements-dev.txt").items()


def test_functions_carry_what_our_code_asks_for() -> None:
    parution = _project("layers/parution/pyproject.toml")["project"]
    asked = {
        "dependencies": parution["dependencies"],
        "reporting": parution["optional-dependencies"]["reporting"],
    }

    for layer, requirements in asked.items():
        assert {str(each) for each in map(Requirement, requirements)} == {
            str(each) for each in _asked_of_layer(layer)
        }
