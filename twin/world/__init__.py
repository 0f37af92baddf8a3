"""The pretend world: batches with their records, and what the plant's other systems know about them."""

from twin.world.clean import DEFAULT_NOW, make_clean_bundles
from twin.world.courier import PICKUP_SITE, courier_slots
from twin.world.make import World, make_world

__all__ = ["DEFAULT_NOW", "PICKUP_SITE", "World", "courier_slots", "make_clean_bundles", "make_world"]
