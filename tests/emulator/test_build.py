"""What `sam build` makes, for this machine and for AWS."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from parution.cli.local import architecture
from tests.built import faults
from tests.tables import TEMPLATE


@pytest.mark.usefixtures("here")
def test_every_function_that_was_deployed_starts_with_its_layers_alone() -> None:
    build = TEMPLATE.parent / ".parution" / "build"

    assert list(faults(build, architecture())) == []


@pytest.mark.parametrize("wanted", ["arm64", "x86_64"])
def test_the_one_template_builds_for_either_architecture(wanted: str, tmp_path: Path) -> None:
    tools = Path(sys.executable).parent
    ran = subprocess.run(
        [tools / "sam", "build", "--build-dir", tmp_path, "--parameter-overrides", f"Architecture={wanted}"],
        cwd=TEMPLATE.parent,
        env=os.environ
        | {
            "PARUTION_ARCHITECTURE": wanted,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "SAM_CLI_TELEMETRY": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert list(faults(tmp_path, wanted)) == []
    other = {"arm64": "x86_64", "x86_64": "arm64"}[wanted]
    assert any("is not for" in fault for fault in faults(tmp_path, other))
