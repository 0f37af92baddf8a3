"""The demo: a pretend plant that is served, worked by robots and compared with what was planted in it."""
