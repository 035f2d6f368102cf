"""The table of connectors: one module a network, named as it is, with its ROWS."""

from importlib import import_module

from parution.networks import CONNECTED
from tests.contracts.certification.rows.row import Row

ROWS: tuple[Row, ...] = tuple(
    row for network in CONNECTED for row in import_module(f"{__name__}.{network}").ROWS
)
