"""Secrets on SSM, and their double in memory."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, cast

import pytest
from mypy_boto3_ssm import SSMClient

from parution.aws.secrets import SsmSecrets
from parution.errors import NoSuchSecret
from parution.plan.ports import Secrets
from parution.sandbox.memory_plans import MemorySecrets
from tests import clients


@pytest.fixture(params=["memory", "ssm"])
def secrets(request: pytest.FixtureRequest) -> Secrets:
    if request.param == "memory":
        return MemorySecrets()
    request.getfixturevalue("moto_aws")
    return SsmSecrets(clients.client("ssm"), "/parution/secrets/")


def test_a_stored_secret_is_read_back(secrets: Secrets) -> None:
    secrets.store("masto-martin", {"base_url": "https://social.example", "access_token": "t"})

    assert secrets.value("masto-martin") == {"base_url": "https://social.example", "access_token": "t"}


def test_storing_again_replaces_what_stood_there(secrets: Secrets) -> None:
    secrets.store("masto-martin", {"access_token": "old", "more": "x"})
    assert secrets.value("masto-martin")["access_token"] == "old"

    secrets.store("masto-martin", {"access_token": "new"})

    assert secrets.value("masto-martin") == {"access_token": "new"}


def test_a_secret_that_nobody_stored_is_refused_by_name(secrets: Secrets) -> None:
    with pytest.raises(NoSuchSecret, match="nobody"):
        secrets.value("nobody")


def test_the_known_ones_are_told_beyond_a_batch_of_ten(secrets: Secrets) -> None:
    stored = frozenset(f"secret-{number}" for number in range(23))
    for name in stored:
        secrets.store(name, {"token": "t"})

    assert secrets.known(stored | {"nobody", "secret-99"}) == stored
    assert secrets.known(frozenset()) == frozenset()


def test_a_value_is_kept_for_five_minutes_and_not_longer(moto_aws: None) -> None:
    now = [0.0]
    client = clients.client("ssm")
    here = SsmSecrets(client, "/parution/secrets", monotonic=lambda: now[0])
    elsewhere = SsmSecrets(client, "/parution/secrets")
    elsewhere.store("masto-martin", {"access_token": "old"})
    assert here.value("masto-martin")["access_token"] == "old"
    elsewhere.store("masto-martin", {"access_token": "new"})

    now[0] = 300.0
    assert here.value("masto-martin")["access_token"] == "old"
    now[0] = 300.1
    assert here.value("masto-martin")["access_token"] == "new"


def test_a_secret_is_encrypted_under_the_stacks_own_path(moto_aws: None) -> None:
    client = clients.client("ssm")

    SsmSecrets(client, "/parution/secrets").store("masto-martin", {"access_token": "t"})

    (parameter,) = client.get_parameters(Names=["/parution/secrets/masto-martin"])["Parameters"]
    assert parameter["Type"] == "SecureString"


class Counting:
    """An SSM client that counts the calls which read values."""

    def __init__(self, client: Any) -> None:
        self._client, self.calls = client, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_parameters(self, **request: Any) -> Any:
        self.calls += 1
        return self._client.get_parameters(**request)


def test_threads_that_ask_at_the_same_moment_share_a_call(moto_aws: None) -> None:
    client = Counting(clients.client("ssm"))
    secrets = SsmSecrets(cast("SSMClient", client), "/parution/secrets")
    for number in range(10):
        SsmSecrets(clients.client("ssm"), "/parution/secrets").store(f"s-{number}", {"token": f"t-{number}"})

    together = Barrier(10)

    def ask(number: int) -> str:
        together.wait()
        return secrets.value(f"s-{number}")["token"]

    with ThreadPoolExecutor(10) as pool:
        values = list(pool.map(ask, range(10)))

    assert values == [f"t-{number}" for number in range(10)]
    assert client.calls <= 5  # one or two, unless the machine is busy


def test_one_that_is_missing_does_not_take_the_others_with_it(moto_aws: None) -> None:
    secrets = SsmSecrets(clients.client("ssm"), "/parution/secrets")
    secrets.store("masto-martin", {"token": "t"})

    def ask(name: str) -> str:
        try:
            return secrets.value(name)["token"]
        except NoSuchSecret:
            return "missing"

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, ["nobody", "masto-martin", "no-one"])) == ["missing", "t", "missing"]
