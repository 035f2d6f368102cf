"""Local networks and ad platforms with faults on demand, and the ports in memory."""
