"""Weeks and truths for benchmarks/courier.py."""
