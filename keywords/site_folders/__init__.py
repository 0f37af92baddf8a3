"""Site folders: tried on the live pages, checked against them word by word, and learnt from a walk through them."""
