"""Predictive models: scores, their watch, and comparisons beside the one in force."""
