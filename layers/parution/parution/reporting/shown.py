"""What the page's sections show beyond plain figures: drawings, and texts made of several figures."""

from functools import cached_property
from typing import NamedTuple

from parution.guarding.holds import Scope
from parution.money import decimals
from parution.reporting import illustrations
from parution.reporting.contract import Alert, Figure, Hour, ObjectiveProgress, Ranked, Report, Restated
from parution.reporting.stops import scope_named
from parution.reporting.words import Words, network_name, printable

_CURRENCY = "USD"


class Row(NamedTuple):
    """A line of a table that is made of texts."""

    title: str
    detail: str
    cells: tuple[str, ...]


class Shown:
    """The sections' own words; ``Report`` has the figures."""

    def __init__(self, report: Report, words: Words) -> None:
        self._report, self._words, self._say = report, words, words.say

    # ---------------------------------------------------------------- objectives
    @cached_property
    def objectives_drawn(self) -> illustrations.Drawing | None:
        known = [one for one in self._report.objectives if one.actual.value is not None]
        return illustrations.objectives(known, self._words, "objectives-chart")

    def forecast(self, one: ObjectiveProgress) -> str:
        """Say where an objective will end, between its bounds where they are known."""
        mid, low, high = one.forecast.value, one.forecast_low.value, one.forecast_high.value
        if mid is None:
            return ""
        if low is None or high is None or round(low) == round(high):
            return self._words.count(mid)
        return self._say("between", low=self._words.count(low), high=self._words.count(high))

    # ---------------------------------------------------------------- both halves
    @cached_property
    def both_drawn(self) -> illustrations.Drawing | None:
        return illustrations.organic_and_paid(self._report.both, self._words, "both-chart")

    def amounts(self, figures: tuple[Figure, ...]) -> str:
        told = (self._words.money(int(one.value or 0), one.currency or "") for one in figures)
        return " + ".join(told)

    # ---------------------------------------------------------------- posts
    def ranked(self, one: Ranked) -> Row:
        """Give a ranked post: its text, what it is, its reactions and how usual they are."""
        rows = (row for row in self._report.posts if (row.post, row.channel) == (one.post, one.channel))
        row = next(rows)
        low, high = one.reactions_low.value or 0, one.reactions_high.value or 0
        between = self._say("between", low=self._words.count(low), high=self._words.count(high))
        times = one.times.value
        usual = self._say("posts.times", times=self._words.result(times)) if times is not None else ""
        named = [row.post, network_name(row.network), *row.tags]
        reactions = self._words.count(one.reactions.value or 0)
        return Row(row.text or self._say("posts.no_text"), " · ".join(named), (reactions, between, usual))

    # ---------------------------------------------------------------- timing
    @cached_property
    def hours(self) -> list[int]:
        """Give the hours in which anything appeared: the others would be empty columns."""
        found = self._report.timing.hours if self._report.timing else ()
        return sorted({hour.hour for hour in found})

    @cached_property
    def week(self) -> list[tuple[str, list[Hour | None]]]:
        """Give the weekdays with their hours."""
        found = self._report.timing.hours if self._report.timing else ()
        cells = {(one.weekday, one.hour): one for one in found}
        return [
            (self._words.weekday(day), [cells.get((day, hour)) for hour in self.hours]) for day in range(7)
        ]

    def heat(self, hour: Hour | None) -> int:
        """Give how warm an hour is, from 0 to 4, beside the best one."""
        found = self._report.timing.hours if self._report.timing else ()
        best = max((one.reactions.value or 0 for one in found), default=0)
        return round(4 * (hour.reactions.value or 0) / best) if hour and best else 0

    # ---------------------------------------------------------------- alerts
    @cached_property
    def alerts(self) -> list[Row]:
        return [Row(self._when(one), self._what(one), (self._who(one),)) for one in self._report.alerts]

    def _when(self, alert: Alert) -> str:
        at = self._words.instant(alert.at)
        if alert.code != "stop":
            return at
        told = {"at": at, "until": self._words.instant(alert.until) if alert.until else ""}
        if alert.until is None:
            return self._say("alert.since", **told)
        return self._say("alert.span.at_latest" if alert.at_latest else "alert.span", **told)

    def _what(self, alert: Alert) -> str:
        values = {name: value for name, value in alert.values.items() if name not in {"n", "currency"}}
        currency = str(alert.values.get("currency", ""))
        for name in ("amount", "above"):
            if name in values:
                values[name] = self._words.money(int(values[name]), currency)
        if "network" in values:
            values["network"] = network_name(str(values["network"]))
        said = self._say(
            f"alert.{alert.code}",
            n=int(alert.values.get("n", 0)),
            scope=self._scope(scope_named(alert.scope)) if alert.code == "stop" else "",
            campaign=alert.campaign or "",
            **values,
        )
        reason = printable(alert.reason)
        return self._say("alert.reason", said=said, reason=reason) if reason else said

    def _scope(self, scope: Scope) -> str:
        named = scope.model_dump(exclude_none=True, exclude={"brand"} if scope.brand else set())
        parts = [self._say(f"alert.scope.{name}", name=printable(value)) for name, value in named.items()]
        whole = "alert.scope.brand" if scope.brand else "alert.scope.everything"
        return self._say("because.join").join(parts) or self._say(whole)

    def _who(self, alert: Alert) -> str:
        if alert.lifted_by:
            return self._say("alert.lifted_by", by=printable(alert.lifted_by))
        return printable(alert.by)

    # ---------------------------------------------------------------- notes
    @cached_property
    def restated(self) -> list[Row]:
        return [self._restated(one) for one in self._report.restated]

    def _restated(self, one: Restated) -> Row:
        title = self._say("restated.of", campaign=one.campaign, figure=self._say(f"restated.{one.figure}"))
        cells = (self._figure(one.before), self._figure(one.after))
        return Row(self._words.day(one.day), title, cells)

    def _figure(self, figure: Figure) -> str:
        if figure.unit == "minor":
            return self._words.money(int(figure.value or 0), figure.currency or "")
        return self._words.exact(float(figure.value or 0))

    # ---------------------------------------------------------------- costs
    @cached_property
    def costs(self) -> list[str]:
        """Say what the system itself costs, and what networks ask for, each with its basis."""
        cost = self._report.cost
        if cost is None:
            return []
        counted = {name: int(figure.value or 0) for name, figure in cost.counted.items()}
        basis = self._say("because.join").join(
            self._say(f"cost.{name}", n=number) for name, number in counted.items() if number
        )
        said = [self._say("cost.brand", amount=self._usd(cost.brand), basis=basis)]
        said.append(self._say("cost.stack", amount=self._usd(cost.stack)))
        said += [
            self._say(
                "cost.fee",
                network=network_name(fee.network),
                amount=self._usd(fee.amount),
                n=int(fee.posts.value or 0),
            )
            for fee in cost.fees
        ]
        if not cost.fees:
            said.append(self._say("cost.no_fee"))
        return said

    def _usd(self, figure: Figure) -> str:
        cents = int(figure.value or 0)
        written = self._words.money(cents, _CURRENCY)
        return self._say("cost.less", amount=written) if cents <= 1 and decimals(_CURRENCY) else written
