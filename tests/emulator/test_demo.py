"""`parution demo` as a stranger runs it, and as somebody in a hurry stops it."""

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "parution.cli", "demo"]


def test_the_demo_publishes_buys_and_reports(tmp_path: Path) -> None:
    ran = subprocess.run(
        [*COMMAND, "--out", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(re.findall(r"\+\d+\.\d\d s  (?:fil|site) ", ran.stdout)) == 7
    assert "optimal" in ran.stdout
    assert {file.name for file in tmp_path.iterdir()} == {
        "report.html",
        "report.json",
        "report.csv",
        "manifest.json",
    }


@pytest.mark.parametrize("words", ["sam build", "Posts, as they appear"])
def test_ctrl_c_at_any_moment_leaves_no_process_behind(words: str, tmp_path: Path) -> None:
    # In a session of its own, as in a terminal: Ctrl-C reaches the whole foreground group; and it must not
    # be ignored, as a shell has it for what it starts in the background.
    with subprocess.Popen(
        [*COMMAND, "--out", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (no other thread)
    ) as demo:
        assert demo.stdout is not None
        _wait_for(words if words != "sam build" else "Emulator and sandbox", demo)
        time.sleep(0.5)  # into the step
        started = psutil.Process(demo.pid).children(recursive=True)

        os.killpg(demo.pid, signal.SIGINT)
        said = demo.stdout.read()

    assert demo.returncode == 130, said
    assert started
    assert [process for process in started if process.is_running()] == []


def _wait_for(words: str, demo: subprocess.Popen[str]) -> None:
    assert demo.stdout is not None
    for line in demo.stdout:
        if words in line:
            return
    pytest.fail("the demo ended first")
