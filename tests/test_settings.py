from datetime import timedelta

import pytest
from pydantic import ValidationError

from parution.settings import DispatchDue

LANES = '{"*": ["https://sqs/one", "https://sqs/two"], "instagram,tiktok": ["https://sqs/slow"]}'
TOLD = {"POSTS_TABLE": "posts", "DELIVERY_LANES": LANES, "DUE_SHARDS": "4", "WAKE_EARLY_SECONDS": "2"}


def test_settings_are_read_from_what_the_template_tells() -> None:
    told = DispatchDue.read({**TOLD, "PATH": "/usr/bin"})

    assert told.posts_table == "posts"
    assert told.wake_early_seconds == timedelta(seconds=2)
    assert told.delivery_lanes["*"] == ("https://sqs/one", "https://sqs/two")
    assert told.delivery_lanes["instagram,tiktok"] == ("https://sqs/slow",)


@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_function_that_is_not_told_everything_does_not_start(name: str) -> None:
    untold = {key: value for key, value in TOLD.items() if key != name}

    with pytest.raises(ValidationError, match=name.lower()):
        DispatchDue.read(untold)


@pytest.mark.parametrize("seconds", ["-1", "soon", ""])
def test_a_duration_is_a_number_of_seconds(seconds: str) -> None:
    with pytest.raises(ValidationError, match="wake_early_seconds"):
        DispatchDue.read({**TOLD, "WAKE_EARLY_SECONDS": seconds})


@pytest.mark.parametrize(
    "lanes",
    ["", "https://sqs/one", '{"instagram": ["https://sqs/slow"]}', '{"*": []}', '{"*": "https://sqs/one"}'],
)
def test_there_is_a_lane_for_every_network(lanes: str) -> None:
    with pytest.raises(ValidationError, match="delivery_lanes"):
        DispatchDue.read({**TOLD, "DELIVERY_LANES": lanes})
