import pytest

from parution.rehearsing.contract import Rehearsal
from parution.rehearsing.rehearsal import Rehearsed
from tests.rehearsing.studio import a_rehearsal


@pytest.fixture(scope="session")
def rehearsed() -> Rehearsed:
    """The studio's days, played once; nothing that is given can be changed."""
    return a_rehearsal()


@pytest.fixture(scope="session")
def found(rehearsed: Rehearsed) -> Rehearsal:
    return rehearsed.found
