"""Benchview, a pretend laboratory information system of one page: samples, results, requests for a retest."""

from twin.sites.lims_benchview.site import create_app, kind_of, requests, results, seed

__all__ = ["create_app", "kind_of", "requests", "results", "seed"]
