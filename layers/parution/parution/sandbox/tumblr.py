"""A local blog that speaks Tumblr's API v2 as far as publishing in the Neue Post Format needs it."""

import itertools
import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, jsonify, request

from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now
from parution.sandbox.oauth import CLIENTS, OAuthError, TokenServer

ACCOUNTS = {"sandbox-token": "sandbox"}  # access tokens that do not end, and whose blogs they open

_ACCESS_LIVES = timedelta(seconds=2520)
_LARGEST_UPLOAD = 600 * 1024 * 1024
_MOST_A_DAY = 250
_MOST = {"image": 30, "link": 10, "video": 1, "text": 1000}
_LONGEST_BLOCK = 4096
_KINDS = {"image": ("image/jpeg", "image/png", "image/gif", "image/webp"), "video": ("video/mp4",)}
_HOUR, _DAY = 1_000, 5_000


class Refusal(Exception):
    """Answered as the API does: its status, and a subcode with its title."""

    def __init__(self, status: int, title: str, code: int = 0) -> None:
        super().__init__(title)
        self.status, self.title, self.code = status, title, code


class Blog:
    """Posts, drafts, files and notes, behind one lock. A draft takes another id as it is published."""

    def __init__(self, clock: Clock, journal: Journal, looks: int, most: int) -> None:
        self.clock, self._journal, self._looks, self._most = clock, journal, looks, most
        self._lock, self._numbers = threading.RLock(), itertools.count(755000000000000001)
        self.posts: dict[str, dict[str, Any]] = {}
        self._files: dict[str, dict[str, Any]] = {}

    def make(self, blog: str, said: Mapping[str, Any], files: Mapping[str, Any]) -> str:
        with self._lock:
            number = str(next(self._numbers))
            blocks = [self._stored(block, files) for block in said.get("content", [])]
            post: dict[str, Any] = {
                "id": number,
                "genesis": None,
                "blog": blog,
                "at": self.clock(),
                "looks": 0,
                "notes": [],
            }
            self.posts[number] = post | self._checked(said, blocks)
            if self.posts[number]["state"] == "published":
                self._appeared(self.posts[number])
            return number

    def edit(self, number: str, said: Mapping[str, Any]) -> str:
        """Write a post anew; what was a draft and is published is found under another id from then on."""
        with self._lock:
            post = self.post(number)
            was_draft = post["state"] == "draft"
            blocks = [self._stored(block, {}) for block in said.get("content", [])]
            changed = post | self._checked(said, blocks)
            self.posts[number] = changed
            if was_draft and changed["state"] == "published":
                if sum(one["state"] == "published" for one in self.posts.values()) > self._most:
                    self.posts[number] = post
                    raise Refusal(403, "You've reached your daily post limit.", 8023)
                del self.posts[number]
                changed |= {"id": str(next(self._numbers)), "genesis": number, "at": self.clock()}
                self.posts[changed["id"]] = changed
                self._appeared(changed)
            return number

    def _appeared(self, post: Mapping[str, Any]) -> None:
        texts = [block["text"] for block in post["content"] if block["type"] == "text"]
        self._journal.record("post", post["id"], post["at"], blog=post["blog"], text="\n\n".join(texts))

    def _checked(self, said: Mapping[str, Any], blocks: list[dict[str, Any]]) -> dict[str, Any]:
        if not blocks:
            raise Refusal(400, "'content' is required", 8001)
        for kind, most in _MOST.items():
            if sum(block["type"] == kind for block in blocks) > most:
                raise Refusal(400, f"too many {kind} blocks", 8001)
        state = said.get("state", "published")
        if state not in {"published", "draft"}:
            raise Refusal(400, "'state' is invalid", 8001)
        return {"content": blocks, "state": state, "tags": said.get("tags", "").split(",")}

    def _stored(self, block: Mapping[str, Any], files: Mapping[str, Any]) -> dict[str, Any]:
        """Give a block as it is kept: an uploaded file stands under an address of its own."""
        match block:
            case {"type": "text", "text": str(text)} if len(text) <= _LONGEST_BLOCK:
                _check_formatting(block.get("formatting", []), text)
                return dict(block)
            case {"type": "link", "url": str()}:
                return dict(block)
            case {"type": "image", "media": [dict(medium)]}:
                return {**block, "media": [self._medium("image", medium, files)]}
            case {"type": "video", "media": dict(medium)}:
                return {**block, "media": self._medium("video", medium, files)}
        raise Refusal(400, "'content' holds a block that is invalid", 8001)

    def _medium(self, kind: str, medium: Mapping[str, Any], files: Mapping[str, Any]) -> dict[str, Any]:
        if "url" in medium:
            if medium["url"] not in self._files:
                raise Refusal(400, "The media could not be found", 8005)
            return self._files[medium["url"]]
        uploaded = files.get(medium.get("identifier", ""))
        if uploaded is None or medium.get("type") not in _KINDS[kind] or uploaded.mimetype != medium["type"]:
            raise Refusal(400, "The media is of an invalid format", 8005)
        url = f"https://64.media.tumblr.example/{next(self._numbers)}/s1280x1920/{uploaded.filename}"
        self._files[url] = {"url": url, "type": medium["type"], "width": 540, "height": 405}
        return self._files[url]

    def post(self, number: str) -> dict[str, Any]:
        if number not in self.posts:
            raise Refusal(404, "Not Found")
        return self.posts[number]

    def look(self, number: str) -> list[dict[str, Any]]:
        """Give a post's blocks; a film has no address until Tumblr has looked at it."""
        with self._lock:
            post = self.post(number)
            post["looks"] += 1
            if post["looks"] > self._looks:
                return list(post["content"])
            return [
                {key: value for key, value in block.items() if key != "media"}
                if block["type"] == "video"
                else block
                for block in post["content"]
            ]

    def delete(self, number: str) -> None:
        with self._lock:
            self.post(number)
            del self.posts[number]

    def reply(self, on: str, text: str, author: str) -> str:
        with self._lock:
            at = int(self.clock().timestamp())
            note = {"type": "reply", "timestamp": at, "blog_name": author.lower(), "reply_text": text}
            self.post(on)["notes"].insert(0, note)
            return f"{on}#{author.lower()}@{at}"


def _check_formatting(ranges: list[Mapping[str, Any]], text: str) -> None:
    for one in ranges:
        if not 0 <= one["start"] < one["end"] <= len(text) or (one["type"] == "link" and not one.get("url")):
            raise Refusal(400, "'formatting' is invalid", 8001)


def secrets(
    url: str, accounts: Mapping[str, str] = ACCOUNTS, grants: Mapping[str, str] | None = None, **_: object
) -> dict[str, dict[str, str]]:
    """Give, by blog, the secret with which the connector opens it."""
    ((client, secret),) = CLIENTS.items()
    app = {"client_id": client, "client_secret": str(secret)}
    here = {"base_url": f"{url}/v2"}
    lasting = {name: {**here, "blog": name, "access_token": token} for token, name in accounts.items()}
    renewed = {
        name: {**here, **app, "blog": name, "refresh_token": token} for token, name in (grants or {}).items()
    }
    return renewed or lasting


def create_app(
    *,
    accounts: Mapping[str, str] = ACCOUNTS,
    grants: Mapping[str, str] | None = None,
    clock: Clock = utc_now,
    looks: int = 0,
    most: int = _MOST_A_DAY,
) -> Flask:
    """Make the blog; ``grants`` maps refresh tokens to blogs, a film is ready after ``looks`` looks."""
    journal, faults = Journal(), Faults()
    tokens = TokenServer(clock=clock, access_life=_ACCESS_LIVES)
    for token, name in (grants or {}).items():
        tokens.grant(name, refresh=token)
    blog = Blog(clock, journal, looks, most)
    app = Flask("parution-sandbox-tumblr")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_UPLOAD
    app.register_blueprint(control(faults, journal, blog.reply))
    app.register_error_handler(Refusal, _refused)
    app.before_request(lambda: _let_in(accounts, tokens))
    app.after_request(_counting(itertools.count(1)))
    _serve_tokens(app, tokens)
    _serve_posts(app, blog)
    _serve_notes(app, blog)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(status: int, message: str, response: Mapping[str, Any]) -> tuple[Response, int]:
    return jsonify(meta={"status": status, "msg": message}, response=response), status


def _refused(error: Refusal) -> tuple[Response, int]:
    meta = {"status": error.status, "msg": error.title}
    wrong = {"title": error.title, **({"code": error.code} if error.code else {})}
    return jsonify(meta=meta, errors=[wrong]), error.status


def _counting(numbers: "itertools.count[int]") -> Any:
    def counted(response: Response) -> Response:
        number = next(numbers)
        for per, most, seconds in (("Perhour", _HOUR, 3600), ("Perday", _DAY, 86_400)):
            response.headers |= {
                f"X-Ratelimit-{per}-Limit": str(most),
                f"X-Ratelimit-{per}-Remaining": str(max(0, most - number)),
                f"X-Ratelimit-{per}-Reset": str(seconds - 1),
            }
        return response

    return counted


def _let_in(accounts: Mapping[str, str], tokens: TokenServer) -> None:
    """Refuse whoever has no token of the blog in the path, or no User-Agent."""
    if not request.path.startswith("/v2/blog/"):
        return
    if not request.headers.get("User-Agent"):
        raise Refusal(403, "Forbidden")
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    owner = accounts.get(token) or tokens.account(token)
    if owner is None:
        raise Refusal(401, "Unauthorized", 1016)
    if request.path.split("/")[3] not in {owner, f"{owner}.tumblr.com"}:
        raise Refusal(404, "Not Found")


# ---------------------------------------------------------------- the API
def _serve_tokens(app: Flask, tokens: TokenServer) -> None:
    @app.post("/v2/oauth2/token")
    def token() -> Response | tuple[Response, int]:
        try:
            tokens.authenticate(request.form.get("client_id", ""), request.form.get("client_secret"))
            issued = tokens.refresh(request.form["client_id"], request.form.get("refresh_token", ""))
        except OAuthError as error:
            return jsonify(error=error.code, error_description="as the standard has it"), error.status
        return jsonify(
            access_token=issued.access,
            expires_in=int(issued.lifetime.total_seconds()),
            id_token=False,
            refresh_token=issued.refresh,
            scope="write offline_access",
            token_type="bearer",  # noqa: S106 (no password)
        )


def _serve_posts(app: Flask, blog: Blog) -> None:
    @app.post("/v2/blog/<name>/posts")
    def make(name: str) -> tuple[Response, int]:
        is_parts = request.mimetype == "multipart/form-data"
        said = json.loads(request.form["json"]) if is_parts else request.get_json()
        return _told(201, "Created", {"id": blog.make(name, said, request.files)})

    @app.get("/v2/blog/<name>/posts")
    def published(name: str) -> tuple[Response, int]:
        limit, offset = request.args.get("limit", 20, type=int), request.args.get("offset", 0, type=int)
        if not 1 <= limit <= 20:  # noqa: PLR2004 (what the API says)
            raise Refusal(400, "'limit' must be between 1 and 20")
        shown = [_shown(post) for post in reversed(blog.posts.values()) if post["state"] == "published"]
        page = {"blog": {"name": name}, "posts": shown[offset : offset + limit], "total_posts": len(shown)}
        return _told(200, "OK", page)

    @app.get("/v2/blog/<name>/posts/<number>")
    def one(name: str, number: str) -> tuple[Response, int]:
        content, post = blog.look(number), blog.post(number)
        facts = {"object_type": "post", "type": "blocks", "id": number, "tumblelog_uuid": f"t:{name}"}
        return _told(
            200, "OK", facts | {"content": content, "layout": [], "trail": [], "state": post["state"]}
        )

    @app.put("/v2/blog/<name>/posts/<number>")
    def edit(name: str, number: str) -> tuple[Response, int]:  # noqa: ARG001 (the route's own)
        return _told(200, "OK", {"id": blog.edit(number, request.get_json())})

    @app.post("/v2/blog/<name>/post/delete")
    def delete(name: str) -> tuple[Response, int]:  # noqa: ARG001 (the route's own)
        number = str(request.get_json()["id"])
        blog.delete(number)
        return _told(200, "OK", {"id": number})


def _serve_notes(app: Flask, blog: Blog) -> None:
    @app.get("/v2/blog/<name>/notes")
    def notes(name: str) -> tuple[Response, int]:  # noqa: ARG001 (the route's own)
        written = blog.post(request.args["id"])["notes"]
        before = request.args.get("before_timestamp", type=int)
        shown = [note for note in written if before is None or note["timestamp"] < before]
        totals = {"total_notes": len(written), "total_likes": 0, "total_reblogs": 0}
        return _told(200, "OK", {"notes": shown, "rollup_notes": [], **totals})


def _shown(post: Mapping[str, Any]) -> dict[str, Any]:
    at: datetime = post["at"]
    return {
        "object_type": "post",
        "type": "blocks",
        "blog_name": post["blog"],
        "id": int(post["id"]),
        "id_string": post["id"],
        **({"genesis_post_id": post["genesis"]} if post["genesis"] else {}),
        "post_url": f"https://{post['blog']}.tumblr.example/post/{post['id']}",
        "timestamp": int(at.timestamp()),
        "date": at.strftime("%Y-%m-%d %H:%M:%S GMT"),
        "state": "published",
        "tags": post["tags"],
        "note_count": len(post["notes"]),
        "content": post["content"],
        "layout": [],
        "trail": [],
    }
