"""Meridian Lab: an order is searched first; its tabs show specimens and determinations."""
