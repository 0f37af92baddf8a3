"""CryoRun, a pretend courier portal: slots, bookings."""

from twin.sites.courier_cryorun.site import bookings, cancellations, create_app, most_live_at_once, seed, track

__all__ = ["bookings", "cancellations", "create_app", "most_live_at_once", "seed", "track"]
