"""Deskline, a pretend service desk that new bots practise on: requests."""

from twin.sites.desk_practice.site import create_app, requests, seed

__all__ = ["create_app", "requests", "seed"]
