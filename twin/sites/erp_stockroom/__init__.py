"""Stockroom, a pretend enterprise resource planning system: stock by lot, consumption, shipment postings."""

from twin.sites.erp_stockroom.site import create_app, seed, shipments

__all__ = ["create_app", "seed", "shipments"]
