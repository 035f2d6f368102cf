"""Access tokens that end, and what renews them: one pair an account, renewed by one worker at a time.

A refresh token that rotates works once: two workers that use it, or an answer lost before it was stored,
cost the account. So a refresh is made under a lease, its pair is stored before anybody uses it, and only a
refusal that was heard twice asks a person to connect the account again. The functions are the edges of an
account's row; each takes the row as it was read and gives it as it shall stand.
"""

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from pydantic import ConfigDict, SecretStr

from parution.errors import NotAsRead
from parution.publishing.deliveries import Change
from parution.publishing.ports import NotSent, Refused, Unknown
from parution.records import Instant, Record

# A pair is renewed when a fifth of its life is left, or ten minutes where that is more: deliveries are
# prepared ten minutes ahead, and a lease that a dead worker left is over long before. Never before half of
# its life: each rotation is one more chance to lose an answer.
_AHEAD_SHARE, _AHEAD_AT_LEAST = 5, timedelta(minutes=10)

# What a token must still live for to be handed out: a hold of at most 45 s, then the call.
_SPARE = timedelta(seconds=60)

_SOON, _BUSY, _LONGEST_BUSY = timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=30)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
_WITHOUT_GRANT = timedelta(minutes=1)  # as a channel waits whose secret is missing

# Servers that allow a used refresh token a second time do so for 30 s to 2 h (Okta, Cognito, Bluesky's PDS):
# who lost an answer comes back at once instead of going on with the old access token.
_EAGER_TRIES = 2

_SURE_AFTER, _SURE_APART = 2, timedelta(minutes=1)  # refusals of one refresh token
_FORCED_APART = timedelta(hours=1)  # refreshes that a refused access token asks for
_SEEDS = 8  # kept: a worker that read the secret five minutes ago must not begin with an older one again
_WRITES = 5  # onto a row that others change meanwhile


class Tokens(Record):
    """A pair as it was issued; no text of it shows a token."""

    model_config = ConfigDict(hide_input_in_errors=True)

    access: SecretStr  # empty: only the refresh token is known yet
    refresh: SecretStr
    generation: int
    issued_at: Instant
    expires_at: Instant | None = None  # None: the server did not say

    @property
    def refresh_at(self) -> datetime | None:
        """When it is to be renewed; None: when the network refuses it."""
        if self.expires_at is None:
            return None
        life = self.expires_at - self.issued_at
        return self.expires_at - max(life / _AHEAD_SHARE, min(_AHEAD_AT_LEAST, life / 2))

    def is_valid(self, now: datetime) -> bool:
        """Say whether it lasts for a call that begins within a worker's hold."""
        if not self.access.get_secret_value() or self.expires_at is None:
            return bool(self.access.get_secret_value())
        return now + min(_SPARE, (self.expires_at - self.issued_at) / 5) < self.expires_at


class Access(Record):
    """What a call is made with, and which generation of the pair it belongs to."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr
    generation: int = 0


class Lease(Record):
    """One worker's right to refresh; it outlives the worker, never the other way round."""

    holder: str
    until: Instant


class Account(Record):
    """One row of the posts table: how an account's pair stands."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: str  # of the secret that opens the account
    network: str  # the one that it was first opened for: Facebook and Instagram may share a grant
    seeds: tuple[str, ...]  # fingerprints of the secret's refresh tokens that it began with, newest last
    tokens: Tokens
    previous: Tokens | None = None  # until a refresh with the present pair has worked
    lease: Lease | None = None
    tries: int = 0  # refreshes begun since the last that worked
    not_before: Instant | None = None
    doubted_at: Instant | None = None  # an answer was lost: the present refresh token may be used up
    refusals: int = 0  # of the present refresh token
    distrusted: bool = False  # the network refused the present access token before its time
    forced_at: Instant | None = None
    reconnect: str | None = None  # why a person must connect the account again
    fence: int = 0  # raised by every change of the row
    changed: Change

    def is_leased(self, now: datetime) -> bool:
        return self.lease is not None and now < self.lease.until

    def is_usable(self, now: datetime) -> bool:
        # Even when a person must connect it again: until its end, the access token is as good as ever.
        return not self.distrusted and self.tokens.is_valid(now)

    def is_due(self, now: datetime) -> bool:
        """Say whether it should be renewed, even if the access token still works."""
        refresh_at = self.tokens.refresh_at
        return not self.is_usable(now) or (refresh_at is not None and now >= refresh_at)

    def may_refresh(self, now: datetime) -> bool:
        """Say whether nobody is at it, and no server or failure asked for a pause."""
        paused = self.not_before is not None and now < self.not_before
        return self.reconnect is None and not paused and not self.is_leased(now)

    def was_forced_lately(self, now: datetime) -> bool:
        return self.forced_at is not None and now < self.forced_at + _FORCED_APART

    def wait(self, now: datetime) -> timedelta:
        """Say when it is worth while to ask for a token again."""
        if self.not_before is not None:
            return max(_SOON, self.not_before - now)
        # Twice as long each time: who has been at it for half a minute is dead, and its lease will end.
        return min(max(now - self.changed.at, _BUSY), _LONGEST_BUSY)


# -------------------------------------------------------------------- what a refresh may come to
class Refreshed(Record):
    """A new pair; ``refresh`` is None where the server lets the old refresh token live on."""

    model_config = ConfigDict(hide_input_in_errors=True)

    access: SecretStr
    refresh: SecretStr | None = None
    lifetime: timedelta | None = None


class Later(Record):
    """Nothing was renewed and nothing was used up; it may be tried again after a while."""

    reason: str
    retry_after: timedelta


class Refresher(Protocol):
    """How one network renews a pair. One call, no retries, and no exception on the wire's account."""

    def refresh(self, refresh_token: SecretStr) -> Refreshed | Refused | Later | Unknown:
        """Renew the pair.

        Refused: this refresh token is dead, the network said so. Unknown: it may be used up.
        """


class Vault(Protocol):
    """The posts table as tokens see it; what it stores is encrypted."""

    def read(self, name: str) -> Account | None:
        """Read an account's row consistently."""

    def create(self, account: Account) -> None:
        """Store a new row. Raises NotAsRead when another one stands there."""

    def move(self, before: Account, after: Account) -> None:
        """Store ``after`` if the row's fence still is that of ``before``.

        Raises NotAsRead otherwise, except when the row already is ``after``: an answer was lost, and
        the write that won was our own.
        """


class TokenSource(Protocol):
    """Where an adapter takes its access token from, each time it is about to make a call."""

    def token(self, now: datetime, *, ahead: bool = True) -> Access | NotSent:
        """Give a token that works, renewing it ahead of its end.

        ``ahead`` is False right before the call that publishes: that one has an instant to keep, and only
        a token that works no longer is renewed for it.
        """

    def refused(self, access: Access, now: datetime) -> NotSent | Refused:
        """Tell that the network refused the token (401), and that the call had no effect.

        NotSent: a newer one stands ready, or soon will. Refused: a new one would change nothing.
        """


# -------------------------------------------------------------------- the edges of the row
def fingerprint(account: str, seed: SecretStr) -> str:
    """Name a refresh token without telling it.

    A plain hash serves: what servers issue cannot be guessed (RFC 6749, 10.10: 2^-128 at most).
    """
    return hashlib.sha256(f"{account}\n{seed.get_secret_value()}".encode()).hexdigest()[:32]


def _moved(account: Account, change: Change, **fields: object) -> Account:
    return account.model_copy(update={"fence": account.fence + 1, "changed": change, **fields})


def seeded(
    name: str, network: str, seed: SecretStr, change: Change, before: Account | None = None
) -> Account:
    """Begin with the refresh token that a person stored; whatever stood before is void."""
    generation = before.tokens.generation + 1 if before else 0
    return Account(
        name=name,
        network=network,
        seeds=(*(before.seeds if before else ()), fingerprint(name, seed))[-_SEEDS:],
        tokens=Tokens(
            access=SecretStr(""), refresh=seed, generation=generation, issued_at=change.at, expires_at=None
        ),
        fence=before.fence + 1 if before else 0,
        changed=change,
    )


def leased(account: Account, lease: Lease, change: Change) -> Account:
    """Take the right to refresh; a lease that ran out under its holder may hide a lost answer."""
    doubted_at = account.doubted_at or (account.lease.until if account.lease else None)
    return _moved(
        account, change, lease=lease, tries=account.tries + 1, not_before=None, doubted_at=doubted_at
    )


def renewed(account: Account, new: Refreshed, change: Change) -> Account:
    """Keep a new pair, beside the one before it; its life counts from before it was asked for."""
    old = account.tokens
    tokens = Tokens(
        access=new.access,
        refresh=new.refresh or old.refresh,
        generation=old.generation + 1,
        issued_at=change.at,
        # A life that is no life is taken as not said: renewing at each call would be a loop.
        expires_at=change.at + new.lifetime if new.lifetime and new.lifetime > timedelta(0) else None,
    )
    nothing_amiss = {"tries": 0, "not_before": None, "doubted_at": None, "refusals": 0, "distrusted": False}
    return _moved(account, change, tokens=tokens, previous=old, lease=None, reconnect=None, **nothing_amiss)


def put_off(account: Account, wait: timedelta, change: Change) -> Account:
    """Give the lease back after a failure that will pass."""
    wait = max(wait, min(_FIRST_WAIT * 2 ** min(account.tries - 1, 10), _LONGEST_WAIT))
    return _moved(account, change, lease=None, not_before=change.at + wait)


def doubted(account: Account, change: Change) -> Account:
    """Give the lease back after a lost answer: the refresh token may be used up, or may not."""
    after = put_off(account, timedelta(0), change)
    return after.model_copy(update={"doubted_at": account.doubted_at or change.at})


def denied(account: Account, change: Change) -> Account:
    """Count a refusal of the refresh token, which is to be heard once more before it is believed."""
    after = put_off(account, _SURE_APART, change)
    return after.model_copy(update={"refusals": account.refusals + 1})


def disconnected(account: Account, reason: str, change: Change) -> Account:
    """Leave it to a person: nothing that is stored opens the account."""
    asked = f"connect secret:{account.name} to {account.network} again: {reason}"
    if account.doubted_at:
        asked += f"; the answer to a renewal was lost at {account.doubted_at:%Y-%m-%d %H:%M} UTC"
    return _moved(account, change, lease=None, not_before=None, reconnect=asked)


def mistrusted(account: Account, change: Change) -> Account:
    """Hand the present access token out no longer: the network refused it before its time."""
    return _moved(account, change, distrusted=True, forced_at=change.at)


# -------------------------------------------------------------------- the use case
class Connection(NamedTuple):
    """One account as its secret describes it."""

    name: str  # of the secret
    network: str
    refresher: Refresher
    seed: SecretStr  # the refresh token in the secret, with which everything begins


class TokenKeeper:
    """The token source of an account whose tokens end. Calls of many workers at once are welcome.

    ``lease`` is longer than any worker can live: the function's timeout, and some.
    """

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        lease: timedelta,
        actor: str = "deliver_post",
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._name, self._network, self._refresher, self._seed = connection
        self._seed_name = fingerprint(self._name, self._seed)
        self._vault, self._lease, self._actor, self._new_id = vault, lease, actor, new_id

    def token(self, now: datetime, *, ahead: bool = True) -> Access | NotSent:
        return self._serve(self._standing(now), now, ahead=ahead)

    def refused(self, access: Access, now: datetime) -> NotSent | Refused:
        account = self._standing(now)
        if account.tokens.generation == access.generation and account.is_usable(now):
            if account.was_forced_lately(now) and not account.reconnect:
                return Refused(reason=self._refuses_even_new_ones())
            marked = mistrusted(account, self._change("the network refused it", now))
            account = marked if self._try(account, marked) else self._reread()
        outcome = self._serve(account, now, ahead=False)
        if isinstance(outcome, NotSent):
            return outcome
        return NotSent(reason=f"the access to {self._network} was renewed", retry_after=_SOON)

    def _serve(self, account: Account, now: datetime, *, ahead: bool) -> Access | NotSent:
        wanted = account.is_due(now) if ahead else not account.is_usable(now)
        if wanted and account.may_refresh(now):
            return self._refresh(account, now)
        return self._as_it_stands(account, now)

    # ---------------------------------------------------------------- reading
    def _standing(self, now: datetime) -> Account:
        """Read the row; begin it, or begin it anew where the secret holds another refresh token now."""
        account = self._vault.read(self._name)
        if account and self._seed_name in account.seeds:
            return account
        begun = seeded(self._name, self._network, self._seed, self._change("connected", now), account)
        try:
            self._vault.move(account, begun) if account else self._vault.create(begun)
        except NotAsRead:
            return self._reread()
        return begun

    def _reread(self) -> Account:
        account = self._vault.read(self._name)
        if account is None:
            raise NotAsRead(self._name)
        return account

    def _as_it_stands(self, account: Account, now: datetime) -> Access | NotSent:
        if account.is_usable(now):
            return Access(token=account.tokens.access, generation=account.tokens.generation)
        if account.reconnect:
            return NotSent(reason=account.reconnect, retry_after=_WITHOUT_GRANT)
        return self._not_now(account, now)

    def _not_now(self, account: Account, now: datetime) -> NotSent:
        reason = f"the access to {self._network} is to be renewed: {account.changed.cause}"
        return NotSent(reason=reason, retry_after=account.wait(now))

    # ---------------------------------------------------------------- refreshing
    def _refresh(self, account: Account, now: datetime) -> Access | NotSent:
        lease = Lease(holder=self._new_id(), until=now + self._lease)
        ours = leased(account, lease, self._change("a worker is at it", now))
        if not self._try(account, ours):
            return self._as_it_stands(self._reread(), now)
        answer = self._refresher.refresh(ours.tokens.refresh)
        if isinstance(answer, Refused) and ours.refusals + 1 >= _SURE_AFTER:
            answer = self._with_the_previous(ours, answer)
        after = self._conclude(ours, answer, now)
        if isinstance(answer, Unknown) and after.tries <= _EAGER_TRIES and not after.reconnect:
            return self._not_now(after, now)
        return self._as_it_stands(after, now)

    def _with_the_previous(self, ours: Account, refused: Refused) -> Refreshed | Refused | Later | Unknown:
        """Try the pair before, as the last thing: a server that lost its newest writes knows only that."""
        if ours.previous is None or ours.previous.refresh == ours.tokens.refresh:
            return refused
        return self._refresher.refresh(ours.previous.refresh)

    def _conclude(
        self, ours: Account, answer: Refreshed | Refused | Later | Unknown, now: datetime
    ) -> Account:
        """Write what became of it; a new pair even onto a lease that others took, for it is the newest."""
        standing = ours
        for _ in range(_WRITES):
            after = self._after(standing, answer, now)
            if self._try(standing, after):
                return after
            standing = self._reread()
            overtaken = standing.lease != ours.lease and not isinstance(answer, Refreshed)
            if overtaken or standing.tokens.generation != ours.tokens.generation:
                return standing
        return standing

    def _after(
        self, account: Account, answer: Refreshed | Refused | Later | Unknown, now: datetime
    ) -> Account:
        match answer:
            case Refreshed():
                return renewed(account, answer, self._change("renewed", now))
            case Later():
                return put_off(account, answer.retry_after, self._change(answer.reason, now))
            case Unknown():
                return doubted(account, self._change(answer.reason, now))
            case Refused() if account.refusals + 1 < _SURE_AFTER:
                return denied(account, self._change(answer.reason, now))
            case Refused():
                return disconnected(account, answer.reason, self._change(answer.reason, now))

    # ---------------------------------------------------------------- writing
    def _try(self, before: Account, after: Account) -> bool:
        try:
            self._vault.move(before, after)
        except NotAsRead:
            return False
        return True

    def _change(self, cause: str, now: datetime) -> Change:
        return Change(actor=self._actor, cause=cause, at=now)

    def _refuses_even_new_ones(self) -> str:
        return (
            f"{self._network} refuses even a token that it gave a moment ago: check the standing of the"
            f" account behind secret:{self._name}, and what the app may do; then connect it again"
        )


class StaticToken:
    """The token source of an account whose token does not end: nothing is read, nothing is renewed."""

    def __init__(self, network: str, token: SecretStr) -> None:
        self._network, self._access = network, Access(token=token)

    def token(self, now: datetime, *, ahead: bool = True) -> Access | NotSent:  # noqa: ARG002 (the port's signature)
        return self._access

    def refused(self, access: Access, now: datetime) -> NotSent | Refused:  # noqa: ARG002 (the port's signature)
        return Refused(
            reason=f"{self._network} no longer accepts this access token: connect the account again"
        )
