"""Campaigns, response curves, the allocator, the ledger and the desk that buys."""
