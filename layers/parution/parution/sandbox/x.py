"""A local X: version 2 of its API as far as publishing, looking up and answering need it."""

import itertools
import re
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape, unescape
from typing import Any

from flask import Flask, Response, jsonify, request

from parution.plan.texts import weighted
from parution.sandbox import mastodon_text, pages
from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now
from parution.sandbox.oauth import OAuthError, TokenServer

GRANTS = {"sandbox-refresh": "martin"}  # refresh tokens, and whose account each opens

_FIRST = 1_900_000_000_000_000_000  # ids as X gives them since 2025
_WINDOW, _AMOUNT = 900, 100
_MOST_CHARACTERS, _MOST_PICTURES, _MOST_ALT = 280, 4, 1000
_LARGEST = {"tweet_image": 5_000_000, "tweet_gif": 15_000_000, "tweet_video": 512_000_000}
_KINDS = {"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/quicktime"}
_SEARCHED = timedelta(days=7)
_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?'»)\]]")
_POST_KEYS = {"text", "media", "reply"}  # of what CreatePostsRequest knows: what is taken here
_PROBLEMS = "https://api.x.com/2/problems/"


class Refusal(Exception):
    """Answered as X does: a problem's type, title, detail and status."""

    def __init__(self, status: int, detail: str, kind: str = "", title: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.kind = _PROBLEMS + kind if kind else "about:blank"
        self.title = title or {400: "Invalid Request", 401: "Unauthorized", 403: "Forbidden"}.get(status, "")


def _invalid(message: str) -> Refusal:
    return Refusal(400, message, "invalid-request")


def _missing(number: str) -> Refusal:
    return Refusal(404, f"Could not find tweet with id: [{number}].", "resource-not-found", "Not Found Error")


class Timeline:
    """Accounts, files and posts, behind one lock."""

    def __init__(self, accounts: list[str], clock: Clock, journal: Journal, works: float) -> None:
        self._clock, self._journal, self._works = clock, journal, works
        self._lock, self._numbers = threading.RLock(), itertools.count(_FIRST)
        self.accounts = {name: str(1000 + place) for place, name in enumerate(accounts)}
        self.files: dict[str, dict[str, Any]] = {}
        self.posts: dict[str, dict[str, Any]] = {}

    def number(self, account: str) -> str:
        return self.accounts.setdefault(account, str(1000 + len(self.accounts)))

    # ---------------------------------------------------------------- files
    def open(self, said: Mapping[str, Any]) -> dict[str, Any]:
        category, size = said.get("media_category"), said.get("total_bytes", 0)
        if said.get("media_type") not in _KINDS or category not in _LARGEST:
            raise _invalid("The media type is not supported.")
        if not 0 < size <= _LARGEST[category]:
            raise _invalid(f"File size exceeds {_LARGEST[category]} bytes.")
        file = {"id": str(next(self._numbers)), "kind": said["media_type"], "size": size, "parts": {}}
        self.files[file["id"]] = file | {"alt": "", "done_at": None}
        return self.files[file["id"]]

    def close(self, number: str) -> dict[str, Any]:
        file = self.file(number)
        data = b"".join(file["parts"][place] for place in sorted(file["parts"]))
        if sorted(file["parts"]) != list(range(len(file["parts"]))) or len(data) != file["size"]:
            raise _invalid("The media upload is not complete: segments do not add up to total_bytes.")
        is_film = file["kind"].startswith("video/")
        file |= {"data": data, "done_at": time.monotonic() + (self._works if is_film else 0.0)}
        return file

    def file(self, number: str) -> dict[str, Any]:
        if number not in self.files:
            raise _missing(number)
        return self.files[number]

    def is_ready(self, file: Mapping[str, Any]) -> bool:
        return file["done_at"] is not None and time.monotonic() >= file["done_at"]

    # ---------------------------------------------------------------- posts
    def write(self, account: str, said: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            if unknown := said.keys() - _POST_KEYS:
                raise _invalid(f"$.{min(unknown)}: is not defined in the schema")
            text, media = said.get("text", ""), (said.get("media") or {}).get("media_ids", [])
            above = (said.get("reply") or {}).get("in_reply_to_tweet_id")
            self._check(account, text, media, above)
            return self._kept(account, text, media, above)

    def answer(self, above: str, text: str, account: str) -> str:
        """Let somebody answer; X names whom they answer ahead of the text."""
        with self._lock:
            root = self.posts[above]
            return str(self._kept(account.lower(), f"@{root['account']} {text}", [], above)["id"])

    def _check(self, account: str, text: str, media: list[str], above: str | None) -> None:
        if not text and not media:
            raise _invalid("text: must not be empty unless media is provided.")
        if len(media) > _MOST_PICTURES or any(not self._is_usable(one) for one in media):
            raise _invalid("Your media IDs are invalid.")
        if weighted(_URL.sub("x" * 23, text)) > _MOST_CHARACTERS:
            raise Refusal(403, "You are not permitted to perform this action.")
        mine = [one for one in self.posts.values() if one["account"] == account]
        if any((one["written"], one["above"]) == (text, above) for one in mine):
            raise Refusal(403, "You are not allowed to create a Tweet with duplicate content.")
        if above is not None:
            self._check_answer(account, above)

    def _check_answer(self, account: str, above: str) -> None:
        if above not in self.posts:
            raise Refusal(403, "You attempted to reply to a Tweet that is deleted or not visible to you.")
        post = self.posts[above]
        if post["account"] != account and f"@{account}" not in post["written"]:
            why = "because you have not been mentioned or otherwise engaged by the author"
            raise Refusal(403, f"Reply to this conversation is not allowed {why} of the post.")

    def _is_usable(self, number: str) -> bool:
        return number in self.files and self.is_ready(self.files[number])

    def _kept(self, account: str, text: str, media: list[str], above: str | None) -> dict[str, Any]:
        number, at = str(next(self._numbers)), self._clock()
        post = {"id": number, "account": account, "written": text, "above": above, "at": at, "media": media}
        root = self.posts[above]["conversation"] if above else number
        self.posts[number] = post | {"conversation": root, "hidden": False}
        self.number(account)
        self._journal.record("post", number, at, text=text, account=account)
        return self.posts[number]

    def post(self, number: str) -> dict[str, Any]:
        if number not in self.posts:
            raise _missing(number)
        return self.posts[number]

    def of(self, account: str, since: datetime | None) -> list[dict[str, Any]]:
        mine = [one for one in self.posts.values() if one["account"] == account]
        return [one for one in reversed(mine) if since is None or one["at"] >= since]


def secrets(url: str, grants: Mapping[str, str] = GRANTS, **_: object) -> dict[str, dict[str, str]]:
    """Give, by account, the secret with which the connector opens it."""
    return {
        name: {"base_url": url, "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        | {"refresh_token": refresh}
        for refresh, name in grants.items()
    }


def create_app(
    *,
    grants: Mapping[str, str] = GRANTS,
    clock: Clock = utc_now,
    works: float = 0.0,
    rotates: bool = True,
) -> Flask:
    """Make the network; ``works``: for so many seconds it is at work on each film.

    Without ``rotates`` a refresh token serves many workers that do not know of each other.
    """
    journal, faults = Journal(), Faults()
    tokens = TokenServer(clock=clock, rotates=rotates)
    for refresh, account in grants.items():
        tokens.grant(account, "sandbox-client", refresh)
    kept = Timeline(list(grants.values()), clock, journal, works)
    app = Flask("parution-sandbox-x")
    app.register_blueprint(control(faults, journal, kept.answer))
    app.register_error_handler(Refusal, _told)
    _serve_tokens(app, tokens)
    _serve_files(app, kept, tokens)
    _serve_posts(app, kept, tokens)
    _serve_reading(app, kept, tokens)
    _serve_people(app, kept)
    app.after_request(_counted)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _told(error: Refusal) -> tuple[Response, int]:
    told = jsonify(title=error.title, detail=error.detail, type=error.kind, status=error.status)
    told.headers["Content-Type"] = "application/problem+json"
    return told, error.status


def _counted(response: Response) -> Response:
    """Say what is left; nobody here posts a hundred times in a quarter of an hour."""
    ends = (int(time.time()) // _WINDOW + 1) * _WINDOW
    for name, value in (("limit", _AMOUNT), ("remaining", _AMOUNT - 1), ("reset", ends)):
        response.headers.setdefault(f"x-rate-limit-{name}", str(value))
    return response


def _account(tokens: TokenServer) -> str:
    account = tokens.account(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if account is None:
        raise Refusal(401, "Unauthorized")
    return account


# ---------------------------------------------------------------- the API
def _serve_tokens(app: Flask, tokens: TokenServer) -> None:
    @app.post("/2/oauth2/token")
    def renew() -> tuple[Response, int]:
        said, known = request.form, request.authorization
        client, secret = (known.username, known.password) if known else (said.get("client_id"), None)
        try:
            tokens.authenticate(client or "", secret)
            issued = tokens.refresh(client or "", said["refresh_token"])
        except OAuthError as error:
            # A dead refresh token is a wrong request here, where the standard has invalid_grant.
            what = {"invalid_grant": "invalid_request"}.get(error.code, error.code)
            return jsonify(error=what, error_description="Value passed for the token was invalid."), 400
        pair = {"token_type": "bearer", "expires_in": 7200, "access_token": issued.access}
        return jsonify({**pair, **({"refresh_token": issued.refresh} if issued.refresh else {})}), 200


def _serve_files(app: Flask, kept: Timeline, tokens: TokenServer) -> None:
    @app.post("/2/media/upload/initialize")
    def initialize() -> Response:
        _account(tokens)
        file = kept.open(request.get_json())
        return jsonify(data={"id": file["id"], "media_key": f"3_{file['id']}", "expires_after_secs": 86_400})

    @app.post("/2/media/upload/<number>/append")
    def append(number: str) -> Response:
        _account(tokens)
        part = request.files["media"].read()
        kept.file(number)["parts"][int(request.form["segment_index"])] = part
        return jsonify(data={"expires_at": int(time.time()) + 86_400})

    @app.post("/2/media/upload/<number>/finalize")
    def finalize(number: str) -> Response:
        _account(tokens)
        return jsonify(data=_file(kept.close(number), kept))

    @app.get("/2/media/upload")
    def status() -> Response:
        _account(tokens)
        return jsonify(data=_file(kept.file(request.args["media_id"]), kept))

    @app.post("/2/media/metadata")
    def describe() -> Response:
        _account(tokens)
        said = request.get_json()
        text = said["metadata"]["alt_text"]["text"]
        if len(text) > _MOST_ALT:
            raise _invalid("alt_text is too long")
        kept.file(said["id"])["alt"] = text
        return jsonify(data={"id": said["id"], "associated_metadata": said["metadata"]})


def _file(file: Mapping[str, Any], kept: Timeline) -> dict[str, Any]:
    told = {"id": file["id"], "media_key": f"3_{file['id']}", "size": file["size"]}
    if not file["kind"].startswith("video/"):
        return told
    if kept.is_ready(file):
        return told | {"processing_info": {"state": "succeeded", "progress_percent": 100}}
    return told | {"processing_info": {"state": "pending", "check_after_secs": 1}}


def _serve_posts(app: Flask, kept: Timeline, tokens: TokenServer) -> None:
    @app.post("/2/tweets")
    def write() -> tuple[Response, int]:
        post = kept.write(_account(tokens), request.get_json())
        return jsonify(data={"id": post["id"], "text": _shortened(post)[0]}), 201

    @app.delete("/2/tweets/<number>")
    def delete(number: str) -> Response:
        if kept.post(number)["account"] != _account(tokens):
            raise Refusal(403, "You are not authorized to delete this Tweet.")
        del kept.posts[number]
        return jsonify(data={"deleted": True})

    @app.put("/2/tweets/<number>/hidden")
    def hide(number: str) -> Response:
        post = kept.post(number)
        if kept.post(post["conversation"])["account"] != _account(tokens) or post["above"] is None:
            raise Refusal(403, "You are not permitted to hide this reply.")
        post["hidden"] = bool(request.get_json()["hidden"])
        return jsonify(data={"hidden": post["hidden"]})


def _serve_reading(app: Flask, kept: Timeline, tokens: TokenServer) -> None:
    @app.get("/2/users/me")
    def me() -> Response:
        account = _account(tokens)
        return jsonify(data={"id": kept.number(account), "name": account.title(), "username": account})

    @app.get("/2/users/<number>/tweets")
    def timeline(number: str) -> Response:
        account = _account(tokens)
        if number != kept.number(account):
            raise _missing(number)
        since = request.args.get("start_time")
        return _page(kept.of(account, datetime.fromisoformat(since) if since else None), kept)

    @app.get("/2/tweets/<number>")
    def one(number: str) -> Response:
        _account(tokens)
        if number not in kept.posts:  # said with status 200: the lookup worked, and found nothing
            gone = _missing(number)
            problem = {"title": gone.title, "detail": gone.detail, "type": gone.kind}
            return jsonify(errors=[problem | {"resource_id": number, "resource_type": "tweet"}])
        return jsonify(data=_shown(kept.posts[number], kept))

    @app.get("/2/tweets/search/recent")
    def search() -> Response:
        _account(tokens)
        asked = re.fullmatch(r"conversation_id:(\d+) -from:(\d+)", request.args["query"])
        if asked is None:
            raise _invalid("There were errors processing your request: query")
        conversation, author = asked.groups()
        since = kept.post(conversation)["at"] - _SEARCHED
        found = [
            one
            for one in reversed(kept.posts.values())
            if one["conversation"] == conversation and one["at"] >= since and not one["hidden"]
        ]
        return _page([one for one in found if kept.number(one["account"]) != author], kept)


def _page(found: list[dict[str, Any]], kept: Timeline) -> Response:
    """Give one page, newest first."""
    size = int(request.args.get("max_results", 10))
    first = int(request.args.get("pagination_token", request.args.get("next_token", "0")))
    shown = found[first : first + size]
    meta: dict[str, Any] = {"result_count": len(shown)}
    if first + size < len(found):
        meta["next_token"] = str(first + size)
    if not shown:
        return jsonify(meta=meta)
    names = {kept.number(one["account"]): one["account"] for one in shown}
    users = [{"id": number, "name": name.title(), "username": name} for number, name in names.items()]
    includes = {"includes": {"users": users}} if "author_id" in request.args.get("expansions", "") else {}
    return jsonify(data=[_shown(one, kept) for one in shown], meta=meta, **includes)


def _shown(post: Mapping[str, Any], kept: Timeline) -> dict[str, Any]:
    """Give a post with the fields that were asked for; id and text come always."""
    text, links = _shortened(post)
    fields, expands = request.args.get("post.fields", "").split(","), request.args.get("expansions", "")
    told = {
        "created_at": post["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "conversation_id": post["conversation"],
        "entities": {"urls": links} if links else {},
        "attachments": {"media_keys": [f"3_{one}" for one in post["media"]]} if post["media"] else {},
        "public_metrics": _metrics(post, kept),
    }
    more = {name: value for name, value in told.items() if name in fields and value}
    if "author_id" in expands:
        more["author_id"] = kept.number(post["account"])
    if "referenced_posts" in expands and post["above"]:
        more["referenced_posts"] = [{"type": "replied_to", "id": post["above"]}]
    return {"id": post["id"], "text": text, "edit_history_post_ids": [post["id"]], **more}


def _metrics(post: Mapping[str, Any], kept: Timeline) -> dict[str, int]:
    answers = sum(one["above"] == post["id"] for one in kept.posts.values())
    nothing = ("repost_count", "like_count", "quote_count", "bookmark_count", "impression_count")
    return {**dict.fromkeys(nothing, 0), "reply_count": answers}


def _shortened(post: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Write a text as X gives it back: addresses shortened, one added for the files, escaped for HTML."""
    links: list[dict[str, Any]] = []

    def short(found: str, *, ending: str) -> str:
        links.append({"url": f"https://t.co/{post['id'][-6:]}{ending}", "expanded_url": found})
        return str(links[-1]["url"])

    text = _URL.sub(lambda found: short(found[0], ending=f"a{len(links)}"), post["written"])
    if post["media"]:
        address = f"https://x.com/{post['account']}/status/{post['id']}/photo/1"
        text = f"{text} {short(address, ending='m')}".strip()
    text = escape(text, quote=False)
    return text, [{**one, "start": text.find(one["url"]), "end": len(text)} for one in links]


# ---------------------------------------------------------------- for people
def _serve_people(app: Flask, kept: Timeline) -> None:
    @app.get("/")
    def read() -> Response:
        base = request.host_url.rstrip("/")
        return pages.timeline([_as_status(one, kept, base) for one in reversed(kept.posts.values())], "X")

    @app.get("/files/<number>")
    def file(number: str) -> Response:
        found = kept.file(number)
        return pages.sealed(Response(found["data"], mimetype=found["kind"]))

    @app.get("/avatars/<name>.svg")
    def avatar(name: str) -> Response:
        return pages.avatar(name)


def _as_status(post: Mapping[str, Any], kept: Timeline, base: str) -> dict[str, Any]:
    """Give a post as the page of statuses shows one."""
    files = [kept.files[one] for one in post["media"]]
    return {
        "language": "",
        "account": {"avatar": f"{base}/avatars/{post['account']}.svg"}
        | {"display_name": post["account"].title(), "acct": post["account"]},
        "url": f"{base}/",
        "created_at": post["at"].isoformat(),
        "content": mastodon_text.html(unescape(post["written"]), base),
        "media_attachments": [
            {
                "type": "image" if one["kind"].startswith("image/") else "video",
                "url": f"{base}/files/{one['id']}",
                "description": one["alt"],
            }
            for one in files
        ],
        "replies_count": _metrics(post, kept)["reply_count"],
        "reblogs_count": 0,
        "favourites_count": 0,
    }
