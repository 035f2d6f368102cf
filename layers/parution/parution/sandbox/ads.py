"""A small advertising platform: budgets set absolutely per day, spend and results from hidden curves."""

import hashlib
import math
import random
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from flask import Flask, Response, jsonify, request
from pydantic import ConfigDict, Field, ValidationError

from parution.money import Currency, decimals
from parution.records import Record
from parution.sandbox.faults import PREFIX, Clock, Faults, FaultyServer, Journal, control, utc_now

ACCOUNTS = {"sandbox-token": "EUR"}  # access tokens and their currencies, unless others are named
OVERDELIVERY = 1.75  # at worst so many times a day's amount is spent on that day
_LEAST = 100  # minor units: the smallest daily amount that is not 0
_DAY = timedelta(days=1)


class Problem(Exception):
    """A refusal: its HTTP status, code, message and what else the client may want to know."""

    def __init__(self, status: int, code: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"error": {"code": code, "message": message, **facts}}


class _Strict(Record):
    model_config = ConfigDict(strict=True)


class _Wanted(_Strict):
    name: str = Field(min_length=1, max_length=200)
    network: str = Field(min_length=1)
    format: str = Field(min_length=1)
    currency: Currency


class _Amount(_Strict):
    amount: int = Field(ge=0)


class _Today(Record):
    today: date
    gone: float = Field(default=0.0, ge=0, le=1)  # the share of today that is over


class Curve(NamedTuple):
    """What nobody is told: expected results of a day as a Hill function of its spend."""

    ceiling: float
    half_spend: float
    slope: float
    noise: float

    def expected(self, spend: int) -> float:
        if spend == 0:
            return 0.0
        return self.ceiling / (1.0 + math.pow(self.half_spend / spend, self.slope))


class AdObject:
    """One ad object and its days."""

    def __init__(self, number: int, wanted: _Wanted, seed: str) -> None:
        self.id, self.wanted, self._seed = f"ad-{number}", wanted, seed
        self.amounts: dict[date, int] = {}
        self._spent_before: dict[date, int] = {}  # what was spent when the amount was last changed
        dice = self._dice("curve")
        half_spend = dice.uniform(2000, 20000) * (10 if decimals(wanted.currency) > 2 else 1)  # noqa: PLR2004 (dinars)
        cost = dice.uniform(120, 400) * (half_spend / 11000) ** 0.3
        self.curve = Curve(2 * half_spend / cost, half_spend, dice.uniform(0.8, 1.6), dice.uniform(0.05, 0.2))

    def _dice(self, what: str) -> random.Random:
        digest = hashlib.sha256(f"{self._seed}/{self.wanted.name}/{what}".encode()).digest()
        return random.Random(digest)  # noqa: S311 (a sandbox)

    def set_amount(self, day: date, amount: int, now: _Today) -> None:
        self._spent_before[day] = self.spent(day, now)
        self.amounts[day] = amount

    def spent(self, day: date, now: _Today) -> int:
        """Give what a day has spent by now: never above 1.75 times the largest amount it ever had."""
        if day > now.today:
            return 0
        gone = now.gone if day == now.today else 1.0
        fraction = min(self._delivery(day), OVERDELIVERY) * gone
        return max(self._spent_before.get(day, 0), int(self.amounts.get(day, 0) * fraction))

    def _delivery(self, day: date) -> float:
        """Most days spend a little less or more than asked; about one in eight much more."""
        dice = self._dice(f"delivery/{day}")
        return dice.uniform(1.1, 1.8) if dice.random() < 0.12 else dice.gauss(0.98, 0.03)  # noqa: PLR2004

    def reported(self, day: date, now: _Today) -> dict[str, Any]:
        dice, spend = self._dice(f"results/{day}"), self.spent(day, now)
        expected = self.curve.expected(spend) * dice.lognormvariate(0, self.curve.noise)
        impressions = int(spend * dice.uniform(1.2, 2.2))
        clicks = int(impressions * dice.uniform(0.008, 0.02))
        results = float(int(expected + dice.random())) if spend else 0.0  # rounded by chance: unbiased
        return {
            "day": day.isoformat(),
            "spend": spend,
            "results": results,
            "impressions": impressions,
            "clicks": clicks,
        }

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            **self.wanted.model_dump(),
            "status": "active" if any(self.amounts.values()) else "paused",
        }


class Platform:
    """All ad accounts, behind one lock; ``accounts`` maps access tokens to currencies."""

    def __init__(self, accounts: Mapping[str, str], *, clock: Clock, journal: Journal, seed: int) -> None:
        self._accounts, self._clock, self._journal, self._seed = dict(accounts), clock, journal, seed
        self._objects: dict[str, dict[str, AdObject]] = {token: {} for token in accounts}
        self._lock = threading.RLock()
        self._today: _Today | None = None

    def today(self) -> _Today:
        """Give the virtual day, or the real one in UTC as long as none was set."""
        if self._today is not None:
            return self._today
        now = self._clock().astimezone(UTC)
        midnight = datetime.combine(now.date(), time(), UTC)
        return _Today(today=now.date(), gone=(now - midnight) / _DAY)

    def set_today(self, today: _Today) -> None:
        with self._lock:
            if self._today and (today.today, today.gone) < (self._today.today, self._today.gone):
                raise Problem(409, "TIME_GOES_FORWARD", "what was spent cannot be unspent")
            self._today = today

    def follow_the_clock(self) -> None:
        with self._lock:
            self._today = None

    def ensure(self, token: str, wanted: _Wanted) -> tuple[AdObject, bool]:
        """Give the object of this name and whether it was made now."""
        currency = self._accounts[token]
        if wanted.currency != currency:
            raise Problem(422, "WRONG_CURRENCY", f"this account pays in {currency}, not {wanted.currency}")
        with self._lock:
            found = self.find(token, wanted.name)
            if found and found.wanted != wanted:
                raise Problem(409, "NAME_TAKEN", f"{wanted.name!r} is another network, format or currency")
            return (found, False) if found else (self._make(token, wanted), True)

    def _make(self, token: str, wanted: _Wanted) -> AdObject:
        made = AdObject(sum(map(len, self._objects.values())) + 1, wanted, f"{self._seed}/{wanted.network}")
        self._objects[token][made.id] = made
        self._journal.record("ad_object", made.id, self._clock(), **wanted.model_dump())
        return made

    def find(self, token: str, name: str) -> AdObject | None:
        return next((one for one in self._objects[token].values() if one.wanted.name == name), None)

    def of_account(self, token: str) -> list[AdObject]:
        return list(self._objects[token].values())

    def object(self, token: str, id: str) -> AdObject:  # noqa: A002 (the word of every API here)
        found = self._objects[token].get(id)
        if found is None:
            raise Problem(404, "NO_SUCH_OBJECT", f"no ad object {id} in this account")
        return found

    def set_amount(self, token: str, id: str, day: date, amount: int) -> None:  # noqa: A002
        with self._lock:
            found, now = self.object(token, id), self.today()
            if day < now.today:
                raise Problem(409, "DAY_IS_OVER", f"{day} is over; today is {now.today}")
            if 0 < amount < _LEAST:
                text = f"a day takes 0 or at least {_LEAST} minor units, not {amount}"
                raise Problem(422, "BUDGET_BELOW_MINIMUM", text, minimum=_LEAST)
            found.set_amount(day, amount, now)
            self._journal.record(
                "amount", found.id, self._clock(), name=found.wanted.name, day=day.isoformat(), amount=amount
            )

    def account(self, authorization: str) -> str:
        token = authorization.removeprefix("Bearer ")
        if token not in self._accounts:
            raise Problem(401, "TOKEN_INVALID", "this access token opens no ad account")
        return token


def secrets(url: str, accounts: Mapping[str, str] = ACCOUNTS, **_: object) -> dict[str, dict[str, str]]:
    """Give, by account, the secret with which the connector opens it."""
    return {currency: {"base_url": url, "token": token} for token, currency in accounts.items()}


def create_app(
    *, accounts: Mapping[str, str] = ACCOUNTS, clock: Clock = utc_now, seed: int = 0, today: str | None = None
) -> Flask:
    """Make the platform; ``accounts`` maps access tokens to currencies, ``today`` sets the virtual day."""
    journal, faults = Journal(), Faults()
    platform = Platform(accounts, clock=clock, journal=journal, seed=seed)
    if today is not None:
        platform.set_today(_Today(today=date.fromisoformat(today)))
    app = Flask("parution-sandbox-ads")
    app.register_blueprint(control(faults, journal))
    app.register_error_handler(Problem, lambda problem: (jsonify(problem.body), problem.status))
    app.register_error_handler(ValidationError, _invalid)
    _serve(app, platform)
    _serve_day(app, platform)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _invalid(error: ValidationError) -> tuple[Response, int]:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    return jsonify(error={"code": "INVALID", "message": f"{place}: {first['msg']}"}), 400


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Problem(400, "INVALID", f"{text!r} is not a date such as 2026-12-03") from error


def _serve(app: Flask, platform: Platform) -> None:
    def caller() -> str:
        return platform.account(request.headers.get("Authorization", ""))

    @app.post("/ad_objects")
    def ensure() -> tuple[Response, int]:
        made, is_new = platform.ensure(caller(), _Wanted.model_validate_json(request.get_data()))
        return jsonify(made.shown()), 201 if is_new else 200

    @app.get("/ad_objects")
    def find() -> Response:
        name = request.args.get("name")
        objects = [one for one in platform.of_account(caller()) if name in (None, one.wanted.name)]
        return jsonify(ad_objects=[one.shown() for one in objects])

    @app.put("/ad_objects/<ad_object>/budgets/<day>")
    def set_amount(ad_object: str, day: str) -> Response:
        amount = _Amount.model_validate_json(request.get_data()).amount
        platform.set_amount(caller(), ad_object, _day(day), amount)
        return jsonify(day=day, amount=amount)

    @app.get("/ad_objects/<ad_object>/budgets/<day>")
    def read_amount(ad_object: str, day: str) -> Response:
        return jsonify(day=day, amount=platform.object(caller(), ad_object).amounts.get(_day(day), 0))

    @app.get("/ad_objects/<ad_object>/spending")
    def spending(ad_object: str) -> Response:
        found, now = platform.object(caller(), ad_object), platform.today()
        since = _day(request.args.get("since", "0001-01-01"))
        days = [found.reported(day, now) for day in sorted(found.amounts) if since <= day <= now.today]
        return jsonify(currency=found.wanted.currency, days=days)


def _serve_day(app: Flask, platform: Platform) -> None:
    @app.get(f"{PREFIX}/day")
    def show() -> Response:
        return jsonify(platform.today().model_dump(mode="json"))

    @app.post(f"{PREFIX}/day")
    def set_today() -> Response:
        platform.set_today(_Today.model_validate_json(request.get_data()))
        return show()

    @app.delete(f"{PREFIX}/day")
    def follow_the_clock() -> Response:
        platform.follow_the_clock()
        return show()
