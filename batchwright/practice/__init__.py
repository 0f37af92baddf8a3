"""Bots of one's own, tried out: a practice plant beside them, one item run as a worker would, keywords for tests."""
