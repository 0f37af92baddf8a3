"""The MES on the web: a JSON API for bots and programs, a console for people."""

from mes_core.web.app import create_app

__all__ = ["create_app"]
