"""Storing a secret: refused when it is none, and never repeated."""

import pytest
from typer.testing import CliRunner

from parution.cli.main import app

runner = CliRunner()


@pytest.mark.parametrize(
    "text", ["TESTTOKEN-123", '"TESTTOKEN-123"', "[]", "{}", '{"token": 12}', '{"token": null}', ""]
)
def test_what_is_not_an_object_of_texts_is_refused_without_being_repeated(text: str) -> None:
    result = runner.invoke(app, ["secret", "set", "masto-martin"], input=text)

    assert result.exit_code == 1
    assert "one JSON object of texts" in result.stderr
    assert "TESTTOKEN" not in result.output
