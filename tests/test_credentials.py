import base64

import pytest

from parution.credentials import Credentials
from parution.errors import NoSuchSecret

CANARY = "canary-0123456789"


def credentials(**values: str) -> Credentials:
    return Credentials("masto-martin", values, required=tuple(values))


def test_a_missing_key_is_named_with_its_secret() -> None:
    with pytest.raises(NoSuchSecret, match=r"secret:masto-martin: 'access_token' is missing"):
        Credentials("masto-martin", {"base_url": "https://m.example"}, required=("base_url", "access_token"))


def test_an_empty_value_is_a_missing_one() -> None:
    with pytest.raises(NoSuchSecret, match="'access_token' is missing"):
        Credentials("masto-martin", {"access_token": ""}, required=("access_token",))


def test_a_key_that_nothing_reads_is_an_error_and_not_a_silent_default() -> None:
    with pytest.raises(NoSuchSecret, match="'deduplicate' is not known; known are url, deduplicates"):
        Credentials("hook", {"url": "https://h.example", "deduplicate": "true"}, ("url",), ("deduplicates",))


@pytest.mark.parametrize("value", [f"{CANARY}\n2", f"{CANARY} 2", f"{CANARY}é", f'"{CANARY}"'])
def test_a_token_that_would_break_its_header_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(NoSuchSecret, match="access_token") as refused:
        credentials(access_token=value).token("access_token")

    assert "canary" not in str(refused.value)


def test_a_token_pasted_with_its_line_end_is_taken_without_it() -> None:
    assert credentials(access_token=f"{CANARY}\n").token("access_token") == CANARY


@pytest.mark.parametrize(
    "url",
    [
        "https://mastodon.social",
        "https://mastodon.social:8443",
        "http://127.0.0.1:8081",
        "http://localhost:8081",
        "http://[::1]:8081",
    ],
)
def test_https_is_taken_everywhere_and_http_on_this_machine(url: str) -> None:
    assert credentials(base_url=f"{url}/").base_url("base_url") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://mastodon.social",
        "http://127.0.0.1.mastodon.social",
        "http://169.254.169.254",
        "ftp://mastodon.social",
        "mastodon.social",
        "https://user:canary@mastodon.social",
        "https://@mastodon.social",
        "https://mastodon.social/#top",
        "https://mastodon.social/?a=b",
        "https://mast odon.social",
        "https://mastodon.social:port",
        "https://mastodon.social/\r\nX-Evil: 1",
        "https://",
        "https://[::1",
    ],
)
def test_every_other_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(NoSuchSecret, match="secret:masto-martin: 'base_url'") as refused:
        credentials(base_url=url).base_url("base_url")

    assert "canary" not in str(refused.value)
    assert "odon" not in str(refused.value)


def test_a_flag_is_true_or_false_and_nothing_like_it() -> None:
    assert credentials(deduplicates="true").flag("deduplicates") is True
    assert credentials().flag("deduplicates") is False
    with pytest.raises(NoSuchSecret, match='"true" or "false"'):
        credentials(deduplicates="yes").flag("deduplicates")


def test_a_signing_key_is_whsec_and_base64() -> None:
    key = b"k" * 24

    assert (
        credentials(signing_key=f"whsec_{base64.b64encode(key).decode()}").signing_key("signing_key") == key
    )


@pytest.mark.parametrize(
    "value",
    [
        "whsec_canary!",
        base64.b64encode(b"k" * 24).decode(),
        "whsec_" + base64.b64encode(b"short").decode(),
    ],
)
def test_any_other_signing_key_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(NoSuchSecret, match="signing_key") as refused:
        credentials(signing_key=value).signing_key("signing_key")

    assert value.removeprefix("whsec_") not in str(refused.value)
