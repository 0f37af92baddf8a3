"""Meridian Filing: the document first, then what it is about, then a statement."""
