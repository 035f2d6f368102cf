"""Every call to AWS on a post's way fails in every way; the sandbox's timeline says what became of the post.

All faults are played first, as many at once as can be told apart, and judged afterwards. A call is told by
what its request holds: the brand, the post, the state that it writes. Where it names neither (a file of S3,
the marks, the holds) a fault is for the next call of its kind, whosever it is.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from parution.aws.history import HistoryTable
from parution.publishing.deliveries import Delivery, State
from parution.publishing.history import Edge
from tests.emulator.microburst import FIRST, Microburst, Rule
from tests.emulator.newsroom import Newsroom, a_plan, a_post, soon, until

PICTURE = next((Path(__file__).parents[2] / "examples" / "bakery" / "media").glob("*.png"))
WEEKLY = {"report": "cron(0 7 ? * MON *)"}
PT10M = timedelta(minutes=10)


# ---------------------------------------------------------------------------- calls, and how they fail
class Call(NamedTuple):
    """One call of one function, with the JMESPath expression that its request fulfils and no other's."""

    does: str
    service: str
    operation: str
    holding: str | None = None

    @property
    def writes(self) -> bool:
        return not self.operation.startswith(("Get", "Head", "Query"))

    @property
    def holds_many(self) -> bool:
        return "Batch" in self.operation

    @property
    def is_joined(self) -> bool:
        """Say whether one call may ask for what several deliveries need."""
        return self.operation == "GetParameters"

    @property
    def names_nobody(self) -> bool:
        return "{" not in (self.holding or "")


def _get(key: str) -> str:
    return f"Key.pk.S == 'brand#{{brand}}' && contains(to_string(Key.sk.S), '{key}')"


def _put(key: str, rest: str = "") -> str:
    return f"Item.pk.S == 'brand#{{brand}}' && contains(to_string(Item.sk.S), '{key}'){rest}"


_BODY = "contains(to_string(@), '{post}')"
_BRAND = "Item.pk.S == 'brands' && Item.sk.S == '{brand}' && Item.digest.S"
_OF_BRAND = "contains(to_string(@), 'brand#{brand}') && contains(to_string(@), 'delivery#')"
IMPORT = (
    Call("reads the plan", "s3", "GetObject"),
    Call("looks at the files", "s3", "HeadObject"),
    Call("reads the brand", "dynamodb", "GetItem", "Key.pk.S == 'brands' && Key.sk.S == '{brand}'"),
    Call("reads whose the file is", "dynamodb", "GetItem", "Key.sk.S == 'plans/{brand}'"),
    Call("asks for the secrets", "ssm", "GetParameters", f"!WithDecryption && {_BODY}"),
    Call("reads the deliveries", "dynamodb", "Query", _OF_BRAND),
    Call("reads the schedules", "scheduler", "GetSchedule"),
    Call("begins the brand", "dynamodb", "PutItem", f"{_BRAND} == ''"),
    Call("binds the file", "dynamodb", "PutItem", "Item.sk.S == 'plans/{brand}'"),
    Call("keeps a content", "dynamodb", "PutItem", _put("content#")),
    Call("creates a delivery", "dynamodb", "PutItem", _put("delivery#", " && Item.fence.N == '0'")),
    Call("sends the tickets", "sqs", "SendMessageBatch", "contains(to_string(@), '{brand}-1')"),
    Call("makes a schedule", "scheduler", "CreateSchedule", _BODY),
    Call("keeps the brand", "dynamodb", "PutItem", _BRAND),
    Call("writes the result", "s3", "PutObject"),
)
_CLAIM, _SAY = (
    Call(does, "dynamodb", "PutItem", _put("delivery#{post}", f" && Item.state.S == '{state}'"))
    for does, state in (("claims", "sending"), ("says that it is out", "published"))
)
_ROW = Call("reads the row", "dynamodb", "GetItem", _get("delivery#{post}"))
_SECRET = Call("opens the secret", "ssm", "GetParameters", f"WithDecryption && {_BODY}")
_CONTENT = Call("reads the content", "dynamodb", "GetItem", _get("content#{post}"))
_HOLDS = Call("reads the holds", "dynamodb", "GetItem", "contains(to_string(Key), 'hold')")
_MEDIA = Call("reads its picture", "s3", "GetObject")  # told by the tag that it asks for, see _tagged
_RATE = "contains(to_string(Key.pk.S), 'rates#') && contains(to_string(Key.pk.S), '{post}')"
_LEFT = Call("reads what the network allows", "dynamodb", "GetItem", _RATE)
_EDGES = Call("records the edges", "dynamodb", "BatchWriteItem", _BODY)
DELIVER = (_ROW, _SECRET, _CONTENT, _LEFT, _CLAIM, _HOLDS, _SAY, _EDGES)
# Of a post that its network wants later.
_BACK = Call("gives it back", "dynamodb", "PutItem", _put("delivery#{post}", " && Item.state.S == 'planned'"))
_AGAIN = Call("sends it again", "sqs", "SendMessageBatch", f"{_BODY} && length(Entries) == `1`")
_HEED = Call("heeds what the network says", "dynamodb", "UpdateItem", _RATE)
TICK = (
    Call("reads its mark", "dynamodb", "GetItem", "Key.pk.S == 'marks' && Key.sk.S == 'dispatch'"),
    Call("reads the sweep's mark", "dynamodb", "GetItem", "Key.pk.S == 'marks' && Key.sk.S == 'sweep'"),
    Call("finds what is due", "dynamodb", "Query", "IndexName == 'due'"),
    Call("sends what is due", "sqs", "SendMessageBatch", _BODY),
    Call("moves its mark", "dynamodb", "PutItem", "Item.pk.S == 'marks' && Item.sk.S == 'dispatch'"),
)

KINDS = ("throttled", "broken", "reset", "lost")
_THROTTLED = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "s3": ("SlowDown", 503),
    "scheduler": ("ThrottlingException", 429),
    "sqs": ("RequestThrottled", 400),
    "ssm": ("ThrottlingException", 400),
}
_GIVES_UP_AFTER = 4  # attempts, as wiring.py tells the SDK


def _fault(kind: str, call: Call) -> dict[str, Any]:
    match kind:
        case "throttled":
            code, status = _THROTTLED[call.service]
            return {"error": {"code": code, "status": status}}
        case "broken":
            return {"error": {"code": "InternalError", "status": 500}}
        case "reset":
            return {"reset": True}
        case "lost" if call.operation == "PutObject":
            # Its answer has no body that could be cut; one that is awaited in vain is lost as well.
            return {"response": {"set_headers": {"Content-Length": "1"}}}
        case _:
            return {"response": {"abort_bytes": 0}}


def _rule(kind: str, call: Call, scene: str, brand: str | None = None, **matched: Any) -> Rule:
    return Rule(
        name=f"{scene}: {call.does}, {kind}",
        service=call.service,
        operation=call.operation,
        holding=call.holding and call.holding.format(brand=brand or scene, post=scene),
        fault=_fault(kind, call),
        **matched,
    )


def _first(kind: str, call: Call, scene: str, brand: str | None = None, **headers: str) -> Rule:
    """Fail the first attempt: the SDK's own second one passes."""
    once = 1 if call.names_nobody or call.holds_many or call.is_joined else None
    # Where one call is several scenes' at once, the second one's fault meets its second attempt.
    when = headers if call.is_joined else FIRST | headers
    return _rule(kind, call, scene, brand, headers=when, times=once)


def _halting(call: Call, scene: str, brand: str | None = None, **headers: str) -> Rule:
    """Fail it until the SDK gives up; what is written is written, and no answer says so."""
    kind = "lost" if call.writes else "throttled"
    return _rule(kind, call, scene, brand, headers=headers, times=_GIVES_UP_AFTER)


def _passing(name: str, service: str, holding: str) -> Rule:
    """Let the first call pass by the rules that come after this one."""
    return Rule(name=name, service=service, holding=holding, times=1, fault={})


# ---------------------------------------------------------------------------- the scenes
# What an import stops at; Lambda runs it three times.
HALTED = {
    "halted-1": ("begins the brand", "creates a delivery"),
    "halted-2": ("sends the tickets", "makes a schedule"),
    "halted-3": ("asks for the secrets", "keeps the brand"),
}
# What a delivery stops at.
STUCK = {
    "stuck-row": _ROW,
    "stuck-secret": _SECRET,
    "stuck-content": _CONTENT,
    "stuck-left": _LEFT,
    "stuck-said": _SAY,
    "stuck-again": _AGAIN,
}
OUTAGES = {"drought": "dynamodb", "silence": "sqs"}
FOR_LONG = ("ticked", *OUTAGES)  # planned for tomorrow, and brought near
POSTS = {
    **{f"once-{kind}": (f"once-{kind}-1", f"once-{kind}-2") for kind in KINDS},
    **{brand: (f"{brand}-1",) for brand in HALTED},
    "stuck": (*STUCK, "stuck-picture", "stuck-cut"),
    "ticked": (*(f"ticked-{kind}" for kind in KINDS), "ticked-halted"),
    **{brand: tuple(f"{brand}-{number}" for number in range(2)) for brand in OUTAGES},
}

Act = Callable[[], None]


class Stage:
    """Where the faults are played, each scene on brands of its own."""

    def __init__(self, newsroom: Newsroom, between: Microburst) -> None:
        self._newsroom, self._between = newsroom, between
        self._s3 = newsroom.stack.session.client("s3")
        self._lambda = newsroom.stack.session.client("lambda")
        self.due: dict[str, datetime] = {}

    def play(self) -> None:
        _at_once(self.let_deliveries_give_up, *(partial(self.plan_for_long, brand) for brand in FOR_LONG))
        _at_once(self.fail_imports, self.fail_what_is_due)
        self.tick_until_all_are_out(within=120)

    def let_deliveries_give_up(self) -> None:
        self._put_off("stuck-again")
        self._between.order(
            [
                _passing("stuck-again: the import sends it", "sqs", "contains(to_string(@), 'stuck-again')"),
                *(_halting(call, post, "stuck") for post, call in STUCK.items()),
                _halting(_MEDIA, "stuck-picture", **_tagged("stuck-picture")),
                # A body that ends too early is the one fault after which the SDK does not ask again.
                _first("lost", _MEDIA, "stuck-cut", **_tagged("stuck-cut")),
            ]
        )
        self._import(
            "stuck", dict.fromkeys(POSTS["stuck"], soon(18)), pictures=("stuck-picture", "stuck-cut")
        )

    def plan_for_long(self, brand: str) -> None:
        self._import(brand, dict.fromkeys(POSTS[brand], soon(86_400)))

    def fail_imports(self) -> None:
        # A picture first: by its tag a rule knows it, and by nothing a plan.
        self._between.order(
            _first(kind, _MEDIA, f"once-{kind}", **_tagged(f"once-{kind}-2")) for kind in KINDS
        )
        _at_once(*(partial(self.fail_every_call_once, kind) for kind in KINDS))
        _at_once(*(partial(self.let_an_import_give_up, brand) for brand in HALTED))

    def fail_every_call_once(self, kind: str) -> None:
        brand = f"once-{kind}"
        put_off, shown = POSTS[brand]
        self._put_off(put_off)
        self._between.order(
            _first(kind, call, brand)
            for call in (*IMPORT, *DELIVER)
            if (call.operation, kind) != ("HeadObject", "lost")  # its answer has nothing to lose
        )
        self._between.order(_first(kind, call, put_off, brand) for call in (_BACK, _AGAIN, _HEED))
        self._import(brand, {put_off: soon(20), shown: soon(21)}, pictures=[shown], schedules=WEEKLY)

    def let_an_import_give_up(self, brand: str) -> None:
        calls = {call.does: call for call in IMPORT}
        self._between.order(_halting(calls[does], brand) for does in HALTED[brand])
        self._import(brand, dict.fromkeys(POSTS[brand], soon(16)), schedules=WEEKLY)

    def fail_what_is_due(self) -> None:
        self.take_services_down()
        self.fail_ticks()  # which send nothing before

    def take_services_down(self) -> None:
        """Let each call for a brand to one service fail, from before its posts come due, for 20 seconds."""
        for brand in OUTAGES:
            self._between.order([_outage(brand)])
            self._bring_near(brand, POSTS[brand])
            self.tick()
        until(lambda: all(self._between.fired()[_outage(brand).name] for brand in OUTAGES), within=90)
        time.sleep(20)
        for brand in OUTAGES:
            self._between.lift(_outage(brand))

    def fail_ticks(self) -> None:
        """Let the dispatcher find what is due, and fail its calls: each once, then until it gives up."""
        *once, halted = POSTS["ticked"]
        for kind, post in zip(KINDS, once, strict=True):
            self._between.order(_first(kind, call, post, "ticked") for call in TICK)
            self._bring_near("ticked", [post])
            until(self.tick, within=60)
        self._between.order(_halting(call, halted, "ticked") for call in TICK if call.writes)
        self._bring_near("ticked", [halted])
        until(self.tick, within=60)

    # ------------------------------------------------------------------ what they are made of
    def _import(
        self, brand: str, due: Mapping[str, datetime], pictures: Sequence[str] = (), **parts: Any
    ) -> None:
        """Upload a plan and have it imported as Lambda does it: up to three times.

        Under a key of which no event tells: the emulator's EventBridge runs a function once only. Each post
        has a channel and a secret of its own, some a picture.
        """
        self.due |= due
        for post in due:
            self._newsroom.store_secret(f"masto-{post}", "mastodon")
        channels = [{"id": post, "network": "mastodon", "account": f"secret:masto-{post}"} for post in due]
        media = {post: self._media(post) for post in pictures}
        posts = [
            a_post(post, at, channels=[post], max_late="PT10M", media=media.get(post, []))
            for post, at in due.items()
        ]
        key = f"plans/{brand}"
        self._s3.put_object(
            Bucket=self._newsroom.stack.outputs["PlansBucket"],
            Key=key,
            Body=json.dumps(a_plan(brand, channels=channels, posts=posts, **parts)).encode(),
        )
        self._lambda.invoke(
            FunctionName=self._newsroom.stack.outputs["ImportPlanFunction"],
            InvocationType="Event",
            Payload=json.dumps({"detail": {"object": {"key": key}}}).encode(),
        )
        written = until(lambda: self._newsroom.object("PlansBucket", f"results/{brand}"), within=120)
        # Unchanged, where all was done and no answer said so: the next run finds nothing left to do.
        assert json.loads(written)["status"] in {"imported", "unchanged"}, written

    def _media(self, post: str) -> list[dict[str, str]]:
        self._newsroom.upload_media(f"{post}.png", _picture(post))
        return [{"src": f"s3://media/{post}.png", "alt": "Une bûche au praliné"}]

    def _put_off(self, post: str) -> None:
        """Let the network ask for ten seconds, so that the post is given back and sent again."""
        self._newsroom.order_fault(
            "mastodon",
            kind="rate_limit",
            method="POST",
            path="/api/v1/statuses",
            contains=f"{post}.",
            headers={"Retry-After": "10"},
        )

    def _bring_near(self, brand: str, names: Iterable[str]) -> None:
        """Let time pass: what was to come tomorrow is due in a moment, and the marks are not there yet."""
        posts, rows = self._newsroom.stack.posts, self._newsroom.rows(brand)
        for name in names:
            self.due[name] = soon(14)
            near = {"due_at": self.due[name], "wake_at": self.due[name], "fence": rows[name].fence + 1}
            posts.move(rows[name], rows[name].model_copy(update=near))
        posts.advance("dispatch", posts.mark("dispatch"), soon(-60).replace(second=0))

    def tick(self) -> bool:
        """Run the dispatcher, as its schedule does every minute."""
        name = self._newsroom.stack.outputs["DispatchDueFunction"]
        return "FunctionError" not in self._lambda.invoke(FunctionName=name, Payload=b"{}")

    def tick_until_all_are_out(self, within: float) -> None:
        """Not only once a minute. Who is not out by then is told by the judgement."""
        end = time.monotonic() + within
        while time.monotonic() < end and not all(map(self._all_out, POSTS)):
            self.tick()
            time.sleep(3)

    def _all_out(self, brand: str) -> bool:
        return all(row.state is State.PUBLISHED for row in self._newsroom.rows(brand).values())


def _at_once(*acts: Act) -> None:
    with ThreadPoolExecutor(len(acts)) as workers:
        list(workers.map(lambda act: act(), acts))


def _picture(post: str) -> bytes:
    return PICTURE.read_bytes() + post.encode()


def _tagged(post: str) -> dict[str, str]:
    tag = hashlib.md5(_picture(post), usedforsecurity=False).hexdigest()
    return {"If-Match": tag}


def _outage(brand: str) -> Rule:
    return Rule(
        name=f"{brand}: {OUTAGES[brand]} is down",
        service=OUTAGES[brand],
        holding=f"contains(to_string(@), '{brand}')",
        fault={"error": {"code": "ServiceUnavailable", "status": 503}},
    )


# ---------------------------------------------------------------------------- the judgement
@pytest.fixture(scope="module")
def played(newsroom: Newsroom, between: Microburst) -> Iterator[Stage]:
    stage = Stage(newsroom, between)
    try:
        stage.play()
        yield stage
    finally:
        between.clear()


@pytest.mark.usefixtures("played")
def test_every_fault_that_was_ordered_was_met(between: Microburst) -> None:
    fired = between.fired()

    assert [name for name, times in fired.items() if not times] == []
    assert len(fired) > 120


@pytest.mark.parametrize("brand", POSTS)
def test_whatever_call_fails_a_post_appears_once_after_its_instant_and_within_its_limit(
    newsroom: Newsroom, played: Stage, brand: str
) -> None:
    appeared = {post: newsroom.timeline(f"{post}.") for post in POSTS[brand]}

    assert {post: len(each) for post, each in appeared.items()} == dict.fromkeys(POSTS[brand], 1)
    late = {post: at - played.due[post] for post, (at,) in appeared.items()}
    assert [post for post, by in late.items() if not timedelta(0) <= by <= PT10M] == []


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("brand", POSTS)
def test_whatever_call_fails_the_row_ends_published(newsroom: Newsroom, brand: str) -> None:
    rows = newsroom.rows(brand)

    assert {post: row.state for post, row in rows.items()} == dict.fromkeys(POSTS[brand], State.PUBLISHED)


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("brand", POSTS)
def test_whatever_call_fails_no_edge_is_missing_in_the_history(newsroom: Newsroom, brand: str) -> None:
    client = newsroom.stack.session.client("dynamodb")
    history = HistoryTable(client, newsroom.stack.outputs["InsightsTable"])

    for row in newsroom.rows(brand).values():
        known = until(partial(_all_edges, history, row), within=60)
        assert known[-1].state is State.PUBLISHED


def _all_edges(history: HistoryTable, row: Delivery) -> list[Edge] | None:
    edges = history.of(row.id)
    return edges if [edge.fence for edge in edges] == list(range(row.fence + 1)) else None


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize(
    "queue",
    ["DeliveryDeadLettersUrl", "ImportDeadLettersUrl", "ScheduleDeadLettersUrl", "HistoryDeadLettersUrl"],
)
def test_no_fault_leaves_a_dead_letter(newsroom: Newsroom, queue: str) -> None:
    told = newsroom.stack.session.client("sqs").get_queue_attributes(
        QueueUrl=newsroom.stack.outputs[queue], AttributeNames=["ApproximateNumberOfMessages"]
    )

    assert told["Attributes"]["ApproximateNumberOfMessages"] == "0"
