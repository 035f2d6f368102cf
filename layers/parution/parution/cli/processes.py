"""Child processes that never outlive the run that started them.

The emulator starts workers of its own, which become orphans when it is killed. Everything started here
carries the run's mark in its environment, which children inherit: by it they are all found again.
"""

import os
import signal
import subprocess
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import psutil

MARK = "PARUTION_RUN"
_PATIENCE = 5.0  # seconds between asking and forcing; the emulator takes under two to stop

# Held until they are stopped: a child that nobody waits for stays in the process table.
_children: defaultdict[str, list[subprocess.Popen[bytes]]] = defaultdict(list)


def new_mark() -> str:
    return uuid.uuid4().hex


def spawn(
    command: list[str], mark: str, environment: Mapping[str, str], out: BinaryIO, err: BinaryIO
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own: Ctrl-C reaches this command alone, which then stops it."""
    child = subprocess.Popen(  # noqa: S603 (our own commands)
        command,
        env={**environment, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )
    _children[mark].append(child)
    return child


def marked(mark: str) -> list[psutil.Process]:
    """Give every process of this user that carries the mark, except this one."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:  # gone meanwhile, or somebody else's
            continue
    return found


def stop(mark: str) -> None:
    """End every process that carries the mark: first asked, then forced."""
    for process in (asked := marked(mark)):
        _signal(process, signal.SIGTERM)
    psutil.wait_procs(asked, timeout=_PATIENCE)
    while remaining := marked(mark):
        for process in remaining:
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(remaining, timeout=1)
    for child in _children.pop(mark, []):
        child.wait()


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:  # gone meanwhile
        return


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn a polite kill and a closed terminal into KeyboardInterrupt, so that clean-up runs."""

    def interrupt(number: int, frame: object) -> None:  # noqa: ARG001 (signal's own signature)
        raise KeyboardInterrupt

    with _handling({signal.SIGTERM: interrupt, signal.SIGHUP: interrupt}):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nobody interrupt what must be finished: a second Ctrl-C would leave children behind."""
    with _handling(dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), signal.SIG_IGN)):
        yield


@contextmanager
def _handling(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
