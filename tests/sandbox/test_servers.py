import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from parution.sandbox.servers import KINDS, Server, running
from parution.transport import open_client

CLIENT = open_client()


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_runs_on_loopback_until_it_is_stopped(kind: str) -> None:
    with running(kind) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert server.events() == []

    with pytest.raises(httpx.ConnectError):
        CLIENT.get(server.url)


def test_two_of_a_kind_hold_nothing_in_common() -> None:
    with running("mastodon") as one, running("mastodon") as other:
        one.fault("refuse")

        assert len(one.faults()) == 1
        assert other.faults() == []


def test_a_port_can_be_asked_for() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with running("ads", port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"


def test_an_unknown_kind_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no sandbox is called 'myspace'; there are ads, bluesky, "):
        Server("myspace")


def test_each_account_has_its_secret() -> None:
    with running("mastodon", accounts={"t1": "martin", "t2": "lea"}) as mastodon:
        assert mastodon.secrets() == {
            "martin": {"base_url": mastodon.url, "access_token": "t1"},
            "lea": {"base_url": mastodon.url, "access_token": "t2"},
        }
    with running("ads") as ads:
        assert ads.secrets() == {"EUR": {"base_url": ads.url, "token": "sandbox-token"}}


# ---------------------------------------------------------------- as a process
@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "parution.sandbox", *arguments]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        with started:
            yield started
    finally:
        started.kill()


def test_the_process_says_where_it_listens_and_stops_when_told() -> None:
    options = {"mastodon": {"accounts": {"t1": "martin"}}}
    with process("mastodon", "webhook", "--options", json.dumps(options)) as started:
        assert started.stdout
        told = json.loads(started.stdout.readline())

        assert set(told) == {"mastodon", "webhook"}
        assert told["mastodon"]["secrets"]["martin"]["access_token"] == "t1"
        assert CLIENT.get(told["mastodon"]["url"]).status_code == 200

        started.send_signal(signal.SIGTERM)
        assert started.wait(10) == 0


def test_the_process_ends_with_the_input_when_asked_to() -> None:
    with process("ads", "--until-input-ends") as started:
        assert started.stdout
        assert started.stdin
        started.stdout.readline()

        started.stdin.close()

        assert started.wait(10) == 0
