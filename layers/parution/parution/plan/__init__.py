"""The JSON document of a brand: what shall appear, when, and with which money."""
