"""Parution: planned posts published on time and never twice, sponsored reach bought to the best cent."""
