"""One file per social network."""
