"""The work of the rules benchmark and the peers that do it."""
