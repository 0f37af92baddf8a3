"""Tryton 8 by its web client: consumption by batch, stock by lot, customer shipments."""
