"""Stockroom, a stock and posting system: consumption, stock and shipment postings."""
