"""The sandboxes' pages for people: no script, no request to anywhere else, light and dark."""

import hashlib
from typing import Any

from flask import Response, render_template_string

_STYLE = """
:root { color-scheme: light dark; --ground: #f4f3f8; --card: #fff; --ink: #1c1a27; --soft: #6b6780;
        --line: #e4e1ee; --accent: #563acc; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16151d; --card: #21202b; --ink: #eceaf4; --soft: #a09cb4; --line: #34323f;
          --accent: #a79bff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
       font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
header { margin: 0 .25rem 1.25rem; }
h1 { margin: 0; font-size: 1.4rem; }
header p { margin: .15rem 0 0; color: var(--soft); font-size: .9rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .9rem; padding: 1rem 1.1rem;
          margin-bottom: 1rem; overflow-wrap: anywhere; }
.by { display: flex; gap: .75rem; align-items: center; margin-bottom: .6rem; }
.by img { width: 2.75rem; height: 2.75rem; border-radius: .7rem; flex: none; }
.by strong { display: block; line-height: 1.25; }
.by span, .by time, footer, dt { color: var(--soft); font-size: .875rem; }
.by > :last-child:not(:first-child) { margin-left: auto; text-align: right; white-space: nowrap; }
article p { margin: 0 0 .7rem; white-space: pre-line; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
.invisible { display: none; }
.ellipsis::after { content: "…"; }
.media { display: grid; gap: .4rem; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); }
figure { margin: 0; }
.media img, .media video { display: block; width: 100%; max-height: 32rem; object-fit: cover;
                           border-radius: .6rem; background: var(--line); }
figcaption { color: var(--soft); font-size: .8rem; margin-top: .25rem; }
footer { display: flex; gap: 1.4rem; margin-top: .75rem; font-variant-numeric: tabular-nums; }
.empty { text-align: center; color: var(--soft); padding: 3rem 1rem; }
"""

_FRAME = (
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="10">
<link rel="icon" href="data:,">
<title>{{ title }} · Parution sandbox</title>
<style>"""
    + _STYLE
    + """</style>
</head>
<body>
<main>
<header><h1>{{ title }}</h1><p>{{ subtitle }}</p></header>
{% for post in posts %}%POST%
{% else %}<article class="empty">Nothing has appeared yet.</article>
{% endfor %}
</main>
</body>
</html>
"""
)

# The content was made by our own renderer, which escapes everything that came in.
_STATUS = """<article lang="{{ post.language or '' }}">
<div class="by"><img src="{{ post.account.avatar }}" alt="">
<div><strong>{{ post.account.display_name }}</strong><span>@{{ post.account.acct }}</span></div>
<a href="{{ post.url }}"><time datetime="{{ post.created_at }}">{{ post.created_at[:10] }}<br>
{{ post.created_at[11:19] }} UTC</time></a></div>
{{ post.content|safe }}
{% if post.media_attachments %}<div class="media">{% for one in post.media_attachments %}
{% if one.type == "image" %}<figure><img src="{{ one.url }}" alt="{{ one.description or '' }}">
{% if one.description %}<figcaption>{{ one.description }}</figcaption>{% endif %}</figure>
{% else %}<video src="{{ one.url }}" controls aria-label="{{ one.description or '' }}"></video>{% endif %}
{% endfor %}</div>{% endif %}
<footer>{% for count, one, many in ((post.replies_count, "reply", "replies"),
(post.reblogs_count, "boost", "boosts"), (post.favourites_count, "favourite", "favourites")) %}
<span>{{ count }} {{ one if count == 1 else many }}</span>{% endfor %}</footer>
</article>"""

_MESSAGE = """<article lang="{{ post.language or '' }}">
<div class="by"><div><strong>{{ post.id }}</strong><span>{{ post.format or "post" }}</span></div>
<time datetime="{{ post.at }}">{{ post.at[:10] }}<br>{{ post.at[11:19] }} UTC</time></div>
<p>{{ post.text }}</p>
{% if post.link %}<p><a href="{{ post.link }}" rel="nofollow noopener">{{ post.link }}</a></p>{% endif %}
{% if post.media %}<div class="media">{% for one in post.media %}<figure>
<img src="/media/{{ one.id }}" alt="{{ one.alt or '' }}">
{% if one.alt %}<figcaption>{{ one.alt }}</figcaption>{% endif %}</figure>{% endfor %}</div>{% endif %}
{% if post.tags %}<footer>{% for tag in post.tags %}<span>{{ tag }}</span>{% endfor %}</footer>{% endif %}
</article>"""


def timeline(statuses: list[dict[str, Any]], title: str) -> Response:
    """Show statuses in the API's own form."""
    subtitle = f"{len(statuses)} public post{'' if len(statuses) == 1 else 's'}, newest first"
    return _page(_STATUS, title=title, subtitle=subtitle, posts=statuses)


def received(messages: list[dict[str, Any]]) -> Response:
    """Show what a webhook receiver has taken."""
    subtitle = f"{len(messages)} post{'' if len(messages) == 1 else 's'}, newest first"
    return _page(_MESSAGE, title="Received", subtitle=subtitle, posts=messages)


def avatar(name: str) -> Response:
    """Draw a picture for an account: its initial on a colour of its own."""
    hue = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 360
    initial = name[:1].upper() if name[:1].isalnum() else "?"
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        f'<rect width="96" height="96" fill="hsl({hue} 45% 42%)"/>'
        '<text x="48" y="51" fill="#fff" font-family="system-ui, sans-serif" font-size="46" font-weight="600"'
        f' text-anchor="middle" dominant-baseline="middle">{initial}</text></svg>'
    )
    return sealed(Response(picture, mimetype="image/svg+xml"))


def sealed(response: Response) -> Response:
    """Forbid the browser everything but this server's own pictures and inline style."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _page(post: str, **values: Any) -> Response:
    return sealed(Response(render_template_string(_FRAME.replace("%POST%", post), **values)))
