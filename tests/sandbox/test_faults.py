"""What each kind of fault does to a request, seen by a client and in the ground truth."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from parution.sandbox.faults import Kind
from parution.sandbox.servers import Server, running
from parution.transport import open_client
from tests.waiting import until

CLIENT = open_client()

TOKEN = {"Authorization": "Bearer sandbox-token"}


@pytest.fixture
def server() -> Iterator[Server]:
    with running("mastodon") as server:
        yield server


def post(server: Server, text: str = "Bonjour.", timeout: float = 10.0) -> httpx.Response:
    status = {"status": text}
    return CLIENT.post(f"{server.url}/api/v1/statuses", json=status, headers=TOKEN, timeout=timeout)


def order(server: Server, **fault: Any) -> httpx.Response:
    return CLIENT.post(f"{server.url}/_sandbox/faults", json=fault)


def effects(server: Server) -> list[str]:
    return [event["facts"]["text"] for event in server.events()]


def test_each_kind_of_fault_has_its_test() -> None:
    assert set(Kind) == {
        "refuse",
        "rate_limit",
        "error_before",
        "lost_answer",
        "error_after",
        "delay",
        "slow_answer",
        "late_effect",
        "hang",
    }


def test_refuse_answers_as_ordered_without_effect(server: Server) -> None:
    server.fault("refuse", status=403, body='{"error": "Your login is currently disabled"}')

    answer = post(server)

    assert (answer.status_code, answer.json()) == (403, {"error": "Your login is currently disabled"})
    assert effects(server) == []


def test_rate_limit_answers_429_with_its_headers_without_effect(server: Server) -> None:
    server.fault("rate_limit", headers={"X-RateLimit-Reset": "2026-12-03T08:00:00Z"})

    answer = post(server)

    assert answer.status_code == 429
    assert answer.headers["X-RateLimit-Reset"] == "2026-12-03T08:00:00Z"
    assert answer.headers["Retry-After"] == "60"
    assert effects(server) == []


def test_error_before_answers_500_without_effect(server: Server) -> None:
    server.fault("error_before")

    assert post(server).status_code == 500
    assert effects(server) == []


def test_error_after_answers_500_with_effect(server: Server) -> None:
    server.fault("error_after")

    assert post(server).status_code == 500
    assert effects(server) == ["Bonjour."]


def test_error_after_can_answer_anything(server: Server) -> None:
    server.fault("error_after", status=200, body="<html>")

    answer = post(server)

    assert (answer.status_code, answer.text) == (200, "<html>")
    assert effects(server) == ["Bonjour."]


def test_lost_answer_cuts_the_connection_after_the_effect(server: Server) -> None:
    server.fault("lost_answer")

    with pytest.raises(httpx.RemoteProtocolError):
        post(server)
    assert effects(server) == ["Bonjour."]


def test_late_effect_cuts_the_connection_before_the_effect(server: Server) -> None:
    server.fault("late_effect", seconds=0.8)

    with pytest.raises(httpx.RemoteProtocolError):
        post(server)
    before = effects(server)

    assert before == []
    assert until(lambda: effects(server)) == ["Bonjour."]


def test_delay_has_its_effect_after_the_wait(server: Server) -> None:
    server.fault("delay", seconds=0.2)
    began = time.monotonic()

    answer = post(server)

    assert time.monotonic() - began >= 0.2
    assert answer.status_code == 200
    assert effects(server) == ["Bonjour."]


def test_slow_answer_has_its_effect_before_the_wait(server: Server) -> None:
    server.fault("slow_answer", seconds=60)
    waiting = threading.Thread(target=lambda: post(server, timeout=30))
    waiting.start()

    assert until(lambda: effects(server)) == ["Bonjour."]
    assert waiting.is_alive()
    server.stop()
    waiting.join()


def test_hang_never_answers_and_has_no_effect(server: Server) -> None:
    server.fault("hang")

    with pytest.raises(httpx.ReadTimeout):
        post(server, timeout=0.2)
    assert effects(server) == []


def test_a_server_that_stops_lets_go_of_everything_it_keeps_waiting(server: Server) -> None:
    server.fault("hang")
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            post(server, timeout=30)
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    until(lambda: server.faults()[0]["left"] == 0)

    server.stop()

    assert ended.wait(5)


def test_an_effect_that_is_still_to_come_does_not_outlive_the_server(server: Server) -> None:
    server.fault("late_effect", seconds=60)
    with pytest.raises(httpx.RemoteProtocolError):
        post(server)

    server.stop()

    until(lambda: not [one for one in threading.enumerate() if "act" in one.name])


# ---------------------------------------------------------------- which request it takes
def test_a_fault_is_used_up(server: Server) -> None:
    server.fault("error_before", times=2)

    assert [post(server).status_code for _ in range(3)] == [500, 500, 200]
    assert server.faults()[0]["left"] == 0


@pytest.mark.parametrize(
    "pattern",
    [{"method": "GET"}, {"path": "/api/v2/*"}, {"path": "/api/v1/statuses/"}, {"contains": "Bonsoir"}],
)
def test_a_fault_leaves_alone_what_its_patterns_do_not_match(server: Server, pattern: dict[str, str]) -> None:
    server.fault("error_before", **pattern)

    assert post(server).status_code == 200


@pytest.mark.parametrize(
    "pattern", [{"method": "post"}, {"path": "/api/*/statuses"}, {"contains": "Bonjour"}]
)
def test_a_fault_takes_what_its_patterns_match(server: Server, pattern: dict[str, str]) -> None:
    server.fault("error_before", **pattern)

    assert post(server).status_code == 500


def test_the_oldest_matching_order_comes_first(server: Server) -> None:
    server.fault("refuse", status=422)
    server.fault("refuse", status=404)

    assert [post(server).status_code for _ in range(2)] == [422, 404]


def test_an_upload_is_subject_to_faults_and_read_whole(server: Server) -> None:
    server.fault("lost_answer", path="/api/v2/media")
    picture = {"file": ("a.png", b"x" * 3_000_000, "image/png")}

    with pytest.raises(httpx.RemoteProtocolError):
        CLIENT.post(f"{server.url}/api/v2/media", files=picture, headers=TOKEN)


# ---------------------------------------------------------------- the control
def test_orders_are_shown_and_taken_back(server: Server) -> None:
    made = order(server, kind="refuse", times=3)

    assert made.status_code == 201
    assert made.json() == server.faults()[0]
    assert made.json()["left"] == 3

    server.clear_faults()

    assert server.faults() == []
    assert post(server).status_code == 200


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with running("ads") as server:
        answer = order(server, kind="explode")

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("kind: Input should be 'refuse'")
    assert answer.json()["kinds"] == list(Kind)


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ({}, "kind: Field required"),
        ({"kind": "delay", "second": 1}, "second: Extra inputs are not permitted"),
        ({"kind": "delay", "seconds": -1}, "seconds: Input should be greater than or equal to 0"),
        ({"kind": "refuse", "status": 99}, "status: Input should be greater than or equal to 200"),
        ({"kind": "refuse", "times": 0}, "times: Input should be greater than or equal to 1"),
    ],
)
def test_an_order_that_cannot_be_followed_is_refused(
    server: Server, fault: dict[str, Any], wrong: str
) -> None:
    answer = order(server, **fault)

    assert (answer.status_code, answer.json()["error"]) == (400, wrong)


def test_an_order_that_is_not_json_is_refused(server: Server) -> None:
    assert CLIENT.post(f"{server.url}/_sandbox/faults", content="refuse").status_code == 400


def test_the_control_itself_is_never_subject_to_faults(server: Server) -> None:
    server.fault("error_before", path="*", method="*", times=99)

    assert server.events() == []
