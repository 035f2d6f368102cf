"""The day's split in words: for the person who pays, before the one who checks."""

from collections.abc import Iterator
from typing import NamedTuple

from parution.money import decimals
from parution.reporting.contract import AllocationFigures, Figure, Held, Known, Share
from parution.reporting.words import NO_BREAK, Words

# Less than this of a result is not spoken of: the smallest number that is written.
_NOTHING = 0.00005
# A rule of many lines is named where it stands first: the others lie beside it.
MOST_POINTERS = 2


class Move(NamedTuple):
    """A line's row: what it had, what it gets, what that brings, and what holds it."""

    share: Share
    change: str
    results: str
    results_between: str
    gain: str
    gain_between: str
    held: str
    price: str
    because: str


class Price(NamedTuple):
    """A rule's row: what it keeps away on the day, in results and in money."""

    rule: str
    lines: str
    pointers: str
    results: str
    money: str


class Split:
    """A day's split as the template shows it; ``unit`` is what the objective counts.

    ``campaign`` is named as the command names it: brand/campaign. Of more lines than ``most_lines`` the
    largest are shown; all are in the files.
    """

    def __init__(
        self, figures: AllocationFigures, campaign: str, unit: str, words: Words, most_lines: int
    ) -> None:
        self.figures, self.unit, self._words = figures, unit, words
        # As it is typed: nothing in it may be set otherwise.
        self.yes = f"parution approve --campaign {campaign}"
        self._say, self._currency = words.say, figures.budget.currency or ""
        self.money = words.round_money(10 ** decimals(self._currency), self._currency)
        shown = {share.line for share in sorted(figures.shares, key=_largest)[:most_lines]}
        self.shares = [share for share in figures.shares if share.line in shown]
        self.more = len(figures.shares) - len(self.shares)
        # Of a day without a past nothing moves.
        self.moves = figures.before_day is not None

    # ---------------------------------------------------------------- the day
    @property
    def is_stopped(self) -> bool:
        return self.figures.limited_by == "stopped"

    @property
    def lead(self) -> str:
        """Say what the day gets and why, what moving brings, and that no other split does better."""
        if self.is_stopped:
            return self._say("split.day.stopped")
        said = (
            self._day(),
            self._against_before(),
            self._approved(),
            self._moved(),
            self._leftover(),
            self._next_result(),
        )
        return " ".join(text for text in said if text)

    def _day(self) -> str:
        rule, amount = self.figures.limited_by, self._amount(self.figures.budget)
        if rule is None:
            return ""
        key = f"split.day.{rule}"
        return self._say(key if self._words.has(key) else "split.day.other", amount=amount, rule=rule)

    def _against_before(self) -> str:
        before, day = self.figures.before, self.figures.before_day
        if before is None or before.value is None or day is None:
            return ""
        change = int(self.figures.spent.value or 0) - int(before.value)
        key = "same" if not change else "more" if change > 0 else "less"
        told = {"amount": self._words.money(abs(change), self._currency), "day": self._words.day(day)}
        return self._ended(self._say(f"split.{key}", **told))

    def _moved(self) -> str:
        figures = self.figures
        if figures.proof == "lowered":
            causes = [self._words.because(one, self._currency) for one in figures.lowered]
            because = self._say("because.join").join(causes)
            return (
                self._say("split.lowered.because", because=because) if because else self._say("split.lowered")
            )
        if figures.proof == "kept":
            return self._counted("split.kept", float(_value(figures.forgone) or 0))
        moved = _value(figures.moved)
        if moved is None or figures.before_day is None or not self._sure:
            return ""
        key = "none" if abs(moved) < _NOTHING else "more" if moved > 0 else "less"
        return self._counted(f"split.moved.{key}", abs(moved), day=self._words.day(figures.before_day))

    def _approved(self) -> str:
        by, at = self.figures.approved_by, self.figures.approved_at
        return self._say("split.approved", by=by, at=self._words.instant(at)) if by and at else ""

    def _leftover(self) -> str:
        """Say what of the day's money was left, and why; nothing where all of it was given."""
        if not self.figures.leftover.value:
            return ""
        because = (self.figures.leftover_because or "caps").replace(" ", "_")
        return self._say(f"split.left.{because}", amount=self._amount(self.figures.leftover))

    def _next_result(self) -> str:
        per_minor = self.figures.shadow_price.value
        if not per_minor or not self._sure:
            return ""
        return self._say("split.price", price=self._words.money(round(1 / per_minor), self._currency))

    # ---------------------------------------------------------------- the proof
    @property
    def proof(self) -> str:
        """Say why no other split does better; nothing where, for a reason that is told, others stand."""
        figures = self.figures
        if figures.proof in {"kept", "lowered"} or self.is_stopped:
            return ""
        if figures.proof == "open":
            return self._open()
        if figures.proof == "limits":
            return self._say("split.proof.limits")
        if not self._sure:
            return self._say("split.proof.unsure")
        if figures.proof == "cents":
            return f"{self._cents()} {self._apart()}".strip()
        return self._counted("split.proof.bound", float(_value(figures.results) or 0))

    def _open(self) -> str:
        gap, status = self.figures.gap.value, self.figures.status
        if gap is None:
            return self._say("split.proof.none", status=status)
        return self._say("split.proof.open", gap=self._words.percent(gap, 2))

    def _cents(self) -> str:
        following, last = self.figures.next_cent, self.figures.last_cent
        if following is None or last is None:
            return ""
        return self._say(
            "split.proof",
            next=f"{self.per_unit(following.gain)}{NO_BREAK}{self.unit}",
            last=f"{self.per_unit(last.gain)}{NO_BREAK}{self.unit}",
            next_line=following.line,
            last_line=last.line,
            money=self.money,
        )

    def _apart(self) -> str:
        limited = [share.line for share in self.figures.shares if self._is_apart(share)]
        return self._say("split.limits", n=len(limited), lines=", ".join(limited)) if limited else ""

    def _is_apart(self, share: Share) -> bool:
        """Say whether a rule keeps a line out of the exchange: also one whose next cent would be the best."""
        best = _value(self.figures.next_cent.gain) if self.figures.next_cent else None
        beats = best is not None and (share.next.value or 0) > best
        return bool(share.limit) or beats or any(not held.yielded for held in share.held)

    def per_unit(self, figure: Figure) -> str:
        """Write what a unit of money brings, with the decimals at which next and last are seen to differ."""
        times = 10 ** decimals(self._currency)
        return self._words.decimal(float(figure.value or 0) * times, self._places(times))

    def _places(self, times: int) -> int:
        cents = [self.figures.next_cent, self.figures.last_cent]
        gains = {float(cent.gain.value or 0) * times for cent in cents if cent}
        apart = (
            places for places in range(4, 10) if len({round(gain, places) for gain in gains}) == len(gains)
        )
        return next(apart, 10)

    # ---------------------------------------------------------------- lines
    @property
    def rows(self) -> Iterator[Move]:
        for share in self.shares:
            held = [one for one in share.held if not one.yielded]
            yield Move(
                share,
                self._change(share),
                self._number(share.results) if _is_sure(share) else "",
                self._between(
                    share.results if _is_sure(share) else None, share.results_low, share.results_high
                ),
                self._number(share.gain, signed=True) if _is_sure(share) else "",
                self._between(share.gain, share.gain_low, share.gain_high, signed=True),
                self._rule(held[0]) if held else self._free(share),
                self._price(held[0]) if held else "",
                self._because(held[0]) if held else "",
            )

    def _change(self, share: Share) -> str:
        before = _value(share.before)
        if before is None:
            return ""
        change = int(share.amount.value or 0) - int(before)
        sign = "+" if change > 0 else ""
        return f"{sign}{self._words.money(change, self._currency)}" if change else "="

    def _between(
        self, middle: Figure | None, low: Figure | None, high: Figure | None, *, signed: bool = False
    ) -> str:
        first, last = _value(low), _value(high)
        if first is None or last is None or first == last == 0:
            return ""
        places = self._words.places(_value(middle) or last)
        told = (self._words.result(one, signed=signed, places=places) for one in (first, last))
        return self._say("split.between", **dict(zip(("low", "high"), told, strict=True)))

    @property
    def _sure(self) -> bool:
        return all(_is_sure(share) for share in self.figures.shares)

    @property
    def total_results(self) -> str:
        return self._number(self.figures.results) if self._sure else ""

    @property
    def total_gain(self) -> str:
        return self._number(self.figures.gain, signed=True) if self._sure else ""

    # ---------------------------------------------------------------- rules
    def _free(self, share: Share) -> str:
        if self.figures.proof in {"kept", "lowered"}:
            return self._say("held.free")
        return self._say("held.none" if share.amount.value else "held.elsewhere")

    def _rule(self, held: Held) -> str:
        name = self.rule(held.rule)
        if held.constraint == "cap" and not held.limit.value:
            return name
        return f"{name}{self._say('held.limit', limit=self._amount(held.limit))}"

    def rule(self, rule: str) -> str:
        """Name a rule as the plan does, and say what it is."""
        key = f"rule.{rule.replace(' ', '_')}"
        return self._say(key) if self._words.has(key) else rule

    def _price(self, held: Held) -> str:
        """Say what a unit of money more under a cap, or less of another limit, would bring."""
        if not held.price.value:
            return ""
        number = self._words.result(held.price.value * 10 ** decimals(self._currency), signed=True)
        key = f"held.price.{held.constraint}"
        return self._say(key if self._words.has(key) else "held.price.other", money=self.money, number=number)

    def _because(self, held: Held) -> str:
        return self._words.because(held.because, self._currency) if held.because else ""

    @property
    def what_if(self) -> str:
        """Say what other amounts of the day would bring; nothing where too little is known."""
        known = [one for one in self.figures.what_if if one.results.value is not None]
        if not known or not self._sure:
            return ""
        options = [
            self._say(
                "split.what_if.option", results=self._number(one.results), budget=self._amount(one.budget)
            )
            for one in known
        ]
        told = self._say("because.join").join(options)
        return self._say("split.what_if", unit=self.unit, options=told)

    @property
    def prices(self) -> Iterator[Price]:
        for cost in self.figures.costs:
            if cost.money.value == 0:  # less than half of the smallest coin
                continue
            money = self._amount(cost.money) if cost.money.value is not None else ""
            results = self._number(cost.results)
            yield Price(
                self.rule(cost.rule),
                ", ".join(cost.lines),
                " · ".join(cost.pointers[:MOST_POINTERS]),
                results,
                money,
            )

    @property
    def remarks(self) -> Iterator[str]:
        """Tell what holds groups of lines, and which rules gave way."""
        for held in self.figures.held_groups:
            yield self._say(
                f"split.group.{held.constraint}",
                group=held.group,
                limit=self._amount(held.limit),
                price=self._price(held),
            )
        for share in self.shares:
            for held in share.held:
                if held.yielded:
                    yield self._say("split.yields", rule=self.rule(held.rule), line=share.line)

    @property
    def proposal(self) -> str:
        """Say what a yes would change, and what that would bring."""
        amounts = {share.line: share.amount for share in self.figures.shares}
        moves = [
            self._say(
                "split.proposed.line",
                line=one.line,
                before=self._amount(amounts[one.line]),
                after=self._amount(one.amount),
            )
            for one in self.figures.proposed
            if one.line in amounts
        ]
        if not moves:
            return ""
        gain = sum(float(_value(one.gain) or 0) for one in self.figures.proposed)
        said = self._say("split.proposed.join").join(moves)
        return self._counted("split.proposed", gain, moves=said)

    # ---------------------------------------------------------------- what is known
    @property
    def known(self) -> Iterator[tuple[str, str]]:
        for share in self.shares:
            if share.known:
                yield share.line, self._told(share.known)

    def _told(self, known: Known) -> str:
        days = int(known.days.value or 0)
        told = {
            "results": self._seen(float(known.results.value or 0)),
            "low": self._amount(known.cost_low),
            "high": self._amount(known.cost_high),
            "at": self._amount(known.at),
            "half": self._amount(known.half),
        }
        if not days:
            return self._say("known.nothing", **told)
        said = self._say("known.enough" if known.enough else "known.little", n=days, **told)
        return f"{said} {self._shifted(known)}" if known.changed_on and known.enough else said

    def _seen(self, results: float) -> str:
        whole = round(results)
        return self._say("known.results", n=whole, number=self._words.count(whole))

    def _shifted(self, known: Known) -> str:
        if known.changed_on is None:
            return ""
        return self._say(
            "known.changed",
            day=self._words.day(known.changed_on),
            times=self._words.result(float(_value(known.changed_times) or 0)),
            sure=self._words.percent(float(_value(known.changed_sure) or 0)),
        )

    # ---------------------------------------------------------------- numbers
    def _amount(self, figure: Figure) -> str:
        if figure.value is None:
            return self._say("unknown")
        return self._words.money(int(figure.value), self._currency)

    def _number(self, figure: Figure | None, *, signed: bool = False) -> str:
        value = _value(figure)
        return "" if value is None else self._words.result(value, signed=signed)

    def _counted(self, key: str, value: float, **values: str) -> str:
        """Say a text whose plural follows a number of results as it is written."""
        places = self._words.places(value)
        number = self._words.result(value, places=places)
        return self._ended(self._say(key, n=round(value, places), number=number, **values))

    def _ended(self, text: str) -> str:
        # An abbreviated month has its own point.
        return text[:-1] if text.endswith("..") else text


def _is_sure(share: Share) -> bool:
    """Say whether enough is known of a line for a single number: where little is, only a range is honest."""
    return share.known is None or share.known.enough


def _value(figure: Figure | None) -> float | None:
    return figure.value if figure else None


def _largest(share: Share) -> float:
    return -float(share.amount.value or 0)
