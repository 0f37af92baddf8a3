"""Waiting, touch time, rework and hand-overs, learned from an event log."""
