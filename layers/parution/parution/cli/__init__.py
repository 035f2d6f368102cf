"""The `parution` command."""
