"""Labline, a pretend laboratory information system: samples, results, certificates, requests for a retest."""

from twin.sites.lims_labline.site import create_app, requests, results, seed

__all__ = ["create_app", "requests", "results", "seed"]
