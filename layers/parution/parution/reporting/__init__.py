"""What a client reads: figures, charts, HTML, CSV."""
