"""What networks publish about their APIs, as a check of one request and its answer each.

One module a network, named as it is: `NAMED`, what the description is, `READS`, where it lies, and `check`. A network without a
module publishes none that could be kept (docs/networks.md says what it was certified against instead).
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from parution.networks import CONNECTED

_HERE = Path(__file__).parent
_MODULES: Mapping[str, ModuleType] = {
    network: import_module(f"{__name__}.{network}")
    for network in CONNECTED
    if _HERE.joinpath(f"{network}.py").exists()
}
CHECKS = {network: module.check for network, module in _MODULES.items()}
NAMED: Mapping[str, str] = {
    network: getattr(module, "NAMED", network) for network, module in _MODULES.items()
}
READS: Mapping[str, Path] = {network: module.READS for network, module in _MODULES.items()}
