import pytest

from parution.sandbox.addresses import may_fetch


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://bucket.s3.eu-west-3.amazonaws.com/media/a.jpg?X-Amz-Signature=1", True),
        ("http://127.0.0.1:4566/plans/media/a.jpg", True),
        ("http://plans.localhost:4566/media/a.jpg", True),
        ("http://bucket.example/media/a.jpg", False),
        ("https://bucket/media/a.jpg", False),
        ("s3://media/a.jpg", False),
        ("http://192.168.1.2/a.jpg", False),
        ("", False),
    ],
)
def test_a_sandbox_fetches_what_a_network_would_and_what_lies_on_this_machine(url: str, may: bool) -> None:  # noqa: FBT001 (a row of the table)
    assert may_fetch(url) is may
