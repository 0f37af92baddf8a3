"""RegGate, a pretend agency portal: submissions and their acknowledgements."""

from twin.sites._kit.agency import FORMS, Policy
from twin.sites.agency_reggate.site import create_app, seed, submissions

__all__ = ["FORMS", "Policy", "create_app", "seed", "submissions"]
