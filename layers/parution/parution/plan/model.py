"""The plan: the JSON document that a person writes for one brand."""

from datetime import date, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, JsonValue

from parution.money import Currency, Minor
from parution.records import Id, Record

SCHEMA_ID = "https://parution.invalid/schema/plan-1.json"


class NetworkFacts(NamedTuple):
    """What the program itself must know of a network; what one post may be stands in limits.json."""

    connected: bool = False
    daily_cap: int | None = None  # posts of one account in any 24 hours; replies are counted apart


NETWORKS = {
    "facebook": NetworkFacts(connected=True),
    # instagram-platform, IG User media_publish: 50 in 24 hours, a carousel being one. (A guide says 100.)
    "instagram": NetworkFacts(connected=True, daily_cap=50),
    # threads/overview: 250 posts in rolling 24 hours.
    "threads": NetworkFacts(connected=True, daily_cap=250),
    # docs.x.com rate-limits, POST /2/tweets: 10,000 in 24 hours for all accounts of an app.
    "x": NetworkFacts(connected=True, daily_cap=10_000),
    # LinkedIn publishes none; Ayrshare, which posts for many, counts 150 a day and account.
    "linkedin": NetworkFacts(connected=True, daily_cap=150),
    # determine_quota_cost: 100 videos.insert a day for all accounts of a project.
    "youtube": NetworkFacts(connected=True, daily_cap=100),
    "tiktok": NetworkFacts(connected=True),
    "pinterest": NetworkFacts(connected=True),
    # tumblr/docs api.md: 250 posts a day.
    "tumblr": NetworkFacts(connected=True, daily_cap=250),
    "mastodon": NetworkFacts(connected=True),
    # bsky-docs rate-limits: 35,000 points a day, and a post costs 3.
    "bluesky": NetworkFacts(connected=True, daily_cap=11_666),
    "wordpress": NetworkFacts(connected=True),
    "webhook": NetworkFacts(connected=True),
}
CONNECTED = frozenset(name for name, facts in NETWORKS.items() if facts.connected)

# The networks that are gone: known by name, so that a plan that still names them loads with a warning.
RETIRED = {"viadeo": "linkedin", "google_plus": "youtube"}

# Advertising platforms, and the networks that each sells.
AD_PLATFORMS = {
    "sandbox": frozenset(
        {"facebook", "instagram", "threads", "x", "linkedin", "youtube", "tiktok", "pinterest"}
    ),
}

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Sections that this version reads and keeps without acting on them; later ones give them their shape.
Section = dict[str, JsonValue]

Audience = Literal["executive", "buyer", "community"]
# An address as SES takes it: ASCII, a foreign domain in its ASCII form.
MailAddress = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*"
        r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$",
        max_length=254,
        examples=["claire@martin.example"],
    ),
]
Turns = Annotated[
    str,
    Field(
        pattern=r"^(day|week:(mon|tue|wed|thu|fri|sat|sun)|month:([1-9]|1\d|2[0-8]))@([01]\d|2[0-3]):[0-5]\d$"
    ),
]

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Span = tuple[Clock, Clock]
SecretRef = Annotated[str, Field(pattern=r"^secret:[A-Za-z0-9_.-]{1,100}$")]
Share = Annotated[float, Field(gt=0, le=1)]
# What fits a row of its own with every character at its longest in UTF-8.
Text = Annotated[str, Field(max_length=50_000)]
MediaSource = Annotated[str, Field(pattern=r"^s3://media/[^\s/.][^\s/]*(/[^\s/.][^\s/]*)*$", max_length=600)]


class Voice(Record):
    """How the brand speaks."""

    address: Literal["tu", "vous"] | None = Field(
        None, description="How the brand addresses its readers in French.", examples=["vous"]
    )
    forbidden: tuple[str, ...] = Field(
        (), description="Words that the brand never uses.", examples=[["pas cher"]]
    )
    spelling: dict[str, str] = Field(
        {},
        description="Spellings to correct, each with the right one.",
        examples=[{"boulangerie martin": "Boulangerie Martin"}],
    )


class Brand(Record):
    """Whose voice it is."""

    id: Id = Field(
        description="The brand's stable name: rows, schedules and reports carry it; it never changes.",
        examples=["boulangerie-martin"],
    )
    name: str = Field(
        description="The brand as readers know it.", examples=["Boulangerie Martin"], max_length=200
    )
    locale: str = Field(
        description="Language and country of posts and reports (BCP 47).", examples=["fr-FR", "en-GB"]
    )
    timezone: str = Field(
        description="The IANA zone in which every time of this plan is written.", examples=["Europe/Paris"]
    )
    currency: Currency = Field(description="The brand's currency (ISO 4217).", examples=["EUR"])
    promise: str | None = Field(
        None, description="What the brand stands for, in a sentence.", examples=["Du pain au levain"]
    )
    voice: Voice = Field(
        Voice(),
        description="The tone and the spellings that the brand keeps.",
        examples=[{"address": "vous", "forbidden": ["pas cher"]}],
    )


class Means(Record):
    """What the brand can put into its presence each month."""

    hours_per_week: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Hours of work a week.", examples=[4]
    )
    media_per_month: Minor | None = Field(
        None, description="Money for advertising a month, in minor units (cents).", examples=[50000]
    )
    fees_per_month: Minor | None = Field(
        None, description="Money for fees a month, in minor units (cents).", examples=[30000]
    )


class Objective(Record):
    """What shall be reached, by when, and how it is counted."""

    id: Id = Field(description="Name that channels and campaigns refer to.", examples=["commandes"])
    family: Literal["notoriety", "engagement", "leads", "sales", "jobs", "care"] = Field(
        description="What kind of result it is.", examples=["sales"]
    )
    kpi: str = Field(description="The figure that counts.", examples=["orders"])
    unit: str = Field(description="The figure's unit, as reports write it.", examples=["commandes"])
    target: Annotated[float, Field(gt=0)] = Field(description="How much of it is success.", examples=[320])
    period: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = Field(
        description="The month in which it counts.", examples=["2026-12"]
    )
    weight: Share = Field(1.0, description="Its importance beside the others, up to 1.", examples=[0.7])
    truth: str | None = Field(None, description="Where the true figure comes from.", examples=["csv:orders"])


class Channel(Record):
    """One account of the brand on a network."""

    id: Id = Field(description="Name that posts refer to.", examples=["fil"])
    network: str = Field(
        description="The network the account is on.",
        examples=["mastodon"],
        json_schema_extra={"enum": [*NETWORKS, *RETIRED]},
    )
    account: SecretRef | None = Field(
        None,
        description="The stored secret that opens the account; `parution secret set NAME` stores one.",
        examples=["secret:masto-martin"],
    )
    objectives: tuple[Id, ...] = Field(
        (), description="The objectives that this channel serves.", examples=[["commandes"]]
    )


class AdAccount(Record):
    """An advertising account; a line is bought on the account whose platform sells its network."""

    id: Id = Field(description="Name that lines refer to.", examples=["regie"])
    platform: str = Field(
        description="The advertising platform.",
        examples=["sandbox"],
        json_schema_extra={"enum": [*AD_PLATFORMS]},
    )
    account: SecretRef = Field(
        description="The stored secret that opens the account.", examples=["secret:ads-martin"]
    )
    currency: Currency | None = Field(
        None,
        description="The currency that the platform bills in; left out, it is the brand's.",
        examples=["EUR"],
    )


class PerWeek(Record):
    """How often a channel appears in a week, Monday to Sunday."""

    min: Annotated[int, Field(strict=True, ge=0, le=500)] | None = Field(
        None, description="At least so many posts.", examples=[3]
    )
    max: Annotated[int, Field(strict=True, ge=1, le=500)] | None = Field(
        None, description="At most so many posts.", examples=[5]
    )


class Least(Record):
    """How often a format appears in a week."""

    min: Annotated[int, Field(strict=True, ge=1, le=500)] = Field(
        description="At least so many posts a week.", examples=[1]
    )


class Slot(Record):
    """A time of the week at which a channel may appear."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = Field(
        WEEKDAYS, description="The days; left out, every day.", examples=[["tue", "thu"]]
    )
    at: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|auto)$")] = Field(
        description="The time on the clock, or `auto`: the best one inside `between`.",
        examples=["08:00", "auto"],
    )
    between: Span | None = Field(
        None,
        description="With `auto`: not before the first time, and before the second.",
        examples=[["11:00", "14:00"]],
    )


class Rhythm(Record):
    """The cadence of some channels, each for itself."""

    channels: Annotated[tuple[Id, ...], Field(min_length=1)] = Field(
        description="The channels that keep it.", examples=[["fil", "site"]]
    )
    per_week: PerWeek | None = Field(None, description="How often a week.", examples=[{"min": 3, "max": 5}])
    min_gap: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=60))] | None = Field(
        None, description="From one post to the next at least so long (ISO 8601).", examples=["PT20H"]
    )
    formats: dict[Literal["video", "image", "text"], Least] = Field(
        {}, description="What must be among a week's posts.", examples=[{"video": {"min": 1}}]
    )
    slots: tuple[Slot, ...] = Field(
        (),
        description="The times that posts with `slot` or `next` take.",
        examples=[[{"days": ["tue", "thu"], "at": "08:00"}]],
    )
    quiet: Span | None = Field(
        None,
        description="From the first time until the second, over midnight too, nothing appears.",
        examples=[["22:00", "06:30"]],
    )


class Pillar(Record):
    """A theme, and the share of posts that it should have."""

    id: Id = Field(description="Name that posts refer to.", examples=["produit"])
    share: Share = Field(description="Its share of all posts, up to 1.", examples=[0.5])


class Link(Record):
    """Where a post leads."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2000)] = Field(
        description="The page's address.", examples=["https://martin.example/buche"]
    )
    utm: dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], str] = Field(
        {},
        description="Campaign parameters: `campaign` becomes `utm_campaign`, in lower case, without accents.",
        examples=[{"campaign": "noel-2026"}],
    )


class MediaFile(Record):
    """A picture or a film of a post."""

    src: MediaSource = Field(
        description="The file: `s3://media/NAME` is media/NAME in the bucket, or beside the plan.",
        examples=["s3://media/buche.png"],
    )
    alt: str | None = Field(
        None,
        description='What it shows, for those who do not see it; "" says that it is decorative.',
        examples=["Bûche au praliné coupée en tranches"],
        max_length=1500,
    )
    captions: str | None = Field(
        None, description="Subtitles of a film.", examples=["s3://media/buche.fr.srt"]
    )
    silent_ok: bool = Field(
        False,  # noqa: FBT003 (pydantic's own way of a default)
        description="A film that is understood without its sound.",
        examples=[True],
    )


class Variant(Record):
    """What differs on one channel; what it leaves out is the post's own."""

    text: Text | None = Field(None, description="The text on this channel.", examples=["Bûche praliné 🎄"])
    format: str | None = Field(None, description="The format on this channel.", examples=["reel"])
    at_offset: timedelta | None = Field(
        None, description="How much later on the clock it appears here (ISO 8601).", examples=["PT4H"]
    )
    link: Link | None = Field(
        None, description="The link on this channel.", examples=[{"url": "https://martin.example/buche"}]
    )
    media: tuple[MediaFile, ...] | None = Field(
        None, description="The media on this channel.", examples=[[{"src": "s3://media/buche-carre.png"}]]
    )
    thread: tuple[Text, ...] | None = Field(
        None,
        description="The parts that follow on this channel.",
        examples=[["La recette suit.", "Et voilà."]],
    )
    first_comment: Text | None = Field(
        None, description="A comment to put below it at once.", examples=["Lien en bio"]
    )


class Boost(Record):
    """A post that may earn money from a campaign."""

    campaign: Id = Field(description="The campaign that pays.", examples=["noel"])
    gate: str | None = Field(None, description="What it must show first.", examples=["organic_above_median"])


class After(Record):
    """The post that another one follows."""

    post: Id = Field(description="The post that must be out first.", examples=["recette"])
    channel: Id | None = Field(
        None, description="On which of its channels; left out where it has one.", examples=["site"]
    )
    delay: timedelta = Field(timedelta(0), description="So long after it (ISO 8601).", examples=["PT10M"])


# What `at` may be instead of a time; which time it becomes is settled at the import.
OPEN_TIMES = frozenset({"slot", "next", "auto"})


class Post(Record):
    """A planned piece of content."""

    id: Id = Field(description="The post's stable name; it never changes.", examples=["buche-2026"])
    at: str = Field(
        description="When it appears: wall-clock time in the brand's zone; or `slot` (the next free slot of "
        "the channel's cadence after the posts above), `next` (the next free one from now on), `auto` (a "
        "good time inside `window` and `between`).",
        examples=["2026-12-03T08:00", "slot", "auto"],
    )
    window: tuple[date, date] | None = Field(
        None,
        description="With `slot`, `next` or `auto`: the first and the last day on which it may appear.",
        examples=[["2026-12-07", "2026-12-11"]],
    )
    between: Span | None = Field(
        None,
        description="With `auto`: not before the first time of a day, and before the second.",
        examples=[["11:00", "14:00"]],
    )
    repeat: Annotated[str, Field(max_length=200)] | None = Field(
        None,
        description="When it appears again: FREQ=DAILY, WEEKLY or MONTHLY with INTERVAL, BYDAY, BYMONTHDAY, "
        "and an end, COUNT or UNTIL (RFC 5545).",
        examples=["FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=2026-12-24"],
    )
    except_: Annotated[tuple[date, ...], Field(alias="except")] = Field(
        (), description="Days on which `repeat` is not followed.", examples=[["2026-12-25"]]
    )
    after: After | None = Field(
        None,
        description="The post that must be out first; `{url}` in the text stands for its address.",
        examples=[{"post": "recette", "delay": "PT10M"}],
    )
    fold: Literal[0, 1] | None = Field(
        None, description="Which one of two equal times in autumn: 0 the first, 1 the second.", examples=[1]
    )
    channels: Annotated[tuple[Id, ...], Field(min_length=1)] = Field(
        description="The channels on which it appears.", examples=[["fil", "site"]]
    )
    kind: Literal["post", "job", "contest", "event"] = Field(
        "post", description="What it is.", examples=["post"]
    )
    text: Text = Field("", description="What it says.", examples=["La bûche praliné est de retour."])
    link: Link | None = Field(
        None, description="Where it leads.", examples=[{"url": "https://martin.example/buche"}]
    )
    media: tuple[MediaFile, ...] = Field(
        (), description="What it shows.", examples=[[{"src": "s3://media/buche.png", "alt": "Une bûche"}]]
    )
    variants: dict[Id, Variant] = Field(
        {}, description="What differs, per channel.", examples=[{"site": {"at_offset": "PT4H"}}]
    )
    thread: tuple[Text, ...] = Field(
        (),
        description="The parts that follow, each below the one before it.",
        examples=[["La recette suit.", "Et voilà."]],
    )
    first_comment: Text | None = Field(
        None, description="A comment to put below it at once.", examples=["Lien en bio"]
    )
    tags: tuple[str, ...] = Field((), description="Labels to find and stop posts by.", examples=[["noel"]])
    pillar: Id | None = Field(None, description="The theme it belongs to.", examples=["produit"])
    paid_partnership: bool = Field(
        False,  # noqa: FBT003 (pydantic's own way of a default)
        description="Somebody pays, or gives something, for it.",
        examples=[True],
    )
    max_late: Annotated[timedelta, Field(ge=timedelta(minutes=1))] = Field(
        timedelta(hours=1),
        description="Later than this it is old news, and is not published (ISO 8601).",
        examples=["PT1H"],
    )
    boost: Boost | None = Field(
        None,
        description="Money it may earn.",
        examples=[{"campaign": "noel", "gate": "organic_above_median"}],
    )
    job: Section | None = Field(
        None, description="Details of a job offer.", examples=[{"title": "Apprenti boulanger"}]
    )
    contest: Section | None = Field(
        None, description="Details of a contest.", examples=[{"ends": "2027-01-06T20:00"}]
    )
    event: Section | None = Field(None, description="Details of an event.", examples=[{"place": "Annecy"}])


class Prior(Record):
    """What the buyer believes before any result: the cost of one, and how unsure that is."""

    cost_per_result: Annotated[int, Field(strict=True, gt=0)] = Field(
        description="Cost of one result, in minor units (cents).", examples=[210]
    )
    sd: Annotated[float, Field(gt=0, le=3)] = Field(
        0.5, description="How unsure: standard deviation of the cost's logarithm.", examples=[0.4]
    )


class Line(Record):
    """Network x format inside a campaign: what money is allocated to. Amounts are for the whole flight."""

    id: Id = Field(description="The line's stable name.", examples=["fb-video"])
    network: str = Field(
        description="The network on which it appears.",
        examples=["facebook"],
        json_schema_extra={"enum": [*NETWORKS, *RETIRED]},
    )
    format: str = Field(description="The advertisement's format.", examples=["video"], max_length=40)
    ad_account: Id | None = Field(
        None, description="The account that buys it, where several sell its network.", examples=["regie"]
    )
    min: Minor = Field(0, description="At least this much, in minor units (cents).", examples=[20000])
    max: Minor | None = Field(
        None, description="At most this much, in minor units (cents).", examples=[80000]
    )
    max_share: Share | None = Field(None, description="At most this share of the budget.", examples=[0.2])
    step: Minor | None = Field(
        None, description="The smallest change of its amount, in minor units (cents).", examples=[500]
    )
    minimum_daily: Minor | None = Field(
        None,
        description="On a day it gets nothing or at least this much, in minor units (cents); left out, it is "
        "what the platform is known to ask.",
        examples=[500],
    )
    prior: Prior | None = Field(
        None,
        description="What is believed before any result.",
        examples=[{"cost_per_result": 210, "sd": 0.4}],
    )


class StopIf(Record):
    """When a line stops by itself."""

    cost_per_result_above: Minor = Field(
        description="One result costs more than this, in minor units (cents).", examples=[500]
    )
    after_spend: Minor = Field(
        0, description="Judged once this much is spent, in minor units (cents).", examples=[20000]
    )


class Reserve(Record):
    """Money that is kept back for the end of a flight."""

    share: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="The share of the budget that is kept back.", examples=[0.1]
    )
    until: date = Field(description="The first day on which it may be spent.", examples=["2026-12-20"])


class Guardrails(Record):
    """What the buyer never does, whatever the figures say."""

    max_daily: Minor | None = Field(
        None, description="At most this much a day, in minor units (cents).", examples=[12000]
    )
    overdelivery: Annotated[float, Field(ge=1, le=4)] | None = Field(
        None, description="At worst the platform spends this many times a day's amount.", examples=[1.75]
    )
    catch_up: Annotated[float, Field(ge=1, le=10)] | None = Field(
        None,
        description="After days that spent too little, a day gets at most this many times its plan.",
        examples=[1.5],
    )
    slow_down: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None,
        description="After days that spent too much, a day gets at least this share of its plan.",
        examples=[0.5],
    )
    reserve: Reserve | None = Field(
        None,
        description="Money kept back for the last days.",
        examples=[{"share": 0.1, "until": "2026-12-20"}],
    )
    stop_if: StopIf | None = Field(
        None,
        description="When spending on a line ends before its flight does.",
        examples=[{"cost_per_result_above": 500, "after_spend": 20000}],
    )
    max_move_per_day: Share | None = Field(
        None,
        description="From one day to the next a line moves by at most this share of the day's money.",
        examples=[0.25],
    )
    cooldown_days: Annotated[int, Field(strict=True, ge=0, le=30)] = Field(
        0, description="After a change a line's amount rests for so many days.", examples=[2]
    )
    protect_learning: bool = Field(
        True,  # noqa: FBT003 (pydantic's own way of a default)
        description="While a platform learns, amounts move no further than it bears.",
        examples=[True],
    )
    approve_above: Share | None = Field(
        None,
        description="A line that moves by more than this share of the day's money waits for a person's yes.",
        examples=[0.4],
    )
    test_share: Share | None = Field(
        None,
        description="This share of the day's money is spread evenly over all lines, whatever they bring.",
        examples=[0.1],
    )
    explore_share: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None,
        description="At most this share of the day's money tries lines that little is known of; 0 tries "
        "none; left out, it is all of it at first, half after a day, a quarter after three.",
        examples=[0.2],
    )
    least_gain: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.005,
        description="Amounts stay as they are unless moving them brings this share more results.",
        examples=[0.01],
    )


class Campaign(Record):
    """A budget, a flight and the lines that it is split over."""

    id: Id = Field(description="The campaign's stable name.", examples=["noel"])
    objective: Id | None = Field(None, description="The objective that it serves.", examples=["commandes"])
    budget: Annotated[int, Field(strict=True, gt=0)] = Field(
        description="All that it may cost, in minor units (cents).", examples=[150000]
    )
    currency: Currency = Field(description="The budget's currency (ISO 4217).", examples=["EUR"])
    flight: tuple[date, date] = Field(
        description="First and last day, both included.", examples=[["2026-12-01", "2026-12-24"]]
    )
    pacing: Annotated[str, Field(pattern=r"^(even|(ahead|behind):\d+(\.\d+)?@\d{4}-\d{2}-\d{2})$")] = Field(
        "even",
        description="`even`, or `ahead:1.2@2026-12-15`: 1.2 times the even pace until that day.",
        examples=["even", "ahead:1.2@2026-12-15"],
    )
    weekdays: dict[Weekday, Annotated[float, Field(ge=0, le=10)]] = Field(
        {},
        description="What days weigh in the pacing; one that is left out weighs 1.",
        examples=[{"sat": 1.5, "sun": 0.5}],
    )
    on_post_days: Annotated[float, Field(ge=1, le=10)] = Field(
        1.0,
        description="A day on which a post of this campaign appears weighs this many times as much.",
        examples=[1.5],
    )
    lines: Annotated[tuple[Line, ...], Field(min_length=1)] = Field(
        alias="formats",
        description="What the money is split over.",
        examples=[[{"id": "fb-video", "network": "facebook", "format": "video"}]],
    )
    guardrails: Guardrails = Field(
        Guardrails(), description="What the buyer never does.", examples=[{"max_daily": 12000}]
    )

    def cap_of(self, line: Line) -> int:
        """Give the most that a line may get, in minor units: the lowest of budget, max and max_share."""
        share = self.budget if line.max_share is None else int(self.budget * line.max_share)
        return min(self.budget, share, self.budget if line.max is None else line.max)


class Schedules(Record):
    """EventBridge's own syntax, in the brand's zone; what is left out does not run."""

    allocate: str | None = Field(
        None, description="When each day's money is split.", examples=["cron(0 5 * * ? *)"]
    )
    insights: str | None = Field(None, description="When figures are read.", examples=["rate(1 hour)"])
    report: str | None = Field(
        None, description="When the report is written.", examples=["cron(0 7 ? * MON *)"]
    )
    watch: str | None = Field(None, description="When mentions are read.", examples=["rate(5 minutes)"])


class Reader(Record):
    """Who reads the brand's report: the audience decides which of its sections are shown."""

    audience: Audience = Field(
        description="`executive` decides, `buyer` buys the reach, `community` answers for the posts.",
        examples=["executive"],
    )
    every: Turns | None = Field(
        None,
        description="It is mailed with the first report after each of these times, in the brand's zone: "
        "`day@06:00`, `week:mon@07:00`, `month:1@08:00`; left out, once a day.",
        examples=["week:mon@07:00"],
    )
    locale: str | None = Field(
        None, description="Its language and numbers; the brand's own where none is named.", examples=["fr-FR"]
    )
    to: Annotated[tuple[MailAddress, ...], Field(max_length=50)] = Field(
        (), description="Who is mailed.", examples=[["claire@martin.example"]]
    )


class Plan(Record):
    """What a brand publishes and buys: one document per brand."""

    schema_: Annotated[str | None, Field(alias="$schema")] = Field(
        None, description="The schema that editors complete and check with.", examples=[SCHEMA_ID]
    )
    version: Literal[1] = Field(description="The version of this format.", examples=[1])
    brand: Brand = Field(
        description="The brand whose plan this is.",
        examples=[
            {
                "id": "boulangerie-martin",
                "name": "Boulangerie Martin",
                "locale": "fr-FR",
                "timezone": "Europe/Paris",
                "currency": "EUR",
            }
        ],
    )
    means: Means = Field(Means(), description="What the brand can put in.", examples=[{"hours_per_week": 4}])
    objectives: tuple[Objective, ...] = Field(
        (),
        description="What shall be reached.",
        examples=[
            [
                {
                    "id": "commandes",
                    "family": "sales",
                    "kpi": "orders",
                    "unit": "commandes",
                    "target": 320,
                    "period": "2026-12",
                }
            ]
        ],
    )
    audience: tuple[Section, ...] = Field(
        (), description="Whom it is for.", examples=[[{"id": "quartier", "languages": ["fr"]}]]
    )
    channels: tuple[Channel, ...] = Field(
        (),
        description="The brand's accounts.",
        examples=[[{"id": "fil", "network": "mastodon", "account": "secret:masto-martin"}]],
    )
    ad_accounts: tuple[AdAccount, ...] = Field(
        (),
        description="The brand's advertising accounts.",
        examples=[[{"id": "regie", "platform": "sandbox", "account": "secret:ads-martin"}]],
    )
    cadence: tuple[Rhythm, ...] = Field(
        (), description="The rhythm of channels.", examples=[[{"channels": ["fil"], "min_gap": "PT20H"}]]
    )
    pillars: tuple[Pillar, ...] = Field(
        (), description="The themes.", examples=[[{"id": "produit", "share": 0.5}]]
    )
    approvals: Section = Field(
        {},
        description="Whose yes a post needs.",
        examples=[{"default": {"any_of": ["claire@martin.example"]}}],
    )
    posts: tuple[Post, ...] = Field(
        (),
        description="What is published, and when.",
        examples=[
            [{"id": "buche-2026", "at": "2026-12-03T08:00", "channels": ["fil"], "text": "La bûche !"}]
        ],
    )
    campaigns: tuple[Campaign, ...] = Field(
        (),
        description="What is bought.",
        examples=[
            [
                {
                    "id": "noel",
                    "budget": 150000,
                    "currency": "EUR",
                    "flight": ["2026-12-01", "2026-12-24"],
                    "formats": [{"id": "fb-video", "network": "facebook", "format": "video"}],
                }
            ]
        ],
    )
    crisis: Section = Field(
        {}, description="What stops everything.", examples=[{"hard_words": ["intoxication"]}]
    )
    on_call: Section = Field({}, description="Who is called.", examples=[{"escalate_after": "PT10M"}])
    watch: tuple[Section, ...] = Field(
        (),
        description="What is listened to.",
        examples=[[{"id": "presse", "feed": "https://presse.example/rss"}]],
    )
    policies: tuple[str, ...] = Field(
        (), description="Rules of law that posts must keep.", examples=[["fr-evin"]]
    )
    reports: tuple[Reader, ...] = Field(
        (), description="Who reads what.", examples=[[{"audience": "executive", "every": "week:mon@07:00"}]]
    )
    schedules: Schedules = Field(
        Schedules(),
        description="When each job runs, in EventBridge's own syntax.",
        examples=[{"allocate": "cron(0 5 * * ? *)", "insights": "rate(1 hour)"}],
    )

    def ad_account_of(self, line: Line) -> AdAccount | None:
        """Give the account that buys a line: the one it names, otherwise the one that sells its network."""
        selling = [
            account
            for account in self.ad_accounts
            if line.network in AD_PLATFORMS.get(account.platform, frozenset())
        ]
        return next((account for account in selling if line.ad_account in {None, account.id}), None)
