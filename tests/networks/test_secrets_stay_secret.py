"""No secret in any log, error or outcome, whatever goes wrong (I10)."""

import base64
import json
import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from parution.ad_platforms import SecretAdPlatforms
from parution.errors import ParutionError
from parution.networks import SecretNetworks
from parution.publishing.ports import Guarantee, Network
from parution.publishing.tokens import Connection, TokenKeeper
from parution.sandbox.faults import Kind
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.servers import Server, running
from tests.builders import a_piece, open_fence
from tests.contracts.certification.rows import ROWS
from tests.contracts.certification.rows.row import Row
from tests.contracts.certification.stages import Pixels, Stage
from tests.networks.accounts import BUCHE, LONG_AGO, VITRINE, MediaInMemory, OneSecret, now

CANARY = "canary-token-7c1d"
SIGNING_CANARY = b"canary-signing-key-of-some-length"
ALNUM_CANARY = "canaryPassword7c1d"  # an application password has no hyphens
OF_THEIR_OWN = {"mastodon", "webhook", "bluesky", "wordpress"}  # networks with tests below
FORBIDDEN = (
    ALNUM_CANARY,
    base64.b64encode(f"martin:{ALNUM_CANARY}".encode()).decode(),
    CANARY,
    SIGNING_CANARY.decode(),
    base64.b64encode(SIGNING_CANARY).decode(),
    repr(SIGNING_CANARY),
)

# An unfriendly server: it tells everything that it was sent.
ECHO = f'{{"error": "you sent Authorization: Bearer {CANARY}"}}'


def orders() -> Iterator[dict[str, Any]]:
    for kind in Kind:
        if kind is not Kind.HANG:
            yield {"kind": kind, "seconds": 0.01}
    for status in (200, 400, 401, 403, 404, 410, 422, 429, 500, 503):
        yield {"kind": "refuse", "status": status, "body": ECHO}
        yield {"kind": "refuse", "status": status, "body": CANARY}


def everything(network: Network) -> list[str]:
    prepared = network.prepare(a_piece(VITRINE), MediaInMemory())
    refs = ("1",) if network.guarantee is Guarantee.STEPWISE else ()  # what is published in steps was begun
    told: list[object] = [prepared, network.commit(a_piece(BUCHE, refs=refs), open_fence())]
    told += [network.find(a_piece(BUCHE), now() - LONG_AGO), network.figures("115000000000000001")]
    return [repr(network), *map(repr, told)]


def misbehaving(server: Server, network: Network) -> list[str]:
    told: list[str] = []
    for order in orders():
        server.clear_faults()
        server.fault(**order, times=4)
        told += everything(network)
    return told


def assert_silent(texts: list[str], caplog: pytest.LogCaptureFixture) -> None:
    assert len(texts) > 20
    for text in (*texts, caplog.text, *(repr(record.__dict__) for record in caplog.records)):
        for secret in FORBIDDEN:
            assert secret not in text


def test_a_mastodon_token_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running("mastodon", accounts={CANARY: "martin"}) as server:
        secret = {"base_url": server.url, "access_token": CANARY}
        network = SecretNetworks(OneSecret("masto", secret)).open("mastodon", "secret:masto")

        told = misbehaving(server, network)

    assert_silent(told, caplog)


def test_a_signing_key_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = f"whsec_{base64.b64encode(SIGNING_CANARY).decode()}"
    with running("webhook", signing_key=key) as server:
        (secret,) = server.secrets().values()
        network = SecretNetworks(OneSecret("hook", secret)).open("webhook", "secret:hook")

        told = misbehaving(server, network)

    assert_silent(told, caplog)


def test_an_app_password_and_its_sessions_are_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    vault = MemoryTokens()
    with running("bluesky", passwords={CANARY: "martin.example"}) as server:
        (secret,) = server.secrets().values()

        def keeper(connection: Connection) -> TokenKeeper:
            return TokenKeeper(connection, vault, timedelta(seconds=120))

        for order in (*orders(), {"kind": "delay", "seconds": 0}):
            # Each time with nothing in store: what fails first is the session itself.
            vault = MemoryTokens()
            network = SecretNetworks(OneSecret("bsky", secret), tokens=keeper).open("bluesky", "secret:bsky")
            server.clear_faults()
            server.fault(**order, times=4)
            told += everything(network)
            server.clear_faults()
            told += everything(network)
        account = vault.read("bsky")

    assert account is not None
    issued = [account.tokens.access, account.tokens.refresh]
    assert_silent(told, caplog)
    assert not any(token.get_secret_value() in text for token in issued for text in (*told, caplog.text))


def test_an_application_password_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = json.dumps({"code": "rest_cannot_edit", "message": ALNUM_CANARY, "data": {"status": 403}})
    with running("wordpress", users={"martin": ALNUM_CANARY}) as server:
        (secret,) = server.secrets().values()
        network = SecretNetworks(OneSecret("blog", secret)).open("wordpress", "secret:blog")

        told = misbehaving(server, network)
        for status in (401, 403, 404, 500):
            server.clear_faults()
            server.fault("refuse", status=status, body=echo, times=9)
            told += everything(network)

    assert_silent(told, caplog)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.network not in OF_THEIR_OWN], ids=lambda row: row.name
)
def test_what_opens_an_account_is_never_told(row: Row, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running(row.network, **dict(row.options), **row.canary(CANARY)) as server:
        (secret,) = server.secrets().values()
        assert CANARY in secret.values()
        stage = Stage.on(row, server)

        told: list[str] = []
        for order in orders():
            server.clear_faults()
            server.fault(**order, times=4)
            told += all_that_may_fail(stage)

    assert_silent(told, caplog)


def all_that_may_fail(stage: Stage) -> list[str]:
    network, piece = stage.network, stage.piece()
    prepared = network.prepare(stage.piece(stage.row.with_a_file), Pixels())
    plain = piece.model_copy(update={"refs": getattr(prepared, "refs", ()) or ("1",)})
    told = [repr(network), repr(prepared), repr(network.commit(plain, open_fence()))]
    return [*told, repr(network.find(plain, now() - LONG_AGO)), repr(network.figures("115000000000000001"))]


def test_an_ad_accounts_token_is_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    with running("ads", accounts={CANARY: "EUR"}) as server:
        secret = {"base_url": server.url, "token": CANARY}
        account = SecretAdPlatforms(OneSecret("ads", secret)).open("sandbox", "secret:ads")
        for order in orders():
            server.fault(**order)
            try:
                told.append(account.ensure("noel", "facebook", "video", "EUR"))
            except ParutionError as error:
                told += [repr(error), *traceback.format_exception(error)]

    assert_silent(told, caplog)


@pytest.mark.parametrize("name", ["mastodon", "webhook"])
def test_a_secret_that_cannot_serve_is_told_by_its_keys_alone(name: str) -> None:
    shapes = [
        {"base_url": f"https://{CANARY}@masto.example", "access_token": CANARY},
        {"base_url": "https://masto.example", "access_token": f"{CANARY}\x00"},
        {"base_url": "https://masto.example", "token": CANARY, "access_token": CANARY},
        {"url": CANARY, "signing_key": f"whsec_{CANARY}"},
        {"url": "https://hook.example", "signing_key": CANARY},
        {"access_token": CANARY},
    ]
    for shape in shapes:
        with pytest.raises(ParutionError) as refused:
            SecretNetworks(OneSecret("account", shape)).open(name, "secret:account")
        assert "secret:account" in str(refused.value)
        assert not any(CANARY in text for text in traceback.format_exception(refused.value, chain=True))
