"""One file per advertising platform."""
