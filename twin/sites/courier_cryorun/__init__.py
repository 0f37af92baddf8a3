"""CryoRun, a pretend courier portal: slots, bookings."""

from twin.sites.courier_cryorun.site import bookings, create_app, seed

__all__ = ["bookings", "create_app", "seed"]
