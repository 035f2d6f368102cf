"""A brand's month rehearsed: the functions' own desks in one process, on a clock that nobody waits for."""
