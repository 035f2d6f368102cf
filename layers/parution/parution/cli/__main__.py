"""Lets `python -m parution.cli` do what `parution` does."""

from parution.cli.main import app

app()
