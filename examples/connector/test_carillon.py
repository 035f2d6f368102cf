"""Carillon before the table of fortunes that every connector passes: `pytest examples/connector`."""

from tests.contracts.certification.test_behaviour import *  # noqa: F403 (all of its tests, with our stage)
