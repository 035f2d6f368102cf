"""A local server that speaks the Threads API as far as publishing needs it."""

import itertools
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, Response, jsonify

from parution.sandbox.addresses import may_fetch
from parution.sandbox.faults import Clock, Journal, utc_now
from parution.sandbox.graph import GraphError, Thing, at, caller, gone, insight, listed, opened, said, shown

TOKEN = "sandbox-threads-token"  # noqa: S105 (no password)
USER = "26000000000000001"

_LIVES = timedelta(hours=24)
_LONGEST, _ITEMS = 500, range(2, 21)
_ADDRESS = {"IMAGE": "image_url", "VIDEO": "video_url"}
_METRICS = {"views", "likes", "replies", "reposts", "quotes", "shares"}


class Profile:
    """Containers and posts of one profile, and what others wrote below them, behind one lock."""

    def __init__(
        self, clock: Clock, journal: Journal, quota: int, looks: int, fails: Mapping[str, str]
    ) -> None:
        self.clock, self._journal, self.quota = clock, journal, quota
        self._looks, self._fails = looks, fails
        self._lock, self._numbers = threading.RLock(), itertools.count(1)
        self.containers: dict[str, Thing] = {}
        self.posts: dict[str, Thing] = {}

    def _number(self, begins: str) -> str:
        return f"{begins}{next(self._numbers):013d}"

    # ---------------------------------------------------------------- containers
    def contain(self, told: Mapping[str, str]) -> str:
        with self._lock:
            self._check(told)
            address = told.get("image_url") or told.get("video_url") or ""
            number = self._number("1791")
            self.containers[number] = {
                "told": dict(told),
                "at": self.clock(),
                "left": self._looks,
                "fails": next((why for end, why in self._fails.items() if address.endswith(end)), None),
                "published": False,
            }
            return number

    def _check(self, told: Mapping[str, str]) -> None:
        kind, text = told.get("media_type", ""), told.get("text", "")
        if kind not in {"TEXT", "CAROUSEL", *_ADDRESS}:
            raise GraphError(100, "Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}")
        if _length(text) > _LONGEST:
            raise GraphError(100, "Param text must be at most 500 characters long.")
        if kind == "TEXT" and not (text or told.get("link_attachment")):
            raise GraphError(100, "The parameter text is required.")
        if told.get("link_attachment") and kind != "TEXT":
            raise GraphError(100, "link_attachment is only available for text posts")
        if told.get("reply_to_id") and told["reply_to_id"] not in self.posts:
            raise gone(told["reply_to_id"])
        if kind in _ADDRESS:
            self._check_address(told.get(_ADDRESS[kind], ""))
        if kind == "CAROUSEL":
            self._check_items(told.get("children", "").split(","))

    def _check_address(self, address: str) -> None:
        if not may_fetch(address):
            raise GraphError(9004, "The media could not be fetched from this URI.", 2207052)

    def _check_items(self, items: list[str]) -> None:
        known = [self.containers.get(one) for one in items]
        ready = all(one and one["told"].get("is_carousel_item") == "true" for one in known)
        if not ready or len(items) not in _ITEMS:
            raise GraphError(100, "A carousel needs two to twenty items.")
        if any(self.status(one)["status"] != "FINISHED" for one in known if one):
            raise GraphError(9007, "Media ID is not available", 2207027)

    def status(self, container: Thing) -> Thing:
        if container["published"]:
            return {"status": "PUBLISHED", "error_message": None}
        if self.clock() > container["at"] + _LIVES:
            return {"status": "EXPIRED", "error_message": None}
        if container["left"]:
            return {"status": "IN_PROGRESS", "error_message": None}
        return {"status": "ERROR" if container["fails"] else "FINISHED", "error_message": container["fails"]}

    def look(self, number: str) -> Thing:
        with self._lock:
            container = self.containers[number]
            told = self.status(container)
            container["left"] = max(0, container["left"] - 1)
            return {"id": number, **told}

    # ---------------------------------------------------------------- posts
    def publish(self, number: str) -> str:
        with self._lock:
            container = self.containers.get(number)
            if container is None or self.status(container)["status"] != "FINISHED":
                raise GraphError(24, "The requested resource does not exist", 4279009, said="Media Not Found")
            if container["told"].get("is_carousel_item") == "true":
                raise GraphError(100, "Carousel items cannot be published on their own")
            told, is_reply = container["told"], "reply_to_id" in container["told"]
            if self.used(replies=is_reply) >= self.quota:
                raise GraphError(9, "The user has reached its daily limit", 2207042)
            container["published"] = True
            post = self._appear(told.get("text", ""), "sandbox", told.get("reply_to_id"))
            facts = {
                "text": told.get("text"),
                "link": told.get("link_attachment"),
                "kind": told["media_type"],
            }
            self._journal.record("reply" if is_reply else "post", post, self.clock(), **facts)
            return post

    def _appear(self, text: str, author: str, above: str | None) -> str:
        number, now = self._number("1801"), self.clock()
        self.posts[number] = {
            "id": number,
            "text": text,
            "username": author,
            "at": now,
            "timestamp": at(now),
            "permalink": f"https://www.threads.net/@{author}/post/{number}",
            "above": above,
            "hide_status": "NOT_HUSHED",
        }
        return number

    def used(self, *, replies: bool) -> int:
        own = self.newest(replies=replies)
        return sum(post["at"] > self.clock() - _LIVES for post in own)

    def limits(self) -> Thing:
        config = {"quota_total": self.quota, "quota_duration": 86_400}
        return {
            "quota_usage": self.used(replies=False),
            "config": config,
            "reply_quota_usage": self.used(replies=True),
            "reply_config": config,
        }

    def newest(self, *, replies: bool) -> list[Thing]:
        own = [one for one in self.posts.values() if one["username"] == "sandbox"]
        return [one for one in reversed(own) if (one["above"] is not None) is replies]

    def comment(self, on: str, text: str, author: str) -> str:
        with self._lock:
            self.post(on)
            return self._appear(text, author, on)

    def post(self, number: str) -> Thing:
        if number not in self.posts:
            raise gone(number)
        return self.posts[number]

    def below(self, number: str) -> list[Thing]:
        return [one for one in self.posts.values() if one["above"] == number]

    def delete(self, number: str) -> None:
        with self._lock:
            if self.post(number)["username"] != "sandbox":
                raise GraphError(10, "Application does not have permission for this action")
            del self.posts[number]
            self._journal.record("deleted", number, self.clock())


def create_app(
    *,
    accounts: Mapping[str, str] | None = None,
    quota: int = 250,
    looks: int = 0,
    fails: Mapping[str, str] | None = None,
    clock: Clock = utc_now,
) -> Flask:
    """Make the API of a profile.

    ``looks``: how often a new container is still in progress; ``fails``: by the end of a file's address,
    the message with which its container fails.
    """
    journal, owners = Journal(), dict(accounts or {TOKEN: USER})
    profile = Profile(clock, journal, quota, looks, fails or {})
    app = opened("threads", journal, profile.comment, versions=("v1.0",))

    def who() -> str:
        return caller(owners)

    _serve_profile(app, profile, who)
    _serve_posts(app, profile, who)
    _serve_tokens(app, owners, who)
    return app


def secrets(url: str, *, accounts: Mapping[str, str] | None = None, **_: Any) -> dict[str, dict[str, str]]:
    return {
        user: {"base_url": url, "user_id": user, "access_token": token}
        for token, user in (accounts or {TOKEN: USER}).items()
    }


def _serve_profile(app: Flask, profile: Profile, who: Any) -> None:
    def own(user: str) -> None:
        if who() != user:
            raise gone(user)

    @app.post("/v1.0/<user>/threads")
    def contain(user: str) -> Response:
        own(user)
        return jsonify(id=profile.contain(said()))

    @app.post("/v1.0/<user>/threads_publish")
    def publish(user: str) -> Response:
        own(user)
        return jsonify(id=profile.publish(said().get("creation_id", "")))

    @app.get("/v1.0/<user>/threads")
    def newest(user: str) -> Response:
        own(user)
        return jsonify(listed(profile.newest(replies=False)))

    @app.get("/v1.0/<user>/threads_publishing_limit")
    def limits(user: str) -> Response:
        own(user)
        return jsonify(data=[shown(profile.limits(), "quota_usage")])


def _serve_posts(app: Flask, profile: Profile, who: Any) -> None:
    @app.get("/v1.0/<number>/replies")
    def below(number: str) -> Response:
        if who() == number:
            return jsonify(listed(profile.newest(replies=True)))
        profile.post(number)
        return jsonify(listed(profile.below(number)))

    @app.get("/v1.0/<number>")
    def read(number: str) -> Response:
        who()
        return jsonify(shown(profile.look(number) if number in profile.containers else profile.post(number)))

    @app.get("/v1.0/<number>/insights")
    def insights(number: str) -> Response:
        who()
        profile.post(number)
        asked = said().get("metric", "").split(",")
        if not set(asked) <= _METRICS:
            raise GraphError(100, "metric[0] must be one of the following values: views, likes, replies, …")
        counts = {"replies": len(profile.below(number))}
        return jsonify(data=[insight(number, name, counts.get(name, 0)) for name in asked])

    @app.post("/v1.0/<number>/manage_reply")
    def hide(number: str) -> Response:
        who()
        reply, hides = profile.post(number), said().get("hide")
        above = profile.post(reply["above"]) if reply["above"] else None
        if hides not in {"true", "false"} or above is None or above["above"] is not None:
            raise GraphError(100, "Only top-level replies can be hidden")
        reply["hide_status"] = "HIDDEN" if hides == "true" else "UNHUSHED"
        return jsonify(success=True)

    @app.delete("/v1.0/<number>")
    def delete(number: str) -> Response:
        who()
        profile.delete(number)
        return jsonify(success=True, deleted_id=number)


def _serve_tokens(app: Flask, owners: dict[str, str], who: Any) -> None:
    issued = itertools.count(1)

    @app.get("/refresh_access_token")
    def refresh() -> Response:
        user = who()
        if said().get("grant_type") != "th_refresh_token":
            raise GraphError(100, "Invalid grant_type")
        token = f"sandbox-threads-{next(issued)}"
        owners[token] = user
        return jsonify({"access_token": token, "token_type": "bearer", "expires_in": 5_184_000})

    @app.get("/me")
    def me() -> Response:
        return jsonify(shown({"id": who(), "username": "sandbox"}))


def _length(text: str) -> int:
    """Count characters, emojis as their bytes in UTF-8 (threads/reference/publishing)."""
    return sum(len(one.encode()) if one >= "\u2600" else 1 for one in text)
