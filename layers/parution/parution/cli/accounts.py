"""Which accounts a person's yes opens, and what the secret of each must hold."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from importlib.resources import files
from typing import Any, NamedTuple

import httpx
from pydantic import SecretStr

from parution.cli.authorisations import Authorisation, NotConnected
from parution.cli.grants import Grant, json_of, quoted
from parution.networks.oauth import App
from parution.transport import Answer, exchange

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_PAGES = 20  # of a list; nobody chooses among more
_FIRST_ERROR = 400

_VERSIONS = files("parution.networks") / "linkedin.json"  # the connector's own
# Organization Access Control: who may post as a page, by the roles' names in the API.
_POSTS_AS_A_PAGE = {"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"}
# IGUser.account_type: personal accounts have no publishing API.
_PROFESSIONAL = {"BUSINESS", "MEDIA_CREATOR", "CREATOR"}


class Found(NamedTuple):
    """An account that a yes opens."""

    id: str
    label: str
    values: dict[str, str]  # what its secret holds: the keys that the network's connector reads
    warning: str = ""
    lives: timedelta | None = None  # where nothing renews its token, and its end is known


class Session(NamedTuple):
    """An app and a grant at one network."""

    client: httpx.Client
    way: Authorisation
    app: App
    grant: Grant

    def get(self, path: str, **params: str) -> dict[str, Any]:
        """Read something. Raises NotConnected."""
        return self.ask("GET", path, params=params)

    def ask(self, method: str, path: str, **parts: Any) -> dict[str, Any]:
        token = self.grant.access
        if self.way.proves:
            parts["params"] = {**parts.get("params", {}), "appsecret_proof": _proof(self.app, token)}
        headers = {"Authorization": f"Bearer {token.get_secret_value()}", **parts.pop("headers", {})}
        return self._answered(self._request(method, path, headers, parts), path, token)

    def exchanged(self, path: str, **params: str) -> Grant:
        """Trade the first token, which lives an hour or two, for one that lives longer.

        Meta documents this with the app's secret in the address, hence without a header.
        """
        answer = self._answered(self._request("GET", path, {}, {"params": params}), path, self.grant.access)
        token = answer.get("access_token")
        if not isinstance(token, str):
            raise NotConnected(f"{self.way.title} gave no token that lasts", "run the command again")
        return self.grant._replace(access=SecretStr(token))

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], parts: Mapping[str, Any]
    ) -> httpx.Request:
        url = self.way.api + path
        return self.client.build_request(method, url, headers=headers, timeout=_TIMEOUT, **parts)

    def _answered(self, request: httpx.Request, path: str, token: SecretStr) -> dict[str, Any]:
        reply = exchange(self.client, request)
        if not isinstance(reply, Answer):
            raise NotConnected(reply.reason, "check the connection, and run the command again")
        said = json_of(reply)
        if reply.status >= _FIRST_ERROR or not isinstance(said, dict) or _failed(said):
            secret = self.app.client_secret
            words = quoted(reply, (token.get_secret_value(), secret.get_secret_value() if secret else ""))
            told = f" ({reply.status}{': ' + words if words else ''})"
            raise NotConnected(
                f"{self.way.title} refused {path.partition('?')[0]}{told}",
                "check what the app and the account may do (docs/connect), then run the command again",
            )
        return said

    def with_app(self, **values: str) -> dict[str, str]:
        """Give the values of a secret whose tokens are renewed: the app, and the refresh token."""
        if self.grant.refresh is None:
            raise NotConnected(
                f"{self.way.title} gave no refresh token, so that the connection would end within hours",
                "take the app away in the account's settings, then run the command again",
            )
        headers = {self.way.id_field: self.app.client_id}
        secret = self.app.client_secret
        named = {"client_secret": secret.get_secret_value()} if secret else {}
        return {**headers, **named, "refresh_token": self.grant.refresh.get_secret_value(), **values}


def _proof(app: App, token: SecretStr) -> str:
    # Refused without it where the app says "Require app secret", harmless elsewhere.
    return hmac.new(_secret(app).encode(), token.get_secret_value().encode(), hashlib.sha256).hexdigest()


def _failed(said: dict[str, Any]) -> bool:
    # TikTok says {"error": {"code": "ok"}} of a success.
    error = said.get("error")
    return error is not None and not (isinstance(error, dict) and error.get("code") == "ok")


# -------------------------------------------------------------------- Meta
def _lasting(session: Session) -> Session:
    """Begin with a token of sixty days: the pages' tokens that it gives have no end."""
    app, grant = session.app, session.grant
    longer = session.exchanged(
        "/oauth/access_token",
        grant_type="fb_exchange_token",
        client_id=app.client_id,
        client_secret=_secret(app),
        fb_exchange_token=grant.access.get_secret_value(),
    )
    return session._replace(grant=longer)


def _pages(session: Session, fields: str) -> Iterator[dict[str, Any]]:
    after: dict[str, str] = {}
    for _ in range(_PAGES):
        page = session.get("/me/accounts", fields=fields, limit="100", **after)
        yield from page.get("data", [])
        cursor = page.get("paging", {}).get("cursors", {}).get("after")
        if not cursor or "next" not in page.get("paging", {}):
            return
        after = {"after": cursor}


def _of_page(session: Session, page: Mapping[str, Any]) -> dict[str, str]:
    # With the app's secret each call proves that it comes from the app (appsecret_proof).
    return {"access_token": page["access_token"], "app_secret": _secret(session.app)}


def _facebook(session: Session) -> list[Found]:
    session = _lasting(session)
    pages = list(_pages(session, "id,name,access_token,tasks"))
    if not pages:
        raise NotConnected(
            "this person runs no Facebook page, or shared none with the app",
            "run the command again and tick the page; a page's role must allow to create content",
        )
    return [
        Found(page["id"], page["name"], {"page_id": page["id"], **_of_page(session, page)})
        for page in pages
        if "access_token" in page and "CREATE_CONTENT" in page.get("tasks", ["CREATE_CONTENT"])
    ]


def _instagram_of_pages(session: Session) -> list[Found]:
    session = _lasting(session)
    pages = list(_pages(session, "name,access_token,instagram_business_account{id,username}"))
    linked = [page for page in pages if page.get("instagram_business_account")]
    if not linked:
        raise NotConnected(
            f"none of the {len(pages)} pages has a professional Instagram account",
            "make it a business or creator account, link it with the page, then run the command again",
        )
    return [
        Found(
            page["instagram_business_account"]["id"],
            page["instagram_business_account"].get("username", page["name"]),
            {
                "user_id": page["instagram_business_account"]["id"],
                "host": "graph.facebook.com",
                **_of_page(session, page),
            },
        )
        for page in linked
    ]


def _instagram(session: Session) -> list[Found]:
    longer = session.exchanged(
        "/access_token",
        grant_type="ig_exchange_token",
        client_secret=_secret(session.app),
        access_token=session.grant.access.get_secret_value(),
    )
    session = session._replace(grant=longer)
    me = session.get("/me", fields="user_id,username,account_type")
    if str(me.get("account_type", "")).upper() not in _PROFESSIONAL:
        raise NotConnected(
            f"{me.get('username')} is a personal Instagram account, which no program may publish on",
            "in Instagram's settings choose 'Switch to professional account', then run the command again",
        )
    token = longer.access.get_secret_value()
    return [Found(str(me["user_id"]), me["username"], {"user_id": str(me["user_id"]), "access_token": token})]


def _threads(session: Session) -> list[Found]:
    longer = session.exchanged(
        "/access_token",
        grant_type="th_exchange_token",
        client_secret=_secret(session.app),
        access_token=session.grant.access.get_secret_value(),
    )
    me = session._replace(grant=longer).get("/v1.0/me", fields="id,username")
    token = longer.access.get_secret_value()
    return [Found(me["id"], me["username"], {"user_id": me["id"], "access_token": token})]


# -------------------------------------------------------------------- the others
def _x(session: Session) -> list[Found]:
    me = session.get("/2/users/me")["data"]
    return [Found(me["id"], me["username"], session.with_app())]


def _member(session: Session) -> list[Found]:
    me = session.get("/v2/userinfo")
    return [_author(session, f"urn:li:person:{me['sub']}", me.get("name", me["sub"]))]


def _linkedin() -> dict[str, str]:
    speaks = json.loads(_VERSIONS.read_text("utf-8"))["speaks"]
    return {"LinkedIn-Version": speaks, "X-Restli-Protocol-Version": "2.0.0"}


def _organizations(session: Session) -> list[Found]:
    asked = {"q": "roleAssignee", "state": "APPROVED", "count": "100"}
    acls = session.ask("GET", "/rest/organizationAcls", params=asked, headers=_linkedin())
    roles = [one for one in acls["elements"] if one["role"] in _POSTS_AS_A_PAGE]
    urns = dict.fromkeys(one.get("organization") or one["organizationTarget"] for one in roles)
    if not urns:
        raise NotConnected(
            "this person may post as no LinkedIn page",
            "ask for the role Super admin or Content admin on the page, then run the command again",
        )
    return [_author(session, urn, _organization_name(session, urn)) for urn in urns]


def _organization_name(session: Session, urn: str) -> str:
    number = urn.rpartition(":")[2]
    found = session.ask("GET", f"/rest/organizations/{number}", headers=_linkedin())
    return str(found.get("localizedName", number))


def _author(session: Session, urn: str, label: str) -> Found:
    if session.grant.refresh is not None:
        return Found(urn, label, session.with_app(author=urn))
    values = {"author": urn, "access_token": session.grant.access.get_secret_value()}
    return Found(urn, label, values, lives=session.grant.lifetime)


def _youtube(session: Session) -> list[Found]:
    channels = session.get("/youtube/v3/channels", part="snippet", mine="true").get("items", [])
    if not channels:
        raise NotConnected(
            "this Google account has no YouTube channel",
            "run the command again and choose the account, or the brand account, that has the channel",
        )
    return [Found(one["id"], one["snippet"]["title"], session.with_app()) for one in channels]


def _tiktok(session: Session) -> list[Found]:
    # What every post begins with: whoever may not ask this may not publish.
    creator = session.ask("POST", "/v2/post/publish/creator_info/query/", json={})["data"]
    name = creator["creator_username"]
    return [Found(name, creator.get("creator_nickname") or name, session.with_app())]


def _pinterest(session: Session) -> list[Found]:
    boards, bookmark = list[dict[str, Any]](), dict[str, str]()
    for _ in range(_PAGES):
        page = session.get("/v5/boards", page_size="100", **bookmark)
        boards += page.get("items", [])
        if not page.get("bookmark"):
            break
        bookmark = {"bookmark": page["bookmark"]}
    if not boards:
        raise NotConnected(
            "this Pinterest account has no board", "make one at Pinterest, then run the command again"
        )
    return [Found(one["id"], one["name"], session.with_app(board_id=one["id"])) for one in boards]


def _tumblr(session: Session) -> list[Found]:
    blogs = session.get("/v2/user/info")["response"]["user"]["blogs"]
    return [Found(one["name"], one["name"], session.with_app(blog=one["name"])) for one in blogs]


def _mastodon(session: Session) -> list[Found]:
    me = session.get("/api/v1/accounts/verify_credentials")
    values = {"base_url": session.way.api, "access_token": session.grant.access.get_secret_value()}
    return [Found(me["acct"], me["acct"], values)]


_FINDERS: Mapping[tuple[str, str], Callable[[Session], list[Found]]] = {
    ("facebook", "page"): _facebook,
    ("instagram", "instagram"): _instagram,
    ("instagram", "facebook"): _instagram_of_pages,
    ("threads", "profile"): _threads,
    ("x", "account"): _x,
    ("linkedin", "member"): _member,
    ("linkedin", "organization"): _organizations,
    ("youtube", "channel"): _youtube,
    ("tiktok", "account"): _tiktok,
    ("pinterest", "board"): _pinterest,
    ("tumblr", "blog"): _tumblr,
    ("mastodon", "account"): _mastodon,
}


# What an account's own token is asked before it is stored; elsewhere the list above has proven it.
_TRIALS = {
    "facebook": ("/{id}", "id,name"),
    "instagram": ("/{id}/content_publishing_limit", "quota_usage"),
    "threads": ("/v1.0/{id}/threads_publishing_limit", "quota_usage"),
}


def tried(network: str, session: Session, account: Found) -> None:
    """Ask something in the account's own name. Raises NotConnected."""
    if network in _TRIALS:
        path, fields = _TRIALS[network]
        own = session.grant._replace(access=SecretStr(account.values["access_token"]))
        session._replace(grant=own).get(path.format(id=account.id), fields=fields)


def found(network: str, session: Session) -> list[Found]:
    """Give the accounts that the yes opens, read from the network itself. Raises NotConnected."""
    try:
        accounts = _FINDERS[network, session.way.way](session)
    except (KeyError, TypeError) as error:
        raise NotConnected(
            f"{session.way.title} answered, and not what was asked for", "run the command again later"
        ) from error
    if not accounts:
        raise NotConnected(
            f"no account at {session.way.title} may be published on",
            "ask for a role that allows to create content, then run the command again",
        )
    return accounts


def granted(session: Session) -> frozenset[str] | None:
    """Say which scopes were given; Facebook is asked, others told it with the token, or do not tell."""
    if session.way.granted_at:
        given = session.get(session.way.granted_at).get("data", [])
        return frozenset(one["permission"] for one in given if one.get("status") == "granted")
    return session.grant.scopes


def _secret(app: App) -> str:
    if app.client_secret is None:
        raise NotConnected("this network wants the app's secret", "give it with --client-secret-file")
    return app.client_secret.get_secret_value()
