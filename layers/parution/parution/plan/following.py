"""Posts that follow others: the blog first, then what points to it."""

from collections.abc import Iterator, Mapping

from parution.plan.appearances import placed
from parution.plan.model import After, Plan, Post
from parution.plan.problems import Problem, instead, pointer_to, problem
from parution.publishing.content import ADDRESS
from parution.publishing.deliveries import Follows


def follows(post: Post, posts: Mapping[str, Post]) -> Follows | None:
    """Give what a post follows. The plan must be free of errors."""
    if post.after is None:
        return None
    channel = post.after.channel or posts[post.after.post].channels[0]
    return Follows(post=post.after.post, channel=channel, delay=post.after.delay)


def following_problems(plan: Plan) -> Iterator[Problem]:
    """Find what follows nothing, itself, or one of several; and an address that nothing has."""
    posts = {post.id: post for post in plan.posts}
    for index, post in placed(plan):
        if post.after is not None:
            yield from _after(("posts", index, "after"), post, post.after, posts)
        else:
            yield from _addresses(("posts", index), post)


def _after(
    path: tuple[str | int, ...], post: Post, after: After, posts: Mapping[str, Post]
) -> Iterator[Problem]:
    other = posts.get(after.post)
    if other is None:
        said = f"'{after.post}' is no post of this plan"
        yield problem("E220", pointer_to((*path, "post")), said, instead(after.post, posts))
    elif post.repeat or other.repeat:
        again = post if post.repeat else other
        said = f"'{again.id}' appears again and again, so that it is open which one is meant"
        yield problem("E224", pointer_to(path), said, "write the days out as posts of their own")
    elif _is_round(post, posts):
        said = f"'{post.id}' would wait for itself"
        yield problem("E221", pointer_to((*path, "post")), said, "let one of them have a time of its own")
    elif after.channel is None and len(other.channels) > 1:
        said = f"'{other.id}' appears on {', '.join(other.channels)}"
        hint = f'say which one it follows: "channel": "{other.channels[0]}"'
        yield problem("E222", pointer_to(path), said, hint)
    elif after.channel is not None and after.channel not in other.channels:
        said = f"'{other.id}' does not appear on '{after.channel}'"
        yield problem("E222", pointer_to((*path, "channel")), said, instead(after.channel, other.channels))


def _is_round(post: Post, posts: Mapping[str, Post]) -> bool:
    seen: set[str] = set()
    at: Post | None = post
    while at is not None and at.after is not None:
        if at.id in seen:
            return True
        seen.add(at.id)
        at = posts.get(at.after.post)
    return False


def _addresses(path: tuple[str | int, ...], post: Post) -> Iterator[Problem]:
    texts = {("text",): post.text} | {
        ("variants", name, "text"): variant.text or "" for name, variant in post.variants.items()
    }
    for place, text in texts.items():
        if ADDRESS in text:
            said = f"{ADDRESS} stands for the address of the post that this one follows, and it follows none"
            yield problem(
                "E223", pointer_to((*path, *place)), said, 'add "after": {"post": …}, or write the address'
            )
