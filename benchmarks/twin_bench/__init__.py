"""Contestants of benchmarks/twin.py."""
