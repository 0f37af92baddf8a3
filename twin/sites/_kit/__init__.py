"""What the mock sites share below their looks: store, sessions, lists and uploads."""
