"""Labline, a laboratory system: samples and results of a batch."""
