"""Training of predictive-hold models: never imported by a suite."""
