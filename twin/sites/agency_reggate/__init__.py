"""RegGate, a pretend agency portal: submissions and their acknowledgements."""

from twin.sites.agency_reggate.site import FORMS, create_app, seed, submissions

__all__ = ["FORMS", "create_app", "seed", "submissions"]
