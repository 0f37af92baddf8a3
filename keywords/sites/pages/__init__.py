"""A bot's one page on a site, topic by topic: the way in, lists, forms, the end of an act, and who the patient is."""
