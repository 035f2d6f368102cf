"""Checks of campaigns: their flights, their money, and who sells their lines."""

from collections.abc import Iterator
from datetime import date, datetime

from parution.money import plain
from parution.plan.facts import Facts
from parution.plan.model import AD_PLATFORMS, NETWORKS, RETIRED, WEEKDAYS, AdAccount, Campaign, Line, Plan
from parution.plan.problems import Problem, instead, pointer_to, problem
from parution.plan.times import zone, zones


def campaign_problems(plan: Plan, facts: Facts, now: datetime | None) -> Iterator[Problem]:
    for index, account in enumerate(plan.ad_accounts):
        if account.platform not in AD_PLATFORMS:
            said = f"'{account.platform}' is not an advertising platform"
            pointer = pointer_to(("ad_accounts", index, "platform"))
            yield problem("E213", pointer, said, instead(account.platform, AD_PLATFORMS))
    for index, campaign in enumerate(plan.campaigns):
        pointer = pointer_to(("campaigns", index))
        yield from _flight(pointer, campaign, plan, facts, now)
        yield from _sums(pointer, campaign)
        for number, line in enumerate(campaign.lines):
            yield from _line(f"{pointer}/formats/{number}", line, campaign, plan)


# ---------------------------------------------------------------------- flights
def _flight(
    pointer: str, campaign: Campaign, plan: Plan, facts: Facts, now: datetime | None
) -> Iterator[Problem]:
    first, last = campaign.flight
    if last < first:
        said = f"the flight ends on {last}, before it begins on {first}"
        yield problem("E401", f"{pointer}/flight", said, f'write ["{last}", "{first}"]')
        return
    if now is not None and last < _today(plan, now) and not _stood(campaign, facts):
        yield problem("E402", f"{pointer}/flight", f"the flight ended on {last}", "write days to come")
    if "@" in campaign.pacing:
        yield from _pacing(pointer, campaign, first, last)
    if campaign.weekdays and not any(campaign.weekdays.get(day, 1.0) for day in WEEKDAYS):
        yield problem("E411", f"{pointer}/weekdays", "no day weighs anything", "give one of them a weight")
    reserve = campaign.guardrails.reserve
    if reserve and not first < reserve.until <= last:
        said = f"{reserve.until} does not part the flight in two"
        hint = f"write a day after {first}, up to {last}"
        yield problem("E410", f"{pointer}/guardrails/reserve/until", said, hint)


def _today(plan: Plan, now: datetime) -> date:
    return now.astimezone(zone(plan.brand.timezone)).date() if plan.brand.timezone in zones() else now.date()


def _stood(campaign: Campaign, facts: Facts) -> bool:
    """Say whether this flight was imported when it lay ahead: a plan may keep what is over."""
    old = (facts.campaigns or {}).get(campaign.id)
    return old is not None and old.flight == campaign.flight


def _pacing(pointer: str, campaign: Campaign, first: date, last: date) -> Iterator[Problem]:
    day = campaign.pacing.partition("@")[2]
    try:
        inside = first <= date.fromisoformat(day) <= last
    except ValueError:
        yield problem("E111", f"{pointer}/pacing", f"{day} is not a date", "write it like 2026-12-15")
        return
    if not inside:
        said = f"{day} is not a day of the flight"
        yield problem("E409", f"{pointer}/pacing", said, f"write a day from {first} to {last}")


# ---------------------------------------------------------------------- money
def _sums(pointer: str, campaign: Campaign) -> Iterator[Problem]:
    budget, currency = campaign.budget, campaign.currency
    floors = sum(line.min for line in campaign.lines)
    if floors > budget:
        said = f"the minimums add up to {plain(floors, currency)}, the budget is {plain(budget, currency)}"
        hint = f"lower them by {plain(floors - budget, currency)}, or raise the budget to {floors}"
        yield problem("E403", f"{pointer}/formats", said, hint)
    caps = sum(campaign.cap_of(line) for line in campaign.lines)
    if caps < budget:
        said = f"the lines take {plain(caps, currency)} at most, the budget is {plain(budget, currency)}"
        hint = f"raise the maximums, or lower the budget to {caps}"
        yield problem("W401", f"{pointer}/formats", said, hint)
    days = (campaign.flight[1] - campaign.flight[0]).days + 1
    daily = campaign.guardrails.max_daily
    if daily is not None and days > 0 and daily * days < budget:
        said = f"{days} days of {plain(daily, currency)} at most are less than {plain(budget, currency)}"
        hint = f"raise it to {-(-budget // days)}, lengthen the flight, or lower the budget"
        yield problem("W402", f"{pointer}/guardrails/max_daily", said, hint)


def _line(pointer: str, line: Line, campaign: Campaign, plan: Plan) -> Iterator[Problem]:
    cap = campaign.cap_of(line)
    if line.min > cap:
        said = f"at least {line.min} and at most {cap} cannot both be"
        yield problem("E404", f"{pointer}/min", said, f"write at most {cap}")
    if line.network not in NETWORKS and line.network not in RETIRED:
        said = f"'{line.network}' is not a network"
        yield problem("E104", f"{pointer}/network", said, instead(line.network, NETWORKS))
    else:
        yield from _bought(pointer, line, campaign, plan)


# ---------------------------------------------------------------------- ad accounts
def _bought(pointer: str, line: Line, campaign: Campaign, plan: Plan) -> Iterator[Problem]:
    accounts = [each for each in plan.ad_accounts if each.platform in AD_PLATFORMS]
    selling = [each for each in accounts if line.network in AD_PLATFORMS[each.platform]]
    if line.ad_account is not None:
        yield from _named(pointer, line, selling, plan)
        selling = [each for each in selling if each.id == line.ad_account]
    elif not selling:
        platforms = sorted(name for name, sold in AD_PLATFORMS.items() if line.network in sold)
        hint = f"add an account on: {', '.join(platforms)}" if platforms else "take the line out"
        yield problem("E406", f"{pointer}/network", f"no ad account sells {line.network}", hint)
    elif len(selling) > 1:
        names = ", ".join(each.id for each in selling)
        hint = f'add "ad_account": "{selling[0].id}", or another of them'
        yield problem("E407", pointer, f"several ad accounts sell {line.network}: {names}", hint)
    if len(selling) == 1:
        yield from _currency(pointer, selling[0], campaign, plan)


def _named(pointer: str, line: Line, selling: list[AdAccount], plan: Plan) -> Iterator[Problem]:
    names = [each.id for each in plan.ad_accounts]
    if line.ad_account not in names:
        said = f"'{line.ad_account}' is no ad account of this plan"
        yield problem("E205", f"{pointer}/ad_account", said, instead(str(line.ad_account), names))
    elif line.ad_account not in [each.id for each in selling]:
        said = f"'{line.ad_account}' does not sell {line.network}"
        yield problem("E408", f"{pointer}/ad_account", said, instead("", [each.id for each in selling]))


def _currency(pointer: str, account: AdAccount, campaign: Campaign, plan: Plan) -> Iterator[Problem]:
    billed = account.currency or plan.brand.currency
    if billed != campaign.currency:
        said = f"the account '{account.id}' bills in {billed}, the campaign spends {campaign.currency}"
        hint = f'write the campaign in {billed}, or "currency": "{campaign.currency}" at the account'
        yield problem("E405", pointer, said, hint)
