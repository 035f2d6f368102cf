from datetime import UTC, datetime, timedelta
from typing import Any

from parution.plan.appearances import address
from parution.plan.model import Link
from parution.plan.ports import StoredFile
from parution.plan.wishes import Wish, files_of, secrets_of, wishes
from parution.publishing.deliveries import State
from tests.builders import NOON, a_change
from tests.plan.plans import REMOVED, a_plan, parsed

MEDIA = {"media/buche.png": StoredFile(etag="e1", size=8), "media/carre.jpg": StoredFile(etag="e2", size=9)}


def wished(**values: Any) -> dict[str, Wish]:
    plan = parsed(a_plan(**values))
    return {wish.delivery.id: wish for wish in wishes(plan, MEDIA, a_change(at=NOON - timedelta(days=1)))}


def test_each_post_is_wished_once_on_each_of_its_channels() -> None:
    assert list(wished()) == ["boulangerie-martin/buche/fil", "boulangerie-martin/buche/site"]


def test_a_delivery_has_its_channels_facts_and_its_time_in_both_spellings() -> None:
    delivery = wished()["boulangerie-martin/buche/fil"].delivery

    assert (delivery.network, delivery.account) == ("mastodon", "masto-martin")
    assert delivery.due_at == datetime(2026, 12, 3, 7, 0, tzinfo=UTC)
    assert delivery.local_at == "2026-12-03T08:00 Europe/Paris"
    assert (delivery.state, delivery.version) == (State.PLANNED, 1)
    assert delivery.max_late == timedelta(hours=1)


def test_what_shows_a_picture_is_prepared_ten_minutes_ahead() -> None:
    both = wished(posts__0__variants__site__media=[])

    pictured, plain = (
        both["boulangerie-martin/buche/fil"].delivery,
        both["boulangerie-martin/buche/site"].delivery,
    )
    assert pictured.wake_at == pictured.due_at - timedelta(minutes=10)
    assert plain.wake_at == plain.due_at


def test_a_thread_and_a_first_comment_are_deliveries_of_their_own_each_under_the_right_one() -> None:
    sequence = wished(
        posts__0__thread=["La recette suit.", "Et voilà."], posts__0__first_comment="Lien en bio"
    )

    parts = [sequence[f"boulangerie-martin/buche/fil{part}"] for part in ("", "/1", "/2", "/3")]
    assert [part.content.text for part in parts[1:]] == ["La recette suit.", "Et voilà.", "Lien en bio"]
    assert [(part.delivery.under, part.delivery.parts) for part in parts] == [
        (None, 4),
        (0, 4),
        (1, 4),
        (0, 4),
    ]
    assert [part.content.media for part in parts[1:]] == [(), (), ()]


def test_a_variant_may_have_another_thread_and_no_comment() -> None:
    sequence = wished(
        posts__0__thread=["La recette suit."],
        posts__0__first_comment="Lien en bio",
        posts__0__variants__site={"thread": [], "first_comment": ""},
    )

    assert [name for name in sequence if name.startswith("boulangerie-martin/buche/site")] == [
        "boulangerie-martin/buche/site"
    ]


def test_the_campaign_that_may_boost_a_post_can_be_held_with_it() -> None:
    assert (
        wished(posts__0__boost={"campaign": "noel"})["boulangerie-martin/buche/fil"].delivery.campaign
        == "noel"
    )


def test_content_is_resolved_for_the_channel_and_bound_to_its_hash() -> None:
    both = wished(posts__0__variants__site__media=[{"src": "s3://media/carre.jpg", "alt": "Un carré"}])

    own, variant = both["boulangerie-martin/buche/fil"], both["boulangerie-martin/buche/site"]

    assert own.content.text == "La bûche est de retour."
    assert [(file.key, file.etag, file.kind) for file in own.content.media] == [
        ("media/buche.png", "e1", "image/png")
    ]
    assert variant.content.text == "Bûche 2026"
    assert [(file.key, file.kind, file.alt) for file in variant.content.media] == [
        ("media/carre.jpg", "image/jpeg", "Un carré")
    ]
    assert own.content.language == "fr-FR"
    assert (own.delivery.content, variant.delivery.content) == (own.content.hash, variant.content.hash)


def test_a_variant_may_take_media_away() -> None:
    assert wished(posts__0__variants__site__media=[])["boulangerie-martin/buche/site"].content.media == ()


def test_an_offset_counts_on_the_clock_not_in_elapsed_hours() -> None:
    both = wished(posts__0__at="2027-03-27T08:00", posts__0__variants__site__at_offset="P1D")

    site = both["boulangerie-martin/buche/site"].delivery
    assert site.local_at == "2027-03-28T08:00 Europe/Paris"
    assert site.due_at - both["boulangerie-martin/buche/fil"].delivery.due_at == timedelta(hours=23)


def test_an_offset_may_lead_back() -> None:
    site = wished(posts__0__variants__site__at_offset="-PT30M")["boulangerie-martin/buche/site"].delivery

    assert site.local_at == "2026-12-03T07:30 Europe/Paris"


def test_fold_chooses_the_second_of_two_equal_times() -> None:
    first = wished(posts__0__at="2027-10-31T02:30")["boulangerie-martin/buche/fil"].delivery
    second = wished(posts__0__at="2027-10-31T02:30", posts__0__fold=1)[
        "boulangerie-martin/buche/fil"
    ].delivery

    assert second.due_at - first.due_at == timedelta(hours=1)
    assert second.local_at == first.local_at


def test_a_retired_network_is_wished_as_skipped_with_its_reason() -> None:
    delivery = wished(channels__0__network="viadeo", channels__0__account=REMOVED)[
        "boulangerie-martin/buche/fil"
    ].delivery

    assert (delivery.state, delivery.wake_at, delivery.account) == (State.SKIPPED, None, None)
    assert delivery.reason == "viadeo is gone; move to linkedin"


def test_one_text_typed_on_two_machines_has_one_hash() -> None:
    composed, decomposed = (
        wished(posts__0__text=text)["boulangerie-martin/buche/fil"] for text in ("bûche", "bu\u0302che")
    )

    assert composed.content.hash == decomposed.content.hash


def test_campaign_parameters_are_lower_case_without_accents_in_the_plans_order() -> None:
    link = Link(
        url="https://martin.example/buche?taille=6#haut",
        utm={"campaign": " Noël 2026", "source": "Été", "utm_medium": "social"},
    )

    assert address(link) == (
        "https://martin.example/buche?taille=6&utm_campaign=noel-2026&utm_source=ete&utm_medium=social#haut"
    )
    assert address(Link(url="https://martin.example/a?b=ç")) == "https://martin.example/a?b=ç"
    assert address(Link(url="https://martin.example", utm={"term": "Хлеб"})) == (
        "https://martin.example?utm_term=%D1%85%D0%BB%D0%B5%D0%B1"
    )


def test_what_must_be_looked_up_is_named_once() -> None:
    plan = parsed(a_plan(posts__0__variants__site__media=[{"src": "s3://media/a/b.png", "alt": ""}]))

    assert files_of(plan) == {"media/buche.png", "media/a/b.png"}
    assert secrets_of(plan) == {"masto-martin", "site-martin", "ads-martin"}
