"""Work items of the bots, their effects in other systems, and what people do about them."""
