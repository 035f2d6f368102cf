"""A local blog that speaks WordPress's REST API as far as publishing needs it."""

import base64
import binascii
import itertools
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from html import escape, unescape
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import NotFound

from parution.sandbox import pages
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now

USERS = {"martin": "abcdEFGHijklMNOPqrstUVWX"}  # names, and their application passwords

_US = 1  # the number of every user who has a password here; visitors have none
_LARGEST_UPLOAD = 600 * 1024 * 1024  # a site's own setting, as large as hosts allow films
_KINDS = ("image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/quicktime", "video/webm")


class Refusal(Exception):
    """Answered as WordPress does: a code, a message and the status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Blog:
    """Posts, comments and files, behind one lock; ids are counted over all of them, as in one table."""

    def __init__(self, users: Mapping[str, str], clock: Clock, journal: Journal) -> None:
        self._users, self._clock, self._journal = dict(users), clock, journal
        self._lock, self._numbers = threading.RLock(), itertools.count(1)
        self.posts: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.files: dict[int, dict[str, Any]] = {}

    def caller(self) -> str | None:
        """Say whose application password came; None for visitors, and for a wrong one."""
        authorization = request.headers.get("Authorization")
        if authorization is None:
            return None
        try:
            user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        if self._users.get(user) != re.sub(r"[^A-Za-z0-9]", "", password):
            return None  # as WordPress 6.1 does: a visitor like any other
        return user

    # ---------------------------------------------------------------- posts
    def write(self, number: int | None, said: Mapping[str, Any]) -> dict[str, Any]:
        """Make a post or change one; a taken slug gets a number, but only once it is published."""
        with self._lock:
            post = self._standing(self.posts, number, "rest_post_invalid_id", "Invalid post ID.")
            was_public = post.get("status") == "publish"
            post |= {key: _raw(value) for key, value in said.items() if key != "id"}
            if post["status"] == "publish" and not was_public:
                post["slug"], post["at"] = self._free(post.get("slug", ""), post["id"]), self._clock()
                facts = {"slug": post["slug"], "text": post.get("title", "")}
                self._journal.record("post", str(post["id"]), post["at"], **facts)
            self.posts[post["id"]] = post
            return post

    def _standing(
        self, table: Mapping[int, dict[str, Any]], number: int | None, code: str, message: str
    ) -> dict[str, Any]:
        if number is None:
            return {"id": next(self._numbers), "status": "draft", "at": None}
        if number not in table:
            raise Refusal(code, message, 404)
        return table[number]

    def _free(self, slug: str, number: int) -> str:
        taken = {
            post["slug"]
            for post in self.posts.values()
            if post["status"] == "publish" and post["id"] != number
        }
        candidates = (slug if count == 1 else f"{slug}-{count}" for count in itertools.count(1))
        return next(one for one in candidates if one not in taken)

    # ---------------------------------------------------------------- comments
    def comment(self, number: int | None, said: Mapping[str, Any]) -> dict[str, Any]:
        """Make a comment or change one; the same words twice below one post are refused."""
        with self._lock:
            message = "Invalid comment ID."
            comment = self._standing(self.comments, number, "rest_comment_invalid_id", message)
            if number is None:
                self._check_new(said)
                comment["status"] = "approved"
            was_public = number is not None and comment["status"] == "approved"
            changed = {key: _raw(value) for key, value in said.items() if key != "id"}
            comment |= changed | {"post": int(changed.get("post", comment.get("post", 0)))}
            if comment["status"] in {"approve", "approved"}:
                comment["status"] = "approved"
            if comment["status"] == "approved" and not was_public:
                comment["at"] = self._clock()
                name = f"{comment['post']}/comment-{comment['id']}"
                self._journal.record("post", name, comment["at"], text=comment["content"])
            self.comments[comment["id"]] = comment
            return comment

    def visited(self, on: str, text: str, author: str) -> str:
        """Let a visitor write below a post or a comment, by the connector's own remote id."""
        post, _, parent = on.partition("/comment-")
        with self._lock:
            self._standing(self.posts, int(post), "rest_post_invalid_id", "Invalid post ID.")
            number = next(self._numbers)
            written = {"id": number, "status": "approved", "at": self._clock(), "author": 0}
            written |= {"post": int(post), "parent": int(parent or 0), "content": escape(text, quote=False)}
            self.comments[number] = written | {"author_name": author}
            return f"{post}/comment-{number}"

    def delete(self, table: dict[int, dict[str, Any]], number: int, code: str) -> dict[str, Any]:
        with self._lock:
            if number not in table:
                raise Refusal(code, "Invalid ID.", 404)
            return table.pop(number)

    def _check_new(self, said: Mapping[str, Any]) -> None:
        if int(said["post"]) not in self.posts:
            raise Refusal(
                "rest_comment_invalid_post_id", "Sorry, you are not allowed to create this comment.", 403
            )
        same = (one for one in self.comments.values() if one["post"] == int(said["post"]))
        if any(one["content"] == _raw(said["content"]) for one in same):
            text = "Duplicate comment detected; it looks as though you&#8217;ve already said that!"
            raise Refusal("comment_duplicate", text, 409)

    # ---------------------------------------------------------------- files
    def keep(self, name: str, data: bytes, kind: str) -> dict[str, Any]:
        with self._lock:
            if kind not in _KINDS:
                text = "Sorry, you are not allowed to upload this file type."
                raise Refusal("rest_upload_unknown_error", text, 500)
            number = next(self._numbers)
            slug = name.rsplit(".", 1)[0]
            self.files[number] = {
                "id": number,
                "name": name,
                "slug": slug,
                "data": data,
                "kind": kind,
                "alt_text": "",
            }
            return self.files[number]


def _raw(value: Any) -> Any:
    """Read a text as it is given: by itself, or as `{"raw": text}`."""
    return value["raw"] if isinstance(value, dict) and "raw" in value else value


def secrets(url: str, users: Mapping[str, str] = USERS, **_: object) -> dict[str, dict[str, str]]:
    """Give, by user, the secret with which the connector opens it."""
    return {
        name: {"base_url": url, "user": name, "application_password": secret}
        for name, secret in users.items()
    }


def create_app(*, users: Mapping[str, str] = USERS, clock: Clock = utc_now) -> Flask:
    """Make the blog; ``users`` maps names to application passwords."""
    journal, faults = Journal(), Faults()
    blog = Blog(users, clock, journal)
    app = Flask("parution-sandbox-wordpress")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_UPLOAD
    app.register_blueprint(control(faults, journal, blog.visited))
    app.register_error_handler(Refusal, _told)
    _serve_posts(app, blog)
    _serve_comments(app, blog)
    _serve_files(app, blog)
    _serve_people(app, blog)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(error: Refusal) -> tuple[Response, int]:
    return jsonify(code=error.code, message=error.message, data={"status": error.status}), error.status


def _needed(blog: Blog) -> None:
    if blog.caller() is None:
        raise Refusal("rest_cannot_create", "Sorry, you are not allowed to create posts as this user.", 401)


def _forced() -> None:
    if request.args.get("force") != "true":
        raise Refusal("rest_trash_not_supported", "The post does not support trashing.", 501)


def _gone(previous: Mapping[str, Any]) -> Response:
    return jsonify(deleted=True, previous=previous)


def _may_read(blog: Blog) -> None:
    """Refuse to visitors what only users may ask for."""
    if blog.caller() is not None:
        return
    if request.args.get("status", "publish") not in {"publish", "inherit", "approve"}:
        raise Refusal("rest_invalid_param", "Invalid parameter(s): status", 400)
    if request.args.get("context") == "edit":
        raise Refusal(
            "rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.", 401
        )


def _listed(found: list[dict[str, Any]]) -> Response:
    size, page = int(request.args.get("per_page", 10)), int(request.args.get("page", 1))
    response = jsonify(found[size * (page - 1) : size * page])
    response.headers["X-WP-Total"] = str(len(found))
    response.headers["X-WP-TotalPages"] = str(-(-len(found) // size))
    return response


# ---------------------------------------------------------------- the API
def _serve_posts(app: Flask, blog: Blog) -> None:
    @app.get("/wp-json/wp/v2/posts")
    def posts() -> Response:
        asked, status = request.args.get("slug"), request.args.get("status", "publish")
        _may_read(blog)
        found = [
            _post(one)
            for one in blog.posts.values()
            if asked in (None, one.get("slug")) and status in {"any", one["status"]}
        ]
        return _listed(found)

    @app.post("/wp-json/wp/v2/posts")
    def make_post() -> tuple[Response, int]:
        _needed(blog)
        return jsonify(_post(blog.write(None, request.get_json()))), 201

    @app.route("/wp-json/wp/v2/posts/<int:number>", methods=["GET", "POST", "DELETE"])
    def one_post(number: int) -> Response:
        if request.method == "DELETE":
            _needed(blog)
            _forced()
            return _gone(_post(blog.delete(blog.posts, number, "rest_post_invalid_id")))
        if request.method == "POST":
            _needed(blog)
            return jsonify(_post(blog.write(number, request.get_json())))
        if number not in blog.posts:
            raise Refusal("rest_post_invalid_id", "Invalid post ID.", 404)
        return jsonify(_post(blog.posts[number]))


def _serve_comments(app: Flask, blog: Blog) -> None:
    @app.get("/wp-json/wp/v2/comments")
    def comments() -> Response:
        _may_read(blog)
        asked = request.args.get("status", "approve")
        shown = {"hold": {"hold"}, "all": {"hold", "approved"}}.get(asked, {"approved"})
        without = request.args.get("author_exclude", type=int)
        wanted = [(key, request.args.get(key, type=int)) for key in ("post", "parent") if key in request.args]
        found = [
            _comment(one)
            for one in blog.comments.values()
            if one["status"] in shown
            and one.get("author", _US) != without
            and all(int(one.get(key, 0)) == value for key, value in wanted)
        ]
        return _listed(found)

    @app.post("/wp-json/wp/v2/comments")
    def make_comment() -> tuple[Response, int]:
        _needed(blog)
        return jsonify(_comment(blog.comment(None, request.get_json()))), 201

    @app.route("/wp-json/wp/v2/comments/<int:number>", methods=["GET", "POST", "DELETE"])
    def one_comment(number: int) -> Response:
        if request.method == "DELETE":
            _needed(blog)
            _forced()
            return _gone(_comment(blog.delete(blog.comments, number, "rest_comment_invalid_id")))
        if request.method == "POST":
            _needed(blog)
            return jsonify(_comment(blog.comment(number, request.get_json())))
        if number not in blog.comments:
            raise Refusal("rest_comment_invalid_id", "Invalid comment ID.", 404)
        return jsonify(_comment(blog.comments[number]))


def _serve_files(app: Flask, blog: Blog) -> None:
    @app.get("/wp-json/wp/v2/media")
    def files() -> Response:
        _may_read(blog)
        asked = request.args.get("slug")
        return _listed([_file(one) for one in blog.files.values() if asked in (None, one["slug"])])

    @app.post("/wp-json/wp/v2/media")
    def upload() -> tuple[Response, int]:
        _needed(blog)
        named = re.search(r'filename="([^"]+)"', request.headers.get("Content-Disposition", ""))
        if named is None:
            raise Refusal("rest_upload_no_content_disposition", "No Content-Disposition supplied.", 400)
        kept = blog.keep(named[1], request.get_data(), request.headers.get("Content-Type", ""))
        return jsonify(_file(kept)), 201

    @app.post("/wp-json/wp/v2/media/<int:number>")
    def describe(number: int) -> Response:
        _needed(blog)
        if number not in blog.files:
            raise Refusal("rest_post_invalid_id", "Invalid post ID.", 404)
        blog.files[number]["alt_text"] = request.get_json()["alt_text"]
        return jsonify(_file(blog.files[number]))


def _written(instant: datetime | None) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S") if instant else "2026-01-01T00:00:00"


def _post(post: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": post["id"],
        "date_gmt": _written(post["at"]),
        "slug": post.get("slug", ""),
        "status": post["status"],
        "type": "post",
        "link": f"{request.host_url}?p={post['id']}",
        "title": {"raw": post.get("title", ""), "rendered": post.get("title", "")},
        "content": {"raw": post.get("content", ""), "rendered": post.get("content", "")},
        "featured_media": post.get("featured_media", 0),
        "categories": post.get("categories", [1]),
    }


def _comment(comment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": comment["id"],
        "post": comment["post"],
        "parent": int(comment.get("parent", 0)),
        "date_gmt": _written(comment["at"]),
        "status": comment["status"],
        "type": "comment",
        "author": comment.get("author", _US),
        "author_name": comment.get("author_name", "Martin"),
        "link": f"{request.host_url}?p={comment['post']}#comment-{comment['id']}",
        "content": {"raw": comment["content"], "rendered": f"<p>{comment['content']}</p>"},
    }


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": file["id"],
        "slug": file["slug"],
        "status": "inherit",
        "type": "attachment",
        "alt_text": file["alt_text"],
        "mime_type": file["kind"],
        "source_url": f"{request.host_url}wp-content/uploads/{file['name']}",
    }


# ---------------------------------------------------------------- for people
def _serve_people(app: Flask, blog: Blog) -> None:
    @app.get("/wp-json/wp/v2/users/me")
    def me() -> Response:
        name = blog.caller()
        if name is None:
            raise Refusal("rest_not_logged_in", "You are not currently logged in.", 401)
        may = {"publish_posts": True, "upload_files": True}
        return jsonify(id=_US, name=name, slug=name, capabilities=may)

    @app.get("/")
    def read() -> Response:
        public = [one for one in reversed(blog.posts.values()) if one["status"] == "publish"]
        if (asked := request.args.get("p", type=int)) is not None:
            public = [one for one in public if one["id"] == asked]
            if not public:
                raise NotFound("no such post")
        return pages.timeline([_shown(one, blog) for one in public], "Blog")

    @app.get("/wp-content/uploads/<name>")
    def uploaded(name: str) -> Response:
        for one in blog.files.values():
            if one["name"] == name:
                return pages.sealed(Response(one["data"], mimetype=one["kind"]))
        raise NotFound("no such file")

    @app.get("/avatars/<name>.svg")
    def avatar(name: str) -> Response:
        return pages.avatar(name)


def _shown(post: Mapping[str, Any], blog: Blog) -> dict[str, Any]:
    """Give a post as the page of statuses shows one; its text without markup, for nobody checked that."""
    base, told = request.host_url.rstrip("/"), _post(post)
    text = unescape(re.sub(r"<[^>]*>", "", f"<p>{post.get('title', '')}</p>\n{post.get('content', '')}"))
    above = blog.files.get(post.get("featured_media", 0))
    shown = (
        [{"type": "image", "url": _file(above)["source_url"], "description": above["alt_text"]}]
        if above
        else []
    )
    return {
        "language": "",
        "account": {"avatar": f"{base}/avatars/martin.svg", "display_name": "Martin", "acct": "martin"},
        "url": told["link"],
        "created_at": told["date_gmt"],
        "content": f"<p>{escape(text)}</p>",
        "media_attachments": shown,
        "replies_count": sum(
            one["post"] == post["id"] and one["status"] == "approved" for one in blog.comments.values()
        ),
        "reblogs_count": 0,
        "favourites_count": 0,
    }
