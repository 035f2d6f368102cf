"""What `sam build` made, tried as Lambda loads it: `python -m tests.built FOLDER ARCHITECTURE`.

The emulator lends functions its own packages, and no function imports a library of the wrong
architecture before it is deployed; so both are looked at here, before any deployment.
"""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from tests.tables import template

# e_machine in the header of an ELF file.
_MACHINES = {"arm64": 183, "x86_64": 62}
_HOST = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
# What Lambda's Python runtime carries besides the standard library.
_RUNTIME = ("boto3", "botocore", "s3transfer", "urllib3", "jmespath", "dateutil", "six.py")
# INIT reaches nothing: a connection that is tried there is an error.
_INIT = """
import socket, sys
def refuse(*_): raise AssertionError("INIT opened a connection")
socket.socket.connect = refuse
sys.path[:0] = sys.argv[1:]
import app
assert callable(app.handler)
"""


def faults(build: Path, architecture: str) -> Iterator[str]:
    """Give what would fail in the functions of this build folder; nothing when it may be deployed."""
    resources = template()["Resources"]
    for layer in _of_type(resources, "AWS::Serverless::LayerVersion"):
        yield from _foreign_libraries(build / layer, architecture)
    if architecture == _HOST:
        with tempfile.TemporaryDirectory() as folder:
            runtime = _runtime(Path(folder))
            for function in _of_type(resources, "AWS::Serverless::Function"):
                yield from _import_faults(build, function, resources[function]["Properties"], runtime)


def _of_type(resources: dict[str, Any], wanted: str) -> list[str]:
    return [name for name, resource in resources.items() if resource["Type"] == wanted]


def _foreign_libraries(layer: Path, architecture: str) -> Iterator[str]:
    if not any(layer.rglob("*.py")):
        yield f"{layer.name} is empty"
    for library in layer.rglob("*.so"):
        machine = int.from_bytes(library.read_bytes()[18:20], "little")
        if machine != _MACHINES[architecture]:
            yield f"{layer.name}: {library.name} is not for {architecture}"


def _runtime(folder: Path) -> Path:
    packages = Path(boto3.__file__).parents[1]
    for name in _RUNTIME:
        (folder / name).symlink_to(packages / name)
    return folder


def _import_faults(build: Path, function: str, properties: dict[str, Any], runtime: Path) -> Iterator[str]:
    ours = template()["Globals"]["Function"]
    layers = [layer["Ref"] for layer in ours["Layers"] + properties.get("Layers", [])]
    path = [build / function, *(build / layer / "python" for layer in layers), runtime]
    told = dict.fromkeys(properties["Environment"]["Variables"], "1") | {"DELIVERY_LANES": '{"*": ["1"]}'}
    lambda_sets = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _INIT, *map(str, path)],
        env={**told, **lambda_sets, "AWS_DEFAULT_REGION": "eu-west-3", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        yield f"{function} does not start:\n{ran.stderr.strip()}"


if __name__ == "__main__":
    sys.exit("\n".join(faults(Path(sys.argv[1]), sys.argv[2])) or None)
