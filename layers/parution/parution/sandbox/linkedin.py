"""A local LinkedIn: its versioned REST API as far as publishing, comments and figures need it."""

import itertools
import re
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, jsonify, request

from parution.sandbox import pages
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now

TOKEN, AUTHOR = "sandbox-token", "urn:li:organization:2414183"  # an access token, and whom it opens

_VERSIONS = re.compile(r"2026(0[1-9]|1[0-2])")  # those that are active
_PART = 4 * 1024 * 1024
_SAME_FOR = timedelta(minutes=10)
_MOST_CHARACTERS, _MOST_PICTURES = 3000, 20
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:activity:\d+),(\d+)\)")
# What little text reads as syntax where it is not escaped: there the post ends, and nobody is told.
_SYNTAX = re.compile(
    r"\\.|\{hashtag\|\\#\|(?:[^\\{}|]|\\.)+\}|@\[[^\]]+\]\(urn:li:[^)]+\)|#\w+|(?P<cut>[\\|{}@\[\]()<>#*_~])"
)
_DISTRIBUTION = {"feedDistribution", "targetEntities", "thirdPartyDistributionChannels"}
_POST_KEYS = {
    "author",
    "commentary",
    "visibility",
    "distribution",
    "lifecycleState",
    "isReshareDisabledByAuthor",
    "content",
}


class Refusal(Exception):
    """Answered as LinkedIn does: a status, a code and a message."""

    def __init__(self, status: int, code: str, message: str, inner: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.inner = status, code, message, inner


def _invalid(message: str) -> Refusal:
    return Refusal(400, "ILLEGAL_ARGUMENT", message)


def _missing(urn: str) -> Refusal:
    return Refusal(404, "NOT_FOUND", f"Entity not found: {urn}")


class Feed:
    """Files, posts and comments, behind one lock."""

    def __init__(self, clock: Clock, journal: Journal, works: float) -> None:
        self.clock, self._journal, self._works = clock, journal, works
        self._lock, self._numbers = threading.RLock(), itertools.count(1)
        self.files: dict[str, dict[str, Any]] = {}
        self.posts: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, dict[str, Any]] = {}

    def number(self) -> int:
        """Give an id as LinkedIn makes them: the milliseconds since 1970, and 22 bits."""
        return (int(self.clock().timestamp() * 1000) << 22) + next(self._numbers)

    # ---------------------------------------------------------------- files
    def place(self, kind: str, owner: str, size: int) -> dict[str, Any]:
        urn = f"urn:li:{kind}:D4E{next(self._numbers)}"
        self.files[urn] = {
            "urn": urn,
            "kind": kind,
            "owner": owner,
            "size": size,
            "parts": {},
            "ready_at": None,
        }
        return self.files[urn]

    def keep(self, urn: str, place: int, data: bytes) -> str:
        file = self.file(urn)
        file["parts"][place] = data
        if file["kind"] != "video":
            self.close(urn)
        return f"/ambry-video/signedId/{urn[-3:]}-{place}"

    def close(self, urn: str) -> None:
        file = self.file(urn)
        file["data"] = b"".join(file["parts"][place] for place in sorted(file["parts"]))
        waits = self._works if file["kind"] in {"video", "document"} else 0.0
        file["ready_at"] = time.monotonic() + waits

    def file(self, urn: str) -> dict[str, Any]:
        if urn not in self.files:
            raise _missing(urn)
        return self.files[urn]

    def is_ready(self, urn: str) -> bool:
        ready_at = self.file(urn)["ready_at"]
        return ready_at is not None and time.monotonic() >= ready_at

    # ---------------------------------------------------------------- posts
    def post(self, author: str, said: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._check(author, said)
            number, now = self.number(), self.clock()
            urn = f"urn:li:{'ugcPost' if self._is_film(said) else 'share'}:{number}"
            shown = _cut(said["commentary"])
            self.posts[urn] = {
                **said,
                "commentary": shown,
                "written": said["commentary"],
                "id": urn,
                "at": now,
            }
            self.posts[urn]["activity"] = f"urn:li:activity:{number + 1}"
            self._journal.record("post", urn, now, text=_read(shown), author=author)
            return self.posts[urn]

    def _check(self, author: str, said: Mapping[str, Any]) -> None:
        needed = _POST_KEYS - {"content", "isReshareDisabledByAuthor"}
        if missing := needed - said.keys():
            raise Refusal(422, "", f"ERROR :: /{min(missing)} :: field is required but not found")
        if unknown := (said.keys() - _POST_KEYS) | (said["distribution"].keys() - _DISTRIBUTION):
            raise Refusal(422, "", f"ERROR :: /{min(unknown)} :: unrecognized field found but not allowed")
        if said["author"] != author:
            raise Refusal(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE")
        if len(said["commentary"]) > 2 * _MOST_CHARACTERS:
            raise Refusal(400, "FIELD_LENGTH_TOO_LONG", "/commentary exceeds the maximum length of 3000")
        self._check_content(said.get("content", {}))
        since = self.clock() - _SAME_FOR
        for one in self.posts.values():
            same = (one["author"], one["written"]) == (author, said["commentary"])
            if same and one["at"] >= since:
                raise Refusal(422, "", f"Content is a duplicate of {one['id']}", "DUPLICATE_POST")

    def _check_content(self, content: Mapping[str, Any]) -> None:
        if "article" in content and not {"source", "title"} <= content["article"].keys():
            raise _invalid("/content/article needs source and title")
        files = _files(content)
        if "multiImage" in content and not 2 <= len(files) <= _MOST_PICTURES:  # noqa: PLR2004 (LinkedIn's own)
            raise _invalid("/content/multiImage/images must hold 2 to 20")
        for one in files:
            file = self.file(one["id"])
            if file["kind"] == "document" and not one.get("title"):
                raise _invalid("/content/media/title is required for documents")
            if not self.is_ready(one["id"]):
                raise Refusal(400, "MEDIA_ASSET_WAITING_UPLOAD", "Media asset is waiting upload")

    def _is_film(self, said: Mapping[str, Any]) -> bool:
        return any(":video:" in one["id"] for one in _files(said.get("content", {})))

    def thread(self, urn: str) -> str:
        """Give the activity that comments of a post stand below."""
        if found := _COMMENT.fullmatch(urn):
            return found[1]
        for post in self.posts.values():
            if urn in {post["id"], post["activity"]}:
                return str(post["activity"])
        raise _missing(urn)

    def comment(self, urn: str, actor: str, text: str) -> dict[str, Any]:
        with self._lock:
            thread, number = self.thread(urn), self.number()
            name = f"urn:li:comment:({thread},{number})"
            above = urn if _COMMENT.fullmatch(urn) else None
            said = {"id": str(number), "urn": name, "object": thread, "actor": actor, "text": text}
            self.comments[name] = {**said, "above": above, "at": self.clock()}
            self._journal.record("post", name, self.clock(), text=text, author=actor)
            return self.comments[name]

    def said_by(self, on: str, text: str, author: str) -> str:
        return str(self.comment(on, f"urn:li:person:{author.lower()}", text)["urn"])

    def below(self, urn: str) -> list[dict[str, Any]]:
        if _COMMENT.fullmatch(urn):
            return [one for one in self.comments.values() if one["above"] == urn]
        thread = self.thread(urn)
        return [one for one in self.comments.values() if one["object"] == thread and one["above"] is None]


def _read(commentary: str) -> str:
    """Show little text as readers see it."""
    tagged = re.sub(r"\{hashtag\|\\#\|((?:[^\\{}|]|\\.)+)\}", r"#\1", commentary)
    return re.sub(r"\\(.)", r"\1", tagged)


def _files(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "multiImage" in content:
        return list(content["multiImage"]["images"])
    return [content["media"]] if "media" in content else []


def _cut(commentary: str) -> str:
    """End a text at the first letter of syntax that nobody escaped, as LinkedIn does."""
    for found in _SYNTAX.finditer(commentary):
        if found["cut"]:
            return commentary[: found.start()]
    return commentary


def secrets(url: str, token: str = TOKEN, author: str = AUTHOR, **_: object) -> dict[str, dict[str, str]]:
    """Give, by author, the secret with which the connector opens it."""
    return {author: {"base_url": url, "author": author, "access_token": token}}


def create_app(
    *, token: str = TOKEN, author: str = AUTHOR, clock: Clock = utc_now, works: float = 0.0
) -> Flask:
    """Make the network for one author; ``works``: so many seconds are spent on a film or a document."""
    accounts = {token: author}
    journal, faults = Journal(), Faults()
    kept = Feed(clock, journal, works)
    app = Flask("parution-sandbox-linkedin")
    app.register_blueprint(control(faults, journal, kept.said_by))
    app.register_error_handler(Refusal, _told)
    _serve_files(app, kept, accounts)
    _serve_posts(app, kept, accounts)
    _serve_comments(app, kept, accounts)
    _serve_figures(app, kept, accounts)
    _serve_people(app, kept)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(error: Refusal) -> tuple[Response, int]:
    told: dict[str, Any] = {"status": error.status, "message": error.message}
    if error.code:
        told |= {"code": error.code, "serviceErrorCode": 100}
    if error.inner:
        inner = [{"description": "Duplicate post is detected", "input": {}, "code": error.inner}]
        told |= {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "errorDetails": {"inputErrors": inner},
        }
    return jsonify(told), error.status


def _author(accounts: Mapping[str, str]) -> str:
    """Tell who asks, and refuse what no call may lack."""
    author = accounts.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if author is None:
        raise Refusal(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
    version = request.headers.get("LinkedIn-Version", "")
    if not version:
        raise Refusal(400, "VERSION_MISSING", "A version must be present. Please specify a version.")
    if not _VERSIONS.fullmatch(version):
        raise Refusal(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        raise _invalid("Invalid Rest.li protocol version")
    return author


def _reads(author: str) -> None:
    if author.startswith("urn:li:person:"):
        raise Refusal(403, "ACCESS_DENIED", "Not enough permissions to access: r_member_social")


# ---------------------------------------------------------------- the API
def _serve_files(app: Flask, kept: Feed, accounts: Mapping[str, str]) -> None:
    @app.post("/rest/<any(images, videos, documents):kinds>")
    def register(kinds: str) -> Response:
        author = _author(accounts)
        if kinds == "videos" and request.args.get("action") == "finalizeUpload":
            return _finalized(kept)
        asked = request.get_json()["initializeUploadRequest"]
        if asked["owner"] != author:
            raise Refusal(403, "ACCESS_DENIED", "The caller must match the owner")
        kind, size = kinds.removesuffix("s"), asked.get("fileSizeBytes", 0)
        file = kept.place(kind, author, size)
        where = f"{request.host_url}dms-uploads/{quote(file['urn'], safe='')}"
        if kind != "video":
            return jsonify(value={"uploadUrlExpiresAt": 0, "uploadUrl": f"{where}/0", kind: file["urn"]})
        parts = [
            {"uploadUrl": f"{where}/{first}", "firstByte": first, "lastByte": min(first + _PART, size) - 1}
            for first in range(0, size, _PART)
        ]
        value = {"uploadUrlsExpireAt": 0, "video": file["urn"], "uploadToken": ""}
        return jsonify(value=value | {"uploadInstructions": parts})

    @app.put("/dms-uploads/<urn>/<int:place>")
    def upload(urn: str, place: int) -> Response:
        is_film, has_access = ":video:" in urn, "Authorization" in request.headers
        if is_film == has_access:
            raise Refusal(401, "UNAUTHORIZED", "films take no access, other files need it")
        mark = kept.keep(urn, place, request.get_data())
        return Response(status=200 if is_film else 201, headers={"ETag": f'"{mark}"'} if is_film else {})

    @app.get("/rest/<any(images, videos, documents):kinds>/<urn>")
    def state(kinds: str, urn: str) -> Response:
        author = _author(accounts)
        if kinds == "images":
            _reads(author)
        file = kept.file(urn)
        status = "AVAILABLE" if kept.is_ready(urn) else "PROCESSING" if file["parts"] else "WAITING_UPLOAD"
        return jsonify(id=urn, owner=file["owner"], status=status)


def _finalized(kept: Feed) -> Response:
    said = request.get_json()["finalizeUploadRequest"]
    file = kept.file(said["video"])
    marks = [f"/ambry-video/signedId/{file['urn'][-3:]}-{place}" for place in sorted(file["parts"])]
    if said["uploadedPartIds"] != marks or sum(map(len, file["parts"].values())) != file["size"]:
        raise _invalid("the uploaded parts do not add up")
    kept.close(said["video"])
    return Response(status=200)


def _serve_posts(app: Flask, kept: Feed, accounts: Mapping[str, str]) -> None:
    @app.post("/rest/posts")
    def write() -> Response:
        post = kept.post(_author(accounts), request.get_json())
        return Response(status=201, headers={"x-restli-id": post["id"]})

    @app.get("/rest/posts")
    def of_author() -> Response:
        author = _author(accounts)
        _reads(author)
        if request.args.get("q") != "author" or request.headers.get("X-RestLi-Method") != "FINDER":
            raise _invalid("No finder was named")
        mine = [one for one in reversed(kept.posts.values()) if one["author"] == request.args["author"]]
        start, count = int(request.args.get("start", 0)), int(request.args.get("count", 10))
        return jsonify(elements=[_post(one) for one in mine[start : start + count]], paging={"start": start})

    @app.get("/rest/posts/<urn>")
    def one(urn: str) -> Response:
        _reads(_author(accounts))
        if urn not in kept.posts:
            raise _missing(urn)
        return jsonify(_post(kept.posts[urn]))

    @app.delete("/rest/posts/<urn>")
    def delete(urn: str) -> Response:
        author = _author(accounts)
        if kept.posts.get(urn, {"author": author})["author"] != author:
            raise Refusal(403, "ACCESS_DENIED", "Not enough permissions to access: posts.DELETE")
        kept.posts.pop(urn, None)  # a second time, too, it answers 204
        return Response(status=204)


def _post(post: Mapping[str, Any]) -> dict[str, Any]:
    at = _milliseconds(post["at"])
    known = {key: value for key, value in post.items() if key in _POST_KEYS}
    return {**known, "id": post["id"], "createdAt": at, "publishedAt": at, "lastModifiedAt": at}


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _serve_comments(app: Flask, kept: Feed, accounts: Mapping[str, str]) -> None:
    @app.post("/rest/socialActions/<urn>/comments")
    def remark(urn: str) -> tuple[Response, int, dict[str, str]]:
        author, said = _author(accounts), request.get_json()
        found = _COMMENT.fullmatch(urn)
        if said["actor"] != author or said["object"] != (found[1] if found else urn):
            raise Refusal(403, "ACCESS_DENIED", "Unpermitted fields present in REQUEST_BODY: actor, object")
        if found and said.get("parentComment") != urn:
            raise _invalid("/parentComment must be the comment that is answered")
        made = kept.comment(urn, author, said["message"]["text"])
        return jsonify(_remark(made)), 201, {"x-restli-id": made["id"]}

    @app.get("/rest/socialActions/<urn>/comments")
    def remarks(urn: str) -> Response:
        _reads(_author(accounts))
        start, count = int(request.args.get("start", 0)), int(request.args.get("count", 10))
        found = kept.below(urn)
        paging = {"start": start, "count": count, "total": len(found), "links": []}
        return jsonify(elements=[_remark(one) for one in found[start : start + count]], paging=paging)

    @app.delete("/rest/socialActions/<urn>/comments/<number>")
    def unsay(urn: str, number: str) -> Response:
        if request.args.get("actor") != _author(accounts):
            raise Refusal(403, "ACCESS_DENIED", "Not enough permissions to access: comments.DELETE")
        if kept.comments.pop(f"urn:li:comment:({urn},{number})", None) is None:
            raise _missing(urn)
        return Response(status=204)


def _remark(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "$URN": one["urn"],
        "object": one["object"],
        "actor": one["actor"],
        "created": {"actor": one["actor"], "time": _milliseconds(one["at"])},
        "message": {"attributes": [], "text": one["text"]},
        **({"parentComment": one["above"]} if one["above"] else {}),
    }


def _serve_figures(app: Flask, kept: Feed, accounts: Mapping[str, str]) -> None:
    @app.get("/rest/socialActions/<urn>")
    def summary(urn: str) -> Response:
        _author(accounts)
        if urn not in kept.comments:
            raise _missing(urn)
        below = len(kept.below(urn))
        return jsonify(
            likesSummary={"totalLikes": 0}, commentsSummary={"aggregatedTotalComments": below}, target=urn
        )

    @app.get("/rest/organizationalEntityShareStatistics")
    def statistics() -> Response:
        if request.args["organizationalEntity"] != _author(accounts):
            raise Refusal(403, "ACCESS_DENIED", "Not enough permissions: rw_organization_admin")
        asked = request.args.get("shares") or request.args["ugcPosts"]
        urn = asked.removeprefix("List(").removesuffix(")")
        replies = len(kept.below(urn)) if urn in kept.posts else 0
        # What nobody saw or touched is left out.
        total = {"likeCount": 0, "shareCount": 0, "commentCount": replies, "impressionCount": 0}
        return jsonify(elements=[{"totalShareStatistics": total, "share": urn}] if replies else [])

    @app.get("/rest/memberCreatorPostAnalytics")
    def analytics() -> Response:
        _author(accounts)
        asked = re.fullmatch(r"\((share|ugc):(urn:li:\w+:\d+)\)", request.args["entity"])
        if asked is None:
            raise _invalid("/entity")
        if asked[2] not in kept.posts:
            raise _missing(asked[2])
        kind = request.args["queryType"]
        count = len(kept.below(asked[2])) if kind == "COMMENT" else 0
        return jsonify(elements=[{"count": count, "metricType": kind}])


# ---------------------------------------------------------------- for people
def _serve_people(app: Flask, kept: Feed) -> None:
    @app.get("/")
    def read() -> Response:
        base = request.host_url.rstrip("/")
        return pages.timeline(
            [_as_status(one, kept, base) for one in reversed(kept.posts.values())], "LinkedIn"
        )

    @app.get("/files/<urn>")
    def file(urn: str) -> Response:
        kind = {"image": "image/jpeg", "video": "video/mp4"}.get(kept.file(urn)["kind"], "application/pdf")
        return pages.sealed(Response(kept.file(urn)["data"], mimetype=kind))

    @app.get("/avatars/<name>.svg")
    def avatar(name: str) -> Response:
        return pages.avatar(name)


def _as_status(post: Mapping[str, Any], kept: Feed, base: str) -> dict[str, Any]:
    """Give a post as the page of statuses shows one."""
    name = post["author"].rsplit(":", 1)[-1]
    article = post.get("content", {}).get("article")
    text = _read(post["commentary"]) + (f"\n\n{article['title']}\n{article['source']}" if article else "")
    return {
        "language": "",
        "account": {"avatar": f"{base}/avatars/{name}.svg", "display_name": "Martin", "acct": name},
        "url": f"{base}/",
        "created_at": post["at"].isoformat(),
        "content": f'<p style="white-space:pre-line">{escape(text)}</p>',
        "media_attachments": [
            {
                "type": "image" if ":image:" in one["id"] else "video",
                "url": f"{base}/files/{quote(one['id'], safe='')}",
                "description": one.get("altText") or one.get("title", ""),
            }
            for one in _files(post.get("content", {}))
        ],
        "replies_count": len(kept.below(post["id"])),
        "reblogs_count": 0,
        "favourites_count": 0,
    }
