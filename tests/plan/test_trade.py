"""What only who knows the trade sees: each finding, and what looks like it and is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.languages import Language, translated
from parution.plan.ports import StoredFile
from tests.plan.plans import NOW, REMOVED, a_plan, as_bytes, judged, told


def on(network: str, **values: Any) -> dict[str, Any]:
    """Give the plan with its post on one channel of a network."""
    channels = [{"id": "c", "network": network, "account": "secret:c"}]
    post = {"posts__0__channels": ["c"], "posts__0__variants": REMOVED}
    return a_plan(channels=channels, **post, **{f"posts__0__{key}": value for key, value in values.items()})


def codes(plan: dict[str, Any], facts: Facts | None = None) -> list[tuple[str, str]]:
    """Give what is found beside the channel's not being connected."""
    return [found for found in told(plan, facts or Facts()) if found[0] != "E209"]


def media(*names: str) -> list[dict[str, Any]]:
    return [{"src": f"s3://media/{name}", "alt": "", "silent_ok": True} for name in names]


def posts(*days: int, **values: Any) -> list[dict[str, Any]]:
    """Give a post on each of these days of December, each with a picture of its own."""
    return [
        {
            "id": f"day-{day}",
            "at": f"2026-12-{day:02}T08:00",
            "channels": ["fil"],
            "text": "Du pain.",
            **values,
        }
        for day in days
    ]


# ---------------------------------------------------------------------- texts
@pytest.mark.parametrize(
    ("network", "text", "excess"),
    [
        ("x", "x" * 281, 1),
        ("x", "パ" * 141, 2),
        ("bluesky", "x" * 301, 1),
        ("bluesky", "👨\u200d👩\u200d👧\u200d👦" * 130, 250),
        ("threads", "🎄" * 126, 4),
        ("linkedin", "x" * 3001, 1),
        ("instagram", "x" * 2201, 1),
        ("facebook", "x" * 63_207, None),
        ("tiktok", "🎄" * 1101, 2),
        ("youtube", "é" * 2501, 2),
        ("pinterest", "x" * 801, 1),
        ("tumblr", "x" * 4097, 1),
    ],
)
def test_a_text_longer_than_its_network_takes_names_the_excess(
    network: str, text: str, excess: int | None
) -> None:
    files = media("film.mp4") if network == "youtube" else media("buche.jpg")

    _, problems = judged(on(network, text=text, media=files))

    (found,) = [one for one in problems if one.code in {"E502", "E109"}]
    assert found.pointer == "/posts/0/text"
    assert excess is None or found.hint.startswith(f"shorten it by {excess}")


@pytest.mark.parametrize(
    ("network", "text"), [("x", "x" * 280), ("bluesky", "é" * 300), ("threads", "🎄" * 125)]
)
def test_a_text_that_fits_exactly_is_no_error(network: str, text: str) -> None:
    assert codes(on(network, text=text, media=[])) == []


@pytest.mark.parametrize(
    ("network", "text", "code"),
    [
        ("instagram", " ".join(f"#mot{number}" for number in range(31)), "W503"),
        ("threads", "#pain #levain", "W503"),
        ("linkedin", "#Pain et #pain", "W504"),
    ],
)
def test_hashtags_are_counted(network: str, text: str, code: str) -> None:
    assert codes(on(network, text=text, media=media("buche.jpg"))) == [(code, "/posts/0/text")]


def test_a_number_or_an_anchor_is_no_hashtag() -> None:
    text = "N° #1 et #1, https://a.example/#pain https://b.example/#pain"

    assert codes(on("linkedin", text=text)) == []


@pytest.mark.parametrize(
    ("url", "utm", "code"),
    [
        ("https://martin.example/", {"sorce": "fil"}, "W505"),
        ("https://martin.example/?utm_source=a", {"source": "fil"}, "W506"),
    ],
)
def test_campaign_parameters_are_those_that_somebody_counts(url: str, utm: dict[str, str], code: str) -> None:
    (found,) = codes(a_plan(posts__0__link={"url": url, "utm": utm}))

    assert found == (code, f"/posts/0/link/utm/{next(iter(utm))}")


# ---------------------------------------------------------------------- media
@pytest.mark.parametrize(
    ("network", "names", "code", "field"),
    [
        ("instagram", [], "E507", "media"),
        ("youtube", ["buche.png"], "E507", "media"),
        ("instagram", ["buche.png"], "E508", "media/0/src"),
        ("youtube", ["film.mp4", "film2.mp4"], "E506", "media"),
        ("x", ["1.png", "2.png", "3.png", "4.png", "5.png"], "E506", "media"),
        ("mastodon", ["film.mp4", "film2.mp4"], "E506", "media"),
        ("mastodon", ["buche.png", "film.mp4"], "E511", "media"),
        ("mastodon", ["carte.pdf"], "E508", "media/0/src"),
        ("linkedin", ["carte.pdf", "buche.png"], "E506", "media"),
        ("linkedin", ["buche.webp"], "E508", "media/0/src"),
    ],
)
def test_files_are_of_the_kinds_and_numbers_that_the_network_takes(
    network: str, names: list[str], code: str, field: str
) -> None:
    assert (code, f"/posts/0/{field}") in codes(on(network, media=media(*names)))


def test_linkedin_shows_a_document_that_weighs_what_it_takes() -> None:
    plan = on("linkedin", media=media("carte.pdf"))
    sizes = (100_000_000, 100_000_001)
    light, heavy = (Facts(media={"media/carte.pdf": StoredFile(etag="", size=size)}) for size in sizes)

    assert codes(plan) == []
    assert codes(plan, light) == []
    assert codes(plan, heavy) == [("E509", "/posts/0/media/0/src")]


def test_a_reel_is_a_film() -> None:
    plan = on("instagram", media=media("buche.jpg"))
    plan["posts"][0]["variants"] = {"c": {"format": "reel"}}

    assert codes(plan) == [("E507", "/posts/0/media")]


def test_a_film_for_those_who_hear_is_warned_of() -> None:
    plan = a_plan(posts__0__media=[{"src": "s3://media/film.mp4", "alt": "Un four"}])

    assert codes(plan) == [("W502", "/posts/0/media/0")]


@pytest.mark.parametrize(
    ("size", "found"), [(2_000_000, []), (2_000_001, [("E509", "/posts/0/media/0/src")])]
)
def test_a_file_may_weigh_what_its_network_takes(size: int, found: list[tuple[str, str]]) -> None:
    facts = Facts(media={"media/buche.png": StoredFile(etag="", size=size)})

    assert codes(on("bluesky"), facts) == found


@pytest.mark.parametrize(
    ("ratio", "found"),
    [(0.8, []), (1.908, []), (0.75, ["E510"]), (2.0, ["E510"]), (None, [])],
)
def test_a_picture_is_of_a_form_that_its_network_takes(ratio: float | None, found: list[str]) -> None:
    facts = Facts(media={"media/buche.jpg": StoredFile(etag="", size=9, ratio=ratio)})

    assert [code for code, _ in codes(on("instagram", media=media("buche.jpg")), facts)] == found


@pytest.mark.parametrize(
    ("network", "format_", "seconds", "found"),
    [
        ("instagram", "reel", 90.0, []),
        ("instagram", "reel", 901.0, ["E513"]),
        ("instagram", "reel", 2.0, ["E513"]),
        ("youtube", "short", 180.04, []),
        ("youtube", "short", 181.0, ["E513"]),
        ("x", None, 140.5, ["E513"]),
        ("x", None, None, []),
        ("mastodon", None, 5_000.0, []),
    ],
)
def test_a_film_lasts_as_long_as_its_network_and_format_take(
    network: str, format_: str | None, seconds: float | None, found: list[str]
) -> None:
    film = {"src": "s3://media/film.mp4", "alt": "Un four", "silent_ok": True}
    plan = on(network, media=[film])
    plan["posts"][0]["variants"] = {"c": {"format": format_}} if format_ else {}
    facts = Facts(media={"media/film.mp4": StoredFile(etag="", size=9, seconds=seconds)})

    problems = examine(as_bytes(plan), lambda _: facts, NOW)[1]

    assert [one.code for one in problems if one.code == "E513"] == found
    assert [
        text for one in problems for text in (one.message, one.hint) if translated(Language.FR, text) is None
    ] == []


def test_a_description_may_be_as_long_as_its_network_takes() -> None:
    plan = on("pinterest", media=[{"src": "s3://media/buche.png", "alt": "x" * 501}])

    assert codes(plan) == [("E512", "/posts/0/media/0/alt")]


# ---------------------------------------------------------------------- voice
VOICE = {
    "address": "vous",
    "forbidden": ["pas cher"],
    "spelling": {"boulangerie martin": "Boulangerie Martin", "levin": "levain"},
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Du pain pas cher.", ["E521"]),
        ("Du pain Pas\u00a0cher.", ["E521"]),
        ("Du pain pas chers.", []),
        ("Boulangerie martin, au levin", ["E522", "E522"]),
        ("Boulangerie Martin, au levain", []),
        ("https://martin.example/pas cher", []),
        ("Viens avec tes amis.", ["W523"]),
        ("Réservez, et prenez rendez-vous.", []),
        ("On t\u2019attend.", ["W523"]),
    ],
)
def test_a_post_speaks_as_the_brand_does(text: str, found: list[str]) -> None:
    plan = a_plan(brand__voice=VOICE, posts__0__text=text.replace("/pas cher", "/pas-cher"))

    assert [code for code, _ in codes(plan)] == found


def test_tu_and_vous_in_one_text_are_told_whatever_the_brand_says() -> None:
    assert codes(a_plan(posts__0__text="Tu viens ? Votre pain est prêt.")) == [("W523", "/posts/0/text")]
    assert codes(a_plan(brand__locale="en-GB", posts__0__text="Tu viens ? Votre pain.")) == []


def test_a_brand_that_says_tu_does_not_say_vous() -> None:
    plan = a_plan(brand__voice={"address": "tu"}, posts__0__variants__site__text="Votre pain, au rendez-vous")

    assert codes(plan) == [("W523", "/posts/0/variants/site/text")]


# ---------------------------------------------------------------------- rules of law and of networks
def test_an_unknown_policy_names_the_nearest() -> None:
    (found,) = judged(a_plan(policies=["fr-evins"]))[1]

    assert (found.code, found.pointer, found.hint) == ("E531", "/policies/0", "did you mean 'fr-evin'?")


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("Avec Moulin du Lac. Collaboration commerciale", False),
        ("Publicité : avec Moulin du Lac", False),
        ("Avec Moulin du Lac. #sponso", True),
        ("Avec Moulin du Lac. publicités", True),
    ],
)
def test_a_paid_partnership_carries_one_of_two_labels(text: str, is_told: bool) -> None:  # noqa: FBT001 (one of two outcomes)
    plan = a_plan(
        policies=["fr-influence-2023-451"],
        posts__0__paid_partnership=True,
        posts__0__text=text,
        posts__0__variants=REMOVED,
    )

    assert codes(plan) == ([("E532", "/posts/0/text")] if is_told else [])


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("Vin chaud à 19 h.", True),
        (
            "Vin chaud à 19 h. L\u2019abus d\u2019alcool est dangereux pour la santé, à consommer avec modération.",
            False,
        ),
        ("Du pain à 19 h, vingt fois.", False),
    ],
)
def test_alcohol_comes_with_its_line_on_health(text: str, is_told: bool) -> None:  # noqa: FBT001 (one of two outcomes)
    plan = a_plan(policies=["fr-evin"], posts__0__text=text, posts__0__variants=REMOVED)

    assert codes(plan) == ([("E533", "/posts/0/text")] if is_told else [])


RULES = "https://martin.example/reglement"


@pytest.mark.parametrize(
    ("text", "contest", "found"),
    [
        (f"Quelle fève ? {RULES}", {"rules": RULES, "platform_release": True}, ["W701"]),
        ("Quelle fève ?", {"rules": RULES, "platform_release": True}, ["E534", "W701"]),
        ("Quelle fève ?", {"platform_release": True}, ["E534", "W701"]),
        (f"Quelle fève ? {RULES}", {"rules": RULES}, ["E536", "W701"]),
        (f"Taguez deux amis ! {RULES}", {"rules": RULES, "platform_release": True}, ["E535", "W701"]),
        (f"Partagez sur votre mur. {RULES}", {"rules": RULES, "platform_release": True}, ["E535", "W701"]),
    ],
)
def test_a_contest_has_rules_and_keeps_to_those_of_meta(
    text: str, contest: dict[str, Any], found: list[str]
) -> None:
    plan = on("facebook", kind="contest", text=text, contest=contest)

    assert sorted(code for code, _ in codes(plan)) == found


# ---------------------------------------------------------------------- the plan as a whole
def test_an_objective_is_served_by_a_channel_or_a_campaign() -> None:
    assert codes(a_plan(campaigns__0__objective=REMOVED)) == [("W215", "/objectives/0")]
    assert codes(a_plan(channels__0__objectives=["commandes"])) == [("W216", "/channels/1")]


def test_pillars_are_parts_of_the_whole() -> None:
    thirds = [{"id": f"p{number}", "share": 1 / 3} for number in range(3)]

    assert codes(a_plan(pillars=[*thirds, {"id": "p4", "share": 0.1}])) == [("E215", "/pillars")]
    assert codes(a_plan(pillars=thirds)) == []


@pytest.mark.parametrize(("days", "found"), [(7, []), (6, [("W321", "/posts/0")])])
def test_a_plan_that_ends_within_seven_days_runs_out(days: int, found: list[tuple[str, str]]) -> None:
    at = datetime(2026, 12, 3, 7, 0, tzinfo=UTC) - timedelta(days=days)

    assert told(a_plan(posts__0__variants=REMOVED), now=at) == found


def test_a_theme_that_drifts_by_more_than_ten_points_in_four_weeks_is_told() -> None:
    pillars = [{"id": "produit", "share": 0.5}, {"id": "equipe", "share": 0.5}]
    seven = posts(*range(7, 14), pillar="produit")

    assert codes(a_plan(pillars=pillars, posts=[*seven, *posts(14, 15, pillar="equipe")])) == [
        ("W322", "/pillars/0"),
        ("W322", "/pillars/1"),
    ]
    assert codes(a_plan(pillars=pillars, posts=[*seven, *posts(14, 15, 16, 17, 18, pillar="equipe")])) == []
    assert codes(a_plan(pillars=pillars, posts=seven)) == []


def test_a_post_on_a_day_without_anybody_on_call_is_told_once() -> None:
    rota = {"rota": [{"who": "karim", "days": ["mon", "tue", "wed", "fri"]}]}

    assert codes(a_plan(on_call=rota)) == [("W323", "/posts/0/at"), ("W701", "/on_call")]
    assert codes(a_plan(on_call={"rota": [*rota["rota"], {"who": "lea"}]})) == [("W701", "/on_call")]


@pytest.mark.parametrize(
    ("day", "found"), [(9, [("W324", "/posts/1/media/0")]), (31, []), (8, [("W324", "/posts/1/media/0")])]
)
def test_a_picture_is_not_shown_again_within_30_days(day: int, found: list[tuple[str, str]]) -> None:
    first, second = posts(1, day, media=media("pain.png"))

    assert codes(a_plan(posts=[first, second])) == found


def test_the_same_bytes_under_two_names_are_the_same_picture() -> None:
    first, second = posts(1, 9)
    plan = a_plan(posts=[{**first, "media": media("a.png")}, {**second, "media": media("b.png")}])
    stored = Facts(media={f"media/{name}.png": StoredFile(etag="same", size=9) for name in "ab"})

    assert codes(plan, stored) == [("W324", "/posts/1/media/0")]


def test_another_channel_may_show_the_same_picture() -> None:
    first, second = posts(1, 9, media=media("pain.png"))

    assert codes(a_plan(posts=[first, {**second, "channels": ["site"]}])) == []


def test_what_is_over_is_not_told_again() -> None:
    plan = a_plan(posts=posts(1, 9, media=media("pain.png")), on_call={"rota": []})

    _, problems = judged(plan, now=NOW + timedelta(days=60))

    assert {one.code for one in problems} & {"W321", "W323", "W324"} == set()
