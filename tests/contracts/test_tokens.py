"""The vault of tokens on DynamoDB and KMS, and its double in memory."""

import base64
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr

from parution.aws.token_vault import TokenVault
from parution.errors import NotAsRead
from parution.publishing import tokens
from parution.publishing.tokens import Account, Lease, Refreshed, Vault
from parution.sandbox.memory_tokens import MemoryTokens
from tests import clients
from tests.builders import NOON, a_change
from tests.tables import create_table


class CountedKms:
    """KMS as moto has it, with its calls counted; moto knows no wrong key and no disabled one."""

    def __init__(self) -> None:
        self.client, self.calls = clients.client("kms"), list[str]()
        self.refuses_with = ""

    def encrypt(self, **request: Any) -> Any:
        self.calls.append("encrypt")
        return self.client.encrypt(**request)

    def decrypt(self, **request: Any) -> Any:
        self.calls.append("decrypt")
        if self.refuses_with:
            raise ClientError({"Error": {"Code": self.refuses_with}}, "Decrypt")
        return self.client.decrypt(**request)


class Aws:
    """A table, a key, and as many workers with their own vaults as a test wants."""

    def __init__(self) -> None:
        self.dynamodb, self.kms = clients.client("dynamodb"), CountedKms()
        create_table(self.dynamodb, "PostsTable", "posts")
        self.key = self.kms.client.create_key()["KeyMetadata"]["Arn"]

    def vault(self) -> TokenVault:
        return TokenVault(self.dynamodb, self.kms, "posts", self.key)

    def items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.dynamodb.scan(TableName="posts")["Items"]
        return items


@pytest.fixture
def aws(moto_aws: None) -> Aws:
    return Aws()


@pytest.fixture(params=["memory", "table"])
def vault(request: pytest.FixtureRequest) -> Iterator[Vault]:
    if request.param == "memory":
        yield MemoryTokens()
        return
    yield request.getfixturevalue("aws").vault()


def an_account(name: str = "x-martin", holding: str = "canary") -> Account:
    begun = tokens.seeded(name, "x", SecretStr(f"{holding}-seed"), a_change("connected"))
    pair = Refreshed(
        access=SecretStr(f"{holding}-access"),
        refresh=SecretStr(f"{holding}-refresh"),
        lifetime=timedelta(hours=2),
    )
    return tokens.renewed(begun, pair, a_change("renewed"))


def a_leased(account: Account, worker: str = "worker-1") -> Account:
    lease = Lease(holder=worker, until=NOON + timedelta(minutes=2))
    return tokens.leased(account, lease, a_change("a worker is at it"))


# -------------------------------------------------------------------- both alike
def test_a_row_is_read_as_it_was_created(vault: Vault) -> None:
    vault.create(an_account())

    assert vault.read("x-martin") == an_account()


def test_every_field_of_a_row_is_kept(vault: Vault) -> None:
    account = an_account().model_copy(
        update={
            "lease": Lease(holder="worker-1", until=NOON),
            "tries": 3,
            "not_before": NOON,
            "doubted_at": NOON + timedelta(microseconds=1),
            "refusals": 1,
            "distrusted": True,
            "forced_at": NOON,
            "reconnect": "connect it again",
        }
    )
    assert all(getattr(account, field) for field in Account.model_fields)

    vault.create(account)

    assert vault.read("x-martin") == account


def test_what_was_never_created_is_not_there(vault: Vault) -> None:
    assert vault.read("x-martin") is None


def test_creating_the_same_row_again_changes_nothing(vault: Vault) -> None:
    vault.create(an_account())

    vault.create(an_account())

    assert vault.read("x-martin") == an_account()


def test_creating_over_another_row_is_refused(vault: Vault) -> None:
    vault.create(an_account())

    with pytest.raises(NotAsRead):
        vault.create(an_account(holding="other"))

    assert vault.read("x-martin") == an_account()


def test_of_two_leases_from_the_same_reading_one_is_taken(vault: Vault) -> None:
    vault.create(an_account())

    vault.move(an_account(), a_leased(an_account(), "worker-1"))

    with pytest.raises(NotAsRead):
        vault.move(an_account(), a_leased(an_account(), "worker-2"))
    assert vault.read("x-martin") == a_leased(an_account(), "worker-1")


def test_a_write_repeated_after_a_lost_answer_is_our_own_win(vault: Vault) -> None:
    vault.create(an_account())
    vault.move(an_account(), a_leased(an_account()))

    vault.move(an_account(), a_leased(an_account()))

    assert vault.read("x-martin") == a_leased(an_account())


def test_what_does_not_exist_cannot_be_moved(vault: Vault) -> None:
    with pytest.raises(NotAsRead):
        vault.move(an_account(), a_leased(an_account()))


# -------------------------------------------------------------------- what the table shows
def test_no_token_stands_in_the_table(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    aws.vault().create(an_account())
    aws.vault().move(an_account(), a_leased(an_account()))

    (item,) = aws.items()

    shown = repr(item) + caplog.text
    assert item["pk"] == {"S": "account#x-martin"}
    assert item["sk"] == {"S": "tokens"}
    assert "canary" not in shown
    assert base64.b64encode(b"canary").decode()[:7] not in shown
    assert set(item["tokens"]["M"]) == {"generation", "issued_at", "expires_at"}


def test_tokens_copied_into_another_accounts_row_stay_shut(aws: Aws) -> None:
    aws.vault().create(an_account("x-martin"))
    aws.vault().create(an_account("x-lea", "other"))
    martins, leas = sorted(aws.items(), key=lambda item: item["pk"]["S"], reverse=True)
    warm = aws.vault()
    assert warm.read("x-martin") == an_account("x-martin")

    for copied in ({**leas, "sealed": martins["sealed"]}, {**martins, "pk": leas["pk"]}):
        aws.dynamodb.put_item(TableName="posts", Item=copied)
        for vault in (warm, aws.vault()):
            stolen = vault.read("x-lea")
            assert stolen is not None
            assert stolen.tokens.access.get_secret_value() == ""
            assert stolen.reconnect is not None
            assert stolen.reconnect.startswith("connect secret:x-lea to x again: its tokens were encrypted")


def test_why_an_account_is_to_be_connected_again_is_told_without_the_key(aws: Aws) -> None:
    aws.vault().create(an_account("x-martin"))
    aws.vault().create(tokens.disconnected(an_account("x-lea"), "the grant was withdrawn", a_change()))
    aws.kms.refuses_with = "AccessDeniedException"

    told = [aws.vault().reconnect(name) for name in ("x-martin", "x-lea", "x-nobody")]

    assert told == [None, "connect secret:x-lea to x again: the grant was withdrawn", None]


def test_a_row_that_another_key_sealed_is_begun_anew(aws: Aws) -> None:
    aws.vault().create(a_leased(an_account()))
    aws.kms.refuses_with = "IncorrectKeyException"

    shut = aws.vault().read("x-martin")

    assert shut is not None
    assert shut.reconnect is not None
    assert not shut.is_usable(NOON)
    begun = tokens.seeded("x-martin", "x", SecretStr("new-seed"), a_change("connected"), shut)
    aws.vault().move(shut, begun)
    aws.kms.refuses_with = ""
    assert aws.vault().read("x-martin") == begun


@pytest.mark.parametrize("code", ["DisabledException", "AccessDeniedException", "ThrottlingException"])
def test_any_other_answer_of_kms_is_raised(aws: Aws, code: str) -> None:
    aws.vault().create(an_account())
    aws.kms.refuses_with = code

    with pytest.raises(ClientError, match=code):
        aws.vault().read("x-martin")


def test_tokens_longer_than_one_call_takes_are_sealed_in_pieces(aws: Aws) -> None:
    account = an_account(holding="é" * 2_500)

    aws.vault().create(account)

    assert aws.vault().read("x-martin") == account
    assert len(aws.items()[0]["sealed"]["L"]) > 1


# -------------------------------------------------------------------- what it costs
def test_a_row_is_read_consistently(aws: Aws) -> None:
    # The fake cannot lag behind: an older pair would be handed out, or used up a second time.
    asked: list[Any] = []
    event = "provide-client-params.dynamodb.GetItem"
    aws.dynamodb.meta.events.register(event, spy := lambda params, **_: asked.append(params))
    aws.vault().read("x-martin")
    aws.dynamodb.meta.events.unregister(event, spy)

    assert [params["ConsistentRead"] for params in asked] == [True]


def test_a_warm_worker_has_a_pair_decrypted_once(aws: Aws) -> None:
    aws.vault().create(an_account())
    warm = aws.vault()
    aws.kms.calls.clear()

    for _ in range(3):
        warm.read("x-martin")

    assert aws.kms.calls == ["decrypt"]


def test_only_a_new_pair_is_encrypted(aws: Aws) -> None:
    aws.vault().create(an_account())
    warm = aws.vault()
    read = warm.read("x-martin")
    assert read is not None
    aws.kms.calls.clear()

    warm.move(read, a_leased(read))
    assert aws.kms.calls == []

    pair = Refreshed(access=SecretStr("new"), refresh=SecretStr("newer"))
    warm.move(a_leased(read), tokens.renewed(a_leased(read), pair, a_change("renewed")))
    assert aws.kms.calls == ["encrypt"]


def test_what_a_worker_remembers_is_bounded(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parution.aws.token_vault._REMEMBERED", 2)
    vault = aws.vault()
    for number in range(4):
        vault.create(an_account(f"x-{number}"))
    aws.kms.calls.clear()

    for number in range(4):
        vault.read(f"x-{number}")

    assert aws.kms.calls == ["decrypt"] * 4
