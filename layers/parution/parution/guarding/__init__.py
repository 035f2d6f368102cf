"""Holds: what stops everything at once."""
