"""Every code that a finding may carry; docs/errors.md is written from this table."""

from collections.abc import Iterator
from typing import NamedTuple


class Code(NamedTuple):
    """What a code stands for, why it matters, and what to do."""

    title: str
    explanation: str
    remedy: str


CODES = {
    # ---------------------------------------------------------------- the file
    "E001": Code(
        "the file is too large",
        "A plan may have 4 MiB. More than that is almost always a picture pasted into the JSON.",
        "Put pictures under media/ and name them with s3://media/NAME, or split the plan by brand.",
    ),
    "E002": Code(
        "the file is not JSON",
        "The parser stopped at the line and column given; nothing after it was read.",
        'Mend that place. JSON has no comments and no trailing commas, and its quotes are straight: ".',
    ),
    "E003": Code(
        "the file is not UTF-8",
        "Plans are UTF-8. Another encoding would turn accents into other letters, in public.",
        "Save the file again as UTF-8 (in Notepad: Save as, Encoding: UTF-8).",
    ),
    "E004": Code(
        "the file is gone",
        "The file was removed between its upload and its import.",
        "Upload it again. What was imported from it before still stands.",
    ),
    "E005": Code(
        "the document is not an object",
        "A plan is one JSON object: it begins with { and ends with }.",
        "Put the plan's sections into one object.",
    ),
    "E006": Code(
        "a key stands twice",
        "JSON readers keep the last of two equal keys and drop the first without a word.",
        "Keep one of them.",
    ),
    "E007": Code(
        "null is not a value here",
        "A key that has no value is left out of a plan.",
        "Remove the key.",
    ),
    "E008": Code(
        "a workspace is not a plan",
        "One file is imported per brand. A workspace is resolved on your machine, where its files are.",
        "Bring it in with `parution apply`, which puts one plan per brand into the bucket.",
    ),
    "E009": Code(
        "the plan is too large beside its posts",
        "All sections but the posts are kept in one row of the database, which holds 400 KB.",
        "Shorten the free-form sections (crisis, watch, reports).",
    ),
    "W001": Code(
        "the file begins with a byte order mark",
        "Three invisible bytes stand before the JSON; other programs stumble over them. It was read without.",
        "Save the file as UTF-8 without BOM.",
    ),
    # ---------------------------------------------------------------- its shape
    "E101": Code(
        "unknown key",
        "The plan's format has no such key here. Ignoring it would drop what you meant by it.",
        "Correct the spelling, move the key to where it belongs, or remove it.",
    ),
    "E102": Code("a key is missing", "This object cannot be read without it.", "Add the key."),
    "E103": Code(
        "a value of the wrong kind",
        "Text, number, list or object: the format wants another kind of value here.",
        "Write the value as the message says; `parution schema` shows the format.",
    ),
    "E104": Code(
        "unknown network",
        "No network of this name exists for this program.",
        "Correct the spelling.",
    ),
    "E105": Code(
        "not one of the values allowed",
        "Only the listed values have a meaning here.",
        "Write one of them.",
    ),
    "E106": Code(
        "not a name",
        "Names (ids) become keys, file names and addresses: small letters a-z, digits and hyphens, "
        "at most 40 characters, beginning with a letter or a digit.",
        "Write the name in that alphabet, and never change it afterwards.",
    ),
    "E107": Code(
        "a number out of range",
        "The value is smaller or larger than what makes sense here.",
        "Write a value inside the range.",
    ),
    "E108": Code(
        "a text of the wrong form",
        "References, addresses, months and the like have a fixed form.",
        "Write it in the form that the message shows.",
    ),
    "E109": Code(
        "too few or too many", "The list does not have the length it needs.", "Add or remove elements."
    ),
    "E110": Code(
        "not a local time",
        "Times are written as a clock on the brand's wall shows them: 2026-12-03T08:00, seconds if needed. "
        "Other orders of day and month are never guessed.",
        "Write year-month-day, a T, hours and minutes.",
    ),
    "E111": Code("not a date", "Dates are written year-month-day.", "Write 2026-12-24."),
    "E112": Code(
        "not a duration",
        "Durations are written in ISO 8601: PT4H is four hours, PT30M thirty minutes, P1D a day.",
        "Write it in that form.",
    ),
    "E113": Code(
        "money is not a whole number",
        "Money is written in the currency's smallest unit, so that no cent is ever rounded: "
        "150000 is 1500.00 EUR (and 150000 JPY).",
        "Write the amount in cents, as the message computes it, without quotes.",
    ),
    "E114": Code(
        "unknown time zone", "The zone is not in the IANA database.", "Write a zone such as Europe/Paris."
    ),
    "E115": Code(
        "unknown locale",
        "A locale is a language and a country: fr-FR, en-GB, de-CH.",
        "Correct the spelling.",
    ),
    "E116": Code("unknown currency", "ISO 4217 has no such currency.", "Write a code such as EUR."),
    "E117": Code("another version of the format", "This program reads version 1.", 'Write "version": 1.'),
    # ---------------------------------------------------------------- names and what they refer to
    "E201": Code(
        "a name stands twice",
        "Names tell one thing from another; with two equal ones it is open which is meant.",
        "Rename the newer one.",
    ),
    "E202": Code(
        "unknown channel", "No channel of this name is in `channels`.", "Correct it, or add the channel."
    ),
    "E203": Code(
        "unknown objective", "No objective of this name is in `objectives`.", "Correct it, or add it."
    ),
    "E204": Code("unknown pillar", "No pillar of this name is in `pillars`.", "Correct it, or add it."),
    "E205": Code(
        "unknown ad account",
        "No account of this name is in `ad_accounts`.",
        "Correct it, or add the account.",
    ),
    "E206": Code(
        "a variant for a channel that the post is not on",
        "The variant would never be used.",
        "Add the channel to the post's channels, or remove the variant.",
    ),
    "E207": Code(
        "a channel without an account",
        "Nothing opens this channel, so that nothing could be published on it.",
        'Add "account": "secret:NAME" and store the secret with `parution secret set NAME`.',
    ),
    "E208": Code(
        "a secret that nobody stored",
        "The plan refers to a secret of this name and the stack holds none.",
        "Store it with `parution secret set NAME`, then import the plan again.",
    ),
    "E209": Code(
        "a network that is not connected yet",
        "The network is known, and this version cannot publish on it.",
        "Use a connected network (`webhook` reaches anything else), or take the channel out for now.",
    ),
    "E210": Code(
        "the file's brand has another id",
        "This file held another brand before. An id never changes: rows, reports and schedules carry it.",
        "Put the old id back, or write the new brand's plan into a file of its own.",
    ),
    "E211": Code(
        "the brand belongs to another file",
        "Two files for one brand would undo each other.",
        "Write into the file that holds the brand, or give this brand another id.",
    ),
    "E212": Code("unknown campaign", "No campaign of this name is in `campaigns`.", "Correct it, or add it."),
    "E213": Code("unknown ad platform", "No such platform exists for this program.", "Correct the spelling."),
    "E214": Code(
        "a channel named twice in one post",
        "A post appears once on a channel.",
        "Remove the second, or write a post of its own.",
    ),
    "E220": Code(
        "follows a post that is not there",
        "A post may follow another one of its plan: it waits until that one is out.",
        "Correct the name, or remove `after`.",
    ),
    "E221": Code(
        "posts that wait for each other",
        "Each would wait for the other, and none would ever appear.",
        "Let one of them have a time of its own.",
    ),
    "E222": Code(
        "open which appearance is followed",
        "The other post appears on several channels, or not on this one.",
        "Name the channel in `after`.",
    ),
    "E223": Code(
        "an address of nothing",
        "{url} in a text stands for the address of the post that this one follows.",
        "Add `after`, or write the address itself.",
    ),
    "E224": Code(
        "a series in a sequence",
        "A post that appears again and again follows no other, and none follows it: its days are many.",
        "Write the days out as posts of their own.",
    ),
    "W201": Code(
        "a network that is gone",
        "The network was closed. Posts for it are kept and skipped; the rest of the plan is not affected.",
        "Take the channel out, or move to the network that the message names.",
    ),
    # ---------------------------------------------------------------- times
    "E301": Code(
        "a time that does not exist",
        "In spring the clocks jump over it.",
        "Write one of the two neighbouring times that the message names.",
    ),
    "E302": Code(
        "fold where nothing is doubled",
        "`fold` chooses between two equal times on the night that has 25 hours; this time comes once.",
        "Remove `fold`.",
    ),
    "E303": Code(
        "a time in the past",
        "A post that is not out yet cannot appear in the past, and is never published right now instead.",
        "Write a time to come, or remove the post.",
    ),
    "E304": Code(
        "a time with an offset",
        "Times are written as the brand's own clock shows them, without Z or an offset.",
        "Write the local time that the message names.",
    ),
    "E305": Code(
        "more posts in a day than the network takes",
        "The network would refuse those beyond its limit, which holds for one account in any 24 hours; "
        "they would be late or missed.",
        "Move the posts that the message names, or take them off this channel.",
    ),
    "W301": Code(
        "two posts in one minute on one channel",
        "Both will be published; readers see them as one.",
        "Move one of them.",
    ),
    # ---------------------------------------------------------------- money
    "E401": Code(
        "the flight ends before it begins",
        "A flight is its first and its last day, both included; this one has no day.",
        "Write the earlier day first.",
    ),
    "E402": Code(
        "the flight has ended", "Nothing can be bought in the past.", "Move the flight, or remove it."
    ),
    "E403": Code(
        "the minimums exceed the budget",
        "Each line must get at least its minimum, and together that is more than there is.",
        "Lower the minimums or raise the budget.",
    ),
    "E404": Code(
        "a minimum above its maximum",
        "No amount is at least the one and at most the other.",
        "Lower `min`, or raise `max` or `max_share`.",
    ),
    "E405": Code(
        "the ad account bills in another currency",
        "Money is never converted on the way: a campaign spends in its account's own currency.",
        "Write the campaign in the account's currency, or state the account's `currency`.",
    ),
    "E406": Code(
        "nobody sells this line",
        "No ad account of this plan is on a platform that sells the line's network.",
        "Add an ad account, or take the line out.",
    ),
    "E407": Code(
        "several accounts sell this line",
        "It is open on which account the money would be spent.",
        'Say which: "ad_account": "NAME".',
    ),
    "E408": Code(
        "the ad account does not sell this network",
        "The account's platform has no advertising on the line's network.",
        "Name another account.",
    ),
    "E409": Code(
        "the pacing's day is outside the flight",
        "The day until which pacing runs ahead or behind must be a day of the flight.",
        "Write a day of the flight.",
    ),
    "E410": Code(
        "the reserve's day is outside the flight",
        "Money kept back until the flight's first day is not kept back, and after its last day it is lost.",
        "Write a day after the first, up to the last.",
    ),
    "E411": Code(
        "no weekday weighs anything",
        "Weights say how a day compares with the others; with each at 0 nothing could be spent.",
        "Give at least one day a weight, or leave `weekdays` out.",
    ),
    "W401": Code(
        "the maximums stay below the budget",
        "The lines together cannot take the whole budget; the rest will not be spent.",
        "Raise the maximums, or lower the budget.",
    ),
    "W402": Code(
        "the daily maximum stays below the budget",
        "At most that much a day over the whole flight is less than the budget; the rest will not be spent.",
        "Raise `max_daily`, lengthen the flight, or lower the budget.",
    ),
    # ---------------------------------------------------------------- content
    "E501": Code("a post that says and shows nothing", "It has neither text nor media.", "Write its text."),
    "E502": Code(
        "the text is too long",
        "The network would refuse it. Links count as the network counts them.",
        "Shorten it, for this channel alone with a variant if you like.",
    ),
    "E503": Code(
        "a file is missing",
        "The post shows a file that is not there.",
        "Upload it under media/ before the plan; on your own machine, put it into media/ beside the plan.",
    ),
    "E504": Code(
        "a kind of file that networks do not take",
        "The kind is told by the name's ending.",
        "Convert it: JPEG, PNG, WebP or GIF for pictures, MP4, MOV or WebM for films.",
    ),
    "E505": Code(
        "an empty file", "The file has no bytes; its upload probably broke off.", "Upload it again."
    ),
    "E506": Code(
        "too many files",
        "The network takes fewer in one post.",
        "Take some out, for this channel in a variant.",
    ),
    "E507": Code(
        "a post without what its network shows",
        "The network, or the format, is made of pictures or of films: it would refuse a post without one.",
        "Add a file, or take the channel out of the post.",
    ),
    "E508": Code(
        "a kind of file that this network does not take",
        "Other networks may take it. The program's `limits.json` says what each one takes, with its source.",
        "Convert it, or give this channel another file in a variant.",
    ),
    "E509": Code(
        "a file that is too heavy",
        "The network would refuse it while it is uploaded. 1 MB is 1,000,000 bytes.",
        "Make it smaller, or give this channel another file in a variant.",
    ),
    "E510": Code(
        "a picture that is too tall or too wide",
        "The network would refuse it. Only the command on your machine looks into files.",
        "Crop it, or give this channel another picture in a variant.",
    ),
    "E511": Code(
        "pictures and a film in one post",
        "The network takes pictures or one film, not both together.",
        "Take one or the other out, for this channel in a variant.",
    ),
    "E512": Code(
        "a description that is too long",
        "The network would refuse the picture for the sake of its `alt`.",
        "Say what matters first, and shorten it.",
    ),
    "E513": Code(
        "a film that is too long or too short",
        "The network would refuse it. Only the command on your machine looks into files.",
        "Cut it, or give this channel another film in a variant.",
    ),
    "E521": Code(
        "a word that the brand never uses",
        "It stands in `brand.voice.forbidden`.",
        "Say it another way.",
    ),
    "E522": Code(
        "a name that is spelt another way",
        "`brand.voice.spelling` says how the brand writes it.",
        "Write it as the message says.",
    ),
    "E531": Code(
        "an unknown policy",
        "The program knows the packs `fr-evin` and `fr-influence-2023-451`; another name would bind nobody.",
        "Correct the spelling, or remove it.",
    ),
    "E532": Code(
        "a paid partnership without its label",
        "French law 2023-451 (article 5) wants readers to be told, in one of two fixed wordings.",
        "Write « Publicité » or « Collaboration commerciale » into the text, on every channel.",
    ),
    "E533": Code(
        "alcohol without the line on health",
        "The Évin law (code de la santé publique, L3323-4) asks for it wherever alcohol is advertised.",
        "Add: L'abus d'alcool est dangereux pour la santé.",
    ),
    "E534": Code(
        "a contest without rules that readers can open",
        "Whoever takes part must be able to read them; `contest.rules` is their address.",
        "Publish the rules, name their address, and lead to it from the text or the link.",
    ),
    "E535": Code(
        "a contest that makes people share or tag",
        "Meta's rules for promotions forbid two ways of taking part: sharing on one's own profile, and "
        "tagging friends.",
        "Let them answer in a comment, or react.",
    ),
    "E536": Code(
        "a contest that does not release the network",
        "Meta wants each participant to release it, and to hear that it has no part in the contest.",
        'Say so in the rules, and write "platform_release": true.',
    ),
    "W501": Code(
        "no description of a picture",
        "Who cannot see it learns nothing; some networks rank it lower.",
        'Write "alt": what it shows. "alt": "" says that it is decorative.',
    ),
    "W502": Code(
        "a film that says nothing without sound",
        "Most films are watched muted in the feed. Subtitle files are not published by this version.",
        'Show the words in the picture, and write "silent_ok": true.',
    ),
    "W503": Code(
        "more hashtags than the network takes",
        "Those beyond the limit do not count, or the whole text is refused.",
        "Keep the best ones.",
    ),
    "W504": Code("a hashtag that stands twice", "The second one finds nobody new.", "Keep one of them."),
    "W505": Code(
        "a campaign parameter that nobody counts",
        "Web analytics read utm_source, utm_medium, utm_campaign, utm_term, utm_content and utm_id.",
        "Correct the spelling.",
    ),
    "W506": Code(
        "a campaign parameter that stands twice",
        "The address has it already; which of the two is counted depends on who counts.",
        "Keep one of them.",
    ),
    "W523": Code(
        "tu and vous",
        "A brand says tu or vous to its readers, and keeps to it; `brand.voice.address` says which. Inside a "
        "quotation the other one may be right: then leave it.",
        "Write the text with one of them.",
    ),
    # ---------------------------------------------------------------- the plan as a whole
    "E215": Code(
        "pillars that exceed the whole",
        "Shares are parts of all posts: together they are 100 % at most.",
        "Lower some of them.",
    ),
    "W215": Code(
        "an objective that nothing serves",
        "No channel names it and no campaign is for it, so that it can only be missed.",
        "Name it at a channel or at a campaign, or take it out.",
    ),
    "W216": Code(
        "a channel that serves no objective",
        "Other channels say what they are for, and this one does not.",
        "Name an objective, or ask whether the channel is worth its work.",
    ),
    "W321": Code(
        "the plan runs out",
        "After the last post, less than seven days from now, readers hear nothing.",
        "Plan the posts that follow.",
    ),
    "W322": Code(
        "a theme out of balance",
        "Over four weeks with at least eight posts, its part of them is more than ten points from the share "
        "that the pillar should have.",
        "Plan more or fewer posts for it, or change the share.",
    ),
    "W323": Code(
        "a post when nobody is on call",
        "If it goes wrong, or people answer it angrily, nobody named in `on_call.rota` is there on that day.",
        "Name somebody for the day, or move the post.",
    ),
    "W324": Code(
        "the same picture within 30 days",
        "Readers of the channel have seen it, and think that they have seen the post.",
        "Show another picture, or wait.",
    ),
    # ---------------------------------------------------------------- schedules
    "E601": Code(
        "not a schedule",
        "Schedules are written in EventBridge's own syntax, in the brand's zone.",
        "Write rate(5 minutes), rate(1 hour) or cron(0 7 ? * MON *): minutes, hours, day of month, month, "
        "day of week, year; one of the two days is a ?.",
    ),
    "W601": Code(
        "a report that is never written",
        "A report is mailed with the first run of `schedules.report` after each of its times. Without that "
        "schedule there is no run.",
        "Write `schedules.report`, or leave out `to`.",
    ),
    # ---------------------------------------------------------------- workspaces
    "E031": Code(
        "an included file is missing",
        "The workspace names a file that is not in its folder.",
        "Correct the name, which counts from the file that it stands in, or write the file.",
    ),
    "E032": Code(
        "files that include each other",
        "Following the includes would never end.",
        "Take one of them out; what both need belongs into a third file.",
    ),
    "E033": Code(
        "an include outside the folder",
        "Files are taken from the folder of the workspace and those below it, and from nowhere else.",
        "Move the file into the folder, and name it with /, relative to the file that includes it.",
    ),
    "E034": Code(
        "a brand that stands twice",
        "Two files of the workspace hold the same brand: each would undo what the other one planned.",
        "Give one of them another id, or take it out.",
    ),
    # ---------------------------------------------------------------- rhythm and open times
    "E310": Code(
        "a cadence that contradicts itself",
        "No post could ever keep it: a minimum above its maximum, a slot in the quiet hours, a time that is "
        "to be chosen between nothing.",
        "Correct the numbers or the times that are named.",
    ),
    "E311": Code(
        "too close to the post before",
        "The channel's cadence keeps a distance between two posts, `min_gap`.",
        "Move one of the two, or lower min_gap.",
    ),
    "E312": Code(
        "too many posts in a week",
        "The channel's cadence has a maximum from Monday to Sunday, `per_week.max`.",
        "Move some to another week, or raise the maximum.",
    ),
    "E313": Code(
        "a post in the quiet hours",
        "The channel's cadence says that nothing appears at this time, `quiet`.",
        "Write another time, or shorten the quiet hours.",
    ),
    "E314": Code(
        "no time is free",
        "The post takes a slot or a good hour, and its channel has none: there are no slots, or all that the "
        "window and the cadence's limits allow are taken.",
        "Add slots, widen the window, or write the time itself.",
    ),
    "E315": Code(
        "a recurrence that is not followed",
        "Rules are those of RFC 5545 with FREQ, INTERVAL, BYDAY, BYMONTHDAY and an end, COUNT or UNTIL; "
        "a rule has at most 400 days, `at` is the first of them, and `except` names days that it has.",
        "Write it like FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=2026-12-24.",
    ),
    "E316": Code(
        "fields that do not go together",
        "`window` and `between` are for a time that is left open, `fold` and `at_offset` for one that is "
        "written out, `except` for a post with `repeat`.",
        "Remove the one that says nothing here.",
    ),
    "W311": Code(
        "a week with too few posts",
        "The channel's cadence has a minimum, `per_week.min`. Judged are the weeks, Monday to Sunday, that "
        "the plan covers from end to end and that are not over.",
        "Plan more posts, or lower the minimum.",
    ),
    "W312": Code(
        "a week without a format",
        "The channel's cadence wants this format among each week's posts. A post with a film is a video, one "
        "with nothing to see is a text.",
        "Plan one, or take the format out of the cadence.",
    ),
    "W313": Code(
        "moved out of the spring jump",
        "On this night the clocks jump over the time of a post that comes again. It appears right after the "
        "jump, once.",
        "Nothing to do. `except` leaves the day out.",
    ),
    # ---------------------------------------------------------------- not in this version
    "E701": Code(
        "this version would act against the plan",
        "The plan asks for a check, a stop or a choice of time that this version does not make. Importing it "
        "would publish or spend where you said: not without this.",
        "Remove it and do without, or wait for the version that has it.",
    ),
    "E702": Code(
        "this version would leave out content",
        "The plan holds content that this version does not publish: readers would miss it.",
        "Move it into the post's text or picture, or remove it.",
    ),
    "W701": Code(
        "read, but without effect in this version",
        "It is kept and changes nothing yet; leaving it in does no harm.",
        "Nothing to do.",
    ),
}


def page() -> str:
    """Write docs/errors.md."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# Errors and warnings of a plan"
    yield ""
    yield "Written from `parution/plan/codes.py` by `python -m parution.plan.codes`; a test keeps it current."
    yield "E is an error: nothing of the plan is imported. W is a warning: the plan is imported as it stands."
    yield ""
    for code, entry in sorted(CODES.items()):
        yield f"## {code}: {entry.title}"
        yield f"{entry.explanation}"
        yield ""
        yield f"**What to do.** {entry.remedy}"
        yield ""


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 (its purpose: `python -m parution.plan.codes > docs/errors.md`)
