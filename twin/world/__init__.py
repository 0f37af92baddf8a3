"""The pretend world: batches with their records, and what the plant's other systems know about them."""

from twin.world.catalogue import MARKETS
from twin.world.clean import DEFAULT_NOW, make_clean_bundles
from twin.world.courier import PICKUP_SITE, courier_slots
from twin.world.make import World, make_world

__all__ = ["DEFAULT_NOW", "MARKETS", "PICKUP_SITE", "World", "courier_slots", "make_clean_bundles", "make_world"]
