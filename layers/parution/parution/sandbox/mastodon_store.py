"""What one Mastodon instance holds: accounts, media, statuses, idempotency keys and engagement."""

import hashlib
import itertools
import math
import random
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from parution.sandbox import mastodon_text
from parution.sandbox.faults import Clock, Journal

MAX_CHARACTERS, MAX_MEDIA = 500, 4
KEY_LIVES = timedelta(hours=1)
_LARGE = 4_000_000  # bytes; larger media and all videos are worked on after the answer
_GROWTH = timedelta(hours=6)  # after which a post has 63 % of all the engagement it will ever get


class Invalid(Exception):
    """Answered with 422 and these words."""


class Account(NamedTuple):
    id: str
    username: str
    followers: int


class Media:
    """An uploaded file; attached once it belongs to a status."""

    def __init__(self, id: str, account: Account, data: bytes, kind: str, description: str | None) -> None:  # noqa: A002 (Mastodon's word)
        self.id, self.account, self.data, self.kind, self.description = id, account, data, kind, description
        self.ready_at: datetime | None = None
        self.attached = False

    @property
    def type(self) -> str:
        family = self.kind.split("/", 1)[0]
        return family if family in {"image", "video", "audio"} else "unknown"

    def is_ready(self, now: datetime) -> bool:
        return self.ready_at is None or now >= self.ready_at


class Status(NamedTuple):
    id: str
    account: Account
    created_at: datetime
    text: str
    language: str | None
    visibility: str
    spoiler_text: str
    sensitive: bool
    media: tuple[Media, ...]
    in_reply_to_id: str | None = None


class Engagement(NamedTuple):
    favourites: int
    reblogs: int
    replies: int


class Store:
    """All state of one instance, behind one lock.

    ``accounts`` maps access tokens to user names; ``pace`` is how many times faster than in the world
    engagement grows.
    """

    def __init__(
        self, accounts: Mapping[str, str], *, clock: Clock, journal: Journal, seed: int = 0, pace: float = 1.0
    ) -> None:
        self.clock, self._journal, self._seed, self._pace = clock, journal, seed, pace
        self._lock = threading.RLock()
        self._by_token = {
            token: _account(name, number) for number, (token, name) in enumerate(accounts.items())
        }
        self._media: dict[str, Media] = {}
        self._statuses: dict[str, Status] = {}
        self._keys: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._sequence = itertools.count()

    def account(self, token: str) -> Account | None:
        return self._by_token.get(token)

    def account_of_id(self, id: str) -> Account | None:  # noqa: A002 (Mastodon's word)
        return next((one for one in self._by_token.values() if one.id == id), None)

    def _new_id(self, now: datetime) -> str:
        # A snowflake: milliseconds, then sixteen bits that keep ids in the order they were given.
        return str((int(now.timestamp() * 1000) << 16) + next(self._sequence) % 65536)

    # ---------------------------------------------------------------- media
    def upload(self, account: Account, data: bytes, kind: str, description: str | None) -> Media:
        with self._lock:
            now = self.clock()
            media = Media(self._new_id(now), account, data, kind, description)
            if len(data) > _LARGE or media.type in {"video", "audio"}:
                media.ready_at = now + timedelta(seconds=1)
            self._media[media.id] = media
            return media

    def media(self, id: str) -> Media | None:  # noqa: A002 (Mastodon's word)
        return self._media.get(id)

    def _attachable(self, account: Account, ids: list[str]) -> tuple[Media, ...]:
        if len(ids) > MAX_MEDIA:
            raise Invalid("Cannot attach more than 4 files")
        known = [self._media.get(one) for one in ids]
        media = tuple(one for one in known if one and one.account == account and not one.attached)
        if missing := [one for one in ids if one not in {found.id for found in media}]:
            raise Invalid(f"Media {', '.join(missing)} not found or already attached to another post")
        if len(media) > 1 and any(one.type in {"video", "audio"} for one in media):
            raise Invalid("Cannot attach a video to a post that already contains images")
        if not all(one.is_ready(self.clock()) for one in media):
            raise Invalid("Cannot attach files that have not finished processing. Try again in a moment!")
        return media

    # ---------------------------------------------------------------- statuses
    def post(
        self,
        account: Account,
        key: str | None,
        *,
        text: str,
        media_ids: list[str],
        language: str | None,
        visibility: str,
        spoiler_text: str = "",
        sensitive: bool = False,
        in_reply_to_id: str | None = None,
    ) -> Status:
        """Make a status, or give the one that this key made within the last hour. Raises Invalid."""
        with self._lock:
            if replayed := self._made_with(account, key):
                return replayed
            media = self._attachable(account, media_ids)
            _check(text, spoiler_text, media)
            now = self.clock()
            status = Status(
                self._new_id(now),
                account,
                now,
                text,
                language,
                visibility,
                spoiler_text,
                sensitive,
                media,
                in_reply_to_id,
            )
            for one in media:
                one.attached = True
            self._statuses[status.id] = status
            # Only now, as in Mastodon: a request that was refused leaves its key free.
            if key:
                self._keys[account.id, key] = (status.id, now)
            self._journal.record(
                "status",
                status.id,
                now,
                account=account.username,
                key=key,
                text=text,
                media=len(media),
                in_reply_to_id=in_reply_to_id,
            )
            return status

    def comment(self, on: str, text: str, author: str) -> str:
        """Let somebody who has no token here write below a status; gives the comment's id."""
        with self._lock:
            writer = Account(id=str(9000 + _digest(author) % 1000), username=author.lower(), followers=12)
            now = self.clock()
            made = Status(self._new_id(now), writer, now, text, None, "public", "", sensitive=False, media=())
            self._statuses[made.id] = made._replace(in_reply_to_id=on)
            self._journal.record("comment", made.id, now, account=writer.username, text=text)
            return made.id

    def below(self, id: str) -> list[Status]:  # noqa: A002 (Mastodon's word)
        """Give what stands below a status, at any depth, the oldest first."""
        with self._lock:
            found = {id}
            for one in sorted(self._statuses.values(), key=lambda each: int(each.id)):
                if one.in_reply_to_id in found:
                    found.add(one.id)
            return [one for one in reversed(self.statuses()) if one.id in found - {id}]

    def delete(self, status: Status) -> None:
        with self._lock:
            del self._statuses[status.id]

    def _made_with(self, account: Account, key: str | None) -> Status | None:
        made = self._keys.get((account.id, key)) if key else None
        if made is None or self.clock() >= made[1] + KEY_LIVES:
            return None
        return self._statuses.get(made[0])

    def status(self, id: str) -> Status | None:  # noqa: A002 (Mastodon's word)
        return self._statuses.get(id)

    def statuses(self, account: Account | None = None) -> list[Status]:
        """Give an account's statuses, or all, newest first."""
        with self._lock:
            chosen = [one for one in self._statuses.values() if account in (None, one.account)]
        return sorted(chosen, key=lambda one: int(one.id), reverse=True)

    # ---------------------------------------------------------------- engagement
    def engagement(self, status: Status) -> Engagement:
        """Say what a status has gathered: the same for the same text, seed and age."""
        dice = random.Random(_digest(f"{self._seed}/{status.account.username}/{status.text}"))  # noqa: S311 (a sandbox)
        age = (self.clock() - status.created_at) * self._pace
        grown = 1 - math.exp(-max(age, timedelta(0)) / _GROWTH)
        appeal = (
            status.account.followers * 0.02 * dice.lognormvariate(0, 0.5) * (1.6 if status.media else 1.0)
        )
        return Engagement(
            favourites=int(appeal * grown),
            reblogs=int(appeal * dice.uniform(0.15, 0.35) * grown),
            replies=int(appeal * dice.uniform(0.05, 0.15) * grown),
        )


def _account(name: str, number: int) -> Account:
    return Account(id=str(1000 + number), username=name, followers=800 + _digest(name) % 3000)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _check(text: str, spoiler_text: str, media: tuple[Media, ...]) -> None:
    if not text.strip() and not media:
        raise Invalid("Validation failed: Text can't be blank")
    if mastodon_text.length(text) + mastodon_text.length(spoiler_text) > MAX_CHARACTERS:
        raise Invalid(f"Validation failed: Text character limit of {MAX_CHARACTERS} exceeded")
