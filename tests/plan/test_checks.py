from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.plan import checks
from parution.plan.facts import Facts
from parution.plan.ports import StoredFile
from parution.plan.problems import Problem
from parution.publishing.deliveries import State
from tests.builders import a_delivery
from tests.plan.plans import NOW, REMOVED, a_plan, judged, only, parsed, told

EMPTY = {"text": "", "media": [], "variants": {}}


def test_a_plan_without_a_fault_gives_none() -> None:
    assert told(a_plan()) == []


# ---------------------------------------------------------------------- brand and names
@pytest.mark.parametrize(
    ("values", "code", "pointer", "hint"),
    [
        ({"brand__timezone": "Europe/Pariss"}, "E114", "/brand/timezone", "did you mean 'Europe/Paris'?"),
        ({"brand__timezone": "GMT+01:00"}, "E114", "/brand/timezone", "did you mean"),
        ({"brand__timezone": "somewhere"}, "E114", "/brand/timezone", "such as Europe/Paris"),
        ({"brand__locale": "fr_FR"}, "E115", "/brand/locale", "did you mean 'fr-FR'?"),
        ({"brand__locale": "fr"}, "E115", "/brand/locale", "did you mean 'fr-FR'?"),
        ({"brand__locale": "français"}, "E115", "/brand/locale", "a language and a country"),
        ({"campaigns__0__currency": "EUX"}, "E116", "/campaigns/0/currency", "did you mean 'EUR'?"),
        ({"channels__0__network": "mastodonn"}, "E104", "/channels/0/network", "did you mean 'mastodon'?"),
        ({"channels__0__network": "myspace"}, "E104", "/channels/0/network", "bluesky, facebook, instagram"),
        ({"channels__0__network": "viadeo"}, "W201", "/channels/0/network", "move to linkedin"),
        ({"channels__0__account": REMOVED}, "E207", "/channels/0/account", "parution secret set"),
        ({"channels__1__id": "fil", "posts__0__channels": ["fil"], "posts__0__variants": {}}, "E201", "/channels/1/id", "rename"),
        ({"campaigns__0__formats__1__id": "fb-video"}, "E201", "/campaigns/0/formats/1/id", "rename"),
        ({"posts__0__channels__0": "file"}, "E202", "/posts/0/channels/0", "did you mean 'fil'?"),
        ({"channels__0__objectives": ["commande"]}, "E203", "/channels/0/objectives/0", "did you mean 'commandes'?"),
        ({"campaigns__0__objective": "ventes"}, "E203", "/campaigns/0/objective", "write one of: commandes"),
        ({"posts__0__pillar": "produits"}, "E204", "/posts/0/pillar", "did you mean 'produit'?"),
        ({"campaigns__0__formats__0__ad_account": "regies"}, "E205", "/campaigns/0/formats/0/ad_account", "did you mean 'regie'?"),
        ({"posts__0__variants__blog": {}}, "E206", "/posts/0/variants/blog", "write one of: fil, site"),
        ({"ad_accounts__0__platform": "sandbx"}, "E213", "/ad_accounts/0/platform", "did you mean 'sandbox'?"),
        ({"posts__0__channels": ["fil", "site", "fil"]}, "E214", "/posts/0/channels/2", "remove the second"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_told_with_the_nearest_right_one(
    values: dict[str, Any], code: str, pointer: str, hint: str
) -> None:
    found = [one for one in judged(a_plan(**values))[1] if one.code == code]

    assert [(one.code, one.pointer) for one in found] == [(code, pointer)]
    assert hint in found[0].hint


def test_a_network_without_a_connector_is_told_with_those_that_have_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "CONNECTED", frozenset({"webhook", "mastodon"}))

    (found,) = [one for one in judged(a_plan(channels__0__network="facebook"))[1] if one.code == "E209"]

    assert found.pointer == "/channels/0/network"
    assert found.hint == "connected are: mastodon, webhook; a webhook reaches anything else"


def test_a_retired_network_leaves_the_rest_of_the_plan_alone() -> None:
    plan, problems = judged(a_plan(channels__0__network="google_plus", channels__0__account=REMOVED))

    assert [one.severity for one in problems] == ["warning"]
    assert plan is not None


def test_a_secret_that_nobody_stored_is_named_with_the_command_that_stores_it() -> None:
    found = only(a_plan(), Facts(secrets=frozenset({"masto-martin", "ads-martin"})))

    assert (found.code, found.pointer) == ("E208", "/channels/1/account")
    assert "parution secret set site-martin" in found.hint


def test_a_file_keeps_its_brand() -> None:
    found = only(a_plan(), Facts(key="plans/a.json", owner="patisserie-martin"))

    assert (found.code, found.pointer) == ("E210", "/brand/id")
    assert "'patisserie-martin'" in found.hint


def test_a_brand_has_one_file() -> None:
    found = only(a_plan(), Facts(key="plans/new.json", held_by="plans/bakery.json"))

    assert (found.code, found.pointer) == ("E211", "/brand/id")
    assert "plans/bakery.json" in found.message


def test_a_brands_own_file_may_come_again() -> None:
    facts = Facts(key="plans/a.json", owner="boulangerie-martin", held_by="plans/a.json")

    assert told(a_plan(), facts) == []


# ---------------------------------------------------------------------- times
@pytest.mark.parametrize(
    ("at", "code", "hint"),
    [
        ("01/12/2026", "E110", "day and month are not guessed: write 2026-12-01T08:00 or 2026-01-12T08:00"),
        ("24/12/2026 18h30", "E110", "write 2026-12-24T18:30 (Europe/Paris)"),
        ("2026-12-03 08:00", "E110", "write 2026-12-03T08:00"),
        ("2026-12-03", "E110", "write 2026-12-03T08:00"),
        ("2026-12-3T8:00", "E110", "write 2026-12-03T08:00"),
        ("tomorrow", "E110", "write 2026-12-03T08:00"),
        ("2026-12-03T25:00", "E110", "write 2026-12-03T08:00"),
        ("2026-12-03T08:00Z", "E304", "write 2026-12-03T09:00"),
        ("2026-12-03T08:00-05:00", "E304", "write 2026-12-03T14:00"),
        ("Auto", "E110", "did you mean 'auto'?"),
        ("slots", "E110", "did you mean 'slot'?"),
        ("2027-03-28T02:30", "E301", "write 2027-03-28T01:59 or 2027-03-28T03:00"),
    ],
)
def test_a_time_that_is_none_is_told_with_the_one_meant(at: str, code: str, hint: str) -> None:
    found = only(a_plan(posts__0__at=at))

    assert (found.code, found.pointer) == (code, "/posts/0/at")
    assert hint in found.hint


@given(st.text(max_size=30) | st.datetimes(timezones=st.timezones() | st.none()).map(datetime.isoformat))
def test_nothing_that_is_written_as_a_time_brings_it_down(at: str) -> None:
    found = judged(a_plan(posts__0__at=at))[1]

    assert {one.code for one in found} <= {"E110", "E301", "E303", "E304", "E701"}


def test_a_channels_own_offset_may_fall_into_a_gap() -> None:
    plan = a_plan(posts__0__at="2027-03-27T23:30", posts__0__variants__site__at_offset="PT3H")

    assert told(plan) == [("E301", "/posts/0/variants/site/at_offset")]


def test_an_offset_may_not_lead_out_of_the_calendar() -> None:
    assert told(a_plan(posts__0__variants__site__at_offset="P2000000D")) == [
        ("E112", "/posts/0/variants/site/at_offset")
    ]


def test_fold_is_for_doubled_times_only() -> None:
    assert told(a_plan(posts__0__fold=1)) == [("E302", "/posts/0/fold")]
    assert told(a_plan(posts__0__at="2027-10-31T02:30", posts__0__fold=1)) == []


def test_fold_may_be_meant_for_a_channels_own_time() -> None:
    plan = a_plan(
        posts__0__at="2027-10-30T22:30", posts__0__variants__site__at_offset="PT4H", posts__0__fold=1
    )

    assert told(plan) == []


def test_a_time_in_the_past_is_never_now() -> None:
    plan = a_plan(posts__0__at="2026-11-22T10:00", posts__0__channels=["fil"], posts__0__variants={})

    found = only(plan, now=datetime(2026, 11, 22, 9, 0, tzinfo=UTC))

    assert (found.code, found.pointer) == ("E303", "/posts/0/at")
    assert "2026-11-22T10:00" in found.message


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.PUBLISHED, []),
        (State.PLANNED, []),
        (State.MISSED, []),
        (State.CANCELLED, [("E303", "/posts/0/at")]),
    ],
)
def test_what_was_imported_before_its_time_may_stay_in_the_plan(
    state: State, expected: list[tuple[str, str]]
) -> None:
    plan = a_plan(posts__0__at="2026-11-20T08:00", posts__0__channels=["fil"], posts__0__variants={})
    old = a_delivery(
        post="buche", channel="fil", due_at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC), state=state
    )

    found = told(plan, Facts(deliveries={"boulangerie-martin/buche/fil": old}))

    assert found == expected


def test_another_time_in_the_past_is_an_error_though_the_post_is_known() -> None:
    plan = a_plan(posts__0__at="2026-11-21T08:00", posts__0__channels=["fil"], posts__0__variants={})
    old = a_delivery(post="buche", channel="fil", due_at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC))

    assert told(plan, Facts(deliveries={old.id: old})) == [("E303", "/posts/0/at")]


def test_two_posts_in_one_minute_on_one_channel_are_told() -> None:
    twin = {"id": "twin", "at": "2026-12-03T08:00:30", "channels": ["fil"], "text": "Aussi."}
    plan = a_plan()
    plan["posts"].append(twin)

    assert told(plan) == [("W301", "/posts/1/at")]


# ---------------------------------------------------------------------- daily caps
def on_instagram(*times: str, **channel: Any) -> dict[str, Any]:
    """Plan 49 posts on the morning of 3 December, every ten minutes, and one more at each of these times."""
    morning = [f"2026-12-03T{hour:02}:{minute:02}" for hour in range(9) for minute in range(0, 60, 10)][:49]
    posts = [
        {"id": f"p{number}", "at": at, "channels": ["insta"], "text": "x"}
        for number, at in enumerate([*morning, *times])
    ]
    insta = {"id": "insta", "network": "instagram", "account": "secret:insta", **channel}
    return a_plan(channels=[insta], posts=posts)


def beyond(plan: Any, now: datetime = NOW) -> list[Problem]:
    return [one for one in judged(plan, now=now)[1] if one.code == "E305"]


def test_posts_beyond_a_networks_daily_cap_are_told_with_the_day_and_the_cap() -> None:
    (found,) = beyond(on_instagram("2026-12-03T18:00", "2026-12-03T19:00", "2026-12-03T20:00"))

    assert found.pointer == "/posts/50/at"
    assert found.message == (
        "instagram takes 50 posts of one account in 24 hours;"
        " on 2026-12-03 'p50', 'p51' would be beyond that on 'insta'"
    )
    assert found.hint == "move them to another day, or off 'insta'"


def test_as_many_as_the_network_takes_are_fine() -> None:
    assert beyond(on_instagram("2026-12-03T18:00")) == []


def test_a_day_is_any_24_hours_and_not_a_date() -> None:
    assert [one.pointer for one in beyond(on_instagram("2026-12-03T23:59", "2026-12-03T23:59:59"))] == [
        "/posts/50/at"
    ]
    assert beyond(on_instagram("2026-12-03T23:00", "2026-12-04T00:00")) == []


def test_each_day_is_told_once() -> None:
    late = [f"2026-12-03T23:{minute}" for minute in range(40, 48)]
    next_day = [f"2026-12-04T00:0{minute}" for minute in range(1, 4)]

    found = beyond(on_instagram(*late, *next_day))

    assert [one.pointer for one in found] == ["/posts/50/at", "/posts/58/at"]
    assert "'p54' and 2 more would be" in found[0].message
    assert "on 2026-12-04 'p58', 'p59' would be" in found[1].message


def test_two_channels_of_one_account_share_its_cap() -> None:
    plan = on_instagram("2026-12-03T18:00")
    twin = {"id": "stories", "network": "instagram", "account": "secret:insta"}
    plan["channels"].append(twin)
    plan["posts"].append({"id": "story", "at": "2026-12-03T20:00", "channels": ["stories"], "text": "x"})

    assert [one.pointer for one in beyond(plan)] == ["/posts/50/at"]
    twin["account"] = "secret:other"
    assert beyond(plan) == []


def test_what_is_out_counts_and_cannot_be_moved_any_more() -> None:
    plan = on_instagram(*(f"2026-12-03T18:{minute}" for minute in range(10, 20)))

    found = beyond(plan, now=datetime(2026, 12, 3, 17, 18, 30, tzinfo=UTC))

    assert [one.pointer for one in found] == ["/posts/58/at"]


def test_a_network_without_a_cap_takes_any_number() -> None:
    assert beyond(on_instagram("2026-12-03T18:00", "2026-12-03T19:00", network="mastodon")) == []


# ---------------------------------------------------------------------- texts and files
def test_a_post_says_or_shows_something() -> None:
    assert told(a_plan(posts__0__text=" ", posts__0__media=[])) == [("E501", "/posts/0/text")]
    assert told(a_plan(posts__0__text="")) == []


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("x" * 500, None),
        ("x" * 501, 501),
        ("x" * 476 + " https://martin.example/" + "y" * 90, None),
        ("x" * 477 + " https://martin.example/" + "y" * 90, 501),
        ("x" * 495 + " @mimi@social.example.org", 501),
        ("x" * 494 + " @mimi@social.example.org", None),
        # The shortest address counts as a long one.
        ("x" * 477 + " http://a.b", 501),
        ("x" * 476 + " http://a.b", None),
        ("👩‍👩‍👧" * 500, None),
        ("e\u0301" * 500, None),
        ("é" * 501, 501),
    ],
)
def test_a_text_is_counted_as_mastodon_counts_it(text: str, counted: int | None) -> None:
    found = [one for one in judged(a_plan(posts__0__text=text))[1] if one.code == "E502"]

    assert len(found) == (counted is not None)
    assert all(f"counts {counted} characters" in one.message for one in found)


def test_the_link_counts_too() -> None:
    link = {"url": "https://martin.example/" + "y" * 300, "utm": {"campaign": "noel"}}

    assert told(a_plan(posts__0__text="x" * 475, posts__0__link=link)) == []
    assert told(a_plan(posts__0__text="x" * 476, posts__0__link=link)) == [("E502", "/posts/0/text")]


def test_a_webhook_takes_any_length() -> None:
    assert told(a_plan(posts__0__variants__site__text="x" * 5000)) == []


def test_a_variants_own_text_is_told_at_the_variant() -> None:
    assert told(a_plan(posts__0__variants={"fil": {"text": "x" * 501}})) == [
        ("E502", "/posts/0/variants/fil/text")
    ]


def test_files_are_there_and_have_bytes() -> None:
    plan = a_plan(
        posts__0__media=[
            {"src": "s3://media/buche.png", "alt": ""},
            {"src": "s3://media/vide.png", "alt": ""},
        ]
    )

    def at(**sizes: int) -> Facts:
        return Facts(
            media={f"media/{name}.png": StoredFile(etag="e", size=size) for name, size in sizes.items()}
        )

    assert told(plan, at(buche=1, vide=1)) == []
    assert told(plan, at(buche=1, vide=0)) == [("E505", "/posts/0/media/1/src")]
    assert told(plan, at(vide=1)) == [("E503", "/posts/0/media/0/src")]
    assert told(plan) == []


def test_a_missing_file_is_named_with_the_nearest_one() -> None:
    found = only(a_plan(), Facts(media={"media/buches.png": StoredFile(etag="e", size=1)}))

    assert found.hint == "did you mean 's3://media/buches.png'?"


def test_a_kind_of_file_that_networks_do_not_take_is_told() -> None:
    found = only(a_plan(posts__0__media__0__src="s3://media/buche.heic"))

    assert (found.code, found.pointer) == ("E504", "/posts/0/media/0/src")


def test_a_picture_without_a_description_is_a_warning_and_a_decorative_one_is_not() -> None:
    assert told(a_plan(posts__0__media__0__alt=REMOVED)) == [("W501", "/posts/0/media/0")]
    assert told(a_plan(posts__0__media__0__alt="")) == []


def test_mastodon_takes_four_files() -> None:
    files = [{"src": f"s3://media/{number}.png", "alt": ""} for number in range(5)]

    assert told(a_plan(posts__0__media=files)) == [("E506", "/posts/0/media")]
    assert told(a_plan(posts__0__media=files, posts__0__channels=["site"])) == []


# ---------------------------------------------------------------------- money
@pytest.mark.parametrize(
    ("values", "code", "pointer", "hint"),
    [
        ({"flight": ["2026-12-24", "2026-12-01"]}, "E401", "/flight", '["2026-12-01", "2026-12-24"]'),
        ({"flight": ["2026-11-01", "2026-11-21"]}, "E402", "/flight", "days to come"),
        ({"formats__0__min": 150001, "formats__0__max": 150001}, "E404", "/formats/0/min", "at most 150000"),
        ({"formats__1__min": 130001}, "E403", "/formats", "lower them by 0.01 EUR, or raise the budget to 150001"),
        ({"formats__0__min": 80001}, "E404", "/formats/0/min", "at most 80000"),
        ({"formats__0__max_share": 0.1}, "E404", "/formats/0/min", "at most 15000"),
        ({"currency": "CHF"}, "E405", "/formats/0", '"currency": "CHF" at the account'),
        ({"formats__0__network": "mastodon"}, "E406", "/formats/0/network", "take the line out"),
        ({"formats__0__network": "facebok"}, "E104", "/formats/0/network", "did you mean 'facebook'?"),
        ({"pacing": "ahead:1.2@2026-12-25"}, "E409", "/pacing", "from 2026-12-01 to 2026-12-24"),
        ({"pacing": "ahead:1.2@2026-02-30"}, "E111", "/pacing", "2026-12-15"),
        ({"formats__1__max": 60000}, "W401", "/formats", "lower the budget to 140000"),
        ({"guardrails": {"max_daily": 6249}}, "W402", "/guardrails/max_daily", "raise it to 6250"),
    ],
)  # fmt: skip
def test_money_that_does_not_add_up_is_told(
    values: dict[str, Any], code: str, pointer: str, hint: str
) -> None:
    found = judged(a_plan(**{f"campaigns__0__{place}": value for place, value in values.items()}))[1]

    first = next(one for one in found if one.code == code)
    assert first.pointer == f"/campaigns/0{pointer}"
    assert hint in first.hint


def test_a_campaign_of_one_day_that_ends_today_is_sound() -> None:
    day = f"{NOW:%Y-%m-%d}"

    assert told(a_plan(campaigns__0__flight=[day, day])) == []


def test_a_campaign_that_was_imported_in_time_may_stay_when_it_is_over() -> None:
    values = {"campaigns__0__flight": ["2026-11-01", "2026-11-20"]}
    (old,) = parsed(a_plan()).campaigns
    stood = old.model_copy(update={"flight": (datetime(2026, 11, 1).date(), datetime(2026, 11, 20).date())})  # noqa: DTZ001 (days of a flight)

    assert told(a_plan(**values), Facts(campaigns={"noel": stood})) == []
    assert told(a_plan(**values), Facts(campaigns={"noel": old})) == [("E402", "/campaigns/0/flight")]


def test_the_last_day_of_a_flight_ends_in_the_brands_zone() -> None:
    plan = a_plan(
        brand__timezone="Pacific/Auckland", campaigns__0__flight=["2026-11-01", "2026-11-22"], posts=[]
    )

    assert told(plan, now=datetime(2026, 11, 22, 10, 59, tzinfo=UTC)) == []
    assert told(plan, now=datetime(2026, 11, 22, 11, 0, tzinfo=UTC)) == [("E402", "/campaigns/0/flight")]


def test_of_several_accounts_that_sell_a_line_one_must_be_named() -> None:
    two = [{"id": name, "platform": "sandbox", "account": "secret:x"} for name in ("un", "deux")]

    assert told(a_plan(ad_accounts=two)) == [
        ("E407", "/campaigns/0/formats/0"),
        ("E407", "/campaigns/0/formats/1"),
    ]
    named = a_plan(
        ad_accounts=two,
        campaigns__0__formats__0__ad_account="un",
        campaigns__0__formats__1__ad_account="deux",
    )
    assert told(named) == []
    plan = parsed(named)
    bought_on = [plan.ad_account_of(line) for line in plan.campaigns[0].lines]
    assert [account and account.id for account in bought_on] == ["un", "deux"]


def test_an_account_may_bill_in_another_currency_when_it_says_so() -> None:
    assert told(a_plan(campaigns__0__currency="CHF", ad_accounts__0__currency="CHF")) == []


@pytest.mark.parametrize(
    ("values", "code", "pointer"),
    [
        (
            {"guardrails": {"reserve": {"share": 0.1, "until": "2026-12-01"}}},
            "E410",
            "/campaigns/0/guardrails/reserve/until",
        ),
        (
            {"guardrails": {"reserve": {"share": 0.1, "until": "2027-01-01"}}},
            "E410",
            "/campaigns/0/guardrails/reserve/until",
        ),
        (
            {"weekdays": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 0)},
            "E411",
            "/campaigns/0/weekdays",
        ),
    ],
)
def test_a_pace_that_could_not_be_kept_is_refused(values: dict[str, Any], code: str, pointer: str) -> None:
    plan = a_plan(campaigns__0__flight=["2026-12-01", "2026-12-24"])
    plan["campaigns"][0] |= values

    assert told(plan) == [(code, pointer)]


def test_a_named_account_must_sell_the_lines_network() -> None:
    plan = a_plan(campaigns__0__formats__0__network="wordpress", campaigns__0__formats__0__ad_account="regie")

    assert told(plan) == [("E408", "/campaigns/0/formats/0/ad_account")]


# ---------------------------------------------------------------------- not in this version
@pytest.mark.parametrize(
    ("values", "code", "pointer"),
    [
        ({"audience": [{"id": "quartier"}]}, "W701", "/audience"),
        ({"on_call": {"then": "owner"}}, "W701", "/on_call"),
        ({"watch": [{"id": "presse"}]}, "W701", "/watch"),
        ({"schedules__watch": "rate(5 minutes)"}, "W701", "/schedules/watch"),
        ({"objectives__0__truth": "csv:orders"}, "W701", "/objectives/0/truth"),
        ({"posts__0__kind": "job"}, "W701", "/posts/0/kind"),
        ({"posts__0__boost": {"campaign": "noel"}}, "W701", "/posts/0/boost"),
        ({"crisis": {"hard_words": ["malade"], "levels": {"notice": {}}}}, "W701", "/crisis"),
        ({"crisis": {"levels": {"alert": {"hold_posts": True}}}}, "E701", "/crisis/levels/alert"),
        ({"crisis": {"levels": {"crisis": {"pause_ads": True}}}}, "E701", "/crisis/levels/crisis"),
        ({"approvals": {"default": {"any_of": ["claire@martin.example"]}}}, "E701", "/approvals"),
        ({"posts__0__media__0__captions": "s3://media/b.srt"}, "E702", "/posts/0/media/0/captions"),
        ({"posts__0__job": {"title": "Apprenti"}}, "E702", "/posts/0/job"),
        ({"posts__0__contest": {"ends": None}}, "W701", "/posts/0/contest"),
        ({"posts__0__event": {"place": "Annecy"}}, "E702", "/posts/0/event"),
    ],
)  # fmt: skip
def test_what_has_no_effect_yet_is_told_and_refused_only_where_that_matters(
    values: dict[str, Any], code: str, pointer: str
) -> None:
    found = only(a_plan(**values))

    assert (found.code, found.pointer) == (code, pointer)
    assert "no effect in this version" in found.message


def test_a_boost_names_a_campaign_of_the_plan() -> None:
    assert told(a_plan(posts__0__boost={"campaign": "noël".replace("ë", "e") + "l"})) == [
        ("W701", "/posts/0/boost"),
        ("E212", "/posts/0/boost/campaign"),
    ]


def test_a_plan_that_outgrows_its_row_is_refused() -> None:
    plan = a_plan(watch=[{"note": "x" * 400_000}])

    assert told(plan) == [("E009", ""), ("W701", "/watch")]
