"""A product's journey: logistics data, packing, ways and their choice, custody."""
