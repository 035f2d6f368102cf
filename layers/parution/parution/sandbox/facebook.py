"""A local server that speaks the Graph API of Facebook pages as far as publishing needs it."""

import itertools
import json
import re
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request

from parution.sandbox.faults import Clock, Journal, utc_now
from parution.sandbox.graph import GraphError, Thing, at, caller, gone, insight, listed, opened, said, shown

TOKEN = "sandbox-page-token"  # noqa: S105 (no password)
PAGE = "61550000000001"

_DUPLICATE = (
    "This status update is identical to the last one you posted. Try posting something different, or delete"
    " your previous update."
)


class Pages:
    """Photos, films, posts, stories and comments of one page, behind one lock."""

    def __init__(
        self, clock: Clock, journal: Journal, part: int, looks: int, breaks_at: int | None, *, broken: bool
    ) -> None:
        self.clock, self._journal, self._part, self._looks = clock, journal, part, looks
        self._breaks_at = breaks_at
        self._broken, self._lock, self._numbers = broken, threading.RLock(), itertools.count(1)
        self.photos: dict[str, Thing] = {}
        self.films: dict[str, Thing] = {}
        self.sessions: dict[str, Thing] = {}
        self.posts: dict[str, Thing] = {}
        self.stories: list[Thing] = []
        self.comments: dict[str, Thing] = {}

    def _number(self, begins: str) -> str:
        return f"{begins}{next(self._numbers):011d}"

    # ---------------------------------------------------------------- words and pictures
    def photo(self, told: Mapping[str, str]) -> str:
        with self._lock:
            if not urlsplit(told.get("url", "")).path.lower().endswith((".jpg", ".jpeg", ".png")):
                raise GraphError(
                    324, "Missing or invalid image file", 1366046, said="It must be JPEG or PNG."
                )
            number = self._number("1210")
            self.photos[number] = {"id": number, "used": told.get("published", "true") == "true"}
            return number

    def post(self, told: Mapping[str, str]) -> Thing:
        with self._lock:
            message, link = told.get("message", ""), told.get("link")
            attached = json.loads(told.get("attached_media", "[]"))
            if not (message or link or attached):
                raise GraphError(100, "One of message, link or attached_media is required")
            if link and (urlsplit(link).hostname or "").endswith("facebook.com"):
                raise GraphError(100, "The url you supplied is invalid", 1609008, said="No link to Facebook.")
            newest = next(reversed(self.posts.values()), None)
            if newest and not attached and (newest["message"], newest["link"]) == (message, link):
                raise GraphError(506, "Duplicate status message", 1455006, said=_DUPLICATE)
            for one in attached:
                self._use(str(one["media_fbid"]))
            return self._appear(message, link)

    def _use(self, photo: str) -> None:
        if photo not in self.photos or self.photos[photo]["used"]:
            raise GraphError(100, "Your photos couldn't be uploaded", 1366051, said="Already posted.")
        self.photos[photo]["used"] = True

    def _appear(self, message: str, link: str | None = None) -> Thing:
        now, number = self.clock(), f"{PAGE}_{self._number('1230')}"
        post = {
            "id": number,
            "message": message or None,
            "link": link,
            "created_time": at(now),
            "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{number.rpartition('_')[2]}",
            "shares": None,
            "reactions": {"data": [], "summary": {"total_count": 0}},
        }
        self.posts[number] = post
        self._journal.record("post", number, now, text=message, link=link)
        return post

    # ---------------------------------------------------------------- films
    def start(self, size: int) -> Thing:
        with self._lock:
            film, session = self.film(), self._number("1290")
            self.sessions[session] = {"film": film["id"], "size": size, "sent": 0}
            return self._wanted(session) | {"upload_session_id": session, "video_id": film["id"]}

    def film(self) -> Thing:
        number = self._number("1220")
        film = {
            "id": number,
            "bytes": 0,
            "size": None,
            "left": self._looks,
            "description": "",
            "published": False,
            "post_id": None,
            "permalink_url": f"/{PAGE}/videos/{number}/",
            "created_time": at(self.clock()),
        }
        self.films[number] = film
        return film

    def _wanted(self, session: str) -> Thing:
        one = self.sessions[session]
        end = min(one["size"], one["sent"] + self._part)
        return {"start_offset": str(one["sent"]), "end_offset": str(end)}

    def transfer(self, session: str, offset: int, part: bytes) -> Thing:
        with self._lock:
            one = self.sessions.get(session)
            if one is None or offset != one["sent"] or not part:
                raise GraphError(6001, "There was a problem uploading your video file.", 1363037)
            one["sent"] += len(part)
            self.films[one["film"]]["bytes"] = one["sent"]
            return self._wanted(session)

    def finish(self, session: str, told: Mapping[str, str]) -> None:
        with self._lock:
            one = self.sessions.get(session)
            if one is None or one["sent"] != one["size"]:
                raise GraphError(6000, "There was a problem uploading your video file.", 1363030)
            film = self.films[one["film"]]
            film |= {"description": told.get("description", ""), "size": one["size"]}
            if told.get("published", "true") == "true":
                self.publish(film)

    def receive(self, number: str, offset: int, body: bytes) -> bool:
        """Take the rest of a film; False where the connection breaks before all of it has come."""
        with self._lock:
            film = self._known_film(number)
            if offset != film["bytes"]:
                raise GraphError(6001, "The offset is not where the upload stands", 1363037)
            kept = len(body) if self._breaks_at is None else min(len(body), self._breaks_at - offset)
            self._breaks_at = None
            film["bytes"] += kept
            film["size"] = film["bytes"] if kept == len(body) else None
            return kept == len(body)

    def reel(self, told: Mapping[str, str], *, story: bool) -> Thing:
        with self._lock:
            film = self._known_film(told.get("video_id", ""))
            if film["size"] is None or film["bytes"] != film["size"]:
                raise GraphError(6000, "The video was not uploaded", 1363130, said="Upload it first.")
            film["description"] = told.get("description", "")
            if story:
                return self.tell(film["id"], "video")
            self.publish(film)
            return film

    def publish(self, film: Thing) -> None:
        with self._lock:
            if not film["published"]:
                post = self._appear(film["description"])
                film |= {"published": True, "post_id": post["id"].rpartition("_")[2]}

    def status(self, film: Thing) -> Thing:
        with self._lock:
            whole = film["size"] is not None and film["bytes"] == film["size"]
            video = "error" if whole and self._broken else "processing" if film["left"] else "ready"
            film["left"] = max(0, film["left"] - whole)
            out = {"status": "complete", "publish_status": "published"}
            return film | {
                "status": {
                    "video_status": video if whole else "uploading",
                    "uploading_phase": {
                        "status": "complete" if whole else "in_progress",
                        "bytes_transfered": film["bytes"],
                    },
                    "processing_phase": {"status": "complete" if video == "ready" else "in_progress"},
                    "publishing_phase": out if film["published"] else {"status": "not_started"},
                }
            }

    def _known_film(self, number: str) -> Thing:
        if number not in self.films:
            raise gone(number)
        return self.films[number]

    # ---------------------------------------------------------------- stories and comments
    def tell(self, shown_one: str, kind: str) -> Thing:
        with self._lock:
            now, number = self.clock(), self._number("1250")
            story = {
                "post_id": number,
                "media_id": shown_one,
                "media_type": kind,
                "status": "PUBLISHED",
                "creation_time": str(int(now.timestamp())),
                "url": f"https://www.facebook.com/stories/{PAGE}/{number}/",
            }
            self.stories.append(story)
            self._journal.record("post", number, now, kind=f"{kind} story")
            return story

    def photo_story(self, photo: str) -> Thing:
        with self._lock:
            self._use(photo)
            return self.tell(photo, "photo")

    def comment(self, above: str, text: str, author: str, of: str) -> str:
        with self._lock:
            if above not in self.posts and above not in self.comments:
                raise gone(above)
            if not text:
                raise GraphError(100, "The parameter message is required")
            now, number = self.clock(), f"{above.rpartition('_')[2]}_{self._number('1240')}"
            self.comments[number] = {
                "id": number,
                "message": text,
                "from": {"name": author, "id": of},
                "created_time": at(now),
                "is_hidden": False,
                "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{above}?comment_id={number}",
                "shares": None,
                "reactions": {"data": [], "summary": {"total_count": 0}},
                "above": above,
            }
            self._journal.record("comment", number, now, text=text, below=above)
            return number

    def below(self, number: str) -> list[Thing]:
        return [one for one in self.comments.values() if one["above"] == number]

    def counted(self, thing: Thing) -> Thing:
        count = len(self.below(thing["id"]))
        return thing | {"comments": {"data": [], "summary": {"order": "ranked", "total_count": count}}}

    def delete(self, number: str) -> None:
        with self._lock:
            for things in (self.posts, self.comments, self.films):
                if things.pop(number, None):
                    self._journal.record("deleted", number, self.clock())
                    return
            raise gone(number)


def create_app(
    *,
    accounts: Mapping[str, str] | None = None,
    app_secret: str | None = None,
    part: int = 1024 * 1024,
    looks: int = 0,
    breaks_at: int | None = None,
    broken: bool = False,
    reads_users: bool = True,
    clock: Clock = utc_now,
) -> Flask:
    """Make the API of a page.

    ``part``: how many bytes of a film it asks for at once; ``looks``: how often a film is still in work;
    ``breaks_at``: after how many bytes the first stream ends; ``broken``: films cannot be worked with;
    ``reads_users``: whether the token may count who reacted.
    """
    journal, owners = Journal(), dict(accounts or {TOKEN: PAGE})
    pages = Pages(clock, journal, part, looks, breaks_at, broken=broken)

    def comment(on: str, text: str, author: str) -> str:
        return pages.comment(on, text, author, "10150000000000007")

    app = opened("facebook", journal, comment)

    def who() -> str:
        return caller(owners, app_secret)

    _serve_page(app, pages, who)
    _serve_films(app, pages, who)
    _serve_uploads(app, pages, owners)
    _serve_nodes(app, pages, who, reads_users=reads_users)
    _serve_changes(app, pages, who)
    _serve_comments(app, pages, who)
    return app


def secrets(
    url: str,
    *,
    accounts: Mapping[str, str] | None = None,
    app_secret: str | None = None,
    **_: Any,
) -> dict[str, dict[str, str]]:
    spare = {"app_secret": app_secret} if app_secret else {}
    return {
        page: {"base_url": url, "page_id": page, "access_token": token} | spare
        for token, page in (accounts or {TOKEN: PAGE}).items()
    }


def _serve_page(app: Flask, pages: Pages, who: Any) -> None:
    def own(page: str) -> None:
        if who() != page:
            raise gone(page)

    @app.post("/<version>/<page>/feed")
    def post(version: str, page: str) -> Response:  # noqa: ARG001 (of the address)
        own(page)
        return jsonify(id=pages.post(said())["id"])

    @app.post("/<version>/<page>/photos")
    def photo(version: str, page: str) -> Response:  # noqa: ARG001 (of the address)
        own(page)
        return jsonify(id=pages.photo(said()))

    @app.post("/<version>/<page>/photo_stories")
    def photo_story(version: str, page: str) -> Response:  # noqa: ARG001 (of the address)
        own(page)
        return jsonify(success=True, post_id=pages.photo_story(said().get("photo_id", ""))["post_id"])

    @app.get("/<version>/<page>/published_posts")
    def newest(version: str, page: str) -> Response:  # noqa: ARG001 (of the address)
        own(page)
        return jsonify(listed(list(reversed(pages.posts.values()))))

    @app.get("/<version>/<page>/stories")
    def stories(version: str, page: str) -> Response:  # noqa: ARG001 (of the address)
        own(page)
        return jsonify(listed(list(reversed(pages.stories))))


def _serve_films(app: Flask, pages: Pages, who: Any) -> None:
    @app.post("/<version>/<page>/videos")
    def video(version: str, page: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        told = said()
        session = told.get("upload_session_id", "")
        match told.get("upload_phase"):
            case "start":
                return jsonify(pages.start(int(told["file_size"])))
            case "transfer":
                part = request.files["video_file_chunk"].read()
                return jsonify(pages.transfer(session, int(told["start_offset"]), part))
            case "finish":
                pages.finish(session, told)
                return jsonify(success=True)
        raise GraphError(100, "upload_phase must be one of: start, transfer, finish, cancel")

    @app.post("/<version>/<page>/<any(video_reels,video_stories):edge>")
    def reel(version: str, page: str, edge: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        told = said()
        if told.get("upload_phase") == "start":
            number = pages.film()["id"]
            return jsonify(video_id=number, upload_url=f"{request.host_url}video-upload/{version}/{number}")
        if told.get("upload_phase") != "finish" or told.get("video_state") != "PUBLISHED":
            raise GraphError(100, "Invalid parameter")
        made = pages.reel(told, story=edge == "video_stories")
        return jsonify(success=True, post_id=made["post_id"])


def _serve_uploads(app: Flask, pages: Pages, owners: Mapping[str, str]) -> None:
    @app.post("/video-upload/<version>/<number>")
    def receive(version: str, number: str) -> tuple[Response, int]:  # noqa: ARG001 (of the address)
        token = request.headers.get("Authorization", "")
        if not token.startswith("OAuth ") or token.removeprefix("OAuth ") not in owners:
            return jsonify(debug_info={"type": "NotAuthorizedError", "message": "Not authorized"}), 401
        # The server that we run on drops headers whose names hold `_`: file_size is not seen here.
        if not re.fullmatch(r"\d+", request.headers.get("offset", "")):
            message = "HeaderValuePredicate: Header Offset not convertable to unsigned long"
            return jsonify(debug_info={"type": "ParameterValidationError", "message": message}), 400
        if not pages.receive(number, int(request.headers["offset"]), request.get_data()):
            return jsonify(debug_info={"type": "ProcessingFailedError", "message": "Partial request"}), 500
        return jsonify(success=True), 200


def _serve_nodes(app: Flask, pages: Pages, who: Any, *, reads_users: bool) -> None:
    @app.get("/<version>/<number>")
    def read(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        if number in pages.films:
            return jsonify(shown(pages.status(pages.films[number])))
        if "summary(true)" in said().get("fields", "") and not reads_users:
            message = "This endpoint requires the 'pages_read_user_content' permission"
            raise GraphError(10, message)
        return jsonify(shown(pages.counted(_known(pages, number))))

    @app.get("/<version>/<number>/insights")
    def insights(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        _known(pages, number)
        asked = said().get("metric", "").split(",")
        if any(not re.fullmatch(r"post_(reactions_[a-z]+_total|media_view|clicks)", one) for one in asked):
            raise GraphError(100, "The value must be a valid insights metric")
        return jsonify(data=[insight(number, name, 0) for name in asked])

    @app.delete("/<version>/<number>")
    def delete(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        pages.delete(number)
        return jsonify(success=True)


def _serve_changes(app: Flask, pages: Pages, who: Any) -> None:
    @app.post("/<version>/<number>")
    def change(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        told = said()
        if number in pages.films and told.get("published") == "true":
            pages.publish(pages.films[number])
        elif number in pages.comments and told.get("is_hidden") in {"true", "false"}:
            pages.comments[number]["is_hidden"] = told["is_hidden"] == "true"
        elif number in pages.films or number in pages.comments:
            raise GraphError(100, "Invalid parameter")
        else:
            raise gone(number)
        return jsonify(success=True)


def _serve_comments(app: Flask, pages: Pages, who: Any) -> None:
    @app.get("/<version>/<number>/comments")
    def below(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        who()
        _known(pages, number)
        things = pages.below(number)
        return jsonify(listed(things[::-1] if said().get("order") == "reverse_chronological" else things))

    @app.post("/<version>/<number>/comments")
    def answer(version: str, number: str) -> Response:  # noqa: ARG001 (of the address)
        page = who()
        return jsonify(id=pages.comment(number, said().get("message", ""), "Sandbox", page))


def _known(pages: Pages, number: str) -> Thing:
    thing = pages.posts.get(number) or pages.comments.get(number)
    if thing is None:
        raise gone(number)
    return thing
