"""Figures read back from networks and ad platforms."""
