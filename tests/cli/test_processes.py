"""Nothing that a run starts outlives it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from parution.cli import processes

# A child that leaves its parent's session, as the emulator's workers may, and ignores a polite kill.
_STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "grandchild"], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
"""


def test_children_and_their_children_are_stopped_however_stubborn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_PATIENCE", 0.2)
    script = tmp_path / "stubborn.py"
    script.write_text(_STUBBORN)
    mark = processes.new_mark()
    with subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | {processes.MARK: mark}, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert [child.stdout.readline() for _ in range(2)] == [b"ready\n", b"ready\n"]
        started = processes.marked(mark)

        processes.stop(mark)

    assert len(started) == 2
    assert processes.marked(mark) == []


def test_the_processes_of_another_run_are_left_alone() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "input()"],
        env=os.environ | {processes.MARK: "another"},
        stdin=subprocess.PIPE,
    ) as other:
        processes.stop(processes.new_mark())

        assert other.poll() is None
        other.communicate(b"\n")
