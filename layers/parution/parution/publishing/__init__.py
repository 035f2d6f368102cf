"""Posts, deliveries and the desk that publishes each of them once, at its instant."""
