"""Meridian Freight: a transport is ordered by a form in pages, its offers on the second."""
