"""How the pretend couriers really do: a process of its own, unknown to whoever plans."""

from twin.couriers.truth import CourierTruth, Outcome, Sent

__all__ = ["CourierTruth", "Outcome", "Sent"]
"""What others may use."""
