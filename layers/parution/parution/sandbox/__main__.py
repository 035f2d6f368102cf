"""Runs sandboxes until told to stop: `python -m parution.sandbox mastodon ads webhook`.

Prints one line of JSON, `{kind: {"url", "secrets": {account: secret}}}`, once all of them answer.
"""

import argparse
import json
import signal
import sys
import threading
from contextlib import ExitStack
from typing import Any

from parution.sandbox.servers import KINDS, running


def main(arguments: list[str] | None = None) -> None:
    """Run the sandboxes named on the command line until SIGTERM, SIGINT or the end of the input."""
    asked = _parser().parse_args(arguments)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    if asked.until_input_ends:
        threading.Thread(target=_wait_for_the_end_of_input, args=(stop,), daemon=True).start()
    with ExitStack() as stack:
        servers = [
            stack.enter_context(running(kind, **asked.options.get(kind, {}))) for kind in asked.kinds or KINDS
        ]
        told = {one.kind: {"url": one.url, "secrets": one.secrets()} for one in servers}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        stop.wait()


def _wait_for_the_end_of_input(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parution.sandbox", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=KINDS, help="all of them by default")
    parser.add_argument("--options", type=_options, default={}, help='JSON: {"mastodon": {"port": 8081}, …}')
    parser.add_argument(
        "--until-input-ends",
        action="store_true",
        help="stop when the standard input closes: with the process that started this one",
    )
    return parser


def _options(text: str) -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = json.loads(text)
    if unknown := options.keys() - set(KINDS):
        raise argparse.ArgumentTypeError(f"no sandbox is called {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
