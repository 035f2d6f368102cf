"""A local server that speaks Instagram's Graph API as far as publishing needs it."""

import itertools
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify

from parution.sandbox.addresses import may_fetch
from parution.sandbox.faults import Clock, Journal, utc_now
from parution.sandbox.graph import GraphError, Thing, at, caller, gone, insight, listed, opened, said, shown

TOKEN = "sandbox-instagram-token"  # noqa: S105 (no password)
USER = "17841400000000001"

_LIVES = timedelta(hours=24)
_LONGEST_CAPTION, _ITEMS = 2200, range(2, 11)
_UNKNOWN = {
    "IN_PROGRESS": "In progress: Media is still being processed.",
    "FINISHED": "Finished: Media is ready.",
}


class Account:
    """Containers, posts and comments of one account, behind one lock."""

    def __init__(
        self, clock: Clock, journal: Journal, quota: int, looks: int, fails: Mapping[str, int]
    ) -> None:
        self.clock, self._journal, self._quota = clock, journal, quota
        self._looks, self._fails = looks, fails
        self._lock, self._numbers = threading.RLock(), itertools.count(1)
        self.containers: dict[str, Thing] = {}
        self.posts: dict[str, Thing] = {}
        self.comments: dict[str, Thing] = {}

    def _number(self, begins: str) -> str:
        return f"{begins}{next(self._numbers):013d}"

    # ---------------------------------------------------------------- containers
    def contain(self, told: Mapping[str, str]) -> Thing:
        with self._lock:
            kind = told.get("media_type", "IMAGE")
            self._check(kind, told)
            address = told.get("image_url") or told.get("video_url") or ""
            fails = next((code for end, code in self._fails.items() if address.endswith(end)), None)
            container = {
                "id": self._number("1789"),
                "kind": kind,
                "told": dict(told),
                "at": self.clock(),
                "left": self._looks,
                "fails": fails,
                "published": False,
            }
            self.containers[str(container["id"])] = container
            return container

    def _check(self, kind: str, told: Mapping[str, str]) -> None:
        if kind not in {"IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL"}:
            raise GraphError(100, f"Unknown media type {kind}", 2207023, said="The media type is unknown.")
        if len(told.get("caption", "")) > _LONGEST_CAPTION:
            raise GraphError(36004, "The caption was too long.", 2207010, said="The caption is too long.")
        if kind == "CAROUSEL":
            return self._check_items(told.get("children", "").split(","))
        image, film = told.get("image_url"), told.get("video_url")
        if kind == "VIDEO" and told.get("is_carousel_item") != "true":
            raise GraphError(100, "VIDEO is no longer supported. Use REELS to publish a video.")
        if (kind in {"VIDEO", "REELS"}) != bool(film) and kind != "STORIES":
            raise GraphError(
                100, f"The parameter {'image_url' if kind == 'IMAGE' else 'video_url'} is required"
            )
        if bool(image) == bool(film):
            raise GraphError(100, "Only one of image_url and video_url is required")
        if told.get("alt_text") and kind != "IMAGE":
            raise GraphError(100, "Invalid parameter")
        self._check_address(image or film or "", is_film=bool(film))
        return None

    def _check_address(self, address: str, *, is_film: bool) -> None:
        if not may_fetch(address):
            raise GraphError(9004, "Only photo or video can be accepted as media type.", 2207052)
        if not is_film and not urlsplit(address).path.lower().endswith((".jpg", ".jpeg")):
            raise GraphError(36001, "The image format is not supported.", 2207005, said="It must be JPEG.")

    def _check_items(self, items: list[str]) -> None:
        known = [self.containers.get(one) for one in items]
        ready = all(one and one["told"].get("is_carousel_item") == "true" for one in known)
        if not ready or len(items) not in _ITEMS:
            raise GraphError(100, "A carousel needs two to ten items.", 2207028, said="Two to ten items.")
        if any(self.status(one)[0] != "FINISHED" for one in known if one):
            raise GraphError(9007, "Media ID is not available", 2207027, said="The media is not ready.")

    def status(self, container: Thing) -> tuple[str, str]:
        if container["published"]:
            return "PUBLISHED", "Published: Media has been published."
        if self.clock() > container["at"] + _LIVES:
            return "EXPIRED", "Expired: The container was not published within 24 hours."
        if container["left"]:
            return "IN_PROGRESS", _UNKNOWN["IN_PROGRESS"]
        if container["fails"]:
            return "ERROR", f"Error: Media upload has failed with error code {container['fails']}"
        return "FINISHED", _UNKNOWN["FINISHED"]

    def look(self, container: Thing) -> Thing:
        with self._lock:
            code, words = self.status(container)
            container["left"] = max(0, container["left"] - 1)
            return {"id": container["id"], "status_code": code, "status": words}

    # ---------------------------------------------------------------- posts
    def publish(self, number: str) -> Thing:
        with self._lock:
            container = self.containers.get(number)
            if container is None or self.status(container)[0] in {"PUBLISHED", "EXPIRED"}:
                message = f"The media builder with creation id = {number} does not exist or has been expired"
                raise GraphError(24, message, 2207008, said="The media could not be found.")
            if container["told"].get("is_carousel_item") == "true":
                raise GraphError(100, "Carousel items cannot be published on their own")
            if self.status(container)[0] != "FINISHED":
                raise GraphError(9007, "Media ID is not available", 2207027, said="The media is not ready.")
            if self.used() >= self._quota:
                words = "You reached maximum number of posts that is allowed to be published by the API."
                raise GraphError(9, "The user has reached its daily limit", 2207042, said=words)
            return self._published(container)

    def _published(self, container: Thing) -> Thing:
        container["published"], now = True, self.clock()
        number, caption = self._number("1790"), container["told"].get("caption")
        is_story = container["kind"] == "STORIES"
        post = {
            "id": number,
            "at": now,
            "caption": None if is_story else caption,
            "timestamp": at(now),
            "permalink": f"https://www.instagram.com/{'stories/sandbox' if is_story else 'p'}/{number}/",
            "media_product_type": {"STORIES": "STORY", "REELS": "REELS"}.get(container["kind"], "FEED"),
            "like_count": 0,
        }
        self.posts[number] = post
        self._journal.record("post", number, now, text=caption, kind=container["kind"])
        return post

    def used(self) -> int:
        return sum(post["at"] > self.clock() - _LIVES for post in self.posts.values())

    def quota(self) -> Thing:
        return {"quota_usage": self.used(), "config": {"quota_total": self._quota, "quota_duration": 86_400}}

    def shown(self, post: Thing) -> Thing:
        below = sum(one["media"] == post["id"] for one in self.comments.values())
        return post | {"comments_count": below}

    def newest(self, *, stories: bool) -> list[Thing]:
        kinds = {"STORY"} if stories else {"FEED", "REELS"}
        return [
            self.shown(one) for one in reversed(self.posts.values()) if one["media_product_type"] in kinds
        ]

    # ---------------------------------------------------------------- comments
    def comment(self, above: str, text: str, author: str) -> str:
        with self._lock:
            parent = self.comments.get(above)
            if not text:
                raise GraphError(100, "The parameter message is required")
            number, now = self._number("1785"), self.clock()
            media = parent["media"] if parent else above
            self.comments[number] = {
                "id": number,
                "text": text,
                "username": author,
                "timestamp": at(now),
                "hidden": False,
                "like_count": 0,
                "media": media,
                "above": above,
            }
            self._journal.record("comment", number, now, text=text, below=above)
            return number

    def delete(self, number: str) -> None:
        with self._lock:
            found = self.posts.pop(number, None) or self.comments.pop(number, None)
            if found is None:
                raise gone(number)
            self._journal.record("deleted", number, self.clock())


def create_app(
    *,
    accounts: Mapping[str, str] | None = None,
    host: str = "graph.instagram.com",
    app_secret: str | None = None,
    quota: int = 50,
    looks: int = 0,
    fails: Mapping[str, int] | None = None,
    clock: Clock = utc_now,
) -> Flask:
    """Make the API of one of both hosts.

    ``looks``: how often a new container is still in progress; ``fails``: by the end of a file's address,
    the subcode with which its container fails.
    """
    journal, owners = Journal(), dict(accounts or {TOKEN: USER})
    account = Account(clock, journal, quota, looks, fails or {})

    def comment(on: str, text: str, author: str) -> str:
        return f"comment/{account.comment(on.removeprefix('comment/'), text, author)}"

    app = opened("instagram", journal, comment)
    by_page = host == "graph.facebook.com"

    def who() -> str:
        return caller(owners, app_secret if by_page else None)

    _serve_account(app, account, who)
    _serve_nodes(app, account, who, deletes=by_page)
    _serve_comments(app, account, who)
    if not by_page:
        _serve_tokens(app, owners, who)
    return app


def secrets(
    url: str,
    *,
    accounts: Mapping[str, str] | None = None,
    host: str = "graph.instagram.com",
    app_secret: str | None = None,
    **_: Any,
) -> dict[str, dict[str, str]]:
    spare = {"app_secret": app_secret} if app_secret else {}
    return {
        user: {"base_url": url, "user_id": user, "access_token": token, "host": host} | spare
        for token, user in (accounts or {TOKEN: USER}).items()
    }


def _serve_account(app: Flask, account: Account, who: Any) -> None:
    def own(user: str) -> None:
        if who() != user:
            raise gone(user)

    @app.post("/<version>/<user>/media")
    def contain(version: str, user: str) -> Response:  # noqa: ARG001 (of the address)
        own(user)
        return jsonify(id=account.contain(said())["id"])

    @app.post("/<version>/<user>/media_publish")
    def publish(version: str, user: str) -> Response:  # noqa: ARG001 (of the address)
        own(user)
        return jsonify(id=account.publish(said().get("creation_id", ""))["id"])

    @app.get("/<version>/<user>/<any(media,stories):edge>")
    def newest(version: str, user: str, edge: str) -> Response:  # noqa: ARG001 (of the address)
        own(user)
        return jsonify(listed(account.newest(stories=edge == "stories")))

    @app.get("/<version>/<user>/content_publishing_limit")
    def quota(version: str, user: str) -> Response:  # noqa: ARG001 (of the address)
        own(user)
        return jsonify(data=[account.quota()])


def _serve_nodes(app: Flask, account: Account, who: Any, *, deletes: bool) -> None:
    @app.get("/<version>/<number>")
    def read(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        if number in account.containers:
            return jsonify(shown(account.look(account.containers[number])))
        if number in account.posts:
            return jsonify(shown(account.shown(account.posts[number])))
        return jsonify(shown(_known(account.comments, number)))

    @app.get("/<version>/<number>/insights")
    def insights(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        _known(account.posts, number)
        asked = said().get("metric", "").split(",")
        if not set(asked) <= {"comments", "likes", "reach", "saved", "shares", "total_interactions", "views"}:
            raise GraphError(100, "metric[0] must be one of the following values: comments, likes, reach, …")
        return jsonify(data=[insight(number, name, 0) for name in asked])

    @app.delete("/<version>/<number>")
    def delete(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        if number in account.posts and not deletes:  # Instagram's own login has no such call
            raise gone(number)
        account.delete(number)
        return jsonify(success=True)


def _serve_comments(app: Flask, account: Account, who: Any) -> None:
    @app.get("/<version>/<number>/<any(comments,replies):edge>")
    def below(version: str, number: str, edge: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        _known(account.posts if edge == "comments" else account.comments, number)
        return jsonify(listed([one for one in account.comments.values() if one["above"] == number]))

    @app.post("/<version>/<number>/<any(comments,replies):edge>")
    def answer(version: str, number: str, edge: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        _known(account.posts if edge == "comments" else account.comments, number)
        return jsonify(id=account.comment(number, said().get("message", ""), "sandbox"))

    @app.post("/<version>/<number>")
    def hide(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        if said().get("hide") not in {"true", "false"}:
            raise GraphError(100, "The parameter hide is required")
        _known(account.comments, number)["hidden"] = said()["hide"] == "true"
        return jsonify(success=True)


def _serve_tokens(app: Flask, owners: dict[str, str], who: Any) -> None:
    issued = itertools.count(1)

    @app.get("/refresh_access_token")
    def refresh() -> Response:
        user = who()
        if said().get("grant_type") != "ig_refresh_token":
            raise GraphError(100, "Invalid grant_type")
        token = f"sandbox-instagram-{next(issued)}"
        owners[token] = user
        return jsonify({"access_token": token, "token_type": "bearer", "expires_in": 5_184_000})

    @app.get("/me")
    def me() -> Response:
        return jsonify(shown({"id": who(), "username": "sandbox"}))


def _known(things: Mapping[str, Thing], number: str) -> Thing:
    if number not in things:
        raise gone(number)
    return things[number]
